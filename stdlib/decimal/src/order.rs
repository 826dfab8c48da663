//! Comparisons, and the larger or smaller of two.
//!
//! In: numbers. Out: an order, or one of them. The one invariant: what has no order (a NaN) never gets one.

use crate::context::{Context, status};
use crate::natural::Natural;
use crate::number::{Form, Number};
use std::cmp::Ordering;

impl Number {
    /// The order of two numbers that are no NaN.
    pub fn order(&self, other: &Number) -> Ordering {
        let sign = |x: &Number| if x.is_zero() { 0 } else { 1 - 2 * x.negative as i32 };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let magnitudes = self.order_of_magnitudes(other);
        if a < 0 { magnitudes.reverse() } else { magnitudes }
    }

    /// The order of the absolute values, neither being a NaN.
    pub(crate) fn order_of_magnitudes(&self, other: &Number) -> Ordering {
        match (self.is_infinite(), other.is_infinite()) {
            (false, false) if self.exponent == other.exponent => return self.coefficient.cmp(&other.coefficient),
            (false, false) => (),
            (a, b) => return a.cmp(&b),
        }
        match (self.is_zero(), other.is_zero()) {
            (false, false) => (),
            (a, b) => return b.cmp(&a),
        }
        let order = self.adjusted().cmp(&other.adjusted());
        if order != Ordering::Equal {
            return order;
        }
        // Both begin at the same place, so the one with fewer digits can be filled with zeros.
        let missing = self.coefficient.digits() - other.coefficient.digits();
        if missing >= 0 {
            self.coefficient.cmp(&other.coefficient.shifted_left(missing as usize))
        } else {
            self.coefficient.shifted_left(-missing as usize).cmp(&other.coefficient)
        }
    }

    /// -1, 0 or 1, or a NaN.
    pub fn compare(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        match self.nan_of(Some(other), context, status) {
            Some(nan) => nan,
            None => Number::small(self.order(other) as i64),
        }
    }

    /// As `compare`; every NaN signals.
    pub fn compare_signal(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        match self.nan_of(Some(other), context, status) {
            Some(nan) => {
                *status |= status::INVALID_OPERATION;
                nan
            }
            None => Number::small(self.order(other) as i64),
        }
    }

    /// The order of all representations.
    pub fn order_total(&self, other: &Number) -> Ordering {
        if self.negative != other.negative {
            return other.negative.cmp(&self.negative);
        }
        let order = self.order_total_magnitude(other);
        if self.negative { order.reverse() } else { order }
    }

    /// The same without regard to signs.
    pub fn order_total_magnitude(&self, other: &Number) -> Ordering {
        let rank = |x: &Number| match x.form {
            Form::Finite | Form::Infinite => 0,
            Form::Signaling => 1,
            Form::Quiet => 2,
        };
        match (rank(self), rank(other)) {
            (0, 0) => self.order_of_magnitudes(other).then_with(|| self.exponent.cmp(&other.exponent)),
            (a, b) if a != b => a.cmp(&b),
            _ => self.coefficient.cmp(&other.coefficient),
        }
    }

    pub fn max(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.chosen(other, context, status, Ordering::Less, |a, b| a.order(b))
    }

    pub fn min(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.chosen(other, context, status, Ordering::Greater, |a, b| a.order(b))
    }

    pub fn max_mag(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.chosen(other, context, status, Ordering::Less, |a, b| a.order_of_magnitudes(b))
    }

    pub fn min_mag(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.chosen(other, context, status, Ordering::Greater, |a, b| a.order_of_magnitudes(b))
    }

    /// The other one if the order is `loses`; a number is chosen before a quiet NaN.
    fn chosen(
        &self,
        other: &Number,
        context: &Context,
        status: &mut u32,
        loses: Ordering,
        order: fn(&Number, &Number) -> Ordering,
    ) -> Number {
        match (self.form, other.form) {
            (Form::Quiet, Form::Finite | Form::Infinite) => return other.clone().finalized(context, status),
            (Form::Finite | Form::Infinite, Form::Quiet) => return self.clone().finalized(context, status),
            _ => (),
        }
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        let order = order(self, other).then_with(|| self.order_total(other));
        let chosen = if order == loses { other } else { self };
        chosen.clone().finalized(context, status)
    }

    pub fn next_minus(&self, context: &Context, status: &mut u32) -> Number {
        self.neighbour(context, status, true)
    }

    pub fn next_plus(&self, context: &Context, status: &mut u32) -> Number {
        self.neighbour(context, status, false)
    }

    /// The next number that the context has, below or above.
    fn neighbour(&self, context: &Context, status: &mut u32, below: bool) -> Number {
        if let Some(nan) = self.nan_of(None, context, status) {
            return nan;
        }
        if self.is_infinite() {
            if self.negative == below {
                return self.clone();
            }
            if context.prec >= crate::context::MOST_DIGITS {
                return Number::no_memory(status);
            }
            return Number::finite(self.negative, Natural::nines(context.prec as usize), context.etop());
        }
        let rounding = if below { crate::Rounding::Floor } else { crate::Rounding::Ceiling };
        let context = Context { rounding, clamp: false, ..*context };
        let mut ignored = 0;
        let rounded = self.clone().finalized(&context, &mut ignored);
        if rounded.order(self) != Ordering::Equal {
            return rounded;
        }
        let step = Number::power_of_ten(below, context.etiny() - 1);
        rounded.add(&step, &context, &mut ignored)
    }

    /// The next number in the direction of another.
    pub fn next_toward(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        if let Some(nan) = self.nan_of(Some(other), context, status) {
            return nan;
        }
        let order = self.order(other);
        if order == Ordering::Equal {
            return self.with_sign(other.negative);
        }
        let next = self.neighbour(context, status, order == Ordering::Greater);
        if next.is_infinite() {
            *status |= status::OVERFLOW | status::ROUNDED | status::INEXACT;
        } else if next.adjusted() < context.emin {
            *status |= status::UNDERFLOW | status::SUBNORMAL | status::ROUNDED | status::INEXACT;
            if next.is_zero() {
                *status |= status::CLAMPED;
            }
        }
        next
    }
}
