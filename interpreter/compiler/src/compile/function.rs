//! Functions: `def`, `lambda`, and what every inner unit needs to become a function of the unit around.
//!
//! In: a definition. Out: the inner `Proto` as a constant, and code that makes the function. The one invariant: decorators,
//! defaults and annotations are evaluated outside and in CPython's order, before the function is made.

use super::Compiler;
use super::display::PIECE;
use super::scope::{Binding, Kind, Scope, mention};
use super::symtable::{Node, parameters};
use super::unit::{Reg, Unit, is_local};
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Const, Proto, flags};
use std::rc::Rc;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

/// Locals beyond this have no register: they live in cells in a tuple.
pub const MAX_LOCALS: usize = 150;

impl<'a> Compiler<'a> {
    pub fn function_def(&mut self, def: &'a FunctionDef, span: Span) {
        let base = self.u.top;
        def.decorators.iter().for_each(|decorator| {
            self.push(decorator);
        });
        let window = self.u.top;
        let parts = self.function_parts(&def.args, def.returns.as_ref(), def.def_span);
        let first = def.decorators.first().map_or(span.start, |decorator| decorator.span.start);
        let proto = self.inner(Node::function(def), &def.name, first, |c| {
            c.parameters(&def.args);
            c.docstring(&def.body);
            c.prologue(def.def_span);
            c.body(after_docstring(&def.body));
            c.return_const(Const::None, Span::default())
        });
        self.make_function(proto, window, parts, def.def_span);
        self.decorate(&def.decorators);
        self.store_name(&def.name, base as u8, span);
        self.u.top = base
    }

    /// Applies the decorators, which stand below what they decorate, the last one first.
    pub fn decorate(&mut self, decorators: &'a [Expr]) {
        for decorator in decorators.iter().rev() {
            // Too many registers are an error that `finish` reports.
            self.u.top = self.u.top.saturating_sub(2);
            let window = self.u.alloc();
            self.u.emit(Op::Call, window, 1, 0, decorator.span)
        }
    }

    pub fn lambda(&mut self, e: &'a Expr, args: &'a Arguments, body: &'a Expr, dst: Option<Reg>) -> Reg {
        let window = self.u.top;
        let parts = self.function_parts(args, None, e.span);
        let proto = self.inner(Node::expr(e), &"<lambda>".into(), e.span.start, |c| {
            c.parameters(args);
            c.prologue(e.span);
            let v = c.operand(body, &[]);
            c.u.emit_end(Op::Return, v, 0, 0, e.span)
        });
        self.make_function(proto, window, parts, e.span);
        self.moved(window as u8, dst, e.span)
    }

    /// Pushes defaults, keyword defaults and annotations; gives the bits of MAKE_FUNCTION.
    fn function_parts(&mut self, args: &'a Arguments, returns: Option<&'a Expr>, span: Span) -> u8 {
        let mut parts = 0;
        if !args.defaults.is_empty() {
            self.tuple(&args.defaults, None, span);
            parts |= 1
        }
        let named: Vec<_> = args.kwonly.iter().zip(&args.kw_defaults).collect();
        if named.iter().any(|(_, default)| default.is_some()) {
            self.keyword_defaults(&named, span);
            parts |= 2
        }
        let annotated = args.args.iter().chain(&args.posonly).chain(&args.vararg).chain(&args.kwonly);
        let mut annotations: Vec<(Ident, &'a Expr)> = annotated
            .chain(&args.kwarg)
            .filter_map(|arg| Some((self.mangled(&arg.name), arg.annotation.as_ref()?)))
            .collect();
        annotations.extend(returns.map(|returns| ("return".into(), returns)));
        if !annotations.is_empty() {
            self.tuple_of(annotations.len() * 2, span, |c, i| {
                let (name, annotation) = &annotations[i / 2];
                match i % 2 {
                    0 => c.load_str(name, span),
                    _ => c.annotation(annotation),
                };
            });
            parts |= 4
        }
        parts
    }

    fn keyword_defaults(&mut self, named: &[(&'a Arg, &'a Option<Expr>)], span: Span) {
        let dict = self.u.top as u8;
        let many = named.len() * 2 > PIECE;
        if many {
            self.build(Op::BuildMap, dict, 0, span)
        }
        let mut pairs = 0;
        for (arg, default) in named {
            let Some(default) = default else { continue };
            let top = self.u.top;
            let name = self.mangled(&arg.name);
            let key = self.load_str(&name, span);
            let v = self.push(default);
            pairs += 1;
            if many {
                self.u.emit(Op::MapAdd, dict, key, v, span);
                self.u.top = top
            }
        }
        if !many {
            self.build(Op::BuildMap, dict, pairs, span)
        }
    }

    /// Makes a function of `proto` and the parts that were pushed from `window` on; it replaces them.
    pub fn make_function(&mut self, proto: Option<Rc<Proto>>, window: usize, mut parts: u8, span: Span) {
        let Some(proto) = proto else {
            self.u.top = window;
            self.u.alloc();
            return;
        };
        if !proto.freevars.is_empty() {
            self.tuple_of(proto.freevars.len(), span, |c, i| c.closure_cell(&proto.freevars[i], span));
            parts |= 8
        }
        let code = self.u.consts.index(Const::Code(proto));
        self.u.top = window;
        let r = self.u.alloc();
        self.u.emit_extra(Op::MakeFunction, r, parts, 0, code, span)
    }

    /// Pushes the cell of a variable that an inner function shares.
    fn closure_cell(&mut self, name: &Ident, span: Span) {
        let scope = self.scope();
        let position = scope.position(name);
        let is_cell = |i: usize| scope.symbols[i].binding == Binding::Cell;
        if let Some(&index) = self.u.wide.get(name) {
            self.wide_cell(index, span);
            return;
        }
        let cell = self.u.alloc();
        if scope.kind == Kind::Class && scope.class_cell && &**name == "__class__" {
            return self.u.emit(Op::Copy, cell, super::class::CLASS_CELL, 0, span);
        }
        match position {
            Some(i) if scope.is_function() && is_cell(i) => {
                let r = self.u.register(i, name, false);
                self.u.emit(Op::Copy, cell, r, 0, span)
            }
            _ => self.u.emit_wide(Op::LoadClosure, cell, self.free_index(name), span),
        }
    }

    /// Compiles an inner unit. Where no path leads nothing is compiled.
    pub fn inner(
        &mut self,
        node: Node,
        name: &Ident,
        first: u32,
        compile: impl FnOnce(&mut Self),
    ) -> Option<Rc<Proto>> {
        if !self.u.reachable() || self.error.is_some() {
            return None;
        }
        let id = self.symbols.id(node);
        let mut unit = Unit::new(id, name.clone(), self.qualname(name), self.source.line(first));
        unit.private = self.u.private.clone();
        let scope = &self.symbols.scopes[id];
        unit.flags = self.unit_flags(scope);
        unit.registers = vec![None; scope.symbols.len()];
        unit.frees = scope.frees.iter().cloned().collect();
        let outer = std::mem::replace(&mut self.u, unit);
        compile(self);
        let unit = std::mem::replace(&mut self.u, outer);
        self.finish(unit).map(Rc::new)
    }

    fn qualname(&self, name: &Ident) -> String {
        let scope = self.scope();
        let mangled = self.mangled(name);
        if scope.kind == Kind::Module || scope.mentions(&mangled) & mention::GLOBAL != 0 {
            return name.to_string();
        }
        let locals = if scope.kind == Kind::Function { ".<locals>" } else { "" };
        format!("{}{locals}.{name}", self.u.qualname)
    }

    fn unit_flags(&self, scope: &Scope) -> u32 {
        let mut bits = if self.future_annotations { flags::FUTURE_ANNOTATIONS } else { 0 };
        if scope.kind == Kind::Class {
            return bits | flags::NAMESPACE;
        }
        bits |= flags::OPTIMIZED | flags::NEWLOCALS;
        if self.scope().is_function() || self.u.flags & flags::NESTED != 0 {
            bits |= flags::NESTED
        }
        match scope.kind {
            Kind::Comprehension => bits,
            _ => bits | super::generator_flags(scope.generates, scope.awaits),
        }
    }

    fn parameters(&mut self, args: &'a Arguments) {
        let scope = self.scope();
        let names: Vec<Ident> = parameters(args).map(|arg| self.mangled(&arg.name)).collect();
        let wide = names.len() > MAX_LOCALS;
        if wide {
            self.u.flags |= flags::WIDE_PARAMETERS;
            self.u.varnames.push(".args".into());
            names.iter().for_each(|name| self.u.widen(name))
        } else {
            for (name, i) in names.iter().filter_map(|name| Some((name, scope.position(name)?))) {
                let deletable = scope.symbols[i].mentions & mention::DELETED != 0;
                let r = self.u.register(i, name, deletable);
                self.set_bound(r)
            }
        }
        self.u.flags |= if args.vararg.is_some() { flags::VARARGS } else { 0 };
        self.u.flags |= if args.kwarg.is_some() { flags::VARKEYWORDS } else { 0 };
        self.u.counts = [args.posonly.len() + args.args.len(), args.posonly.len(), args.kwonly.len()];
        if let (Some(first), false) = (args.posonly.first().or(args.args.first()), wide) {
            let symbol = scope.symbol(&self.mangled(&first.name));
            let stable = |s: &super::scope::Symbol| {
                s.binding == Binding::Local && s.mentions & (mention::ASSIGNED | mention::DELETED) == 0
            };
            self.u.flags |= if symbol.is_some_and(stable) { flags::STABLE_SELF } else { 0 }
        }
    }

    /// Fixes the number of locals and makes the cells.
    pub fn prologue(&mut self, span: Span) {
        let scope = self.scope();
        let mut own = Vec::new();
        own.extend(scope.symbols.iter().filter(|s| is_local(s.binding) && s.mentions & mention::PARAM == 0));
        let taken = self.u.varnames.len();
        if taken + own.len() > MAX_LOCALS {
            let room = MAX_LOCALS - taken;
            own.drain(room..).for_each(|s| self.u.widen(&s.name))
        }
        let wide = self.u.wide_names.len();
        self.u.set_locals(taken + own.len() + (wide > 0) as usize);
        let mut cells = Vec::new();
        for (i, s) in scope.symbols.iter().enumerate() {
            if s.binding == Binding::Cell && !self.u.wide.contains_key(&s.name) {
                cells.push((s.name.clone(), i))
            }
        }
        self.reserve_cells(cells, span);
        if wide > 0 {
            self.make_wide(wide, span)
        }
    }

    /// Cells that are no parameters have the last registers, in the order of their names.
    fn reserve_cells(&mut self, mut cells: Vec<(Ident, usize)>, span: Span) {
        cells.sort();
        let mut last = self.u.nlocals;
        for (_, symbol) in cells.iter().rev() {
            if self.u.registers[*symbol].is_none() {
                last -= 1;
                self.u.registers[*symbol] = Some(last as u8)
            }
        }
        let own = |(_, i): &&(Ident, usize)| self.u.registers[*i].is_some_and(|r| r as usize >= last);
        self.u.last_names = cells.iter().filter(own).map(|(name, _)| name.clone()).collect();
        for (_, symbol) in cells {
            let Some(r) = self.u.registers[symbol] else { continue };
            self.u.cells.push(r);
            self.u.emit(Op::MakeCell, r, 0, 0, span)
        }
    }

    /// The tuple of the cells that have no register. The first are those of parameters, if these have none.
    fn make_wide(&mut self, count: usize, span: Span) {
        let last = (self.u.nlocals - 1 - self.u.last_names.len()) as u8;
        self.u.wide_cells = last;
        self.u.last_names.insert(0, ".cells".into());
        let list = self.u.top as u8;
        self.build(Op::BuildList, list, 0, span);
        let parameters = if self.u.flags & flags::WIDE_PARAMETERS != 0 { self.u.parameter_count() } else { 0 };
        for i in 0..count {
            let cell = self.u.alloc();
            if i < parameters {
                self.item_const(cell, 0, Const::Int(i as i64), span)
            }
            self.u.emit(Op::MakeCell, cell, 0, 0, span);
            self.u.emit(Op::ListAppend, list, cell, 0, span);
            self.u.top -= 1
        }
        if parameters > 0 {
            self.u.emit(Op::Clear, 0, 0, 0, span)
        }
        self.u.emit(Op::ListToTuple, last, list, 0, span);
        self.set_bound(last);
        self.u.top -= 1
    }

    /// Notes the docstring.
    pub fn docstring(&mut self, body: &'a [Stmt]) {
        self.u.doc = docstring(body).filter(|_| self.optimize < 2)
    }
}

/// What is run of a body: all but its docstring.
pub fn after_docstring(body: &[Stmt]) -> &[Stmt] {
    &body[docstring(body).is_some() as usize..]
}

/// The string that a body begins with.
fn docstring(body: &[Stmt]) -> Option<Const> {
    match body.first().map(|s| &s.kind) {
        Some(StmtKind::Expr(Expr { kind: ExprKind::Constant(value), .. })) => match value {
            Constant::Str(_) | Constant::Surrogates(_) => Some(super::fold::literal(value)),
            _ => None,
        },
        _ => None,
    }
}
