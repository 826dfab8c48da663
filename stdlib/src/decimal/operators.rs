//! The operators of `Decimal`.
//!
//! In: decimals and ints (for comparisons floats and fractions too). Out: decimals, booleans, or `NotImplemented`. The one invariant: every operation is
//! done in the context in force.

use super::context::{ContextData, settings};
use super::current::current;
use super::number::{self, Binary, Decimal, Unary, finish, operand};
use super::signals::add_status;
use crate::native::this;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::ordering_is;
use interpreter::vm::{BinOp, CmpOp};
use std::borrow::Cow;
use toy_decimal::{Context, Number, status};

pub(super) static ARITHMETIC: [Def; 20] = [
    def("__add__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::add)),
    def("__radd__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::add)),
    def("__sub__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::subtract)),
    def("__rsub__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::subtract)),
    def("__mul__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::multiply)),
    def("__rmul__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::multiply)),
    def("__truediv__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::divide)),
    def("__rtruediv__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::divide)),
    def("__floordiv__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::divide_int)),
    def("__rfloordiv__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::divide_int)),
    def("__mod__", "value, /", |h, args| binary(h, &args[0], &args[1], Number::remainder)),
    def("__rmod__", "value, /", |h, args| binary(h, &args[1], &args[0], Number::remainder)),
    def("__divmod__", "value, /", |h, args| both(h, &args[0], &args[1])),
    def("__rdivmod__", "value, /", |h, args| both(h, &args[1], &args[0])),
    def("__pow__", "value, mod=None, /", |h, args| power(h, &args[0], &args[1], args.opt_some(2))),
    def("__rpow__", "value, mod=None, /", |h, args| power(h, &args[1], &args[0], args.opt_some(2))),
    def("__neg__", "", |h, args| unary(h, args, Number::minus)),
    def("__pos__", "", |h, args| unary(h, args, Number::plus)),
    def("__abs__", "", |h, args| unary(h, args, Number::abs)),
    def("__bool__", "", |_, args| Ok(Value::bool(!args.this::<Decimal>().0.is_zero()))),
];

pub(super) static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

/// The operators of decimals that are of the class itself, and ints: what the methods give, without looking for them.
pub(super) fn operate(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> Option<R> {
    let operation: Binary = match op {
        BinOp::Add => Number::add,
        BinOp::Sub => Number::subtract,
        BinOp::Mult => Number::multiply,
        BinOp::Div => Number::divide,
        BinOp::FloorDiv => Number::divide_int,
        BinOp::Mod => Number::remainder,
        _ => return None,
    };
    let plain = |value: &Value| value.exactly::<Decimal>().is_some() || value.is_exact_int();
    if plain(a) && plain(b) { Some(binary(h, a, b, operation)) } else { None }
}

fn unary(h: &mut Held, args: Args<'_>, operation: Unary) -> R {
    let context = current(h)?;
    let mut status = 0;
    let result = operation(&args.this::<Decimal>().0, &settings(&context), &mut status);
    finish(h, &context, result, status)
}

#[inline]
fn binary(h: &mut Held, a: &Value, b: &Value, operation: Binary) -> R {
    let (Some(a), Some(b)) = (operand(a), operand(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let context = current(h)?;
    let mut status = 0;
    let result = operation(&a, &b, &settings(&context), &mut status);
    finish(h, &context, result, status)
}

fn both(h: &mut Held, a: &Value, b: &Value) -> R {
    let (Some(a), Some(b)) = (operand(a), operand(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let context = current(h)?;
    divmod(h, &context, &a, &b)
}

/// Quotient and remainder as a tuple.
pub(super) fn divmod(h: &mut Held, context: &Value, a: &Number, b: &Number) -> R {
    let mut status = 0;
    let (quotient, rest) = a.divmod(b, &settings(context), &mut status);
    add_status(h, context, status)?;
    let (quotient, rest) = (number::new(h, quotient), number::new(h, rest));
    Ok(h.new_pair(quotient, rest))
}

fn power(h: &mut Held, a: &Value, b: &Value, modulus: Option<&Value>) -> R {
    let (Some(a), Some(b)) = (operand(a), operand(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let modulus = match modulus.map(operand) {
        Some(None) => return Ok(Value::NOT_IMPLEMENTED),
        Some(modulus) => modulus,
        None => None,
    };
    let context = current(h)?;
    power_in(h, &context, &a, &b, modulus.as_deref())
}

/// A power, or the rest of it.
pub(super) fn power_in(h: &mut Held, context: &Value, a: &Number, b: &Number, modulus: Option<&Number>) -> R {
    let mut status = 0;
    let result = match modulus {
        Some(modulus) => a.power_modulo(b, modulus, &settings(context), &mut status),
        None => a.power(b, &settings(context), &mut status),
    };
    finish(h, context, result, status)
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let own = &args.this::<Decimal>().0;
    if let Some(other) = operand(&args[1]) {
        return compare_numbers(h, own, &other, op);
    }
    if let Some(x) = args[1].as_float() {
        let context = current(h)?;
        match op {
            CmpOp::Eq | CmpOp::NotEq => {
                let flags = this::<ContextData>(&context).flags();
                flags.set(flags.get() | status::FLOAT_OPERATION);
            }
            _ => add_status(h, &context, status::FLOAT_OPERATION)?,
        }
        return compare_numbers(h, own, &Number::from_f64(x), op);
    }
    match super::rational(h)? {
        Some(rational) if h.is_instance(&args[1], &rational)? => compare_fraction(h, own, &args[1], op),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// a ? n / d is a * d ? n.
fn compare_fraction(h: &mut Held, own: &Number, fraction: &Value, op: CmpOp) -> R {
    let (numerator, denominator) = (h.intern("numerator"), h.intern("denominator"));
    let (n, d) = (h.get_attr(fraction, &numerator)?, h.get_attr(fraction, &denominator)?);
    let (Some(n), Some(d)) = (operand(&n), operand(&d)) else { return Ok(Value::NOT_IMPLEMENTED) };
    let scaled = match own.is_finite() {
        true => Cow::Owned(own.multiply(&d, &Context::MAX, &mut 0)),
        false => Cow::Borrowed(own),
    };
    compare_numbers(h, &scaled, &n, op)
}

fn compare_numbers(h: &mut Held, a: &Number, b: &Number, op: CmpOp) -> R {
    if !a.is_nan() && !b.is_nan() {
        return Ok(Value::bool(ordering_is(op, a.order(b))));
    }
    let quiet = matches!(op, CmpOp::Eq | CmpOp::NotEq) && !a.is_signaling() && !b.is_signaling();
    if !quiet {
        let context = current(h)?;
        add_status(h, &context, status::INVALID_OPERATION)?;
    }
    Ok(Value::bool(op == CmpOp::NotEq))
}
