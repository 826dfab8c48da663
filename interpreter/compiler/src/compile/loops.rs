//! Loops: `for`, `while`, `async for`.
//!
//! In: the parts of a loop. Out: the body, then the test at the bottom, entered by a jump. The one invariant: the iterator
//! is a live temp from GET_ITER until the loop's exit: FOR_ITER drops it, and so does everything else that leaves.

use super::Compiler;
use super::unit::{BlockKind, Label, Reg};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Manner;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    pub fn for_stmt(&mut self, target: &'a Expr, iter: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt], span: Span) {
        let base = self.u.top;
        let iterable = self.items(iter);
        self.u.top = base;
        let it = self.u.alloc();
        self.u.emit(Op::GetIter, it, iterable, 0, span);
        let exit = self.u.label();
        self.for_loop(it, target, span, |c, next| {
            c.enter(BlockKind::Loop { exit, next, iter: Some(it) }, c.u.handler, span);
            c.body(body);
            c.u.blocks.pop();
        });
        self.u.top = base;
        self.body(orelse);
        self.u.place(exit)
    }

    /// Runs `body` for each item of the iterator; `body` gets the label that goes on to the next one.
    pub fn for_loop(&mut self, it: Reg, target: &'a Expr, span: Span, body: impl FnOnce(&mut Self, Label)) {
        let (next, first) = (self.u.label(), self.u.label());
        let base = self.u.top;
        self.u.jump(first, span);
        self.u.enter_body(first);
        let top = self.u.place_loop();
        let item = match self.plain_local(target) {
            Some(local) => {
                self.pass(target.span);
                self.set_bound(local);
                local
            }
            None => {
                let item = self.u.alloc();
                self.store(target, item);
                self.u.top = base;
                item
            }
        };
        body(self, next);
        self.u.place(next);
        self.pass_as(Manner::Again, span);
        self.u.place(first);
        self.u.emit_extra(Op::ForIter, it, item, 0, top.0, span)
    }

    pub fn while_stmt(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt], span: Span) {
        let exit = self.u.label();
        match self.symbols.constants.truth(test) {
            Some(false) => self.pass(test.span),
            Some(true) => {
                self.pass(test.span);
                let (top, next) = (self.u.place_loop(), self.u.label());
                self.enter(BlockKind::Loop { exit, next, iter: None }, self.u.handler, span);
                self.body(body);
                self.u.blocks.pop();
                self.u.place(next);
                self.pass(test.span);
                self.u.jump(top, span)
            }
            None => self.while_loop(test, body, exit, span),
        }
        self.body(orelse);
        self.u.place(exit)
    }

    fn while_loop(&mut self, test: &'a Expr, body: &'a [Stmt], exit: Label, span: Span) {
        let (next, first) = (self.u.label(), self.u.label());
        self.u.jump(first, span);
        self.u.enter_body(first);
        let top = self.u.place_loop();
        if self.has_walrus() {
            self.bind_conditions(test)
        }
        self.enter(BlockKind::Loop { exit, next, iter: None }, self.u.handler, span);
        self.body(body);
        self.u.blocks.pop();
        self.u.place(next);
        self.pass_as(Manner::Looped, span);
        self.u.place(first);
        self.jump_if(test, true, top, &mut span.clone())
    }

    pub fn async_for_stmt(
        &mut self,
        target: &'a Expr,
        iter: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
        span: Span,
    ) {
        let base = self.u.top;
        let iterable = self.operand(iter, &[]);
        self.u.top = base;
        let it = self.u.alloc();
        self.u.emit(Op::GetAiter, it, iterable, 0, span);
        let exit = self.u.label();
        self.async_for_loop(it, target, span, |c, next| {
            c.enter(BlockKind::Loop { exit, next, iter: Some(it) }, c.u.handler, span);
            c.body(body);
            c.u.blocks.pop();
        });
        self.u.top = base;
        self.body(orelse);
        self.u.place(exit)
    }

    /// As `for_loop`, for the asynchronous iterator `it`, which is the topmost temp or a local.
    pub fn async_for_loop(&mut self, it: Reg, target: &'a Expr, span: Span, body: impl FnOnce(&mut Self, Label)) {
        let base = self.u.top;
        let next = self.u.place_loop();
        let (outer, entry) = (self.u.handler, self.u.bound);
        let handler = self.u.guard(base);
        // the value, then what is awaited for it
        let (item, awaited) = (self.u.alloc(), self.u.alloc());
        self.u.emit(Op::GetAnext, awaited, it, 0, span);
        self.load_const(crate::bytecode::proto::Const::None, Some(item), span);
        self.u.emit(Op::YieldFrom, awaited, item, 0, span);
        self.u.handler = outer;
        self.u.top = base + 1;
        self.store(target, item);
        self.u.top = base;
        body(self, next);
        self.u.jump(next, span);
        self.u.place_handler(handler, entry);
        self.u.emit(Op::EndAsyncFor, base as u8, it, 0, span)
    }
}
