//! Powers.
//!
//! In: numbers and a context. Out: the power. The one invariant: whole exponents are computed by squaring with some digits
//! more, all others as exp(y ln x), as libmpdec does, so that the results are the same.

use crate::context::{Context, MAX_EMAX, MIN_EMIN, Rounding, status};
use crate::number::Number;
use num_bigint::BigUint;
use num_traits::Zero;
use std::cmp::Ordering;

impl Number {
    pub fn power(&self, exponent: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(Some(exponent), context, status) {
            return nan;
        }
        let sign = self.negative && exponent.is_odd();
        if exponent.is_zero() {
            return match self.is_zero() {
                true => Number::invalid(status, status::INVALID_OPERATION),
                false => Number::small(1).with_sign(sign),
            };
        }
        if self.is_zero() || self.is_infinite() && !exponent.is_infinite() {
            if self.negative && self.is_infinite() && !exponent.is_integer() {
                return Number::invalid(status, status::INVALID_OPERATION);
            }
            let vanishes = self.is_zero() != exponent.negative;
            return if vanishes { Number::zero(sign, 0) } else { Number::infinity(sign) };
        }
        if self.negative && !exponent.is_integer() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        let order = self.order_of_magnitudes(&Number::small(1));
        if exponent.is_infinite() {
            return self.to_infinite_power(exponent, order, sign, context, status);
        }
        if order == Ordering::Equal {
            return self.power_of_one(exponent, sign, context, status);
        }
        match self.out_of_range(exponent, order, context) {
            Some(limit) => limit.with_sign(sign).finalized(context, status),
            None if exponent.is_integer() => self.power_int(exponent, sign, context, status),
            None => self.power_real(exponent, context, status),
        }
    }

    fn to_infinite_power(
        &self,
        exponent: &Number,
        order: Ordering,
        sign: bool,
        context: &Context,
        status: &mut u32,
    ) -> Number {
        match order {
            Ordering::Equal => {
                *status |= status::INEXACT | status::ROUNDED;
                one_with_zeros(sign, context.prec - 1, status)
            }
            _ if (order == Ordering::Less) != exponent.negative => Number::zero(sign, 0),
            _ => Number::infinity(sign),
        }
    }

    /// 1.00 to some power has as many zeros as repeated multiplication would give.
    fn power_of_one(&self, exponent: &Number, sign: bool, context: &Context, status: &mut u32) -> Number {
        let most = context.prec - 1;
        if !exponent.is_integer() {
            *status |= status::INEXACT | status::ROUNDED;
            return one_with_zeros(sign, most, status);
        }
        if exponent.negative {
            return Number::small(1).with_sign(sign);
        }
        let places = exponent.to_i64().and_then(|times| times.checked_mul(-self.exponent));
        match places.filter(|&places| places <= most) {
            Some(places) => one_with_zeros(sign, places, status),
            None if self.exponent == 0 => Number::small(1).with_sign(sign),
            None => {
                *status |= status::ROUNDED;
                one_with_zeros(sign, most, status)
            }
        }
    }

    /// Overflow or underflow that is certain without computing: the magnitude of the result's exponent has a lower bound.
    fn out_of_range(&self, exponent: &Number, order: Ordering, context: &Context) -> Option<Number> {
        let places = |n: i64| n.unsigned_abs().checked_ilog10().map_or(1, |log| log as i64 + 1);
        let zeta = match self.adjusted() {
            size @ 1.. => places(size) - 1,
            size @ ..=-2 => places(size + 1) - 1,
            size => {
                let gap = self.absolute().subtract(&Number::small(1), &Context::MAX, &mut 0);
                gap.adjusted() - if size == 0 { 2 } else { 1 }
            }
        };
        let omega = zeta + exponent.adjusted();
        if (order == Ordering::Greater) != exponent.negative {
            return (places(context.emax) < omega).then(|| Number::power_of_ten(false, context.emax + 1));
        }
        (places(context.etiny()) < omega).then(|| Number::power_of_ten(false, context.etiny() - 1))
    }

    fn power_int(&self, exponent: &Number, sign: bool, context: &Context, status: &mut u32) -> Number {
        let more = exponent.coefficient.digits() + exponent.exponent + 2 + exponent.negative as i64;
        let work = Context { prec: context.prec + more, rounding: Rounding::HalfEven, clamp: false, ..*context };
        let base = match exponent.negative {
            true => Number::small(1).divide(self, &work, status),
            false => self.clone(),
        };
        let Some(times) = exponent.to_big(Rounding::Down) else { return Number::no_memory(status) };
        let times = times.magnitude();
        let mut result = base.clone();
        for bit in (0..times.bits() - 1).rev() {
            result = result.multiply(&result, &work, status);
            if times.bit(bit) {
                result = result.multiply(&base, &work, status);
            }
            if !result.is_finite() || result.is_zero() && *status & status::CLAMPED != 0 {
                break;
            }
        }
        let result = match result.is_infinite() {
            // The context's own rounding says what becomes of it.
            true => Number::power_of_ten(sign, 2 * MAX_EMAX + 3),
            false => result.with_sign(sign),
        };
        result.finalized(context, status)
    }

    fn power_real(&self, exponent: &Number, context: &Context, status: &mut u32) -> Number {
        let prec = self.coefficient.digits().max(context.prec) + 4 + 19;
        let work =
            Context { prec, emax: MAX_EMAX, emin: MIN_EMIN, rounding: Rounding::HalfEven, clamp: false, ..*context };
        let mut own = 0;
        let result = self.ln(&work, &mut own).multiply(exponent, &work, &mut own);
        let result = result.exp(&work, &mut own);
        *status |= own & (status::ERRORS | status::MEMORY) | status::INEXACT | status::ROUNDED;
        if result.is_finite() && result.order(&Number::small(1)) == Ordering::Equal {
            return one_with_zeros(false, context.prec - 1, status);
        }
        let result = if result.is_infinite() { Number::power_of_ten(false, 2 * MAX_EMAX + 3) } else { result };
        result.finalized(context, status)
    }

    /// The rest of a power, all of them being whole.
    pub fn power_modulo(&self, exponent: &Number, modulus: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of_three(exponent, modulus, context, status) {
            return nan;
        }
        let whole = self.is_integer() && exponent.is_integer() && modulus.is_integer();
        if !whole || modulus.is_zero() || modulus.adjusted() >= context.prec {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if exponent.is_zero() && self.is_zero() || exponent.negative && !exponent.is_zero() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        let sign = self.negative && exponent.is_odd();
        match power_of_ints(self, exponent, modulus) {
            Some(n) => Number::finite(sign, crate::Natural::from_big(&n), 0),
            None => Number::no_memory(status),
        }
    }

    fn nan_of_three(&self, second: &Number, third: &Number, context: &Context, status: &mut u32) -> Option<Number> {
        let operands = [self, second, third];
        let signaling = operands.iter().find(|x| x.is_signaling());
        signaling.or_else(|| operands.iter().find(|x| x.is_nan()))?.nan_of(None, context, status)
    }
}

fn power_of_ints(base: &Number, exponent: &Number, modulus: &Number) -> Option<BigUint> {
    let modulus = modulus.to_big(Rounding::Down)?.magnitude().clone();
    if modulus.is_zero() {
        return None;
    }
    // The exponents of ten are taken modulo as well, so they may be large.
    let reduced = |x: &Number| {
        let scale = BigUint::from(10u32).modpow(&BigUint::from(x.exponent.max(0) as u64), &modulus);
        let whole = if x.exponent < 0 { x.to_big(Rounding::Down)?.magnitude().clone() } else { x.coefficient.to_big() };
        Some(whole * scale % &modulus)
    };
    let exponent = exponent.to_big(Rounding::Down)?;
    Some(reduced(base)?.modpow(exponent.magnitude(), &modulus))
}

/// 1.000...
pub(crate) fn one_with_zeros(sign: bool, zeros: i64, status: &mut u32) -> Number {
    match Number::small(1).widened(zeros) {
        Some(coefficient) => Number::finite(sign, coefficient, -zeros),
        None => Number::no_memory(status),
    }
}
