//! Mistakes in the parameters of `def` and `lambda`.
//!
//! In: the place where the grammar stopped. Out: an error, if one of these rules applies. The one invariant: the place lies
//! between the parentheses of a `def`, or between `lambda` and its colon.

use super::Around;
use crate::error::{ErrorKind, SyntaxError};
use crate::token::Tok;

impl Around<'_> {
    pub fn parameter_mistake(&self) -> Option<SyntaxError> {
        let (start, lambda) = self.parameters()?;
        match self.kind(self.at) {
            Tok::LPar => self.parenthesized(start, lambda),
            Tok::Equal => self.starred_default(),
            Tok::RPar | Tok::Comma if !lambda && self.before() == Tok::Equal => {
                Some(self.error("expected default value expression", self.span(self.at - 1)))
            }
            _ => None,
        }
    }

    /// Where the parameters begin, and whether they are those of a `lambda`.
    pub fn parameters(&self) -> Option<(usize, bool)> {
        let open = self.opener(self.at);
        if let Some(open) = open.filter(|&open| open >= 2 && self.kind(open - 2) == Tok::Def) {
            return Some((open + 1, false));
        }
        let first = open.map_or(self.line_start(self.at), |open| open + 1);
        let lambda = (first..self.at).rev().find(|&i| self.kind(i) == Tok::Lambda && self.opener(i) == open)?;
        let closed = (lambda..self.at).any(|i| self.kind(i) == Tok::Colon && self.opener(i) == open);
        (!closed).then_some((lambda + 1, true))
    }

    /// `def f((a, b)):` was Python 2's.
    fn parenthesized(&self, start: usize, lambda: bool) -> Option<SyntaxError> {
        let names = |from: usize, to: usize| (from..to).all(|i| matches!(self.kind(i), Tok::Name | Tok::Comma));
        if self.at != start && self.before() != Tok::Comma || self.kind(self.at + 1) != Tok::Name {
            return None;
        }
        let close = self.closer(self.at)?;
        if !names(start, self.at) || !names(self.at + 1, close) {
            return None;
        }
        let what = if lambda { "Lambda expression" } else { "Function" };
        let span = self.span(self.at).to(self.span(close));
        Some(self.error(format!("{what} parameters cannot be parenthesized"), span))
    }

    /// `*args=1` and `**kwargs=1`.
    fn starred_default(&self) -> Option<SyntaxError> {
        let first = (0..self.at)
            .rev()
            .find(|&i| matches!(self.kind(i), Tok::Star | Tok::DoubleStar | Tok::Comma | Tok::LPar))?;
        let what = match self.kind(first) {
            Tok::Star => "var-positional",
            Tok::DoubleStar => "var-keyword",
            _ => return None,
        };
        Some(self.here(ErrorKind::Syntax, format!("{what} argument cannot have default value")))
    }
}
