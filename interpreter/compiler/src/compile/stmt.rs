//! Statements.
//!
//! In: statements in order. Out: instructions. The one invariant: between two statements the only live temps are those of
//! the enclosing loops, handlers and `with`s, which `blocks` lists.

use super::Compiler;
use super::scope::Kind;
use super::unit::{Block, BlockKind, Reg};
use super::{MAX_BLOCKS, Mode};
use crate::bytecode::op::Op;
use crate::bytecode::proto::Const;
use toy_syntax::ast::*;
use toy_syntax::source::Span;

impl<'a> Compiler<'a> {
    /// Statements as far as a path leads to them.
    pub fn body(&mut self, body: &'a [Stmt]) {
        for s in body {
            if !self.u.reachable() {
                break;
            }
            self.stmt(s)
        }
    }

    fn stmt(&mut self, s: &'a Stmt) {
        let top = self.u.top;
        let floor = std::mem::replace(&mut self.u.floor, top);
        let statement = std::mem::replace(&mut self.u.statement, top);
        let span = s.span;
        match &s.kind {
            StmtKind::FunctionDef(def) => self.function_def(def, span),
            StmtKind::ClassDef(def) => self.class_def(def, span),
            StmtKind::Return(value) => self.return_stmt(value.as_ref(), span),
            StmtKind::Delete(targets) => targets.iter().for_each(|t| self.delete(t)),
            StmtKind::Assign { targets, value } => self.assign(targets, value, span),
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value, span),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(target, annotation, value.as_ref(), *simple, span)
            }
            StmtKind::For { target, iter, body, orelse, is_async: false } => {
                self.for_stmt(target, iter, body, orelse, span)
            }
            StmtKind::For { target, iter, body, orelse, is_async: true } => {
                self.async_for_stmt(target, iter, body, orelse, span)
            }
            StmtKind::While { test, body, orelse } => self.while_stmt(test, body, orelse, span),
            StmtKind::If { .. } => self.if_stmt(s),
            StmtKind::With { items, body, is_async } => self.with_stmt(items, body, *is_async, span),
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases, span),
            StmtKind::Raise { exc, cause } => self.raise(exc.as_ref(), cause.as_ref(), span),
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.try_stmt(body, handlers, orelse, finalbody, *is_star, span)
            }
            StmtKind::Assert { test, msg } => self.assert(test, msg.as_ref(), span),
            StmtKind::Import(names) => names.iter().for_each(|alias| self.import(alias, span)),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(module.as_deref().unwrap_or_default(), names, *level, span)
            }
            StmtKind::Expr(value) => self.expr_stmt(value, span),
            StmtKind::Break => self.leave_loop(true, span),
            StmtKind::Continue => self.leave_loop(false, span),
            StmtKind::Pass => self.pass(span),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
        }
        debug_assert!(self.u.top == top, "{:?} leaves temps", s.kind);
        self.u.floor = floor;
        self.u.statement = statement
    }

    /// Whether values of expression statements are shown: in the body of what a REPL compiles.
    pub fn displays(&self) -> bool {
        self.mode == Mode::Single && self.scope().kind == Kind::Module
    }

    fn expr_stmt(&mut self, value: &'a Expr, span: Span) {
        if self.displays() {
            let base = self.u.top;
            let v = self.operand(value, &[]);
            self.u.emit(Op::PrintExpr, v, 0, 0, span);
            self.u.top = base
        } else {
            self.discard(value)
        }
    }

    fn if_stmt(&mut self, mut s: &'a Stmt) {
        let end = self.u.label();
        while let StmtKind::If { test, body, orelse } = &s.kind {
            let next = if orelse.is_empty() { end } else { self.u.label() };
            self.jump_if(test, false, next, &mut s.span.clone());
            self.body(body);
            if orelse.is_empty() {
                break;
            }
            self.u.jump(end, s.span);
            self.u.place(next);
            match &orelse[..] {
                [elif @ Stmt { kind: StmtKind::If { .. }, .. }] => s = elif,
                _ => {
                    self.body(orelse);
                    break;
                }
            }
        }
        self.u.place(end)
    }

    /// A failing comparison is what is underlined, as in CPython.
    fn assert(&mut self, test: &'a Expr, msg: Option<&'a Expr>, mut span: Span) {
        if self.optimize > 0 {
            return;
        }
        let end = self.u.label();
        self.jump_if(test, true, end, &mut span);
        if self.u.reachable() {
            let base = self.u.alloc();
            self.u.emit(Op::LoadAssertionError, base, 0, 0, span);
            if let Some(msg) = msg {
                self.push(msg);
                self.u.emit(Op::Call, base, 1, 0, span);
            }
            self.u.emit_end(Op::Raise, 1, base, 0, span);
            self.u.top = base as usize
        }
        self.u.place(end)
    }

    fn raise(&mut self, exc: Option<&'a Expr>, cause: Option<&'a Expr>, span: Span) {
        let base = self.u.top;
        let cause_list: Vec<_> = cause.into_iter().collect();
        let exc = exc.map(|exc| self.operand(exc, &cause_list));
        let cause = cause.map(|cause| self.operand(cause, &[]));
        let count = exc.is_some() as u8 + cause.is_some() as u8;
        self.u.emit_end(Op::Raise, count, exc.unwrap_or(0), cause.unwrap_or(0), span);
        self.u.top = base
    }

    fn return_stmt(&mut self, value: Option<&'a Expr>, span: Span) {
        let base = self.u.top;
        let constant = value.map_or(Some(Const::None), |e| self.symbols.constants.get(e));
        if let Some(constant) = constant {
            value.iter().for_each(|value| self.pass(value.span));
            self.pass(span);
            let span = self.after_unwinding(span);
            self.unwind(0, None, span, |c| c.return_const(constant, span))
        } else if let Some(value) = value {
            let rebinds = |kind: &BlockKind| match kind {
                BlockKind::Finally(_) | BlockKind::Handler { name: Some(_), .. } => true,
                _ => false,
            };
            let stays = !self.u.blocks.iter().any(|block| rebinds(&block.kind));
            let v = if stays { self.operand(value, &[]) } else { self.push(value) };
            let value = Some(v).filter(|&v| self.u.is_temp(v));
            let last = self.after_unwinding(span);
            self.unwind(0, value, span, |c| c.u.emit_end(Op::Return, v, 0, 0, last))
        }
        self.u.top = base
    }

    /// Where a `return` stands that runs other code first: its line is not passed again.
    fn after_unwinding(&self, span: Span) -> Span {
        let is_silent = |kind: &BlockKind| matches!(kind, BlockKind::Loop { .. } | BlockKind::Try);
        if self.u.blocks.iter().all(|block| is_silent(&block.kind)) { span } else { Span::default() }
    }

    pub fn return_const(&mut self, constant: Const, span: Span) {
        if let Const::None = constant {
            return self.u.emit_end(Op::ReturnNone, 0, 0, 0, span);
        }
        let v = self.load_const(constant, None, span);
        self.u.emit_end(Op::Return, v, 0, 0, span);
        self.u.top -= 1
    }

    /// `break` or `continue`.
    fn leave_loop(&mut self, breaks: bool, span: Span) {
        let is_loop = |kind: &BlockKind| matches!(kind, BlockKind::Loop { .. });
        let Some(at) = self.u.blocks.iter().rposition(|block| is_loop(&block.kind)) else {
            let message = if breaks { "'break' outside loop" } else { "'continue' not properly in loop" };
            return self.fail(message, span);
        };
        let BlockKind::Loop { exit, next, iter } = self.u.blocks[at].kind else { return };
        self.pass(span);
        self.unwind(at + 1, None, span, |c| {
            if breaks {
                c.clear(iter, span)
            }
            c.u.jump(if breaks { exit } else { next }, span)
        })
    }

    fn clear(&mut self, r: Option<Reg>, span: Span) {
        if let Some(r) = r {
            self.u.emit(Op::Clear, r, 0, 0, span)
        }
    }

    /// Emits what leaving the blocks from `down_to` on does, the innermost first, and then `leave`. The blocks
    /// stay. `value` is a temp that a `return` holds meanwhile; a `finally` body that goes elsewhere drops it.
    fn unwind(&mut self, down_to: usize, value: Option<Reg>, span: Span, leave: impl FnOnce(&mut Self)) {
        let blocks = self.u.blocks.clone();
        let handler = self.u.handler;
        let top = self.u.top;
        while self.u.blocks.len() > down_to && self.u.reachable() {
            let Some(block) = self.u.blocks.pop() else { break };
            self.u.handler = block.handler;
            match block.kind {
                BlockKind::Loop { iter, .. } => self.clear(iter, span),
                BlockKind::Try => {}
                BlockKind::Finally(body) => {
                    let held = value.map(|r| Block { kind: BlockKind::Value(r), handler: block.handler });
                    self.u.blocks.extend(held);
                    self.body(body);
                    self.u.blocks.truncate(self.u.blocks.len() - held.is_some() as usize)
                }
                BlockKind::Value(r) => self.clear(Some(r), span),
                BlockKind::Handler { exception, name } => {
                    if let Some(name) = name {
                        self.unbind(name, Span::default())
                    }
                    self.u.emit(Op::PopExc, exception, exception + 1, 0, span)
                }
                BlockKind::With { exit, span: with, is_async } => self.exit_from_inside(exit, is_async, with),
            }
            self.u.top = top
        }
        leave(self);
        self.u.blocks = blocks;
        self.u.handler = handler
    }

    /// Counts one more block, as CPython does.
    pub fn enter(&mut self, kind: BlockKind<'a>, handler: Option<u32>, span: Span) {
        if self.u.blocks.len() >= MAX_BLOCKS {
            self.fail("too many statically nested blocks", span)
        }
        self.u.blocks.push(Block { kind, handler })
    }

    fn import(&mut self, alias: &'a Alias, span: Span) {
        let base = self.u.top;
        let module = self.import_name(&alias.name, Const::None, 0, span);
        let mut parts = alias.name.split('.');
        let first: Ident = parts.next().unwrap_or_default().into();
        match &alias.asname {
            None => self.store_name(&first, module, span),
            Some(name) => {
                for part in parts {
                    let next = self.u.at_top();
                    self.u.emit_site(Op::ImportFrom, next, module, 0, part.into(), span);
                    self.u.emit(Op::Clear, module, 0, 0, span);
                    self.u.emit(Op::Move, module, next, 0, span);
                }
                self.store_name(name, module, span)
            }
        }
        self.u.top = base
    }

    fn import_from(&mut self, module: &'a str, names: &'a [Alias], level: u32, span: Span) {
        let base = self.u.top;
        let list = names.iter().map(|alias| Const::Str(alias.name.clone())).collect();
        let module = self.import_name(module, Const::Tuple(list), level, span);
        match names {
            [only] if &*only.name == "*" => self.u.emit(Op::ImportStar, module, 0, 0, span),
            _ => {
                for alias in names {
                    self.import_one(module, alias, span)
                }
                self.u.emit(Op::Clear, module, 0, 0, span)
            }
        }
        self.u.top = base
    }

    fn import_one(&mut self, module: Reg, alias: &'a Alias, span: Span) {
        let item = self.u.alloc();
        self.u.emit_site(Op::ImportFrom, item, module, 0, alias.name.clone(), span);
        self.store_name(alias.asname.as_ref().unwrap_or(&alias.name), item, span);
        self.u.top = item as usize
    }

    fn import_name(&mut self, name: &str, list: Const, level: u32, span: Span) -> Reg {
        let list = self.load_const(list, None, span);
        let level = self.load_const(Const::Int(level.into()), None, span);
        let name = self.mangled(&name.into());
        self.u.emit_site(Op::ImportName, list, list, level, name, span);
        self.u.top -= 1;
        list
    }
}
