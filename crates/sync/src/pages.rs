//! Bodies as they travel: JSON, compressed with zstd, bounded.
//!
//! A body says in its content type that it is JSON and in its content encoding that it is compressed. A
//! small one travels as it is. The bound is on what comes out, so that a small body cannot become a large
//! one.

use std::io::Read;

/// The largest body in either direction, unpacked: 16 MiB.
pub const MAX_BYTES: usize = 16 << 20;
/// How many bytes of facts a page aims at: a page of usual samples takes part of a second on a slow line.
pub const PAGE_BYTES: usize = 2 << 20;
/// A body shorter than this is not compressed.
const WORTH_PACKING: usize = 1024;
/// Quick, and within some percent of the best for JSON.
const LEVEL: i32 = 1;

/// Why a body was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is larger than [`MAX_BYTES`].
    #[error("the body is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// It is not what its encoding says.
    #[error("the body is not zstd: {0}")]
    NotZstd(std::io::Error),
}

/// A body ready to travel, and whether it was compressed.
pub fn pack(json: Vec<u8>) -> (Vec<u8>, bool) {
    if json.len() < WORTH_PACKING {
        return (json, false);
    }
    match zstd::bulk::compress(&json, LEVEL) {
        Ok(packed) => (packed, true),
        // It travels as it is.
        Err(_) => (json, false),
    }
}

/// A body as it was before it was packed.
///
/// # Errors
/// [`Error`]; never uses more memory than [`MAX_BYTES`] and a little.
pub fn unpack(body: &[u8]) -> Result<Vec<u8>, Error> {
    // A frame that says how long it is usually comes out in one go. What it says is no promise: several frames
    // in a row, or one that is not what it says, are read bit by bit.
    if let Ok(Some(length)) = zstd::zstd_safe::get_frame_content_size(body)
        && length <= MAX_BYTES as u64
        && let Ok(json) = zstd::bulk::decompress(body, length as usize)
    {
        return Ok(json);
    }
    let decoder = zstd::stream::read::Decoder::new(body).map_err(Error::NotZstd)?;
    let mut json = Vec::new();
    decoder.take(MAX_BYTES as u64 + 1).read_to_end(&mut json).map_err(Error::NotZstd)?;
    if json.len() > MAX_BYTES {
        return Err(Error::TooLarge);
    }
    Ok(json)
}

#[cfg(test)]
mod tests {
    use super::{Error, MAX_BYTES, pack, unpack};

    #[test]
    fn a_body_comes_out_as_it_went_in() {
        let json = br#"{"facts":["#.repeat(1000);
        let (packed, compressed) = pack(json.clone());
        assert!(compressed && packed.len() < json.len() / 10);
        assert_eq!(unpack(&packed).unwrap(), json);
        assert_eq!(pack(b"{}".to_vec()), (b"{}".to_vec(), false));
        let streamed = zstd::stream::encode_all(&json[..], 3).unwrap();
        assert_eq!(unpack(&streamed).unwrap(), json, "as do those that do not say how long they are");
        assert_eq!(unpack(&[packed, streamed].concat()).unwrap(), json.repeat(2), "and several in a row");
    }

    #[test]
    fn a_small_body_cannot_become_a_large_one() {
        let bomb = zstd::bulk::compress(&vec![b' '; MAX_BYTES + 1], 1).unwrap();
        assert!(bomb.len() < 10_000);
        assert!(matches!(unpack(&bomb), Err(Error::TooLarge)));
        assert!(matches!(unpack(b"not zstd at all"), Err(Error::NotZstd(_))));
    }
}
