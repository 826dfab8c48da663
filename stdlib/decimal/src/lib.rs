//! General Decimal Arithmetic: what `decimal` computes with.
//!
//! In: numbers (sign, coefficient, exponent, or a special one) and a context (precision, rounding, limits). Out: numbers, and
//! a status of what happened. The one invariant: a result is exact, or rounded once as the context says, and the status
//! knows it. No crate offers this with contexts, signals and limits of 10^18, so the coefficients are our own, in limbs of 19 digits:
//! rounding, aligning and text, which a binary bignum divides for, are moves of limbs here.

mod arithmetic;
mod context;
mod convert;
mod digitwise;
mod divide;
mod format;
mod limbs;
mod natural;
mod natural_convert;
mod natural_divide;
mod number;
mod order;
mod parse;
mod power;
mod quantize;
mod round;
mod series;
mod text;
mod transcendental;

pub use context::{Context, MAX_EMAX, MAX_PREC, MIN_EMIN, MIN_ETINY, Rounding, status};
pub use format::{Locale, Spec, parse_spec};
pub use natural::Natural;
pub use number::{Form, Number};
