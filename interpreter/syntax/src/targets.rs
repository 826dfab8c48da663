//! What may stand on the left of an assignment, behind `for`, `as` and `del`.
//!
//! In: expressions that the grammar has read in a target's place. Out: notes of errors in CPython's words. The one
//! invariant: a tree without a noted error has only names, attributes, subscripts, starred targets and lists of them as targets.

use crate::ast::*;
use crate::builder::Builder;
use crate::source::Span;
use crate::token::Tok;

impl Builder<'_> {
    /// One target of `targets = value`; CPython guesses at `==` if it is the `only` one and both sides look like operands.
    pub fn assign_target(&mut self, target: &Expr, only: bool, value: &Expr) {
        let yields = matches!(target.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_));
        if yields && !self.is_parenthesized(target.span) {
            return self.fail("assignment to yield expression not possible", target.span);
        }
        let Some(bad) = target.invalid_target() else { return };
        let yields =
            matches!(value.kind, ExprKind::Yield(_) | ExprKind::YieldFrom(_)) && !self.is_parenthesized(value.span);
        let only = only && !yields;
        let last = if self.is_enclosed(target.span) { Some(target) } else { last_operand(target) };
        match last {
            Some(operand)
                if only && operand.is_bitwise_or() && !is_display(operand) && value.first_operand().is_bitwise_or() =>
            {
                self.meant_equality(operand, value.first_operand());
            }
            _ => self.fail(format!("cannot assign to {}", bad.describe()), bad.span),
        }
    }

    fn meant_equality(&mut self, operand: &Expr, value: &Expr) {
        if let ExprKind::Name(_) = operand.kind {
            let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
            return self.fail(message, operand.span.to(value.span));
        }
        let what = operand.describe();
        self.fail(format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?"), operand.span);
    }

    /// Whether what stands at `span` begins with a parenthesis that its end closes.
    fn is_enclosed(&self, span: Span) -> bool {
        let first = self.tokens.partition_point(|token| token.start < span.start);
        let mut depth = 0;
        for token in self.tokens[first..].iter().take_while(|token| token.start < span.end) {
            match token.kind {
                Tok::LPar | Tok::LSqb | Tok::LBrace => depth += 1,
                Tok::RPar | Tok::RSqb | Tok::RBrace => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return token.kind == Tok::RPar && token.end == span.end;
            }
        }
        false
    }

    fn is_parenthesized(&self, span: Span) -> bool {
        self.source.text[..span.start as usize].trim_end().ends_with('(')
    }

    /// A target of `for` or `as`, or of a comprehension.
    pub fn assignable(&mut self, target: &Expr) {
        if let Some(bad) = target.invalid_target() {
            self.fail(format!("cannot assign to {}", bad.describe()), bad.span);
        }
    }

    pub fn loop_target(&mut self, target: Expr) -> Expr {
        self.assignable(&target);
        target
    }

    pub fn loop_targets(&mut self, l: u32, r: u32, targets: Vec<Expr>) -> Expr {
        let tuple = self.expr(l, r, ExprKind::Tuple(targets));
        self.loop_target(tuple)
    }

    /// The target of `+=` and its like.
    pub fn single_target(&mut self, target: &Expr) {
        if !matches!(target.kind, ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. }) {
            self.fail(
                format!("'{}' is an illegal expression for augmented assignment", target.describe()),
                target.span,
            );
        }
    }

    pub fn annotated_target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            ExprKind::List(_) => self.fail("only single target (not list) can be annotated", target.span),
            ExprKind::Tuple(elts) => {
                let bare = !self.is_enclosed(target.span);
                let at = elts.first().filter(|_| bare).map_or(target.span, |first| first.span);
                self.fail("only single target (not tuple) can be annotated", at);
            }
            ExprKind::Starred(_) => {
                self.fail("invalid syntax", Span { start: target.span.end, end: target.span.end + 1 })
            }
            _ => self.fail("illegal target for annotation", target.span),
        }
    }

    pub fn del_target(&mut self, target: &Expr) {
        if let Some(bad) = target.invalid_del_target() {
            self.fail(format!("cannot delete {}", bad.describe()), bad.span);
        }
    }
}

/// A list, tuple or generator is never taken for a comparison's operand.
fn is_display(e: &Expr) -> bool {
    use ExprKind::*;
    matches!(
        e.kind,
        List(_)
            | Tuple(_)
            | GeneratorExp { .. }
            | Constant(crate::ast::Constant::None | crate::ast::Constant::True | crate::ast::Constant::False)
    )
}

/// The part of a target that stands next to the `=`.
fn last_operand(target: &Expr) -> Option<&Expr> {
    match &target.kind {
        ExprKind::Tuple(elts) => elts.last().filter(|_| elts.len() > 1),
        ExprKind::Starred(_) => None,
        _ => Some(target),
    }
}

impl Expr {
    /// The part of a target that cannot be assigned to.
    pub fn invalid_target(&self) -> Option<&Expr> {
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => None,
            ExprKind::Tuple(elts) | ExprKind::List(elts) => elts.iter().find_map(Expr::invalid_target),
            ExprKind::Starred(value) => value.invalid_target(),
            _ => Some(self),
        }
    }

    /// The part of a target that cannot be deleted.
    pub fn invalid_del_target(&self) -> Option<&Expr> {
        match &self.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => None,
            ExprKind::Tuple(elts) | ExprKind::List(elts) => elts.iter().find_map(Expr::invalid_del_target),
            _ => Some(self),
        }
    }

    /// Whether it binds at least as tightly as `|`.
    pub fn is_bitwise_or(&self) -> bool {
        use ExprKind::*;
        let not = matches!(self.kind, UnaryOp { op: crate::ast::UnaryOp::Not, .. });
        !not && !matches!(
            self.kind,
            BoolOp { .. } | NamedExpr { .. } | Compare { .. } | IfExp { .. } | Lambda { .. } | Starred(_)
        )
    }

    /// The operand that a longer expression begins with.
    pub fn first_operand(&self) -> &Expr {
        match &self.kind {
            ExprKind::Tuple(elts) if !elts.is_empty() && elts[0].span.start == self.span.start => {
                elts[0].first_operand()
            }
            ExprKind::BoolOp { values, .. } => values[0].first_operand(),
            ExprKind::Compare { left, .. } => left,
            ExprKind::IfExp { body, .. } => body.first_operand(),
            _ => self,
        }
    }

    /// What CPython calls an expression of this kind.
    pub fn describe(&self) -> &'static str {
        use ExprKind::*;
        match &self.kind {
            Attribute { .. } => "attribute",
            Subscript { .. } => "subscript",
            Starred(_) => "starred",
            Name(_) => "name",
            List(_) => "list",
            Tuple(_) => "tuple",
            Lambda { .. } => "lambda",
            Call { .. } => "function call",
            BoolOp { .. } | BinOp { .. } | UnaryOp { .. } | Slice { .. } => "expression",
            GeneratorExp { .. } => "generator expression",
            Yield(_) | YieldFrom(_) => "yield expression",
            Await(_) => "await expression",
            ListComp { .. } => "list comprehension",
            SetComp { .. } => "set comprehension",
            DictComp { .. } => "dict comprehension",
            Dict { .. } => "dict literal",
            Set(_) => "set display",
            JoinedStr(_) | FormattedValue { .. } => "f-string expression",
            Constant(crate::ast::Constant::None) => "None",
            Constant(crate::ast::Constant::True) => "True",
            Constant(crate::ast::Constant::False) => "False",
            Constant(crate::ast::Constant::Ellipsis) => "ellipsis",
            Constant(_) => "literal",
            Compare { .. } => "comparison",
            IfExp { .. } => "conditional expression",
            NamedExpr { .. } => "named expression",
        }
    }
}
