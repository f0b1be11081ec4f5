//! Bytes of a file, cut into JSON records: one a line, or one an element of a list.
//!
//! The one thing that must stay true: memory does not grow with the file. A record longer than
//! [`MAX_RECORD`] is passed over without being held.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use memchr::{memchr, memchr_iter, memchr2};

use super::encoding;
use crate::error::{FileError, FileProblem};

/// The longest record, in bytes.
pub const MAX_RECORD: usize = 64 << 20;

/// How much of a file is looked at to tell its encoding and format.
const HEAD: usize = 256 << 10;

/// One record cut from the file.
pub(crate) struct Piece {
    /// The line where it begins, from 1.
    pub line: u64,
    /// Whether it was ended by a line break (or is a whole element), not by the end of the file.
    pub ended: bool,
    /// Its length when that is more than [`MAX_RECORD`]; its bytes are then not there.
    pub too_long: Option<u64>,
    /// What is wrong with the list around it; nothing follows.
    pub broken: Option<String>,
}

/// A file being read.
pub(crate) struct Source {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Bytes of the file taken out of the buffer.
    pub consumed: u64,
    /// The line that begins at or holds the next byte.
    line: u64,
    /// Inside a list: whether its `[` was read, and whether its `]` was.
    list: Option<bool>,
    done: bool,
}

impl Source {
    /// Opens a file, skips a UTF-8 byte-order mark and refuses what is not UTF-8 text by its beginning.
    pub fn open(path: &Path) -> Result<(Self, u64), FileError> {
        let metadata = std::fs::metadata(path).map_err(|error| FileError::io(path, &error))?;
        let name = path.display().to_string();
        if metadata.is_dir() {
            return Err(FileError::directory(&name));
        }
        let file = File::open(path).map_err(|error| FileError::io(path, &error))?;
        let source = Self::new(Box::new(file), &name)?;
        Ok((source, metadata.len()))
    }

    /// The same for anything that can be read; `name` stands in for the path.
    pub fn new(reader: Box<dyn Read + Send>, name: &str) -> Result<Self, FileError> {
        let mut source = Self {
            reader,
            buffer: vec![0; HEAD],
            at: 0,
            filled: 0,
            consumed: 0,
            line: 1,
            list: None,
            done: false,
        };
        source.fill_whole().map_err(|error| FileError::io(Path::new(name), &error))?;
        let start = encoding::check_head(name, source.rest(), source.filled < HEAD)?;
        source.advance(start);
        if source.rest().iter().all(u8::is_ascii_whitespace) && source.filled < HEAD {
            return Err(FileError::new(
                name,
                FileProblem::Empty,
                format!("{name} is empty."),
                "check that it was written to the end, or choose another file",
            ));
        }
        Ok(source)
    }

    /// What is buffered and not yet taken.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Whether the file is one JSON list, by its first character.
    pub fn is_list(&self) -> bool {
        self.rest().iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
    }

    fn advance(&mut self, bytes: usize) {
        self.at += bytes;
        self.consumed += bytes as u64;
    }

    fn fill_whole(&mut self) -> io::Result<()> {
        while self.filled < self.buffer.len() {
            match self.reader.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Ok(()),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes `rest` non-empty; false at the end of the file.
    fn more(&mut self) -> io::Result<bool> {
        if self.at < self.filled {
            return Ok(true);
        }
        self.at = 0;
        self.filled = 0;
        loop {
            match self.reader.read(&mut self.buffer) {
                Ok(read) => {
                    self.filled = read;
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The next record into `out`; blank lines are passed over. `None` at the end.
    pub fn next_record(&mut self, list: bool, out: &mut Vec<u8>) -> io::Result<Option<Piece>> {
        if self.done {
            return Ok(None);
        }
        let piece = if list { self.next_element(out)? } else { self.next_line(out)? };
        self.done = piece.as_ref().is_none_or(|piece| piece.broken.is_some());
        Ok(piece)
    }

    fn next_line(&mut self, out: &mut Vec<u8>) -> io::Result<Option<Piece>> {
        loop {
            out.clear();
            let line = self.line;
            let mut length = 0_u64;
            let mut ended = false;
            while !ended && self.more()? {
                let rest = &self.buffer[self.at..self.filled];
                let found = memchr(b'\n', rest);
                ended = found.is_some();
                let part = &rest[..found.unwrap_or(rest.len())];
                length += part.len() as u64;
                if length <= MAX_RECORD as u64 {
                    out.extend_from_slice(part);
                } else {
                    *out = Vec::new();
                }
                let taken = part.len() + usize::from(ended);
                self.advance(taken);
            }
            if ended {
                self.line += 1;
            }
            if length == 0 && !ended {
                return Ok(None);
            }
            let too_long = (length > MAX_RECORD as u64).then_some(length);
            if too_long.is_some() || !out.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Piece { line, ended, too_long, broken: None }));
            }
        }
    }

    fn next_element(&mut self, out: &mut Vec<u8>) -> io::Result<Option<Piece>> {
        out.clear();
        let broken = |line, sentence: &str| {
            Ok(Some(Piece { line, ended: false, too_long: None, broken: Some(sentence.to_owned()) }))
        };
        let mut comma = false;
        let first = loop {
            let Some(byte) = self.peek_word()? else {
                return match self.list {
                    Some(false) => Ok(None),
                    _ => broken(self.line, "the file ends before the list does; it looks cut off"),
                };
            };
            match (self.list, byte) {
                (None, b'[') => self.list = Some(true),
                (Some(false), _) => return broken(self.line, "something follows the end of the list"),
                (_, b']') => self.list = Some(false),
                (_, b',') if !comma => comma = true,
                (_, b',') => return broken(self.line, "the list has two commas in a row"),
                (_, byte) => break byte,
            }
            self.advance(1);
        };
        let line = self.line;
        let mut scan = Scan::default();
        let mut length = 0_u64;
        while self.more()? {
            let rest = &self.buffer[self.at..self.filled];
            let (taken, end) = scan.run(rest, first);
            self.line += memchr_iter(b'\n', &rest[..taken]).count() as u64;
            length += taken as u64;
            if length <= MAX_RECORD as u64 {
                out.extend_from_slice(&rest[..taken]);
            } else {
                *out = Vec::new();
            }
            self.advance(taken);
            if end {
                let too_long = (length > MAX_RECORD as u64).then_some(length);
                return Ok(Some(Piece { line, ended: true, too_long, broken: None }));
            }
        }
        broken(line, "the file ends in the middle of a record; it looks cut off")
    }

    /// The next byte that is not white space, not taken; counts lines.
    fn peek_word(&mut self) -> io::Result<Option<u8>> {
        while self.more()? {
            let byte = self.buffer[self.at];
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.advance(1);
        }
        Ok(None)
    }
}

/// What is left of the file, for a parser that cuts it up itself.
impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.more()? {
            return Ok(0);
        }
        let length = out.len().min(self.filled - self.at);
        out[..length].copy_from_slice(&self.buffer[self.at..self.at + length]);
        self.advance(length);
        Ok(length)
    }
}

/// Where inside one JSON value we are.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Scan {
    /// How many bytes of `bytes` belong to the value, and whether it ends there. `first` is its first byte.
    fn run(&mut self, bytes: &[u8], first: u8) -> (usize, bool) {
        let nested = matches!(first, b'{' | b'[');
        let mut at = 0;
        while at < bytes.len() {
            if self.escaped {
                self.escaped = false;
                at += 1;
                continue;
            }
            if self.in_string {
                let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) else { return (bytes.len(), false) };
                at += found + 1;
                if bytes[at - 1] == b'\\' {
                    self.escaped = true;
                } else {
                    self.in_string = false;
                    if self.depth == 0 {
                        return (at, true);
                    }
                }
                continue;
            }
            match bytes[at] {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                b',' | b']' | b'}' if !nested => return (at, true),
                _ => {}
            }
            at += 1;
        }
        (bytes.len(), false)
    }
}
