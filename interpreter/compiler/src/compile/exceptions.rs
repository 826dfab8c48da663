//! `try` and `with`: handlers, clean-up, and what leaves through them.
//!
//! In: the parts of the statement. Out: the guarded code, then the handlers out of its way. The one invariant: whatever path leaves a
//! handler, the exception that was handled before is handled again (POP_EXC), and every `finally` body and exit function runs
//! once on each path: as in CPython 3.11 their code is copied for each.
//!
//! A handler that begins at depth `d` finds the exception in R[d]. It holds two temps: R[d], the exception, and
//! R[d + 1], the one handled before (PUSH_EXC). An exception inside of it arrives in R[d + 2], at code that pops the two and raises it on
//! (`clean_up`).

use super::Compiler;
use super::unit::{BlockKind, Bound, Label, Reg, Variable};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    pub fn try_stmt(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ExceptHandler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
        is_star: bool,
        span: Span,
    ) {
        self.pass(span);
        if finalbody.is_empty() {
            return self.try_except(body, handlers, orelse, is_star, span);
        }
        let (base, outer, entry) = (self.u.top, self.u.handler, self.u.bound);
        self.enter(BlockKind::Finally(finalbody), outer, span);
        let handler = self.u.guard(base);
        if handlers.is_empty() {
            self.body(body)
        } else {
            self.try_except(body, handlers, orelse, is_star, span)
        }
        self.u.blocks.pop();
        self.u.handler = outer;
        let end = self.u.label();
        self.body(finalbody);
        self.u.jump(end, span);

        self.u.place_handler(handler, entry);
        let clean_up = self.begin_handler(None, span);
        self.body(finalbody);
        self.raise_again(base, clean_up, outer);
        self.u.place(end);
        self.u.top = base
    }

    fn try_except(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ExceptHandler],
        orelse: &'a [Stmt],
        is_star: bool,
        span: Span,
    ) {
        let (base, outer, entry) = (self.u.top, self.u.handler, self.u.bound);
        self.enter(BlockKind::Try, outer, span);
        let handler = self.u.guard(base);
        self.body(body);
        self.u.blocks.pop();
        self.u.handler = outer;
        let end = self.u.label();
        self.body(orelse);
        self.u.jump(end, span);

        self.u.place_handler(handler, entry);
        if is_star {
            self.star_handlers(handlers, end, outer, span)
        } else {
            self.handlers(handlers, end, outer, span)
        }
        self.u.place(end);
        self.u.top = base
    }

    /// At the start of a handler: the exception at the top becomes the one that is handled, and what follows is guarded.
    /// Gives the guard and what is bound where it begins.
    fn begin_handler(&mut self, name: Option<&'a Ident>, span: Span) -> (u32, Option<Bound>) {
        let exception = self.u.top as u8;
        let outer = self.u.handler;
        self.u.alloc_window(2);
        self.u.emit(Op::PushExc, exception, exception + 1, 0, span);
        self.enter(BlockKind::Handler { exception, name }, outer, span);
        let bound = self.u.bound;
        (self.u.guard(self.u.top), bound)
    }

    /// Ends a handler at its end: raises its exception again; and what goes wrong in it ends here too.
    fn raise_again(&mut self, base: usize, clean_up: (u32, Option<Bound>), outer: Option<u32>) {
        self.u.blocks.pop();
        let again = self.u.reachable();
        if again {
            self.u.top = base + 2;
            let copy = self.u.at_top();
            self.u.emit(Op::Copy, copy, base as u8, 0, Span::default());
        }
        self.u.handler = outer;
        self.clean_up(base, clean_up, again)
    }

    /// The end of a handler for an exception in R[base + 2], which falls in here if `falls`.
    fn clean_up(&mut self, base: usize, (guard, bound): (u32, Option<Bound>), falls: bool) {
        let here = self.u.bound;
        self.u.place_handler(guard, bound);
        if falls {
            self.u.bound = here
        }
        self.u.emit(Op::PopExc, base as u8, base as u8 + 1, 0, Span::default());
        self.u.emit_end(Op::Reraise, base as u8 + 2, 0, 0, Span::default());
        self.u.top = base
    }

    fn handlers(&mut self, handlers: &'a [ExceptHandler], end: Label, outer: Option<u32>, span: Span) {
        let base = self.u.top;
        let exception = base as u8;
        let clean_up = self.begin_handler(None, span);
        let guard = self.u.handler;
        for h in handlers {
            let next = self.u.label();
            if let Some(ty) = &h.ty {
                let class = self.operand(ty, &[]);
                self.u.top = base + 2;
                self.u.note_jump(next);
                self.u.emit_extra(Op::ExcMatchJump, exception, class, 0, next.0, h.span);
            }
            self.pass(h.span);
            self.handler_body(h, exception);
            self.u.handler = outer;
            self.u.emit(Op::PopExc, exception, exception + 1, 0, h.span);
            self.u.jump(end, h.span);
            self.u.handler = guard;
            self.u.place(next);
            self.u.top = base + 2
        }
        self.raise_again(base, clean_up, outer)
    }

    /// The body of an `except` clause; a name it binds is unbound on every path out.
    fn handler_body(&mut self, h: &'a ExceptHandler, exception: Reg) {
        let Some(name) = &h.name else { return self.body(&h.body) };
        let base = self.u.top;
        self.bind_exception(name, exception, h.span);
        let (outer, entry) = (self.u.handler, self.u.bound);
        let unnamed = self.u.blocks.last().copied();
        if let Some(block) = self.u.blocks.last_mut() {
            block.kind = BlockKind::Handler { exception, name: Some(name) }
        }
        let guard = self.u.guard(base);
        self.body(&h.body);
        if let (Some(block), Some(unnamed)) = (self.u.blocks.last_mut(), unnamed) {
            *block = unnamed
        }
        self.u.handler = outer;
        let end = self.u.label();
        self.unbind(name, Span::default());
        self.u.jump(end, h.span);
        self.u.place_handler(guard, entry);
        self.u.alloc();
        self.unbind(name, Span::default());
        self.u.emit_end(Op::Reraise, base as u8, 0, 0, Span::default());
        self.u.place(end);
        self.u.top = base
    }

    fn bind_exception(&mut self, name: &Ident, exception: Reg, span: Span) {
        let mangled = self.mangled(name);
        if let Variable::Local(r) = self.variable(&mangled) {
            self.u.emit(Op::Copy, r, exception, 0, span);
            return self.set_bound(r);
        }
        let copy = self.u.alloc();
        self.u.emit(Op::Copy, copy, exception, 0, span);
        self.store_name(name, copy, span);
        self.u.top -= 1
    }

    /// The `except*` clauses. The temps are, from `base`: the exception, the one handled before, the list of what is to be
    /// raised in the end, and the rest that no clause has matched so far.
    fn star_handlers(&mut self, handlers: &'a [ExceptHandler], end: Label, outer: Option<u32>, span: Span) {
        let base = self.u.top;
        let exception = base as u8;
        let clean_up = self.begin_handler(None, span);
        let (list, rest) = (self.u.alloc(), self.u.alloc());
        let nowhere = Span::default();
        self.u.emit(Op::BuildList, list, 0, 0, nowhere);
        self.u.emit(Op::Copy, rest, exception, 0, nowhere);
        for h in handlers {
            self.star_handler(h, list, rest);
            self.u.top = base + 4
        }
        self.u.emit(Op::ListAppend, list, rest, 0, nowhere);
        self.u.emit(Op::Copy, rest, exception, 0, nowhere);
        self.u.emit(Op::EgReraise, list, rest, list, span);
        let nothing = self.u.label();
        self.u.emit(Op::Copy, rest, list, 0, nowhere);
        self.u.jump_if(Op::JumpIfNone, true, rest, 0, nothing, nowhere);
        // what is to be raised stands where an exception inside of the handler would arrive
        self.u.blocks.pop();
        self.u.handler = outer;
        self.clean_up(base, clean_up, true);
        self.u.place(nothing);
        self.u.emit(Op::Clear, list, 0, 0, span);
        self.u.emit(Op::PopExc, exception, exception + 1, 0, span);
        self.u.jump(end, span);
        self.u.top = base
    }

    /// One `except*` clause: what its class matches of R[rest] is handled; what its body raises is kept in R[list].
    fn star_handler(&mut self, h: &'a ExceptHandler, list: Reg, rest: Reg) {
        let (next, none) = (self.u.label(), self.u.label());
        let matched = match &h.ty {
            Some(ty) => self.push(ty),
            None => self.u.alloc(),
        };
        self.u.emit(Op::EgMatch, matched, rest, matched, h.span);
        let copy = self.u.at_top();
        self.u.emit(Op::Copy, copy, matched, 0, h.span);
        self.u.jump_if(Op::JumpIfNone, true, copy, 0, none, h.span);

        self.u.top = matched as usize;
        let outer = self.u.handler;
        let (guard, bound) = self.begin_handler(None, h.span);
        self.handler_body(h, matched);
        self.u.blocks.pop();
        self.u.handler = outer;
        self.u.emit(Op::PopExc, matched, matched + 1, 0, h.span);
        self.u.jump(next, h.span);

        self.u.place_handler(guard, bound);
        self.u.emit(Op::PopExc, matched, matched + 1, 0, h.span);
        self.u.emit(Op::ListAppend, list, matched + 2, 0, h.span);
        self.u.jump(next, h.span);
        self.u.place(none);
        self.u.emit(Op::Clear, matched, 0, 0, h.span);
        self.u.place(next)
    }

    pub fn with_stmt(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool, span: Span) {
        let [item, rest @ ..] = items else { return self.body(body) };
        let (base, outer) = (self.u.top, self.u.handler);
        let manager = self.operand(&item.context, &[]);
        self.u.top = base;
        let exit = self.u.alloc_window(3);
        let entered = if is_async {
            self.u.emit(Op::BeforeAsyncWith, exit, manager, 0, span);
            self.delegate_in_place(exit + 1, exit + 2, 1, span);
            exit + 2
        } else {
            self.u.emit(Op::BeforeWith, exit, manager, 0, span);
            exit + 1
        };
        let entry = self.u.bound;
        self.enter(BlockKind::With { exit, span, is_async }, outer, span);
        let handler = self.u.guard(base + 1);
        self.u.top = entered as usize + 1;
        match &item.target {
            Some(target) => self.store(target, entered),
            None => self.u.emit(Op::Clear, entered, 0, 0, span),
        }
        self.u.top = base + 1;
        self.with_stmt(rest, body, is_async, span);
        self.u.blocks.pop();
        self.u.handler = outer;
        let end = self.u.label();
        self.call_exit(exit, is_async, span);
        self.u.jump(end, span);
        self.with_handler(handler, entry, exit, is_async, end, span);
        self.u.place(end);
        self.u.top = base
    }

    /// The exception goes to the exit function, which may swallow it.
    fn with_handler(&mut self, handler: u32, entry: Option<Bound>, exit: Reg, is_async: bool, end: Label, span: Span) {
        let outer = self.u.handler;
        self.u.place_handler(handler, entry);
        let base = self.u.top;
        let clean_up = self.begin_handler(None, span);
        let answer = self.u.alloc();
        self.u.emit(Op::WithExcept, answer, exit, base as u8, span);
        if is_async {
            self.delegate(Op::GetAwaitable, answer as usize, answer, 2, span)
        }
        let swallowed = self.u.label();
        self.u.jump_if(Op::JumpIf, true, answer, 0, swallowed, span);
        self.u.top = base + 2;
        self.raise_again(base, clean_up, outer);
        self.u.place(swallowed);
        self.u.emit(Op::PopExc, base as u8, base as u8 + 1, 0, span);
        self.u.emit(Op::Clear, exit, 0, 0, span);
        self.u.jump(end, span)
    }

    /// Awaits R[iter], whose value then stands in R[value].
    fn delegate_in_place(&mut self, iter: Reg, value: Reg, place: u8, span: Span) {
        self.u.emit(Op::GetAwaitable, iter, iter, place, span);
        self.load_const(Const::None, Some(value), span);
        self.u.emit(Op::YieldFrom, iter, value, 0, span)
    }

    /// Calls the exit function in R[exit], the topmost temp, without an exception.
    fn call_exit(&mut self, exit: Reg, is_async: bool, span: Span) {
        self.u.top = exit as usize + 1;
        for _ in 0..3 {
            self.load_const(Const::None, None, span);
        }
        self.u.emit(Op::Call, exit, 3, 0, span);
        self.u.top = exit as usize + 1;
        if is_async {
            self.delegate(Op::GetAwaitable, exit as usize, exit, 2, span)
        }
        self.drop_temp(exit, span)
    }

    /// `call_exit` from inside of the block, where other temps may stand above the exit function.
    pub fn exit_from_inside(&mut self, exit: Reg, is_async: bool, span: Span) {
        let window = self.u.alloc();
        self.u.emit(Op::Move, window, exit, 0, span);
        self.call_exit(window, is_async, span)
    }
}
