//! A rubric from a file (`cli.md`, “A rubric”).

use std::io::Read;
use std::path::Path;

use assay_model::Rubric;

use crate::error::{Fault, FileError, FileProblem};
use crate::read::json;
use crate::read::source::Source;

/// The largest rubric file, in bytes.
const MAX_RUBRIC: u64 = 8 << 20;

/// Reads a rubric and checks it.
///
/// # Errors
/// With the field at fault: a rubric without levels, a grade of 6, two dimensions of one name.
pub fn read(path: &Path) -> Result<Rubric, FileError> {
    let (source, length) = Source::open(path)?;
    let file = path.display().to_string();
    let invalid = |fault: Fault| {
        let mut error = FileError::new(
            &file,
            FileProblem::Invalid,
            format!("{file} is not a rubric that can be used: {}", fault.message),
            fault.hint,
        );
        error.field = fault.field;
        error
    };
    if length > MAX_RUBRIC {
        let message = format!("The file has {} MB.", length >> 20);
        return Err(invalid(Fault::new("", message, "a rubric is a JSON object of a few KB")));
    }
    let mut bytes = Vec::new();
    source.take(MAX_RUBRIC).read_to_end(&mut bytes).map_err(|error| FileError::io(path, &error))?;
    let bytes = bytes.trim_ascii();
    if !bytes.starts_with(b"{") {
        return Err(invalid(Fault::new("", "It is not a JSON object.", "a rubric is one object in braces")));
    }
    let rubric: Rubric = json::parse(bytes, false).map_err(invalid)?;
    rubric.check().map_err(|refused| invalid(refused.into()))?;
    Ok(rubric)
}
