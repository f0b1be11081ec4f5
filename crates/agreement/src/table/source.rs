//! Where a table's text comes from: memory, or a file that is read in blocks.
//!
//! A file is never held as a whole: a block is read, taken apart while it is in the processor's cache, and
//! overwritten by the next. Invariant: whoever takes lines off a [`Lines`] sees each byte of its range
//! once, in order, and never half a line.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// How much of a file is read at once.
const BLOCK: usize = 1 << 18;

/// The text of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    Text(&'a [u8]),
    /// A file and its length.
    File(&'a Path, u64),
}

/// A block of text that can be followed by more.
pub(crate) enum Lines<'a> {
    Text { text: &'a [u8], at: usize },
    File { file: File, block: Vec<u8>, filled: usize, at: usize, offset: u64, ended: bool },
}

impl<'a> Source<'a> {
    pub fn len(self) -> u64 {
        match self {
            Source::Text(text) => text.len() as u64,
            Source::File(_, length) => length,
        }
    }

    /// The text from an offset on.
    pub fn lines(self, from: u64) -> std::io::Result<Lines<'a>> {
        Ok(match self {
            Source::Text(text) => Lines::Text { text, at: (from as usize).min(text.len()) },
            Source::File(path, _) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(from))?;
                let mut lines =
                    Lines::File { file, block: Vec::new(), filled: 0, at: 0, offset: from, ended: false };
                lines.more()?;
                lines
            }
        })
    }

    /// All of it.
    pub fn whole(self) -> std::io::Result<Vec<u8>> {
        match self {
            Source::Text(text) => Ok(text.to_vec()),
            Source::File(path, _) => std::fs::read(path),
        }
    }
}

impl Lines<'_> {
    /// What is at hand and was not taken yet.
    #[inline]
    pub fn rest(&self) -> &[u8] {
        match self {
            Lines::Text { text, at } => &text[*at..],
            Lines::File { block, filled, at, .. } => &block[*at..*filled],
        }
    }

    /// Takes so many bytes off.
    #[inline]
    pub fn take(&mut self, bytes: usize) {
        match self {
            Lines::Text { at, .. } | Lines::File { at, .. } => *at += bytes,
        }
    }

    /// Where in the whole text the rest begins.
    pub fn offset(&self) -> u64 {
        match self {
            Lines::Text { at, .. } => *at as u64,
            Lines::File { at, offset, .. } => offset + *at as u64,
        }
    }

    /// Whether all there is is at hand.
    pub fn ended(&self) -> bool {
        match self {
            Lines::Text { .. } => true,
            Lines::File { ended, .. } => *ended,
        }
    }

    /// Brings more text to hand, behind what was not taken yet.
    pub fn more(&mut self) -> std::io::Result<()> {
        let Lines::File { file, block, filled, at, offset, ended } = self else { return Ok(()) };
        block.copy_within(*at..*filled, 0);
        *filled -= *at;
        *offset += *at as u64;
        *at = 0;
        // A line longer than half a block gets a longer one.
        if 2 * *filled >= block.len() {
            let wanted = (2 * block.len()).max(BLOCK);
            block.resize(wanted, 0);
        }
        let before = *filled;
        while *filled < block.len() {
            match file.read(&mut block[*filled..]) {
                Ok(0) => {
                    *ended = true;
                    break;
                }
                Ok(read) => *filled += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if *filled > before + BLOCK / 2 {
                break;
            }
        }
        Ok(())
    }
}
