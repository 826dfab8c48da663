//! The breaker, with a choice at each look.
//!
//! In: the waiter's request. Out: whether the holder should stop by. The one invariant: as in `interpreter/src/sync/breaker.rs`, of
//! which only one bit matters here.

use std::cell::Cell;

pub const DROP: u32 = 16;

thread_local! {
    /// The scheduler runs all its threads on one of the system's; another test has another one.
    static BREAKER: Cell<u32> = const { Cell::new(0) };
}

pub fn get() -> u32 {
    shuttle::thread::yield_now();
    BREAKER.get()
}

/// A look that is no choice.
pub fn peek() -> u32 {
    BREAKER.get()
}

pub fn set(bits: u32) {
    BREAKER.set(BREAKER.get() | bits);
}

pub fn take(bits: u32) -> bool {
    BREAKER.replace(BREAKER.get() & !bits) & bits != 0
}

/// Before each run.
pub fn reset() {
    BREAKER.set(0);
}
