//! The functions that contexts have for what decimals can do.
//!
//! In: decimals and ints. Out: decimals, booleans, words. The one invariant: the context itself is used, not the one in force.

use super::context::settings;
use super::functions::{compare_total, compare_total_mag, copy_sign};
use super::number::{Binary, Decimal, Unary, converted, finish};
use super::operators;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{Context, Form, Number};

pub(super) static UNARY: [Def; 19] = [
    def("abs", "x, /", |h, args| unary(h, args, Number::abs)),
    def("exp", "x, /", |h, args| unary(h, args, Number::exp)),
    def("ln", "x, /", |h, args| unary(h, args, Number::ln)),
    def("log10", "x, /", |h, args| unary(h, args, Number::log10)),
    def("minus", "x, /", |h, args| unary(h, args, Number::minus)),
    def("next_minus", "x, /", |h, args| unary(h, args, Number::next_minus)),
    def("next_plus", "x, /", |h, args| unary(h, args, Number::next_plus)),
    def("normalize", "x, /", |h, args| unary(h, args, Number::normalize)),
    def("plus", "x, /", |h, args| unary(h, args, Number::plus)),
    def("to_integral", "x, /", |h, args| unary(h, args, Number::to_integral_value)),
    def("to_integral_exact", "x, /", |h, args| unary(h, args, Number::to_integral_exact)),
    def("to_integral_value", "x, /", |h, args| unary(h, args, Number::to_integral_value)),
    def("sqrt", "x, /", |h, args| unary(h, args, Number::sqrt)),
    def("logb", "x, /", |h, args| unary(h, args, Number::logb)),
    def("logical_invert", "x, /", |h, args| unary(h, args, Number::logical_invert)),
    def("_apply", "x, /", |h, args| unary(h, args, |x, context, status| x.clone().finalized(context, status))),
    def("copy_abs", "x, /", |h, args| unary(h, args, |x, _, _| x.absolute())),
    def("copy_negate", "x, /", |h, args| unary(h, args, |x, _, _| x.negated())),
    def("copy_decimal", "x, /", |h, args| match args[1].downcast::<Decimal>() {
        Some(_) => Ok(args[1].clone()),
        None => unary(h, args, |x, _, _| x.clone()),
    }),
];

pub(super) static BINARY: [Def; 23] = [
    def("add", "x, y, /", |h, args| binary(h, args, Number::add)),
    def("subtract", "x, y, /", |h, args| binary(h, args, Number::subtract)),
    def("multiply", "x, y, /", |h, args| binary(h, args, Number::multiply)),
    def("divide", "x, y, /", |h, args| binary(h, args, Number::divide)),
    def("divide_int", "x, y, /", |h, args| binary(h, args, Number::divide_int)),
    def("remainder", "x, y, /", |h, args| binary(h, args, Number::remainder)),
    def("remainder_near", "x, y, /", |h, args| binary(h, args, Number::remainder_near)),
    def("compare", "x, y, /", |h, args| binary(h, args, Number::compare)),
    def("compare_signal", "x, y, /", |h, args| binary(h, args, Number::compare_signal)),
    def("compare_total", "x, y, /", |h, args| binary(h, args, compare_total)),
    def("compare_total_mag", "x, y, /", |h, args| binary(h, args, compare_total_mag)),
    def("max", "x, y, /", |h, args| binary(h, args, Number::max)),
    def("max_mag", "x, y, /", |h, args| binary(h, args, Number::max_mag)),
    def("min", "x, y, /", |h, args| binary(h, args, Number::min)),
    def("min_mag", "x, y, /", |h, args| binary(h, args, Number::min_mag)),
    def("next_toward", "x, y, /", |h, args| binary(h, args, Number::next_toward)),
    def("quantize", "x, y, /", |h, args| binary(h, args, Number::quantize)),
    def("copy_sign", "x, y, /", |h, args| binary(h, args, copy_sign)),
    def("logical_and", "x, y, /", |h, args| binary(h, args, Number::logical_and)),
    def("logical_or", "x, y, /", |h, args| binary(h, args, Number::logical_or)),
    def("logical_xor", "x, y, /", |h, args| binary(h, args, Number::logical_xor)),
    def("rotate", "x, y, /", |h, args| binary(h, args, Number::rotate)),
    def("shift", "x, y, /", |h, args| binary(h, args, Number::shift)),
];

pub(super) static OTHERS: [Def; 19] = [
    def("scaleb", "x, y, /", |h, args| binary(h, args, Number::scaleb)),
    def("divmod", "x, y, /", |h, args| {
        let (x, y) = (converted(h, &args[1])?, converted(h, &args[2])?);
        operators::divmod(h, &args[0], &x, &y)
    }),
    def("same_quantum", "x, y, /", |h, args| {
        let (x, y) = (converted(h, &args[1])?, converted(h, &args[2])?);
        Ok(Value::bool(x.same_quantum(&y)))
    }),
    def("power", "a, b, modulo=None", |h, args| {
        let (a, b) = (converted(h, &args[1])?, converted(h, &args[2])?);
        let modulus = args.opt_some(3).map(|modulus| converted(h, modulus)).transpose()?;
        operators::power_in(h, &args[0], &a, &b, modulus.as_deref())
    }),
    def("fma", "x, y, z, /", |h, args| {
        let (x, y, z) = (converted(h, &args[1])?, converted(h, &args[2])?, converted(h, &args[3])?);
        let mut status = 0;
        let result = x.fma(&y, &z, &settings(&args[0]), &mut status);
        finish(h, &args[0], result, status)
    }),
    def("is_canonical", "x, /", |h, args| decimal(h, args).map(|_| Value::TRUE)),
    def("canonical", "x, /", |h, args| decimal(h, args).cloned()),
    def("is_finite", "x, /", |h, args| is(h, args, |x, _| x.is_finite())),
    def("is_infinite", "x, /", |h, args| is(h, args, |x, _| x.is_infinite())),
    def("is_nan", "x, /", |h, args| is(h, args, |x, _| x.is_nan())),
    def("is_normal", "x, /", |h, args| is(h, args, Number::is_normal)),
    def("is_qnan", "x, /", |h, args| is(h, args, |x, _| x.form == Form::Quiet)),
    def("is_signed", "x, /", |h, args| is(h, args, |x, _| x.negative)),
    def("is_snan", "x, /", |h, args| is(h, args, |x, _| x.is_signaling())),
    def("is_subnormal", "x, /", |h, args| is(h, args, Number::is_subnormal)),
    def("is_zero", "x, /", |h, args| is(h, args, |x, _| x.is_zero())),
    def("number_class", "x, /", |h, args| text(h, args, |x, context| x.class(context).to_string())),
    def("to_sci_string", "x, /", |h, args| text(h, args, |x, context| x.to_sci(context.capitals))),
    def("to_eng_string", "x, /", |h, args| text(h, args, |x, context| x.to_eng(context.capitals))),
];

fn unary(h: &mut Held, args: Args<'_>, operation: Unary) -> R {
    let x = converted(h, &args[1])?;
    let mut status = 0;
    let result = operation(&x, &settings(&args[0]), &mut status);
    finish(h, &args[0], result, status)
}

fn binary(h: &mut Held, args: Args<'_>, operation: Binary) -> R {
    let (x, y) = (converted(h, &args[1])?, converted(h, &args[2])?);
    let mut status = 0;
    let result = operation(&x, &y, &settings(&args[0]), &mut status);
    finish(h, &args[0], result, status)
}

fn is(h: &mut Held, args: Args<'_>, question: fn(&Number, &Context) -> bool) -> R {
    let x = converted(h, &args[1])?;
    Ok(Value::bool(question(&x, &settings(&args[0]))))
}

fn text(h: &mut Held, args: Args<'_>, of: fn(&Number, &Context) -> String) -> R {
    let x = converted(h, &args[1])?;
    Ok(h.new_str(&of(&x, &settings(&args[0]))))
}

fn decimal<'a>(h: &mut Held, args: Args<'a>) -> R<&'a Value> {
    match args.at(1).downcast::<Decimal>() {
        Some(_) => Ok(args.at(1)),
        None => Err(h.type_error("argument must be a Decimal")),
    }
}
