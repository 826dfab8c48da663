//! A reference count that several threads may change at once.
//!
//! In: `inc` and `dec` from every copy and drop of a `Value`. Out: whether the last reference went. The one invariant: whoever
//! sees zero synchronizes with every earlier `dec`, so it alone owns the object. Compare `sync/gil/count.rs`.

use std::sync::atomic::{AtomicU32, Ordering, fence};

/// The first word of every object.
#[derive(Debug)]
#[repr(transparent)]
pub struct Count(AtomicU32);

impl Count {
    pub const fn one() -> Count {
        Count(AtomicU32::new(1))
    }

    #[inline(always)]
    pub fn inc(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// True if that was the last reference.
    #[inline(always)]
    pub fn dec(&self) -> bool {
        let last = self.0.fetch_sub(1, Ordering::Release) == 1;
        if last {
            fence(Ordering::Acquire);
        }
        last
    }

    #[inline(always)]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Brings an object back from zero, or ends it: used by finalizers and the collector only.
    pub fn set(&self, count: u32) {
        self.0.store(count, Ordering::Relaxed);
    }
}
