//! The compiler: tree -> code.
//!
//! In: a checked tree. Out: a verified `Proto`. Read in this order:
//!
//! - `symtable` walks the tree once and notes who mentions which name; `scope` decides which variable each name means; `fold`
//!   evaluates, in the same walk, what is constant.
//! - `unit` is one function, class body or module under construction: registers, labels, tables. `variable` loads and stores
//!   names.
//! - `expr`, `test` (conditions), `display`, `call`, `comprehension` compile expressions; `assign`, `augment`, `stmt`, `loops`,
//!   `exceptions`, `pattern`, `function`, `class` statements.
//! - `assemble` lays the instructions out, and `bytecode::verify` checks the result.
//!
//! The one invariant: the order in which a program's operations happen is CPython 3.11's.
//!
//! Errors are rare here (the front end has checked the tree), so nothing returns them: the first is kept in `error`, and the
//! result is thrown away at the end.

mod assemble;
mod assign;
mod augment;
mod call;
mod class;
mod comprehension;
mod consts;
mod display;
mod exceptions;
mod expr;
mod fold;
mod function;
mod lines;
mod loops;
mod names;
mod pattern;
mod scope;
mod stmt;
mod symtable;
mod test;
mod unit;
mod unparse;
mod variable;
mod visit;

use crate::bytecode::proto::{Const, Proto, flags};
use crate::bytecode::verify::verify;
use std::sync::Arc;
use symtable::Symbols;
use toy_syntax::ast::{Expr, ExprKind, Module, Stmt, StmtKind};
use toy_syntax::source::{Source, Span};
use toy_syntax::{ErrorKind, SyntaxError};
use unit::{REGISTERS, Unit};

pub use fold::literal;
pub use unparse::unparse;

/// CPython's `CO_MAXBLOCKS`.
const MAX_BLOCKS: usize = 20;

/// What the text is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A script or an imported module: names at the top level are globals.
    Module,
    /// `exec`: names at the top level are those of the namespace in R[0], which need not be the globals.
    Exec,
    /// `eval`: one expression, whose value is returned; names as in `Exec`.
    Eval,
    /// A statement of a REPL: as `Exec`, and values of expressions are displayed.
    Single,
}

/// Compiles a tree. For `Mode::Eval` it is one expression statement.
pub fn compile(module: &Module, source: Arc<Source>, mode: Mode) -> Result<Proto, SyntaxError> {
    compile_optimized(module, source, mode, 0)
}

/// The same as `-O` wants it (from 1 on, `assert` is left out and `__debug__` is false) or `-OO` (from 2 on, docstrings
/// are left out too).
pub fn compile_optimized(module: &Module, source: Arc<Source>, mode: Mode, optimize: u8) -> Result<Proto, SyntaxError> {
    let future_annotations = future_annotations(&module.body);
    let symbols = Symbols::build(module, future_annotations, optimize > 0);
    let symbols = symbols.map_err(|error| error.report(&source))?;
    let mut compiler = Compiler::new(source.clone(), &symbols, mode, future_annotations);
    compiler.optimize = optimize;
    match (mode, &module.body[..]) {
        (Mode::Eval, [Stmt { kind: StmtKind::Expr(value), .. }]) => compiler.eval_body(value),
        _ => compiler.module_body(&module.body),
    }
    let unit = std::mem::replace(&mut compiler.u, Unit::new(0, "".into(), String::new(), 0));
    let proto = compiler.finish(unit);
    match (proto, compiler.error) {
        (_, Some(error)) => Err(error.report(&source)),
        (Some(proto), None) => Ok(proto),
        (None, None) => Err(CompileError::internal("nothing was compiled").report(&source)),
    }
}

/// Why a tree cannot be compiled.
#[derive(Debug)]
pub struct CompileError {
    pub message: String,
    pub span: Span,
}

impl CompileError {
    fn new(message: impl Into<String>, span: Span) -> CompileError {
        CompileError { message: message.into(), span }
    }

    /// A fault of the compiler itself.
    fn internal(message: &str) -> CompileError {
        CompileError::new(format!("internal error of the compiler: {message}"), Span::default())
    }

    fn report(self, source: &Source) -> SyntaxError {
        SyntaxError::new(ErrorKind::Syntax, self.message, self.span, source)
    }
}

struct Compiler<'a> {
    source: Arc<Source>,
    symbols: &'a Symbols,
    mode: Mode,
    future_annotations: bool,
    /// How often `-O` was given.
    optimize: u8,
    /// The unit under construction; the ones around it wait on the Rust stack.
    u: Unit<'a>,
    error: Option<CompileError>,
}

impl<'a> Compiler<'a> {
    fn new(source: Arc<Source>, symbols: &'a Symbols, mode: Mode, future_annotations: bool) -> Compiler<'a> {
        let mut u = Unit::new(0, "<module>".into(), "<module>".into(), 1);
        u.registers = vec![None; symbols.scopes[0].symbols.len()];
        let scope = &symbols.scopes[0];
        u.flags = generator_flags(scope.generates, scope.awaits);
        u.flags |= if future_annotations { flags::FUTURE_ANNOTATIONS } else { 0 };
        Compiler { source, symbols, mode, future_annotations, optimize: 0, u, error: None }
    }

    fn module_body(&mut self, body: &'a [Stmt]) {
        if self.mode != Mode::Module {
            self.u.flags |= flags::NAMESPACE;
            self.namespace_locals(false)
        }
        self.namespace_body(body);
        self.return_const(Const::None, Span::default())
    }

    fn eval_body(&mut self, value: &'a Expr) {
        self.u.flags |= flags::NAMESPACE;
        self.namespace_locals(false);
        let v = self.operand(value, &[]);
        self.u.emit_end(crate::bytecode::op::Op::Return, v, 0, 0, value.span)
    }

    /// Keeps the first error.
    fn fail(&mut self, message: &str, span: Span) {
        self.error.get_or_insert_with(|| CompileError::new(message, span));
    }

    /// Assembles and verifies a unit whose body is compiled.
    fn finish(&mut self, unit: Unit<'a>) -> Option<Proto> {
        if unit.max_top > REGISTERS {
            self.fail("expression or statement is nested too deeply", Span::default())
        }
        if unit.frees.len() > u16::MAX as usize {
            self.fail("too many free variables", Span::default())
        }
        if self.error.is_some() {
            return None;
        }
        let proto = assemble::assemble(unit, &self.symbols.scopes, self.source.clone());
        match verify(&proto) {
            Ok(()) => Some(proto),
            Err(message) => {
                self.error = Some(CompileError::internal(&message));
                None
            }
        }
    }
}

fn generator_flags(generates: bool, awaits: bool) -> u32 {
    match (generates, awaits) {
        (false, false) => 0,
        (true, false) => flags::GENERATOR,
        (false, true) => flags::COROUTINE,
        (true, true) => flags::ASYNC_GENERATOR,
    }
}

/// Whether `from __future__ import annotations` stands at the top.
fn future_annotations(body: &[Stmt]) -> bool {
    let is_doc = |s: &Stmt| matches!(&s.kind, StmtKind::Expr(Expr { kind: ExprKind::Constant(_), .. }));
    let mut futures = body.iter().skip_while(|s| is_doc(s)).map_while(|s| match &s.kind {
        StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => Some(names),
        _ => None,
    });
    futures.any(|names| names.iter().any(|alias| &*alias.name == "annotations"))
}
