//! The breaker: one word of reasons why the running thread should stop by.
//!
//! In: requests of signal handlers, the allocator and other threads. Out: a word that the eval loop compares with zero at
//! every switch point. The one invariant: whoever sets a bit also stored what it stands for before.

use std::sync::atomic::{AtomicU32, Ordering};

/// A signal came and its handler is to be called (by the main thread).
pub const SIGNAL: u32 = 1;
/// The collector is due.
pub const COLLECT: u32 = 2;
/// A second thread exists, and ticks or places other than calls matter: loops without them are to be left. Never cleared.
pub const TICKS: u32 = 4;
/// An exception is to be raised in some thread (`KeyboardInterrupt` by `_thread.interrupt_main`).
pub const INTERRUPT: u32 = 8;
/// The thread that holds the GIL is asked to give it up.
pub const DROP: u32 = 16;
/// Somebody traces or profiles.
pub const TRACE: u32 = 32;
/// Without the GIL: a thread wants to be alone, and all others are to stand still.
pub const STOP: u32 = 64;
/// Without the GIL: much waits to be dropped until every thread has passed a switch point.
pub const RECLAIM: u32 = 128;

static BREAKER: AtomicU32 = AtomicU32::new(0);

#[inline(always)]
pub fn get() -> u32 {
    BREAKER.load(Ordering::Relaxed)
}

pub fn set(bits: u32) {
    BREAKER.fetch_or(bits, Ordering::Release);
}

/// Clears bits; true if any of them was set.
pub fn take(bits: u32) -> bool {
    BREAKER.fetch_and(!bits, Ordering::Acquire) & bits != 0
}
