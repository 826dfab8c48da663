//! Functions of reals.
//!
//! In: anything that `float` takes but text. Out: floats, mostly. The one invariant: NaN in, NaN out; else NaN is an error.

use super::{domain_error, gamma, range_error};
use crate::clib;
use interpreter::objects::function::Args;
use interpreter::objects::names::{Name, n};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use num_bigint::BigInt;

pub(super) static FUNCTIONS: [Def; 45] = [
    def("acos", "x, /", |h, args| one(h, args, f64::acos, Infinite::Domain)),
    def("acosh", "x, /", |h, args| one(h, args, |x| clib::acosh(x), Infinite::Domain)),
    def("asin", "x, /", |h, args| one(h, args, f64::asin, Infinite::Domain)),
    def("asinh", "x, /", |h, args| one(h, args, |x| clib::asinh(x), Infinite::Domain)),
    def("atan", "x, /", |h, args| one(h, args, f64::atan, Infinite::Domain)),
    def("atanh", "x, /", |h, args| one(h, args, |x| clib::atanh(x), Infinite::Domain)),
    def("cbrt", "x, /", |h, args| one(h, args, f64::cbrt, Infinite::Domain)),
    def("cos", "x, /", |h, args| one(h, args, f64::cos, Infinite::Domain)),
    def("cosh", "x, /", |h, args| one(h, args, f64::cosh, Infinite::Range)),
    def("degrees", "x, /", |h, args| one(h, args, |x| x * (180.0 / std::f64::consts::PI), Infinite::Allowed)),
    def("erf", "x, /", |h, args| one(h, args, |x| clib::erf(x), Infinite::Domain)),
    def("erfc", "x, /", |h, args| one(h, args, |x| clib::erfc(x), Infinite::Domain)),
    def("exp", "x, /", |h, args| one(h, args, f64::exp, Infinite::Range)),
    def("exp2", "x, /", |h, args| one(h, args, f64::exp2, Infinite::Range)),
    def("expm1", "x, /", |h, args| one(h, args, f64::exp_m1, Infinite::Range)),
    def("fabs", "x, /", |h, args| one(h, args, f64::abs, Infinite::Domain)),
    def("gamma", "x, /", |h, args| one(h, args, gamma::gamma, Infinite::Range)),
    def("lgamma", "x, /", lgamma),
    def("log1p", "x, /", |h, args| one(h, args, f64::ln_1p, Infinite::Domain)),
    def("radians", "x, /", |h, args| one(h, args, |x| x * (std::f64::consts::PI / 180.0), Infinite::Allowed)),
    def("sin", "x, /", |h, args| one(h, args, f64::sin, Infinite::Domain)),
    def("sinh", "x, /", |h, args| one(h, args, f64::sinh, Infinite::Range)),
    def("sqrt", "x, /", |h, args| one(h, args, f64::sqrt, Infinite::Domain)),
    def("tan", "x, /", |h, args| one(h, args, f64::tan, Infinite::Domain)),
    def("tanh", "x, /", |h, args| one(h, args, f64::tanh, Infinite::Domain)),
    def("ulp", "x, /", |h, args| one(h, args, ulp, Infinite::Allowed)),
    def("atan2", "y, x, /", |h, args| two(h, args, f64::atan2)),
    def("copysign", "x, y, /", |h, args| two(h, args, f64::copysign)),
    def("nextafter", "x, y, /", |h, args| two(h, args, next_after)),
    def("remainder", "x, y, /", |h, args| two(h, args, |x, y| clib::remainder(x, y))),
    def("fmod", "x, y, /", |h, args| two(h, args, |x, y| x % y)),
    def("pow", "x, y, /", pow),
    def("isfinite", "x, /", |h, args| Ok(Value::bool(h.to_f64(&args[0])?.is_finite()))),
    def("isinf", "x, /", |h, args| Ok(Value::bool(h.to_f64(&args[0])?.is_infinite()))),
    def("isnan", "x, /", |h, args| Ok(Value::bool(h.to_f64(&args[0])?.is_nan()))),
    def("isclose", "a, b, *, rel_tol=1e-09, abs_tol=0.0", is_close),
    def("log", "*args", log),
    def("log2", "x, /", |h, args| logarithm(h, &args[0], f64::log2).map(|x| h.new_float(x))),
    def("log10", "x, /", |h, args| logarithm(h, &args[0], f64::log10).map(|x| h.new_float(x))),
    def("floor", "x, /", |h, args| whole(h, args, n::__floor__, f64::floor)),
    def("ceil", "x, /", |h, args| whole(h, args, n::__ceil__, f64::ceil)),
    def("trunc", "x, /", trunc),
    def("modf", "x, /", modf),
    def("frexp", "x, /", frexp),
    def("ldexp", "x, i, /", ldexp),
];

/// What an infinite result of a finite argument means.
#[derive(PartialEq)]
enum Infinite {
    Domain,
    Range,
    Allowed,
}

fn one(h: &mut Held, args: Args<'_>, f: fn(f64) -> f64, infinite: Infinite) -> R {
    let x = h.to_f64(&args[0])?;
    let result = f(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error(h));
    }
    if result.is_infinite() && x.is_finite() && infinite != Infinite::Allowed {
        return Err(if infinite == Infinite::Range { range_error(h) } else { domain_error(h) });
    }
    Ok(h.new_float(result))
}

fn two(h: &mut Held, args: Args<'_>, f: fn(f64, f64) -> f64) -> R {
    let (x, y) = (h.to_f64(&args[0])?, h.to_f64(&args[1])?);
    let result = f(x, y);
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(h));
    }
    Ok(h.new_float(result))
}

fn lgamma(h: &mut Held, args: Args<'_>) -> R {
    let x = h.to_f64(&args[0])?;
    let result = gamma::log_gamma(x);
    if result.is_infinite() && x.is_finite() {
        return Err(if x <= 0.0 { domain_error(h) } else { range_error(h) });
    }
    Ok(h.new_float(result))
}

fn pow(h: &mut Held, args: Args<'_>) -> R {
    let (x, y) = (h.to_f64(&args[0])?, h.to_f64(&args[1])?);
    let result = x.powf(y);
    if !result.is_finite() && x.is_finite() && y.is_finite() {
        return Err(if result.is_nan() || x == 0.0 { domain_error(h) } else { range_error(h) });
    }
    Ok(h.new_float(result))
}

fn ulp(x: f64) -> f64 {
    if !x.is_finite() {
        return x.abs();
    }
    let x = x.abs();
    let next = x.next_up();
    if next.is_infinite() { x - x.next_down() } else { next - x }
}

fn next_after(x: f64, y: f64) -> f64 {
    match x.partial_cmp(&y) {
        None => f64::NAN,
        Some(std::cmp::Ordering::Equal) => y,
        Some(std::cmp::Ordering::Less) => x.next_up(),
        Some(std::cmp::Ordering::Greater) => x.next_down(),
    }
}

fn is_close(h: &mut Held, args: Args<'_>) -> R {
    let (a, b) = (h.to_f64(&args[0])?, h.to_f64(&args[1])?);
    let relative = args.opt(2).map_or(Ok(1e-9), |tolerance| h.to_f64(tolerance))?;
    let absolute = args.opt(3).map_or(Ok(0.0), |tolerance| h.to_f64(tolerance))?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(h.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let close = difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute;
    Ok(Value::bool(close))
}

fn log(h: &mut Held, args: Args<'_>) -> R {
    let given = args.rest(0);
    if given.is_empty() || given.len() > 2 {
        return Err(h.type_error("math.log requires 1 to 2 arguments"));
    }
    let of = logarithm(h, &given[0], f64::ln)?;
    let Some(base) = given.get(1) else { return Ok(h.new_float(of)) };
    let base = logarithm(h, base, f64::ln)?;
    if base == 0.0 {
        return Err(h.error(interpreter::objects::exception::Exc::ZeroDivisionError, "float division by zero"));
    }
    Ok(h.new_float(of / base))
}

/// The logarithm of a float, or of an int of any size.
fn logarithm(h: &mut Held, x: &Value, f: fn(f64) -> f64) -> R<f64> {
    let x = match x.as_int() {
        Some(int) if int.is_negative() || int.is_zero() => return Err(domain_error(h)),
        Some(int) => match int.to_f64() {
            Some(x) => x,
            None => {
                let (fraction, exponent) = split_big(&int.big());
                return Ok(f(fraction) + f(2.0) * exponent as f64);
            }
        },
        None => h.to_f64(x)?,
    };
    if x <= 0.0 { Err(domain_error(h)) } else { Ok(f(x)) }
}

/// As `frexp`, of a positive int beyond floats.
fn split_big(big: &BigInt) -> (f64, u64) {
    let exponent = big.bits();
    let shift = exponent.saturating_sub(64);
    let top = big.magnitude() >> shift;
    let top = top.to_u64_digits().first().copied().unwrap_or(0);
    let sticky = u64::from(big.trailing_zeros().unwrap_or(0) < shift);
    let (fraction, more) = split((top | sticky) as f64);
    (fraction, exponent - 64 + more as u64)
}

/// By the special method, or as a float.
fn whole(h: &mut Held, args: Args<'_>, name: Name, f: fn(f64) -> f64) -> R {
    let x = match args[0].as_small_float() {
        Some(x) => x,
        None => match h.call_special(&args[0], name, &[])? {
            Some(result) => return Ok(result),
            None => h.to_f64(&args[0])?,
        },
    };
    let float = h.new_float(f(x));
    h.to_int(&float)
}

fn trunc(h: &mut Held, args: Args<'_>) -> R {
    match h.call_special(&args[0], n::__trunc__, &[])? {
        Some(result) => Ok(result),
        None => {
            let name = args[0].class_name();
            Err(h.type_error(format!("type {name} doesn't define __trunc__ method")))
        }
    }
}

fn modf(h: &mut Held, args: Args<'_>) -> R {
    let x = h.to_f64(&args[0])?;
    let fraction = if x.is_infinite() { 0f64.copysign(x) } else { (x - x.trunc()).copysign(x) };
    let fraction = if x.is_nan() { x } else { fraction };
    Ok(h.new_tuple(vec![h.new_float(fraction), h.new_float(x.trunc())]))
}

fn frexp(h: &mut Held, args: Args<'_>) -> R {
    let x = h.to_f64(&args[0])?;
    let (fraction, exponent) = split(x);
    Ok(h.new_tuple(vec![h.new_float(fraction), h.new_int(exponent)]))
}

/// `x == fraction * 2**exponent` with a fraction from 0.5 to 1.
pub(super) fn split(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, less) = if x.is_subnormal() { (x * (1u64 << 54) as f64, 54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - less)
}

fn ldexp(h: &mut Held, args: Args<'_>) -> R {
    let x = h.to_f64(&args[0])?;
    let Some(exponent) = args[1].as_int() else {
        return Err(h.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return Ok(h.new_float(x));
    }
    let far = if exponent.is_negative() { -10_000 } else { 10_000 };
    let result = scale(x, exponent.to_i64().unwrap_or(far).clamp(-10_000, 10_000));
    if result.is_infinite() { Err(range_error(h)) } else { Ok(h.new_float(result)) }
}

/// `x * 2**exponent`, rounded once.
pub(super) fn scale(x: f64, exponent: i64) -> f64 {
    let power = |exponent: i64| f64::from_bits(((exponent + 1023) as u64) << 52);
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (fraction, own) = split(x);
    match own + exponent {
        1025.. => f64::INFINITY.copysign(x),
        total @ -1021.. => fraction * 2.0 * power(total - 1),
        total @ -1080.. => fraction * power(-100) * power(total + 100),
        _ => 0f64.copysign(x),
    }
}
