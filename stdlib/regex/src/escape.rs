//! `re.escape`.
//! In: units of a text. Out: the same with a backslash before what means something in a pattern.
//! Invariant: the result, as a pattern, matches exactly the text.

/// Whether `re.escape` puts a backslash before a character.
pub fn needs_escape(c: u32) -> bool {
    char::from_u32(c).is_some_and(|c| "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c".contains(c))
}

/// The escaped text, in units of the same width.
pub fn escape<U: Copy + Into<u32> + From<u8>>(text: &[U]) -> Vec<U> {
    let mut out = Vec::with_capacity(text.len());
    for &unit in text {
        if needs_escape(unit.into()) {
            out.push(U::from(b'\\'));
        }
        out.push(unit);
    }
    out
}
