//! Exponentials and logarithms of numbers.
//!
//! In: numbers and a context. Out: the result, rounded correctly to the nearest, whatever the context's rounding. The one
//! invariant: more digits are computed until it is certain to which side the result goes.

use crate::context::{Context, MOST_DIGITS, Rounding, status};
use crate::natural::Natural;
use crate::number::Number;
use crate::power::one_with_zeros;
use crate::series;
use num_bigint::BigInt;
use num_traits::Signed;
use std::cmp::Ordering;

impl Number {
    /// e to the power of the number.
    pub fn exp(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        if self.is_infinite() {
            return if self.negative { Number::zero(false, 0) } else { self.clone() };
        }
        if self.is_zero() {
            return Number::small(1);
        }
        if context.prec >= MOST_DIGITS {
            return Number::no_memory(status);
        }
        if self.adjusted() < -context.prec - 1 {
            *status |= status::INEXACT | status::ROUNDED;
            return one_with_zeros(false, context.prec - 1, status);
        }
        let context = Context { rounding: Rounding::HalfEven, ..*context };
        let result = match self.exp_of_extreme(&context) {
            Some(result) => result,
            None => self.exp_digits(context.prec),
        };
        result.finalized(&context, status)
    }

    /// Results that overflow or vanish.
    fn exp_of_extreme(&self, context: &Context) -> Option<Number> {
        let adjusted = self.adjusted();
        let places = |n: i64| n.unsigned_abs().checked_ilog10().map_or(1, |log| log as i64 + 1);
        if !self.negative && adjusted > places((context.emax + 1) * 3) {
            return Some(Number::power_of_ten(false, context.emax + 1));
        }
        if self.negative && adjusted > places((context.etiny() - 1) * 3) {
            return Some(Number::power_of_ten(false, context.etiny() - 1));
        }
        None
    }

    fn exp_digits(&self, p: i64) -> Number {
        let mut extra = 3;
        loop {
            let digits = p + extra;
            let bits = bits_of(digits) + 64 + 4 * self.adjusted().max(0) as u64;
            let (m, k) = series::exp(&self.to_fixed(bits), bits);
            let n = Natural::from_big(((m * ten(digits - 1)) >> bits).magnitude());
            if decided(&n, p) {
                return Number::finite(false, n, k - digits + 1);
            }
            extra += 3 + extra / 2;
        }
    }

    /// As an int over 2^bits.
    fn to_fixed(&self, bits: u64) -> BigInt {
        let n = BigInt::from(self.coefficient.to_big());
        let n = if self.negative { -n } else { n };
        if self.exponent >= 0 { (n * ten(self.exponent)) << bits } else { (n << bits) / ten(-self.exponent) }
    }

    /// The natural logarithm.
    pub fn ln(&self, context: &Context, status: &mut u32) -> Number {
        self.logarithm(context, status, false)
    }

    /// The logarithm to the base of ten.
    pub fn log10(&self, context: &Context, status: &mut u32) -> Number {
        self.logarithm(context, status, true)
    }

    fn logarithm(&self, context: &Context, status: &mut u32, by_ten: bool) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        if self.is_zero() {
            return Number::infinity(true);
        }
        if self.negative {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if self.is_infinite() {
            return self.clone();
        }
        let context = Context { rounding: Rounding::HalfEven, ..*context };
        if by_ten && self.coefficient.is_power_of_ten() {
            return Number::small(self.adjusted()).finalized(&context, status);
        }
        if self.order(&Number::small(1)) == Ordering::Equal {
            return Number::zero(false, 0);
        }
        if context.prec >= MOST_DIGITS {
            return Number::no_memory(status);
        }
        self.logarithm_digits(context.prec, by_ten).finalized(&context, status)
    }

    fn logarithm_digits(&self, p: i64, by_ten: bool) -> Number {
        let near = self.zeros_after_one();
        let mut extra = 3;
        loop {
            let places = p + near + extra + 2;
            let bits = bits_of(places) + 128;
            let mut value = self.ln_fixed(bits);
            if by_ten {
                value = (value << bits) / series::ln_ten(bits);
            }
            let negative = value.is_negative();
            let n = Natural::from_big(((value.abs() * ten(places)) >> bits).magnitude());
            if decided(&n, p) {
                return Number::finite(negative, n, -places);
            }
            extra += 3 + extra / 2;
        }
    }

    fn ln_fixed(&self, bits: u64) -> BigInt {
        let adjusted = self.adjusted();
        let n = BigInt::from(self.coefficient.to_big());
        if matches!(adjusted, -1 | 0) {
            // Not split into mantissa and exponent: near one, the parts would cancel.
            return series::ln(&n, &ten(-self.exponent), bits);
        }
        series::ln(&n, &ten(self.coefficient.digits() - 1), bits) + series::ln_ten(bits) * adjusted
    }

    /// How many zeros follow the point in the difference to one: as many does the logarithm begin with.
    fn zeros_after_one(&self) -> i64 {
        if !matches!(self.adjusted(), -1 | 0) || self.exponent >= 0 {
            return 0;
        }
        let one = Natural::power_of_ten(-self.exponent as usize);
        let gap = if self.coefficient > one { self.coefficient.minus(&one) } else { one.minus(&self.coefficient) };
        (-self.exponent - gap.digits()).max(0)
    }
}

/// Whether the digits beyond the precision tell how to round, though the last ones may be wrong.
fn decided(n: &Natural, p: i64) -> bool {
    let spare = n.digits() - p;
    if spare < 3 {
        return false;
    }
    let low = n.low_digits(spare as usize);
    let half = Natural::from(5u64).shifted_left(spare as usize - 1);
    let low = if low >= half { low.minus(&half) } else { low };
    let margin = Natural::from(3u64);
    low > margin && low < half.minus(&margin)
}

fn bits_of(digits: i64) -> u64 {
    digits as u64 * 10 / 3 + 1
}

fn ten(n: i64) -> BigInt {
    BigInt::from(10).pow(n.clamp(0, u32::MAX as i64) as u32)
}
