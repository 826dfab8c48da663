//! `slice`: three values, and what they mean for a sequence of a given length.
//!
//! In: start, stop and step of any type. Out: indexes. The one invariant: `Bounds` lie inside the sequence, so walking
//! them needs no further check.

use super::header::allocate;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

/// The data of a slice.
pub struct Slice {
    pub start: Value,
    pub stop: Value,
    pub step: Value,
}

crate::object!(Slice = super::header::Kind::SLICE, "slice", traced [start, stop, step]);

/// A slice of a sequence: `len` indexes from `start`, `step` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub len: usize,
}

impl Bounds {
    /// The indexes in order.
    pub fn indexes(self) -> impl Iterator<Item = usize> {
        (0..self.len as isize).map(move |i| (self.start + i * self.step) as usize)
    }
}

/// Start, stop and step as machine ints, not yet fitted to a length.
pub type Unpacked = (isize, isize, isize);

/// The bounds of a slice that need no toy code and no error.
#[inline]
pub fn unpack_plain(start: &Value, stop: &Value, step: &Value) -> Option<Unpacked> {
    let step = plain(step, 1)?;
    let (first, last) = match step {
        0 => return None,
        1.. => (0, isize::MAX),
        _ => (isize::MAX, isize::MIN),
    };
    Some((plain(start, first)?, plain(stop, last)?, step.max(-isize::MAX)))
}

impl Slice {
    /// The numbers; what they select is to be found when the sequence is looked at (`adjust`). Runs `__index__`.
    #[inline]
    pub fn unpack(&self, held: &mut Held) -> R<Unpacked> {
        match unpack_plain(&self.start, &self.stop, &self.step) {
            Some(unpacked) => Ok(unpacked),
            None => self.unpack_any(held),
        }
    }

    fn unpack_any(&self, held: &mut Held) -> R<Unpacked> {
        let step = match self.step.is_none() {
            true => 1,
            false => slice_index(held, &self.step)?.max(-isize::MAX),
        };
        if step == 0 {
            return Err(held.value_error("slice step cannot be zero"));
        }
        let start = match self.start.is_none() {
            true if step < 0 => isize::MAX,
            true => 0,
            false => slice_index(held, &self.start)?,
        };
        let stop = match self.stop.is_none() {
            true if step < 0 => isize::MIN,
            true => isize::MAX,
            false => slice_index(held, &self.stop)?,
        };
        Ok((start, stop, step))
    }

    /// What it selects of a sequence of `len` items.
    pub fn bounds(&self, held: &mut Held, len: usize) -> R<Bounds> {
        let unpacked = self.unpack(held)?;
        Ok(adjust(unpacked, len))
    }
}

/// A bound that is left out or a machine int.
#[inline(always)]
fn plain(bound: &Value, left_out: isize) -> Option<isize> {
    if bound.is_none() { Some(left_out) } else { bound.as_small_int().map(|i| i as isize) }
}

/// Fits unpacked numbers to a length (CPython's `PySlice_AdjustIndices`).
pub fn adjust((start, stop, step): Unpacked, len: usize) -> Bounds {
    let signed = len as isize;
    let fit = |i: isize| {
        let i = if i < 0 { i.saturating_add(signed) } else { i };
        let (low, high) = if step < 0 { (-1, signed - 1) } else { (0, signed) };
        i.clamp(low, high.max(low))
    };
    let (start, stop) = (fit(start), fit(stop));
    let len = if step < 0 {
        if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
    } else if start < stop {
        (stop - start - 1) / step + 1
    } else {
        0
    };
    Bounds { start, stop, step, len: len as usize }
}

/// A bound of a slice, or of a search in a string: `None` is for the caller.
pub fn slice_index(held: &mut Held, value: &Value) -> R<isize> {
    if value.as_int().is_none() && held.special(value, super::names::n::__index__).is_none() {
        return Err(held.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    held.to_isize_clamped(value)
}

impl Held {
    pub fn new_slice(&self, start: Value, stop: Value, step: Value) -> Value {
        allocate(&super::core().slice, Slice { start, stop, step }, 0).into_value()
    }
}
