//! UTF-8.
//!
//! In: bytes, or a code point. Out: the other. The one invariant: an error covers the longest start of a character that
//! could have been one, which is what Rust's own decoder reports.

use super::{DecodeError, OnDecodeError};
use crate::chars::{Chars, CharsBuf, Unit, each_width};

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
    let last = 0x80 | (c & 63) as u8;
    match c {
        0..0x80 => out.push(c as u8),
        0x80..0x800 => out.extend_from_slice(&[0xc0 | (c >> 6) as u8, last]),
        0xd800..0xe000 => return false,
        0x800..0x10000 => out.extend_from_slice(&[0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 63) as u8, last]),
        _ => out.extend_from_slice(&[
            0xf0 | (c >> 18) as u8,
            0x80 | (c >> 12 & 63) as u8,
            0x80 | (c >> 6 & 63) as u8,
            last,
        ]),
    }
    true
}

/// Appends what comes before the first surrogate; gives how many code points that is.
pub fn put_run(s: Chars<'_>, out: &mut Vec<u8>) -> usize {
    each_width!(s, units => units.iter().take_while(|&&u| put(u.wide(), out)).count())
}

/// Two bytes of a surrogate at the input's end: with the third, `surrogatepass` would take it.
fn is_half_surrogate(rest: &[u8]) -> bool {
    matches!(rest, [0xed, 0xa0..=0xbf])
}

fn push_valid(rest: &[u8], out: &mut CharsBuf) -> Result<(), std::str::Utf8Error> {
    match std::str::from_utf8(rest) {
        Ok(text) => out.push_str(text),
        Err(invalid) => {
            out.push_str(std::str::from_utf8(&rest[..invalid.valid_up_to()])?);
            return Err(invalid);
        }
    }
    Ok(())
}
