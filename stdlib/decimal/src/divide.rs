//! Quotients, remainders and square roots.
//!
//! In: numbers and a context. Out: the result, rounded once. The one invariant: a quotient that is not exact has a digit more than is
//! wanted, and that one is neither 0 nor 5, so rounding sees that something follows.

use crate::context::{Context, MOST_DIGITS, Rounding, status};
use crate::natural::Natural;
use crate::number::Number;
use std::cmp::Ordering;

impl Number {
    pub fn divide(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        let sign = self.negative != other.negative;
        if !self.is_finite() || !other.is_finite() {
            return self.divide_special(other, context, status);
        }
        if other.is_zero() {
            if self.is_zero() {
                return Number::invalid(status, status::DIVISION_UNDEFINED);
            }
            *status |= status::DIVISION_BY_ZERO;
            return Number::infinity(sign);
        }
        let ideal = self.exponent - other.exponent;
        if self.is_zero() {
            return Number::zero(sign, ideal).finalized(context, status);
        }
        match self.digits_of_quotient(other, ideal, context) {
            Some((coefficient, exponent)) => Number::finite(sign, coefficient, exponent).finalized(context, status),
            None => Number::no_memory(status),
        }
    }

    fn divide_special(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        let sign = self.negative != other.negative;
        if self.is_infinite() {
            if other.is_infinite() {
                return Number::invalid(status, status::INVALID_OPERATION);
            }
            return Number::infinity(sign);
        }
        *status |= status::CLAMPED;
        Number::zero(sign, context.etiny())
    }

    /// Digits that decide the rounding, or an exact quotient as near to the ideal exponent as it goes.
    fn digits_of_quotient(&self, other: &Number, ideal: i64, context: &Context) -> Option<(Natural, i64)> {
        let (ours, theirs) = (self.coefficient.digits(), other.coefficient.digits());
        // With a precision beyond memory only an exact quotient can be given, which is not longer than this.
        let huge = context.prec >= MOST_DIGITS;
        let prec = if huge { (ours + 4 * theirs).min(MOST_DIGITS) } else { context.prec };
        let shift = theirs - ours + prec + 1;
        let (mut quotient, rest) = if shift >= 0 {
            self.widened(shift)?.divided(&other.coefficient)
        } else {
            self.coefficient.divided(&other.widened(-shift)?)
        };
        let exponent = ideal - shift;
        if !rest.is_zero() {
            if quotient.last_digit() % 5 == 0 {
                quotient.increment();
            }
            return (!huge).then_some((quotient, exponent));
        }
        if exponent >= ideal {
            return Some((quotient, exponent));
        }
        let zeros = quotient.trailing_zeros().min(ideal - exponent);
        Some((quotient.shifted_right(zeros as usize), exponent + zeros))
    }

    /// The whole quotient and the remainder of finite numbers, the divisor not being zero; nothing if the quotient is too long.
    fn parts(&self, other: &Number, context: &Context) -> Option<(Number, Number)> {
        let sign = self.negative != other.negative;
        let ideal = self.exponent.min(other.exponent);
        if self.is_zero() {
            return Some((Number::zero(sign, 0), Number::zero(self.negative, ideal)));
        }
        let difference = self.adjusted() - other.adjusted();
        if difference < 0 {
            let rest = self.widened((self.exponent - other.exponent).max(0))?;
            return Some((Number::zero(sign, 0), Number::finite(self.negative, rest, ideal)));
        }
        if difference > context.prec {
            return None;
        }
        let a = self.widened((self.exponent - other.exponent).max(0))?;
        let b = other.widened((other.exponent - self.exponent).max(0))?;
        let (quotient, rest) = a.divided(&b);
        if quotient.digits() > context.prec {
            return None;
        }
        Some((Number::finite(sign, quotient, 0), Number::finite(self.negative, rest, ideal)))
    }

    pub fn divmod(&self, other: &Number, context: &Context, status: &mut u32) -> (Number, Number) {
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return (nan.clone(), nan);
        }
        let sign = self.negative != other.negative;
        if self.is_infinite() {
            let rest = Number::invalid(status, status::INVALID_OPERATION);
            return (if other.is_infinite() { Number::nan() } else { Number::infinity(sign) }, rest);
        }
        if other.is_infinite() {
            return (Number::zero(sign, 0), self.clone().finalized(context, status));
        }
        if other.is_zero() {
            if self.is_zero() {
                return (Number::invalid(status, status::DIVISION_UNDEFINED), Number::nan());
            }
            *status |= status::DIVISION_BY_ZERO | status::INVALID_OPERATION;
            return (Number::infinity(sign), Number::nan());
        }
        match self.parts(other, context) {
            Some((quotient, rest)) => (quotient.finalized(context, status), rest.finalized(context, status)),
            None => (Number::invalid(status, status::DIVISION_IMPOSSIBLE), Number::nan()),
        }
    }

    pub fn divide_int(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        let sign = self.negative != other.negative;
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return Number::invalid(status, status::INVALID_OPERATION),
            (true, false) => return Number::infinity(sign),
            (false, true) => return Number::zero(sign, 0),
            _ => (),
        }
        if other.is_zero() {
            if self.is_zero() {
                return Number::invalid(status, status::DIVISION_UNDEFINED);
            }
            *status |= status::DIVISION_BY_ZERO;
            return Number::infinity(sign);
        }
        match self.parts(other, context) {
            Some((quotient, _)) => quotient.finalized(context, status),
            None => Number::invalid(status, status::DIVISION_IMPOSSIBLE),
        }
    }

    pub fn remainder(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(special) = self.remainder_special(other, context, status) {
            return special;
        }
        match self.parts(other, context) {
            Some((_, rest)) => rest.finalized(context, status),
            None => Number::invalid(status, status::DIVISION_IMPOSSIBLE),
        }
    }

    fn remainder_special(&self, other: &Number, context: &Context, status: &mut u32) -> Option<Number> {
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return Some(nan);
        }
        if self.is_infinite() {
            return Some(Number::invalid(status, status::INVALID_OPERATION));
        }
        if other.is_infinite() {
            return Some(self.clone().finalized(context, status));
        }
        if other.is_zero() {
            let condition = if self.is_zero() { status::DIVISION_UNDEFINED } else { status::INVALID_OPERATION };
            return Some(Number::invalid(status, condition));
        }
        None
    }

    /// What is left by the whole number nearest to the quotient.
    pub fn remainder_near(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(special) = self.remainder_special(other, context, status) {
            return special;
        }
        let Some((quotient, rest)) = self.parts(other, context) else {
            return Number::invalid(status, status::DIVISION_IMPOSSIBLE);
        };
        let near = rest.coefficient.is_zero() || (other.adjusted() - rest.adjusted()).abs() > 1;
        if near {
            return rest.finalized(context, status);
        }
        let Some(divisor) = other.widened(other.exponent - rest.exponent) else {
            return Number::no_memory(status);
        };
        let twice = rest.coefficient.plus(&rest.coefficient);
        let up = match twice.cmp(&divisor) {
            Ordering::Greater => true,
            Ordering::Equal => quotient.coefficient.is_odd(),
            Ordering::Less => false,
        };
        if !up {
            return rest.finalized(context, status);
        }
        if quotient.coefficient.is_all_nines() && quotient.coefficient.digits() == context.prec {
            return Number::invalid(status, status::DIVISION_IMPOSSIBLE);
        }
        let over = divisor.minus(&rest.coefficient);
        Number::finite(!rest.negative, over, rest.exponent).finalized(context, status)
    }

    pub fn sqrt(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        let ideal = self.exponent.div_euclid(2);
        if self.is_zero() {
            return Number::zero(self.negative, ideal).finalized(context, status);
        }
        if self.negative {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if self.is_infinite() {
            return self.clone();
        }
        let half_even = Context { rounding: Rounding::HalfEven, ..*context };
        match self.digits_of_root(ideal, context) {
            Some((root, exponent)) => Number::finite(false, root, exponent).finalized(&half_even, status),
            None => Number::no_memory(status),
        }
    }

    fn digits_of_root(&self, ideal: i64, context: &Context) -> Option<(Natural, i64)> {
        let odd = self.exponent.rem_euclid(2);
        let length = (self.coefficient.digits() + odd + 1) / 2;
        let huge = context.prec >= MOST_DIGITS;
        let prec = if huge { self.coefficient.digits() } else { context.prec };
        // So many digits more than the square root of the coefficient has.
        let shift = prec + 1 - length;
        let scaled = self.widened(odd + 2 * shift.max(0))?;
        let cut = 2 * shift.min(0).unsigned_abs() as usize;
        let square = if cut > 0 { scaled.shifted_right(cut) } else { scaled };
        let mut root = square.root();
        let lost = cut > 0 && self.coefficient.trailing_zeros() + odd < cut as i64;
        let exact = !lost && root.times(&root) == square;
        if exact {
            let zeros = if shift >= 0 { root.trailing_zeros().min(shift) } else { 0 };
            return match shift >= 0 {
                // The ideal exponent is reached if all that was added can be taken away.
                true => Some((root.shifted_right(zeros as usize), ideal - shift + zeros)),
                false => Some((root.shifted_left(-shift as usize), ideal)),
            };
        }
        if root.last_digit() % 5 == 0 {
            root.increment();
        }
        (!huge).then_some((root, ideal - shift))
    }
}
