//! The codecs of escapes: `unicode_escape`, `raw_unicode_escape`, and the escapes of bytes literals.
//!
//! In: strings or bytes. Out: bytes or strings with escapes for what is not printable, or with escapes undone. The one
//! invariant: what was encoded decodes to itself.

use interpreter::objects::function::Args;
use interpreter::objects::str::{Str, text_of};
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::unicode::names;
use toy_text::{Chars, CharsBuf};

/// `unicode_escape_encode` and `raw_unicode_escape_encode`: (bytes, length).
pub fn unicode_encode(h: &mut Held, args: Args<'_>, raw: bool) -> R {
    let Some(text) = args[0].downcast::<Str>() else {
        let got = args[0].given_name();
        return Err(h.type_error(format!("unicode_escape_encode() argument 1 must be str, not {got}")));
    };
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars().iter() {
        push_escaped(c, raw, &mut out);
    }
    Ok(h.tuple_of(&[h.new_bytes(&out), h.new_int(text.len() as i64)]))
}

fn push_escaped(c: u32, raw: bool, out: &mut Vec<u8>) {
    match c {
        0..0x100 if raw => out.push(c as u8),
        0x5c => out.extend(b"\\\\"),
        9 => out.extend(b"\\t"),
        10 => out.extend(b"\\n"),
        13 => out.extend(b"\\r"),
        0x20..0x7f => out.push(c as u8),
        0..0x100 => out.extend(format!("\\x{c:02x}").bytes()),
        0x100..0x10000 => out.extend(format!("\\u{c:04x}").bytes()),
        _ => out.extend(format!("\\U{c:08x}").bytes()),
    }
}

/// `unicode_escape_decode` and `raw_unicode_escape_decode`: (text, bytes used).
pub fn unicode_decode(h: &mut Held, args: Args<'_>, raw: bool) -> R {
    let data = match args[0].downcast::<Str>() {
        Some(_) => text_of(&args[0]).into_bytes(),
        None => h.with_bytes_like(&args[0], <[u8]>::to_vec)?,
    };
    let mut out = CharsBuf::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        if data[at] != b'\\' {
            out.push(data[at].into());
            at += 1;
            continue;
        }
        match read_escape(&data, at, raw) {
            Ok((Some(c), end)) => {
                out.push(c);
                at = end;
            }
            Ok((None, end)) => {
                out.push_chars(Chars::One(if raw || data.get(at + 1) != Some(&b'\n') { &data[at..end] } else { &[] }));
                at = end;
            }
            Err((end, reason)) => at = recover(h, args, &data, (at, end), reason, raw, &mut out)?,
        }
    }
    Ok(h.tuple_of(&[h.str_from_chars(out.as_chars()), h.new_int(data.len() as i64)]))
}

/// Handles an error as the argument `errors` says; where to go on.
fn recover(
    h: &mut Held,
    args: Args<'_>,
    data: &[u8],
    range: (usize, usize),
    reason: &str,
    raw: bool,
    out: &mut CharsBuf,
) -> R<usize> {
    let errors = args.opt_some(1).map(text_of);
    match errors.as_deref() {
        Some("ignore") => Ok(range.1),
        Some("replace") => {
            out.push(0xfffd);
            Ok(range.1)
        }
        Some("backslashreplace") => {
            data[range.0..range.1].iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
            Ok(range.1)
        }
        _ => {
            let object = h.new_bytes(data);
            let encoding = if raw { "rawunicodeescape" } else { "unicodeescape" };
            Err(h.unicode_decode_error(encoding, &object, range, reason))
        }
    }
}

/// A character, or nothing for a backslash that stands for itself or joins lines; and where it ends.
type Escape = Result<(Option<u32>, usize), (usize, &'static str)>;

fn read_escape(data: &[u8], at: usize, raw: bool) -> Escape {
    let Some(&letter) = data.get(at + 1) else {
        return if raw { Ok((None, at + 1)) } else { Err((at + 1, "\\ at end of string")) };
    };
    let simple = match letter {
        b'u' => return hex(data, at, 4, "truncated \\uXXXX escape"),
        b'U' => return hex(data, at, 8, "truncated \\UXXXXXXXX escape"),
        _ if raw => return Ok((None, at + 2)),
        b'x' => return hex(data, at, 2, "truncated \\xXX escape"),
        b'N' => return named(data, at),
        b'0'..=b'7' => {
            let digits = data[at + 1..].iter().take(3).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
            let value =
                data[at + 1..at + 1 + digits].iter().fold(0, |value, digit| value * 8 + u32::from(digit - b'0'));
            return Ok((Some(value), at + 1 + digits));
        }
        b'\\' | b'\'' | b'"' => letter,
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'v' => 11,
        _ => return Ok((None, at + 2)),
    };
    Ok((Some(simple.into()), at + 2))
}

fn hex(data: &[u8], at: usize, count: usize, truncated: &'static str) -> Escape {
    let digits = data[at + 2..].iter().take(count).take_while(|digit| digit.is_ascii_hexdigit()).count();
    let end = at + 2 + digits;
    if digits < count {
        return Err((end, truncated));
    }
    let value =
        data[at + 2..end].iter().fold(0, |value, &digit| value << 4 | char::from(digit).to_digit(16).unwrap_or(0));
    if value > 0x10_ffff { Err((end, "illegal Unicode character")) } else { Ok((Some(value), end)) }
}

fn named(data: &[u8], at: usize) -> Escape {
    let malformed = "malformed \\N character escape";
    if data.get(at + 2) != Some(&b'{') {
        return Err((at + 2, malformed));
    }
    let Some(len) = data[at + 3..].iter().position(|&byte| byte == b'}') else { return Err((data.len(), malformed)) };
    let end = at + 4 + len;
    let name = String::from_utf8_lossy(&data[at + 3..end - 1]);
    match names::lookup(&name) {
        Some(c) => Ok((Some(c), end)),
        None => Err((end, "unknown Unicode character name")),
    }
}

/// `escape_encode`: (bytes with escapes, length).
pub fn escape_encode(h: &mut Held, args: Args<'_>) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let mut out = Vec::with_capacity(data.len());
    for &byte in &data {
        match byte {
            b'\'' => out.extend(b"\\'"),
            _ => push_escaped(byte.into(), false, &mut out),
        }
    }
    Ok(h.tuple_of(&[h.new_bytes(&out), h.new_int(data.len() as i64)]))
}

/// `escape_decode`: (bytes, length), by the rules of bytes literals.
pub fn escape_decode(h: &mut Held, args: Args<'_>) -> R {
    let data = match args[0].downcast::<Str>() {
        Some(_) => text_of(&args[0]).into_bytes(),
        None => h.with_bytes_like(&args[0], <[u8]>::to_vec)?,
    };
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        if data[at] != b'\\' {
            out.push(data[at]);
            at += 1;
            continue;
        }
        at = match (data.get(at + 1), bytes_escape(&data, at)) {
            (None, _) => return Err(h.value_error("Trailing \\ in string")),
            (Some(b'\n'), _) => at + 2,
            (_, Some((byte, end))) => {
                out.push(byte);
                end
            }
            (Some(b'x'), None) => return Err(h.value_error(format!("invalid \\x escape at position {at}"))),
            (Some(other), None) => {
                out.extend([b'\\', *other]);
                at + 2
            }
        };
    }
    let len = h.new_int(data.len() as i64);
    Ok(h.tuple_of(&[h.new_bytes(&out), len]))
}

fn bytes_escape(data: &[u8], at: usize) -> Option<(u8, usize)> {
    if matches!(data.get(at + 1), Some(b'u' | b'U' | b'N')) {
        return None;
    }
    match read_escape(data, at, false) {
        Ok((Some(c), end)) => Some((c as u8, end)),
        _ => None,
    }
}
