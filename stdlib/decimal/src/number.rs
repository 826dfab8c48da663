//! Decimal numbers.
//!
//! In: a sign, a coefficient and an exponent; or what kind of special number it is. Out: the same, and what can be said of a number
//! without a context. The one invariant: an infinity has neither coefficient nor exponent, a NaN's coefficient is its payload.

use crate::context::{Context, MOST_DIGITS, status};
use crate::natural::Natural;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Finite,
    Infinite,
    /// A NaN.
    Quiet,
    /// A NaN that every operation signals.
    Signaling,
}

/// `(-1)^negative * coefficient * 10^exponent`, if finite.
#[derive(Debug, Clone)]
pub struct Number {
    pub negative: bool,
    pub form: Form,
    pub exponent: i64,
    pub coefficient: Natural,
}

impl Number {
    #[inline]
    pub fn finite(negative: bool, coefficient: Natural, exponent: i64) -> Number {
        Number { negative, form: Form::Finite, exponent, coefficient }
    }

    pub fn small(n: i64) -> Number {
        Number::finite(n < 0, Natural::from(n.unsigned_abs()), 0)
    }

    /// A zero.
    pub fn zero(negative: bool, exponent: i64) -> Number {
        Number::finite(negative, Natural::default(), exponent)
    }

    /// 10^exponent.
    pub(crate) fn power_of_ten(negative: bool, exponent: i64) -> Number {
        Number::finite(negative, Natural::from(1u64), exponent)
    }

    pub fn infinity(negative: bool) -> Number {
        Number { negative, form: Form::Infinite, exponent: 0, coefficient: Natural::default() }
    }

    pub fn nan() -> Number {
        Number { negative: false, form: Form::Quiet, exponent: 0, coefficient: Natural::default() }
    }

    /// The NaN that an operation without a result gives.
    pub(crate) fn invalid(status: &mut u32, condition: u32) -> Number {
        *status |= condition;
        Number::nan()
    }

    /// What is given where there is no room for the digits.
    #[cold]
    pub(crate) fn no_memory(status: &mut u32) -> Number {
        Number::invalid(status, status::MEMORY)
    }

    #[inline]
    pub fn is_finite(&self) -> bool {
        self.form == Form::Finite
    }

    pub fn is_infinite(&self) -> bool {
        self.form == Form::Infinite
    }

    #[inline]
    pub fn is_nan(&self) -> bool {
        matches!(self.form, Form::Quiet | Form::Signaling)
    }

    pub fn is_signaling(&self) -> bool {
        self.form == Form::Signaling
    }

    #[inline]
    pub fn is_zero(&self) -> bool {
        self.is_finite() && self.coefficient.is_zero()
    }

    /// The exponent of the first digit; 0 for special numbers.
    #[inline]
    pub fn adjusted(&self) -> i64 {
        if self.is_finite() { self.exponent + self.coefficient.digits() - 1 } else { 0 }
    }

    /// Whether it is a whole number.
    pub fn is_integer(&self) -> bool {
        self.is_finite()
            && (self.exponent >= 0
                || self.coefficient.is_zero()
                || self.coefficient.trailing_zeros() >= self.exponent.saturating_neg())
    }

    /// Whether it is a whole number, and odd.
    pub(crate) fn is_odd(&self) -> bool {
        if !self.is_integer() || self.exponent > 0 {
            return false;
        }
        self.coefficient.digit(self.exponent.unsigned_abs() as usize) % 2 == 1
    }

    pub fn is_normal(&self, context: &Context) -> bool {
        self.is_finite() && !self.is_zero() && self.adjusted() >= context.emin
    }

    pub fn is_subnormal(&self, context: &Context) -> bool {
        self.is_finite() && !self.is_zero() && self.adjusted() < context.emin
    }

    pub fn with_sign(&self, negative: bool) -> Number {
        Number { negative, ..self.clone() }
    }

    pub fn negated(&self) -> Number {
        self.with_sign(!self.negative)
    }

    pub fn absolute(&self) -> Number {
        self.with_sign(false)
    }

    /// What kind of number it is, in words.
    pub fn class(&self, context: &Context) -> &'static str {
        match (self.form, self.negative) {
            (Form::Quiet, _) => "NaN",
            (Form::Signaling, _) => "sNaN",
            (Form::Infinite, true) => "-Infinity",
            (Form::Infinite, false) => "+Infinity",
            (Form::Finite, true) if self.is_zero() => "-Zero",
            (Form::Finite, false) if self.is_zero() => "+Zero",
            (Form::Finite, true) if self.is_subnormal(context) => "-Subnormal",
            (Form::Finite, false) if self.is_subnormal(context) => "+Subnormal",
            (Form::Finite, true) => "-Normal",
            (Form::Finite, false) => "+Normal",
        }
    }

    /// The coefficient with so many zeros more, if there is room for them.
    #[inline]
    pub(crate) fn widened(&self, zeros: i64) -> Option<Natural> {
        match zeros {
            0 => Some(self.coefficient.clone()),
            1..MOST_DIGITS => Some(self.coefficient.shifted_left(zeros as usize)),
            _ if self.coefficient.is_zero() => Some(Natural::default()),
            _ => None,
        }
    }
}
