//! Mistakes in expressions: forgotten commas, `=` for `==`, half conditionals, Python 2's `print`.
//!
//! In: the place where the grammar stopped. Out: an error, if one of these rules applies. The one invariant: rules are tried
//! in the order in which CPython's parser would come to them, the innermost bracket first.

use super::Around;
use crate::ast::ExprKind;
use crate::error::SyntaxError;
use crate::source::Span;
use crate::token::Tok;

/// How many names in a row, or expressions with commas between, are looked behind.
const MAX_NAMES: usize = 16;

impl Around<'_> {
    /// A bracket that cannot be read as part of what stands before it may be what is wrong there.
    pub fn expression_mistake(&self) -> Option<SyntaxError> {
        let open = self.opener(self.at);
        let inner = self.bracket_mistake(open);
        let outer = || open.and_then(|open| self.stopped_at(open).expression_mistake());
        inner.or_else(outer).or_else(|| self.positional_after_keyword(open))
    }

    fn bracket_mistake(&self, open: Option<usize>) -> Option<SyntaxError> {
        self.missing_key_colon(open)
            .or_else(|| self.assigned_argument(open))
            .or_else(|| self.expression_start().and_then(|start| self.bad_expression(start, MAX_NAMES)))
            .or_else(|| self.assignment_inside(open))
            .or_else(|| self.bad_dict_value(open))
            .or_else(|| self.comprehension_target(open))
            .or_else(|| self.starred_generator(open))
            .or_else(|| self.keyword_generator(open))
            .or_else(|| self.double_starred_group(open))
    }

    /// Where the expression begins that the place belongs to; `None` if CPython expects no whole expression there.
    fn expression_start(&self) -> Option<usize> {
        let line = self.line_start(self.at);
        let open = self.opener(self.at);
        let head = self.kind(line);
        if open.is_none() && matches!(head, Tok::Global | Tok::Nonlocal) || matches!(head, Tok::Import | Tok::From) {
            return None;
        }
        let mut depth = 0;
        let mut seen_in = None;
        for i in (line..self.at).rev() {
            let kind = self.kind(i);
            match kind {
                Tok::RPar | Tok::RSqb | Tok::RBrace => depth += 1,
                Tok::LPar | Tok::LSqb | Tok::LBrace | Tok::WithParen if depth == 0 => return self.first_or_next(i, i),
                Tok::LPar | Tok::LSqb | Tok::LBrace | Tok::WithParen => depth -= 1,
                _ if depth > 0 => {}
                Tok::In => seen_in = seen_in.or(Some(i)),
                Tok::For => {
                    let statement = i == line || i == line + 1 && self.kind(line) == Tok::Async;
                    return match seen_in {
                        Some(seen) if statement => self.unstarred(seen + 1),
                        Some(_) => None,
                        None => self.unstarred(i + 1),
                    };
                }
                Tok::Lambda => return None,
                Tok::If if i != line => {}
                Tok::Comma if seen_in.is_some_and(|seen| self.is_loop_in(seen)) => {}
                Tok::Comma => return self.opener(i).map_or(self.unstarred(i + 1), |open| self.first_or_next(open, i)),
                _ if ends_before_expression(kind) => return self.unstarred(i + 1),
                _ => {}
            }
        }
        if has_no_expression(head) { None } else { self.unstarred(line) }
    }

    /// Whether the `in` at `index` belongs to a `for`.
    fn is_loop_in(&self, index: usize) -> bool {
        let open = self.opener(index);
        let outside = (self.line_start(index)..index).rev().filter(|&i| self.opener(i) == open);
        let mut words = outside.map(|i| self.kind(i)).filter(|kind| kind.is_keyword() || *kind == Tok::Colon);
        words.next() == Some(Tok::For)
    }

    /// Behind the bracket at `open` or a comma in it, unless a parameter or `**mapping` stands there.
    fn first_or_next(&self, open: usize, before: usize) -> Option<usize> {
        let parameter = self.parameters().is_some() && self.opener(self.at) == Some(open);
        let mapping = self.kind(open) == Tok::LBrace && self.kind(before + 1) == Tok::DoubleStar;
        if parameter || mapping { None } else { self.unstarred(before + 1) }
    }

    fn unstarred(&self, start: usize) -> Option<usize> {
        Some(start + matches!(self.kind(start), Tok::Star | Tok::DoubleStar) as usize)
    }

    /// CPython's `invalid_expression` and `invalid_legacy_expression`.
    fn bad_expression(&self, start: usize, names: usize) -> Option<SyntaxError> {
        if names == 0 || !self.kind(start).begins_expression() {
            return None;
        }
        self.missing_comma(start).or_else(|| self.missing_else(start)).or_else(|| self.legacy_statement(start, names))
    }

    fn missing_comma(&self, start: usize) -> Option<SyntaxError> {
        let open = self.opener(start);
        let quiet =
            self.kind(start) == Tok::Name && (self.kind(start + 1) == Tok::String || self.begins_soft_keyword(start));
        if quiet {
            return None;
        }
        let (a, next) = self.longest(Tok::StartDisjunction, start)?;
        if !self.kind(next).begins_expression() {
            return None;
        }
        let (b, end) = self.longest(Tok::StartPart, next)?;
        if self.is_legacy(start, next) || open.is_none() || self.opener(end - 1) < open {
            return None;
        }
        Some(self.error("invalid syntax. Perhaps you forgot a comma?", a.span.to(b.span)))
    }

    /// CPython 3.11 takes every beginning of `match`, `case` and `_` for the whole word.
    fn begins_soft_keyword(&self, index: usize) -> bool {
        ["match", "case", "_"].iter().any(|word| word.starts_with(self.text(index)))
    }

    fn is_legacy(&self, start: usize, next: usize) -> bool {
        next == start + 1 && self.kind(start) == Tok::Name && matches!(self.text(start), "print" | "exec")
    }

    fn missing_else(&self, start: usize) -> Option<SyntaxError> {
        let (a, next) = self.longest(Tok::StartDisjunction, start)?;
        if self.kind(next) != Tok::If {
            return None;
        }
        let (b, end) = self.longest(Tok::StartDisjunction, next + 1)?;
        if matches!(self.kind(end), Tok::Else | Tok::Colon) {
            return None;
        }
        Some(self.error("expected 'else' after 'if' expression", a.span.to(b.span)))
    }

    /// `print "text"`; on the way CPython looks for mistakes behind any name.
    fn legacy_statement(&self, start: usize, names: usize) -> Option<SyntaxError> {
        if self.kind(start) != Tok::Name || self.kind(start + 1) == Tok::LPar {
            return None;
        }
        if let Some(error) = self.bad_expressions(start + 1, names - 1) {
            return Some(error);
        }
        if !self.is_legacy(start, start + 1) {
            return None;
        }
        let (b, _) = self.longest(Tok::StartStars, start + 1)?;
        let name = self.text(start);
        let message = format!("Missing parentheses in call to '{name}'. Did you mean {name}(...)?");
        Some(self.error(message, self.span(start).to(b.span)))
    }

    /// The first mistake in expressions with commas between.
    fn bad_expressions(&self, start: usize, names: usize) -> Option<SyntaxError> {
        let mut next = self.unstarred(start)?;
        for _ in 0..MAX_NAMES {
            if let Some(error) = self.bad_expression(next, names) {
                return Some(error);
            }
            match self.longest(Tok::StartPart, next) {
                Some((_, end)) if self.kind(end) == Tok::Comma => next = self.unstarred(end + 1)?,
                _ => return None,
            }
        }
        None
    }

    /// CPython's `invalid_named_expression`: `if x = 3`.
    fn assignment_inside(&self, open: Option<usize>) -> Option<SyntaxError> {
        if self.kind(self.at) != Tok::Equal {
            return None;
        }
        self.assignment_at(self.named_start(open)?)
    }

    /// `start` is where the left side begins, the place is at the `=`.
    pub fn assignment_at(&self, start: usize) -> Option<SyntaxError> {
        let target = self.parse(Tok::StartBitOr, start, self.at).filter(|_| start < self.at)?;
        let name = self.at == start + 1 && self.kind(start) == Tok::Name;
        let display = matches!(target.kind, ExprKind::List(_) | ExprKind::Tuple(_) | ExprKind::GeneratorExp { .. });
        if !name && (display || matches!(self.kind(start), Tok::True | Tok::False | Tok::None)) {
            return None;
        }
        let (value, end) = self.longest(Tok::StartBitOr, self.at + 1)?;
        if matches!(self.kind(end), Tok::Equal | Tok::ColonEqual) {
            return None;
        }
        if name {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return Some(self.error(message, target.span.to(value.span)));
        }
        let message = format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", target.describe());
        Some(self.error(message, target.span))
    }

    /// Where a named expression could begin that the place belongs to.
    fn named_start(&self, open: Option<usize>) -> Option<usize> {
        let line = self.line_start(self.at);
        let first = open.map_or(line, |open| open + 1);
        let boundary = (first..self.at).rev().find(|&i| {
            let starts =
                ends_before_expression(self.kind(i)) || matches!(self.kind(i), Tok::Lambda | Tok::For | Tok::In);
            starts && self.opener(i) == open
        });
        match (open, boundary) {
            (Some(open), _) if self.is_call(open) => None,
            (Some(open), None) => Some(open + 1),
            (Some(_), Some(i)) => (self.kind(i) == Tok::Comma).then_some(i + 1),
            (None, Some(i)) if self.kind(i) == Tok::Comma && self.kind(line) == Tok::Match => Some(i + 1),
            (None, Some(i)) if i == line => {
                matches!(self.kind(i), Tok::If | Tok::Elif | Tok::While | Tok::Match).then_some(i + 1)
            }
            (None, None) if self.kind(line) == Tok::At || self.kind(line) == Tok::Match => Some(line + 1),
            _ => None,
        }
    }

    /// `{1: 2, 3}`
    fn missing_key_colon(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.kind(open) == Tok::LBrace)?;
        let own = |i: &usize| self.opener(*i) == Some(open);
        let comma = (open + 1..self.at).rev().filter(own).find(|&i| self.kind(i) == Tok::Comma)?;
        let colon = |from: usize, to: usize| (from..to).filter(own).any(|i| self.kind(i) == Tok::Colon);
        let comprehension = (open + 1..comma).filter(own).any(|i| self.kind(i) == Tok::For);
        let dict = !comprehension && colon(open + 1, comma) || self.kind(open + 1) == Tok::DoubleStar;
        if !dict || colon(comma + 1, self.at) || self.at == comma + 1 {
            return None;
        }
        let (key, end) = self.longest(Tok::StartPart, comma + 1)?;
        if self.kind(end) == Tok::Colon {
            return None;
        }
        let last = Span { start: key.span.end - 1, end: key.span.end };
        let error = self.error("':' expected after dictionary key", last);
        Some(SyntaxError { end_offset: 0, ..error })
    }

    /// `{1:}` and `{1: *a}`
    fn bad_dict_value(&self, open: Option<usize>) -> Option<SyntaxError> {
        open.filter(|&open| self.kind(open) == Tok::LBrace && self.at > open + 1)?;
        if self.before() != Tok::Colon {
            return None;
        }
        match self.kind(self.at) {
            Tok::RBrace | Tok::Comma => {
                Some(self.error("expression expected after dictionary key and ':'", self.span(self.at - 1)))
            }
            Tok::Star => {
                let (_, end) = self.longest(Tok::StartBitOr, self.at + 1)?;
                let message = "cannot use a starred expression in a dictionary value";
                Some(self.error_up_to(message, self.span(self.at).start, end))
            }
            _ => None,
        }
    }

    /// `[x, y for x, y in pairs]`
    fn comprehension_target(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| matches!(self.kind(open), Tok::LSqb | Tok::LBrace))?;
        if !matches!(self.kind(self.at), Tok::For | Tok::Async) {
            return None;
        }
        let comma = (open + 1..self.at).find(|&i| self.kind(i) == Tok::Comma && self.opener(i) == Some(open))?;
        let close = self.closer(open)?;
        let alone = [&self.tokens[open..comma], &self.tokens[self.at..=close]].concat();
        crate::parse::part(self.source, Tok::StartPart, &alone).ok()?;
        let last = if comma + 1 == self.at { comma } else { self.at - 1 };
        let last = if self.kind(last) == Tok::Comma && last != comma { last - 1 } else { last };
        let span = self.span(open + 1).to(self.span(last));
        Some(self.error("did you forget parentheses around the comprehension target?", span))
    }

    /// `f(*a for a in b)`
    fn starred_generator(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.kind(open + 1) == Tok::Star)?;
        if !matches!(self.kind(self.at), Tok::For | Tok::Async) {
            return None;
        }
        let close = self.closer(open)?;
        let alone = [&self.tokens[open..=open], &self.tokens[open + 2..=close]].concat();
        crate::parse::part(self.source, Tok::StartPart, &alone).ok()?;
        let span = self.span(open + 1).to(self.span(self.at - 1));
        Some(self.error("iterable unpacking cannot be used in comprehension", span))
    }

    /// `f(a=x for x in y)`
    fn keyword_generator(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.is_call(open))?;
        if !matches!(self.kind(self.at), Tok::For | Tok::Async) {
            return None;
        }
        let equal = (open..self.at).rev().find(|&i| self.kind(i) == Tok::Equal && self.opener(i) == Some(open))?;
        self.parse(Tok::StartPart, equal + 1, self.at)?;
        let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
        Some(self.error(message, self.span(equal - 1).to(self.span(equal))))
    }

    /// `f(a.b=c d)`
    fn assigned_argument(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.is_call(open))?;
        let own = |i: &usize| self.opener(*i) == Some(open);
        let equal = (open + 1..self.at).rev().filter(own).find(|&i| matches!(self.kind(i), Tok::Equal | Tok::Comma))?;
        let start = (open..equal).rev().find(|&i| i == open || self.kind(i) == Tok::Comma && own(&i))? + 1;
        if self.kind(equal) != Tok::Equal || equal == start + 1 && self.kind(start) == Tok::Name {
            return None;
        }
        let target = self.parse(Tok::StartPart, start, equal)?;
        let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
        Some(self.error(message, target.span.to(self.span(equal))))
    }

    /// What stands before the place is an argument, and there was a keyword before it.
    fn positional_after_keyword(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.is_call(open))?;
        let own = |i: &usize| self.opener(*i) == Some(open);
        let comma = (open + 1..self.at).rev().filter(own).find(|&i| self.kind(i) == Tok::Comma)?;
        let unpacking = (open..comma)
            .filter(own)
            .chain([open])
            .any(|i| matches!(self.kind(i), Tok::LPar | Tok::Comma) && self.kind(i + 1) == Tok::DoubleStar);
        let keyword = (open + 1..comma).filter(own).any(|i| self.kind(i) == Tok::Equal);
        let (_, end) = self.longest(Tok::StartPart, comma + 1)?;
        if !(keyword || unpacking) || self.kind(end) == Tok::Equal {
            return None;
        }
        let follows = if unpacking { "keyword argument unpacking" } else { "keyword argument" };
        Some(self.error(format!("positional argument follows {follows}"), self.span(self.at)))
    }

    /// `(**a)`
    fn double_starred_group(&self, open: Option<usize>) -> Option<SyntaxError> {
        let open = open.filter(|&open| self.kind(open) == Tok::LPar && !self.is_call(open))?;
        if open + 1 != self.at || self.kind(self.at) != Tok::DoubleStar {
            return None;
        }
        let (_, end) = self.longest(Tok::StartPart, self.at + 1)?;
        let message = "cannot use double starred expression here";
        (self.kind(end) == Tok::RPar).then(|| self.error(message, self.span(self.at)))
    }
}

/// Whether a statement that begins so holds expressions in brackets only.
fn has_no_expression(kind: Tok) -> bool {
    use Tok::*;
    matches!(kind, Def | Class | Pass | Break | Continue | Try | Else | Finally)
}

/// Whether a whole expression begins behind such a token.
fn ends_before_expression(kind: Tok) -> bool {
    use Tok::*;
    kind.is_augassign()
        || matches!(
            kind,
            Comma
                | Equal
                | ColonEqual
                | Colon
                | Semi
                | RArrow
                | If
                | Else
                | Elif
                | While
                | With
                | Match
                | Return
                | Yield
                | From
                | Assert
                | Raise
                | Del
        )
}
