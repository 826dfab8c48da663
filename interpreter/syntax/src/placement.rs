//! The errors of CPython's code generator: things in a place where they mean nothing.
//!
//! In: a tree that the symbol table has passed, and which functions are generators. Out: the first error. A `Frame` is the
//! code object being made, `blocks` what surrounds a statement within it. The one invariant: expressions are met in the order
//! in which CPython compiles them.

use crate::ast::*;
use crate::checks::Future;
use crate::error::{ErrorKind, SyntaxError};
use crate::match_checks;
use crate::source::{Source, Span};
use crate::symtable::Generators;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function,
    AsyncFunction,
    Lambda,
    Comprehension,
}

impl Kind {
    fn is_function(self) -> bool {
        !matches!(self, Kind::Module | Kind::Class)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Loop,
    /// The body of an `except*`.
    Group,
}

struct Frame {
    kind: Kind,
    is_generator: bool,
    blocks: Vec<Block>,
}

struct Placement<'s> {
    source: &'s Source,
    future: Future,
    generators: &'s Generators,
    frame: Frame,
    error: Option<SyntaxError>,
}

pub fn check(body: &[Stmt], source: &Source, future: Future, generators: &Generators) -> Result<(), SyntaxError> {
    let mut placement = Placement::new(source, future, generators);
    placement.stmts(body);
    placement.error.map_or(Ok(()), Err)
}

pub fn check_expression(expr: &Expr, source: &Source, generators: &Generators) -> Result<(), SyntaxError> {
    let mut placement = Placement::new(source, Future::default(), generators);
    placement.expr(expr);
    placement.error.map_or(Ok(()), Err)
}

impl<'s> Placement<'s> {
    fn new(source: &'s Source, future: Future, generators: &'s Generators) -> Placement<'s> {
        let frame = Frame { kind: Kind::Module, is_generator: false, blocks: Vec::new() };
        Placement { source, future, generators, frame, error: None }
    }

    #[cold]
    fn fail(&mut self, message: impl Into<String>, span: Span) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(ErrorKind::Syntax, message, span, self.source));
        }
    }

    /// Runs `inside` in a frame of its own.
    fn within(&mut self, kind: Kind, start: u32, inside: impl FnOnce(&mut Self)) {
        let frame = Frame { kind, is_generator: self.generators.contains(&start), blocks: Vec::new() };
        let outer = std::mem::replace(&mut self.frame, frame);
        inside(self);
        self.frame = outer;
    }

    fn in_block(&mut self, block: Block, body: &[Stmt]) {
        self.frame.blocks.push(block);
        self.stmts(body);
        self.frame.blocks.pop();
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs<'a>(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        exprs.into_iter().for_each(|e| self.expr(e));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::FunctionDef(function) => self.function(function, span),
            StmtKind::ClassDef(class) => self.class(class, span),
            StmtKind::Return(value) => self.return_stmt(value.as_ref(), span),
            StmtKind::Delete(targets) => targets.iter().for_each(|e| self.deleted(e)),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|e| self.target(e));
            }
            StmtKind::AugAssign { target, value, .. } => {
                target.kind.each_child(&mut |e| self.expr(e));
                self.expr(value);
                if let ExprKind::Name(name) = &target.kind {
                    self.assigned(name, target.span);
                }
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => self.annotated(target, annotation, value, span),
            StmtKind::For { target, iter, body, orelse, is_async } => {
                if *is_async && self.frame.kind != Kind::AsyncFunction {
                    self.fail("'async for' outside async function", span);
                }
                self.expr(iter);
                self.target(target);
                self.in_block(Block::Loop, body);
                self.stmts(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.in_block(Block::Loop, body);
                self.stmts(orelse);
            }
            StmtKind::If { .. } => self.if_chain(stmt),
            StmtKind::With { items, body, is_async } => {
                if *is_async && self.frame.kind != Kind::AsyncFunction {
                    self.fail("'async with' outside async function", span);
                }
                for item in items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|e| self.target(e));
                }
                self.stmts(body);
            }
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Raise { exc, cause } => self.exprs(exc.iter().chain(cause)),
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.default_handler_last(handlers);
                self.stmts(body);
                handlers.iter().for_each(|handler| self.handler(handler, *is_star));
                self.stmts(orelse);
                self.stmts(finalbody);
            }
            StmtKind::Assert { test, msg } => self.exprs(std::iter::once(test).chain(msg)),
            StmtKind::Import(names) => self.import(names, span),
            StmtKind::ImportFrom { module, names, level } => {
                if *level == 0 && module.as_deref() == Some("__future__") && span.start >= self.future.end {
                    self.fail("from __future__ imports must occur at the beginning of the file", span);
                }
                self.import(names, span);
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Break => self.leave_loop("'break' outside loop", span),
            StmtKind::Continue => self.leave_loop("'continue' not properly in loop", span),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => {}
        }
    }

    /// A chain of `elif`s is walked in a loop: it may be thousands long.
    fn if_chain(&mut self, mut stmt: &Stmt) {
        while let StmtKind::If { test, body, orelse } = &stmt.kind {
            self.expr(test);
            self.stmts(body);
            match orelse.as_slice() {
                [elif @ Stmt { kind: StmtKind::If { .. }, .. }] => stmt = elif,
                _ => return self.stmts(orelse),
            }
        }
    }

    fn function(&mut self, function: &FunctionDef, span: Span) {
        self.exprs(&function.decorators);
        self.params(&function.args, span);
        for annotation in function.args.all_annotations().chain(&function.returns) {
            self.annotation(annotation);
        }
        let kind = if function.is_async { Kind::AsyncFunction } else { Kind::Function };
        self.assigned(&function.name, span);
        self.within(kind, span.start, |inner| inner.stmts(&function.body));
    }

    fn params(&mut self, args: &Arguments, span: Span) {
        args.all().for_each(|arg| self.assigned(&arg.name, span));
        args.each_default(&mut |e| self.expr(e));
    }

    /// `*args: *Ts` is the one starred annotation; annotations that are never evaluated are not compiled.
    fn annotation(&mut self, annotation: &Expr) {
        if self.future.annotations {
            return;
        }
        match &annotation.kind {
            ExprKind::Starred(value) => self.expr(value),
            _ => self.expr(annotation),
        }
    }

    fn class(&mut self, class: &ClassDef, span: Span) {
        self.exprs(&class.decorators);
        self.assigned(&class.name, span);
        self.within(Kind::Class, span.start, |inner| inner.stmts(&class.body));
        self.keywords(&class.keywords, span);
        self.elements(&class.bases);
        self.exprs(class.keywords.iter().map(|keyword| &keyword.value));
    }

    fn return_stmt(&mut self, value: Option<&Expr>, span: Span) {
        if !self.frame.kind.is_function() {
            self.fail("'return' outside function", span);
        } else if value.is_some() && self.frame.kind == Kind::AsyncFunction && self.frame.is_generator {
            self.fail("'return' with value in async generator", span);
        }
        self.exprs(value);
        if self.frame.blocks.contains(&Block::Group) {
            self.fail("'break', 'continue' and 'return' cannot appear in an except* block", span);
        }
    }

    fn leave_loop(&mut self, outside: &str, span: Span) {
        match self.frame.blocks.last() {
            Some(Block::Loop) => {}
            Some(Block::Group) => self.fail("'break', 'continue' and 'return' cannot appear in an except* block", span),
            None => self.fail(outside, span),
        }
    }

    fn annotated(&mut self, target: &Expr, annotation: &Expr, value: &Option<Expr>, span: Span) {
        if let Some(value) = value {
            self.expr(value);
            self.target(target);
        }
        match &target.kind {
            ExprKind::Name(name) => self.assigned(name, span),
            ExprKind::Attribute { attr, .. } => self.assigned(attr, span),
            _ => {}
        }
        if value.is_none() {
            target.kind.each_child(&mut |e| self.expr(e));
        }
        self.annotation(annotation);
    }

    fn default_handler_last(&mut self, handlers: &[ExceptHandler]) {
        let [earlier @ .., _] = handlers else { return };
        if let Some(handler) = earlier.iter().find(|handler| handler.ty.is_none()) {
            self.fail("default 'except:' must be last", handler.span);
        }
    }

    fn handler(&mut self, handler: &ExceptHandler, is_star: bool) {
        self.exprs(&handler.ty);
        handler.name.iter().for_each(|name| self.assigned(name, handler.span));
        if is_star { self.in_block(Block::Group, &handler.body) } else { self.stmts(&handler.body) }
    }

    fn import(&mut self, names: &[Alias], span: Span) {
        for alias in names {
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.assigned(name, span);
        }
    }

    fn match_stmt(&mut self, subject: &Expr, cases: &[MatchCase]) {
        self.element(subject);
        for (i, case) in cases.iter().enumerate() {
            let last = i + 1 == cases.len();
            if let Err((message, span)) = match_checks::pattern(&case.pattern, case.guard.is_some() || last) {
                self.fail(message, span);
            }
            self.exprs(&case.guard);
            self.stmts(&case.body);
        }
    }

    /// `__debug__` is a constant.
    fn assigned(&mut self, name: &str, span: Span) {
        if name == "__debug__" {
            self.fail("cannot assign to __debug__", span);
        }
    }

    fn deleted(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) if &**name == "__debug__" => self.fail("cannot delete __debug__", e.span),
            ExprKind::Tuple(elts) | ExprKind::List(elts) => elts.iter().for_each(|e| self.deleted(e)),
            kind => kind.each_child(&mut |e| self.expr(e)),
        }
    }

    fn target(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Starred(_) => self.fail("starred assignment target must be in a list or tuple", e.span),
            ExprKind::Tuple(elts) | ExprKind::List(elts) => self.unpacked(elts, e.span),
            ExprKind::Name(name) => self.assigned(name, e.span),
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value);
                self.assigned(attr, e.span);
            }
            kind => kind.each_child(&mut |e| self.expr(e)),
        }
    }

    fn unpacked(&mut self, elts: &[Expr], span: Span) {
        let starred = |e: &Expr| matches!(e.kind, ExprKind::Starred(_));
        if elts.iter().filter(|e| starred(e)).count() > 1 {
            self.fail("multiple starred expressions in assignment", span);
        }
        match elts.iter().position(starred) {
            Some(at) if at >= 1 << 8 || elts.len() - at > 1 << 23 => {
                self.fail("too many expressions in star-unpacking assignment", span);
            }
            _ => {}
        }
        for e in elts {
            match &e.kind {
                ExprKind::Starred(value) => self.target(value),
                _ => self.target(e),
            }
        }
    }

    /// What stands in a list, a tuple, a set or a call may be starred.
    fn element(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Starred(value) => self.expr(value),
            _ => self.expr(e),
        }
    }

    fn elements(&mut self, elts: &[Expr]) {
        elts.iter().for_each(|e| self.element(e));
    }

    fn keywords(&mut self, keywords: &[Keyword], span: Span) {
        for (i, keyword) in keywords.iter().enumerate() {
            let Some(name) = &keyword.arg else { continue };
            self.assigned(name, span);
            if let Some(other) = keywords[i + 1..].iter().find(|other| other.arg.as_ref() == Some(name)) {
                self.fail(format!("keyword argument repeated: {name}"), other.span);
            }
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Starred(_) => self.fail("can't use starred expression here", e.span),
            ExprKind::List(elts) | ExprKind::Tuple(elts) | ExprKind::Set(elts) => self.elements(elts),
            ExprKind::NamedExpr { target, value } => {
                self.expr(value);
                self.target(target);
            }
            ExprKind::Lambda { args, body } => {
                self.params(args, e.span);
                self.within(Kind::Lambda, e.span.start, |inner| inner.expr(body));
            }
            ExprKind::Call { func, args, keywords } => {
                self.keywords(keywords, e.span);
                self.expr(func);
                self.elements(args);
                self.exprs(keywords.iter().map(|keyword| &keyword.value));
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => self.yielded(e),
            ExprKind::Await(value) => {
                self.awaited(e.span);
                self.expr(value);
            }
            ExprKind::ListComp { generators, .. }
            | ExprKind::SetComp { generators, .. }
            | ExprKind::DictComp { generators, .. } => {
                self.comprehension(e, generators, false);
            }
            ExprKind::GeneratorExp { generators, .. } => self.comprehension(e, generators, true),
            kind => kind.each_child(&mut |e| self.expr(e)),
        }
    }

    fn yielded(&mut self, e: &Expr) {
        if !self.frame.kind.is_function() {
            self.fail("'yield' outside function", e.span);
        } else if matches!(e.kind, ExprKind::YieldFrom(_)) && self.frame.kind == Kind::AsyncFunction {
            self.fail("'yield from' inside async function", e.span);
        }
        e.kind.each_child(&mut |e| self.expr(e));
    }

    fn awaited(&mut self, span: Span) {
        if !self.frame.kind.is_function() {
            self.fail("'await' outside function", span);
        } else if !matches!(self.frame.kind, Kind::AsyncFunction | Kind::Comprehension) {
            self.fail("'await' outside async function", span);
        }
    }

    /// All but generators need an async function around them if something in them is asynchronous.
    fn comprehension(&mut self, e: &Expr, generators: &[Comprehension], lazy: bool) {
        let Some((first, rest)) = generators.split_first() else { return };
        if !lazy && !matches!(self.frame.kind, Kind::AsyncFunction | Kind::Comprehension) && is_asynchronous(e) {
            self.fail("asynchronous comprehension outside of an asynchronous function", e.span);
        }
        self.within(Kind::Comprehension, e.span.start, |inner| {
            inner.target(&first.target);
            inner.exprs(&first.ifs);
            for generator in rest {
                inner.expr(&generator.iter);
                inner.target(&generator.target);
                inner.exprs(&generator.ifs);
            }
            match &e.kind {
                ExprKind::DictComp { key, value, .. } => inner.exprs([&**key, value]),
                ExprKind::ListComp { elt, .. } | ExprKind::SetComp { elt, .. } | ExprKind::GeneratorExp { elt, .. } => {
                    inner.expr(elt)
                }
                _ => {}
            }
        });
        self.expr(&first.iter);
    }
}

/// Whether a comprehension awaits something, leaving aside its first iterable, which is evaluated outside of it.
fn is_asynchronous(e: &Expr) -> bool {
    let (generators, first) = match &e.kind {
        ExprKind::ListComp { generators, .. }
        | ExprKind::SetComp { generators, .. }
        | ExprKind::DictComp { generators, .. }
        | ExprKind::GeneratorExp { generators, .. } => (generators, &generators[0].iter),
        _ => return false,
    };
    let mut found = generators.iter().any(|generator| generator.is_async);
    e.kind.each_child(&mut |child| found = found || !std::ptr::eq(child, first) && awaits(child));
    found
}

fn awaits(e: &Expr) -> bool {
    let mut found = match &e.kind {
        ExprKind::Await(_) => true,
        ExprKind::Lambda { .. } => return false,
        ExprKind::GeneratorExp { generators, .. } => return awaits(&generators[0].iter),
        ExprKind::ListComp { generators, .. }
        | ExprKind::SetComp { generators, .. }
        | ExprKind::DictComp { generators, .. } => {
            return is_asynchronous(e) || awaits(&generators[0].iter);
        }
        _ => false,
    };
    e.kind.each_child(&mut |child| found = found || awaits(child));
    found
}
