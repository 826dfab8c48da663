//! Text to float: `float("...")`.
//!
//! In: a text or bytes. Out: the nearest float; `None` where CPython raises ValueError("could not convert string to
//! float: " and the argument's repr). The one invariant: exactly CPython's grammar, underscores and all digits of
//! Unicode included.

use super::int_parse::ascii_number;
use crate::bytes::split::strip_whitespace;
use crate::chars::Chars;
use crate::string::strip::Side;

/// `float(s)`.
pub fn parse_float(s: Chars<'_>) -> Option<f64> {
    parse_float_bytes(&ascii_number(s))
}

/// `float(b)` of bytes: ASCII, with white space around it.
pub fn parse_float_bytes(b: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(&b[strip_whitespace(b, Side::Both)]).ok()?;
    // Rust's grammar for floats is Python's without underscores.
    if text.contains('_') { without_underscores(text)?.parse().ok() } else { text.parse().ok() }
}

/// Each underscore stands between two digits.
fn without_underscores(text: &str) -> Option<String> {
    let b = text.as_bytes();
    let digit = |i: Option<usize>| i.and_then(|i| b.get(i)).is_some_and(u8::is_ascii_digit);
    let misplaced = |(i, &c): (usize, &u8)| c == b'_' && !(digit(i.checked_sub(1)) && digit(Some(i + 1)));
    (!b.iter().enumerate().any(misplaced)).then(|| text.replace('_', ""))
}
