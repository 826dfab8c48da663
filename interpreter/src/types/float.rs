//! `float`: the methods. (`float(...)` has a file of its own.)
//!
//! In: floats and instances of subclasses. Out: exact floats, or `NotImplemented` for operands that are no numbers. The one
//! invariant: a comparison with an int is exact, however large the int.

mod construct;

use crate::objects::core;
use crate::objects::descriptor::{Attr, getter};
use crate::objects::exception::Exc;
use crate::objects::float::div_mod;
use crate::objects::function::Args;
use crate::objects::hash::float_hash;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::protocol::compare::{float_int_order, ordering_is};
use toy_syntax::ast::{BinOp, CmpOp};
use toy_text::format::number::format_float;
use toy_text::number::float_hex::float_hex;
use toy_text::number::float_round;
use toy_text::number::float_text::float_repr;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().float)
        .constructor(h, &construct::NEW)
        .methods(h, &OPERATORS)
        .methods(h, &METHODS)
        .class_methods(h, &construct::CLASS_METHODS)
        .attrs(h, ATTRS)
        .doc(h, "float(x=0, /): a number with a binary fraction of 53 bits, made from a number or from text.")
        .build(h);
}

static OPERATORS: [Def; 22] = [
    def("__add__", "value, /", |h, args| operate(h, BinOp::Add, &args[0], &args[1])),
    def("__radd__", "value, /", |h, args| operate(h, BinOp::Add, &args[1], &args[0])),
    def("__sub__", "value, /", |h, args| operate(h, BinOp::Sub, &args[0], &args[1])),
    def("__rsub__", "value, /", |h, args| operate(h, BinOp::Sub, &args[1], &args[0])),
    def("__mul__", "value, /", |h, args| operate(h, BinOp::Mult, &args[0], &args[1])),
    def("__rmul__", "value, /", |h, args| operate(h, BinOp::Mult, &args[1], &args[0])),
    def("__truediv__", "value, /", |h, args| operate(h, BinOp::Div, &args[0], &args[1])),
    def("__rtruediv__", "value, /", |h, args| operate(h, BinOp::Div, &args[1], &args[0])),
    def("__floordiv__", "value, /", |h, args| operate(h, BinOp::FloorDiv, &args[0], &args[1])),
    def("__rfloordiv__", "value, /", |h, args| operate(h, BinOp::FloorDiv, &args[1], &args[0])),
    def("__mod__", "value, /", |h, args| operate(h, BinOp::Mod, &args[0], &args[1])),
    def("__rmod__", "value, /", |h, args| operate(h, BinOp::Mod, &args[1], &args[0])),
    def("__divmod__", "value, /", |h, args| both_parts(h, &args[0], &args[1])),
    def("__rdivmod__", "value, /", |h, args| both_parts(h, &args[1], &args[0])),
    def("__pow__", "value, mod=None, /", |h, args| pow(h, &args[0], &args[1], args.opt_some(2))),
    def("__rpow__", "value, mod=None, /", |h, args| pow(h, &args[1], &args[0], args.opt_some(2))),
    def("__lt__", "value, /", |_, args| compare(args, CmpOp::Lt)),
    def("__le__", "value, /", |_, args| compare(args, CmpOp::LtE)),
    def("__gt__", "value, /", |_, args| compare(args, CmpOp::Gt)),
    def("__ge__", "value, /", |_, args| compare(args, CmpOp::GtE)),
    def("__eq__", "value, /", |_, args| compare(args, CmpOp::Eq)),
    def("__ne__", "value, /", |_, args| compare(args, CmpOp::NotEq)),
];

static METHODS: [Def; 19] = [
    def("__neg__", "", |h, args| Ok(h.new_float(-this(args)))),
    def("__pos__", "", exact),
    def("__abs__", "", |h, args| Ok(h.new_float(this(args).abs()))),
    def("__bool__", "", |_, args| Ok(Value::bool(this(args) != 0.0))),
    def("__float__", "", exact),
    def("__int__", "", |h, args| whole(h, this(args).trunc())),
    def("__trunc__", "", |h, args| whole(h, this(args).trunc())),
    def("__floor__", "", |h, args| whole(h, this(args).floor())),
    def("__ceil__", "", |h, args| whole(h, this(args).ceil())),
    def("__round__", "ndigits=None, /", round),
    def("__hash__", "", |h, args| Ok(h.new_int(float_hash(this(args), &args[0])))),
    def("__repr__", "", |h, args| Ok(h.new_str(&float_repr(this(args))))),
    def("__format__", "format_spec, /", format),
    def("__getnewargs__", "", |h, args| exact(h, args).map(|float| h.new_tuple(vec![float]))),
    def("__sizeof__", "", |h, _| Ok(h.new_int(24))),
    def("as_integer_ratio", "", as_integer_ratio),
    def("conjugate", "", exact),
    def("hex", "", |h, args| Ok(h.new_str(&float_hex(this(args))))),
    def("is_integer", "", |_, args| Ok(Value::bool(this(args).is_finite() && this(args).fract() == 0.0))),
];

static ATTRS: &[Attr] = &[
    getter("real", |h, float| Ok(h.new_float(float.as_float().unwrap_or(0.0)))),
    getter("imag", |h, _| Ok(h.new_float(0.0))),
];

/// The receiver.
fn this(args: Args<'_>) -> f64 {
    args[0].as_float().unwrap_or(0.0)
}

fn exact(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.new_float(this(args)))
}

/// Both operands as doubles; nothing if one is no number.
fn operands(h: &mut Held, a: &Value, b: &Value) -> R<Option<(f64, f64)>> {
    let (a, b) = (h.number_to_f64(a)?, h.number_to_f64(b)?);
    Ok(a.zip(b))
}

fn operate(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    match operands(h, a, b)? {
        Some((a, b)) => h.float_binary(op, a, b),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn both_parts(h: &mut Held, a: &Value, b: &Value) -> R {
    let Some((a, b)) = operands(h, a, b)? else { return Ok(Value::NOT_IMPLEMENTED) };
    if b == 0.0 {
        return Err(h.zero_division("float divmod()"));
    }
    let (quotient, rest) = div_mod(a, b);
    Ok(h.new_tuple(vec![h.new_float(quotient), h.new_float(rest)]))
}

fn pow(h: &mut Held, base: &Value, exponent: &Value, modulus: Option<&Value>) -> R {
    if modulus.is_some() {
        return Err(h.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    operate(h, BinOp::Pow, base, exponent)
}

fn compare(args: Args<'_>, op: CmpOp) -> R {
    let order = match (args[1].as_float(), args[1].as_int()) {
        (Some(other), _) => this(args).partial_cmp(&other),
        (None, Some(int)) => float_int_order(this(args), int),
        (None, None) => return Ok(Value::NOT_IMPLEMENTED),
    };
    Ok(Value::bool(order.map_or(op == CmpOp::NotEq, |order| ordering_is(op, order))))
}

/// The int of a float that has no fraction, or of none.
fn whole(h: &mut Held, x: f64) -> R {
    if x.is_nan() {
        return Err(h.value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(h.overflow_error("cannot convert float infinity to integer"));
    }
    match x.abs() < (1i64 << 62) as f64 {
        true => Ok(h.new_int(x as i64)),
        false => Ok(h.int_from_big(float_round::trunc(x))),
    }
}

fn round(h: &mut Held, args: Args<'_>) -> R {
    let Some(places) = args.opt_some(1) else { return whole(h, this(args).round_ties_even()) };
    let places = h.to_isize_clamped(places)? as i64;
    match float_round::round_to(this(args), places) {
        Some(x) => Ok(h.new_float(x)),
        None => Err(h.overflow_error("rounded value too large to represent")),
    }
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    let Some(spec) = args[1].downcast::<Str>() else {
        let got = args[1].given_name();
        return Err(h.type_error(format!("__format__() argument must be str, not {got}")));
    };
    if spec.is_empty() {
        return h.to_str(&args[0]);
    }
    match format_float(this(args), spec.chars(), &args[0].class_name()) {
        Ok(text) => Ok(h.str_from_owned(&text)),
        Err(error) => Err(h.format_error(error)),
    }
}

fn as_integer_ratio(h: &mut Held, args: Args<'_>) -> R {
    let x = this(args);
    if x.is_infinite() {
        return Err(h.error(Exc::OverflowError, "cannot convert Infinity to integer ratio"));
    }
    if x.is_nan() {
        return Err(h.value_error("cannot convert NaN to integer ratio"));
    }
    let (numerator, denominator) = float_round::as_integer_ratio(x);
    Ok(h.new_tuple(vec![h.int_from_big(numerator), h.int_from_big(denominator)]))
}
