//! What the lock is made of.
//!
//! In: nothing. Out: a mutex, a condition variable and a clock. The one invariant: `lock.rs` uses nothing else that other
//! threads can see, so that the model checker (tests/model) runs the same file on primitives whose every step it chooses.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

pub use parking_lot::{Condvar, Mutex, MutexGuard};

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The time since the first look at the clock.
pub fn now() -> Duration {
    START.elapsed()
}

/// Waits to be notified, at most so long; true if the time was over first.
pub fn wait_for<T>(condition: &Condvar, guard: &mut MutexGuard<'_, T>, limit: Duration) -> bool {
    condition.wait_for(guard, limit).timed_out()
}
