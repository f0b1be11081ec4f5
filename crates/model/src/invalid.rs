//! Why a value was refused: the field at fault, what is wrong with it and what to do.

use serde::Serialize;

/// A refusal of one value. `field` is a dotted path inside it (`responses[1].text`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Invalid {
    /// Where inside the value, as a dotted path; empty for the value as a whole.
    pub field: String,
    /// What is wrong, as a clause that follows the field's name.
    pub message: String,
    /// What the person can do about it.
    pub hint: String,
}

impl Invalid {
    /// A refusal of `field`, with what is wrong and what to do.
    pub fn new(field: impl Into<String>, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into(), hint: hint.into() }
    }

    /// The same refusal seen from one level further out.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => outer.to_owned(),
            inner if inner.starts_with('[') => format!("{outer}{inner}"),
            inner => format!("{outer}.{inner}"),
        };
        self
    }
}

/// Refuses control characters that no field of Assay may hold: a NUL ends strings in half of the
/// tools that will read an export.
pub(crate) fn no_nul(field: &str, text: &str) -> Result<(), Invalid> {
    match text.find('\0') {
        None => Ok(()),
        Some(at) => Err(Invalid::new(
            field,
            format!("holds a NUL character at byte {at}"),
            "remove the NUL; the file may be UTF-16 or binary",
        )),
    }
}
