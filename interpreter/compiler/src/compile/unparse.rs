//! Expressions back to text: annotations under `from __future__ import annotations`.
//!
//! In: an expression. Out: the text that CPython's `ast_unparse.c` makes of it. The one invariant: the text parses to the same
//! expression.
//!
//! Each operator has a level; an operand of a lower level than its place asks for is put into parentheses.

use std::fmt::Write;
use toy_syntax::ast::*;
use toy_syntax::repr;

/// From loose to tight, as in the grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Tuple,
    Test,
    Or,
    And,
    Not,
    Compare,
    BitOr,
    BitXor,
    BitAnd,
    Shift,
    Arith,
    Term,
    Factor,
    Power,
    Await,
    Atom,
}

pub fn unparse(e: &Expr) -> String {
    let mut out = String::new();
    expr(e, Level::Test, &mut out);
    out
}

fn expr(e: &Expr, level: Level, out: &mut String) {
    let own = own_level(e);
    let parenthesized = own < level;
    if parenthesized {
        out.push('(')
    }
    bare(e, own, out);
    if parenthesized {
        out.push(')')
    }
}

fn own_level(e: &Expr) -> Level {
    match &e.kind {
        ExprKind::Tuple(items) if !items.is_empty() => Level::Tuple,
        ExprKind::NamedExpr { .. } | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => Level::Tuple,
        ExprKind::Lambda { .. } | ExprKind::IfExp { .. } => Level::Test,
        ExprKind::BoolOp { op: BoolOp::Or, .. } => Level::Or,
        ExprKind::BoolOp { op: BoolOp::And, .. } => Level::And,
        ExprKind::UnaryOp { op: UnaryOp::Not, .. } => Level::Not,
        ExprKind::UnaryOp { .. } => Level::Factor,
        ExprKind::Compare { .. } => Level::Compare,
        ExprKind::BinOp { op, .. } => binary_level(*op),
        ExprKind::Await(_) => Level::Await,
        _ => Level::Atom,
    }
}

fn bare(e: &Expr, own: Level, out: &mut String) {
    match &e.kind {
        ExprKind::BoolOp { op, values } => {
            let word = if *op == BoolOp::And { " and " } else { " or " };
            list(values, tighter(own), word, out)
        }
        ExprKind::NamedExpr { target, value } => {
            expr(target, Level::Tuple, out);
            out.push_str(" := ");
            expr(value, Level::Atom, out)
        }
        ExprKind::BinOp { left, op, right } => {
            let (l, r) = if *op == BinOp::Pow { (tighter(own), own) } else { (own, tighter(own)) };
            expr(left, l, out);
            let _ = write!(out, " {} ", binary_sign(*op));
            expr(right, r, out)
        }
        ExprKind::UnaryOp { op, operand } => {
            out.push_str(match op {
                UnaryOp::Invert => "~",
                UnaryOp::Not => "not ",
                UnaryOp::UAdd => "+",
                UnaryOp::USub => "-",
            });
            expr(operand, own, out)
        }
        ExprKind::Lambda { args, body } => {
            out.push_str("lambda");
            arguments(args, out);
            out.push_str(": ");
            expr(body, Level::Test, out)
        }
        ExprKind::IfExp { test, body, orelse } => {
            expr(body, tighter(Level::Test), out);
            out.push_str(" if ");
            expr(test, tighter(Level::Test), out);
            out.push_str(" else ");
            expr(orelse, Level::Test, out)
        }
        ExprKind::Dict { keys, values } => dict(keys, values, out),
        ExprKind::Set(items) => surrounded("{", items, "}", out),
        ExprKind::List(items) => surrounded("[", items, "]", out),
        ExprKind::Tuple(items) => match &items[..] {
            [] => out.push_str("()"),
            [only] => {
                expr(only, Level::Test, out);
                out.push(',')
            }
            _ => list(items, Level::Test, ", ", out),
        },
        ExprKind::ListComp { elt, generators } => comprehension("[", &[elt], generators, "]", out),
        ExprKind::SetComp { elt, generators } => comprehension("{", &[elt], generators, "}", out),
        ExprKind::GeneratorExp { elt, generators } => comprehension("(", &[elt], generators, ")", out),
        ExprKind::DictComp { key, value, generators } => comprehension("{", &[key, value], generators, "}", out),
        ExprKind::Await(value) => {
            out.push_str("await ");
            expr(value, Level::Atom, out)
        }
        ExprKind::Yield(None) => out.push_str("yield"),
        ExprKind::Yield(Some(value)) => {
            out.push_str("yield ");
            expr(value, Level::Test, out)
        }
        ExprKind::YieldFrom(value) => {
            out.push_str("yield from ");
            expr(value, Level::Test, out)
        }
        ExprKind::Compare { left, ops, comparators } => {
            expr(left, tighter(own), out);
            for (op, right) in ops.iter().zip(comparators) {
                let _ = write!(out, " {} ", compare_sign(*op));
                expr(right, tighter(own), out)
            }
        }
        ExprKind::Call { func, args, keywords } => call(func, args, keywords, out),
        ExprKind::FormattedValue { .. } => joined(std::slice::from_ref(e), out),
        ExprKind::JoinedStr(parts) => joined(parts, out),
        ExprKind::Constant(value) => constant(value, out),
        ExprKind::Attribute { value, attr, .. } => {
            expr(value, Level::Atom, out);
            let is_int = matches!(value.kind, ExprKind::Constant(Constant::Int(_) | Constant::BigInt { .. }));
            let _ = write!(out, "{}.{attr}", if is_int { " " } else { "" });
        }
        ExprKind::Subscript { value, slice } => {
            expr(value, Level::Atom, out);
            out.push('[');
            expr(slice, Level::Tuple, out);
            out.push(']')
        }
        ExprKind::Starred(value) => {
            out.push('*');
            expr(value, Level::BitOr, out)
        }
        ExprKind::Name(name) => out.push_str(name),
        ExprKind::Slice { lower, upper, step } => {
            lower.iter().for_each(|e| expr(e, Level::Test, out));
            out.push(':');
            upper.iter().for_each(|e| expr(e, Level::Test, out));
            if let Some(step) = step {
                out.push(':');
                expr(step, Level::Test, out)
            }
        }
    }
}

fn tighter(level: Level) -> Level {
    use Level::*;
    let all =
        [Tuple, Test, Or, And, Not, Compare, BitOr, BitXor, BitAnd, Shift, Arith, Term, Factor, Power, Await, Atom];
    all[(level as usize + 1).min(all.len() - 1)]
}

fn list(items: &[Expr], level: Level, between: &str, out: &mut String) {
    for (i, item) in items.iter().enumerate() {
        out.push_str(if i > 0 { between } else { "" });
        expr(item, level, out)
    }
}

fn surrounded(open: &str, items: &[Expr], close: &str, out: &mut String) {
    out.push_str(open);
    list(items, Level::Test, ", ", out);
    out.push_str(close)
}

fn dict(keys: &[Option<Expr>], values: &[Expr], out: &mut String) {
    out.push('{');
    for (i, (key, value)) in keys.iter().zip(values).enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        match key {
            Some(key) => {
                expr(key, Level::Test, out);
                out.push_str(": ");
                expr(value, Level::Test, out)
            }
            None => {
                out.push_str("**");
                expr(value, Level::BitOr, out)
            }
        }
    }
    out.push('}')
}

fn comprehension(open: &str, elements: &[&Expr], generators: &[Comprehension], close: &str, out: &mut String) {
    out.push_str(open);
    for (i, element) in elements.iter().enumerate() {
        out.push_str(if i > 0 { ": " } else { "" });
        expr(element, Level::Test, out)
    }
    for generator in generators {
        out.push_str(if generator.is_async { " async for " } else { " for " });
        expr(&generator.target, Level::Tuple, out);
        out.push_str(" in ");
        expr(&generator.iter, tighter(Level::Test), out);
        for condition in &generator.ifs {
            out.push_str(" if ");
            expr(condition, tighter(Level::Test), out)
        }
    }
    out.push_str(close)
}

fn call(func: &Expr, args: &[Expr], keywords: &[Keyword], out: &mut String) {
    expr(func, Level::Atom, out);
    if let ([Expr { kind: ExprKind::GeneratorExp { .. }, .. }], []) = (args, keywords) {
        return expr(&args[0], Level::Test, out);
    }
    out.push('(');
    list(args, Level::Test, ", ", out);
    for (i, keyword) in keywords.iter().enumerate() {
        out.push_str(if i > 0 || !args.is_empty() { ", " } else { "" });
        match &keyword.arg {
            Some(name) => {
                let _ = write!(out, "{name}=");
            }
            None => out.push_str("**"),
        }
        expr(&keyword.value, Level::Test, out)
    }
    out.push(')')
}

fn arguments(args: &Arguments, out: &mut String) {
    let positional = args.posonly.len() + args.args.len();
    // CPython writes `lambda*, k: k`
    out.push_str(if positional > 0 { " " } else { "" });
    let mut first = true;
    let mut next = |out: &mut String| {
        out.push_str(if first { "" } else { ", " });
        first = false
    };
    for (i, arg) in args.posonly.iter().chain(&args.args).enumerate() {
        next(out);
        out.push_str(&arg.name);
        if let Some(default) = (i + args.defaults.len()).checked_sub(positional).and_then(|i| args.defaults.get(i)) {
            out.push('=');
            expr(default, Level::Test, out)
        }
        if i + 1 == args.posonly.len() {
            out.push_str(", /")
        }
    }
    if args.vararg.is_some() || !args.kwonly.is_empty() {
        next(out);
        out.push('*');
        out.push_str(args.vararg.as_ref().map_or("", |arg| &arg.name))
    }
    for (arg, default) in args.kwonly.iter().zip(&args.kw_defaults) {
        next(out);
        out.push_str(&arg.name);
        if let Some(default) = default {
            out.push('=');
            expr(default, Level::Test, out)
        }
    }
    if let Some(arg) = &args.kwarg {
        next(out);
        let _ = write!(out, "**{}", arg.name);
    }
}

fn constant(value: &Constant, out: &mut String) {
    match value {
        Constant::Ellipsis => out.push_str("..."),
        // an infinity is written as a number that overflows
        Constant::Float(f) if f.is_infinite() => out.push_str("1e309"),
        _ => out.push_str(&repr::constant(value)),
    }
}

/// An f-string: its text is put together first and quoted then.
fn joined(parts: &[Expr], out: &mut String) {
    let mut text = String::new();
    format_parts(parts, &mut text);
    let _ = write!(out, "f{}", repr::string(&text));
}

fn format_parts(parts: &[Expr], text: &mut String) {
    for part in parts {
        match &part.kind {
            ExprKind::Constant(Constant::Str(s)) => text.push_str(&s.replace('{', "{{").replace('}', "}}")),
            ExprKind::JoinedStr(inner) => format_parts(inner, text),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                let mut inner = String::new();
                expr(value, tighter(Level::Test), &mut inner);
                // `{{` would be a brace
                text.push_str(if inner.starts_with('{') { "{ " } else { "{" });
                text.push_str(&inner);
                conversion.iter().for_each(|c| text.extend(['!', *c]));
                if let Some(spec) = format_spec {
                    text.push(':');
                    format_parts(std::slice::from_ref(spec), text)
                }
                text.push('}')
            }
            _ => expr(part, Level::Test, text),
        }
    }
}

fn binary_level(op: BinOp) -> Level {
    match op {
        BinOp::BitOr => Level::BitOr,
        BinOp::BitXor => Level::BitXor,
        BinOp::BitAnd => Level::BitAnd,
        BinOp::LShift | BinOp::RShift => Level::Shift,
        BinOp::Add | BinOp::Sub => Level::Arith,
        BinOp::Mult | BinOp::MatMult | BinOp::Div | BinOp::Mod | BinOp::FloorDiv => Level::Term,
        BinOp::Pow => Level::Power,
    }
}

fn binary_sign(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mult => "*",
        BinOp::MatMult => "@",
        BinOp::Div => "/",
        BinOp::Mod => "%",
        BinOp::Pow => "**",
        BinOp::LShift => "<<",
        BinOp::RShift => ">>",
        BinOp::BitOr => "|",
        BinOp::BitXor => "^",
        BinOp::BitAnd => "&",
        BinOp::FloorDiv => "//",
    }
}

fn compare_sign(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Eq => "==",
        CmpOp::NotEq => "!=",
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Is => "is",
        CmpOp::IsNot => "is not",
        CmpOp::In => "in",
        CmpOp::NotIn => "not in",
    }
}
