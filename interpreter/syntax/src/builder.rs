//! The grammar's helper: makes nodes, names and notes of errors.
//!
//! In: what the grammar's actions hand over. Out: nodes with their spans and depths. The one invariant: no expression
//! deeper than `MAX_DEPTH` is ever made; in place of one stands a leaf, and the error is noted. Actions cannot fail:
//! the first error noted is the one reported, however far parsing goes on.

use crate::ast::*;
use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::source::{Source, Span};
use crate::token::Token;
use rustc_hash::FxHashMap;
use std::rc::Rc;
use unicode_normalization::UnicodeNormalization;

pub struct Builder<'s> {
    pub source: &'s Source,
    pub error: Option<Box<SyntaxError>>,
    pub warnings: Vec<Warning>,
    /// What is being parsed; only errors ask.
    pub tokens: Rc<Vec<Token>>,
    names: FxHashMap<&'s str, Ident>,
}

impl<'s> Builder<'s> {
    pub fn new(source: &'s Source) -> Builder<'s> {
        Builder { source, error: None, warnings: Vec::new(), tokens: Rc::default(), names: FxHashMap::default() }
    }

    /// Notes a plain `SyntaxError`.
    #[cold]
    pub fn fail(&mut self, message: impl Into<String>, span: Span) {
        let error = SyntaxError::new(ErrorKind::Syntax, message, span, self.source).cut();
        self.note(error);
    }

    #[cold]
    pub fn note(&mut self, error: SyntaxError) {
        self.error.get_or_insert_with(|| Box::new(error));
    }

    /// Notes an error where CPython finds it: at the token behind what ends at `end`.
    #[cold]
    pub fn fail_after(&mut self, message: impl Into<String>, end: u32) {
        let next = self.tokens.partition_point(|token| token.start < end);
        let span = self.tokens.get(next).map_or(Span { start: end, end }, Token::span);
        self.fail(message, span);
    }

    pub fn text(&self, span: Span) -> &'s str {
        &self.source.text[span.start as usize..span.end as usize]
    }

    /// The identifier at a place; those beyond ASCII are compared after NFKC.
    pub fn name(&mut self, span: Span) -> Ident {
        let text = self.text(span);
        let make = || if text.is_ascii() { Ident::from(text) } else { text.nfkc().collect::<String>().into() };
        self.names.entry(text).or_insert_with(make).clone()
    }

    /// A dotted name, without the blanks and newlines that may stand in it.
    pub fn dotted(&mut self, l: u32, r: u32) -> Ident {
        let span = Span { start: l, end: r };
        let text = self.text(span);
        if text.bytes().all(|b| b == b'.' || b == b'_' || b.is_ascii_alphanumeric()) {
            return self.name(span);
        }
        let bare = text.split('.').map(|part| part.trim_matches(|c: char| c == '\\' || c.is_whitespace()));
        bare.collect::<Vec<_>>().join(".").nfkc().collect::<String>().into()
    }

    pub fn expr(&mut self, l: u32, r: u32, kind: ExprKind) -> Expr {
        let depth = 1 + kind.deepest_child();
        let span = Span { start: l, end: r };
        if depth <= MAX_DEPTH {
            return Expr { kind, span, depth };
        }
        self.note(SyntaxError::whole(ErrorKind::Recursion, "maximum recursion depth exceeded during compilation"));
        Expr { kind: ExprKind::Constant(Constant::None), span, depth: 1 }
    }

    pub fn binary(&mut self, l: u32, r: u32, left: Expr, op: BinOp, right: Expr) -> Expr {
        self.expr(l, r, ExprKind::BinOp { left: Box::new(left), op, right: Box::new(right) })
    }

    pub fn unary(&mut self, l: u32, r: u32, op: UnaryOp, operand: Expr) -> Expr {
        self.expr(l, r, ExprKind::UnaryOp { op, operand: Box::new(operand) })
    }

    pub fn if_exp(&mut self, l: u32, r: u32, test: Expr, body: Expr, orelse: Expr) -> Expr {
        self.expr(l, r, ExprKind::IfExp { test: Box::new(test), body: Box::new(body), orelse: Box::new(orelse) })
    }

    pub fn lambda(&mut self, l: u32, r: u32, args: Box<Arguments>, body: Expr) -> Expr {
        self.expr(l, r, ExprKind::Lambda { args, body: Box::new(body) })
    }

    pub fn compare(&mut self, l: u32, r: u32, left: Expr, rest: Vec<(CmpOp, Expr)>) -> Expr {
        let (ops, comparators) = rest.into_iter().unzip();
        self.expr(l, r, ExprKind::Compare { left: Box::new(left), ops, comparators })
    }

    pub fn starred(&mut self, l: u32, r: u32, value: Expr) -> Expr {
        self.expr(l, r, ExprKind::Starred(Box::new(value)))
    }

    pub fn attribute(&mut self, l: u32, r: u32, value: Expr, name: u32, attr: Ident) -> Expr {
        self.expr(l, r, ExprKind::Attribute { value: Box::new(value), attr, attr_span: Span { start: name, end: r } })
    }

    pub fn subscript(&mut self, l: u32, r: u32, value: Expr, slice: Expr) -> Expr {
        self.expr(l, r, ExprKind::Subscript { value: Box::new(value), slice: Box::new(slice) })
    }

    pub fn slice(&mut self, l: u32, r: u32, lower: Option<Expr>, upper: Option<Expr>, step: Option<Expr>) -> Expr {
        let [lower, upper, step] = [lower, upper, step].map(|part| part.map(Box::new));
        self.expr(l, r, ExprKind::Slice { lower, upper, step })
    }

    pub fn named(&mut self, l: u32, r: u32, target: Expr, value: Expr) -> Expr {
        if !self.is_bare_name(l, &target) {
            self.fail(format!("cannot use assignment expressions with {}", target.describe()), target.span);
        }
        self.expr(l, r, ExprKind::NamedExpr { target: Box::new(target), value: Box::new(value) })
    }

    /// Among arguments CPython has no word for a target that is not a name.
    pub fn named_argument(&mut self, l: u32, r: u32, target: Expr, value: Expr) -> Expr {
        if !self.is_bare_name(l, &target) {
            self.fail_after("invalid syntax", target.span.end.max(l + 1));
        }
        self.named(l, r, target, value)
    }

    /// Whether an expression that begins at `l` is a name without parentheses.
    pub fn is_bare_name(&self, l: u32, e: &Expr) -> bool {
        matches!(e.kind, ExprKind::Name(_)) && e.span.start == l
    }

    /// What stands in parentheses alone.
    pub fn group(&mut self, e: Expr) -> Expr {
        if let ExprKind::Starred(_) = e.kind {
            self.fail("cannot use starred expression here", e.span);
        }
        e
    }

    pub fn generator(&mut self, l: u32, r: u32, elt: Expr, generators: Vec<Comprehension>) -> Expr {
        self.refuse_starred(&elt);
        self.expr(l, r, ExprKind::GeneratorExp { elt: Box::new(elt), generators })
    }

    pub fn list_comp(&mut self, l: u32, r: u32, elt: Expr, generators: Vec<Comprehension>) -> Expr {
        self.refuse_starred(&elt);
        self.expr(l, r, ExprKind::ListComp { elt: Box::new(elt), generators })
    }

    pub fn set_comp(&mut self, l: u32, r: u32, elt: Expr, generators: Vec<Comprehension>) -> Expr {
        self.refuse_starred(&elt);
        self.expr(l, r, ExprKind::SetComp { elt: Box::new(elt), generators })
    }

    fn refuse_starred(&mut self, elt: &Expr) {
        if let ExprKind::Starred(_) = elt.kind {
            self.fail("iterable unpacking cannot be used in comprehension", elt.span);
        }
    }

    pub fn dict(&mut self, l: u32, r: u32, items: Vec<(Option<Expr>, Expr)>) -> Expr {
        let (keys, values) = items.into_iter().unzip();
        self.expr(l, r, ExprKind::Dict { keys, values })
    }

    pub fn dict_comp(&mut self, l: u32, r: u32, item: (Option<Expr>, Expr), generators: Vec<Comprehension>) -> Expr {
        let (key, value) = item;
        let Some(key) = key else {
            let stars = self.source.text[..value.span.start as usize].rfind("**").unwrap_or(0);
            self.fail("dict unpacking cannot be used in dict comprehension", Span::new(stars, stars + 2));
            return value;
        };
        self.expr(l, r, ExprKind::DictComp { key: Box::new(key), value: Box::new(value), generators })
    }

    pub fn comprehension(&mut self, is_async: bool, target: Expr, iter: Expr, ifs: Vec<Expr>) -> Comprehension {
        Comprehension { target, iter, ifs, is_async }
    }
}
