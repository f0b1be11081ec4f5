//! Reads files and makes their samples ready on a thread of its own, while the one that asked writes them.
//!
//! The one thing that must stay true: memory does not grow with the files. What was read and not yet written
//! is bounded, in samples and in bytes.

use std::io::Cursor;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use assay_dataset::read::{Label, ReadOptions, Reader, Record};
use assay_model::ExternalId;
use assay_store::PreparedSamples;

use crate::error::{ApiError, ErrorCode, Result};
use crate::jobs::no_thread;
use crate::wire::{BadLine, ImportReport};

/// Files up to this size in all are read once and written in one transaction; larger ones are read twice.
const SMALL_BYTES: u64 = 48 << 20;
/// A chunk ends at this many samples…
const CHUNK_SAMPLES: usize = 64;
/// …or at this many bytes of the file.
const CHUNK_BYTES: u64 = 256 << 10;
/// How many chunks the reading may be ahead of the writing.
const AHEAD: usize = 64;
/// How many refused lines a report lists.
const LISTED: usize = 1_000;
/// How many lines are read between two looks at whether the person stopped it.
const LOOK_EVERY: u64 = 256;

/// The files of one import.
pub(super) struct Files<'a> {
    pub(super) paths: &'a [String],
    options: &'a ReadOptions,
    /// Their bytes in all.
    pub(super) total: u64,
}

/// Some samples, ready to be written, in the order of the files.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) samples: PreparedSamples,
    /// Of each sample, its line and the place of its file in the list.
    pub(super) places: Vec<(u64, usize)>,
    pub(super) labels: Vec<(ExternalId, Label)>,
    /// Bytes of the files that it took.
    pub(super) bytes: u64,
    /// How much of the files was read by its end.
    pub(super) part: f64,
}

/// What comes from the reading thread: chunks, and last how the reading ended.
pub(super) enum Fed {
    Chunk(Chunk),
    End(Result<Reading>),
}

/// What a reading found besides samples.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) rejected: Vec<BadLine>,
    pub(super) rejected_count: u64,
    pub(super) repeats: u64,
}

/// What one record came to.
enum Seen {
    Sample(Box<Record>),
    Bad(BadLine),
}

/// What is told while files are read: how much of them, and how many lines. Fails when the reading shall end.
type Tell<'a> = dyn Fn(f64, u64) -> Result<()> + Send + Sync + 'a;

/// Adds a refused line to a report.
pub(super) fn reject(report: &mut ImportReport, line: BadLine) {
    report.rejected_count += 1;
    if report.rejected.len() < LISTED {
        report.rejected.push(line);
    }
}

impl Reading {
    fn reject(&mut self, line: BadLine) {
        self.rejected_count += 1;
        if self.rejected.len() < LISTED {
            self.rejected.push(line);
        }
    }

    /// Puts what was found into a report.
    pub(super) fn report(self, report: &mut ImportReport) {
        report.rejected = self.rejected;
        report.rejected_count = self.rejected_count;
        report.already_there = self.repeats;
    }
}

impl<'a> Files<'a> {
    pub(super) fn new(paths: &'a [String], options: &'a ReadOptions) -> Self {
        let size = |path: &String| std::fs::metadata(path).map_or(0, |meta| meta.len());
        Self { paths, options, total: paths.iter().map(size).sum() }
    }

    /// Few enough bytes to be written in one transaction.
    pub(super) fn are_small(&self) -> bool {
        self.total <= SMALL_BYTES
    }

    /// Small files are taken into memory first, so that whoever writes their samples never holds the
    /// database while a slow disk is waited for.
    fn open(&self, path: &str) -> Result<Reader> {
        if self.are_small()
            && let Ok(bytes) = std::fs::read(path)
        {
            let length = bytes.len() as u64;
            return Ok(Reader::from_reader(Cursor::new(bytes), path, length, self.options.clone())?);
        }
        Ok(Reader::open(Path::new(path), self.options.clone())?)
    }

    /// Reads everything and keeps nothing but what is wrong.
    pub(super) fn check(&self, tell: &Tell<'_>) -> Result<Reading> {
        let mut reading = Reading::default();
        let repeats = self.each(tell, |seen, _, _| {
            if let Seen::Bad(line) = seen {
                reading.reject(line);
            }
            Ok(())
        })?;
        reading.repeats = repeats;
        Ok(reading)
    }

    /// Shows every record to `see`, with the place of its file and how many bytes of all files were read.
    /// Returns how many samples were there twice.
    fn each(&self, tell: &Tell<'_>, mut see: impl FnMut(Seen, usize, u64) -> Result<()>) -> Result<u64> {
        let (mut before, mut lines, mut repeats) = (0, 0_u64, 0);
        for (file, path) in self.paths.iter().enumerate() {
            let mut reader = self.open(path)?;
            while let Some(record) = reader.next() {
                lines += 1;
                let read = before + reader.bytes_read();
                let seen = match record {
                    Ok(record) => Seen::Sample(Box::new(record)),
                    Err(error) => Seen::Bad(error.into()),
                };
                see(seen, file, read)?;
                if lines.is_multiple_of(LOOK_EVERY) {
                    tell(self.part(read), lines)?;
                }
            }
            before += reader.bytes_total();
            repeats += reader.repeats();
        }
        Ok(repeats)
    }

    fn part(&self, read: u64) -> f64 {
        read as f64 / self.total.max(1) as f64
    }

    /// Reads on another thread while `write` takes what it reads. With `stop_at_bad`, nothing comes after the
    /// first bad line but the end, which tells of all of them.
    pub(super) fn feed<T>(
        &self,
        stop_at_bad: bool,
        tell: &Tell<'_>,
        write: impl FnOnce(Receiver<Fed>) -> Result<T>,
    ) -> Result<T> {
        std::thread::scope(|scope| {
            let (send, receive) = mpsc::sync_channel(AHEAD);
            let reading = move || {
                let ended = self.read(stop_at_bad, tell, &mut |chunk| {
                    // Nobody listens any more once something could not be written, and says so there.
                    let stopped = || ApiError::new(ErrorCode::Internal, "The writing ended.", "try again");
                    send.send(Fed::Chunk(chunk)).map_err(|_| stopped())
                });
                let _ = send.send(Fed::End(ended));
            };
            std::thread::Builder::new()
                .name("reading".to_owned())
                .spawn_scoped(scope, reading)
                .map_err(no_thread)?;
            write(receive)
        })
    }

    fn read(
        &self,
        stop_at_bad: bool,
        tell: &Tell<'_>,
        send: &mut dyn FnMut(Chunk) -> Result<()>,
    ) -> Result<Reading> {
        let mut reading = Reading::default();
        let (mut chunk, mut begun) = (Chunk::default(), 0);
        let repeats = self.each(tell, |seen, file, read| {
            let record = match seen {
                Seen::Sample(record) => *record,
                Seen::Bad(line) => {
                    reading.reject(line);
                    return Ok(());
                }
            };
            if stop_at_bad && reading.rejected_count > 0 {
                return Ok(());
            }
            chunk.places.push((record.line, file));
            let name = || record.sample.external_id.clone();
            chunk.labels.extend(record.labels.into_iter().map(|label| (name(), label)));
            chunk.samples.push(&record.sample)?;
            if chunk.samples.len() >= CHUNK_SAMPLES || read - begun >= CHUNK_BYTES {
                (chunk.bytes, chunk.part, begun) = (read - begun, self.part(read), read);
                send(std::mem::take(&mut chunk))?;
            }
            Ok(())
        })?;
        (chunk.bytes, chunk.part, reading.repeats) = (self.total.saturating_sub(begun), 1.0, repeats);
        send(chunk)?;
        Ok(reading)
    }
}
