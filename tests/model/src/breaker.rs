//! The breaker, with a choice at each look.
//!
//! In: the waiter's request. Out: whether the holder should stop by. The one invariant: as in `interpreter/src/sync/breaker.rs`, of
//! which only one bit matters here.

use std::sync::atomic::{AtomicU32, Ordering};

pub const DROP: u32 = 16;

static BREAKER: AtomicU32 = AtomicU32::new(0);

pub fn get() -> u32 {
    shuttle::thread::yield_now();
    BREAKER.load(Ordering::Relaxed)
}

/// A look that is no choice.
pub fn peek() -> u32 {
    BREAKER.load(Ordering::Relaxed)
}

pub fn set(bits: u32) {
    BREAKER.fetch_or(bits, Ordering::Relaxed);
}

pub fn take(bits: u32) -> bool {
    BREAKER.fetch_and(!bits, Ordering::Relaxed) & bits != 0
}

/// Before each run.
pub fn reset() {
    BREAKER.store(0, Ordering::Relaxed);
}
