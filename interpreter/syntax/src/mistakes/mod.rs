//! Why the grammar does not go on: CPython's better words for "invalid syntax".
//!
//! In: the tokens, the one that does not fit, and what the grammar would have taken in its place. Out: the error. Like CPython,
//! which parses a second time with rules for common mistakes, we look at the tokens around the place, and ask the grammar about
//! parts of the line where a rule speaks of an expression. The one invariant: nothing here runs for a correct text, and a
//! rule speaks only where CPython's would.

mod expressions;
mod lines;
mod parameters;
mod targets;

use crate::ast::Expr;
use crate::error::{ErrorKind, SyntaxError};
use crate::faults;
use crate::parse;
use crate::source::{Source, Span};
use crate::token::{Tok, Token};
use std::cell::Cell;
use std::rc::Rc;

/// How often the grammar is asked about one beginning: far more than a program that a person has written needs.
const MAX_ATTEMPTS: usize = 20;

/// The place where the grammar stopped.
pub struct Around<'a> {
    pub source: &'a Source,
    pub tokens: &'a [Token],
    /// The index of the token that does not fit.
    pub at: usize,
    /// What would have fitted, as the grammar spells it.
    pub expected: Vec<String>,
    /// The last token that a rule has looked at.
    furthest: Rc<Cell<usize>>,
    line: Rc<Line>,
}

/// The logical line of the place.
struct Line {
    first: usize,
    /// For each of its tokens the innermost bracket that is open before it.
    openers: Vec<Option<usize>>,
}

impl Line {
    fn around(tokens: &[Token], at: usize) -> Line {
        let ends = |token: &Token| matches!(token.kind, Tok::Newline | Tok::Indent | Tok::Dedent);
        let first = tokens[..at].iter().rposition(ends).map_or(0, |end| end + 1);
        let (mut open, mut openers) = (Vec::new(), Vec::new());
        for (i, token) in tokens.iter().enumerate().skip(first) {
            openers.push(open.last().copied());
            match token.kind {
                Tok::LPar | Tok::LSqb | Tok::LBrace | Tok::WithParen => open.push(i),
                Tok::RPar | Tok::RSqb | Tok::RBrace => drop(open.pop()),
                Tok::Newline if i >= at => break,
                _ => {}
            }
        }
        Line { first, openers }
    }
}

/// The place is where the lexer gave up, or a rule has come to it.
pub struct LooksAtFault;

/// The error for a text that the grammar has stopped in; `unclosed` is the bracket that the text's end leaves open.
#[cold]
pub fn explain(
    source: &Source,
    tokens: &[Token],
    stop: parse::Stop,
    unclosed: Option<u32>,
) -> Result<SyntaxError, LooksAtFault> {
    let around = Around {
        source,
        tokens,
        at: stop.at,
        expected: stop.expected,
        furthest: Rc::new(Cell::new(stop.at)),
        line: Rc::new(Line::around(tokens, stop.at)),
    };
    if around.kind(around.at) == Tok::Fault {
        return Err(LooksAtFault);
    }
    let error = around.explain();
    let furthest = tokens[around.furthest.get()];
    match unclosed {
        _ if furthest.kind == Tok::Fault => Err(LooksAtFault),
        Some(open) if furthest.kind == Tok::End || source.line(furthest.start) > source.line(open) => {
            Ok(faults::never_closed(source, open))
        }
        _ => Ok(SyntaxError { incomplete: around.hits_last_line(), ..error }),
    }
}

/// Whether CPython reports what its tokenizer found behind the place of an error. It reads on to the end of the text, but
/// takes no notice of indentation there, and does not read on after an unexpected indent.
pub fn outweighs(fault: &SyntaxError, error: &SyntaxError) -> bool {
    let indentation =
        matches!(fault.kind, ErrorKind::Indentation | ErrorKind::Tab) || fault.incomplete && fault.end_offset == -1;
    !indentation && !error.message.starts_with("unexpected ")
}

/// An open bracket on an earlier line is more to blame than what follows it.
pub fn unless_unclosed(error: SyntaxError, source: &Source, unclosed: Option<u32>) -> SyntaxError {
    match unclosed {
        Some(open) if error.end_line > source.line(open) => faults::never_closed(source, open),
        _ => error,
    }
}

impl Around<'_> {
    fn explain(&self) -> SyntaxError {
        let found = self.line_mistake().or_else(|| self.parameter_mistake()).or_else(|| self.expression_mistake());
        found.or_else(|| self.target_mistake()).unwrap_or_else(|| self.generic())
    }

    /// The same text, as if the grammar had stopped at another token.
    fn stopped_at(&self, at: usize) -> Around<'_> {
        Around { at, expected: Vec::new(), furthest: Rc::clone(&self.furthest), line: Rc::clone(&self.line), ..*self }
    }

    fn generic(&self) -> SyntaxError {
        match self.kind(self.at) {
            Tok::Indent => self.here(ErrorKind::Indentation, "unexpected indent"),
            Tok::Dedent => self.here(ErrorKind::Indentation, "unexpected unindent"),
            Tok::End => {
                let error = self.here(ErrorKind::Syntax, "invalid syntax");
                SyntaxError { offset: 0, end_offset: 0, ..error }
            }
            _ => self.here(ErrorKind::Syntax, "invalid syntax"),
        }
    }

    /// Whether only newlines and dedents follow the place: more lines could mend it.
    fn hits_last_line(&self) -> bool {
        self.tokens[self.at..].iter().all(|token| matches!(token.kind, Tok::Dedent | Tok::End))
    }

    fn kind(&self, index: usize) -> Tok {
        self.tokens.get(index).map_or(Tok::End, |token| token.kind)
    }

    /// The token before the place where the grammar stopped.
    fn before(&self) -> Tok {
        self.at.checked_sub(1).map_or(Tok::Newline, |last| self.kind(last))
    }

    fn text(&self, index: usize) -> &str {
        let token = self.tokens[index];
        &self.source.text[token.start as usize..token.end as usize]
    }

    fn span(&self, index: usize) -> Span {
        self.tokens[index].span()
    }

    fn error(&self, message: impl Into<String>, span: Span) -> SyntaxError {
        SyntaxError::new(ErrorKind::Syntax, message, span, self.source).cut()
    }

    /// From `start` to the end of the token at `last`; CPython forgets to count that end from 1.
    fn error_up_to(&self, message: impl Into<String>, start: u32, last: usize) -> SyntaxError {
        let error = self.error(message, Span { start, end: self.span(last).end });
        SyntaxError { end_offset: error.end_offset - 1, ..error }
    }

    /// At the token that does not fit. Tokens without text stand where CPython's tokenizer has stopped.
    fn here(&self, kind: ErrorKind, message: impl Into<String>) -> SyntaxError {
        let token = self.tokens[self.at];
        let text_end = self.source.text.len() as u32;
        if !matches!(token.kind, Tok::Indent | Tok::Dedent | Tok::End) {
            return SyntaxError::new(kind, message, token.span(), self.source).cut();
        }
        if token.start < text_end {
            let error = SyntaxError::new(kind, message, token.span(), self.source);
            return SyntaxError { offset: error.offset - 1, end_offset: -1, ..error };
        }
        let last = text_end - self.source.text.ends_with('\n') as u32;
        let error = SyntaxError::new(kind, message, Span { start: last, end: last }, self.source);
        SyntaxError { end_offset: -1, ..error }
    }

    /// The first token of the logical line of token `index`.
    fn line_start(&self, index: usize) -> usize {
        if index >= self.line.first { self.line.first } else { Line::around(self.tokens, index).first }
    }

    /// The innermost bracket that is open before token `index` of the line.
    fn opener(&self, index: usize) -> Option<usize> {
        self.line.openers.get(index.checked_sub(self.line.first)?).copied().flatten()
    }

    /// The bracket that closes the one at `open`.
    fn closer(&self, open: usize) -> Option<usize> {
        let mut depth = 0;
        for i in open..self.tokens.len() {
            match self.kind(i) {
                Tok::LPar | Tok::LSqb | Tok::LBrace | Tok::WithParen => depth += 1,
                Tok::RPar | Tok::RSqb | Tok::RBrace => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(i);
            }
        }
        None
    }

    /// Whether the parenthesis at `open` holds a call's arguments.
    fn is_call(&self, open: usize) -> bool {
        self.kind(open) == Tok::LPar
            && open > 0
            && (open < 2 || self.kind(open - 2) != Tok::Def)
            && matches!(self.kind(open - 1), Tok::Name | Tok::String | Tok::RPar | Tok::RSqb | Tok::RBrace)
    }

    /// The tokens `from..to` as an expression of a kind, if they are one.
    fn parse(&self, start: Tok, from: usize, to: usize) -> Option<Expr> {
        parse::part(self.source, start, &self.tokens[from..to]).ok()
    }

    /// The longest expression of a kind that begins at `from`, and the index behind it.
    fn longest(&self, start: Tok, from: usize) -> Option<(Expr, usize)> {
        let line_end = self.line.first + self.line.openers.len();
        let stop = parse::part(self.source, start, self.tokens.get(from..line_end)?).err()?;
        let stop = (from + stop).min(self.tokens.len() - 1);
        self.furthest.set(self.furthest.get().max(stop));
        let ends = (from + 1..=stop).rev().filter(|&end| self.opener(end) == self.opener(from));
        ends.take(MAX_ATTEMPTS).find_map(|end| Some((self.parse(start, from, end)?, end)))
    }
}
