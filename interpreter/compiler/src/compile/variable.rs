//! Variables: loading, storing and deleting names, and registers for values.
//!
//! In: a name, or an expression that may be one. Out: instructions. The one invariant: a local is used in place only
//! where it is known to be bound and no later operand of the same expression rebinds it.

use super::names::mangle;
use super::scope::{Binding, Kind, Scope, mention};
use super::unit::{Reg, Variable};
use super::{Compiler, Mode};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use std::rc::Rc;
use toy_syntax::ast::{Expr, ExprKind, Ident};
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    pub fn scope(&self) -> &'a Scope {
        &self.symbols.scopes[self.u.scope]
    }

    pub fn mangled(&self, name: &Ident) -> Ident {
        mangle(self.u.private.as_ref(), name)
    }

    /// Where a (mangled) name lives.
    pub fn variable(&mut self, name: &Ident) -> Variable {
        let scope = self.scope();
        let Some(position) = scope.position(name) else { return self.outside(scope) };
        let symbol = &scope.symbols[position];
        match symbol.binding {
            Binding::Free if scope.kind == Kind::Class => Variable::ClassFree(self.free_index(name)),
            Binding::Free => Variable::Free(self.free_index(name)),
            Binding::GlobalExplicit => Variable::Global,
            Binding::GlobalImplicit => self.outside(scope),
            Binding::Local | Binding::Cell if !scope.is_function() => self.outside(scope),
            binding => {
                if let Some(&index) = self.u.wide.get(name) {
                    return Variable::Wide(index);
                }
                let r = self.u.register(position, name, symbol.mentions & mention::DELETED != 0);
                if binding == Binding::Cell { Variable::Cell(r) } else { Variable::Local(r) }
            }
        }
    }

    /// A name that is not a function's: of the namespace, if the unit has one.
    fn outside(&self, scope: &Scope) -> Variable {
        match scope.kind {
            Kind::Class => Variable::Name,
            Kind::Module if self.mode != Mode::Module => Variable::Name,
            _ => Variable::Global,
        }
    }

    pub fn free_index(&self, name: &str) -> u16 {
        self.u.frees.binary_search_by(|free| (**free).cmp(name)).unwrap_or(0) as u16
    }

    /// Loads a variable into `dst` or a new temp.
    pub fn load(&mut self, name: &Ident, dst: Option<Reg>, span: Span) -> Reg {
        let name = self.mangled(name);
        let variable = self.variable(&name);
        if let (Variable::Local(r), Some(d)) = (variable, dst) {
            if r == d && self.is_bound(r) {
                return d;
            }
        }
        let base = self.u.top;
        let d = dst.unwrap_or_else(|| self.u.alloc());
        match variable {
            Variable::Local(r) if self.is_bound(r) && self.u.is_temp(d) => self.load_fast(d, r, span),
            Variable::Local(r) => self.u.emit(Op::Move, d, r, 0, span),
            Variable::Cell(r) => self.u.emit(Op::LoadCell, d, r, 0, span),
            Variable::Free(i) => self.u.emit_wide(Op::LoadFree, d, i, span),
            Variable::ClassFree(i) => self.u.emit_site(Op::LoadClassFree, d, i as u8, (i >> 8) as u8, name, span),
            Variable::Global => self.u.emit_site(Op::LoadGlobal, d, 0, 0, name, span),
            Variable::Name => self.u.emit_site(Op::LoadName, d, 0, 0, name, span),
            Variable::Wide(i) => {
                let cell = self.wide_cell(i, span);
                self.u.emit(Op::LoadCell, d, cell, 0, span);
                self.u.emit(Op::Clear, cell, 0, 0, span);
            }
        }
        self.u.top = base + dst.is_none() as usize;
        d
    }

    /// Loads a bound local into a temp; two in a row are one instruction.
    fn load_fast(&mut self, temp: Reg, local: Reg, span: Span) {
        let (handler, joins) = (self.u.handler, self.stands_on(span));
        match self.u.ins.last_mut() {
            Some(last) if joins && last.op == Op::LoadFast && last.a + 1 == temp && last.handler == handler => {
                (last.op, last.c) = (Op::LoadFast2, local)
            }
            _ => self.u.emit(Op::LoadFast, temp, local, 0, span),
        }
    }

    /// Moves a register on: a temp that holds a result into the local that it is for, as a rule.
    pub fn move_on(&mut self, to: Reg, from: Reg, span: Span) {
        let op = if self.u.is_temp(from) && !self.u.is_temp(to) { Op::StoreFast } else { Op::Move };
        self.u.emit(op, to, from, 0, span)
    }

    /// Stores a register (a temp is consumed) into a variable.
    pub fn store_name(&mut self, name: &Ident, v: Reg, span: Span) {
        let name = self.mangled(name);
        match self.variable(&name) {
            Variable::Local(r) => {
                if r != v {
                    self.move_on(r, v, span);
                }
                self.set_bound(r)
            }
            Variable::Cell(r) => self.u.emit(Op::StoreCell, r, v, 0, span),
            Variable::Free(i) | Variable::ClassFree(i) => self.u.emit_wide(Op::StoreFree, v, i, span),
            Variable::Global => self.u.emit_site(Op::StoreGlobal, v, 0, 0, name, span),
            Variable::Name => self.u.emit_site(Op::StoreName, v, 0, 0, name, span),
            Variable::Wide(i) => {
                let cell = self.wide_cell(i, span);
                self.u.emit(Op::StoreCell, cell, v, 0, span);
                self.drop_temp(cell, span)
            }
        }
    }

    pub fn delete_name(&mut self, name: &Ident, span: Span) {
        let name = self.mangled(name);
        match self.variable(&name) {
            Variable::Local(r) => {
                self.u.emit(Op::DeleteFast, r, 0, 0, span);
                self.set_unbound(r)
            }
            Variable::Cell(r) => self.u.emit(Op::DeleteCell, r, 0, 0, span),
            Variable::Free(i) | Variable::ClassFree(i) => self.u.emit_wide(Op::DeleteFree, 0, i, span),
            Variable::Global => self.u.emit_site(Op::DeleteGlobal, 0, 0, 0, name, span),
            Variable::Name => self.u.emit_site(Op::DeleteName, 0, 0, 0, name, span),
            Variable::Wide(i) => {
                let cell = self.wide_cell(i, span);
                self.u.emit(Op::DeleteCell, cell, 0, 0, span);
                self.drop_temp(cell, span)
            }
        }
    }

    /// Unbinds the name of an `except ... as name`, which the handler may have unbound itself.
    pub fn unbind(&mut self, name: &Ident, span: Span) {
        if let Variable::Local(r) = self.variable(&self.mangled(name)) {
            self.u.emit(Op::Clear, r, 0, 0, span);
            return self.set_unbound(r);
        }
        let none = self.load_const(Const::None, None, span);
        self.store_name(name, none, span);
        self.u.top -= 1;
        self.delete_name(name, span)
    }

    /// The cell of one of the variables that have no register.
    pub fn wide_cell(&mut self, index: u32, span: Span) -> Reg {
        let cell = self.u.alloc();
        self.item_const(cell, self.u.wide_cells, Const::Int(index as i64), span);
        cell
    }

    /// `R[d] = R[b][value]`
    pub fn item_const(&mut self, d: Reg, b: Reg, value: Const, span: Span) {
        match self.short_constant(&value) {
            Some(k) => self.u.emit(Op::GetItemK, d, b, k, span),
            None => {
                let key = self.load_const(value, None, span);
                self.u.emit(Op::GetItem, d, b, key, span);
                self.u.top -= 1;
            }
        }
    }

    /// The index of a constant, if it fits an operand of eight bits.
    pub fn short_constant(&mut self, value: &Const) -> Option<u8> {
        u8::try_from(self.u.consts.index(value.clone())).ok()
    }

    pub fn load_const(&mut self, value: Const, dst: Option<Reg>, span: Span) -> Reg {
        let d = dst.unwrap_or_else(|| self.u.alloc());
        if !self.u.reachable() {
            return d;
        }
        if let Const::Int(i) = value {
            if let Ok(i) = i16::try_from(i) {
                self.u.emit_wide(Op::LoadInt, d, i as u16, span);
                return d;
            }
        }
        let index = self.u.consts.index(value);
        match u16::try_from(index) {
            Ok(index) => self.u.emit_wide(Op::LoadConst, d, index, span),
            Err(_) => self.u.emit_extra(Op::LoadConstWide, d, 0, 0, index, span),
        }
        d
    }

    pub fn load_str(&mut self, value: &str, span: Span) -> Reg {
        self.load_const(Const::Str(Rc::from(value)), None, span)
    }

    /// Drops the temp at the top.
    pub fn drop_temp(&mut self, r: Reg, span: Span) {
        self.u.emit(Op::Clear, r, 0, 0, span);
        self.u.top = r as usize
    }

    pub fn is_bound(&self, r: Reg) -> bool {
        self.u.bound.is_none_or(|bound| bound.has(r))
    }

    pub fn set_bound(&mut self, r: Reg) {
        if let Some(bound) = &mut self.u.bound {
            bound.add(r)
        }
    }

    pub fn set_unbound(&mut self, r: Reg) {
        if let Some(bound) = &mut self.u.bound {
            bound.remove(r)
        }
    }

    /// The register of a local that may be used in place, given what is evaluated between here and its use.
    pub fn in_place(&mut self, e: &Expr, later: &[&Expr]) -> Option<Reg> {
        let ExprKind::Name(name) = &e.kind else { return None };
        if &**name == "__debug__" {
            return None;
        }
        let name = self.mangled(name);
        let Variable::Local(r) = self.variable(&name) else { return None };
        let stays = later.is_empty() || self.scope().mentions(&name) & mention::WALRUS == 0;
        (self.is_bound(r) && (stays || later.iter().all(|e| self.is_simple(e)))).then_some(r)
    }

    /// Whether evaluating it has no effect at all: a constant, or a local that is bound.
    pub fn is_simple(&mut self, e: &Expr) -> bool {
        self.symbols.constants.has(e) || self.in_place(e, &[]).is_some()
    }
}
