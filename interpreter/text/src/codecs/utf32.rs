//! UTF-32.
//!
//! In: bytes, or a code point. Out: the other. The one invariant: positions are bytes of the whole input, the mark too.

use super::{DecodeError, Endian, OnDecodeError};
use crate::chars::CharsBuf;

/// Decodes after the `mark`; gives how much was consumed, the mark included.
pub fn decode<E>(
    input: &[u8],
    mark: usize,
    endian: Endian,
    last: bool,
    out: &mut CharsBuf,
    on_error: OnDecodeError<'_, E>,
) -> Result<usize, E> {
    let encoding = if endian == Endian::Big { "utf-32-be" } else { "utf-32-le" };
    let mut at = mark;
    while at < input.len() {
        let unit = input[at..].first_chunk::<4>();
        let c =
            unit.map(|unit| if endian == Endian::Big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) });
        let (end, reason) = match c {
            Some(0xd800..0xe000) => (at + 4, "code point in surrogate code point range(0xd800, 0xe000)"),
            Some(c @ ..0x110000) => {
                out.push(c);
                at += 4;
                continue;
            }
            Some(_) => (at + 4, "code point not in range(0x110000)"),
            None if !last => return Ok(at),
            None => (input.len(), "truncated data"),
        };
        let (text, resume) = on_error(&DecodeError { encoding, start: at, end, reason, object_start: 0 })?;
        out.push_chars(text.as_chars());
        at = resume;
    }
    Ok(input.len())
}

/// Appends one code point; false of a surrogate.
pub fn put(c: u32, endian: Endian, out: &mut Vec<u8>) -> bool {
    out.extend(if endian == Endian::Big { c.to_be_bytes() } else { c.to_le_bytes() });
    if char::from_u32(c).is_none() {
        out.truncate(out.len() - 4);
        return false;
    }
    true
}
