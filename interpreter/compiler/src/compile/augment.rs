//! Augmented and annotated assignments.
//!
//! In: the target, the operator or annotation, the value. Out: instructions in CPython's order. The one invariant: an augmented
//! assignment is a load, an operation and a store; nothing of it is fused, so that threads can be seen to step between.

use super::Compiler;
use super::unit::Reg;
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use std::rc::Rc;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    pub fn aug_assign(&mut self, target: &'a Expr, op: BinOp, value: &'a Expr, span: Span) {
        let base = self.u.top;
        match &target.kind {
            ExprKind::Name(name) => self.aug_assign_name(target, name, op, value, span),
            ExprKind::Attribute { value: object, attr, .. } => {
                let name = self.mangled(attr);
                let lookup = self.attribute_span(target);
                let object = self.operand(object, &[value]);
                let top = self.u.top;
                let copy = self.kept(object, lookup);
                self.u.top = top;
                let item = self.u.alloc();
                self.u.emit_site(Op::GetAttr, item, copy, 0, name.clone(), lookup);
                self.inplace(item, item, op, value, span);
                self.u.emit_site(Op::SetAttr, object, item, 0, name, lookup)
            }
            ExprKind::Subscript { value: object, slice } if self.symbols.constants.has(slice) => {
                let key = self.symbols.constants.get(slice).unwrap_or(Const::None);
                let object = self.operand(object, &[value]);
                let top = self.u.top;
                let copy = self.kept(object, target.span);
                self.pass(slice.span);
                self.item_const(top as u8, copy, key.clone(), target.span);
                self.u.top = top;
                let item = self.u.alloc();
                self.inplace(item, item, op, value, span);
                let index = self.load_const(key, None, target.span);
                self.u.emit(Op::SetItem, object, index, item, target.span)
            }
            ExprKind::Subscript { value: object, slice } => {
                let object = self.operand(object, &[slice, value]);
                let index = self.operand(slice, &[value]);
                let top = self.u.top;
                let (object_copy, index_copy) = (self.kept(object, target.span), self.kept(index, target.span));
                self.u.top = top;
                let item = self.u.alloc();
                self.u.emit(Op::GetItem, item, object_copy, index_copy, target.span);
                self.inplace(item, item, op, value, span);
                self.u.emit(Op::SetItem, object, index, item, target.span)
            }
            _ => self.fail("illegal expression for augmented assignment", target.span),
        }
        self.u.top = base
    }

    /// Something to be used while R[r] itself is needed again: a local as it is, a copy of a temp.
    fn kept(&mut self, r: Reg, span: Span) -> Reg {
        if !self.u.is_temp(r) {
            return r;
        }
        let copy = self.u.alloc();
        self.u.emit(Op::Copy, copy, r, 0, span);
        copy
    }

    fn aug_assign_name(&mut self, target: &'a Expr, name: &Ident, op: BinOp, value: &'a Expr, span: Span) {
        if let Some(r) = self.in_place(target, &[value]) {
            self.pass(target.span);
            return self.inplace(r, r, op, value, span);
        }
        let item = self.push(target);
        self.inplace(item, item, op, value, span);
        self.store_name(name, item, target.span)
    }

    /// `R[d] = R[l] op= value`
    fn inplace(&mut self, d: Reg, l: Reg, op: BinOp, value: &'a Expr, span: Span) {
        let top = self.u.top;
        let small = match self.symbols.constants.get(value) {
            Some(Const::Int(i @ -128..=127)) => Some(i as i8 as u8),
            _ => None,
        };
        if small.is_some() {
            self.pass(value.span)
        }
        match (op, small) {
            (BinOp::Add, Some(i)) => self.u.emit(Op::InplaceAddInt, d, l, i, span),
            (BinOp::Sub, Some(i)) => self.u.emit(Op::InplaceSubInt, d, l, i, span),
            _ => {
                let r = self.operand(value, &[]);
                match op {
                    BinOp::Add => self.u.emit(Op::InplaceAdd, d, l, r, span),
                    BinOp::Sub => self.u.emit(Op::InplaceSub, d, l, r, span),
                    BinOp::Mult => self.u.emit(Op::InplaceMul, d, l, r, span),
                    _ => self.u.emit_extra(Op::Inplace, d, l, r, op as u32, span),
                }
            }
        }
        self.u.top = top
    }

    pub fn ann_assign(
        &mut self,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
        span: Span,
    ) {
        if let Some(value) = value {
            self.assign_one(target, value)
        }
        let evaluated = !self.scope().is_function();
        match &target.kind {
            ExprKind::Name(name) if simple && evaluated => return self.annotate(name, annotation, span),
            ExprKind::Name(_) => {}
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.discard(object),
            ExprKind::Subscript { value: object, slice } if value.is_none() => {
                self.discard(object);
                self.discard(slice)
            }
            _ => {}
        }
        if !simple && evaluated && !self.future_annotations {
            self.discard(annotation)
        }
    }

    /// `__annotations__[name] = annotation`
    fn annotate(&mut self, name: &Ident, annotation: &'a Expr, span: Span) {
        let base = self.u.top;
        let v = self.annotation(annotation);
        let annotations = self.load(&"__annotations__".into(), None, span);
        let name = self.mangled(name);
        let key = self.load_const(Const::Str(name), None, span);
        self.u.emit(Op::SetItem, annotations, key, v, span);
        self.u.top = base
    }

    /// An annotation's value, or its text under `from __future__ import annotations`.
    pub fn annotation(&mut self, annotation: &'a Expr) -> Reg {
        if self.future_annotations {
            let text = super::unparse::unparse(annotation);
            return self.load_const(Const::Str(Rc::from(text)), None, annotation.span);
        }
        match &annotation.kind {
            // `*args: *Ts` is the one item of an unpacking
            ExprKind::Starred(value) => {
                let v = self.operand(value, &[]);
                let base = self.u.top - self.u.is_temp(v) as usize;
                self.u.top = base;
                let item = self.u.alloc();
                self.u.emit(Op::UnpackSequence, item, v, 1, annotation.span);
                item
            }
            _ => self.push(annotation),
        }
    }
}
