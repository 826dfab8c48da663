//! Raw registers, as the eval loop touches them.
//!
//! In: a window's start and register numbers that the verifier has checked. Out: words and values. The one invariant: a
//! register is a valid `Reg` between any two operations.

use crate::objects::header::Header;
use crate::objects::heap;
use crate::objects::value::{Reg, Value};
use crate::runtime::finalize;
use crate::sync::Held;
use std::ptr::NonNull;

/// A window of registers.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Regs(pub *mut Reg);

/// Whether a word points to an object.
#[inline(always)]
pub fn is_object(bits: u64) -> bool {
    if bits & 7 != 0 {
        return false;
    }
    apart();
    bits != 0
}

/// Keeps the test before it and the test behind it apart: two predictable branches are better than the six instructions that the compiler
/// makes of both.
#[inline(always)]
pub fn apart() {
    // SAFETY: no instruction at all.
    unsafe { std::arch::asm!("", options(nomem, nostack, preserves_flags)) }
}

impl Regs {
    /// # Safety
    /// Here and below: `i` is inside the window, which is on the value stack.
    #[inline(always)]
    pub unsafe fn slot(self, i: usize) -> *mut Reg {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(i) }
    }

    /// The word of a register; zero if it is empty.
    ///
    /// # Safety
    /// As for `slot`.
    #[inline(always)]
    pub unsafe fn bits(self, i: usize) -> u64 {
        // SAFETY: a `Reg` is one word.
        unsafe { *self.slot(i).cast::<u64>() }
    }

    /// The value of a register.
    ///
    /// # Safety
    /// As for `slot`; and the borrow must end before the register changes.
    #[inline(always)]
    pub unsafe fn get<'a>(self, i: usize) -> Option<&'a Value> {
        // SAFETY: the caller's promise.
        unsafe { (*self.slot(i)).as_ref() }
    }

    /// Moves the value out and leaves the register empty.
    ///
    /// # Safety
    /// As for `slot`.
    #[inline(always)]
    pub unsafe fn take(self, i: usize) -> Reg {
        // SAFETY: the caller's promise.
        unsafe { (*self.slot(i)).take() }
    }

    /// Writes an owned word and drops what was there.
    ///
    /// # Safety
    /// As for `slot`; `bits` is a valid word whose reference is given away.
    #[inline(always)]
    pub unsafe fn put(self, held: &mut Held, i: usize, bits: u64) {
        // SAFETY: the caller's promise.
        unsafe { put(held, self.slot(i), bits) }
    }
}

/// Writes an owned word to a register and drops what was there; finalizers of that run at once.
///
/// # Safety
/// `slot` is a register, `bits` a valid word whose reference is given away.
#[inline(always)]
pub unsafe fn put(held: &mut Held, slot: *mut Reg, bits: u64) {
    // SAFETY: the caller's promise; the old word is dropped only after it was replaced.
    unsafe {
        let old = *slot.cast::<u64>();
        *slot.cast::<u64>() = bits;
        if is_object(old) {
            drop_object(held, old);
        }
    }
}

/// Drops the reference that a word owns.
///
/// # Safety
/// `bits` points to an object and owns a reference.
#[inline(always)]
pub unsafe fn drop_object(held: &mut Held, bits: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        let object = NonNull::new_unchecked(bits as *mut Header);
        if object.as_ref().count.dec() {
            release(held, object);
        }
    }
}

/// Moves registers, a handful as a rule, and leaves empty ones.
///
/// # Safety
/// `count` registers stand at both places, which do not overlap; those at `to` own nothing.
#[inline(always)]
pub unsafe fn move_words(from: *mut Reg, to: *mut Reg, count: usize) {
    let (from, to) = (from.cast::<u64>(), to.cast::<u64>());
    for i in 0..count {
        // SAFETY: the caller has `count` registers at both places.
        unsafe {
            // Volatile: a handful of moves, not calls of memcpy and memset.
            to.add(i).write_volatile(from.add(i).read_volatile());
            from.add(i).write_volatile(0);
        }
    }
}

/// A word with a reference of its own.
///
/// # Safety
/// `bits` is a valid word that someone keeps alive at the moment.
#[inline(always)]
pub unsafe fn share(bits: u64) -> u64 {
    if is_object(bits) {
        // SAFETY: the caller's promise.
        unsafe { (*(bits as *const Header)).count.inc() };
    }
    bits
}

#[cold]
#[inline(never)]
unsafe fn release(held: &mut Held, object: NonNull<Header>) {
    // SAFETY: the count has just reached zero.
    unsafe { heap::release(object) };
    if finalize::pending() {
        finalize::run(held);
    }
}
