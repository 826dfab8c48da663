//! upper, lower, title, capitalize, swapcase of bytes.
//!
//! In: bytes. Out: as many bytes. The one invariant: only ASCII letters change.

pub fn upper(b: &[u8]) -> Vec<u8> {
    b.to_ascii_uppercase()
}

pub fn lower(b: &[u8]) -> Vec<u8> {
    b.to_ascii_lowercase()
}

pub fn swapcase(b: &[u8]) -> Vec<u8> {
    b.iter().map(|c| if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }).collect()
}

pub fn capitalize(b: &[u8]) -> Vec<u8> {
    let mut out = lower(b);
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

pub fn title(b: &[u8]) -> Vec<u8> {
    let mut in_word = false;
    let each = |c: &u8| {
        let cased = if in_word { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
        in_word = c.is_ascii_alphabetic();
        cased
    };
    b.iter().map(each).collect()
}
