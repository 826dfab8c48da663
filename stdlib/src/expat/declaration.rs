//! The XML declaration.
//!
//! In: its token. Out: what it says. The one invariant: what is wrong with it is refused where expat refuses it.

use super::failure::{Code, Failure};
use super::scan::Scan;

#[derive(Default)]
pub struct Declaration {
    pub version: Option<String>,
    /// With its place.
    pub encoding: Option<(String, usize)>,
    /// -1: nothing is said.
    pub standalone: i64,
}

struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
}

/// `name="value"`, with the places of both.
struct Pseudo<'a> {
    name: &'a str,
    name_at: usize,
    value: &'a str,
    at: usize,
}

type Found<T> = Result<T, Failure>;

/// Reads `<?xml ... ?>`, which begins at a place and ends where the scanner stands.
pub fn read(scan: &Scan<'_>, start: usize) -> Found<Declaration> {
    let mut cursor = Cursor { text: scan.text, at: start + 5, end: scan.at - 2 };
    let mut found = Declaration { standalone: -1, ..Declaration::default() };
    let version = cursor.pseudo_attribute()?;
    match version {
        Some(Pseudo { name: "version", value, .. }) => found.version = Some(value.to_owned()),
        other => return Err(Code::XmlDecl.at(other.map_or(start + 5, |other| other.name_at))),
    }
    let mut next = cursor.pseudo_attribute()?;
    if let Some(Pseudo { name: "encoding", value, at, .. }) = next {
        if !value.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(Code::XmlDecl.at(at));
        }
        found.encoding = Some((value.to_owned(), at));
        next = cursor.pseudo_attribute()?;
    }
    if let Some(next) = next {
        found.standalone = match (next.name, next.value) {
            ("standalone", "yes") => 1,
            ("standalone", "no") => 0,
            ("standalone", _) => return Err(Code::XmlDecl.at(next.at)),
            _ => return Err(Code::XmlDecl.at(next.name_at)),
        };
    }
    cursor.spaces();
    if cursor.at != cursor.end {
        return Err(Code::XmlDecl.at(cursor.at));
    }
    Ok(found)
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> u8 {
        if self.at < self.end { self.text.get(self.at).copied().unwrap_or(0) } else { 0 }
    }

    fn spaces(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_whitespace() {
            self.at += 1;
        }
        self.at > start
    }

    fn refuse<T>(&self) -> Found<T> {
        Err(Code::XmlDecl.at(self.at))
    }

    fn text(&self, from: usize) -> &'a str {
        std::str::from_utf8(&self.text[from..self.at]).unwrap_or_default()
    }

    fn pseudo_attribute(&mut self) -> Found<Option<Pseudo<'a>>> {
        let spaced = self.spaces();
        if self.at >= self.end {
            return Ok(None);
        }
        if !spaced {
            return self.refuse();
        }
        let start = self.at;
        while !matches!(self.peek(), b'=' | b' ' | b'\t' | b'\r' | b'\n' | 0 | 0x80..) {
            self.at += 1;
        }
        let name = self.text(start);
        self.spaces();
        if name.is_empty() || self.peek() != b'=' {
            return self.refuse();
        }
        self.at += 1;
        self.spaces();
        let quote = self.peek();
        if !matches!(quote, b'"' | b'\'') {
            return self.refuse();
        }
        self.at += 1;
        let value = self.at;
        while self.peek() != quote {
            let c = self.peek();
            if !(c.is_ascii_alphanumeric() || b"._-".contains(&c)) {
                return self.refuse();
            }
            self.at += 1;
        }
        let text = self.text(value);
        self.at += 1;
        Ok(Some(Pseudo { name, name_at: start, value: text, at: value }))
    }
}
