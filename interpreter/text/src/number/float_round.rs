//! `round(x, n)`, and floats as exact integers and ratios.
//!
//! In: a float. Out: a float, a `BigInt`, a pair of them. The one invariant: rounding looks at the exact decimal value,
//! half to even.

use super::digits::{Digits, fraction};
use num_bigint::BigInt;

/// Beyond this many places every float stays as it is; before this many, all become zero.
const MOST_PLACES: i64 = 323;
const FEWEST_PLACES: i64 = -308;

/// `round(x, ndigits)`; `None` is OverflowError("rounded value too large to represent").
pub fn round_to(x: f64, ndigits: i64) -> Option<f64> {
    if !x.is_finite() || ndigits > MOST_PLACES {
        return Some(x);
    }
    if ndigits < FEWEST_PLACES {
        return Some(0.0 * x);
    }
    let Digits { negative, digits, point } = fraction(x, ndigits as i32);
    let size: f64 = format!("0.{digits}e{point}").parse().ok().filter(|size: &f64| size.is_finite())?;
    Some(if negative { -size } else { size })
}

/// `int(x)` of a finite float.
pub fn trunc(x: f64) -> BigInt {
    let (mantissa, exponent) = integer_decode(x.trunc());
    if exponent < 0 { mantissa >> exponent.unsigned_abs() } else { mantissa << exponent.unsigned_abs() }
}

/// `x.as_integer_ratio()` of a finite float: numerator and denominator, in lowest terms.
pub fn as_integer_ratio(x: f64) -> (BigInt, BigInt) {
    let (mantissa, exponent) = integer_decode(x);
    if exponent >= 0 {
        return (mantissa << exponent.unsigned_abs(), BigInt::from(1));
    }
    let common = mantissa.trailing_zeros().unwrap_or(u64::MAX).min(u64::from(exponent.unsigned_abs()));
    (mantissa >> common, BigInt::from(1) << (u64::from(exponent.unsigned_abs()) - common))
}

/// `x == mantissa * 2**exponent`.
fn integer_decode(x: f64) -> (BigInt, i32) {
    let bits = x.to_bits();
    let (biased, stored) = ((bits >> 52 & 0x7ff) as i32, (bits & ((1 << 52) - 1)) as i64);
    let (size, exponent) = if biased == 0 { (stored, -1074) } else { (stored | 1 << 52, biased - 1075) };
    (BigInt::from(if x < 0.0 { -size } else { size }), exponent)
}
