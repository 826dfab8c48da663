//! f-strings: the literal parts, and the expressions between braces.
//!
//! In: the bodies of adjacent string literals. Out: a `JoinedStr`. The expressions are lexed and parsed where they stand, as
//! if in parentheses, by the grammar that parses all else. The one invariant: what CPython 3.11 refuses inside the braces
//! (backslashes, comments, braces nested more than twice) is refused before the grammar sees it.

use crate::ast::*;
use crate::builder::Builder;
use crate::literal::{Literal, Text};
use crate::parse;
use crate::source::Span;

const MAX_NESTED: usize = 200;

/// The parts found so far; text is kept open because what follows may continue it.
#[derive(Default)]
struct Parts {
    values: Vec<Expr>,
    text: Text,
}

/// Where an expression's braces stand and how it ended.
struct Braces<'a> {
    literal: &'a Literal,
    end: u32,
    level: u32,
}

/// An error already noted.
struct Noted;

type Scanned<T> = Result<T, Noted>;

impl Builder<'_> {
    pub fn formatted(&mut self, l: u32, r: u32, literals: &[Literal]) -> Expr {
        let mut parts = Parts::default();
        for literal in literals {
            if !literal.formatted {
                self.decode(literal, literal.body, &mut parts.text);
                continue;
            }
            let braces = Braces { literal, end: literal.body.end, level: 0 };
            if self.pieces(&braces, literal.body.start, &mut parts, Span { start: l, end: r }).is_err() {
                break;
            }
        }
        self.joined(parts, Span { start: l, end: r })
    }

    fn joined(&mut self, mut parts: Parts, whole: Span) -> Expr {
        self.flush(&mut parts, whole);
        self.expr(whole.start, whole.end, ExprKind::JoinedStr(parts.values))
    }

    fn flush(&mut self, parts: &mut Parts, whole: Span) {
        if !parts.text.is_empty() {
            let text = std::mem::take(&mut parts.text).constant();
            let constant = self.constant(whole.start, whole.end, text);
            parts.values.push(constant);
        }
    }

    fn wrong<T>(&mut self, literal: &Literal, message: impl Into<String>) -> Scanned<T> {
        self.fail_after(message, literal.end);
        Err(Noted)
    }

    fn byte(&self, at: u32) -> u8 {
        self.source.text.as_bytes()[at as usize]
    }

    /// Text and expressions in turn, from `at` to the end, or in a format specification to its closing brace, which is returned.
    fn pieces(&mut self, braces: &Braces, mut at: u32, parts: &mut Parts, whole: Span) -> Scanned<u32> {
        loop {
            let stop = self.text_end(braces, at);
            self.decode(braces.literal, Span { start: at, end: stop }, &mut parts.text);
            if self.error.is_some() {
                return Err(Noted);
            }
            if stop >= braces.end {
                return Ok(stop);
            }
            let brace = self.byte(stop);
            let doubled = braces.level == 0 && stop + 1 < braces.end && self.byte(stop + 1) == brace;
            if doubled {
                parts.text.push_code(brace.into());
                at = stop + 2;
            } else if brace == b'{' {
                at = self.replacement(braces, stop, parts, whole)?;
            } else if braces.level > 0 {
                return Ok(stop);
            } else {
                return self.wrong(braces.literal, "f-string: single '}' is not allowed");
            }
        }
    }

    /// The next brace that is not part of a `\N{...}`.
    fn text_end(&self, braces: &Braces, mut at: u32) -> u32 {
        while at < braces.end {
            match self.byte(at) {
                b'{' | b'}' => return at,
                b'\\' if !braces.literal.raw && at + 1 < braces.end => at = self.escape_end(braces, at),
                _ => at += 1,
            }
        }
        at
    }

    fn escape_end(&self, braces: &Braces, at: u32) -> u32 {
        let rest = self.text(Span { start: at + 1, end: braces.end });
        match rest.as_bytes()[0] {
            b'{' | b'}' => at + 1,
            b'N' if rest[1..].starts_with('{') => rest.find('}').map_or(braces.end, |close| at + 2 + close as u32),
            _ => at + 1 + rest.chars().next().map_or(0, char::len_utf8) as u32,
        }
    }

    /// `{expression = !conversion : specification}` from its opening brace to behind its closing one.
    fn replacement(&mut self, braces: &Braces, open: u32, parts: &mut Parts, whole: Span) -> Scanned<u32> {
        if braces.level >= 2 {
            return self.wrong(braces.literal, "f-string: expressions nested too deeply");
        }
        let inner = Span { start: open + 1, end: self.expression_end(braces, open + 1)? };
        let mut at = inner.end;
        let value = self.embedded(braces, inner)?;
        let debug = self.peek(braces, at) == Some(b'=');
        if debug {
            let rest = self.text(Span { start: at + 1, end: braces.end });
            at += 1 + (rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\x0c', '\r', '\x0b']).len()) as u32;
            let text = self.text(Span { start: inner.start, end: at });
            parts.text.push_str(text);
        }
        let conversion = self.conversion(braces, &mut at)?;
        let spec = self.specification(braces, &mut at, whole)?;
        if self.peek(braces, at) != Some(b'}') {
            return self.wrong(braces.literal, "f-string: expecting '}'");
        }
        let conversion = conversion.or_else(|| (debug && spec.is_none()).then_some('r'));
        self.flush(parts, whole);
        let kind = ExprKind::FormattedValue { value: Box::new(value), conversion, format_spec: spec.map(Box::new) };
        let formatted = self.expr(whole.start, whole.end, kind);
        parts.values.push(formatted);
        Ok(at + 1)
    }

    fn peek(&self, braces: &Braces, at: u32) -> Option<u8> {
        (at < braces.end).then(|| self.byte(at))
    }

    fn conversion(&mut self, braces: &Braces, at: &mut u32) -> Scanned<Option<char>> {
        if self.peek(braces, *at) != Some(b'!') {
            return Ok(None);
        }
        *at += 1;
        let conversion = match self.peek(braces, *at) {
            None => return self.wrong(braces.literal, "f-string: expecting '}'"),
            Some(byte @ (b's' | b'r' | b'a')) => byte as char,
            Some(_) => {
                return self.wrong(braces.literal, "f-string: invalid conversion character: expected 's', 'r', or 'a'");
            }
        };
        *at += 1;
        Ok(Some(conversion))
    }

    fn specification(&mut self, braces: &Braces, at: &mut u32, whole: Span) -> Scanned<Option<Expr>> {
        if self.peek(braces, *at) != Some(b':') {
            return Ok(None);
        }
        let mut parts = Parts::default();
        let inner = Braces { level: braces.level + 1, ..*braces };
        *at = self.pieces(&inner, *at + 1, &mut parts, whole)?;
        Ok(Some(self.joined(parts, whole)))
    }

    /// Parses what stands before `=`, `!`, `:` or `}`.
    fn embedded(&mut self, braces: &Braces, inner: Span) -> Scanned<Expr> {
        let end = self.byte_or_quote(braces, inner.end);
        if self.text(inner).trim_matches([' ', '\t', '\n', '\x0c', '\r']).is_empty() {
            return match end {
                b'!' | b':' | b'=' => {
                    self.wrong(braces.literal, format!("f-string: expression required before '{}'", end as char))
                }
                _ => self.wrong(braces.literal, "f-string: empty expression not allowed"),
            };
        }
        parse::embedded(self, inner).ok_or(Noted)
    }

    fn byte_or_quote(&self, braces: &Braces, at: u32) -> u8 {
        self.peek(braces, at).unwrap_or(b'"')
    }

    /// Finds where the expression ends, minding strings and brackets.
    fn expression_end(&mut self, braces: &Braces, start: u32) -> Scanned<u32> {
        let mut nested: Vec<u8> = Vec::new();
        let mut at = start;
        while at < braces.end {
            let byte = self.byte(at);
            match byte {
                b'\\' => return self.wrong(braces.literal, "f-string expression part cannot include a backslash"),
                b'#' => return self.wrong(braces.literal, "f-string expression part cannot include '#'"),
                b'\'' | b'"' => {
                    at = self.string_end(braces, at)?;
                    continue;
                }
                b'(' | b'[' | b'{' if nested.len() >= MAX_NESTED => {
                    return self.wrong(braces.literal, "f-string: too many nested parenthesis");
                }
                b'(' | b'[' | b'{' => nested.push(byte),
                b'!' | b':' | b'=' | b'<' | b'>' | b'}' if nested.is_empty() => {
                    let comparison = byte != b':' && byte != b'}' && self.peek(braces, at + 1) == Some(b'=');
                    if comparison {
                        at += 1;
                    } else if !matches!(byte, b'<' | b'>') {
                        return Ok(at);
                    }
                }
                b')' | b']' | b'}' => self.unnest(braces, byte, nested.pop())?,
                _ => {}
            }
            at += 1;
        }
        match nested.pop() {
            Some(open) => self.wrong(braces.literal, format!("f-string: unmatched '{}'", open as char)),
            None => self.wrong(braces.literal, "f-string: expecting '}'"),
        }
    }

    fn unnest(&mut self, braces: &Braces, close: u8, open: Option<u8>) -> Scanned<()> {
        let (close, Some(open)) = (close as char, open.map(char::from)) else {
            return self.wrong(braces.literal, format!("f-string: unmatched '{}'", close as char));
        };
        if matches!((open, close), ('(', ')') | ('[', ']') | ('{', '}')) {
            return Ok(());
        }
        let message = format!("f-string: closing parenthesis '{close}' does not match opening parenthesis '{open}'");
        self.wrong(braces.literal, message)
    }

    /// Behind the string that begins at `at`.
    fn string_end(&mut self, braces: &Braces, at: u32) -> Scanned<u32> {
        let rest = self.text(Span { start: at, end: braces.end });
        let triple = rest[..1].repeat(3);
        let quotes = if rest.starts_with(&triple) { &triple[..] } else { &triple[..1] };
        let body = &rest[quotes.len()..];
        match (body.find(quotes), body.find('\\')) {
            (close, Some(slash)) if close.is_none_or(|close| slash < close) => {
                self.wrong(braces.literal, "f-string expression part cannot include a backslash")
            }
            (Some(close), _) => Ok(at + (close + 2 * quotes.len()) as u32),
            (None, _) => self.wrong(braces.literal, "f-string: unterminated string"),
        }
    }
}
