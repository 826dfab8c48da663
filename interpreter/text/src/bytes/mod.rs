//! The methods of bytes and bytearray that are not those of a narrow str: ASCII rules only.
//!
//! In: byte slices. Out: bytes, ranges, bools. The one invariant: a byte above 127 is no letter, digit or space. What is
//! the same for str (find, count, partition, split by a separator, startswith, strip of a set, padding) is called with
//! `Chars::One`; `repr` is in `string::repr`.

pub mod case;
pub mod classify;
pub mod split;

use crate::chars::{Chars, CharsOwned, TooLong};
use crate::string;

/// `b.replace(old, new, max)`; `None` when nothing is replaced.
pub fn replace(b: &[u8], old: &[u8], new: &[u8], max: Option<usize>) -> Result<Option<Vec<u8>>, TooLong> {
    let max = max.unwrap_or(usize::MAX);
    if max == 0 || old == new {
        return Ok(None);
    }
    string::replace::check_result(Chars::One(b), Chars::One(old), Chars::One(new), max)?;
    if old.is_empty() {
        return Ok(Some(narrow(string::replace::interleave(Chars::One(b), Chars::One(new), max))));
    }
    Ok(string::replace::replace_bytes(b, old, new, max))
}

/// The bytes of a text that was made from bytes.
pub fn narrow(text: CharsOwned) -> Vec<u8> {
    match text {
        CharsOwned::One(bytes) => bytes,
        wide => wide.as_chars().iter().map(|c| c as u8).collect(),
    }
}

/// Space, tab, newline, vertical tab, form feed, carriage return.
#[inline]
pub fn is_space(b: u8) -> bool {
    matches!(b, 9..=13 | 32)
}
