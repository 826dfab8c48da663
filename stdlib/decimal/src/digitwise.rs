//! Operations on digits: logical ones, shifts and rotations.
//!
//! In: numbers (for the logical ones of digits 0 and 1, not negative, without exponent). Out: numbers of at most as many
//! digits as the precision. The one invariant: other operands are invalid.

use crate::context::{Context, MOST_DIGITS, status};
use crate::limbs::{POWERS, WIDTH};
use crate::natural::Natural;
use crate::number::Number;

impl Number {
    pub fn logical_and(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.logical(other, context, status, |a, b| a & b)
    }

    pub fn logical_or(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.logical(other, context, status, |a, b| a | b)
    }

    pub fn logical_xor(&self, other: &Number, context: &Context, status: &mut u32) -> Number {
        self.logical(other, context, status, |a, b| a ^ b)
    }

    pub fn logical_invert(&self, context: &Context, status: &mut u32) -> Number {
        if !self.is_logical() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        if context.prec >= MOST_DIGITS {
            return Number::no_memory(status);
        }
        let digits = (0..context.prec as usize).map(|place| 1 - self.coefficient.digit(place));
        Number::finite(false, of_digits(digits), 0)
    }

    fn logical(&self, other: &Number, context: &Context, status: &mut u32, with: fn(u8, u8) -> u8) -> Number {
        if !self.is_logical() || !other.is_logical() {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        let count = self.coefficient.digits().max(other.coefficient.digits()).min(context.prec) as usize;
        let digits = (0..count).map(|place| with(self.coefficient.digit(place), other.coefficient.digit(place)));
        Number::finite(false, of_digits(digits), 0)
    }

    fn is_logical(&self) -> bool {
        let count = self.coefficient.digits();
        self.is_finite()
            && !self.negative
            && self.exponent == 0
            && (0..count as usize).all(|place| self.coefficient.digit(place) <= 1)
    }

    /// With the coefficient moved; what leaves the precision is lost.
    pub fn shift(&self, by: &Number, context: &Context, status: &mut u32) -> Number {
        self.moved(by, context, status, |digits, n, prec| {
            if n >= 0 {
                digits.shifted_left(n as usize).low_digits(prec)
            } else {
                digits.shifted_right(n.unsigned_abs() as usize)
            }
        })
    }

    /// As `shift`, where what leaves at one end comes in at the other.
    pub fn rotate(&self, by: &Number, context: &Context, status: &mut u32) -> Number {
        self.moved(by, context, status, |digits, n, prec| {
            let n = if n >= 0 { n as usize } else { prec - n.unsigned_abs() as usize };
            let high = digits.shifted_right(prec - n);
            digits.shifted_left(n).low_digits(prec).plus(&high)
        })
    }

    fn moved(
        &self,
        by: &Number,
        context: &Context,
        status: &mut u32,
        how: fn(&Natural, i64, usize) -> Natural,
    ) -> Number {
        if let Some(nan) = self.nan_of(Some(by), context, status) {
            return nan;
        }
        let n = match by.whole_argument() {
            Some(n) if n.abs() <= context.prec => n,
            _ => return Number::invalid(status, status::INVALID_OPERATION),
        };
        if self.is_infinite() {
            return self.clone();
        }
        if n > MOST_DIGITS || context.prec >= MOST_DIGITS && n < 0 {
            return Number::no_memory(status);
        }
        let kept = self.coefficient.low_digits(context.prec as usize);
        Number::finite(self.negative, how(&kept, n, context.prec as usize), self.exponent)
    }
}

/// Of digits, the last first.
fn of_digits(digits: impl Iterator<Item = u8>) -> Natural {
    let mut limbs = Vec::new();
    for (place, digit) in digits.enumerate() {
        if place % WIDTH == 0 {
            limbs.push(0);
        }
        if let Some(limb) = limbs.last_mut() {
            *limb += digit as u64 * POWERS[place % WIDTH];
        }
    }
    limbs.into_iter().collect()
}
