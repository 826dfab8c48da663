//! CPython's `SyntaxWarning`s: programs that are valid and most likely wrong.
//!
//! In: a correct tree. Out: warnings in the order of the source. The one invariant: no program is refused here.

use crate::ast::*;
use crate::error::Warning;
use crate::source::Span;

pub fn find(body: &[Stmt]) -> Vec<Warning> {
    let mut found = Vec::new();
    stmts(body, &mut found);
    found
}

pub fn find_in(e: &Expr) -> Vec<Warning> {
    let mut found = Vec::new();
    expr(e, &mut found);
    found
}

fn warn(found: &mut Vec<Warning>, message: impl Into<String>, span: Span) {
    found.push(Warning { category: "SyntaxWarning", message: message.into(), span });
}

fn stmts(body: &[Stmt], found: &mut Vec<Warning>) {
    body.iter().for_each(|s| stmt(s, found));
}

fn stmt(mut stmt: &Stmt, found: &mut Vec<Warning>) {
    loop {
        if let StmtKind::Assert { test: Expr { kind: ExprKind::Tuple(elts), .. }, .. } = &stmt.kind
            && !elts.is_empty()
        {
            warn(found, "assertion is always true, perhaps remove parentheses?", stmt.span);
        }
        stmt.targets().into_iter().for_each(|e| target(e, found));
        stmt.each_value(&mut |e| expr(e, found));
        let mut blocks = stmt.blocks();
        // The tail of a chain of `elif`s is walked in this loop, not by recursion.
        match (&stmt.kind, blocks.last()) {
            (StmtKind::If { .. }, Some([elif])) => {
                blocks.pop();
                blocks.iter().for_each(|block| stmts(block, found));
                stmt = elif;
            }
            _ => return blocks.iter().for_each(|block| stmts(block, found)),
        }
    }
}

/// What is assigned to may be subscripted in vain without a warning.
fn target(e: &Expr, found: &mut Vec<Warning>) {
    match &e.kind {
        ExprKind::Tuple(elts) | ExprKind::List(elts) => elts.iter().for_each(|e| target(e, found)),
        ExprKind::Starred(value) => target(value, found),
        kind => kind.each_child(&mut |child| expr(child, found)),
    }
}

fn expr(e: &Expr, found: &mut Vec<Warning>) {
    match &e.kind {
        ExprKind::Compare { left, ops, comparators } => identities(left, ops, comparators, e.span, found),
        ExprKind::Call { func, .. } => {
            if let Some(name) = uncallable(func) {
                warn(found, format!("'{name}' object is not callable; perhaps you missed a comma?"), e.span);
            }
        }
        ExprKind::Subscript { value, slice } => subscript(value, slice, e.span, found),
        _ => {}
    }
    e.kind.each_child(&mut |child| expr(child, found));
}

/// `x is 1`
fn identities(left: &Expr, ops: &[CmpOp], comparators: &[Expr], span: Span, found: &mut Vec<Warning>) {
    let operands = std::iter::once(left).chain(comparators);
    for ((op, a), b) in ops.iter().zip(operands).zip(comparators) {
        if !is_value(a) && !is_value(b) {
            continue;
        }
        match op {
            CmpOp::Is => return warn(found, "\"is\" with a literal. Did you mean \"==\"?", span),
            CmpOp::IsNot => return warn(found, "\"is not\" with a literal. Did you mean \"!=\"?", span),
            _ => {}
        }
    }
}

/// A constant that is not a singleton, as CPython folds it.
fn is_value(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Constant(Constant::None | Constant::True | Constant::False | Constant::Ellipsis) => false,
        ExprKind::Constant(_) => true,
        ExprKind::UnaryOp { operand, .. } => is_value(operand),
        ExprKind::Tuple(elts) => elts.iter().all(|e| is_value(e) || matches!(e.kind, ExprKind::Constant(_))),
        _ => false,
    }
}

fn uncallable(func: &Expr) -> Option<&'static str> {
    match &func.kind {
        ExprKind::Constant(_)
        | ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::ListComp { .. }
        | ExprKind::Dict { .. }
        | ExprKind::DictComp { .. }
        | ExprKind::Set(_)
        | ExprKind::SetComp { .. }
        | ExprKind::GeneratorExp { .. }
        | ExprKind::JoinedStr(_) => type_name(func),
        _ => None,
    }
}

fn subscript(value: &Expr, slice: &Expr, span: Span, found: &mut Vec<Warning>) {
    use Constant::{BigInt, Bytes, Ellipsis, False, Float, Int, None as Nothing, Str, Surrogates, True};
    let refused = match &value.kind {
        ExprKind::Constant(Nothing | Ellipsis | True | False | Int(_) | BigInt { .. } | Float(_))
        | ExprKind::Set(_)
        | ExprKind::SetComp { .. }
        | ExprKind::GeneratorExp { .. }
        | ExprKind::Lambda { .. } => type_name(value),
        _ => None,
    };
    if let Some(name) = refused {
        return warn(found, format!("'{name}' object is not subscriptable; perhaps you missed a comma?"), span);
    }
    let indexed = match &value.kind {
        ExprKind::Constant(Str(_) | Surrogates(_) | Bytes(_))
        | ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::ListComp { .. }
        | ExprKind::JoinedStr(_) => type_name(value),
        _ => None,
    };
    let index = type_name(slice).filter(|name| !matches!(*name, "int" | "bool"));
    if let (Some(name), Some(index)) = (indexed, index) {
        let message = format!("{name} indices must be integers or slices, not {index}; perhaps you missed a comma?");
        warn(found, message, span);
    }
}

/// The type of a display or constant.
fn type_name(e: &Expr) -> Option<&'static str> {
    Some(match &e.kind {
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict { .. } | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set(_) | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::JoinedStr(_) => "str",
        ExprKind::Constant(constant) => match constant {
            Constant::None => "NoneType",
            Constant::True | Constant::False => "bool",
            Constant::Ellipsis => "ellipsis",
            Constant::Int(_) | Constant::BigInt { .. } => "int",
            Constant::Float(_) => "float",
            Constant::Str(_) | Constant::Surrogates(_) => "str",
            Constant::Bytes(_) => "bytes",
        },
        _ => return None,
    })
}
