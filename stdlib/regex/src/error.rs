//! What can go wrong with a pattern or a template: an `Error` that carries CPython's words and places.
//! In: a message and an offset into the source. Out: the `re.error`, OverflowError ... to raise.
//! Invariant: `to_string()` is exactly `str(exception)` of the python3 exception.
use std::fmt;

use crate::charset::holds;
use crate::tables::PRINTABLE;

/// The class of exception a program sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `re.error`: the only kind with a position.
    Regex,
    /// OverflowError: a repetition number beyond MAXREPEAT.
    Overflow,
    /// RecursionError: groups nested too deep.
    Recursion,
    /// ValueError: flags that do not go together.
    Value,
    /// IndexError: a template names an unknown group.
    Index,
}

/// `msg`, `pos`, `lineno` and `colno` are the attributes of `re.error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub kind: ErrorKind,
    pub msg: String,
    pub pos: Option<usize>,
    pub lineno: Option<usize>,
    pub colno: Option<usize>,
    multiline: bool,
}

/// What the parser says on stderr through `warnings.warn` and goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// FutureWarning (shown by default) or DeprecationWarning.
    pub future: bool,
    pub msg: String,
}

/// Why a match was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The interrupt callback said so.
    Interrupted,
    /// The backtrack stack reached its bound: MemoryError.
    Memory,
}

impl Error {
    /// A `re.error` at an offset of its source.
    pub(crate) fn at(msg: impl Into<String>, source: &[u32], pos: usize) -> Error {
        let before = &source[..pos.min(source.len())];
        let newline = before.iter().rposition(|&c| c == 10);
        Error {
            kind: ErrorKind::Regex,
            msg: msg.into(),
            pos: Some(pos),
            lineno: Some(before.iter().filter(|&&c| c == 10).count() + 1),
            colno: Some(newline.map_or(pos + 1, |n| pos - n)),
            multiline: source.contains(&10),
        }
    }

    /// An error without a place.
    pub(crate) fn plain(kind: ErrorKind, msg: impl Into<String>) -> Error {
        Error { kind, msg: msg.into(), pos: None, lineno: None, colno: None, multiline: false }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.msg)?;
        if let (Some(pos), Some(line), Some(col)) = (self.pos, self.lineno, self.colno) {
            write!(f, " at position {pos}")?;
            if self.multiline {
                write!(f, " (line {line}, column {col})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Code points as text; a lone surrogate, which Rust's str cannot hold, as U+FFFD.
pub(crate) fn text(codes: &[u32]) -> String {
    codes.iter().map(|&c| char::from_u32(c).unwrap_or('\u{FFFD}')).collect()
}

/// `repr()` of a str.
pub(crate) fn repr(codes: &[u32]) -> String {
    quote(codes, |c| holds(PRINTABLE, c))
}

/// `ascii()` of a str.
pub(crate) fn ascii(codes: &[u32]) -> String {
    quote(codes, |c| (32..127).contains(&c))
}

/// `msg.encode('ascii', 'backslashreplace')`: how messages about bytes patterns are cleaned.
pub(crate) fn backslashreplace(msg: &str) -> String {
    msg.chars().map(|c| if c.is_ascii() { c.to_string() } else { hex_escape(c as u32) }).collect()
}

fn quote(codes: &[u32], shown: impl Fn(u32) -> bool) -> String {
    let has = |c: char| codes.contains(&(c as u32));
    let mark = if has('\'') && !has('"') { '"' } else { '\'' };
    let mut out = String::from(mark);
    for &c in codes {
        match char::from_u32(c) {
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if c == mark || c == '\\' => out.extend(['\\', c]),
            Some(known) if shown(c) => out.push(known),
            _ => out.push_str(&hex_escape(c)),
        }
    }
    out.push(mark);
    out
}

fn hex_escape(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}
