//! UTF-8.
//!
//! In: bytes, or a code point. Out: the other. The one invariant: an error covers the longest start of a character that
//! could have been one, which is what Rust's own decoder reports.

use super::{DecodeError, OnDecodeError};
use crate::chars::{Chars, CharsBuf};

/// Decodes after the `mark`; gives how much was consumed, the mark included.
pub fn decode<E>(
    input: &[u8],
    mark: usize,
    last: bool,
    out: &mut CharsBuf,
    on_error: OnDecodeError<'_, E>,
) -> Result<usize, E> {
    let body = &input[mark..];
    if body.is_ascii() {
        out.push_chars(Chars::One(body));
        return Ok(input.len());
    }
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        let Err(invalid) = push_valid(rest, out) else { return Ok(input.len()) };
        let start = at + invalid.valid_up_to();
        let (len, reason) = match (invalid.error_len(), body[start]) {
            (None, _) if !last => return Ok(mark + start),
            (_, 0xed) if !last && is_half_surrogate(&body[start..]) => return Ok(mark + start),
            (None, _) => (body.len() - start, "unexpected end of data"),
            (Some(len), 0xc2..=0xf4) => (len, "invalid continuation byte"),
            (Some(len), _) => (len, "invalid start byte"),
        };
        let error = DecodeError { encoding: "utf-8", start, end: start + len, reason, object_start: mark };
        let (text, resume) = on_error(&error)?;
        out.push_chars(text.as_chars());
        at = resume;
    }
    Ok(input.len())
}

/// Appends one code point; false of a surrogate.
pub fn put(c: u32, out: &mut Vec<u8>) -> bool {
    match char::from_u32(c) {
        Some(c) if c.is_ascii() => out.push(c as u8),
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None => return false,
    }
    true
}

/// Two bytes of a surrogate at the input's end: with the third, `surrogatepass` would take it.
fn is_half_surrogate(rest: &[u8]) -> bool {
    matches!(rest, [0xed, 0xa0..=0xbf])
}

fn push_valid(rest: &[u8], out: &mut CharsBuf) -> Result<(), std::str::Utf8Error> {
    let checked = std::str::from_utf8(rest);
    let valid = checked.map_or_else(|error| error.valid_up_to(), str::len);
    out.push_str(std::str::from_utf8(&rest[..valid])?);
    checked.map(drop)
}
