//! Backslash escapes of string and bytes literals.
//!
//! In: a literal's body. Out: its text appended, and the first escape that means nothing (kept as it stands; the caller
//! warns), or CPython's complaint about a malformed one. A body that ends in a backslash is the part of an f-string before a
//! brace. The one invariant: the positions in a complaint count as CPython's do,
//! in a copy of the body where every character beyond ASCII takes ten bytes.

use crate::literal::Text;

/// Resolves the escapes of a string.
pub fn decode(body: &str, text: &mut Text) -> Result<Option<String>, String> {
    let mut invalid = None;
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let position = position(&body[..body.len() - rest.len() + at]);
        let Some(c) = escape.chars().next() else {
            text.push_code('\\'.into());
            return Ok(invalid.or(Some('{'.into())));
        };
        let used = match c {
            'N' => named(escape, position, text)?,
            'u' => hexadecimal(escape, 4, "\\uXXXX", position, text)?,
            'U' => hexadecimal(escape, 8, "\\UXXXXXXXX", position, text)?,
            'x' => hexadecimal(escape, 2, "\\xXX", position, text)?,
            '0'..='7' => octal(escape, &mut invalid, |code| text.push_code(code)),
            _ => {
                match simple(c) {
                    Some(code) => text.push_code(code.into()),
                    None if c == '\n' => {}
                    None => {
                        invalid.get_or_insert(c.into());
                        text.push_code('\\'.into());
                        text.push_code(c.into());
                    }
                }
                c.len_utf8()
            }
        };
        rest = &escape[used..];
    }
    text.push_str(rest);
    Ok(invalid)
}

/// Resolves the escapes of a bytes literal.
pub fn decode_bytes(body: &str, bytes: &mut Vec<u8>) -> Result<Option<String>, String> {
    let mut invalid = None;
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let c = escape.chars().next().unwrap_or('\\');
        let used = match c {
            'x' => {
                let digits = escape.get(1..3).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
                let position = body.len() - rest.len() + at;
                let digits = digits.ok_or_else(|| format!("invalid \\x escape at position {position}"))?;
                bytes.push(u8::from_str_radix(digits, 16).unwrap_or_default());
                3
            }
            '0'..='7' => octal(escape, &mut invalid, |code| bytes.push(code as u8)),
            _ => {
                match simple(c) {
                    Some(byte) => bytes.push(byte),
                    None if c == '\n' => {}
                    None => {
                        invalid.get_or_insert(c.into());
                        bytes.extend_from_slice(&[b'\\', c as u8]);
                    }
                }
                1
            }
        };
        rest = &escape[used..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    Ok(invalid)
}

fn simple(c: char) -> Option<u8> {
    Some(match c {
        '\\' | '\'' | '"' => c as u8,
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        _ => return None,
    })
}

/// Up to three digits; more than a byte is for the caller to warn about.
fn octal(escape: &str, invalid: &mut Option<String>, push: impl FnOnce(u32)) -> usize {
    let length = escape.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
    let code = u32::from_str_radix(&escape[..length], 8).unwrap_or_default();
    if code > 0xff {
        invalid.get_or_insert(escape[..length].into());
    }
    push(code);
    length
}

fn hexadecimal(escape: &str, length: usize, form: &str, position: usize, text: &mut Text) -> Result<usize, String> {
    let found = escape.bytes().skip(1).take(length).take_while(u8::is_ascii_hexdigit).count();
    if found < length {
        return Err(undecodable(position, position + 1 + found, &format!("truncated {form} escape")));
    }
    let code = u32::from_str_radix(&escape[1..=length], 16).unwrap_or(u32::MAX);
    if code > 0x10FFFF {
        return Err(undecodable(position, position + 1 + length, "illegal Unicode character"));
    }
    text.push_code(code);
    Ok(length + 1)
}

/// `\N{NAME}`
fn named(escape: &str, position: usize, text: &mut Text) -> Result<usize, String> {
    let malformed = |last| undecodable(position, position + last, "malformed \\N character escape");
    let Some(name) = escape[1..].strip_prefix('{') else { return Err(malformed(1)) };
    let Some(length) = name.find('}') else { return Err(malformed(2 + name.len())) };
    if length == 0 {
        return Err(malformed(2));
    }
    let c = unicode_names2::character(&name[..length]);
    let unknown = || undecodable(position, position + 3 + length, "unknown Unicode character name");
    text.push_code(c.ok_or_else(unknown)?.into());
    Ok(length + 3)
}

fn undecodable(first: usize, last: usize, why: &str) -> String {
    format!("'unicodeescape' codec can't decode bytes in position {first}-{last}: {why}")
}

/// How many bytes CPython's copy of `text` takes.
fn position(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum()
}
