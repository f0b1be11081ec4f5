use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// By what a diff goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DiffBy {
    /// Words, and graphemes where a script has no spaces; characters inside changed words.
    #[default]
    Words,
    /// Graphemes.
    Chars,
    /// Lines.
    Lines,
}

/// Compares two texts.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
#[ts(optional_fields)]
pub struct DiffTexts {
    /// The text before.
    pub old: String,
    /// The text after.
    pub new: String,
    /// By what.
    #[serde(default)]
    #[ts(as = "DiffBy")]
    pub by: DiffBy,
    /// Time to spend, in milliseconds; a coarser diff comes when it runs out. Absent: as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline_ms: Option<u32>,
}

/// What a piece of a diff is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PieceKind {
    /// In both texts.
    Equal,
    /// Only in the old one.
    Delete,
    /// Only in the new one.
    Insert,
}

/// A piece of text.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Piece {
    /// Equal, deleted or inserted.
    pub kind: PieceKind,
    /// The text.
    pub text: String,
    /// The hunk it belongs to; absent for text between hunks.
    pub hunk: Option<u32>,
}

/// One row of the side-by-side view.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DiffRow {
    /// Pieces of the old text (equal and deleted).
    pub old: Vec<Piece>,
    /// Pieces of the new text (equal and inserted).
    pub new: Vec<Piece>,
}

/// A diff to show.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DiffView {
    /// The pieces in reading order; the equal and deleted ones make up the old text, the equal and
    /// inserted ones the new text.
    pub pieces: Vec<Piece>,
    /// The same, aligned by paragraph for two columns.
    pub rows: Vec<DiffRow>,
    /// For each hunk, the new text with that hunk alone taken back is `old[..] replaced`: given here as
    /// byte-free edits, in UTF-16 units of the new text, so that a text field can apply them.
    pub hunks: Vec<DiffHunk>,
    /// How far the texts are apart.
    pub distance: DiffDistance,
    /// Whether the deadline left it coarser than it could be.
    pub coarse: bool,
}

/// One place where the texts differ.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DiffHunk {
    /// Where it begins in the new text, in UTF-16 code units.
    pub new_start: u32,
    /// Where it ends in the new text, in UTF-16 code units.
    pub new_end: u32,
    /// What stands there in the old text: replacing the range by it reverts the hunk.
    pub old_text: String,
}

/// How far two texts are apart.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, TS)]
pub struct DiffDistance {
    /// Word edit distance: words inserted, deleted or replaced.
    pub words: u32,
    /// Character edit distance: graphemes inserted, deleted or replaced.
    pub characters: u32,
    /// Whether both are upper bounds, because the deadline ran out.
    pub estimate: bool,
}
