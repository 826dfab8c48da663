//! From bytes to source text.
//!
//! In: a file's bytes. Out: text with `\n` for every newline, without byte order mark. The one invariant: the encoding is
//! UTF-8 unless one of the first two lines is a comment that names another (PEP 263).

use crate::error::{ErrorKind, SyntaxError};

const BOM: &[u8] = b"\xef\xbb\xbf";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Latin1,
    Ascii,
}

/// The text of a file; the errors are those of running it, which name it.
pub fn decode_file(bytes: &[u8], filename: &str) -> Result<String, SyntaxError> {
    let whole = |message| SyntaxError::whole(ErrorKind::Syntax, message);
    decode(bytes).map_err(|error| match (error.kind, error.message.strip_prefix("unknown encoding: ")) {
        (ErrorKind::Value, _) => null_byte(bytes),
        (_, Some(name)) => whole(format!("encoding problem: {name}")),
        _ => match std::str::from_utf8(bytes) {
            Err(bad) if error.message.starts_with("(unicode error) 'utf-8'") => {
                whole(not_utf8(bytes, bad.valid_up_to(), filename))
            }
            _ => error,
        },
    })
}

/// Shown with its line as far as it goes.
fn null_byte(bytes: &[u8]) -> SyntaxError {
    let at = bytes.iter().position(|&b| b == 0).unwrap_or(0);
    let start = bytes[..at].iter().rposition(|&b| b == b'\n').map_or(0, |newline| newline + 1);
    let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count() as u32;
    SyntaxError {
        line,
        end_line: line,
        text: Some(String::from_utf8_lossy(&bytes[start..at]).into_owned()),
        ..SyntaxError::whole(ErrorKind::Syntax, "source code cannot contain null bytes")
    }
}

fn not_utf8(bytes: &[u8], at: usize, filename: &str) -> String {
    let line = 1 + bytes[..at].iter().filter(|&&b| b == b'\n').count();
    format!(
        "Non-UTF-8 code starting with '\\x{:02x}' in file {filename} on line {line}, but no encoding declared; see \
         https://peps.python.org/pep-0263/ for details",
        bytes[at]
    )
}

/// The text of a bytes object, as `compile` takes it.
pub fn decode(bytes: &[u8]) -> Result<String, SyntaxError> {
    let (marked, bytes) = match bytes.strip_prefix(BOM) {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let encoding = declared(bytes, marked)?;
    if bytes.contains(&0) {
        return Err(SyntaxError::whole(ErrorKind::Value, "source code string cannot contain null bytes"));
    }
    let text = match encoding {
        Encoding::Latin1 => bytes.iter().map(|&b| b as char).collect(),
        Encoding::Ascii => ascii(bytes)?,
        Encoding::Utf8 => utf8(bytes)?,
    };
    Ok(newlines(text))
}

/// Makes every line end in `\n`.
pub fn newlines(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

fn declared(bytes: &[u8], marked: bool) -> Result<Encoding, SyntaxError> {
    for line in bytes.split(|&b| b == b'\n').take(2) {
        if let Some(name) = cookie(line) {
            return named(&name, marked);
        }
        if !line.iter().take_while(|&&b| b != b'#').all(|b| b" \t\x0c\r".contains(b)) {
            break;
        }
    }
    Ok(Encoding::Utf8)
}

/// The name behind `coding:` or `coding=` in a comment.
fn cookie(line: &[u8]) -> Option<String> {
    let line = String::from_utf8_lossy(line);
    let comment = line.trim_start_matches([' ', '\t', '\x0c']).strip_prefix('#')?;
    for (at, word) in comment.match_indices("coding") {
        let rest = &comment[at + word.len()..];
        if let Some(value) = rest.strip_prefix([':', '=']) {
            let value = value.trim_start_matches([' ', '\t']);
            let length = value.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(value.len());
            if length > 0 {
                return Some(value[..length].to_owned());
            }
        }
    }
    None
}

fn named(name: &str, marked: bool) -> Result<Encoding, SyntaxError> {
    let normal = name.to_ascii_lowercase().replace('_', "-");
    let is = |names: &[&str]| names.iter().any(|other| normal == *other || normal.starts_with(&format!("{other}-")));
    let encoding = match normal.as_str() {
        _ if is(&["utf-8"]) || normal == "utf8" || normal == "u8" => Encoding::Utf8,
        _ if is(&["latin-1", "iso-8859-1", "iso-latin-1"])
            || ["latin1", "l1", "8859", "cp819", "iso8859-1"].contains(&&*normal) =>
        {
            Encoding::Latin1
        }
        "ascii" | "us-ascii" | "646" => Encoding::Ascii,
        _ => return Err(SyntaxError::whole(ErrorKind::Syntax, format!("unknown encoding: {name}"))),
    };
    if marked && !is(&["utf-8"]) {
        let name = if encoding == Encoding::Latin1 { "iso-8859-1" } else { name };
        return Err(SyntaxError::whole(ErrorKind::Syntax, format!("encoding problem: {name} with BOM")));
    }
    Ok(encoding)
}

fn utf8(bytes: &[u8]) -> Result<String, SyntaxError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => Err(undecodable("utf-8", bytes, error.valid_up_to(), reason(bytes, &error))),
    }
}

fn reason(bytes: &[u8], error: &std::str::Utf8Error) -> &'static str {
    let first = bytes[error.valid_up_to()];
    match error.error_len() {
        None => "unexpected end of data",
        Some(1) if !(0xc2..=0xf4).contains(&first) => "invalid start byte",
        Some(_) => "invalid continuation byte",
    }
}

fn ascii(bytes: &[u8]) -> Result<String, SyntaxError> {
    match bytes.iter().position(|b| !b.is_ascii()) {
        None => Ok(bytes.iter().map(|&b| b as char).collect()),
        Some(at) => Err(undecodable("ascii", bytes, at, "ordinal not in range(128)")),
    }
}

fn undecodable(codec: &str, bytes: &[u8], at: usize, why: &str) -> SyntaxError {
    let message =
        format!("(unicode error) '{codec}' codec can't decode byte 0x{:02x} in position {at}: {why}", bytes[at]);
    SyntaxError::whole(ErrorKind::Syntax, message)
}
