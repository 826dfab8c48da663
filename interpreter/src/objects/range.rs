//! `range`: three ints and the length they make.
//!
//! In: start, stop and step of any size. Out: items by position. The one invariant: `step` is not zero and `len` is right.

use super::header::allocate;
use super::value::Value;
use crate::sync::Held;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The data of a range.
pub struct Range {
    pub start: BigInt,
    pub stop: BigInt,
    pub step: BigInt,
    pub len: BigInt,
    /// Start, step and length, if all items fit machine words.
    pub small: Option<(i64, i64, u64)>,
}

crate::object!(Range, "range");

impl Range {
    /// `step` is not zero.
    pub fn new(start: BigInt, stop: BigInt, step: BigInt) -> Range {
        let span = if step.is_negative() { &start - &stop } else { &stop - &start };
        let len = if span.is_positive() { (span - 1) / step.abs() + BigInt::one() } else { BigInt::zero() };
        let small = small(&start, &stop, &step, &len);
        Range { start, stop, step, len, small }
    }

    /// The item at a position that is inside.
    pub fn item(&self, at: &BigInt) -> BigInt {
        &self.start + at * &self.step
    }
}

fn small(start: &BigInt, stop: &BigInt, step: &BigInt, len: &BigInt) -> Option<(i64, i64, u64)> {
    let fits = |i: &BigInt| i.to_i64().filter(|i| i.unsigned_abs() < 1 << 62);
    fits(stop)?;
    Some((fits(start)?, fits(step)?, len.to_u64()?))
}

impl Held {
    pub fn new_range(&self, start: BigInt, stop: BigInt, step: BigInt) -> Value {
        allocate(&super::core().range, Range::new(start, stop, step), 0).into_value()
    }
}
