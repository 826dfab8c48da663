//! How far a number goes, and what kind it is.
//!
//! In: text that begins with a digit, or with a dot and a digit. Out: lengths and kinds. The one invariant: the longest number
//! is taken, and what follows it is judged by `faults.rs`. (A table of regular expressions would do, but for the places
//! where a number must be given up again several characters later: `1e+`, `0x_`.)

use crate::token::Tok;

/// How much of `rest` belongs to the number that begins with `head`, its first one or two characters.
pub fn length(head: &str, rest: &str) -> usize {
    let bytes = rest.as_bytes();
    match (head, bytes.first().map(u8::to_ascii_lowercase)) {
        ("0", Some(b'x')) => prefixed(bytes, u8::is_ascii_hexdigit),
        ("0", Some(b'o')) => prefixed(bytes, |b| (b'0'..=b'7').contains(b)),
        ("0", Some(b'b')) => prefixed(bytes, |b| matches!(b, b'0' | b'1')),
        _ => decimal(head, bytes),
    }
}

/// The kind of a whole number.
pub fn kind(text: &str) -> Tok {
    let bytes = text.as_bytes();
    match bytes[bytes.len() - 1] {
        _ if bytes.len() > 1
            && bytes[1].is_ascii_alphabetic()
            && bytes[0] == b'0'
            && !matches!(bytes[1], b'e' | b'E' | b'j' | b'J') =>
        {
            Tok::Int
        }
        b'j' | b'J' => Tok::Imaginary,
        _ if bytes.iter().any(|b| matches!(b, b'.' | b'e' | b'E')) => Tok::Float,
        _ => Tok::Int,
    }
}

/// Digits with single underscores between, from `at` on, where one may stand in front.
fn digits(bytes: &[u8], mut at: usize, is_digit: impl Fn(&u8) -> bool) -> usize {
    loop {
        let next = at + (bytes.get(at) == Some(&b'_')) as usize;
        match bytes.get(next) {
            Some(digit) if is_digit(digit) => at = next + 1,
            _ => return at,
        }
    }
}

/// Behind `0`: the letter and at least one digit, or nothing.
fn prefixed(bytes: &[u8], is_digit: impl Fn(&u8) -> bool) -> usize {
    let end = digits(bytes, 1, is_digit);
    if end > 1 { end } else { 0 }
}

fn decimal(head: &str, bytes: &[u8]) -> usize {
    let mut at = digits(bytes, 0, u8::is_ascii_digit);
    if !head.starts_with('.') && bytes.get(at) == Some(&b'.') {
        at += 1;
        if bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at = digits(bytes, at, u8::is_ascii_digit);
        }
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = matches!(bytes.get(at + 1), Some(b'+' | b'-')) as usize;
        if bytes.get(at + 1 + sign).is_some_and(u8::is_ascii_digit) {
            at = digits(bytes, at + 1 + sign, u8::is_ascii_digit);
        }
    }
    at + matches!(bytes.get(at), Some(b'j' | b'J')) as usize
}
