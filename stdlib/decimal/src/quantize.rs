//! Other exponents for the same value.
//!
//! In: numbers and a context. Out: numbers with the exponent that was asked for. The one invariant: what does not fit the precision
//! is invalid, never rounded.

use crate::context::{Context, status};
use crate::number::Number;

impl Number {
    /// Rounded to the exponent of another number.
    pub fn quantize(&self, to: &Number, context: &Context, status: &mut u32) -> Number {
        if !self.is_finite() || !to.is_finite() {
            if let Some(nan) = self.nan_of(Some(to), context, status) {
                return nan;
            }
            if self.form == to.form {
                return self.clone();
            }
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if to.exponent > context.emax || to.exponent < context.etiny() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if self.is_zero() {
            return Number::zero(self.negative, to.exponent).finalized(context, status);
        }
        let difference = self.exponent - to.exponent;
        if self.coefficient.digits() + difference > context.prec {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        let Some(result) = self.rescaled(to.exponent, context.rounding) else {
            return Number::no_memory(status);
        };
        if result.adjusted() > context.emax || result.coefficient.digits() > context.prec {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if difference < 0 {
            *status |= status::ROUNDED;
            if self.coefficient.trailing_zeros() < -difference {
                *status |= status::INEXACT;
            }
        }
        if result.adjusted() < context.emin && !result.is_zero() {
            *status |= status::SUBNORMAL;
        }
        result.finalized(context, status)
    }

    /// Rounded to a whole number; tells if digits were lost.
    pub fn to_integral_exact(&self, context: &Context, status: &mut u32) -> Number {
        let result = self.to_integral_value(context, status);
        if self.is_finite() && self.exponent < 0 && !self.is_zero() {
            *status |= status::ROUNDED;
            if self.coefficient.trailing_zeros() < -self.exponent {
                *status |= status::INEXACT;
            }
        }
        result
    }

    /// Rounded to a whole number, silently.
    pub fn to_integral_value(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        if !self.is_finite() || self.exponent >= 0 {
            return self.clone();
        }
        match self.rescaled(0, context.rounding) {
            Some(whole) => whole,
            None => Number::no_memory(status),
        }
    }

    /// Without zeros at its end.
    pub fn normalize(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        let result = self.clone().finalized(context, status);
        if !result.is_finite() {
            return result;
        }
        if result.is_zero() {
            return Number::zero(result.negative, 0);
        }
        let top = if context.clamp { context.etop() } else { context.emax };
        let zeros = result.coefficient.trailing_zeros().min(top - result.exponent).max(0);
        let coefficient = result.coefficient.shifted_right(zeros as usize);
        Number::finite(result.negative, coefficient, result.exponent + zeros).finalized(context, status)
    }

    /// The exponent of the first digit, as a number.
    pub fn logb(&self, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        if self.is_infinite() {
            return Number::infinity(false);
        }
        if self.is_zero() {
            *status |= status::DIVISION_BY_ZERO;
            return Number::infinity(true);
        }
        Number::small(self.adjusted()).finalized(context, status)
    }

    /// With the exponent changed by a whole number.
    pub fn scaleb(&self, by: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(Some(by), context, status) {
            return nan;
        }
        let most = 2 * (context.emax + context.prec);
        let n = match by.whole_argument() {
            Some(n) if n.abs() <= most => n,
            _ => return Number::invalid(status, status::INVALID_OPERATION),
        };
        if self.is_infinite() {
            return self.clone();
        }
        let exponent = self.exponent.saturating_add(n);
        Number::finite(self.negative, self.coefficient.clone(), exponent).finalized(context, status)
    }

    /// An argument that must be written as an int.
    pub(crate) fn whole_argument(&self) -> Option<i64> {
        if self.is_finite() && self.exponent == 0 { self.to_i64() } else { None }
    }

    pub fn same_quantum(&self, other: &Number) -> bool {
        if self.is_nan() || other.is_nan() {
            return self.is_nan() && other.is_nan();
        }
        match (self.is_infinite(), other.is_infinite()) {
            (false, false) => self.exponent == other.exponent,
            (ours, theirs) => ours == theirs,
        }
    }
}
