//! `range`: three ints and the length they make.
//!
//! In: start, stop and step of any size. Out: items by position. The one invariant: the step is not zero and the length is
//! right.

use super::header::allocate;
use super::value::Value;
use crate::sync::Held;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::borrow::Cow;

/// The data of a range.
pub enum Range {
    Small(SmallRange),
    Big(Box<BigRange>),
}

crate::object!(Range, "range");

/// All numbers, and the items one step beyond the ends, fit machine words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallRange {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    pub len: u64,
}

/// Numbers of any size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BigRange {
    pub start: BigInt,
    pub stop: BigInt,
    pub step: BigInt,
    pub len: BigInt,
}

impl SmallRange {
    /// Nothing if a number is too large. `step` is not zero.
    pub fn new(start: i64, stop: i64, step: i64) -> Option<SmallRange> {
        let fits = |i: i64| i.unsigned_abs() < 1 << 61;
        if !(fits(start) && fits(stop) && fits(step)) {
            return None;
        }
        let span = if step < 0 { start - stop } else { stop - start };
        let len = if span > 0 { (span as u64 - 1) / step.unsigned_abs() + 1 } else { 0 };
        Some(SmallRange { start, stop, step, len })
    }

    /// The item at a position that is inside.
    pub fn item(self, at: u64) -> i64 {
        self.start.wrapping_add((at as i64).wrapping_mul(self.step))
    }

    /// The position of a number, if it is an item.
    pub fn position(self, i: i64) -> Option<u64> {
        let offset = i.checked_sub(self.start)?;
        let inside = self.len > 0 && offset % self.step == 0 && offset / self.step >= 0;
        inside.then(|| (offset / self.step) as u64).filter(|&at| at < self.len)
    }
}

impl BigRange {
    /// `step` is not zero.
    pub fn new(start: BigInt, stop: BigInt, step: BigInt) -> BigRange {
        let span = if step.is_negative() { &start - &stop } else { &stop - &start };
        let len = if span.is_positive() { (span - 1) / step.abs() + BigInt::one() } else { BigInt::zero() };
        BigRange { start, stop, step, len }
    }

    /// The item at a position.
    pub fn item(&self, at: &BigInt) -> BigInt {
        &self.start + at * &self.step
    }

    /// The position of a number, if it is an item.
    pub fn position(&self, i: &BigInt) -> Option<BigInt> {
        let offset = i - &self.start;
        if !(&offset % &self.step).is_zero() {
            return None;
        }
        let at = offset / &self.step;
        (!at.is_negative() && at < self.len).then_some(at)
    }
}

impl Range {
    /// `step` is not zero.
    pub fn new(start: BigInt, stop: BigInt, step: BigInt) -> Range {
        let small = start.to_i64().zip(stop.to_i64()).zip(step.to_i64());
        match small.and_then(|((start, stop), step)| SmallRange::new(start, stop, step)) {
            Some(small) => Range::Small(small),
            None => Range::Big(Box::new(BigRange::new(start, stop, step))),
        }
    }

    pub fn as_small(&self) -> Option<SmallRange> {
        match self {
            Range::Small(small) => Some(*small),
            Range::Big(_) => None,
        }
    }

    pub fn as_big(&self) -> Cow<'_, BigRange> {
        match self {
            Range::Big(big) => Cow::Borrowed(big),
            Range::Small(SmallRange { start, stop, step, len }) => Cow::Owned(BigRange {
                start: (*start).into(),
                stop: (*stop).into(),
                step: (*step).into(),
                len: (*len).into(),
            }),
        }
    }
}

impl Held {
    pub fn new_range(&self, start: BigInt, stop: BigInt, step: BigInt) -> Value {
        self.range_of(Range::new(start, stop, step))
    }

    #[inline]
    pub fn range_of(&self, range: Range) -> Value {
        allocate(&super::core().range, range, 0).into_value()
    }

    /// An iterator of a range.
    pub fn iter_range(&self, range: &Range) -> Value {
        match range {
            Range::Small(small) => self.new_range_iter(small.start, small.step, small.len).into_value(),
            Range::Big(big) => self.new_long_range_iter(BigRange::clone(big)),
        }
    }

    pub(crate) fn new_long_range_iter(&self, range: BigRange) -> Value {
        let at = crate::sync::ObjCell::new(BigInt::zero());
        allocate(&super::core().longrange_iterator, super::iter::LongRangeIter { range, at }, 0).into_value()
    }
}
