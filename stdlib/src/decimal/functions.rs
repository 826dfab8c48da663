//! The functions of `Decimal` that are no operators.
//!
//! In: decimals, ints, and perhaps a context. Out: decimals, booleans, words. The one invariant: without a context the one in
//! force is used.

use super::context::settings;
use super::context_settings;
use super::current::given;
use super::number::{self, Binary, Decimal, Unary, converted, finish};
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{Form, Number};

pub(super) static UNARY: [Def; 8] = [
    def("exp", "context=None", |h, args| unary(h, args, Number::exp)),
    def("ln", "context=None", |h, args| unary(h, args, Number::ln)),
    def("log10", "context=None", |h, args| unary(h, args, Number::log10)),
    def("next_minus", "context=None", |h, args| unary(h, args, Number::next_minus)),
    def("next_plus", "context=None", |h, args| unary(h, args, Number::next_plus)),
    def("normalize", "context=None", |h, args| unary(h, args, Number::normalize)),
    def("sqrt", "context=None", |h, args| unary(h, args, Number::sqrt)),
    def("logb", "context=None", |h, args| unary(h, args, Number::logb)),
];

pub(super) static BINARY: [Def; 16] = [
    def("compare", "other, context=None", |h, args| binary(h, args, Number::compare)),
    def("compare_signal", "other, context=None", |h, args| binary(h, args, Number::compare_signal)),
    def("max", "other, context=None", |h, args| binary(h, args, Number::max)),
    def("max_mag", "other, context=None", |h, args| binary(h, args, Number::max_mag)),
    def("min", "other, context=None", |h, args| binary(h, args, Number::min)),
    def("min_mag", "other, context=None", |h, args| binary(h, args, Number::min_mag)),
    def("next_toward", "other, context=None", |h, args| binary(h, args, Number::next_toward)),
    def("remainder_near", "other, context=None", |h, args| binary(h, args, Number::remainder_near)),
    def("logical_and", "other, context=None", |h, args| binary(h, args, Number::logical_and)),
    def("logical_or", "other, context=None", |h, args| binary(h, args, Number::logical_or)),
    def("logical_xor", "other, context=None", |h, args| binary(h, args, Number::logical_xor)),
    def("rotate", "other, context=None", |h, args| binary(h, args, Number::rotate)),
    def("scaleb", "other, context=None", |h, args| binary(h, args, Number::scaleb)),
    def("shift", "other, context=None", |h, args| binary(h, args, Number::shift)),
    def("compare_total", "other, context=None", |h, args| binary(h, args, compare_total)),
    def("compare_total_mag", "other, context=None", |h, args| binary(h, args, compare_total_mag)),
];

pub(super) static OTHERS: [Def; 14] = [
    def("quantize", "exp, rounding=None, context=None", quantize),
    def("fma", "other, third, context=None", fma),
    def("to_integral", "rounding=None, context=None", |h, args| whole(h, args, Number::to_integral_value)),
    def("to_integral_value", "rounding=None, context=None", |h, args| whole(h, args, Number::to_integral_value)),
    def("to_integral_exact", "rounding=None, context=None", |h, args| whole(h, args, Number::to_integral_exact)),
    def("copy_sign", "other, context=None", |h, args| binary(h, args, copy_sign)),
    def("same_quantum", "other, context=None", |h, args| {
        given(h, args.opt(2))?;
        let other = converted(h, &args[1])?;
        Ok(Value::bool(this(args).same_quantum(&other)))
    }),
    def("copy_abs", "", |h, args| Ok(number::new(h, this(args).absolute()))),
    def("copy_negate", "", |h, args| Ok(number::new(h, this(args).negated()))),
    def("logical_invert", "context=None", |h, args| unary(h, args, Number::logical_invert)),
    def("number_class", "context=None", |h, args| {
        let context = given(h, args.opt(1))?;
        Ok(h.new_str(this(args).class(&settings(&context))))
    }),
    def("radix", "", |h, _| Ok(number::new(h, Number::small(10)))),
    def("canonical", "", |_, args| Ok(args[0].clone())),
    def("conjugate", "", |_, args| Ok(args[0].clone())),
];

pub(super) static PREDICATES: [Def; 10] = [
    def("is_canonical", "", |_, _| Ok(Value::TRUE)),
    def("is_finite", "", |_, args| Ok(Value::bool(this(args).is_finite()))),
    def("is_infinite", "", |_, args| Ok(Value::bool(this(args).is_infinite()))),
    def("is_nan", "", |_, args| Ok(Value::bool(this(args).is_nan()))),
    def("is_qnan", "", |_, args| Ok(Value::bool(this(args).form == Form::Quiet))),
    def("is_snan", "", |_, args| Ok(Value::bool(this(args).is_signaling()))),
    def("is_signed", "", |_, args| Ok(Value::bool(this(args).negative))),
    def("is_zero", "", |_, args| Ok(Value::bool(this(args).is_zero()))),
    def("is_normal", "context=None", |h, args| {
        let context = given(h, args.opt(1))?;
        Ok(Value::bool(this(args).is_normal(&settings(&context))))
    }),
    def("is_subnormal", "context=None", |h, args| {
        let context = given(h, args.opt(1))?;
        Ok(Value::bool(this(args).is_subnormal(&settings(&context))))
    }),
];

fn this<'a>(args: Args<'a>) -> &'a Number {
    &args.this::<Decimal>().0
}

fn unary(h: &mut Held, args: Args<'_>, operation: Unary) -> R {
    let context = given(h, args.opt(1))?;
    let mut status = 0;
    let result = operation(this(args), &settings(&context), &mut status);
    finish(h, &context, result, status)
}

fn binary(h: &mut Held, args: Args<'_>, operation: Binary) -> R {
    let context = given(h, args.opt(2))?;
    let other = converted(h, &args[1])?;
    let mut status = 0;
    let result = operation(this(args), &other, &settings(&context), &mut status);
    finish(h, &context, result, status)
}

/// The order of all representations as a number.
pub(super) fn compare_total(a: &Number, b: &Number, _: &toy_decimal::Context, _: &mut u32) -> Number {
    Number::small(a.order_total(b) as i64)
}

pub(super) fn compare_total_mag(a: &Number, b: &Number, _: &toy_decimal::Context, _: &mut u32) -> Number {
    Number::small(a.order_total_magnitude(b) as i64)
}

pub(super) fn copy_sign(a: &Number, b: &Number, _: &toy_decimal::Context, _: &mut u32) -> Number {
    a.with_sign(b.negative)
}

fn quantize(h: &mut Held, args: Args<'_>) -> R {
    let context = given(h, args.opt(3))?;
    let mut rules = settings(&context);
    if let Some(rounding) = args.opt_some(2) {
        rules.rounding = context_settings::rounding(h, rounding)?;
    }
    let to = converted(h, &args[1])?;
    let mut status = 0;
    let result = this(args).quantize(&to, &rules, &mut status);
    finish(h, &context, result, status)
}

fn fma(h: &mut Held, args: Args<'_>) -> R {
    let context = given(h, args.opt(3))?;
    let (other, third) = (converted(h, &args[1])?, converted(h, &args[2])?);
    let mut status = 0;
    let result = this(args).fma(&other, &third, &settings(&context), &mut status);
    finish(h, &context, result, status)
}

fn whole(h: &mut Held, args: Args<'_>, operation: Unary) -> R {
    let context = given(h, args.opt(2))?;
    let mut rules = settings(&context);
    if let Some(rounding) = args.opt_some(1) {
        rules.rounding = context_settings::rounding(h, rounding)?;
    }
    let mut status = 0;
    let result = operation(this(args), &rules, &mut status);
    finish(h, &context, result, status)
}
