//! The patterns of `match` and what CPython demands of them.
//!
//! In: the parts of a pattern as the grammar reads them. Out: `Pattern`s. The one invariant: keys, classes and values are
//! literals or dotted names, and complex literals are refused by name. What only a whole `case` shows (names bound twice,
//! unreachable alternatives) is left to `checks.rs`.

use crate::ast::*;
use crate::builder::Builder;
use crate::source::Span;

pub enum PatternArg {
    Positional(Pattern),
    Keyword(Ident, Pattern),
}

/// A key and its pattern, or the name behind `**`.
type Item = (Option<Expr>, Option<Pattern>, Option<Ident>);

impl Builder<'_> {
    pub fn pattern(&mut self, l: u32, r: u32, kind: PatternKind) -> Pattern {
        Pattern { kind, span: Span { start: l, end: r } }
    }

    pub fn star_pattern(&mut self, l: u32, r: u32, name: Ident) -> Pattern {
        let name = Some(name).filter(|name| &**name != "_");
        self.pattern(l, r, PatternKind::Star(name))
    }

    pub fn as_pattern(&mut self, l: u32, r: u32, pattern: Pattern, name: Ident) -> Pattern {
        if &*name == "_" {
            self.fail("cannot use '_' as a target", Span { start: r - 1, end: r });
        }
        self.pattern(l, r, PatternKind::As { pattern: Some(Box::new(pattern)), name: Some(name) })
    }

    pub fn or_pattern(&mut self, l: u32, r: u32, first: Pattern, rest: Vec<Pattern>) -> Pattern {
        let all = std::iter::once(first).chain(rest).collect();
        self.pattern(l, r, PatternKind::Or(all))
    }

    pub fn literal_pattern(&mut self, l: u32, r: u32, e: Expr) -> Pattern {
        match e.kind {
            ExprKind::Constant(singleton @ (Constant::None | Constant::True | Constant::False)) => {
                self.pattern(l, r, PatternKind::Singleton(singleton))
            }
            ExprKind::JoinedStr(_) => {
                self.fail("patterns may only match literals and attribute lookups", e.span);
                self.pattern(l, r, PatternKind::Value(e))
            }
            _ => self.pattern(l, r, PatternKind::Value(e)),
        }
    }

    /// A lone name captures, `_` matches all, a dotted name is a value.
    pub fn name_pattern(&mut self, l: u32, r: u32, e: Expr) -> Pattern {
        match e.kind {
            ExprKind::Name(name) => {
                let name = Some(name).filter(|name| &**name != "_");
                self.pattern(l, r, PatternKind::As { pattern: None, name })
            }
            _ => self.pattern(l, r, PatternKind::Value(e)),
        }
    }

    pub fn class_pattern(&mut self, l: u32, r: u32, cls: Expr, args: Vec<PatternArg>) -> Pattern {
        let (mut patterns, mut kwd_attrs, mut kwd_patterns) = (Vec::new(), Vec::new(), Vec::<Pattern>::new());
        let mut late: Option<Span> = None;
        for arg in args {
            match arg {
                PatternArg::Positional(pattern) => {
                    if !kwd_attrs.is_empty() {
                        late = Some(late.map_or(pattern.span, |first: Span| first.to(pattern.span)));
                    }
                    patterns.push(pattern);
                }
                PatternArg::Keyword(name, pattern) => {
                    kwd_attrs.push(name);
                    kwd_patterns.push(pattern);
                }
            }
        }
        if let Some(span) = late {
            self.fail("positional patterns follow keyword patterns", span);
        }
        self.pattern(l, r, PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns })
    }

    pub fn mapping_pattern(&mut self, l: u32, r: u32, items: Vec<Item>) -> Pattern {
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        for (key, pattern, name) in items {
            if rest.is_some() {
                self.fail("invalid syntax", Span { start: r - 1, end: r });
            }
            keys.extend(key);
            patterns.extend(pattern);
            rest = rest.or(name);
        }
        self.pattern(l, r, PatternKind::Mapping { keys, patterns, rest })
    }

    /// `1 + 2j`: refused where CPython would take it, and in its words where it would not.
    pub fn complex(&mut self, l: u32, r: u32, real: Expr, op: BinOp, imaginary: Expr) -> Expr {
        self.fail("imaginary number required in complex literal", imaginary.span);
        self.binary(l, r, real, op, imaginary)
    }
}
