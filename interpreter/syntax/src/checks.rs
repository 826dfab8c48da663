//! What a grammar cannot say: the passes over the whole tree.
//!
//! In: a tree fresh from the grammar. Out: CPython's `SyntaxWarning`s, or the first error that CPython would find. The one
//! invariant: passes run in CPython's order (`__future__` imports, symbol table, code generation), each to its end before
//! the next, so that of several errors the same one is reported. The compiler may assume a tree that has passed.

use crate::ast::*;
use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::source::{Source, Span};
use crate::{placement, suspicions, symtable};

const FEATURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

/// What `from __future__` imports ask for.
#[derive(Debug, Default, Clone, Copy)]
pub struct Future {
    pub annotations: bool,
    /// The end of the last import that stands where one may.
    pub end: u32,
}

pub fn module(module: &Module, source: &Source) -> Result<Vec<Warning>, SyntaxError> {
    let future = future(&module.body, source)?;
    let generators = symtable::check(&module.body, source, future)?;
    placement::check(&module.body, source, future, &generators)?;
    Ok(suspicions::find(&module.body))
}

pub fn expression(expr: &Expr, source: &Source) -> Result<Vec<Warning>, SyntaxError> {
    let generators = symtable::check_expression(expr, source)?;
    placement::check_expression(expr, source, &generators)?;
    Ok(suspicions::find_in(expr))
}

/// Reads the `__future__` imports at a module's head; only a docstring may stand before them.
fn future(body: &[Stmt], source: &Source) -> Result<Future, SyntaxError> {
    let mut future = Future::default();
    for (i, stmt) in body.iter().enumerate() {
        match &stmt.kind {
            StmtKind::ImportFrom { module: Some(module), names, level: 0 } if &**module == "__future__" => {
                names.iter().try_for_each(|alias| feature(alias, stmt.span, source))?;
                future.annotations |= names.iter().any(|alias| &*alias.name == "annotations");
                future.end = stmt.span.end;
            }
            StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(_)), .. }) if i == 0 => {}
            _ => break,
        }
    }
    Ok(future)
}

fn feature(alias: &Alias, at: Span, source: &Source) -> Result<(), SyntaxError> {
    let message = match &*alias.name {
        name if FEATURES.contains(&name) => return Ok(()),
        "braces" => "not a chance".into(),
        name => format!("future feature {name} is not defined"),
    };
    let error = SyntaxError::new(ErrorKind::Syntax, message, Span { start: at.start, end: at.start }, source);
    Err(SyntaxError { end_offset: -1, ..error })
}
