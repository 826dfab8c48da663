//! Numbers from floats and ints, and to ints; hashes.
//!
//! In: ints, floats. Out: the same. The one invariant: numbers that are equal have the same hash, whatever type they are of.

use crate::context::{Context, MOST_DIGITS, Rounding, status};
use crate::natural::{Natural, Rest};
use crate::number::Number;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;

/// What hashes are computed modulo.
const MODULUS: u64 = (1 << 61) - 1;
/// 10^-1 modulo that.
const INVERSE_OF_TEN: u64 = 2_075_258_708_292_324_556;

impl Number {
    pub fn from_big(n: &BigInt) -> Number {
        Number::finite(n.sign() == Sign::Minus, Natural::from_big(n.magnitude()), 0)
    }

    /// The number that a float is.
    pub fn from_f64(x: f64) -> Number {
        let negative = x.is_sign_negative();
        if x.is_nan() {
            return Number { negative, ..Number::nan() };
        }
        if x.is_infinite() {
            return Number::infinity(negative);
        }
        let bits = x.to_bits();
        let biased = (bits >> 52 & 0x7ff) as i64;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match biased {
            0 => (fraction, -1074),
            _ => (fraction | 1 << 52, biased - 1075),
        };
        if mantissa == 0 {
            return Number::zero(negative, 0);
        }
        let zeros = mantissa.trailing_zeros();
        let (mantissa, exponent) = (mantissa >> zeros, exponent + zeros as i64);
        if exponent >= 0 {
            return Number::finite(negative, Natural::from_big(&(BigUint::from(mantissa) << exponent)), 0);
        }
        // m / 2^k is m * 5^k / 10^k.
        let five = BigUint::from(5u32).pow(-exponent as u32);
        Number::finite(negative, Natural::from_big(&(five * mantissa)), exponent)
    }

    /// The whole number that this finite one is rounded to; nothing if there is no room for it.
    pub fn to_big(&self, rounding: Rounding) -> Option<BigInt> {
        let whole = self.rescaled(0, rounding)?;
        if let Some(small) = whole.coefficient.to_u64() {
            let small = BigInt::from(small);
            return Some(if self.negative { -small } else { small });
        }
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        Some(BigInt::from_biguint(sign, whole.coefficient.to_big()))
    }

    /// As `to_big`, if it is a machine word.
    pub fn to_i64(&self) -> Option<i64> {
        let size = if self.exponent == 0 {
            self.coefficient.to_u64()?
        } else if self.exponent < 0 || self.exponent < 20 {
            self.rescaled(0, Rounding::Down)?.coefficient.to_u64()?
        } else {
            return if self.coefficient.is_zero() { Some(0) } else { None };
        };
        let size = i64::try_from(size).ok()?;
        Some(if self.negative { -size } else { size })
    }

    /// The same value with another exponent, rounded; nothing if there is no room for it.
    pub(crate) fn rescaled(&self, exponent: i64, rounding: Rounding) -> Option<Number> {
        if self.exponent >= exponent {
            let coefficient = self.widened(self.exponent - exponent)?;
            return Some(Number::finite(self.negative, coefficient, exponent));
        }
        let (mut coefficient, rest) = self.coefficient.cut((exponent - self.exponent) as usize);
        if rest != Rest::Nothing && rounding.increments(&coefficient, self.negative, rest) {
            coefficient.increment();
        }
        Some(Number::finite(self.negative, coefficient, exponent))
    }

    /// Numerator and denominator of a finite number in lowest terms; nothing if there is no room for them.
    pub fn to_ratio(&self) -> Option<(BigInt, BigInt)> {
        let sign = if self.negative { Sign::Minus } else { Sign::Plus };
        if self.exponent >= 0 || self.coefficient.is_zero() {
            let zeros = if self.coefficient.is_zero() { 0 } else { self.exponent };
            let whole = self.widened(zeros)?.to_big();
            return Some((BigInt::from_biguint(sign, whole), BigInt::from(1)));
        }
        let places = -self.exponent;
        if places >= MOST_DIGITS {
            return None;
        }
        let (n, d) = (self.coefficient.to_big(), BigUint::from(10u32).pow(places as u32));
        let common = n.gcd(&d);
        Some((BigInt::from_biguint(sign, n / &common), BigInt::from(d / &common)))
    }

    /// The hash of a finite number.
    pub fn hash(&self) -> i64 {
        let base = if self.exponent < 0 { INVERSE_OF_TEN } else { 10 };
        let scale = power_modulo(base, self.exponent.unsigned_abs());
        let hash = multiply_modulo(self.coefficient.modulo(MODULUS), scale) as i64;
        match if self.negative { -hash } else { hash } {
            -1 => -2,
            hash => hash,
        }
    }

    /// The nearest float, where the quotient or product of two floats is that.
    pub fn to_f64(&self) -> Option<f64> {
        const EXACT: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
            1e19, 1e20, 1e21, 1e22,
        ];
        let n = self.coefficient.to_u64().filter(|n| *n <= 1 << 53)? as f64;
        let scale = EXACT.get(self.exponent.unsigned_abs() as usize)?;
        let size = if self.exponent < 0 { n / scale } else { n * scale };
        Some(if self.negative { -size } else { size })
    }

    /// Nothing is lost in an int of any size.
    pub fn exact(self, status: &mut u32) -> Number {
        let mut own = 0;
        let number = self.finalized(&Context::MAX, &mut own);
        number.if_exact(own, status)
    }

    /// Whether the status of making it says that there is no memory.
    pub fn lacks_memory(status: u32) -> bool {
        status & status::MEMORY != 0
    }
}

fn multiply_modulo(a: u64, b: u64) -> u64 {
    // 2^61 is 1 modulo that.
    let product = a as u128 * b as u128;
    let sum = (product as u64 & MODULUS) + (product >> 61) as u64;
    if sum >= MODULUS { sum - MODULUS } else { sum }
}

fn power_modulo(mut base: u64, mut exponent: u64) -> u64 {
    let mut power = 1;
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = multiply_modulo(power, base);
        }
        base = multiply_modulo(base, base);
        exponent >>= 1;
    }
    power
}
