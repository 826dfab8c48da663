//! Strings as JSON text.
//!
//! In: a string. Out: the same between quotes. The one invariant: quotes, backslashes and control characters are escaped; so is
//! all beyond ASCII, if only ASCII is wanted.

use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::{Chars, CharsBuf};

/// Appends a string between quotes.
pub fn push(chars: Chars<'_>, ascii: bool, out: &mut CharsBuf) {
    out.push(0x22);
    if is_plain(chars, ascii) {
        out.push_chars(chars);
    } else {
        chars.iter().for_each(|c| push_one(c, ascii, out));
    }
    out.push(0x22);
}

/// Whether nothing needs to be escaped. No early exit, so that the compiler uses vectors.
fn is_plain(chars: Chars<'_>, ascii: bool) -> bool {
    match chars {
        Chars::One(units) => {
            let most = if ascii { 0x7e } else { 0xff };
            units.iter().fold(true, |all, &c| all & (c >= 0x20) & (c <= most) & (c != 0x22) & (c != 0x5c))
        }
        _ if ascii => false,
        wide => wide.iter().all(|c| c >= 0x20 && c != 0x22 && c != 0x5c),
    }
}

fn push_one(c: u32, ascii: bool, out: &mut CharsBuf) {
    let short = match c {
        0x22 => "\\\"",
        0x5c => "\\\\",
        0x08 => "\\b",
        0x09 => "\\t",
        0x0a => "\\n",
        0x0c => "\\f",
        0x0d => "\\r",
        0x20..0x7f => return out.push(c),
        0x7f.. if !ascii => return out.push(c),
        0x10000.. => {
            let c = c - 0x10000;
            push_escape(0xd800 | c >> 10, out);
            return push_escape(0xdc00 | c & 0x3ff, out);
        }
        _ => return push_escape(c, out),
    };
    out.push_str(short);
}

fn push_escape(unit: u32, out: &mut CharsBuf) {
    let digit = |shift: u32| b"0123456789abcdef"[(unit >> shift & 15) as usize];
    out.push_chars(Chars::One(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]));
}

/// `encode_basestring` and `encode_basestring_ascii`.
pub fn function(h: &mut Held, string: &Value, ascii: bool) -> R {
    let Some(text) = string.downcast::<Str>() else {
        return Err(h.type_error(format!("first argument must be a string, not {}", string.class_name())));
    };
    let mut out = CharsBuf::with_capacity(text.len() + 2);
    push(text.chars(), ascii, &mut out);
    Ok(h.str_from_chars(out.as_chars()))
}
