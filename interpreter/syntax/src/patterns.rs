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

/// A key and its pattern, or `**name`.
type Item = (Option<Expr>, Option<Pattern>, Option<(Span, Ident)>);

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
        if matches!(&cls.kind, ExprKind::Name(name) if &**name == "_") {
            self.fail_after("invalid syntax", cls.span.end);
        }
        self.keywords_last(&args);
        let (mut patterns, mut kwd_attrs, mut kwd_patterns) = (Vec::new(), Vec::new(), Vec::new());
        for arg in args {
            match arg {
                PatternArg::Positional(pattern) => patterns.push(pattern),
                PatternArg::Keyword(name, pattern) => {
                    kwd_attrs.push(name);
                    kwd_patterns.push(pattern);
                }
            }
        }
        self.pattern(l, r, PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns })
    }

    /// Positional patterns behind a keyword are reported together.
    fn keywords_last(&mut self, args: &[PatternArg]) {
        let behind = args.iter().skip_while(|arg| matches!(arg, PatternArg::Positional(_)));
        let late = behind.skip_while(|arg| matches!(arg, PatternArg::Keyword(..)));
        let spans = late.map_while(|arg| match arg {
            PatternArg::Positional(pattern) => Some(pattern.span),
            PatternArg::Keyword(..) => None,
        });
        if let Some(span) = spans.reduce(Span::to) {
            self.fail("positional patterns follow keyword patterns", span);
        }
    }

    pub fn mapping_pattern(&mut self, l: u32, r: u32, items: Vec<Item>) -> Pattern {
        let (mut keys, mut patterns, mut rest): (_, _, Option<(Span, Ident)>) = (Vec::new(), Vec::new(), None);
        for (key, pattern, double_star) in items {
            if let Some((span, _)) = rest {
                let comma = self
                    .text(Span { start: span.end, end: r })
                    .find(',')
                    .map_or(span.end, |at| span.end + at as u32 + 1);
                self.fail_after("invalid syntax", comma);
            }
            keys.extend(key);
            patterns.extend(pattern);
            rest = rest.or(double_star);
        }
        if let Some((span, _)) = rest.as_ref().filter(|(_, name)| &**name == "_") {
            self.fail("invalid syntax", Span { start: span.end - 1, end: span.end });
        }
        self.pattern(l, r, PatternKind::Mapping { keys, patterns, rest: rest.map(|(_, name)| name) })
    }

    /// `1 + 2j`: refused where CPython would take it, and in its words where it would not.
    pub fn complex(&mut self, l: u32, r: u32, real: Expr, op: BinOp, imaginary: Expr) -> Expr {
        self.fail("imaginary number required in complex literal", imaginary.span);
        self.binary(l, r, real, op, imaginary)
    }
}
