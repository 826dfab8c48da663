//! repr of str and bytes, and ascii().
//!
//! In: a text or bytes. Out: a literal. The one invariant: evaluating the literal gives the value back.

use crate::chars::{Chars, CharsBuf, CharsOwned};
use crate::unicode::is_printable;
use std::fmt::Write;

/// `repr(s)`: what is printable stands for itself.
pub fn repr(s: Chars<'_>) -> CharsOwned {
    quoted(s, is_printable)
}

/// `ascii(s)` of a str: only printable ASCII stands for itself.
pub fn ascii(s: Chars<'_>) -> CharsOwned {
    quoted(s, |c| (32..127).contains(&c))
}

/// `ascii(x)` from `repr(x)`: escapes without new quotes.
pub fn escape_non_ascii(repr: Chars<'_>) -> CharsOwned {
    let mut out = CharsBuf::with_capacity(repr.len());
    for c in repr.iter() {
        if c < 128 { out.push(c) } else { push_escape(c, &mut out) }
    }
    out.finish()
}

/// `repr(b)` of bytes. ASCII only.
pub fn bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.extend(['b', quote]);
    for &b in bytes {
        match b {
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\\' => out.push_str("\\\\"),
            32..127 if char::from(b) == quote => out.extend(['\\', quote]),
            32..127 => out.push(b.into()),
            _ => write!(out, "\\x{b:02x}").expect("a String takes everything"),
        }
    }
    out.push(quote);
    out
}

/// `\xNN`, `\uNNNN` or `\UNNNNNNNN`, whichever is the shortest that holds `c`.
pub(crate) fn escape(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

fn quoted(s: Chars<'_>, plain: impl Fn(u32) -> bool) -> CharsOwned {
    match s {
        Chars::One(bytes) if is_plain_ascii(bytes) => return CharsOwned::One([b"'", bytes, b"'"].concat()),
        _ => {}
    }
    let has = |wanted: char| s.iter().any(|c| c == u32::from(wanted));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = CharsBuf::with_capacity(s.len() + 2);
    out.push(quote.into());
    for c in s.iter() {
        match c {
            0x09 => out.push_str("\\t"),
            0x0a => out.push_str("\\n"),
            0x0d => out.push_str("\\r"),
            0x5c => out.push_str("\\\\"),
            _ if c == u32::from(quote) => {
                out.push(0x5c);
                out.push(c);
            }
            _ if plain(c) => out.push(c),
            _ => push_escape(c, &mut out),
        }
    }
    out.push(quote.into());
    out.finish()
}

/// Printable, and neither a quote nor a backslash. No early exit, so that the compiler uses vectors.
fn is_plain_ascii(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, &b| all & ((32..127).contains(&b) & (b != b'\'') & (b != b'\\')))
}

fn push_escape(c: u32, out: &mut CharsBuf) {
    out.push_str(&escape(c));
}
