//! The operators of `timedelta`.
//!
//! In: spans, ints and floats. Out: spans, numbers or `NotImplemented`. The one invariant: results are of the class itself, whatever subclass
//! the operands are of.

use super::delta::{Delta, finish, new};
use super::span::Span;
use interpreter::objects::exception::Exc;
use interpreter::objects::float::Float;
use interpreter::objects::function::Args;
use interpreter::objects::int::IntView;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::ordering_is;
use interpreter::vm::{BinOp, CmpOp};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use toy_text::number::float_round::as_integer_ratio;

pub static NUMBERS: [Def; 18] = [
    def("__add__", "value, /", |h, args| binary(h, BinOp::Add, &args[0], &args[1])),
    def("__radd__", "value, /", |h, args| binary(h, BinOp::Add, &args[1], &args[0])),
    def("__sub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[0], &args[1])),
    def("__rsub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[1], &args[0])),
    def("__mul__", "value, /", |h, args| binary(h, BinOp::Mult, &args[0], &args[1])),
    def("__rmul__", "value, /", |h, args| binary(h, BinOp::Mult, &args[1], &args[0])),
    def("__truediv__", "value, /", |h, args| binary(h, BinOp::Div, &args[0], &args[1])),
    def("__rtruediv__", "value, /", |h, args| binary(h, BinOp::Div, &args[1], &args[0])),
    def("__floordiv__", "value, /", |h, args| binary(h, BinOp::FloorDiv, &args[0], &args[1])),
    def("__rfloordiv__", "value, /", |h, args| binary(h, BinOp::FloorDiv, &args[1], &args[0])),
    def("__mod__", "value, /", |h, args| binary(h, BinOp::Mod, &args[0], &args[1])),
    def("__rmod__", "value, /", |h, args| binary(h, BinOp::Mod, &args[1], &args[0])),
    def("__divmod__", "value, /", |h, args| both(h, &args[0], &args[1])),
    def("__rdivmod__", "value, /", |h, args| both(h, &args[1], &args[0])),
    def("__neg__", "", |h, args| finish(h, this(args).negated())),
    def("__pos__", "", |h, args| Ok(new(h, this(args)))),
    def("__abs__", "", |h, args| match this(args) {
        span if span.is_negative() => finish(h, span.negated()),
        span => Ok(new(h, span)),
    }),
    def("__bool__", "", |_, args| Ok(Value::bool(!this(args).is_zero()))),
];

pub static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

fn this(args: Args<'_>) -> Span {
    args.this::<Delta>().span
}

/// The operators of `timedelta` and plain numbers: what the methods give, without looking for them.
pub fn operate(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> Option<R> {
    let plain =
        |value: &Value| value.exactly::<Delta>().is_some() || value.is_exact_int() || value.as_small_float().is_some();
    if !plain(a) || !plain(b) {
        return None;
    }
    match binary(h, op, a, b) {
        Ok(result) if result.is(&Value::NOT_IMPLEMENTED) => None,
        result => Some(result),
    }
}

fn binary(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    match (a.downcast::<Delta>(), b.downcast::<Delta>()) {
        (Some(a), Some(b)) => of_spans(h, op, a.span, b.span),
        (Some(span), None) => by_number(h, op, span.span, b),
        (None, Some(span)) if op == BinOp::Mult => by_number(h, op, span.span, a),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn of_spans(h: &mut Held, op: BinOp, a: Span, b: Span) -> R {
    match op {
        BinOp::Add => finish(h, a.plus(b)),
        BinOp::Sub => finish(h, a.minus(b)),
        BinOp::Mod if b.is_zero() => Err(h.error(Exc::ZeroDivisionError, "integer modulo by zero")),
        BinOp::Mod => finish(h, Span::of_us(a.total().mod_floor(&b.total()))),
        BinOp::FloorDiv if b.is_zero() => Err(by_zero(h)),
        BinOp::FloorDiv => Ok(h.int_from_big(Integer::div_floor(&a.total(), &b.total()).into())),
        BinOp::Div => quotient(h, a, b),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// The float nearest to `a / b`.
fn quotient(h: &mut Held, a: Span, b: Span) -> R {
    let (a, b) = (a.total(), b.total());
    let exact = |n: i128| n.unsigned_abs() < 1 << 53;
    if b != 0 && exact(a) && exact(b) {
        return Ok(h.new_float(a as f64 / b as f64));
    }
    let (a, b) = (h.int_from_big(a.into()), h.int_from_big(b.into()));
    h.binary(BinOp::Div, &a, &b)
}

fn by_number(h: &mut Held, op: BinOp, span: Span, number: &Value) -> R {
    if let Some(int) = number.as_int() {
        return by_int(h, op, span, int);
    }
    let Some(x) = number.as_float().filter(|_| matches!(op, BinOp::Mult | BinOp::Div)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if number.as_small_float().is_none() && number.exactly::<Float>().is_none() {
        return by_own_ratio(h, op, span, number);
    }
    if x.is_nan() {
        return Err(h.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(h.overflow_error("cannot convert Infinity to integer ratio"));
    }
    match op {
        BinOp::Div if x == 0.0 => Err(by_zero(h)),
        _ => finish(h, by_float(op, span, x)),
    }
}

/// A derived class of `float` says what its ratio is.
fn by_own_ratio(h: &mut Held, op: BinOp, span: Span, number: &Value) -> R {
    let name = h.intern("as_integer_ratio");
    let ratio = h.call_method_named(number, &name, &[])?;
    let Some(ratio) = ratio.downcast::<Tuple>() else {
        let got = ratio.class_name();
        let message = format!("unexpected return type from as_integer_ratio(): expected tuple, got '{got}'");
        return Err(h.type_error(message));
    };
    let [n, d] = ratio.items() else { return Err(h.value_error("as_integer_ratio() must return a 2-tuple")) };
    let (Some(n), Some(d)) = (n.as_int(), d.as_int()) else {
        return Err(h.type_error("non-integer arguments in division"));
    };
    let (n, d) = if op == BinOp::Mult { (n.big(), d.big()) } else { (d.big(), n.big()) };
    match d.is_zero() {
        true => Err(by_zero(h)),
        false => finish(h, span.scaled_big(&n, &d)),
    }
}

fn by_float(op: BinOp, span: Span, x: f64) -> Result<Span, String> {
    let (n, d) = as_integer_ratio(x);
    let (n, d) = if op == BinOp::Mult { (n, d) } else { (d, n) };
    match (i64::try_from(&n), i64::try_from(&d)) {
        (Ok(n), Ok(d)) => span.scaled(n.into(), d.into()),
        _ => span.scaled_big(&n, &d),
    }
}

fn by_int(h: &mut Held, op: BinOp, span: Span, int: IntView<'_>) -> R {
    let divides = matches!(op, BinOp::Div | BinOp::FloorDiv);
    if divides && int.is_zero() {
        return Err(by_zero(h));
    }
    match (op, int) {
        (BinOp::Mult, IntView::Small(n)) => finish(h, span.scaled(n.into(), 1)),
        (BinOp::Mult, IntView::Big(n)) => finish(h, Span::of_big(&(n * span.total()))),
        (BinOp::Div, IntView::Small(n)) => finish(h, span.scaled(1, n.into())),
        (BinOp::Div, IntView::Big(n)) => finish(h, span.scaled_big(&1.into(), n)),
        (BinOp::FloorDiv, IntView::Small(n)) => finish(h, Span::of_us(Integer::div_floor(&span.total(), &n.into()))),
        (BinOp::FloorDiv, IntView::Big(n)) => finish(h, Span::of_big(&BigInt::from(span.total()).div_floor(n))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

#[cold]
fn by_zero(h: &Held) -> Raised {
    h.error(Exc::ZeroDivisionError, "integer division or modulo by zero")
}

/// Quotient and rest as a tuple.
fn both(h: &mut Held, a: &Value, b: &Value) -> R {
    let (Some(a), Some(b)) = (a.downcast::<Delta>(), b.downcast::<Delta>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if b.span.is_zero() {
        return Err(by_zero(h));
    }
    let (quotient, rest) = a.span.total().div_mod_floor(&b.span.total());
    let quotient = h.int_from_big(quotient.into());
    let rest = finish(h, Span::of_us(rest))?;
    Ok(h.new_pair(quotient, rest))
}

/// The comparison of two spans of the class itself.
pub fn compare_plain(_: &mut Held, op: CmpOp, a: &Value, b: &Value) -> Option<R> {
    let (a, b) = (a.exactly::<Delta>()?, b.exactly::<Delta>()?);
    Some(Ok(Value::bool(ordering_is(op, a.span.cmp(&b.span)))))
}

fn compare(_: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Delta>() {
        Some(other) => Ok(Value::bool(ordering_is(op, this(args).cmp(&other.span)))),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
