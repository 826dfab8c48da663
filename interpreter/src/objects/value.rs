//! `Value`: eight bytes that are an int, a float, a constant or a counted pointer to an object.
//!
//! In: what programs compute with. Out: the same, cheap to copy, test and drop. The one invariant: a word whose low three
//! bits are zero is a pointer to a live object of which this `Value` owns one reference; the all-zero word is no `Value`
//! (it is `None` of an `Option<Value>`, an empty register).
//!
//! | low bits | meaning |
//! |---|---|
//! | `...1`   | an int of 63 bits, shifted left by one |
//! | `..10`   | a float from 6e-39 to 3e38, zero, infinity or beyond 1e270, shifted and rotated |
//! | `.100`   | `None`, `False`, `True`, `NotImplemented`, `Ellipsis` |
//! | `.000`   | a pointer to an object's `Header` |
//!
//! Dropping the last reference frees memory but never runs toy code: finalizers are queued (`runtime/finalize.rs`).

use super::header::Header;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::ptr::NonNull;

/// A value of the language. Neither `Send` nor `Sync`: it may be touched only by a thread that is attached.
#[repr(transparent)]
pub struct Value(NonZeroU64, PhantomData<*const ()>);

/// A register: a value or nothing.
pub type Reg = Option<Value>;

const NONE: u64 = 0x04;
const FALSE: u64 = 0x14;
const TRUE: u64 = 0x1c;
const NOT_IMPLEMENTED: u64 = 0x24;
const ELLIPSIS: u64 = 0x2c;

/// The largest and smallest int that needs no object.
pub const INT_MAX: i64 = i64::MAX >> 1;
pub const INT_MIN: i64 = i64::MIN >> 1;

impl Value {
    pub const NONE: Value = Value::constant(NONE);
    pub const FALSE: Value = Value::constant(FALSE);
    pub const TRUE: Value = Value::constant(TRUE);
    pub const NOT_IMPLEMENTED: Value = Value::constant(NOT_IMPLEMENTED);
    pub const ELLIPSIS: Value = Value::constant(ELLIPSIS);

    const fn constant(bits: u64) -> Value {
        match NonZeroU64::new(bits) {
            Some(bits) => Value(bits, PhantomData),
            None => unreachable!(),
        }
    }

    /// The word itself.
    #[inline(always)]
    pub const fn bits(&self) -> u64 {
        self.0.get()
    }

    /// # Safety
    /// `bits` must be a valid word, and if it is a pointer the caller must own the reference that it gives away.
    #[inline(always)]
    pub const unsafe fn from_bits(bits: u64) -> Value {
        // SAFETY: the caller's promise; no valid word is zero.
        Value(unsafe { NonZeroU64::new_unchecked(bits) }, PhantomData)
    }

    /// The word, giving up ownership.
    #[inline(always)]
    pub fn into_bits(self) -> u64 {
        ManuallyDrop::new(self).bits()
    }

    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// An int that fits 63 bits, or nothing.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Option<Value> {
        if i >= INT_MIN && i <= INT_MAX { Some(Value::constant((i as u64) << 1 | 1)) } else { None }
    }

    /// A float that needs no object, or nothing.
    #[inline(always)]
    pub fn small_float(x: f64) -> Option<Value> {
        encode_float(x).map(Value::constant)
    }

    #[inline(always)]
    pub const fn is_none(&self) -> bool {
        self.bits() == NONE
    }

    #[inline(always)]
    pub const fn is_int_word(&self) -> bool {
        self.bits() & 1 == 1
    }

    /// The int of an immediate word.
    #[inline(always)]
    pub const fn as_small_int(&self) -> Option<i64> {
        if self.is_int_word() { Some(self.bits() as i64 >> 1) } else { None }
    }

    /// The float of an immediate word.
    #[inline(always)]
    pub const fn as_small_float(&self) -> Option<f64> {
        if self.bits() & 3 == 2 { Some(decode_float(self.bits())) } else { None }
    }

    #[inline(always)]
    pub const fn as_bool(&self) -> Option<bool> {
        if self.bits() & !8 == FALSE { Some(self.bits() == TRUE) } else { None }
    }

    /// `is`: the same word is the same object.
    #[inline(always)]
    pub const fn is(&self, other: &Value) -> bool {
        self.bits() == other.bits()
    }

    #[inline(always)]
    pub const fn is_object(&self) -> bool {
        self.bits() & 7 == 0
    }

    /// The object that this points to.
    #[inline(always)]
    pub fn header(&self) -> Option<&Header> {
        // SAFETY: a pointer word owns a reference, so the object lives as long as this borrow.
        if self.is_object() { Some(unsafe { &*(self.bits() as *const Header) }) } else { None }
    }

    /// A new owner of an object that someone else keeps alive at the moment.
    ///
    /// # Safety
    /// `object` must be alive.
    #[inline(always)]
    pub unsafe fn share(object: NonNull<Header>) -> Value {
        // SAFETY: the caller's promise.
        unsafe { object.as_ref().count.inc() };
        // SAFETY: a header's address is a valid word, and the count was raised.
        unsafe { Value::from_bits(object.as_ptr() as u64) }
    }
}

/// Values as registers, all of them full.
#[inline(always)]
pub fn as_regs(values: &[Value]) -> &[Reg] {
    // SAFETY: a `Value` is a `NonZeroU64` in a transparent struct, so `Some` of it is the same word.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// Registers as values, if all of them are full.
#[inline]
pub fn as_values(regs: &[Reg]) -> Option<&[Value]> {
    // SAFETY: as in `as_regs`.
    regs.iter().all(Option::is_some).then(|| unsafe { std::slice::from_raw_parts(regs.as_ptr().cast(), regs.len()) })
}

/// Shows `look` a row of values, the receiver in front, without counting them.
#[inline]
pub fn with_row<T>(receiver: &Value, args: &[Value], look: impl FnOnce(&[Reg]) -> T) -> T {
    // SAFETY: the borrowed values outlive the row, which never drops its copies.
    let copy = |value: &Value| ManuallyDrop::new(unsafe { Value::from_bits(value.bits()) });
    let show = |row: &[ManuallyDrop<Value>]| {
        // SAFETY: as in `as_regs`; `ManuallyDrop` adds nothing.
        look(unsafe { std::slice::from_raw_parts(row.as_ptr().cast(), row.len()) })
    };
    match args {
        [] => show(&[copy(receiver)]),
        [one] => show(&[copy(receiver), copy(one)]),
        _ => show(&std::iter::once(receiver).chain(args).map(copy).collect::<smallvec::SmallVec<[_; 4]>>()),
    }
}

/// What is taken off a float's bits before they are rotated. It brings the exponents of 2^-127 to 2^128 to those that begin with the bits
/// 010, and zero, infinity and the very large and very small to those that begin with 110: the low bits of a float's word.
const BIAS: u64 = 0x180 << 52;

/// The word of a float whose exponent allows it ("Float Self-Tagging", Melançon, Feeley and Serrano, 2024: decoding needs no test). A NaN is
/// an object, for it has an identity.
#[inline(always)]
pub fn encode_float(x: f64) -> Option<u64> {
    let word = x.to_bits().wrapping_sub(BIAS).rotate_left(4);
    match word & 7 {
        2 => Some(word),
        6 if !x.is_nan() => Some(word),
        _ => None,
    }
}

#[inline(always)]
pub const fn decode_float(word: u64) -> f64 {
    f64::from_bits(word.rotate_right(4).wrapping_add(BIAS))
}

impl Default for Value {
    /// None.
    fn default() -> Value {
        Value::NONE
    }
}

impl Clone for Value {
    #[inline(always)]
    fn clone(&self) -> Value {
        if let Some(header) = self.header() {
            header.count.inc();
        }
        Value(self.0, PhantomData)
    }
}

impl Drop for Value {
    #[inline(always)]
    fn drop(&mut self) {
        if let Some(header) = self.header()
            && header.count.dec()
        {
            let object = NonNull::from(header);
            // SAFETY: the count reached zero, so nobody else can reach the object.
            unsafe { super::heap::release(object) }
        }
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.as_small_int(), self.as_small_float()) {
            (Some(i), _) => write!(f, "{i}"),
            (_, Some(x)) => write!(f, "{x}"),
            _ => write!(f, "Value({:#x})", self.bits()),
        }
    }
}
