//! `match`: patterns.
//!
//! In: the subject and the cases. Out: code that tries one case after the other. The one invariant: names are bound when the
//! whole pattern has matched and not before; until then what they will hold waits in temps (`captures`).
//!
//! A pattern that fails goes to a label that drops exactly the temps it had by then: `fails` has one for each height of the
//! stack, which fall into one another.

use super::Compiler;
use super::unit::{Label, Reg};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// A pattern under way.
struct Match<'a> {
    /// The first temp of its own.
    base: usize,
    /// Its temps that hold something, in order.
    alive: Vec<Reg>,
    captures: Vec<(&'a Ident, Reg)>,
    /// Where to go when it fails, by the height of the stack above `base`.
    fails: Vec<Label>,
}

impl Match<'_> {
    fn new(base: usize) -> Self {
        Match { base, alive: Vec::new(), captures: Vec::new(), fails: Vec::new() }
    }

    fn height(&self) -> usize {
        self.alive.last().map_or(self.base, |&r| r as usize + 1)
    }

    /// Whether the register may be used up: it is one of the pattern's own.
    fn owns(&self, r: Reg) -> bool {
        self.alive.contains(&r)
    }

    fn consumed(&mut self, r: Reg) {
        self.alive.retain(|&alive| alive != r)
    }
}

impl<'a> Compiler<'a> {
    pub fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase], span: Span) {
        let base = self.u.top;
        let s = self.subject(subject, cases);
        let end = self.u.label();
        for case in cases {
            if !self.u.reachable() {
                break;
            }
            self.case(case, s, end)
        }
        if self.u.is_temp(s) {
            self.u.emit(Op::Clear, s, 0, 0, span)
        }
        self.u.place(end);
        self.u.top = base
    }

    /// The subject stays in its local, if nothing in the cases can rebind that.
    fn subject(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Reg {
        let mut names = Vec::new();
        cases.iter().for_each(|case| bound_names(&case.pattern, &mut names));
        match (&subject.kind, self.in_place(subject, &[])) {
            (ExprKind::Name(name), Some(r)) if !names.contains(&name) && !self.has_walrus() => {
                self.pass(subject.span);
                r
            }
            _ => self.push(subject),
        }
    }

    fn case(&mut self, case: &'a MatchCase, s: Reg, end: Label) {
        let top = self.u.top;
        let mut m = Match::new(top);
        let span = case.pattern.span;
        self.pass(span);
        self.u.floor = top;
        self.pattern(&case.pattern, s, &mut m);
        let captures = std::mem::take(&mut m.captures);
        self.u.top = m.height();
        for (i, (name, r)) in captures.iter().enumerate() {
            let again = captures[i + 1..].iter().any(|(_, other)| other == r);
            let v = self.captured(*r, again, &mut m, span);
            self.store_name(name, v, span)
        }
        self.clear_all(&m, span);
        self.u.top = top;
        self.u.floor = top;
        m.alive.clear();
        if let Some(guard) = &case.guard {
            let fail = self.fail_label(&mut m);
            self.jump_if(guard, false, fail, &mut guard.span.clone())
        }
        if self.u.is_temp(s) {
            self.u.emit(Op::Clear, s, 0, 0, span)
        }
        // the subject's register is free for the body
        self.u.top = if self.u.is_temp(s) { s as usize } else { top };
        self.body(&case.body);
        self.u.jump(end, span);
        self.place_fails(&m, span);
        self.u.top = top
    }

    /// What a name is bound to: the register itself, or a copy if it is needed again.
    fn captured(&mut self, r: Reg, again: bool, m: &mut Match<'a>, span: Span) -> Reg {
        if m.owns(r) && !again {
            m.consumed(r);
            return r;
        }
        self.copied(r, span)
    }

    /// R[r], or a copy of it in the temp at the top if it is a temp.
    fn copied(&mut self, r: Reg, span: Span) -> Reg {
        if !self.u.is_temp(r) {
            return r;
        }
        let copy = self.u.at_top();
        self.u.emit(Op::Copy, copy, r, 0, span);
        copy
    }

    fn clear_all(&mut self, m: &Match<'a>, span: Span) {
        for &r in m.alive.iter().rev() {
            self.u.emit(Op::Clear, r, 0, 0, span)
        }
    }

    fn fail_label(&mut self, m: &mut Match<'a>) -> Label {
        let height = m.height() - m.base;
        while m.fails.len() <= height {
            m.fails.push(self.u.label())
        }
        m.fails[height]
    }

    fn place_fails(&mut self, m: &Match<'a>, span: Span) {
        for (height, label) in m.fails.iter().enumerate().rev() {
            self.u.place(*label);
            if height > 0 {
                self.u.emit(Op::Clear, (m.base + height - 1) as u8, 0, 0, span)
            }
        }
    }

    /// Fails unless the jump's test is as wanted; `op` and its operands are those of a conditional jump.
    fn fail_if(&mut self, op: Op, when: bool, b: u8, c: u8, m: &mut Match<'a>, span: Span) {
        self.u.top = m.height();
        let label = self.fail_label(m);
        self.u.jump_if(op, when, b, c, label, span)
    }

    /// A new temp of the pattern's own.
    fn own(&mut self, m: &mut Match<'a>) -> Reg {
        let r = self.u.alloc();
        m.alive.push(r);
        r
    }

    /// Matches R[r]. If the pattern owns the register, it may use it up.
    fn pattern(&mut self, p: &'a Pattern, r: Reg, m: &mut Match<'a>) {
        let span = p.span;
        self.u.top = m.height();
        match &p.kind {
            PatternKind::Value(value) => self.value_pattern(value, r, m, span),
            PatternKind::Singleton(Constant::None) => {
                let v = self.used(r, m, span);
                self.fail_if(Op::JumpIfNone, false, v, 0, m, span)
            }
            PatternKind::Singleton(constant) => {
                let v = self.used(r, m, span);
                self.u.top = self.u.top.max(v as usize + 1);
                let constant = self.load_const(super::fold::literal(constant), None, span);
                self.fail_if(Op::IsJump, false, v, constant, m, span)
            }
            PatternKind::Sequence(patterns) => self.sequence_pattern(patterns, r, m, span),
            PatternKind::Mapping { keys, patterns, rest } => {
                self.mapping_pattern(keys, patterns, rest.as_ref(), r, m, span)
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.class_pattern(cls, patterns, kwd_attrs, kwd_patterns, r, m, span)
            }
            PatternKind::Star(name) => m.captures.extend(name.as_ref().map(|name| (name, r))),
            PatternKind::As { pattern, name } => {
                if let Some(pattern) = pattern {
                    // what the name will hold must not be used up
                    let owned = m.owns(r);
                    let kept = if owned { self.own(m) } else { r };
                    if owned {
                        self.u.emit(Op::Copy, kept, r, 0, span);
                    }
                    self.pattern(pattern, kept, m)
                }
                m.captures.extend(name.as_ref().map(|name| (name, r)))
            }
            PatternKind::Or(patterns) => self.or_pattern(patterns, r, m, span),
        }
    }

    /// R[r] for its last use: itself if the pattern owns it or it is a local, else a copy above all temps.
    fn used(&mut self, r: Reg, m: &mut Match<'a>, span: Span) -> Reg {
        self.u.top = m.height();
        if m.owns(r) {
            m.consumed(r);
            return r;
        }
        self.copied(r, span)
    }

    fn value_pattern(&mut self, value: &'a Expr, r: Reg, m: &mut Match<'a>, span: Span) {
        let v = self.used(r, m, span);
        let constant = self.symbols.constants.get(value).and_then(|value| self.short_constant(&value));
        if let Some(k) = constant {
            return self.fail_if(Op::EqJumpK, false, v, k, m, span);
        }
        self.u.top = self.u.top.max(v as usize + self.u.is_temp(v) as usize);
        self.u.floor = self.u.top;
        let value = self.operand(value, &[]);
        self.fail_if(Op::EqJump, false, v, value, m, span)
    }

    /// Fails unless `make` of R[r] is true.
    fn check(&mut self, make: Op, r: Reg, m: &mut Match<'a>, span: Span) {
        let answer = self.u.at_top();
        self.u.emit(make, answer, r, 0, span);
        self.fail_if(Op::JumpIf, false, answer, 0, m, span)
    }

    /// Fails unless the length of R[r] is in the relation to `length`.
    fn check_length(&mut self, relation: Op, length: usize, r: Reg, m: &mut Match<'a>, span: Span) {
        let answer = self.u.alloc();
        self.u.emit(Op::GetLen, answer, r, 0, span);
        let length = self.load_const(Const::Int(length as i64), None, span);
        self.fail_if(relation, false, answer, length, m, span)
    }

    fn sequence_pattern(&mut self, patterns: &'a [Pattern], r: Reg, m: &mut Match<'a>, span: Span) {
        self.check(Op::MatchSequence, r, m, span);
        let star = patterns.iter().position(|p| matches!(p.kind, PatternKind::Star(_)));
        match star {
            None => self.check_length(Op::EqJump, patterns.len(), r, m, span),
            Some(_) if patterns.len() > 1 => self.check_length(Op::GeJump, patterns.len() - 1, r, m, span),
            Some(_) => {}
        }
        let nothing = |p: &Pattern| matches!(p.kind, PatternKind::Star(None)) || is_wildcard(p);
        if patterns.iter().all(nothing) {
            return;
        }
        match star {
            Some(star) if nothing(&patterns[star]) => self.picked_items(patterns, star, r, m, span),
            _ => self.unpacked_items(patterns, star, r, m, span),
        }
    }

    /// All items, in a window.
    fn unpacked_items(&mut self, patterns: &'a [Pattern], star: Option<usize>, r: Reg, m: &mut Match<'a>, span: Span) {
        let source = self.used(r, m, span);
        self.u.top = m.height();
        if source as usize > self.u.top {
            self.u.top = source as usize
        }
        let window = self.u.top as u8;
        let count = patterns.len();
        match star {
            None => self.u.emit(Op::UnpackSequence, window, source, count as u8, span),
            Some(before) => {
                let split = before as u32 | ((count - before - 1) as u32) << 16;
                self.u.emit_extra(Op::UnpackEx, window, source, 0, split, span)
            }
        }
        self.sub_patterns(patterns.iter(), m)
    }

    /// Matches the values that stand from the top on.
    fn sub_patterns(&mut self, patterns: impl Iterator<Item = &'a Pattern>, m: &mut Match<'a>) {
        let values: Vec<_> = patterns.map(|p| (p, self.own(m))).collect();
        for (p, r) in values {
            self.pattern(p, r, m)
        }
    }

    /// The items beside a `*_`, one by one.
    fn picked_items(&mut self, patterns: &'a [Pattern], star: usize, r: Reg, m: &mut Match<'a>, span: Span) {
        for (i, p) in patterns.iter().enumerate() {
            if i == star || is_wildcard(p) {
                continue;
            }
            self.u.top = m.height();
            let top = self.u.top;
            let source = self.u.alloc();
            self.u.emit(Op::Copy, source, r, 0, span);
            if i < star {
                self.item_const(source, source, Const::Int(i as i64), span)
            } else {
                let index = self.u.alloc();
                self.u.emit(Op::GetLen, index, r, 0, span);
                let back = self.load_const(Const::Int((patterns.len() - i) as i64), None, span);
                self.u.emit(Op::Sub, index, index, back, span);
                self.u.emit(Op::GetItem, source, source, index, span)
            }
            self.u.top = top;
            let item = self.own(m);
            self.pattern(p, item, m)
        }
    }

    fn mapping_pattern(
        &mut self,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&'a Ident>,
        r: Reg,
        m: &mut Match<'a>,
        span: Span,
    ) {
        self.check(Op::MatchMapping, r, m, span);
        if keys.is_empty() && rest.is_none() {
            return;
        }
        if !keys.is_empty() {
            self.check_length(Op::GeJump, keys.len(), r, m, span)
        }
        self.u.floor = self.u.top;
        let tuple = if keys.iter().all(|key| self.symbols.constants.has(key)) {
            let keys = keys.iter().filter_map(|key| self.symbols.constants.get(key)).collect();
            self.load_const(Const::Tuple(keys), None, span)
        } else {
            self.tuple_of(keys.len(), span, |c, i| {
                c.push(&keys[i]);
            })
        };
        m.alive.push(tuple);
        let values = self.u.alloc();
        self.u.emit(Op::MatchKeys, values, r, tuple, span);
        self.unpack_values(values, keys.len(), m, span);
        self.sub_patterns(patterns.iter(), m);
        if let Some(rest) = rest {
            // CPython gives it the place of the last value
            let span = patterns.last().map_or(span, |p| p.span);
            self.rest_of_mapping(rest, keys.len(), tuple, r, m, span)
        }
    }

    /// Fails if R[values], at the top, is None; else its items stand from there on.
    fn unpack_values(&mut self, values: Reg, count: usize, m: &mut Match<'a>, span: Span) {
        m.alive.push(values);
        let copy = self.u.at_top();
        self.u.emit(Op::Copy, copy, values, 0, span);
        self.fail_if(Op::JumpIfNone, true, copy, 0, m, span);
        m.consumed(values);
        self.u.emit(Op::UnpackSequence, values, values, count as u8, span);
        self.u.top = values as usize
    }

    /// `**rest`: a copy of the mapping without the keys.
    fn rest_of_mapping(&mut self, name: &'a Ident, count: usize, keys: Reg, r: Reg, m: &mut Match<'a>, span: Span) {
        self.u.top = m.height();
        let dict = self.own(m);
        self.u.emit(Op::BuildMap, dict, 0, 0, span);
        let source = self.copied(r, span);
        self.u.emit(Op::DictUpdate, dict, source, 0, span);
        let first = self.u.top;
        let copy = self.u.at_top();
        self.u.emit(Op::Copy, copy, keys, 0, span);
        self.u.emit(Op::UnpackSequence, copy, copy, count as u8, span);
        self.u.alloc_window(count);
        for key in first..first + count {
            let target = self.u.at_top();
            self.u.emit(Op::Copy, target, dict, 0, span);
            self.u.emit(Op::DelItem, target, key as u8, 0, span)
        }
        self.u.top = m.height();
        m.captures.push((name, dict))
    }

    #[allow(clippy::too_many_arguments)]
    fn class_pattern(
        &mut self,
        class: &'a Expr,
        patterns: &'a [Pattern],
        names: &'a [Ident],
        named: &'a [Pattern],
        r: Reg,
        m: &mut Match<'a>,
        span: Span,
    ) {
        self.u.top = m.height();
        self.u.floor = self.u.top;
        let values = self.push(class);
        let names = self.u.consts.index(Const::Tuple(names.iter().map(|name| Const::Str(name.clone())).collect()));
        self.u.emit_extra(Op::MatchClass, values, r, patterns.len() as u8, names, span);
        self.unpack_values(values, patterns.len() + named.len(), m, span);
        self.sub_patterns(patterns.iter().chain(named), m)
    }

    /// Alternatives bind the same names: each leaves what it captured in the same registers.
    fn or_pattern(&mut self, patterns: &'a [Pattern], r: Reg, m: &mut Match<'a>, span: Span) {
        self.u.top = m.height();
        let mut names = Vec::new();
        bound_names(&patterns[0], &mut names);
        let first = self.u.alloc_window(names.len());
        let matched = self.u.label();
        let base = self.u.top;
        for p in patterns {
            let mut alternative = Match::new(base);
            self.pattern(p, r, &mut alternative);
            let captures = std::mem::take(&mut alternative.captures);
            for (i, name) in names.iter().enumerate() {
                let Some((_, v)) = captures.iter().find(|(captured, _)| captured == name) else {
                    self.fail("alternative patterns bind different names", span);
                    continue;
                };
                self.u.top = alternative.height();
                let again = captures.iter().filter(|(_, other)| other == v).count() > 1;
                let v = self.captured(*v, again, &mut alternative, span);
                self.u.emit(Op::Move, first + i as u8, v, 0, span)
            }
            self.clear_all(&alternative, span);
            self.u.jump(matched, span);
            self.place_fails(&alternative, span);
            self.u.top = base
        }
        let fail = self.fail_label(m);
        self.u.jump(fail, span);
        self.u.place(matched);
        for (i, name) in names.into_iter().enumerate() {
            m.alive.push(first + i as u8);
            m.captures.push((name, first + i as u8))
        }
        self.u.top = m.height()
    }
}

fn is_wildcard(p: &Pattern) -> bool {
    matches!(p.kind, PatternKind::As { pattern: None, name: None })
}

/// The names that a pattern binds, in order.
fn bound_names<'a>(p: &'a Pattern, names: &mut Vec<&'a Ident>) {
    match &p.kind {
        PatternKind::Value(_) | PatternKind::Singleton(_) => {}
        PatternKind::Sequence(patterns) => patterns.iter().for_each(|p| bound_names(p, names)),
        PatternKind::Mapping { patterns, rest, .. } => {
            patterns.iter().for_each(|p| bound_names(p, names));
            names.extend(rest)
        }
        PatternKind::Class { patterns, kwd_patterns, .. } => {
            patterns.iter().chain(kwd_patterns).for_each(|p| bound_names(p, names))
        }
        PatternKind::Star(name) => names.extend(name),
        PatternKind::As { pattern, name } => {
            pattern.iter().for_each(|p| bound_names(p, names));
            names.extend(name)
        }
        PatternKind::Or(patterns) => bound_names(&patterns[0], names),
    }
}
