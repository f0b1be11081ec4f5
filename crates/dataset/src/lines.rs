//! Files of one JSON object a line (or one list of them), read into one type.

use std::io::Read;
use std::marker::PhantomData;
use std::path::Path;

use serde::de::DeserializeOwned;

use crate::error::{Fault, FileError, FileProblem, LineError};
use crate::read::json;
use crate::read::source::Source;
use crate::read::too_long;

/// A record that knows its line.
pub(crate) trait Numbered: DeserializeOwned {
    fn set_line(&mut self, line: u64);
}

/// The records of a file, one by one; a bad one does not stop the others.
pub struct Lines<T> {
    file: String,
    source: Source,
    list: bool,
    buffer: Vec<u8>,
    done: bool,
    kind: PhantomData<T>,
}

impl<T> Lines<T> {
    pub(crate) fn open(path: &Path) -> Result<Self, FileError> {
        let (source, _) = Source::open(path)?;
        Self::over(source, &path.display().to_string())
    }

    pub(crate) fn new(reader: Box<dyn Read + Send>, name: &str) -> Result<Self, FileError> {
        Self::over(Source::new(reader, name)?, name)
    }

    fn over(source: Source, name: &str) -> Result<Self, FileError> {
        let first = source.rest().iter().find(|byte| !byte.is_ascii_whitespace());
        if !matches!(first, Some(b'{' | b'[')) {
            return Err(FileError::new(
                name,
                FileProblem::WrongFormat,
                format!("{name} does not begin with a JSON object."),
                "give one JSON object a line",
            ));
        }
        let list = source.is_list();
        Ok(Self { file: name.to_owned(), source, list, buffer: Vec::new(), done: false, kind: PhantomData })
    }

    /// The name of the file, for errors.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// How many bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        self.source.consumed
    }
}

impl<T: Numbered> Iterator for Lines<T> {
    type Item = Result<T, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let piece = match self.source.next_record(self.list, &mut self.buffer) {
            Ok(piece) => piece?,
            Err(error) => {
                self.done = true;
                let message = format!("The file cannot be read further: {error}.");
                return Some(Err(LineError::new(&self.file, 0, message, "check the disk and try again")));
            }
        };
        let parsed = if let Some(what) = piece.broken {
            Err(Fault::new("", format!("The list cannot be read further: {what}."), "repair the file there"))
        } else if let Some(length) = piece.too_long {
            Err(too_long(length))
        } else {
            json::parse::<T>(&self.buffer, piece.ended)
        };
        Some(match parsed {
            Ok(mut record) => {
                record.set_line(piece.line);
                Ok(record)
            }
            Err(fault) => Err(LineError::of(&self.file, piece.line, fault)),
        })
    }
}
