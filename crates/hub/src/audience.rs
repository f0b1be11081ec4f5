//! Who may see a fact: decided here, once, when the fact is taken in, and stored with it.

use assay_model::{Kind, MemberId, Role};
use assay_sync::wire::View;

/// Who may see a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Audience {
    /// Every member.
    Everyone,
    /// Those who see all.
    All,
    /// This member, and those who see all.
    Member(MemberId),
}

impl Audience {
    /// Of a fact of that kind about that member: whose assignment or annotation it is.
    pub(crate) fn of(kind: Kind, about: Option<MemberId>) -> Self {
        match (kind, about) {
            (Kind::Member | Kind::Settings | Kind::Rubric, _) => Self::Everyone,
            (Kind::Assignment | Kind::Annotation, Some(member)) => Self::Member(member),
            (Kind::Sample | Kind::Resolution | Kind::Assignment | Kind::Annotation, _) => Self::All,
        }
    }

    /// As it is stored.
    pub(crate) fn bytes(self) -> Vec<u8> {
        match self {
            Self::Everyone => vec![0],
            Self::All => vec![1],
            Self::Member(member) => member.bytes().to_vec(),
        }
    }

    /// The audiences that a member belongs to; `None` for one who sees all.
    pub(crate) fn seen_by(member: MemberId, role: Role) -> Option<[Self; 2]> {
        match View::of(role) {
            View::All => None,
            View::Own => Some([Self::Everyone, Self::Member(member)]),
        }
    }
}
