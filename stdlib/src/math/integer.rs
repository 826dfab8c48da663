//! Functions of integers, and products.
//!
//! In: what `__index__` takes. Out: exact ints. The one invariant: products of many factors are multiplied as balanced
//! trees, so that large numbers meet large numbers.

use interpreter::objects::function::Args;
use interpreter::objects::int::IntView;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::number::BinOp;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

pub(super) static FUNCTIONS: [Def; 7] = [
    def("factorial", "n, /", factorial),
    def("isqrt", "n, /", isqrt),
    def("gcd", "*integers", gcd),
    def("lcm", "*integers", lcm),
    def("comb", "n, k, /", comb),
    def("perm", "n, k=None, /", perm),
    def("prod", "iterable, /, *, start=1", prod),
];

/// An argument as an int of any size.
fn big(h: &mut Held, value: &Value) -> R<BigInt> {
    let index = h.index(value)?;
    Ok(index.as_int().map(|int| int.big().into_owned()).unwrap_or_default())
}

fn factorial(h: &mut Held, args: Args<'_>) -> R {
    let n = h.index(&args[0])?;
    let Some(n) = n.as_int() else { return Ok(h.new_int(1)) };
    if n.is_negative() {
        return Err(h.value_error("factorial() not defined for negative values"));
    }
    match n.to_i64() {
        Some(n) => Ok(h.int_from_big(product(1, n as u64))),
        None => Err(h.overflow_error(format!("factorial() argument should not exceed {}", i64::MAX))),
    }
}

/// `first * (first + 1) * ... * last`.
fn product(first: u64, last: u64) -> BigInt {
    if first > last {
        return BigInt::one();
    }
    if last - first < 16 {
        let mut whole = BigInt::one();
        let mut part = 1u64;
        for factor in first..=last {
            part = part.checked_mul(factor).unwrap_or_else(|| {
                whole *= part;
                factor
            });
        }
        return whole * part;
    }
    let middle = first + (last - first) / 2;
    product(first, middle) * product(middle + 1, last)
}

fn isqrt(h: &mut Held, args: Args<'_>) -> R {
    let n = h.index(&args[0])?;
    match n.as_int() {
        Some(n) if n.is_negative() => Err(h.value_error("isqrt() argument must be nonnegative")),
        Some(IntView::Small(n)) => Ok(h.new_int(n.isqrt())),
        Some(IntView::Big(n)) => Ok(h.int_from_big(n.sqrt())),
        None => Ok(n),
    }
}

fn gcd(h: &mut Held, args: Args<'_>) -> R {
    reduce(h, args, 0, |a, b| a.gcd(b))
}

fn lcm(h: &mut Held, args: Args<'_>) -> R {
    reduce(h, args, 1, |a, b| if a.is_zero() || b.is_zero() { BigInt::zero() } else { a.lcm(b) })
}

fn reduce(h: &mut Held, args: Args<'_>, start: i64, f: fn(&BigInt, &BigInt) -> BigInt) -> R {
    let mut result = BigInt::from(start);
    for value in args.rest(0) {
        let next = big(h, value)?;
        result = f(&result, &next).abs();
    }
    Ok(h.int_from_big(result))
}

/// `n` and `k`, neither negative.
fn naturals(h: &mut Held, n: &Value, k: &Value) -> R<(BigInt, BigInt)> {
    let (n, k) = (big(h, n)?, big(h, k)?);
    if n.is_negative() {
        return Err(h.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(h.value_error("k must be a non-negative integer"));
    }
    Ok((n, k))
}

fn comb(h: &mut Held, args: Args<'_>) -> R {
    let (n, k) = naturals(h, &args[0], &args[1])?;
    if k > n {
        return Ok(h.new_int(0));
    }
    let k = (&n - &k).min(k);
    match k.to_i64() {
        Some(k) => Ok(h.int_from_big(falling(&n, k as u64) / product(1, k as u64))),
        None => Err(h.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX))),
    }
}

fn perm(h: &mut Held, args: Args<'_>) -> R {
    let Some(k) = args.opt_some(1) else { return factorial(h, args) };
    let (n, k) = naturals(h, &args[0], k)?;
    if k > n {
        return Ok(h.new_int(0));
    }
    match k.to_i64() {
        Some(k) => Ok(h.int_from_big(falling(&n, k as u64))),
        None => Err(h.overflow_error(format!("k must not exceed {}", i64::MAX))),
    }
}

/// `n * (n - 1) * ...`, k factors.
fn falling(n: &BigInt, k: u64) -> BigInt {
    match n.to_u64() {
        Some(n) => product(n - k + 1, n),
        None if k == 0 => BigInt::one(),
        None if k == 1 => n.clone(),
        None => falling(n, k / 2) * falling(&(n - k / 2), k - k / 2),
    }
}

fn prod(h: &mut Held, args: Args<'_>) -> R {
    let mut result = args.opt(1).cloned().unwrap_or_else(|| h.new_int(1));
    h.for_each(&args[0], |h, item| {
        result = h.binary(BinOp::Mult, &result, &item)?;
        Ok(())
    })?;
    Ok(result)
}
