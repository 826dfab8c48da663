//! The symbol table: a walk over the tree that notes which scope mentions which name.
//!
//! In: the tree. Out: `Symbols`: the scopes with every name resolved, by the node that opens them, and the expressions that
//! are constants (`fold`, done in the same walk). The one invariant: it sees each expression in the scope that evaluates it
//! (decorators, defaults, base classes and the first iterable of a comprehension belong to the scope around).

use super::CompileError;
use super::fold::Constants;
use super::names::mangle;
use super::scope::{Kind, Scope, mention, resolve};
use super::visit::each_child;
use rustc_hash::FxHashMap;
use toy_syntax::ast::*;

/// What the walk found.
pub struct Symbols {
    pub scopes: Vec<Scope>,
    ids: FxHashMap<Node, usize>,
    pub constants: Constants,
}

/// A node that opens a scope. It is known by its address, which is stable: the tree is borrowed as long as this lives.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    Function(usize),
    Class(usize),
    /// A lambda or comprehension.
    Expr(usize),
}

impl Node {
    pub fn function(def: &FunctionDef) -> Node {
        Node::Function(def as *const FunctionDef as usize)
    }

    pub fn class(def: &ClassDef) -> Node {
        Node::Class(def as *const ClassDef as usize)
    }

    pub fn expr(e: &Expr) -> Node {
        Node::Expr(e as *const Expr as usize)
    }
}

impl Symbols {
    pub fn build(module: &Module, future_annotations: bool, optimized: bool) -> Result<Symbols, CompileError> {
        let mut walk = Walk {
            symbols: Symbols { scopes: Vec::new(), ids: FxHashMap::default(), constants: Constants::new(optimized) },
            current: 0,
            private: None,
            future_annotations,
        };
        walk.symbols.scopes.push(Scope::new(Kind::Module, None));
        walk.body(&module.body);
        resolve(&mut walk.symbols.scopes)?;
        Ok(walk.symbols)
    }

    pub fn id(&self, node: Node) -> usize {
        self.ids[&node]
    }
}

struct Walk {
    symbols: Symbols,
    current: usize,
    /// The class whose private names are mangled.
    private: Option<Ident>,
    future_annotations: bool,
}

impl Walk {
    fn scope(&mut self) -> &mut Scope {
        &mut self.symbols.scopes[self.current]
    }

    fn mention(&mut self, name: &Ident, mentions: u8) {
        let name = mangle(self.private.as_ref(), name);
        self.scope().mention(&name, mentions);
    }

    /// Walks something in a new scope.
    fn inside(&mut self, kind: Kind, node: Node, walk: impl FnOnce(&mut Walk)) -> usize {
        let id = self.symbols.scopes.len();
        self.symbols.scopes.push(Scope::new(kind, Some(self.current)));
        self.symbols.ids.insert(node, id);
        let outer = std::mem::replace(&mut self.current, id);
        walk(self);
        self.current = outer;
        id
    }

    fn body(&mut self, body: &[Stmt]) {
        body.iter().for_each(|s| self.stmt(s))
    }

    fn exprs<'e>(&mut self, es: impl IntoIterator<Item = &'e Expr>) {
        es.into_iter().for_each(|e| self.expr(e))
    }

    fn stmt(&mut self, s: &Stmt) {
        match &s.kind {
            StmtKind::FunctionDef(def) => self.function(def),
            StmtKind::ClassDef(def) => self.class(def),
            StmtKind::Return(value) => self.exprs(value),
            StmtKind::Delete(targets) => targets.iter().for_each(|t| self.target(t, mention::DELETED)),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                targets.iter().for_each(|t| self.target(t, mention::ASSIGNED))
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target, mention::ASSIGNED);
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated(target, annotation, value.as_ref(), *simple)
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                self.scope().awaits |= is_async;
                self.expr(iter);
                self.target(target, mention::ASSIGNED);
                self.body(body);
                self.body(orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.body(body);
                self.body(orelse)
            }
            StmtKind::If { .. } => self.if_chain(s),
            StmtKind::With { items, body, is_async } => {
                self.scope().awaits |= is_async;
                for item in items {
                    self.expr(&item.context);
                    item.target.iter().for_each(|t| self.target(t, mention::ASSIGNED));
                }
                self.body(body)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                cases.iter().for_each(|case| self.case(case))
            }
            StmtKind::Raise { exc, cause } => self.exprs(exc.iter().chain(cause)),
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.body(body);
                handlers.iter().for_each(|h| self.handler(h));
                self.body(orelse);
                self.body(finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.exprs(msg)
            }
            StmtKind::Import(names) => names.iter().for_each(|a| self.import(a)),
            StmtKind::ImportFrom { names, .. } => names.iter().filter(|a| &*a.name != "*").for_each(|a| self.import(a)),
            StmtKind::Global(names) => names.iter().for_each(|n| self.mention(n, mention::GLOBAL)),
            StmtKind::Nonlocal(names) => {
                for name in names {
                    self.mention(name, mention::NONLOCAL);
                    let mangled = mangle(self.private.as_ref(), name);
                    self.scope().nonlocals.push((mangled, s.span));
                }
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
    }

    /// `elif` by `elif`, not one inside the other.
    fn if_chain(&mut self, mut s: &Stmt) {
        while let StmtKind::If { test, body, orelse } = &s.kind {
            self.expr(test);
            self.body(body);
            match &orelse[..] {
                [next] => s = next,
                _ => return self.body(orelse),
            }
        }
        self.stmt(s)
    }

    fn annotated(&mut self, target: &Expr, annotation: &Expr, value: Option<&Expr>, simple: bool) {
        match &target.kind {
            ExprKind::Name(name) => {
                self.mention(name, if simple || value.is_some() { mention::ASSIGNED } else { 0 });
                self.scope().annotates |= simple;
            }
            _ => self.expr(target),
        }
        if !self.future_annotations {
            self.expr(annotation);
        }
        self.exprs(value)
    }

    fn handler(&mut self, handler: &ExceptHandler) {
        self.exprs(&handler.ty);
        if let Some(name) = &handler.name {
            self.mention(name, mention::ASSIGNED | mention::DELETED);
        }
        self.body(&handler.body)
    }

    fn import(&mut self, alias: &Alias) {
        match &alias.asname {
            Some(name) => self.mention(name, mention::ASSIGNED),
            None => {
                let first: Ident = alias.name.split('.').next().unwrap_or_default().into();
                self.mention(&first, mention::ASSIGNED)
            }
        }
    }

    fn case(&mut self, case: &MatchCase) {
        self.pattern(&case.pattern);
        self.exprs(&case.guard);
        self.body(&case.body)
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Singleton(_) => {}
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                patterns.iter().for_each(|p| self.pattern(p))
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                self.exprs(keys);
                patterns.iter().for_each(|p| self.pattern(p));
                rest.iter().for_each(|name| self.mention(name, mention::ASSIGNED))
            }
            PatternKind::Class { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls);
                patterns.iter().chain(kwd_patterns).for_each(|p| self.pattern(p))
            }
            PatternKind::Star(name) => name.iter().for_each(|name| self.mention(name, mention::ASSIGNED)),
            PatternKind::As { pattern, name } => {
                pattern.iter().for_each(|p| self.pattern(p));
                name.iter().for_each(|name| self.mention(name, mention::ASSIGNED))
            }
        }
    }

    fn function(&mut self, def: &FunctionDef) {
        self.mention(&def.name, mention::ASSIGNED);
        self.exprs(&def.decorators);
        self.around_arguments(&def.args);
        if !self.future_annotations {
            self.exprs(&def.returns);
        }
        self.inside(Kind::Function, Node::function(def), |walk| {
            walk.scope().awaits = def.is_async;
            walk.parameters(&def.args);
            walk.body(&def.body)
        });
    }

    /// What of the parameters the scope around evaluates.
    fn around_arguments(&mut self, args: &Arguments) {
        self.exprs(&args.defaults);
        self.exprs(args.kw_defaults.iter().flatten());
        if !self.future_annotations {
            self.exprs(parameters(args).filter_map(|arg| arg.annotation.as_ref()));
        }
    }

    fn parameters(&mut self, args: &Arguments) {
        parameters(args).for_each(|arg| self.mention(&arg.name, mention::PARAM))
    }

    fn class(&mut self, def: &ClassDef) {
        self.mention(&def.name, mention::ASSIGNED);
        self.exprs(&def.decorators);
        self.exprs(&def.bases);
        self.exprs(def.keywords.iter().map(|k| &k.value));
        let outer = self.private.replace(def.name.clone());
        self.inside(Kind::Class, Node::class(def), |walk| walk.body(&def.body));
        self.private = outer;
    }

    /// Something that is assigned to or deleted.
    fn target(&mut self, target: &Expr, mentions: u8) {
        match &target.kind {
            ExprKind::Name(name) => self.mention(name, mentions),
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|t| self.target(t, mentions)),
            ExprKind::Starred(inner) => self.target(inner, mentions),
            _ => self.expr(target),
        }
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::NamedExpr { target, value } => {
                self.expr(value);
                if let ExprKind::Name(name) = &target.kind {
                    self.walrus(name)
                }
            }
            ExprKind::Lambda { args, body } => {
                self.around_arguments(args);
                self.inside(Kind::Function, Node::expr(e), |walk| {
                    walk.parameters(args);
                    walk.expr(body)
                });
            }
            ExprKind::ListComp { elt, generators } | ExprKind::SetComp { elt, generators } => {
                self.comprehension(e, generators, [&**elt])
            }
            ExprKind::DictComp { key, value, generators } => self.comprehension(e, generators, [&**key, &**value]),
            ExprKind::GeneratorExp { elt, generators } => self.comprehension(e, generators, [&**elt]),
            kind => {
                match kind {
                    ExprKind::Yield(_) | ExprKind::YieldFrom(_) => self.scope().generates = true,
                    ExprKind::Await(_) => self.scope().awaits = true,
                    _ => {}
                }
                each_child(e, &mut |child| self.expr(child));
            }
        }
        self.symbols.constants.visit(e)
    }

    /// A name that is read. `super` without arguments needs the class.
    fn name(&mut self, name: &Ident) {
        self.mention(name, 0);
        if &**name == "super" && self.scope().is_function() {
            self.scope().mention(&"__class__".into(), 0)
        }
    }

    /// `name := value` binds in the function (or module) around the comprehensions it stands in.
    fn walrus(&mut self, name: &Ident) {
        let name = mangle(self.private.as_ref(), name);
        let mut home = self.current;
        while self.symbols.scopes[home].kind == Kind::Comprehension {
            home = self.symbols.scopes[home].parent.unwrap_or(0);
        }
        let scope = &mut self.symbols.scopes[home];
        scope.mention(&name, mention::ASSIGNED | mention::WALRUS);
        let is_global = scope.kind != Kind::Function || scope.mentions(&name) & mention::GLOBAL != 0;
        let inside = if is_global { mention::GLOBAL } else { mention::NONLOCAL };
        if home != self.current {
            self.scope().mention(&name, inside | mention::ASSIGNED)
        }
    }

    fn comprehension<const N: usize>(&mut self, e: &Expr, generators: &[Comprehension], elements: [&Expr; N]) {
        self.expr(&generators[0].iter);
        let id = self.inside(Kind::Comprehension, Node::expr(e), |walk| {
            walk.scope().mention(&".0".into(), mention::PARAM);
            for (i, generator) in generators.iter().enumerate() {
                if i > 0 {
                    walk.expr(&generator.iter);
                }
                walk.scope().awaits |= generator.is_async;
                walk.target(&generator.target, mention::ASSIGNED);
                walk.exprs(&generator.ifs);
            }
            walk.exprs(elements)
        });
        let lazy = matches!(e.kind, ExprKind::GeneratorExp { .. });
        let awaits = self.symbols.scopes[id].awaits && !lazy;
        self.scope().awaits |= awaits
    }
}

/// All parameters in the order of their registers.
pub fn parameters(args: &Arguments) -> impl Iterator<Item = &Arg> {
    args.posonly.iter().chain(&args.args).chain(&args.kwonly).chain(&args.vararg).chain(&args.kwarg)
}
