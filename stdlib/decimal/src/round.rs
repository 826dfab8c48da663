//! Rounding: every operation ends here.
//!
//! In: an exact result (or one whose last digit is known not to deceive), a context. Out: the number that fits the context, and what was done to it. The
//! one invariant: the conditions are those of libmpdec, in every corner.

use crate::context::{Context, Rounding, status};
use crate::natural::{Natural, Rest};
use crate::number::{Form, Number};

impl Rounding {
    /// Whether the last digit goes up by one.
    #[inline]
    pub(crate) fn increments(self, coefficient: &Natural, negative: bool, rest: Rest) -> bool {
        match self {
            Rounding::HalfEven => rest > Rest::Half || rest == Rest::Half && coefficient.is_odd(),
            Rounding::Down => false,
            Rounding::Up => rest != Rest::Nothing,
            Rounding::HalfUp => rest >= Rest::Half,
            Rounding::HalfDown => rest > Rest::Half,
            Rounding::Ceiling => rest != Rest::Nothing && !negative,
            Rounding::Floor => rest != Rest::Nothing && negative,
            Rounding::ZeroFiveUp => rest != Rest::Nothing && matches!(coefficient.last_digit(), 0 | 5),
        }
    }
}

impl Number {
    /// The number as the context wants it.
    #[inline]
    pub fn finalized(self, context: &Context, status: &mut u32) -> Number {
        match self.form {
            Form::Finite => {
                let digits = self.coefficient.digits();
                let adjusted = self.exponent + digits - 1;
                let plain = digits <= context.prec && adjusted <= context.emax && adjusted >= context.emin;
                if plain && !context.clamp { self } else { self.limited(context, status).shortened(context, status) }
            }
            Form::Infinite => self,
            Form::Quiet | Form::Signaling => self.fitting_payload(context),
        }
    }

    /// A NaN's payload may lose its first digits.
    fn fitting_payload(mut self, context: &Context) -> Number {
        let most = context.prec - context.clamp as i64;
        if !self.coefficient.is_zero() && self.coefficient.digits() > most {
            self.coefficient = self.coefficient.low_digits(most as usize);
        }
        self
    }

    /// The exponent is brought into its limits.
    fn limited(self, context: &Context, status: &mut u32) -> Number {
        let adjusted = self.adjusted();
        if !self.is_finite() {
            return self;
        }
        if adjusted > context.emax {
            return self.too_large(context, status);
        }
        if context.clamp && self.exponent > context.etop() {
            return self.clamped(adjusted, context, status);
        }
        if adjusted < context.emin {
            return self.tiny(context, status);
        }
        self
    }

    fn too_large(self, context: &Context, status: &mut u32) -> Number {
        if self.is_zero() {
            *status |= status::CLAMPED;
            return Number::zero(self.negative, if context.clamp { context.etop() } else { context.emax });
        }
        *status |= status::OVERFLOW | status::INEXACT | status::ROUNDED;
        let to_largest = match context.rounding {
            Rounding::Down | Rounding::ZeroFiveUp => true,
            Rounding::Ceiling => self.negative,
            Rounding::Floor => !self.negative,
            _ => false,
        };
        match to_largest {
            true if context.prec > crate::context::MOST_DIGITS => Number::no_memory(status),
            true => Number::finite(self.negative, Natural::nines(context.prec as usize), context.etop()),
            false => Number::infinity(self.negative),
        }
    }

    fn clamped(self, adjusted: i64, context: &Context, status: &mut u32) -> Number {
        *status |= status::CLAMPED;
        let shift = self.exponent - context.etop();
        let Some(coefficient) = self.widened(shift) else { return Number::no_memory(status) };
        if !coefficient.is_zero() && adjusted < context.emin {
            *status |= status::SUBNORMAL;
        }
        Number::finite(self.negative, coefficient, context.etop())
    }

    fn tiny(self, context: &Context, status: &mut u32) -> Number {
        let etiny = context.etiny();
        if self.is_zero() {
            if self.exponent >= etiny {
                return self;
            }
            *status |= status::CLAMPED;
            return Number::zero(self.negative, etiny);
        }
        *status |= status::SUBNORMAL;
        if self.exponent >= etiny {
            return self;
        }
        let (mut coefficient, rest) = self.coefficient.cut((etiny - self.exponent) as usize);
        if context.rounding.increments(&coefficient, self.negative, rest) {
            coefficient.increment();
        }
        *status |= status::ROUNDED;
        if rest != Rest::Nothing {
            *status |= status::INEXACT | status::UNDERFLOW;
            if coefficient.is_zero() {
                *status |= status::CLAMPED;
            }
        }
        Number::finite(self.negative, coefficient, etiny)
    }

    /// The digits are brought to the precision.
    #[inline]
    fn shortened(mut self, context: &Context, status: &mut u32) -> Number {
        let excess = self.coefficient.digits() - context.prec;
        if excess <= 0 || !self.is_finite() {
            return self;
        }
        let (mut coefficient, rest) = self.coefficient.cut(excess as usize);
        self.exponent += excess;
        *status |= if rest == Rest::Nothing { status::ROUNDED } else { status::ROUNDED | status::INEXACT };
        if context.rounding.increments(&coefficient, self.negative, rest) {
            coefficient.increment();
            if coefficient.digits() > context.prec {
                coefficient = coefficient.shifted_right(1);
                self.exponent += 1;
            }
            self.coefficient = coefficient;
            return self.limited(context, status);
        }
        self.coefficient = coefficient;
        self
    }
}
