//! Assignments: targets of every kind, and deletion.
//!
//! In: targets and values. Out: instructions in CPython's order: the value, then each target's object and index, then the
//! store. The one invariant: what is stored is evaluated completely before anything is bound.

use super::Compiler;
use super::display::{PIECE, is_starred};
use super::unit::{REGISTERS, Reg, Variable};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    pub fn assign(&mut self, targets: &'a [Expr], value: &'a Expr, span: Span) {
        let base = self.u.top;
        match targets {
            [target] => self.assign_one(target, value),
            _ if self.symbols.constants.has(value) => targets.iter().for_each(|t| self.assign_one(t, value)),
            [first, rest @ ..] if self.all_locals(targets) => {
                self.assign_one(first, value);
                let v = self.operand(first, &[]);
                for target in rest {
                    self.store(target, v)
                }
            }
            [firsts @ .., last] => {
                let v = self.push(value);
                for target in firsts {
                    let copy = self.u.alloc();
                    self.u.emit(Op::Copy, copy, v, 0, span);
                    self.store(target, copy);
                    self.u.top = base + 1
                }
                self.store(last, v)
            }
            [] => {}
        }
        self.u.top = base
    }

    /// Whether the targets are distinct locals, so that the first can hold the value for the others.
    fn all_locals(&mut self, targets: &'a [Expr]) -> bool {
        let mut seen = Vec::new();
        targets.iter().all(|target| {
            let ExprKind::Name(name) = &target.kind else { return false };
            let name = self.mangled(name);
            let is_new = !seen.contains(&name);
            let is_local = matches!(self.variable(&name), Variable::Local(_));
            seen.push(name);
            is_new && is_local
        })
    }

    pub fn assign_one(&mut self, target: &'a Expr, value: &'a Expr) {
        let base = self.u.top;
        match &target.kind {
            ExprKind::Name(name) => self.assign_name(name, value, target.span),
            ExprKind::Tuple(targets) | ExprKind::List(targets) => match &value.kind {
                ExprKind::Tuple(values) | ExprKind::List(values) if self.is_parallel(targets, values) => {
                    self.assign_parallel(targets, values)
                }
                _ => {
                    let v = self.operand(value, &[]);
                    self.store(target, v)
                }
            },
            _ => {
                let v = self.operand(value, &[target]);
                self.store(target, v)
            }
        }
        self.u.top = base
    }

    /// `name = value`: straight into the register of a local.
    pub fn assign_name(&mut self, name: &Ident, value: &'a Expr, span: Span) {
        let base = self.u.top;
        let mangled = self.mangled(name);
        if let Variable::Local(r) = self.variable(&mangled) {
            self.value(value, Some(r));
            self.pass(span);
            self.set_bound(r)
        } else {
            let v = self.operand(value, &[]);
            self.store_name(name, v, span)
        }
        self.u.top = base
    }

    fn is_parallel(&self, targets: &[Expr], values: &[Expr]) -> bool {
        targets.len() == values.len() && targets.len() <= 16 && !targets.iter().chain(values).any(is_starred)
    }

    /// `a, b = b, a`: no tuple is made. A constant, or a local that no target before its own rebinds, waits for its store.
    fn assign_parallel(&mut self, targets: &'a [Expr], values: &'a [Expr]) {
        let names: Vec<_> = targets.iter().map(|t| self.plain_local(t)).collect();
        let mut registers = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let later: Vec<_> = values[i + 1..].iter().collect();
            let in_place = self.in_place(value, &later);
            let stays = |r| !names[..i].contains(&Some(r)) && !targets[..i].iter().any(|t| self.may_rebind(t));
            registers.push(match in_place {
                Some(r) if stays(r) => Some(r),
                None if self.symbols.constants.has(value) => None,
                _ => Some(self.push(value)),
            });
        }
        self.u.floor = self.u.top;
        for ((target, value), r) in targets.iter().zip(values).zip(registers) {
            let top = self.u.top;
            match r {
                Some(r) => self.store(target, r),
                None => self.assign_one(target, value),
            }
            self.u.top = top
        }
    }

    /// Whether storing into the target may bind other locals than itself.
    fn may_rebind(&self, target: &Expr) -> bool {
        matches!(target.kind, ExprKind::Tuple(_) | ExprKind::List(_)) || self.has_walrus()
    }

    /// The register of a target that is a local and nothing else.
    pub fn plain_local(&mut self, target: &Expr) -> Option<Reg> {
        let ExprKind::Name(name) = &target.kind else { return None };
        match self.variable(&self.mangled(name)) {
            Variable::Local(r) => Some(r),
            _ => None,
        }
    }

    /// Stores R[v] (a temp is consumed) into a target.
    pub fn store(&mut self, target: &'a Expr, v: Reg) {
        let base = self.u.top;
        match &target.kind {
            ExprKind::Name(name) => self.store_name(name, v, target.span),
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.operand(value, &[]);
                let name = self.mangled(attr);
                self.u.emit_site(Op::SetAttr, object, v, 0, name, self.attribute_span(target))
            }
            ExprKind::Subscript { value, slice } => {
                let object = self.operand(value, &[slice]);
                let index = self.operand(slice, &[]);
                self.u.emit(Op::SetItem, object, index, v, target.span)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, v, target.span),
            ExprKind::Starred(inner) => self.store(inner, v),
            _ => self.fail("cannot assign to expression", target.span),
        }
        self.u.top = base
    }

    fn unpack(&mut self, targets: &'a [Expr], v: Reg, span: Span) {
        let base = self.u.top;
        let star = targets.iter().position(is_starred);
        let at_top = self.u.is_temp(v) && v as usize + 1 == base;
        self.u.top = if at_top { v as usize } else { base };
        if self.u.top + targets.len() > REGISTERS - 2 * PIECE {
            return self.unpack_list(targets, star, v, span);
        }
        let window = self.u.alloc_window(targets.len().max(1));
        self.u.top = window as usize + targets.len();
        match star {
            None => self.u.emit(Op::UnpackSequence, window, v, targets.len() as u8, span),
            Some(before) => {
                let after = targets.len() - before - 1;
                self.u.emit_extra(Op::UnpackEx, window, v, 0, before as u32 | (after as u32) << 16, span)
            }
        }
        let floor = std::mem::replace(&mut self.u.floor, self.u.top);
        for (i, target) in targets.iter().enumerate() {
            self.store(target, (window as usize + i).min(REGISTERS - 1) as u8)
        }
        self.u.floor = floor;
        self.u.top = base
    }

    /// More targets than registers: a list of all items, then one by one.
    fn unpack_list(&mut self, targets: &'a [Expr], star: Option<usize>, v: Reg, span: Span) {
        let list = self.u.alloc();
        let starred = star.is_some();
        let count = (targets.len() - starred as usize) as u32 | (starred as u32) << 31;
        self.u.emit_extra(Op::UnpackWide, list, v, 0, count, span);
        let floor = std::mem::replace(&mut self.u.floor, self.u.top);
        for (i, target) in targets.iter().enumerate() {
            let top = self.u.top;
            let item = self.u.alloc();
            let from_end = i as i64 - targets.len() as i64;
            match star {
                Some(star) if i == star => self.middle_items(item, list, i as i64, from_end + 1, span),
                _ => {
                    let index = if star.is_some_and(|star| i > star) { from_end } else { i as i64 };
                    self.u.emit(Op::Copy, item, list, 0, span);
                    self.item_const(item, item, Const::Int(index), span)
                }
            }
            self.store(target, item);
            self.u.top = top
        }
        self.u.floor = floor;
        self.drop_temp(list, span)
    }

    /// `R[item] = R[list][start:end]`, to the end if that is 0. `item` is the temp at the top.
    fn middle_items(&mut self, item: Reg, list: Reg, start: i64, end: i64, span: Span) {
        let end = if end == 0 { Const::None } else { Const::Int(end) };
        let copy = self.u.alloc();
        self.u.emit(Op::Copy, copy, list, 0, span);
        let slice = self.load_const(Const::Int(start), None, span);
        self.load_const(end, None, span);
        self.build(Op::BuildSlice, slice, 2, span);
        self.u.emit(Op::GetItem, item, copy, slice, span);
        self.u.top = item as usize + 1
    }

    /// Evaluates for the effect.
    pub fn discard(&mut self, e: &'a Expr) {
        if self.symbols.constants.has(e) {
            return self.pass(e.span);
        }
        let base = self.u.top;
        let v = self.operand(e, &[]);
        if self.u.is_temp(v) {
            self.u.emit(Op::Clear, v, 0, 0, e.span);
        }
        self.u.top = base
    }

    pub fn delete(&mut self, target: &'a Expr) {
        let base = self.u.top;
        match &target.kind {
            ExprKind::Name(name) => self.delete_name(name, target.span),
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.operand(value, &[]);
                let name = self.mangled(attr);
                self.u.emit_site(Op::DelAttr, object, 0, 0, name, self.attribute_span(target))
            }
            ExprKind::Subscript { value, slice } => {
                let object = self.operand(value, &[slice]);
                let index = self.operand(slice, &[]);
                self.u.emit(Op::DelItem, object, index, 0, target.span)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => targets.iter().for_each(|t| self.delete(t)),
            _ => self.fail("cannot delete expression", target.span),
        }
        self.u.top = base
    }
}
