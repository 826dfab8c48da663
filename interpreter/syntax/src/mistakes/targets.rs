//! Mistakes on the left of `=`, `:`, `+=` and behind `as`, in statements that fail further on as well.
//!
//! In: the place where the grammar stopped. Out: an error, if one of these rules applies. The one invariant: our grammar reads
//! any expression as a target and judges it later; CPython's stops at the target, so that is where the error belongs.

use super::Around;
use crate::ast::{CmpOp, Expr, ExprKind};
use crate::error::SyntaxError;
use crate::token::Tok;

impl Around<'_> {
    pub fn target_mistake(&self) -> Option<SyntaxError> {
        self.with_target()
            .or_else(|| self.loop_target())
            .or_else(|| self.deleted())
            .or_else(|| self.named_statement())
            .or_else(|| self.named_nothing())
            .or_else(|| self.assignment_mistake())
    }

    /// Where the simple statement begins that the place belongs to.
    fn statement_start(&self) -> usize {
        let line = self.line_start(self.at);
        let semicolon = (line..self.at).rev().find(|&i| self.kind(i) == Tok::Semi);
        semicolon.map_or(line, |semicolon| semicolon + 1)
    }

    /// The tokens of a statement that stand outside of brackets.
    fn outside(&self, start: usize) -> impl Iterator<Item = usize> {
        (start..=self.at).filter(|&i| self.opener(i).is_none())
    }

    fn assignment_mistake(&self) -> Option<SyntaxError> {
        let start = self.statement_start();
        if self.kind(start).is_keyword() && !self.kind(start).begins_expression() && self.kind(start) != Tok::Yield {
            return None;
        }
        self.stuttered_targets(start).or_else(|| {
            let mut lambdas = 0;
            let sign = self.outside(start).find(|&i| match self.kind(i) {
                Tok::Lambda => {
                    lambdas += 1;
                    false
                }
                Tok::Colon if lambdas > 0 => {
                    lambdas -= 1;
                    false
                }
                kind => matches!(kind, Tok::Equal | Tok::Colon) || kind.is_augassign(),
            })?;
            match self.kind(sign) {
                Tok::Equal => self.bad_targets(start),
                _ if sign == self.at => None,
                kind => {
                    let target = self.parse(Tok::StartStars, start, sign)?;
                    let wrong = !is_single(&target) || kind == Tok::Colon && matches!(self.kind(start), Tok::Star);
                    wrong.then(|| self.error("invalid syntax", self.span(sign)))
                }
            }
        })
    }

    /// `f() = ` something that is wrong as well.
    fn bad_targets(&self, mut start: usize) -> Option<SyntaxError> {
        let signs: Vec<usize> = self.outside(start).filter(|&i| self.kind(i) == Tok::Equal && i < self.at).collect();
        for &sign in &signs {
            if self.kind(start) == Tok::Yield {
                let span = self.span(start).to(self.span(sign - 1));
                return Some(self.error("assignment to yield expression not possible", span));
            }
            let target = self.parse(Tok::StartStars, start, sign)?;
            if let Some(bad) = target.invalid_target() {
                let better = if signs.len() == 1 { self.stopped_at(sign).assignment_at(start) } else { None };
                return better.or_else(|| Some(self.error(format!("cannot assign to {}", bad.describe()), bad.span)));
            }
            start = sign + 1;
        }
        None
    }

    /// `a, b c = d`: CPython looks for an annotated tuple and reads on without the comma.
    fn stuttered_targets(&self, start: usize) -> Option<SyntaxError> {
        let comma = self.outside(start).find(|&i| self.kind(i) == Tok::Comma && i < self.at)?;
        let tuple = self.parse(Tok::StartStars, start, self.at)?;
        let outside = self.opener(self.at).is_none() && comma > start;
        if !outside || !matches!(tuple.kind, ExprKind::Tuple(_)) || !self.kind(self.at).begins_expression() {
            return None;
        }
        let line_end =
            (self.at..self.tokens.len()).find(|&i| matches!(self.kind(i), Tok::Newline | Tok::End | Tok::Fault))?;
        let equal = (self.at..line_end).find(|&i| self.kind(i) == Tok::Equal && self.opener(i).is_none())?;
        let comma = (self.at..equal).rev().find(|&i| self.kind(i) == Tok::Comma && self.opener(i).is_none());
        self.stopped_at(equal).assignment_at(comma.map_or(self.at, |comma| comma + 1))
    }

    /// `a.b := c` as a statement; with a name it is no better, but CPython has no words for it.
    fn named_statement(&self) -> Option<SyntaxError> {
        let start = self.statement_start();
        if self.kind(self.at) != Tok::ColonEqual || self.opener(self.at).is_some() {
            return None;
        }
        let comma = self.outside(start).filter(|&i| self.kind(i) == Tok::Comma).last();
        let target = self.parse(Tok::StartPart, comma.map_or(start, |comma| comma + 1), self.at)?;
        self.longest(Tok::StartPart, self.at + 1)?;
        let message = format!("cannot use assignment expressions with {}", target.describe());
        (!matches!(target.kind, ExprKind::Name(_))).then(|| self.error(message, target.span))
    }

    /// `(a.b := )`: the sign is as far as CPython comes.
    fn named_nothing(&self) -> Option<SyntaxError> {
        let sign = self.at.checked_sub(2).filter(|_| self.before() == Tok::ColonEqual)? + 1;
        let bracket = matches!(
            self.kind(self.at.checked_sub(3)?),
            Tok::LPar | Tok::LSqb | Tok::LBrace | Tok::Comma | Tok::If | Tok::While
        );
        let name = self.kind(sign - 1) == Tok::Name && bracket;
        (!name).then(|| self.error("invalid syntax", self.span(sign)))
    }

    /// `del f() = 3`
    fn deleted(&self) -> Option<SyntaxError> {
        let start = self.statement_start();
        if self.kind(start) != Tok::Del {
            return None;
        }
        let (targets, _) = self.longest(Tok::StartStars, start + 1)?;
        let bad = targets.invalid_del_target()?;
        Some(self.error(format!("cannot delete {}", bad.describe()), bad.span))
    }

    /// `with a as not b:`
    fn with_target(&self) -> Option<SyntaxError> {
        let line = self.line_start(self.at);
        if self.kind(line + (self.kind(line) == Tok::Async) as usize) != Tok::With {
            return None;
        }
        let open = self.opener(self.at);
        let start = (line..self.at).rev().find(|&i| self.kind(i) == Tok::As && self.opener(i) == open)? + 1;
        let (target, end) = self.longest(Tok::StartPart, start)?;
        let bad = target.invalid_target()?;
        let ended = matches!(self.kind(end), Tok::Comma | Tok::RPar | Tok::Colon);
        ended.then(|| self.error(format!("cannot assign to {}", bad.describe()), bad.span))
    }

    /// `for 1 x in y`
    fn loop_target(&self) -> Option<SyntaxError> {
        let open = self.opener(self.at);
        let line = self.line_start(self.at);
        let word =
            (line..self.at).rev().find(|&i| matches!(self.kind(i), Tok::For | Tok::In) && self.opener(i) == open)?;
        if self.kind(word) != Tok::For {
            return None;
        }
        let operator = !matches!(self.before(), Tok::Name | Tok::Comma | Tok::Star | Tok::For);
        let (target, end) = self.longest(Tok::StartStars, word + 1)?;
        let Some(bad) = target.invalid_target().and_then(before_in) else {
            return (operator && end + 1 == self.at).then(|| self.error("invalid syntax", self.span(end)));
        };
        Some(self.error(format!("cannot assign to {}", bad.describe()), bad.span))
    }
}

/// What CPython took for a comparison with `in` may be the loop's own.
fn before_in(bad: &Expr) -> Option<&Expr> {
    match &bad.kind {
        ExprKind::Compare { left, ops, .. } if ops[0] == CmpOp::In => left.invalid_target(),
        ExprKind::Compare { .. } => None,
        _ => Some(bad),
    }
}

fn is_single(target: &Expr) -> bool {
    matches!(target.kind, ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. })
}
