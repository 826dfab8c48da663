//! Numbers from text.
//!
//! In: ASCII text without white space. Out: the number, rounded to the context. The one invariant: a text that is no number gives
//! a NaN and ConversionSyntax.

use crate::context::{Context, status};
use crate::natural::Natural;
use crate::number::{Form, Number};

/// Exponents are taken to be no farther from zero than this, which is beyond all limits.
const FARTHEST: i64 = 4_000_000_000_000_000_000;

impl Number {
    /// Reads a number and rounds it.
    pub fn parse(text: &[u8], context: &Context, status: &mut u32) -> Number {
        match read(text) {
            Some(number) if number.is_nan() && too_long(&number, context) => {
                Number::invalid(status, status::CONVERSION_SYNTAX)
            }
            Some(number) => number.finalized(context, status),
            None => Number::invalid(status, status::CONVERSION_SYNTAX),
        }
    }

    /// Reads a number that must not be rounded.
    pub fn parse_exactly(text: &[u8], status: &mut u32) -> Number {
        let mut own = 0;
        let number = Number::parse(text, &Context::MAX, &mut own);
        number.if_exact(own, status)
    }

    /// The number, if nothing was lost in making it.
    pub fn if_exact(self, own: u32, status: &mut u32) -> Number {
        *status |= own & (status::ERRORS | status::MEMORY);
        if own & (status::INEXACT | status::ROUNDED | status::CLAMPED) != 0 {
            return Number::invalid(status, status::INVALID_OPERATION);
        }
        self
    }
}

fn too_long(nan: &Number, context: &Context) -> bool {
    !nan.coefficient.is_zero() && nan.coefficient.digits() > context.prec - context.clamp as i64
}

fn read(text: &[u8]) -> Option<Number> {
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let first = rest.first()?;
    if first.is_ascii_digit() || *first == b'.' {
        return read_finite(negative, rest);
    }
    if rest.eq_ignore_ascii_case(b"inf") || rest.eq_ignore_ascii_case(b"infinity") {
        return Some(Number::infinity(negative));
    }
    let (form, rest) = match rest {
        [b's' | b'S', rest @ ..] => (Form::Signaling, rest),
        _ => (Form::Quiet, rest),
    };
    let (word, payload) = rest.split_at_checked(3)?;
    if !word.eq_ignore_ascii_case(b"nan") || !payload.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(Number { negative, form, exponent: 0, coefficient: Natural::from_digits(payload) })
}

fn read_finite(negative: bool, text: &[u8]) -> Option<Number> {
    let end = text.iter().position(|c| matches!(c, b'e' | b'E')).unwrap_or(text.len());
    let exponent = match text.get(end + 1..) {
        Some(exponent) => read_exponent(exponent)?,
        None => 0,
    };
    let mantissa = &text[..end];
    let point = mantissa.iter().position(|&c| c == b'.');
    let (whole, fraction) = match point {
        Some(point) => (&mantissa[..point], &mantissa[point + 1..]),
        None => (mantissa, &mantissa[..0]),
    };
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    if whole.is_empty() && fraction.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    let coefficient = match (whole, fraction) {
        (digits, []) | ([], digits) => Natural::from_digits(digits),
        _ => Natural::from_digits(&[whole, fraction].concat()),
    };
    Some(Number::finite(negative, coefficient, exponent - fraction.len() as i64))
}

fn read_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |n: i64, digit: &u8| n.saturating_mul(10).saturating_add((digit - b'0') as i64);
    let size = digits.iter().fold(0, add).min(FARTHEST);
    Some(if negative { -size } else { size })
}
