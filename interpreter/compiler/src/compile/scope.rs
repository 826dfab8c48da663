//! Scopes: which variable a name means.
//!
//! In: what `symtable` noted of each scope (who mentions which name, and how). Out: a `Binding` for each name. The one
//! invariant: after `resolve` a name that is `Free` in a scope is in `frees` of every function and class between it and its home,
//! and is a `Cell` at home.
//!
//! A name that a function binds is its local; one that it only reads is looked for in the functions around it (not in
//! the classes: their names are seen by their own body alone), and is a global otherwise.

use super::CompileError;
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use toy_syntax::ast::Ident;
use toy_syntax::source::Span;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Module,
    Class,
    Function,
    Comprehension,
}

/// What a name is in one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// Bound here. In a module or class, a name of the namespace.
    Local,
    /// A local that inner functions share.
    Cell,
    Free,
    /// By a `global` statement.
    GlobalExplicit,
    GlobalImplicit,
}

/// How a scope mentions a name.
pub mod mention {
    pub const PARAM: u8 = 1;
    pub const ASSIGNED: u8 = 2;
    pub const DELETED: u8 = 4;
    pub const GLOBAL: u8 = 8;
    pub const NONLOCAL: u8 = 16;
    /// Bound by `:=` here or in a comprehension of this scope.
    pub const WALRUS: u8 = 32;
    pub const BOUND: u8 = PARAM | ASSIGNED | DELETED;
}

#[derive(Debug)]
pub struct Symbol {
    pub name: Ident,
    pub mentions: u8,
    pub binding: Binding,
    /// An inner function uses it.
    captured: bool,
}

#[derive(Debug)]
pub struct Scope {
    pub kind: Kind,
    pub parent: Option<usize>,
    /// In the order of their first mention.
    pub symbols: Vec<Symbol>,
    index: FxHashMap<Ident, usize>,
    /// The names that come from around, sorted; some only pass through to inner functions.
    pub frees: BTreeSet<Ident>,
    /// There is a `yield` in it.
    pub generates: bool,
    /// There is an `await`, `async for` or `async with` in it.
    pub awaits: bool,
    /// There are annotations of names in it.
    pub annotates: bool,
    /// A class whose methods use `__class__`.
    pub class_cell: bool,
    /// Where `nonlocal` statements stand.
    pub nonlocals: Vec<(Ident, Span)>,
}

impl Scope {
    pub fn new(kind: Kind, parent: Option<usize>) -> Scope {
        Scope {
            kind,
            parent,
            symbols: Vec::new(),
            index: FxHashMap::default(),
            frees: BTreeSet::new(),
            generates: false,
            awaits: false,
            annotates: false,
            class_cell: false,
            nonlocals: Vec::new(),
        }
    }

    /// Notes that the scope mentions a name.
    pub fn mention(&mut self, name: &Ident, mentions: u8) {
        if let Some(&i) = self.index.get(name) {
            self.symbols[i].mentions |= mentions;
            return;
        }
        self.index.insert(name.clone(), self.symbols.len());
        self.symbols.push(Symbol { name: name.clone(), mentions, binding: Binding::GlobalImplicit, captured: false });
    }

    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.position(name).map(|i| &self.symbols[i])
    }

    /// The index of a name's symbol.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub fn mentions(&self, name: &str) -> u8 {
        self.symbol(name).map_or(0, |s| s.mentions)
    }

    /// Functions and comprehensions have registers for their variables; the others have a namespace.
    pub fn is_function(&self) -> bool {
        matches!(self.kind, Kind::Function | Kind::Comprehension)
    }
}

/// Decides for each name of each scope what it is.
pub fn resolve(scopes: &mut [Scope]) -> Result<(), CompileError> {
    for i in 0..scopes.len() {
        for k in 0..scopes[i].symbols.len() {
            let binding = binding(scopes, i, k)?;
            scopes[i].symbols[k].binding = binding;
        }
    }
    declare_at_module_level(scopes);
    for scope in scopes {
        let shared = scope.symbols.iter_mut().filter(|s| s.captured && s.binding == Binding::Local);
        shared.for_each(|s| s.binding = Binding::Cell);
    }
    Ok(())
}

/// A name that any function declares `global` is a global for the module's own code too: that matters to `exec` with
/// a namespace beside its globals.
fn declare_at_module_level(scopes: &mut [Scope]) {
    let Some((module, inner)) = scopes.split_first_mut() else { return };
    if module.kind != Kind::Module {
        return;
    }
    let declared = inner.iter().flat_map(|scope| &scope.symbols).filter(|s| s.mentions & mention::GLOBAL != 0);
    for name in declared.map(|symbol| &symbol.name) {
        if let Some(&i) = module.index.get(name) {
            module.symbols[i].binding = Binding::GlobalExplicit;
        }
    }
}

fn binding(scopes: &mut [Scope], scope: usize, symbol: usize) -> Result<Binding, CompileError> {
    let Symbol { name, mentions, .. } = &scopes[scope].symbols[symbol];
    let (name, mentions) = (name.clone(), *mentions);
    if mentions & mention::GLOBAL != 0 {
        return Ok(Binding::GlobalExplicit);
    }
    if mentions & mention::BOUND != 0 && mentions & mention::NONLOCAL == 0 {
        return Ok(Binding::Local);
    }
    match home(scopes, scope, &name) {
        Some(home) => {
            capture(scopes, scope, home, &name);
            Ok(Binding::Free)
        }
        None if mentions & mention::NONLOCAL != 0 => Err(no_binding(&scopes[scope], &name)),
        None => Ok(Binding::GlobalImplicit),
    }
}

/// The scope around `scope` whose variable the name is.
fn home(scopes: &[Scope], scope: usize, name: &str) -> Option<usize> {
    let mut at = scopes[scope].parent;
    while let Some(i) = at {
        let outer = &scopes[i];
        let mentions = outer.mentions(name);
        match outer.kind {
            Kind::Module => return None,
            Kind::Class if name == "__class__" => return Some(i),
            Kind::Class => {}
            _ if mentions & mention::GLOBAL != 0 => return None,
            _ if mentions & mention::BOUND != 0 && mentions & mention::NONLOCAL == 0 => return Some(i),
            _ => {}
        }
        at = outer.parent;
    }
    None
}

/// Passes a variable of `home` down to `scope`.
fn capture(scopes: &mut [Scope], scope: usize, home: usize, name: &Ident) {
    let mut at = scope;
    while at != home && scopes[at].frees.insert(name.clone()) {
        at = scopes[at].parent.expect("the home is an ancestor");
    }
    if scopes[home].kind == Kind::Class {
        scopes[home].class_cell = true;
    } else if let Some(i) = scopes[home].position(name) {
        scopes[home].symbols[i].captured = true;
    }
}

fn no_binding(scope: &Scope, name: &str) -> CompileError {
    let span = scope.nonlocals.iter().find(|(n, _)| &**n == name).map(|(_, span)| *span);
    CompileError::new(format!("no binding for nonlocal '{name}' found"), span.unwrap_or_default())
}
