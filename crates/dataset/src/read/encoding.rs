//! Tells text in UTF-8 from everything else, by the first bytes of a file.

use memchr::{memchr, memchr_iter};

use crate::error::{FileError, FileProblem};

const KINDS: [(&[u8], &str, &str); 10] = [
    (b"PAR1", "a Parquet file", "convert it to JSONL or CSV first"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV (UTF-8)"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first: gunzip FILE"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first: unzstd FILE"),
    (b"BZh", "compressed with bzip2", "unpack it first: bunzip2 FILE"),
    (b"%PDF", "a PDF", "extract its text first"),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV first"),
    (b"\x89PNG", "a picture", "choose the file that holds the texts"),
    (b"\xff\xd8\xff", "a picture", "choose the file that holds the texts"),
    (b"ARROW1", "an Arrow file", "convert it to JSONL or CSV first"),
];

/// Where the text begins (after a UTF-8 byte-order mark). `whole` when `head` is all of the file.
pub(crate) fn check_head(file: &str, head: &[u8], whole: bool) -> Result<usize, FileError> {
    if let Some((_, what, hint)) = KINDS.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(FileError::new(
            file,
            FileProblem::Binary,
            format!("{file} is {what}, not a text file."),
            *hint,
        ));
    }
    if is_utf16(head) {
        return Err(FileError::new(
            file,
            FileProblem::Utf16,
            format!("{file} is in UTF-16, and Assay reads UTF-8."),
            "save it as UTF-8, for example: iconv -f UTF-16 -t UTF-8 FILE > NEW",
        ));
    }
    let start = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    if let Some(at) = memchr(0, head) {
        let line = line_of(head, at);
        return Err(FileError::new(
            file,
            FileProblem::Nul,
            format!(
                "{file} holds a NUL byte on line {line} (byte {at} of the file), so it is not plain text."
            ),
            "check that it is the right file, and remove the NUL bytes: tr -d '\\000' < FILE > NEW",
        )
        .at(line));
    }
    match std::str::from_utf8(head) {
        Err(error) if whole || error.error_len().is_some() => Err(not_utf8(file, head, error.valid_up_to())),
        _ => Ok(start),
    }
}

fn not_utf8(file: &str, head: &[u8], at: usize) -> FileError {
    let line = line_of(head, at);
    let column = at - memchr::memrchr(b'\n', &head[..at]).map_or(0, |newline| newline + 1) + 1;
    let byte = head.get(at).copied().unwrap_or(0);
    FileError::new(
        file,
        FileProblem::NotUtf8,
        format!("{file} is not UTF-8: line {line} has the byte 0x{byte:02X} at position {column}."),
        "it may be Latin-1 or Windows-1252; convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
    )
    .at(line)
}

fn line_of(head: &[u8], at: usize) -> u64 {
    memchr_iter(b'\n', &head[..at]).count() as u64 + 1
}

/// By its mark, or by a NUL in nearly every second byte.
fn is_utf16(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.starts_with(b"\0\0\xfe\xff") {
        return true;
    }
    let sample = &head[..head.len().min(4096)];
    if sample.len() < 4 {
        return false;
    }
    let nul = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (nul(0), nul(1));
    let half = sample.len() / 2;
    even.max(odd) * 10 >= half * 4 && even.min(odd) * 10 <= half
}
