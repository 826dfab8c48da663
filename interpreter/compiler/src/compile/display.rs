//! Displays: tuples, lists, sets, dicts and strings that are put together.
//!
//! In: the items. Out: the container in `dst` or a new temp. The one invariant: items are evaluated, and a failing hash or
//! unpacking is raised, in CPython's order: up to `PIECE` items are evaluated before the first is put in.

use super::Compiler;
use super::unit::Reg;
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// CPython's `STACK_USE_GUIDELINE`: longer displays are filled item by item.
pub const PIECE: usize = 30;

/// Literal text of a `%` format, and the conversion and value after it.
type Part<'a> = (String, Option<(char, &'a Expr)>);

/// How a container is made.
struct Maker {
    build: Op,
    add: Op,
    extend: Op,
    is_tuple: bool,
}

const LIST: Maker = Maker { build: Op::BuildList, add: Op::ListAppend, extend: Op::ListExtend, is_tuple: false };
const TUPLE: Maker = Maker { build: Op::BuildList, add: Op::ListAppend, extend: Op::ListExtend, is_tuple: true };
const SET: Maker = Maker { build: Op::BuildSet, add: Op::SetAdd, extend: Op::SetUpdate, is_tuple: false };

pub fn is_starred(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Starred(_))
}

impl<'a> Compiler<'a> {
    pub fn list(&mut self, items: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        self.sequence(items, 0, &LIST, dst, span)
    }

    pub fn set(&mut self, items: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        self.sequence(items, 0, &SET, dst, span)
    }

    pub fn tuple(&mut self, items: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        self.sequence(items, 0, &TUPLE, dst, span)
    }

    /// The tuple of the arguments of a call, the first `pushed` of which are the topmost temps.
    pub fn arguments_tuple(&mut self, items: &'a [Expr], pushed: usize, span: Span) -> Reg {
        self.sequence(items, pushed, &TUPLE, None, span)
    }

    /// Builds a container of the topmost `pushed` temps and the items.
    fn sequence(&mut self, items: &'a [Expr], pushed: usize, m: &Maker, dst: Option<Reg>, span: Span) -> Reg {
        let base = (self.u.top - pushed) as u8;
        let foldable = if m.is_tuple { pushed == 0 } else { items.len() > 2 };
        if foldable && items.iter().all(|e| self.symbols.constants.has(e)) {
            return self.constant_items(items, m, dst, span);
        }
        let big = items.len() + pushed > PIECE;
        if !big && !items.iter().any(is_starred) {
            items.iter().for_each(|e| {
                self.push(e);
            });
            let build = if m.is_tuple { Op::BuildTuple } else { m.build };
            self.build(build, base, items.len() + pushed, span);
            return self.moved(base, dst, span);
        }
        let mut built = big;
        if big {
            self.build(m.build, base, pushed, span);
        }
        for (i, item) in items.iter().enumerate() {
            match &item.kind {
                ExprKind::Starred(value) => {
                    if !built {
                        self.build(m.build, base, i + pushed, span);
                        built = true
                    }
                    self.add_one(m.extend, base, value, span)
                }
                _ if built => self.add_one(m.add, base, item, span),
                _ => {
                    self.push(item);
                }
            }
        }
        if m.is_tuple {
            self.u.emit(Op::ListToTuple, base, base, 0, span);
        }
        self.moved(base, dst, span)
    }

    fn constant_items(&mut self, items: &[Expr], m: &Maker, dst: Option<Reg>, span: Span) -> Reg {
        let values = items.iter().filter_map(|e| self.symbols.constants.get(e)).collect();
        if m.is_tuple {
            return self.load_const(Const::Tuple(values), dst, span);
        }
        let base = self.u.top as u8;
        self.build(m.build, base, 0, span);
        let is_set = m.add == Op::SetAdd;
        let folded = if is_set { Const::FrozenSet(values) } else { Const::Tuple(values) };
        let folded = self.load_const(folded, None, span);
        self.u.emit(m.extend, base, folded, 0, span);
        self.moved(base, dst, span)
    }

    /// A container of the `count` temps from `base` on, which replaces them.
    pub fn build(&mut self, op: Op, base: Reg, count: usize, span: Span) {
        self.u.emit(op, base, count as u8, 0, span);
        self.u.top = base as usize;
        self.u.alloc();
    }

    /// Puts one more item into a container.
    fn add_one(&mut self, op: Op, container: Reg, item: &'a Expr, span: Span) {
        let top = self.u.top;
        let v = self.operand(item, &[]);
        self.u.emit(op, container, v, 0, span);
        self.u.top = top
    }

    /// A tuple of `count` values of the compiler's own, each pushed by `push`.
    pub fn tuple_of(&mut self, count: usize, span: Span, mut push: impl FnMut(&mut Self, usize)) -> Reg {
        let base = self.u.top as u8;
        if count <= PIECE {
            (0..count).for_each(|i| push(self, i));
            self.build(Op::BuildTuple, base, count, span);
            return base;
        }
        self.build(Op::BuildList, base, 0, span);
        for i in 0..count {
            let top = self.u.top;
            push(self, i);
            self.u.emit(Op::ListAppend, base, top as u8, 0, span);
            self.u.top = top
        }
        self.u.emit(Op::ListToTuple, base, base, 0, span);
        base
    }

    pub fn dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top as u8;
        let mut have_dict = false;
        let mut start = 0;
        for (i, key) in keys.iter().enumerate() {
            if key.is_none() {
                self.sub_dict(&keys[start..i], &values[start..i], base, &mut have_dict, span);
                self.begin_dict(base, &mut have_dict, span);
                self.add_one(Op::DictUpdate, base, &values[i], span);
                start = i + 1
            } else if (i - start) * 2 > PIECE {
                self.sub_dict(&keys[start..=i], &values[start..=i], base, &mut have_dict, span);
                start = i + 1
            }
        }
        self.sub_dict(&keys[start..], &values[start..], base, &mut have_dict, span);
        self.begin_dict(base, &mut have_dict, span);
        self.moved(base, dst, span)
    }

    fn begin_dict(&mut self, base: Reg, have_dict: &mut bool, span: Span) {
        if !*have_dict {
            self.build(Op::BuildMap, base, 0, span);
            *have_dict = true
        }
    }

    /// A run of pairs: all evaluated first if they are few, put in one by one if they are many.
    fn sub_dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], base: Reg, have: &mut bool, span: Span) {
        if keys.is_empty() {
            return;
        }
        let pairs = keys.iter().flatten().zip(values);
        if keys.len() * 2 > PIECE {
            self.begin_dict(base, have, span);
            return pairs.for_each(|(key, value)| {
                let top = self.u.top;
                let k = self.operand(key, &[value]);
                let v = self.operand(value, &[]);
                self.u.emit(Op::MapAdd, base, k, v, span);
                self.u.top = top
            });
        }
        let window = self.u.top as u8;
        pairs.for_each(|(key, value)| {
            self.push(key);
            self.push(value);
        });
        self.build(Op::BuildMap, window, keys.len(), span);
        if *have {
            self.u.emit(Op::DictUpdate, base, window, 0, span);
            self.u.top = window as usize
        }
        *have = true
    }

    pub fn joined(&mut self, parts: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        match parts {
            [] => return self.load_const(Const::Str("".into()), dst, span),
            [only] => return self.value(only, dst),
            _ => {}
        }
        let base = self.u.top as u8;
        for part in parts {
            if self.u.top - base as usize == PIECE {
                self.build(Op::BuildString, base, PIECE, span)
            }
            self.push(part);
        }
        self.build(Op::BuildString, base, self.u.top - base as usize, span);
        self.moved(base, dst, span)
    }

    pub fn formatted(
        &mut self,
        value: &'a Expr,
        conversion: Option<char>,
        spec: Option<&'a Expr>,
        dst: Option<Reg>,
        span: Span,
    ) -> Reg {
        let base = self.u.top;
        let mut v = self.operand(value, spec.as_slice());
        if let Some(conversion) = conversion {
            self.u.top = base;
            let converted = self.u.alloc();
            self.u.emit(Op::Convert, converted, v, conversion as u8, span);
            v = converted
        }
        let spec = spec.map(|spec| self.operand(spec, &[]));
        let d = self.result(base, dst);
        match spec {
            Some(spec) => self.u.emit(Op::FormatSpec, d, v, spec, span),
            None => self.u.emit(Op::FormatSimple, d, v, 0, span),
        }
        d
    }

    /// The literal texts and values of `"..." % (a, b)`, if all that the format asks for is `%s`, `%r` and `%a`.
    pub fn percent_parts(&self, format: &Expr, values: &'a [Expr]) -> Option<Vec<Part<'a>>> {
        let ExprKind::Constant(Constant::Str(format)) = &format.kind else { return None };
        if values.iter().any(is_starred) {
            return None;
        }
        let (mut parts, mut text, mut values) = (Vec::new(), String::new(), values.iter());
        let mut chars = format.chars();
        while let Some(c) = chars.next() {
            match c {
                '%' => match chars.next()? {
                    '%' => text.push('%'),
                    c @ ('s' | 'r' | 'a') => parts.push((std::mem::take(&mut text), Some((c, values.next()?)))),
                    _ => return None,
                },
                c => text.push(c),
            }
        }
        parts.push((text, None));
        values.next().is_none().then_some(parts)
    }

    /// `"..." % (a, b)` as if it were an f-string, as CPython does it.
    pub fn percent_format(&mut self, parts: Vec<Part<'a>>, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top as u8;
        let full = |c: &mut Self| {
            if c.u.top - base as usize == PIECE {
                c.build(Op::BuildString, base, PIECE, span)
            }
        };
        for (text, value) in parts {
            if !text.is_empty() {
                full(self);
                self.load_str(&text, span);
            }
            if let Some((conversion, value)) = value {
                full(self);
                self.formatted(value, Some(conversion), None, None, value.span);
            }
        }
        match self.u.top - base as usize {
            0 => return self.load_const(Const::Str("".into()), dst, span),
            1 => {}
            count => self.build(Op::BuildString, base, count, span),
        }
        self.moved(base, dst, span)
    }
}
