//! A reference count when there is a GIL: a plain number.
//!
//! In: `inc` and `dec` from every copy and drop of a `Value`. Out: whether the last reference went. The one invariant:
//! only the thread that holds the GIL touches it, so no operation is atomic. Compare `sync/free/count.rs`.

use std::cell::Cell;

/// The first word of every object.
#[derive(Debug)]
#[repr(transparent)]
pub struct Count(Cell<u32>);

impl Count {
    pub fn one() -> Count {
        Count(Cell::new(1))
    }

    #[inline(always)]
    pub fn inc(&self) {
        self.0.set(self.0.get().wrapping_add(1));
    }

    /// As `inc`, for an object that may be about to end: false if it is.
    #[inline(always)]
    pub fn try_inc(&self) -> bool {
        let alive = self.0.get() != 0;
        if alive {
            self.inc();
        }
        alive
    }

    /// Whether the object lives for ever.
    #[inline(always)]
    pub fn lasts(&self) -> bool {
        false
    }

    /// As `try_inc`.
    pub fn try_share(&self) -> bool {
        self.try_inc()
    }

    /// True if that was the last reference.
    #[inline(always)]
    pub fn dec(&self) -> bool {
        let left = self.0.get().wrapping_sub(1);
        self.0.set(left);
        left == 0
    }

    #[inline(always)]
    pub fn get(&self) -> u32 {
        self.0.get()
    }

    /// Brings an object back from zero, or ends it: used by finalizers and the collector only.
    pub fn set(&self, count: u32) {
        self.0.set(count);
    }

    /// Whether no other thread can look at the object now.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        true
    }

    /// Whether there is one reference, and nobody else can make another.
    #[inline(always)]
    pub fn is_sole(&self) -> bool {
        self.0.get() == 1
    }
}
