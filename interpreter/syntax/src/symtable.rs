//! The errors of CPython's symbol table: names used in ways that contradict each other.
//!
//! In: a tree. Out: the functions that are generators, or the first error. A scope keeps for each name how it was met so far;
//! `global` and `nonlocal` look at what came before them, and after the walk every `nonlocal` must find a binding. The one
//! invariant: names are met in the order in which CPython's `symtable.c` visits them, since that decides what came before.

use crate::ast::*;
use crate::checks::Future;
use crate::error::{ErrorKind, SyntaxError};
use crate::source::{Source, Span};
use rustc_hash::{FxHashMap, FxHashSet};

const USE: u8 = 1;
const LOCAL: u8 = 2;
const PARAM: u8 = 4;
const GLOBAL: u8 = 8;
const NONLOCAL: u8 = 16;
const ANNOTATED: u8 = 32;
const IMPORT: u8 = 64;
const ITERATION: u8 = 128;

/// Where the functions begin that contain a `yield`.
pub type Generators = FxHashSet<u32>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function,
    /// With what CPython calls it.
    Comprehension(&'static str),
    /// An annotation that is never evaluated.
    Annotation,
}

struct Scope {
    kind: Kind,
    parent: Option<usize>,
    start: u32,
    symbols: FxHashMap<Ident, u8>,
    /// The `nonlocal` and `global` declarations, in order.
    directives: Vec<(Ident, Span)>,
    /// Within a comprehension's target, and how deep within its iterables.
    in_target: bool,
    in_iterable: u32,
}

struct Symtable<'s> {
    source: &'s Source,
    future: Future,
    scopes: Vec<Scope>,
    current: usize,
    generators: Generators,
    error: Option<SyntaxError>,
}

pub fn check(body: &[Stmt], source: &Source, future: Future) -> Result<Generators, SyntaxError> {
    let mut table = Symtable::new(source, future);
    table.stmts(body);
    table.finish()
}

pub fn check_expression(expr: &Expr, source: &Source) -> Result<Generators, SyntaxError> {
    let mut table = Symtable::new(source, Future::default());
    table.expr(expr);
    table.finish()
}

impl<'s> Symtable<'s> {
    fn new(source: &'s Source, future: Future) -> Symtable<'s> {
        let mut table =
            Symtable { source, future, scopes: Vec::new(), current: 0, generators: Generators::default(), error: None };
        table.push(Kind::Module, 0);
        table
    }

    fn finish(mut self) -> Result<Generators, SyntaxError> {
        if self.error.is_none() {
            self.resolve();
        }
        self.error.map_or(Ok(self.generators), Err)
    }

    #[cold]
    fn fail(&mut self, message: impl Into<String>, span: Span) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(ErrorKind::Syntax, message, span, self.source));
        }
    }

    fn push(&mut self, kind: Kind, start: u32) -> usize {
        let outer = self.current;
        let parent = (!self.scopes.is_empty()).then_some(outer);
        let in_iterable = parent.map_or(0, |parent| self.scopes[parent].in_iterable);
        let scope = Scope {
            kind,
            parent,
            start,
            symbols: FxHashMap::default(),
            directives: Vec::new(),
            in_target: false,
            in_iterable,
        };
        self.current = self.scopes.len();
        self.scopes.push(scope);
        outer
    }

    fn scope(&mut self) -> &mut Scope {
        &mut self.scopes[self.current]
    }

    fn met(&self, name: &Ident) -> u8 {
        self.scopes[self.current].symbols.get(name).copied().unwrap_or(0)
    }

    fn add(&mut self, name: &Ident, flag: u8, span: Span) {
        let before = self.met(name);
        if flag & before & PARAM != 0 {
            self.fail(format!("duplicate argument '{name}' in function definition"), span);
        }
        let mut flag = flag;
        if self.scope().in_target && flag == LOCAL {
            if before & (GLOBAL | NONLOCAL) != 0 {
                self.fail(
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'"),
                    span,
                );
            }
            flag |= ITERATION;
        }
        match self.scope().symbols.get_mut(name) {
            Some(flags) => *flags |= flag,
            None => drop(self.scope().symbols.insert(name.clone(), flag)),
        }
    }

    /// Every `nonlocal` needs a binding in an enclosing function, and cannot be `global` as well.
    fn resolve(&mut self) {
        for index in 0..self.scopes.len() {
            for (name, span) in std::mem::take(&mut self.scopes[index].directives) {
                let flags = self.scopes[index].symbols.get(&name).copied().unwrap_or(0);
                if flags & NONLOCAL == 0 {
                    continue;
                }
                if flags & GLOBAL != 0 {
                    self.fail(format!("name '{name}' is nonlocal and global"), span);
                } else if self.scopes[index].kind == Kind::Module {
                    self.fail("nonlocal declaration not allowed at module level", span);
                } else if !self.is_bound_around(index, &name) {
                    self.fail(format!("no binding for nonlocal '{name}' found"), span);
                }
            }
        }
    }

    fn is_bound_around(&self, index: usize, name: &Ident) -> bool {
        let mut outer = self.scopes[index].parent;
        while let Some(index) = outer {
            let scope = &self.scopes[index];
            let flags = scope.symbols.get(name).copied().unwrap_or(0);
            if scope.kind == Kind::Class && &**name == "__class__" {
                return true;
            }
            let function = matches!(scope.kind, Kind::Function | Kind::Comprehension(_));
            if function && flags & GLOBAL != 0 {
                return false;
            }
            if function && flags & NONLOCAL == 0 && flags & (LOCAL | PARAM | IMPORT) != 0 {
                return true;
            }
            outer = scope.parent;
        }
        false
    }

    fn stmts(&mut self, stmts: &[Stmt]) {
        stmts.iter().for_each(|stmt| self.stmt(stmt));
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::FunctionDef(function) => self.function(function, stmt.span),
            StmtKind::ClassDef(class) => self.class(class, stmt.span),
            StmtKind::Return(value) => value.iter().for_each(|e| self.expr(e)),
            StmtKind::Delete(targets) => targets.iter().for_each(|e| self.target(e)),
            StmtKind::Assign { targets, value } => {
                targets.iter().for_each(|e| self.target(e));
                self.expr(value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated(target, *simple, value.is_some(), stmt.span);
                self.annotation(annotation);
                value.iter().for_each(|e| self.expr(e));
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.target(target);
                self.expr(iter);
                self.stmts(body);
                self.stmts(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.stmts(body);
                self.stmts(orelse);
            }
            StmtKind::If { .. } => self.if_chain(stmt),
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|e| self.target(e));
                }
                self.stmts(body);
            }
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Raise { exc, cause } => exc.iter().chain(cause).for_each(|e| self.expr(e)),
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.stmts(body);
                self.stmts(orelse);
                handlers.iter().for_each(|handler| self.handler(handler));
                self.stmts(finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                msg.iter().for_each(|e| self.expr(e));
            }
            StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
                names.iter().for_each(|alias| self.alias(alias))
            }
            StmtKind::Global(names) => names.iter().for_each(|name| self.declare(name, GLOBAL, "global", stmt.span)),
            StmtKind::Nonlocal(names) => {
                names.iter().for_each(|name| self.declare(name, NONLOCAL, "nonlocal", stmt.span))
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
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
        self.add(&function.name, LOCAL, span);
        self.exprs(&function.args.defaults);
        function.args.kw_defaults.iter().flatten().for_each(|e| self.expr(e));
        function.args.all_annotations().chain(&function.returns).for_each(|e| self.annotation(e));
        self.exprs(&function.decorators);
        let outer = self.push(Kind::Function, span.start);
        self.params(&function.args);
        self.stmts(&function.body);
        self.current = outer;
    }

    fn params(&mut self, args: &Arguments) {
        args.all().for_each(|arg| self.add(&arg.name, PARAM, arg.span));
    }

    fn class(&mut self, class: &ClassDef, span: Span) {
        self.add(&class.name, LOCAL, span);
        self.exprs(&class.bases);
        class.keywords.iter().for_each(|keyword| self.expr(&keyword.value));
        self.exprs(&class.decorators);
        let outer = self.push(Kind::Class, span.start);
        self.stmts(&class.body);
        self.current = outer;
    }

    fn annotated(&mut self, target: &Expr, simple: bool, has_value: bool, span: Span) {
        let ExprKind::Name(name) = &target.kind else { return self.target(target) };
        let met = self.met(name);
        if simple && met & (GLOBAL | NONLOCAL) != 0 && self.scope().kind != Kind::Module {
            let what = if met & GLOBAL != 0 { "global" } else { "nonlocal" };
            self.fail(format!("annotated name '{name}' can't be {what}"), span);
        }
        if simple {
            self.add(name, ANNOTATED | LOCAL, target.span);
        } else if has_value {
            self.add(name, LOCAL, target.span);
        }
    }

    fn annotation(&mut self, annotation: &Expr) {
        if !self.future.annotations {
            return self.expr(annotation);
        }
        let outer = self.push(Kind::Annotation, annotation.span.start);
        self.expr(annotation);
        self.current = outer;
    }

    fn alias(&mut self, alias: &Alias) {
        if &*alias.name == "*" {
            if self.scope().kind != Kind::Module {
                self.fail("import * only allowed at module level", alias.span);
            }
            return;
        }
        match (&alias.asname, alias.name.split_once('.')) {
            (Some(name), _) => self.add(name, IMPORT, alias.span),
            (None, Some((first, _))) => self.add(&first.into(), IMPORT, alias.span),
            (None, None) => self.add(&alias.name, IMPORT, alias.span),
        }
    }

    /// `global` or `nonlocal`: the name must not have been met in another role.
    fn declare(&mut self, name: &Ident, flag: u8, word: &str, span: Span) {
        let met = self.met(name);
        if met & PARAM != 0 {
            self.fail(format!("name '{name}' is parameter and {word}"), span);
        } else if met & USE != 0 {
            self.fail(format!("name '{name}' is used prior to {word} declaration"), span);
        } else if met & ANNOTATED != 0 {
            self.fail(format!("annotated name '{name}' can't be {word}"), span);
        } else if met & LOCAL != 0 {
            self.fail(format!("name '{name}' is assigned to before {word} declaration"), span);
        }
        self.add(name, flag, span);
        self.scope().directives.push((name.clone(), span));
    }

    fn handler(&mut self, handler: &ExceptHandler) {
        handler.ty.iter().for_each(|e| self.expr(e));
        handler.name.iter().for_each(|name| self.add(name, LOCAL, handler.span));
        self.stmts(&handler.body);
    }

    fn match_stmt(&mut self, subject: &Expr, cases: &[MatchCase]) {
        self.expr(subject);
        for case in cases {
            self.pattern(&case.pattern);
            case.guard.iter().for_each(|e| self.expr(e));
            self.stmts(&case.body);
        }
    }

    fn pattern(&mut self, pattern: &Pattern) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Value(e) => self.expr(e),
            PatternKind::Singleton(_) => {}
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                patterns.iter().for_each(|p| self.pattern(p))
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                self.exprs(keys);
                patterns.iter().for_each(|p| self.pattern(p));
                rest.iter().for_each(|name| self.add(name, LOCAL, span));
            }
            PatternKind::Class { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls);
                patterns.iter().chain(kwd_patterns).for_each(|p| self.pattern(p));
            }
            PatternKind::Star(name) => name.iter().for_each(|name| self.add(name, LOCAL, span)),
            PatternKind::As { pattern, name } => {
                pattern.iter().for_each(|p| self.pattern(p));
                name.iter().for_each(|name| self.add(name, LOCAL, span));
            }
        }
    }

    /// An expression that is assigned to.
    fn target(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.add(name, LOCAL, e.span),
            ExprKind::Tuple(elts) | ExprKind::List(elts) => elts.iter().for_each(|e| self.target(e)),
            ExprKind::Starred(value) => self.target(value),
            _ => self.expr(e),
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.add(name, USE, e.span),
            ExprKind::NamedExpr { target, value } => self.named(e, target, value),
            ExprKind::Lambda { args, body } => {
                args.each_default(&mut |e| self.expr(e));
                let outer = self.push(Kind::Function, e.span.start);
                self.params(args);
                self.expr(body);
                self.current = outer;
            }
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => {
                self.not_in_annotation("yield expression", e.span);
                e.kind.each_child(&mut |e| self.expr(e));
                self.yields(e.span);
            }
            ExprKind::Await(value) => {
                self.not_in_annotation("await expression", e.span);
                self.expr(value);
            }
            ExprKind::ListComp { elt, generators } => self.comprehension("list comprehension", e, generators, &[elt]),
            ExprKind::SetComp { elt, generators } => self.comprehension("set comprehension", e, generators, &[elt]),
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("dict comprehension", e, generators, &[value, key])
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension("generator expression", e, generators, &[elt])
            }
            kind => kind.each_child(&mut |e| self.expr(e)),
        }
    }

    fn not_in_annotation(&mut self, what: &str, span: Span) {
        if self.scope().kind == Kind::Annotation {
            self.fail(format!("'{what}' can not be used within an annotation"), span);
        }
    }

    fn yields(&mut self, span: Span) {
        let scope = self.scope();
        let start = scope.start;
        if let Kind::Comprehension(what) = scope.kind {
            self.fail(format!("'yield' inside {what}"), span);
        }
        self.generators.insert(start);
    }

    fn comprehension(&mut self, what: &'static str, whole: &Expr, generators: &[Comprehension], results: &[&Expr]) {
        let Some((first, rest)) = generators.split_first() else { return };
        self.iterable(&first.iter);
        let outer = self.push(Kind::Comprehension(what), whole.span.start);
        self.loop_target(&first.target);
        self.exprs(&first.ifs);
        for generator in rest {
            self.loop_target(&generator.target);
            self.iterable(&generator.iter);
            self.exprs(&generator.ifs);
        }
        results.iter().for_each(|e| self.expr(e));
        self.current = outer;
    }

    fn iterable(&mut self, iter: &Expr) {
        self.scope().in_iterable += 1;
        self.expr(iter);
        self.scope().in_iterable -= 1;
    }

    fn loop_target(&mut self, target: &Expr) {
        self.scope().in_target = true;
        self.target(target);
        self.scope().in_target = false;
    }

    /// `target := value`, which in a comprehension binds in the function around it.
    fn named(&mut self, whole: &Expr, target: &Expr, value: &Expr) {
        self.not_in_annotation("named expression", whole.span);
        if self.scope().in_iterable > 0 {
            self.fail("assignment expression cannot be used in a comprehension iterable expression", whole.span);
        }
        if let (Kind::Comprehension(_), ExprKind::Name(name)) = (self.scope().kind, &target.kind) {
            self.bind_outside(name, target.span);
        }
        self.expr(value);
        self.target(target);
    }

    fn bind_outside(&mut self, name: &Ident, span: Span) {
        let mut index = self.current;
        while let Kind::Comprehension(_) = self.scopes[index].kind {
            if self.scopes[index].symbols.get(name).is_some_and(|flags| flags & ITERATION != 0) {
                self.fail(
                    format!("assignment expression cannot rebind comprehension iteration variable '{name}'"),
                    span,
                );
            }
            match self.scopes[index].parent {
                Some(parent) => index = parent,
                None => return,
            }
        }
        let (here, there) = match self.scopes[index].kind {
            Kind::Class => {
                self.fail("assignment expression within a comprehension cannot be used in a class body", span);
                return;
            }
            Kind::Module => (GLOBAL, GLOBAL),
            _ if self.scopes[index].symbols.get(name).is_some_and(|flags| flags & GLOBAL != 0) => (GLOBAL, LOCAL),
            _ => (NONLOCAL, LOCAL),
        };
        self.add(name, here, span);
        *self.scopes[index].symbols.entry(name.clone()).or_insert(0) |= there;
    }
}
