//! Sums, differences and products.
//!
//! In: numbers and a context. Out: the result, rounded once. The one invariant: a NaN among the operands comes before anything
//! else, a signaling one first.

use crate::context::{Context, Rounding, status};
use crate::limbs::POWERS;
use crate::natural::Natural;
use crate::number::Number;

impl Number {
    /// The NaN that comes of operands of which one is a NaN.
    #[inline]
    pub(crate) fn nan_of(&self, other: Option<&Number>, context: &Context, status: &mut u32) -> Option<Number> {
        let other = other.filter(|other| other.is_nan());
        if !self.is_nan() && other.is_none() { None } else { Some(self.first_nan(other, context, status)) }
    }

    #[cold]
    fn first_nan(&self, other: Option<&Number>, context: &Context, status: &mut u32) -> Number {
        let chosen = match other {
            Some(other) if !self.is_nan() || other.is_signaling() && !self.is_signaling() => other,
            _ => self,
        };
        if chosen.is_signaling() {
            *status |= status::INVALID_OPERATION;
        }
        Number { form: crate::number::Form::Quiet, ..chosen.clone() }.finalized(context, status)
    }

    pub fn plus(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        let positive = self.is_zero() && context.rounding != Rounding::Floor;
        self.with_sign(self.negative && !positive).finalized(context, status)
    }

    pub fn minus(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        let positive = self.is_zero() && context.rounding != Rounding::Floor;
        self.with_sign(!self.negative && !positive).finalized(context, status)
    }

    pub fn abs(&self, context: &Context, status: &mut u32) -> Number {
        if self.negative { self.minus(context, status) } else { self.plus(context, status) }
    }

    pub fn add(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.add_signed(other, other.negative, context, status)
    }

    pub fn subtract(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.add_signed(other, !other.negative, context, status)
    }

    /// The sum with a number whose sign is given separately.
    #[inline]
    fn add_signed(&self, other: &Number, sign: bool, context: &Context, status: &mut u32) -> Number {
        if self.is_finite() && other.is_finite() {
            return self.add_finite(other, sign, context, status);
        }
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) if self.negative != sign => Number::invalid(status, status::INVALID_OPERATION),
            (true, _) => Number::infinity(self.negative),
            _ => Number::infinity(sign),
        }
    }

    #[inline]
    fn add_finite(&self, other: &Number, sign: bool, context: &Context, status: &mut u32) -> Number {
        if self.exponent == other.exponent {
            if let (Some(a), Some(b)) = (self.coefficient.one_limb(), other.coefficient.one_limb()) {
                let (a, b) = ((self.negative, a as u128), (sign, b as u128));
                return combined_words(a, b, self.exponent, context, status);
            }
            return combined(
                (self.negative, &self.coefficient),
                (sign, &other.coefficient),
                self.exponent,
                context,
                status,
            );
        }
        let ours = (self.negative, self);
        let ((big_sign, big), (small_sign, small)) =
            if self.exponent > other.exponent { (ours, (sign, other)) } else { ((sign, other), ours) };
        let gap = (big.exponent - small.exponent) as usize;
        if let (Some(a), Some(b), 0..19) = (big.coefficient.one_limb(), small.coefficient.one_limb(), gap) {
            let a = a as u128 * POWERS[gap] as u128;
            return combined_words((big_sign, a), (small_sign, b as u128), small.exponent, context, status);
        }
        if big.coefficient.is_zero() {
            return combined(
                (big_sign, &big.coefficient),
                (small_sign, &small.coefficient),
                small.exponent,
                context,
                status,
            );
        }
        // What is far below the last place is replaced by something that rounds the same.
        let digits = big.coefficient.digits();
        let least = big.exponent - 1 + if digits > context.prec { 0 } else { digits - context.prec - 1 };
        let (tiny, small, exponent) = if small.adjusted() < least {
            (Natural::from(!small.coefficient.is_zero() as u64), None, least)
        } else {
            (Natural::default(), Some(&small.coefficient), small.exponent)
        };
        let Some(aligned) = big.widened(big.exponent - exponent) else { return Number::no_memory(status) };
        combined((big_sign, &aligned), (small_sign, small.unwrap_or(&tiny)), exponent, context, status)
    }

    pub fn multiply(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if self.is_finite() && other.is_finite() {
            return self.product(other).finalized(context, status);
        }
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        if self.is_zero() || other.is_zero() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        Number::infinity(self.negative != other.negative)
    }

    /// The exact product of finite numbers.
    #[inline]
    pub(crate) fn product(&self, other: &Number) -> Number {
        let coefficient = self.coefficient.times(&other.coefficient);
        Number::finite(self.negative != other.negative, coefficient, self.exponent + other.exponent)
    }

    /// `self * other + third`, rounded once.
    pub fn fma(&self, other: &Number, third: &Number, context: &Context, status: &mut u32) -> Number {
        if self.is_nan() || other.is_nan() {
            let quiet = !self.is_signaling() && !other.is_signaling();
            let operand = if quiet && third.is_signaling() { third } else { self };
            return operand.first_nan(Some(other).filter(|other| other.is_nan()), context, status);
        }
        if self.is_finite() && other.is_finite() {
            return self.product(other).add(third, context, status);
        }
        let product = self.multiply(other, context, status);
        if product.is_nan() { product } else { product.add(third, context, status) }
    }
}

/// The sum of two short coefficients of one exponent.
#[inline]
fn combined_words(a: (bool, u128), b: (bool, u128), exponent: i64, context: &Context, status: &mut u32) -> Number {
    let (negative, sum) = match (a.0 == b.0, a.1.cmp(&b.1)) {
        (true, _) => (a.0, a.1 + b.1),
        (false, std::cmp::Ordering::Greater) => (a.0, a.1 - b.1),
        (false, std::cmp::Ordering::Less) => (b.0, b.1 - a.1),
        (false, std::cmp::Ordering::Equal) => (context.rounding == Rounding::Floor, 0),
    };
    Number::finite(negative, Natural::from(sum), exponent).finalized(context, status)
}

/// The sum of two coefficients of one exponent.
#[inline]
fn combined(a: (bool, &Natural), b: (bool, &Natural), exponent: i64, context: &Context, status: &mut u32) -> Number {
    let sum = if a.0 == b.0 {
        Number::finite(a.0, a.1.plus(b.1), exponent)
    } else {
        match a.1.cmp(b.1) {
            std::cmp::Ordering::Greater => Number::finite(a.0, a.1.minus(b.1), exponent),
            std::cmp::Ordering::Less => Number::finite(b.0, b.1.minus(a.1), exponent),
            std::cmp::Ordering::Equal => Number::zero(context.rounding == Rounding::Floor, exponent),
        }
    };
    sum.finalized(context, status)
}
