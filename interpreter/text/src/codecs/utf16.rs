//! UTF-16.
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
    let unit = |at: usize| {
        let bytes = input.get(at..)?.first_chunk::<2>()?;
        Some(u32::from(if endian == Endian::Big { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) }))
    };
    let encoding = if endian == Endian::Big { "utf-16-be" } else { "utf-16-le" };
    let mut at = mark;
    while at < input.len() {
        let (end, reason) = match (unit(at), unit(at + 2)) {
            (Some(c @ (0..0xd800 | 0xe000..)), _) => {
                out.push(c);
                at += 2;
                continue;
            }
            (Some(high @ ..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                out.push(0x10000 + ((high & 0x3ff) << 10 | low & 0x3ff));
                at += 4;
                continue;
            }
            (Some(..0xdc00), Some(_)) => (at + 2, "illegal UTF-16 surrogate"),
            (Some(0xdc00..), _) => (at + 2, "illegal encoding"),
            _ if !last => return Ok(at),
            (Some(_), None) => (input.len(), "unexpected end of data"),
            (None, _) => (input.len(), "truncated data"),
        };
        let (text, resume) = on_error(&DecodeError { encoding, start: at, end, reason, object_start: 0 })?;
        out.push_chars(text.as_chars());
        at = resume;
    }
    Ok(input.len())
}

/// Appends one code point; false of a surrogate.
pub fn put(c: u32, endian: Endian, out: &mut Vec<u8>) -> bool {
    let Some(c) = char::from_u32(c) else { return false };
    for unit in c.encode_utf16(&mut [0; 2]) {
        out.extend(if endian == Endian::Big { unit.to_be_bytes() } else { unit.to_le_bytes() });
    }
    true
}
