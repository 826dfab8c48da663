//! Expressions.
//!
//! In: an expression and where its value shall go: a local, or a new temp. Out: the register that holds it. The one
//! invariant: a destination local is written by the last instruction alone, when nothing that may raise is left, and
//! temps are as before but for the result.

use super::Compiler;
use super::fold::negated;
use super::unit::{Label, Reg};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// From this register on, an expression puts the temps around it aside before it begins.
const SPILL: usize = 216;

/// The right operand of a binary operation.
pub enum Right {
    Reg(Reg),
    Int(u8),
    Const(u8),
}

impl<'a> Compiler<'a> {
    /// The value in a new temp.
    pub fn push(&mut self, e: &'a Expr) -> Reg {
        self.value(e, None)
    }

    /// The value in a register that is only read: the local itself if it may be used in place, else a new temp. `later`
    /// is what is evaluated before the use.
    pub fn operand(&mut self, e: &'a Expr, later: &[&Expr]) -> Reg {
        if let ExprKind::NamedExpr { target, .. } = &e.kind {
            let base = self.u.top;
            let pushed = self.named(e, None, true);
            match self.in_place(target, later) {
                Some(r) if !self.u.is_temp(pushed) => return r,
                _ if !self.u.is_temp(pushed) => {
                    let d = self.u.alloc();
                    self.u.emit(Op::Move, d, pushed, 0, e.span);
                    return d;
                }
                _ => {}
            }
            debug_assert!(self.u.top == base + 1);
            return pushed;
        }
        match self.in_place(e, later) {
            Some(r) => {
                self.pass(e.span);
                r
            }
            None => self.push(e),
        }
    }

    /// The value in `dst` or a new temp.
    pub fn value(&mut self, e: &'a Expr, dst: Option<Reg>) -> Reg {
        if let Some(constant) = self.symbols.constants.get(e) {
            return self.load_const(constant, dst, e.span);
        }
        match &e.kind {
            ExprKind::Name(name) => self.load(name, dst, e.span),
            _ if self.u.top >= SPILL && self.u.top > self.u.floor + 8 => self.spilled(e, dst),
            _ => self.compound(e, dst),
        }
    }

    fn compound(&mut self, e: &'a Expr, dst: Option<Reg>) -> Reg {
        match &e.kind {
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, dst, e.span),
            ExprKind::NamedExpr { .. } => self.named(e, dst, false),
            ExprKind::BinOp { left, op, right } => self.bin_op(left, *op, right, dst, e.span),
            ExprKind::UnaryOp { op, operand } => self.unary_op(*op, operand, dst, e.span),
            ExprKind::Lambda { args, body } => self.lambda(e, args, body, dst),
            ExprKind::IfExp { test, body, orelse } => self.if_exp(test, body, orelse, dst, e.span),
            ExprKind::Dict { keys, values } => self.dict(keys, values, dst, e.span),
            ExprKind::Set(items) => self.set(items, dst, e.span),
            ExprKind::List(items) => self.list(items, dst, e.span),
            ExprKind::Tuple(items) => self.tuple(items, dst, e.span),
            ExprKind::ListComp { .. } | ExprKind::SetComp { .. } => self.comprehension(e, dst),
            ExprKind::DictComp { .. } | ExprKind::GeneratorExp { .. } => self.comprehension(e, dst),
            ExprKind::Await(value) => self.await_expr(value, dst, e.span),
            ExprKind::Yield(value) => self.yield_expr(value.as_deref(), dst, e.span),
            ExprKind::YieldFrom(value) => self.yield_from(value, dst, e.span),
            ExprKind::Compare { left, ops, comparators } => self.compare(left, ops, comparators, dst, e.span),
            ExprKind::Call { func, args, keywords } => self.call(func, args, keywords, dst, e.span),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted(value, *conversion, format_spec.as_deref(), dst, e.span)
            }
            ExprKind::JoinedStr(parts) => self.joined(parts, dst, e.span),
            ExprKind::Attribute { value, attr, .. } => {
                let base = self.u.top;
                let object = self.operand(value, &[]);
                let d = self.result(base, dst);
                let name = self.mangled(attr);
                self.u.emit_site(Op::GetAttr, d, object, 0, name, self.attribute_span(e));
                d
            }
            ExprKind::Subscript { value, slice } => self.subscript(value, slice, dst, e.span),
            ExprKind::Slice { lower, upper, step } => self.slice([lower, upper, step], dst, e.span),
            ExprKind::Starred(value) => {
                self.fail("can't use starred expression here", e.span);
                self.value(value, dst)
            }
            ExprKind::Constant(_) | ExprKind::Name(_) => unreachable!("`value` has done constants and names"),
        }
    }

    /// Evaluates with the temps since `floor` put aside in a tuple, so that nesting is not bounded by the window.
    fn spilled(&mut self, e: &'a Expr, dst: Option<Reg>) -> Reg {
        let (floor, count) = (self.u.floor, self.u.top - self.u.floor);
        self.u.emit(Op::BuildTuple, floor as u8, count as u8, 0, e.span);
        self.u.top = floor + 1;
        self.u.floor = floor + 1;
        let value = self.value(e, None);
        let back = (floor + count) as u8;
        self.u.emit(Op::Move, back, value, 0, e.span);
        self.u.emit(Op::UnpackSequence, floor as u8, floor as u8, count as u8, e.span);
        self.u.floor = floor;
        self.u.top = floor + count + 1;
        self.u.max_top = self.u.max_top.max(self.u.top);
        self.moved(back, dst, e.span)
    }

    /// Where a result goes when its operands, from `base` on, are used up.
    pub fn result(&mut self, base: usize, dst: Option<Reg>) -> Reg {
        self.u.top = base;
        dst.unwrap_or_else(|| self.u.alloc())
    }

    /// Moves the result of a window, which is the temp at its first register, on to `dst`.
    pub fn moved(&mut self, window: Reg, dst: Option<Reg>, span: Span) -> Reg {
        let Some(d) = dst else {
            self.u.top = window as usize + 1;
            return window;
        };
        self.move_on(d, window, span);
        self.u.top = window as usize;
        d
    }

    fn bool_op(&mut self, op: BoolOp, values: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        let end = self.u.label();
        let (last, firsts) = values.split_last().expect("two values at least");
        let known = |e: &Expr| self.symbols.constants.truth(e).map(|truth| truth == (op == BoolOp::Or));
        // a constant that decides is the value, one that does not is nothing
        let (mut operands, mut decided) = (Vec::new(), None);
        for e in firsts {
            match known(e) {
                Some(true) => {
                    decided = Some(e);
                    break;
                }
                Some(false) => {}
                None => operands.push(e),
            }
        }
        let last = decided.unwrap_or(last);
        if operands.is_empty() {
            return self.value(last, dst);
        }
        for e in operands {
            self.keep_if(e, op == BoolOp::Or, end, span)
        }
        let r = self.push(last);
        self.u.place(end);
        self.moved(r, dst, span)
    }

    /// Jumps with the value of `e` if its truth is `when`, goes on without it otherwise. No part's truth is asked for twice.
    fn keep_if(&mut self, e: &'a Expr, when: bool, end: Label, span: Span) {
        let base = self.u.top;
        match &e.kind {
            ExprKind::BoolOp { op, values } if (*op == BoolOp::Or) == when => {
                for value in values {
                    self.keep_if(value, when, end, span)
                }
            }
            ExprKind::BoolOp { values, .. } => {
                let (last, firsts) = values.split_last().expect("two values at least");
                let next = self.u.label();
                for value in firsts {
                    self.jump_if(value, !when, next, &mut span.clone())
                }
                self.keep_if(last, when, end, span);
                self.u.place(next)
            }
            _ => {
                let r = self.push(e);
                self.u.jump_if(Op::JumpIfOrPop, when, r, 0, end, span);
            }
        }
        self.u.top = base
    }

    /// `target := value`. With `used`, the result may be the target local itself.
    fn named(&mut self, e: &'a Expr, dst: Option<Reg>, used: bool) -> Reg {
        let ExprKind::NamedExpr { target, value } = &e.kind else { return self.value(e, dst) };
        let ExprKind::Name(name) = &target.kind else { return self.value(value, dst) };
        let mangled = self.mangled(name);
        if let super::unit::Variable::Local(local) = self.variable(&mangled) {
            self.value(value, Some(local));
            self.set_bound(local);
            if used || dst == Some(local) {
                return local;
            }
            let d = dst.unwrap_or_else(|| self.u.alloc());
            self.u.emit(Op::Move, d, local, 0, e.span);
            return d;
        }
        let v = self.push(value);
        let copy = self.u.alloc();
        self.u.emit(Op::Copy, copy, v, 0, e.span);
        self.store_name(name, copy, target.span);
        self.moved(v, dst, e.span)
    }

    fn bin_op(&mut self, left: &'a Expr, op: BinOp, right: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        if let (BinOp::Mod, ExprKind::Tuple(items), false) = (op, &right.kind, self.symbols.constants.has(right)) {
            if let Some(parts) = self.percent_parts(left, items) {
                return self.percent_format(parts, dst, span);
            }
        }
        let base = self.u.top;
        let l = self.operand(left, &[right]);
        let r = self.right(op, right);
        let d = self.result(base, dst);
        self.binary(op, d, l, r, span);
        d
    }

    /// The right operand of an operation, a constant if the operation has such a form.
    pub fn right(&mut self, op: BinOp, e: &'a Expr) -> Right {
        if let Some(value) = self.symbols.constants.get(e) {
            self.pass(e.span);
            if let (BinOp::Add | BinOp::Sub, Const::Int(i @ -128..=127)) = (op, &value) {
                return Right::Int(*i as i8 as u8);
            }
            if constant_form(op).is_some() {
                if let Some(k) = self.short_constant(&value) {
                    return Right::Const(k);
                }
            }
        }
        Right::Reg(self.operand(e, &[]))
    }

    fn binary(&mut self, op: BinOp, d: Reg, left: Reg, right: Right, span: Span) {
        let (op, c) = match right {
            Right::Reg(r) => (plain_form(op), r),
            Right::Int(i) => (if op == BinOp::Add { Op::AddInt } else { Op::SubInt }, i),
            Right::Const(k) => (constant_form(op).expect("`right` has looked"), k),
        };
        self.u.emit(op, d, left, c, span)
    }

    fn unary_op(&mut self, op: UnaryOp, operand: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        if let (UnaryOp::Not, ExprKind::Compare { left, ops, comparators }) = (op, &operand.kind) {
            if let (&[only], Some(turned)) = (&ops[..], ops.first().and_then(|op| negated(*op))) {
                debug_assert!(negated(turned) == Some(only));
                return self.compare_one(left, turned, &comparators[0], dst, operand.span);
            }
        }
        let base = self.u.top;
        let v = self.operand(operand, &[]);
        let d = self.result(base, dst);
        let op = match op {
            UnaryOp::Invert => Op::Invert,
            UnaryOp::Not => Op::Not,
            UnaryOp::UAdd => Op::Pos,
            UnaryOp::USub => Op::Neg,
        };
        self.u.emit(op, d, v, 0, span);
        d
    }

    fn if_exp(&mut self, test: &'a Expr, body: &'a Expr, orelse: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        let (otherwise, end) = (self.u.label(), self.u.label());
        let base = self.u.top;
        self.jump_if(test, false, otherwise, &mut span.clone());
        self.value(body, dst);
        self.u.jump(end, span);
        self.u.place(otherwise);
        self.u.top = base;
        self.value(orelse, dst);
        self.u.place(end);
        self.result(base, dst)
    }

    fn subscript(&mut self, value: &'a Expr, index: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top;
        let object = self.operand(value, &[index]);
        let constant = self.symbols.constants.get(index).and_then(|value| self.short_constant(&value));
        if let Some(k) = constant {
            self.pass(index.span);
            let d = self.result(base, dst);
            self.u.emit(Op::GetItemK, d, object, k, span);
            return d;
        }
        let index = self.operand(index, &[]);
        let d = self.result(base, dst);
        self.u.emit(Op::GetItem, d, object, index, span);
        d
    }

    fn slice(&mut self, parts: [&'a Option<Box<Expr>>; 3], dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top as u8;
        let count = if parts[2].is_some() { 3 } else { 2 };
        for part in &parts[..count] {
            match part {
                Some(e) => self.push(e),
                None => self.load_const(Const::None, None, span),
            };
        }
        self.u.emit(Op::BuildSlice, base, count as u8, 0, span);
        self.moved(base, dst, span)
    }

    fn yield_expr(&mut self, value: Option<&'a Expr>, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top;
        let v = match value {
            Some(e) => self.operand(e, &[]),
            None => self.load_const(Const::None, None, span),
        };
        let d = self.result(base, dst);
        self.u.emit(Op::Yield, d, v, 0, span);
        d
    }

    fn yield_from(&mut self, value: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top;
        let v = self.operand(value, &[]);
        self.delegate(Op::GetYieldFromIter, base, v, 0, span);
        self.moved(base as u8, dst, span)
    }

    fn await_expr(&mut self, value: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top;
        let v = self.operand(value, &[]);
        self.delegate(Op::GetAwaitable, base, v, 0, span);
        self.moved(base as u8, dst, span)
    }

    /// Runs what `get` makes of R[v] to its end; the value stands at `base`, which is R[v] itself if that is a temp.
    pub fn delegate(&mut self, get: Op, base: usize, v: Reg, place: u8, span: Span) {
        self.u.top = base;
        let (value, iter) = (self.u.alloc(), self.u.alloc());
        self.u.emit(get, iter, v, place, span);
        self.load_const(Const::None, Some(value), span);
        self.u.emit(Op::YieldFrom, iter, value, 0, span);
        self.u.top = base + 1;
    }

    /// CPython underlines only the name when the attribute stands on a later line than its object begins on.
    pub fn attribute_span(&self, e: &Expr) -> Span {
        let ExprKind::Attribute { attr_span, .. } = &e.kind else { return e.span };
        self.from_attribute_line(e.span, *attr_span)
    }

    /// `span`, but beginning at the attribute if that stands on a later line.
    pub fn from_attribute_line(&self, span: Span, attribute: Span) -> Span {
        let before = self.source.text.as_bytes().get(span.start as usize..attribute.start as usize);
        match before.is_some_and(|text| text.contains(&b'\n')) {
            true => Span { start: attribute.start, end: span.end },
            false => span,
        }
    }
}

fn plain_form(op: BinOp) -> Op {
    match op {
        BinOp::Add => Op::Add,
        BinOp::Sub => Op::Sub,
        BinOp::Mult => Op::Mul,
        BinOp::MatMult => Op::MatMul,
        BinOp::Div => Op::Div,
        BinOp::Mod => Op::Mod,
        BinOp::Pow => Op::Pow,
        BinOp::LShift => Op::LShift,
        BinOp::RShift => Op::RShift,
        BinOp::BitOr => Op::Or,
        BinOp::BitXor => Op::Xor,
        BinOp::BitAnd => Op::And,
        BinOp::FloorDiv => Op::FloorDiv,
    }
}

fn constant_form(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::AddK,
        BinOp::Sub => Op::SubK,
        BinOp::Mult => Op::MulK,
        BinOp::Div => Op::DivK,
        BinOp::FloorDiv => Op::FloorDivK,
        BinOp::Mod => Op::ModK,
        BinOp::Pow => Op::PowK,
        BinOp::LShift => Op::LShiftK,
        BinOp::RShift => Op::RShiftK,
        BinOp::BitAnd => Op::AndK,
        BinOp::MatMult | BinOp::BitOr | BinOp::BitXor => return None,
    })
}
