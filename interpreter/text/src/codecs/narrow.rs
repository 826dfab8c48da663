//! The codecs with one byte a character: ASCII, Latin-1, and tables that differ from Latin-1 here and there.
//!
//! In: bytes, or a code point. Out: the other. The one invariant: a byte that a table does not define neither decodes nor
//! encodes.

use super::{Codec, DecodeError, OnDecodeError};
use crate::chars::{Chars, CharsBuf};

/// A character set by its differences from Latin-1.
#[derive(Debug, PartialEq, Eq)]
pub struct Charmap {
    pub name: &'static str,
    /// Bytes in order; `None` is undefined.
    differences: &'static [(u8, Option<u16>)],
}

/// What Windows calls Western European.
pub static CP1252: Charmap = Charmap {
    name: "cp1252",
    differences: &[
        (0x80, Some(0x20ac)),
        (0x81, None),
        (0x82, Some(0x201a)),
        (0x83, Some(0x0192)),
        (0x84, Some(0x201e)),
        (0x85, Some(0x2026)),
        (0x86, Some(0x2020)),
        (0x87, Some(0x2021)),
        (0x88, Some(0x02c6)),
        (0x89, Some(0x2030)),
        (0x8a, Some(0x0160)),
        (0x8b, Some(0x2039)),
        (0x8c, Some(0x0152)),
        (0x8d, None),
        (0x8e, Some(0x017d)),
        (0x8f, None),
        (0x90, None),
        (0x91, Some(0x2018)),
        (0x92, Some(0x2019)),
        (0x93, Some(0x201c)),
        (0x94, Some(0x201d)),
        (0x95, Some(0x2022)),
        (0x96, Some(0x2013)),
        (0x97, Some(0x2014)),
        (0x98, Some(0x02dc)),
        (0x99, Some(0x2122)),
        (0x9a, Some(0x0161)),
        (0x9b, Some(0x203a)),
        (0x9c, Some(0x0153)),
        (0x9d, None),
        (0x9e, Some(0x017e)),
        (0x9f, Some(0x0178)),
    ],
};

/// Latin-9: Latin-1 with a euro sign.
pub static ISO8859_15: Charmap = Charmap {
    name: "iso8859-15",
    differences: &[
        (0xa4, Some(0x20ac)),
        (0xa6, Some(0x0160)),
        (0xa8, Some(0x0161)),
        (0xb4, Some(0x017d)),
        (0xb8, Some(0x017e)),
        (0xbc, Some(0x0152)),
        (0xbd, Some(0x0153)),
        (0xbe, Some(0x0178)),
    ],
};

impl Charmap {
    fn decode(&self, b: u8) -> Option<u32> {
        match self.differences.binary_search_by_key(&b, |row| row.0) {
            Ok(i) => self.differences[i].1.map(u32::from),
            Err(_) => Some(b.into()),
        }
    }

    fn encode(&self, c: u32) -> Option<u8> {
        let differs = |b: u8| self.differences.binary_search_by_key(&b, |row| row.0).is_ok();
        let moved = self.differences.iter().find(|row| row.1.is_some_and(|mapped| u32::from(mapped) == c));
        moved.map(|row| row.0).or_else(|| u8::try_from(c).ok().filter(|&b| !differs(b)))
    }
}

pub fn decode<E>(codec: Codec, input: &[u8], out: &mut CharsBuf, on_error: OnDecodeError<'_, E>) -> Result<usize, E> {
    if codec == Codec::Latin1 || input.is_ascii() {
        out.push_chars(Chars::One(input));
        return Ok(input.len());
    }
    let (encoding, reason) = match codec {
        Codec::Charmap(_) => ("charmap", "character maps to <undefined>"),
        _ => ("ascii", "ordinal not in range(128)"),
    };
    let mut at = 0;
    while at < input.len() {
        if let Some(c) = decoded(codec, input[at]) {
            out.push(c);
            at += 1;
            continue;
        }
        let (text, resume) = on_error(&DecodeError { encoding, start: at, end: at + 1, reason, object_start: 0 })?;
        out.push_chars(text.as_chars());
        at = resume;
    }
    Ok(input.len())
}

/// Appends one code point; false if there is no byte for it.
pub fn put(codec: Codec, c: u32, out: &mut Vec<u8>) -> bool {
    let byte = match codec {
        _ if c < 0x80 => Some(c as u8),
        Codec::Latin1 => u8::try_from(c).ok(),
        Codec::Charmap(map) => map.encode(c),
        _ => None,
    };
    out.extend(byte);
    byte.is_some()
}

fn decoded(codec: Codec, b: u8) -> Option<u32> {
    match codec {
        _ if b.is_ascii() => Some(b.into()),
        Codec::Charmap(map) => map.decode(b),
        _ => None,
    }
}
