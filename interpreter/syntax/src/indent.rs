//! Logical lines: NEWLINE, INDENT and DEDENT.
//!
//! In: a stretch of source. Out: its tokens, ready for the grammar. Inside brackets newlines mean nothing; elsewhere one
//! ends the line unless nothing stood on it, and the blanks before a line's first token decide on INDENT and DEDENT. The
//! one invariant: every INDENT has its DEDENT, brackets match (but for the last ones, see `unclosed`), and no line holds
//! more than one NEWLINE. Two widths are kept for each level, with tabs to the next multiple of 8 and of 1 column: where
//! they disagree, the meaning would depend on the reader's tabs, and that is a TabError.

use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::faults;
use crate::number;
use crate::soft::SoftKeywords;
use crate::source::{Source, Span};
use crate::token::{Tok, Token};
use logos::Logos;

/// CPython's limits.
const MAX_INDENT: usize = 100;
const MAX_BRACKETS: usize = 200;

#[derive(Debug, Default)]
pub struct Lexed {
    pub tokens: Vec<Token>,
    /// The innermost bracket that the text's end left open.
    pub unclosed: Option<u32>,
    /// Why the last token is a `Fault`.
    pub fault: Option<SyntaxError>,
    pub warnings: Vec<Warning>,
}

/// The width of a line's indentation, with wide and with narrow tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Width {
    wide: u32,
    narrow: u32,
}

/// Where we are between two tokens.
struct Layout<'s> {
    source: &'s Source,
    out: Lexed,
    /// Offsets of the brackets that are open.
    brackets: Vec<u32>,
    indents: Vec<Width>,
    /// The index of the line's first token, once it has one.
    first: Option<usize>,
    line_start: usize,
    /// Behind the last lexeme.
    last_end: usize,
    soft: SoftKeywords,
    /// Within an f-string's braces: newlines never count.
    enclosed: bool,
}

/// The tokens of a whole text, ended by `End` or `Fault`.
pub fn lex(source: &Source) -> Lexed {
    Layout::new(source, false).whole(0)
}

/// The tokens of a text whose first line may be indented.
pub fn lex_unindented(source: &Source) -> Lexed {
    let blank = source.text.len() - source.text.trim_start_matches([' ', '\t']).len();
    Layout::new(source, false).whole(blank)
}

/// The tokens of an f-string's expression, with parentheses in place of the braces.
pub fn lex_enclosed(source: &Source, inner: Span) -> Result<Lexed, SyntaxError> {
    let mut layout = Layout::new(source, true);
    layout.push(Tok::LPar, inner.start - 1, inner.start);
    layout.run(inner.start as usize, inner.end as usize)?;
    layout.push(Tok::RPar, inner.end, inner.end + 1);
    layout.push(Tok::End, inner.end + 1, inner.end + 1);
    Ok(layout.out)
}

impl<'s> Layout<'s> {
    fn new(source: &'s Source, enclosed: bool) -> Layout<'s> {
        Layout {
            source,
            out: Lexed::default(),
            brackets: Vec::new(),
            indents: vec![Width::default()],
            first: None,
            line_start: 0,
            last_end: 0,
            soft: SoftKeywords::default(),
            enclosed,
        }
    }

    fn whole(mut self, start: usize) -> Lexed {
        self.line_start = start;
        let end = self.source.text.len();
        if let Err(fault) = self.run(start, end).and_then(|()| self.finish()) {
            self.push(Tok::Fault, end as u32, end as u32);
            self.out.fault = Some(fault);
        }
        self.out
    }

    fn run(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        self.out.tokens.reserve((end - start) / 4);
        let mut lexer = Tok::lexer(&self.source.text[start..end]);
        while let Some(token) = lexer.next() {
            let span = lexer.span();
            let (from, to) = (start + span.start, start + span.end);
            self.last_end = to;
            match token {
                Ok(Tok::Newline) => self.newline(from as u32)?,
                Ok(kind) => self.token(kind, from as u32, to as u32)?,
                Err(()) => return Err(self.refused(from, end)),
            }
        }
        Ok(())
    }

    /// What logos refused; on a line's beginning, bad indentation is found before it.
    fn refused(&mut self, at: usize, end: usize) -> SyntaxError {
        let indented = if self.at_line_start() { self.indent(at as u32) } else { Ok(()) };
        indented.err().unwrap_or_else(|| faults::lexeme(self.source, at, end))
    }

    fn at_line_start(&self) -> bool {
        self.first.is_none() && self.brackets.is_empty() && !self.enclosed
    }

    fn push(&mut self, kind: Tok, start: u32, end: u32) {
        self.out.tokens.push(Token { kind, start, end });
    }

    fn token(&mut self, kind: Tok, start: u32, end: u32) -> Result<(), SyntaxError> {
        if self.at_line_start() {
            self.indent(start)?;
            self.first = Some(self.out.tokens.len());
        }
        match kind {
            Tok::LPar | Tok::LSqb | Tok::LBrace => self.open(start)?,
            Tok::RPar | Tok::RSqb | Tok::RBrace => self.close(start)?,
            Tok::Int => return self.number(start, end),
            _ => {}
        }
        self.push(kind, start, end);
        Ok(())
    }

    fn number(&mut self, start: u32, end: u32) -> Result<(), SyntaxError> {
        let kind = number::kind(&self.source.text[start as usize..end as usize]);
        self.out.warnings.extend(faults::number_end(self.source, kind, start, end)?);
        self.push(kind, start, end);
        Ok(())
    }

    /// A newline outside of brackets ends the line.
    fn newline(&mut self, at: u32) -> Result<(), SyntaxError> {
        if !self.brackets.is_empty() || self.enclosed {
            return Ok(());
        }
        self.line_start = at as usize + 1;
        if let Some(first) = self.first.take() {
            self.push_newline(at);
            self.soft.settle(self.source, &mut self.out.tokens, first, self.indents.len())?;
        }
        Ok(())
    }

    /// A NEWLINE begins where the line's comment does.
    fn push_newline(&mut self, at: u32) {
        let last = self.out.tokens.last().map_or(at, |token| token.end);
        let comment = self.source.text[last as usize..at as usize].find('#').map_or(at, |hash| last + hash as u32);
        self.push(Tok::Newline, comment, at);
    }

    fn open(&mut self, at: u32) -> Result<(), SyntaxError> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(SyntaxError::point(ErrorKind::Syntax, "too many nested parentheses", at, self.source));
        }
        self.brackets.push(at);
        Ok(())
    }

    fn close(&mut self, at: u32) -> Result<(), SyntaxError> {
        let bytes = self.source.text.as_bytes();
        let closing = bytes[at as usize] as char;
        let Some(opened) = self.brackets.pop() else {
            return Err(SyntaxError::point(ErrorKind::Syntax, format!("unmatched '{closing}'"), at, self.source));
        };
        let opening = bytes[opened as usize] as char;
        if matches!((opening, closing), ('(', ')') | ('[', ']') | ('{', '}')) {
            return Ok(());
        }
        let mut message = format!("closing parenthesis '{closing}' does not match opening parenthesis '{opening}'");
        let line = self.source.line(opened);
        if line != self.source.line(at) {
            message += &format!(" on line {line}");
        }
        Err(SyntaxError::point(ErrorKind::Syntax, message, at, self.source))
    }

    /// Compares a line's indentation with the enclosing ones.
    fn indent(&mut self, at: u32) -> Result<(), SyntaxError> {
        let width = width(&self.source.text.as_bytes()[self.line_start..at as usize]);
        let current = *self.indents.last().expect("level 0 stays");
        if width.wide == current.wide {
            return if width.narrow == current.narrow { Ok(()) } else { Err(faults::tabs(self.source, at)) };
        }
        if width.wide > current.wide {
            return self.deeper(width, current, at);
        }
        self.shallower(width, at)
    }

    fn shallower(&mut self, width: Width, at: u32) -> Result<(), SyntaxError> {
        let level = self.indents.iter().rposition(|outer| outer.wide <= width.wide).expect("level 0 stays");
        let outer = self.indents[level];
        if width.wide != outer.wide {
            return Err(faults::dedent(self.source, at));
        }
        if width.narrow != outer.narrow {
            return Err(faults::tabs(self.source, at));
        }
        for _ in self.indents.drain(level + 1..) {
            self.out.tokens.push(Token { kind: Tok::Dedent, start: at, end: at });
        }
        Ok(())
    }

    fn deeper(&mut self, width: Width, current: Width, at: u32) -> Result<(), SyntaxError> {
        if self.indents.len() >= MAX_INDENT {
            return Err(faults::too_deep(self.source, at));
        }
        if width.narrow <= current.narrow {
            return Err(faults::tabs(self.source, at));
        }
        self.indents.push(width);
        self.push(Tok::Indent, at, at);
        Ok(())
    }

    /// Ends the last line and all blocks.
    fn finish(&mut self) -> Result<(), SyntaxError> {
        let end = self.source.text.len() as u32;
        let tail = &self.source.text[self.last_end..];
        if tail.ends_with("\\\n") && !tail.contains('#') {
            return Err(faults::continuation(self.source, end as usize - 2));
        }
        self.out.unclosed = self.brackets.last().copied();
        if let Some(first) = self.first.take() {
            if self.out.unclosed.is_none() {
                self.push_newline(end);
            }
            self.soft.settle(self.source, &mut self.out.tokens, first, self.indents.len())?;
        }
        if self.out.unclosed.is_none() {
            self.out.tokens.extend(self.indents.iter().skip(1).map(|_| Token { kind: Tok::Dedent, start: end, end }));
        }
        self.push(Tok::End, end, end);
        Ok(())
    }
}

/// A form feed starts the count anew; a continued line counts with the blanks of its first part.
fn width(blanks: &[u8]) -> Width {
    let mut width = Width::default();
    for &byte in blanks {
        match byte {
            b' ' => width = Width { wide: width.wide + 1, narrow: width.narrow + 1 },
            b'\t' => width = Width { wide: (width.wide / 8 + 1) * 8, narrow: width.narrow + 1 },
            b'\\' if width.wide > 0 => return width,
            _ => width = Width::default(),
        }
    }
    width
}
