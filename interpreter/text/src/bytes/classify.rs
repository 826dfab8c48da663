//! isalpha, isdigit and their kin for bytes.
//!
//! In: bytes. Out: a bool. The one invariant: no bytes are none of them, but ASCII.

use super::is_space as space;

pub fn is_alpha(b: &[u8]) -> bool {
    all(b, u8::is_ascii_alphabetic)
}

pub fn is_alnum(b: &[u8]) -> bool {
    all(b, u8::is_ascii_alphanumeric)
}

pub fn is_digit(b: &[u8]) -> bool {
    all(b, u8::is_ascii_digit)
}

pub fn is_space(b: &[u8]) -> bool {
    all(b, |c| space(*c))
}

pub fn is_lower(b: &[u8]) -> bool {
    b.iter().any(u8::is_ascii_lowercase) && !b.iter().any(u8::is_ascii_uppercase)
}

pub fn is_upper(b: &[u8]) -> bool {
    b.iter().any(u8::is_ascii_uppercase) && !b.iter().any(u8::is_ascii_lowercase)
}

/// Capitals start words and only they do; there is a word.
pub fn is_title(b: &[u8]) -> bool {
    let mut in_word = false;
    for c in b {
        if (c.is_ascii_uppercase() && in_word) || (c.is_ascii_lowercase() && !in_word) {
            return false;
        }
        in_word = c.is_ascii_alphabetic();
    }
    b.iter().any(u8::is_ascii_alphabetic)
}

fn all(b: &[u8], test: impl Fn(&u8) -> bool) -> bool {
    !b.is_empty() && b.iter().all(test)
}
