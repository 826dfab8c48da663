//! The children of an expression, in the order in which they are evaluated.
//!
//! In: an expression. Out: a call of `f` for each child that is evaluated in the same scope. The one invariant: what makes
//! a scope of its own (lambda, comprehension) has no children here; whoever needs them asks for them by name.

use toy_syntax::ast::{Expr, ExprKind};

pub fn each_child<'a>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    match &e.kind {
        ExprKind::BoolOp { values, .. } => values.iter().for_each(f),
        ExprKind::NamedExpr { value, .. } => f(value),
        ExprKind::BinOp { left, right, .. } => {
            f(left);
            f(right)
        }
        ExprKind::UnaryOp { operand, .. } => f(operand),
        ExprKind::IfExp { test, body, orelse } => [test, body, orelse].into_iter().for_each(|e| f(e)),
        ExprKind::Dict { keys, values } => {
            for (key, value) in keys.iter().zip(values) {
                key.iter().for_each(&mut *f);
                f(value)
            }
        }
        ExprKind::Set(items) | ExprKind::List(items) | ExprKind::Tuple(items) | ExprKind::JoinedStr(items) => {
            items.iter().for_each(f)
        }
        ExprKind::Await(value) | ExprKind::YieldFrom(value) | ExprKind::Starred(value) => f(value),
        ExprKind::Attribute { value, .. } => f(value),
        ExprKind::Yield(value) => value.iter().for_each(|e| f(e)),
        ExprKind::Compare { left, comparators, .. } => {
            f(left);
            comparators.iter().for_each(f)
        }
        ExprKind::Call { func, args, keywords } => {
            f(func);
            args.iter().for_each(&mut *f);
            keywords.iter().for_each(|k| f(&k.value))
        }
        ExprKind::FormattedValue { value, format_spec, .. } => {
            f(value);
            format_spec.iter().for_each(|e| f(e))
        }
        ExprKind::Subscript { value, slice } => {
            f(value);
            f(slice)
        }
        ExprKind::Slice { lower, upper, step } => [lower, upper, step].into_iter().flatten().for_each(|e| f(e)),
        ExprKind::Constant(_) | ExprKind::Name(_) => {}
        ExprKind::Lambda { .. } | ExprKind::ListComp { .. } | ExprKind::SetComp { .. } => {}
        ExprKind::DictComp { .. } | ExprKind::GeneratorExp { .. } => {}
    }
}
