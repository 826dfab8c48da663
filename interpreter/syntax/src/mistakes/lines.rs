//! Mistakes in a line's head: colons, blocks, imports, `except`.
//!
//! In: the place where the grammar stopped. Out: an error, if one of these rules applies. The one invariant: where CPython
//! demands one certain token, the grammar expects that one alone.

use super::Around;
use crate::error::{ErrorKind, SyntaxError};
use crate::token::Tok;

impl Around<'_> {
    pub fn line_mistake(&self) -> Option<SyntaxError> {
        self.missing_block()
            .or_else(|| self.missing_colon())
            .or_else(|| self.lonely_match())
            .or_else(|| self.forced_token())
            .or_else(|| self.lonely_try())
            .or_else(|| self.bad_except())
            .or_else(|| self.trailing_import_comma())
            .or_else(|| self.pattern_target())
    }

    /// The line's first word, passing over `async`.
    fn head(&self, line: usize) -> (usize, Tok) {
        match self.kind(line) {
            Tok::Async => (line + 1, self.kind(line + 1)),
            kind => (line, kind),
        }
    }

    fn expects_only(&self, tokens: &[&str]) -> bool {
        !self.expected.is_empty() && self.expected.iter().all(|expected| tokens.contains(&expected.trim_matches('"')))
    }

    fn missing_block(&self) -> Option<SyntaxError> {
        if !self.expects_only(&["indent"]) {
            return None;
        }
        let line = self.line_start(self.at - 2);
        let (word, kind) = self.head(line);
        let what = match kind {
            Tok::Def => "function definition".into(),
            Tok::Class => "class definition".into(),
            Tok::Except if self.kind(word + 1) == Tok::Star => "'except*' statement".into(),
            _ => format!("'{}' statement", self.text(word)),
        };
        let on = self.source.line(self.span(word).start);
        Some(self.here(ErrorKind::Indentation, format!("expected an indented block after {what} on line {on}")))
    }

    /// A compound statement's head that ends without a colon.
    fn missing_colon(&self) -> Option<SyntaxError> {
        let (_, kind) = self.head(self.line_start(self.at));
        let compound = matches!(
            kind,
            Tok::If | Tok::Elif | Tok::While | Tok::For | Tok::With | Tok::Class | Tok::Except | Tok::Match | Tok::Case
        );
        let colon = self.expected.iter().any(|expected| expected == "\":\"");
        let ended = self.kind(self.at) == Tok::Newline && colon && self.opener(self.at).is_none();
        let in_lambda = || self.line_mentions(Tok::Lambda) && self.lambda_is_open();
        (compound && ended && !in_lambda()).then(|| self.here(ErrorKind::Syntax, "expected ':'"))
    }

    /// `match x` without a colon was taken for a name.
    fn lonely_match(&self) -> Option<SyntaxError> {
        let line = self.line_start(self.at);
        if self.at == line || self.kind(line) != Tok::Name || self.text(line) != "match" {
            return None;
        }
        let mut tokens = self.tokens.to_vec();
        tokens[line].kind = Tok::Match;
        let stop = crate::parse::stop(self.source, &tokens).filter(|stop| stop.at > self.at)?;
        super::explain(self.source, &tokens, stop, None).ok()
    }

    fn line_mentions(&self, kind: Tok) -> bool {
        self.tokens[self.line_start(self.at)..self.at].iter().any(|token| token.kind == kind)
    }

    /// Whether the line's last `lambda` still waits for its colon.
    fn lambda_is_open(&self) -> bool {
        let line = &self.tokens[self.line_start(self.at)..self.at];
        let lambda = line.iter().rposition(|token| token.kind == Tok::Lambda).unwrap_or(0);
        !line[lambda..].iter().any(|token| token.kind == Tok::Colon)
    }

    /// CPython insists on these, whatever stands in their place.
    fn forced_token(&self) -> Option<SyntaxError> {
        let (_, kind) = self.head(self.line_start(self.at));
        let missing = match kind {
            Tok::Def if self.expects_only(&["("]) => "(",
            Tok::Def if self.expects_only(&[":", "->"]) => ":",
            Tok::Def if self.before() == Tok::RArrow && self.opener(self.at).is_none() => {
                return self.before_arrow();
            }
            Tok::Def if self.returns_something() => ":",
            Tok::Try | Tok::Else | Tok::Finally if self.expects_only(&[":"]) => ":",
            _ => return None,
        };
        Some(self.here(ErrorKind::Syntax, format!("expected '{missing}'")))
    }

    /// `def f() -> :` — the arrow is taken for what stands where the colon should.
    fn before_arrow(&self) -> Option<SyntaxError> {
        Some(self.error("expected ':'", self.span(self.at - 1)))
    }

    /// The return annotation is complete.
    fn returns_something(&self) -> bool {
        let line = self.line_start(self.at);
        let arrow = (line..self.at).rev().find(|&i| self.kind(i) == Tok::RArrow && self.opener(i).is_none());
        arrow.is_some_and(|arrow| self.parse(Tok::StartPart, arrow + 1, self.at).is_some())
    }

    fn lonely_try(&self) -> Option<SyntaxError> {
        let lonely = self.expects_only(&["except", "finally"]);
        lonely.then(|| self.here(ErrorKind::Syntax, "expected 'except' or 'finally' block"))
    }

    fn bad_except(&self) -> Option<SyntaxError> {
        let line = self.line_start(self.at);
        if self.kind(line) != Tok::Except {
            return None;
        }
        let star = self.kind(line + 1) == Tok::Star;
        let types = line + 1 + star as usize;
        if star && types == self.at && matches!(self.kind(self.at), Tok::Colon | Tok::Newline) {
            return Some(self.here(ErrorKind::Syntax, "expected one or more exception types"));
        }
        if self.kind(self.at) != Tok::Comma || self.parse(Tok::StartPart, types, self.at).is_none() {
            return None;
        }
        let (_, mut end) = self.longest(Tok::StartStars, self.at + 1)?;
        if self.kind(end) == Tok::As && self.kind(end + 1) == Tok::Name {
            end += 2;
        }
        let message = "multiple exception types must be parenthesized";
        (self.kind(end) == Tok::Colon).then(|| self.error_up_to(message, self.span(types).start, end))
    }

    fn trailing_import_comma(&self) -> Option<SyntaxError> {
        let from = self.kind(self.line_start(self.at)) == Tok::From;
        let trailing = self.kind(self.at) == Tok::Newline && self.before() == Tok::Comma;
        let message = "trailing comma not allowed without surrounding parentheses";
        (from && trailing && self.line_mentions(Tok::Import)).then(|| self.here(ErrorKind::Syntax, message))
    }

    /// `case 1 as 2:`
    fn pattern_target(&self) -> Option<SyntaxError> {
        let case = self.kind(self.line_start(self.at)) == Tok::Case;
        if !case || self.before() != Tok::As {
            return None;
        }
        let (target, _) = self.longest(Tok::StartPart, self.at)?;
        Some(self.error("invalid pattern target", target.span))
    }
}
