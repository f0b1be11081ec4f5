//! The nouns of Assay: what a sample, a rubric, an annotation and a resolution are, and what makes one
//! of them valid.
//!
//! Pure: no I/O, no clock, no randomness. The one thing that must stay true: a value that passed its
//! `check` can be stored, synced and exported without a further question, and a value that did not is
//! refused with the field at fault and what to do about it.

mod annotation;
mod assignment;
mod body;
mod fact;
mod ids;
mod invalid;
mod member;
pub mod plan;
mod resolution;
mod rubric;
mod sample;
mod settings;

pub use annotation::{
    Annotation, AnnotationState, Completeness, Flag, MAX_NOTE, Preference, ResponseWork, Work,
};
pub use assignment::AssignmentState;
pub use body::{AnnotationBody, AssignmentBody, Kind, MemberBody, ResolutionBody, RubricBody};
pub use fact::{Fact, Timestamp};
pub use ids::{
    AnnotationId, DeviceId, DimensionId, ExternalId, FactId, MemberId, ParseIdError, ProjectId, ReasonCodeId,
    ResolutionId, RubricId, SampleId, SettingsId,
};
pub use invalid::Invalid;
pub use member::{Member, RaterKind, Role};
pub use resolution::{Resolution, ResolutionCause, ResponseResolution};
pub use rubric::{Dimension, Grade, Level, ReasonCode, Rubric, RubricChange, RubricVersion, Verdict};
pub use sample::{
    Component, Feedback, MAX_RESPONSES, Message, MessageRole, Passage, Response, Sample, Thumb,
};
pub use settings::{Blindness, Settings};
