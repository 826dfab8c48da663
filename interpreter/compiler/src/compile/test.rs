//! Comparisons and conditions.
//!
//! In: an expression whose truth decides, and a label. Out: jumps, without a bool ever being made. The one invariant: both
//! the jump and the fall through find the temps as they were before the condition.

use super::Compiler;
use super::fold::negated;
use super::scope::mention;
use super::unit::{Label, Reg};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    /// Jumps if the truth of `e` is `when`. `span` is that of the statement or expression around: where a failing
    /// `__bool__` is reported; a comparison replaces it, as in CPython.
    pub fn jump_if(&mut self, e: &'a Expr, when: bool, target: Label, span: &mut Span) {
        if let Some(truth) = self.symbols.constants.truth(e) {
            self.pass(e.span);
            if truth == when {
                self.u.jump(target, *span)
            }
            return;
        }
        match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => self.jump_if(operand, !when, target, span),
            ExprKind::BoolOp { op, values } => self.jump_if_any(*op == BoolOp::Or, values, when, target, span),
            ExprKind::IfExp { test, body, orelse } => {
                let (otherwise, end) = (self.u.label(), self.u.label());
                self.jump_if(test, false, otherwise, span);
                self.jump_if(body, when, target, span);
                self.u.jump(end, *span);
                self.u.place(otherwise);
                self.jump_if(orelse, when, target, span);
                self.u.place(end)
            }
            ExprKind::Compare { left, ops, comparators } => {
                *span = e.span;
                self.jump_if_compare(left, ops, comparators, when, target, e.span)
            }
            _ => {
                let base = self.u.top;
                let v = self.operand(e, &[]);
                self.u.top = base;
                self.u.jump_if(Op::JumpIf, when, v, 0, target, *span)
            }
        }
    }

    /// `and`, or `or` if `any`: each value but the last may decide.
    fn jump_if_any(&mut self, any: bool, values: &'a [Expr], when: bool, target: Label, span: &mut Span) {
        let (last, firsts) = values.split_last().expect("two values at least");
        let next = self.u.label();
        let decided = if any == when { target } else { next };
        for e in firsts {
            self.jump_if(e, any, decided, span)
        }
        self.jump_if(last, when, target, span);
        self.u.place(next)
    }

    fn jump_if_compare(
        &mut self,
        left: &'a Expr,
        ops: &[CmpOp],
        rights: &'a [Expr],
        when: bool,
        target: Label,
        span: Span,
    ) {
        let base = self.u.top;
        let last = ops.len() - 1;
        let end = self.u.label();
        let fails = if when { end } else { target };
        // where a link fails while the value in the middle stands at `base` or above it
        let mut dirty = [None, None];
        let mut l = self.operand(left, &[&rights[0]]);
        for i in 0..last {
            let later: Vec<_> = rights[i + 1..].iter().collect();
            let middle = self.operand(&rights[i], &later);
            let (form, truth) = jump_form(ops[i]);
            if !self.u.is_temp(middle) {
                self.u.jump_if(form, !truth, l, middle, fails, span);
                self.u.top = base;
            } else {
                let copy = self.u.at_top();
                self.u.emit(Op::Copy, copy, middle, 0, span);
                let failed = *dirty[middle as usize - base].get_or_insert_with(|| self.u.label());
                self.u.jump_if(form, !truth, l, copy, failed, span);
                if middle as usize != base {
                    self.u.emit(Op::Move, base as u8, middle, 0, span)
                }
                self.u.top = base + 1;
            }
            l = if self.u.is_temp(middle) { base as u8 } else { middle };
        }
        self.compare_jump(base, l, ops[last], &rights[last], when, target, span);
        if dirty.iter().any(Option::is_some) {
            self.u.jump(end, span)
        }
        for (i, label) in dirty.into_iter().enumerate() {
            let Some(label) = label else { continue };
            self.u.place(label);
            self.u.emit(Op::Clear, (base + i) as u8, 0, 0, span);
            self.u.jump(fails, span)
        }
        self.u.place(end)
    }

    /// The jump of a single comparison of `l` with `right`.
    #[allow(clippy::too_many_arguments)]
    fn compare_jump(&mut self, base: usize, l: Reg, op: CmpOp, right: &'a Expr, when: bool, target: Label, span: Span) {
        let (form, truth) = jump_form(op);
        let constant = self.compared_constant(op, right);
        if constant.is_some() {
            self.pass(right.span)
        }
        if let (Some(Const::None), CmpOp::Is | CmpOp::IsNot) = (&constant, op) {
            self.u.top = base;
            return self.u.jump_if(Op::JumpIfNone, when == truth, l, 0, target, span);
        }
        let short = constant.and_then(|value| Some((constant_form(op)?, self.short_constant(&value)?)));
        if let Some((form, k)) = short {
            self.u.top = base;
            return self.u.jump_if(form, when, l, k, target, span);
        }
        let r = self.compared(op, right);
        self.u.top = base;
        self.u.jump_if(form, when == truth, l, r, target, span)
    }

    fn compared_constant(&self, op: CmpOp, right: &'a Expr) -> Option<Const> {
        match op {
            CmpOp::In | CmpOp::NotIn => self.symbols.constants.get_items(right),
            _ => self.symbols.constants.get(right),
        }
    }

    /// The right operand of the last comparison; a list or set display after `in` is a constant if it can be.
    fn compared(&mut self, op: CmpOp, right: &'a Expr) -> Reg {
        match (op, &right.kind) {
            (CmpOp::In | CmpOp::NotIn, ExprKind::List(_) | ExprKind::Set(_)) => self.items(right),
            _ => self.operand(right, &[]),
        }
    }

    /// A display that is only iterated over or searched: a constant, or a tuple instead of a list.
    pub fn items(&mut self, e: &'a Expr) -> Reg {
        if let Some(value) = self.symbols.constants.get_items(e) {
            return self.load_const(value, None, e.span);
        }
        match &e.kind {
            ExprKind::List(items) if !items.iter().any(|e| matches!(e.kind, ExprKind::Starred(_))) => {
                self.tuple(items, None, e.span)
            }
            _ => self.operand(e, &[]),
        }
    }

    /// A comparison whose value is wanted.
    pub fn compare(&mut self, left: &'a Expr, ops: &[CmpOp], rights: &'a [Expr], dst: Option<Reg>, span: Span) -> Reg {
        let last = ops.len() - 1;
        if last == 0 {
            return self.compare_one(left, ops[0], &rights[0], dst, span);
        }
        let base = self.u.top;
        // the value of a link stands at `base`, and what it was compared with above
        let mut l = self.push(left);
        let (cleanup, end) = (self.u.label(), self.u.label());
        for (op, right) in ops[..last].iter().zip(rights) {
            self.u.top = base + 1;
            let middle = self.push(right);
            let copy = self.u.alloc();
            self.u.emit(Op::Copy, copy, middle, 0, span);
            self.u.emit(value_form(*op), base as u8, l, copy, span);
            self.u.jump_if(Op::JumpIfOrPop, false, base as u8, 0, cleanup, span);
            self.u.emit(Op::Move, base as u8, middle, 0, span);
            l = base as u8;
        }
        self.u.top = base + 1;
        let r = self.compared(ops[last], &rights[last]);
        self.u.emit(value_form(ops[last]), base as u8, l, r, span);
        self.u.jump(end, span);
        self.u.place(cleanup);
        self.u.emit(Op::Clear, base as u8 + 1, 0, 0, span);
        self.u.place(end);
        self.moved(base as u8, dst, span)
    }

    pub fn compare_one(&mut self, left: &'a Expr, op: CmpOp, right: &'a Expr, dst: Option<Reg>, span: Span) -> Reg {
        let base = self.u.top;
        let l = self.operand(left, &[right]);
        let r = self.compared(op, right);
        let d = self.result(base, dst);
        self.u.emit(value_form(op), d, l, r, span);
        d
    }

    /// What `:=` in a condition has bound when the condition is evaluated, whatever its value.
    pub fn bind_conditions(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::NamedExpr { target, value } => {
                self.bind_conditions(value);
                if let Some(r) = self.plain_local(target) {
                    self.set_bound(r)
                }
            }
            ExprKind::BoolOp { values, .. } => self.bind_conditions(&values[0]),
            ExprKind::IfExp { test, .. } => self.bind_conditions(test),
            // of a chain, only the first two are always evaluated
            ExprKind::Compare { left, comparators, .. } => {
                self.bind_conditions(left);
                self.bind_conditions(&comparators[0])
            }
            _ => super::visit::each_child(e, &mut |child| self.bind_conditions(child)),
        }
    }

    /// Whether the function has any `:=`; if not, there is nothing to look for in conditions.
    pub fn has_walrus(&self) -> bool {
        self.scope().symbols.iter().any(|s| s.mentions & mention::WALRUS != 0)
    }
}

fn value_form(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

/// The jump of a comparison, and the truth of its test where the comparison is true.
fn jump_form(op: CmpOp) -> (Op, bool) {
    let op = if matches!(op, CmpOp::IsNot | CmpOp::NotIn) {
        (negated(op).expect("these have one"), false)
    } else {
        (op, true)
    };
    let form = match op.0 {
        CmpOp::Eq => Op::EqJump,
        CmpOp::NotEq => Op::NeJump,
        CmpOp::Lt => Op::LtJump,
        CmpOp::LtE => Op::LeJump,
        CmpOp::Gt => Op::GtJump,
        CmpOp::GtE => Op::GeJump,
        CmpOp::Is | CmpOp::IsNot => Op::IsJump,
        CmpOp::In | CmpOp::NotIn => Op::InJump,
    };
    (form, op.1)
}

fn constant_form(op: CmpOp) -> Option<Op> {
    Some(match op {
        CmpOp::Eq => Op::EqJumpK,
        CmpOp::NotEq => Op::NeJumpK,
        CmpOp::Lt => Op::LtJumpK,
        CmpOp::LtE => Op::LeJumpK,
        CmpOp::Gt => Op::GtJumpK,
        CmpOp::GtE => Op::GeJumpK,
        _ => return None,
    })
}
