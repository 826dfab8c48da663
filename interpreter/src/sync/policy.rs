//! When a thread must yield: after so many ticks.
//!
//! In: the ticks that the eval loop closes at each switch point. Out: whether to give the GIL up now. The one invariant: the
//! countdown is one for the process, as in CPython 2.3 to 3.1, and is touched by the holder of the GIL only.

use std::sync::atomic::{AtomicI64, Ordering};

static INTERVAL: AtomicI64 = AtomicI64::new(100);
static TICKS: AtomicI64 = AtomicI64::new(100);

/// Takes `n` ticks off the countdown. True when it has run out; then it starts again.
#[inline(always)]
pub fn tick(n: i64) -> bool {
    let left = TICKS.load(Ordering::Relaxed) - n;
    TICKS.store(left, Ordering::Relaxed);
    left < 0 && restart()
}

#[cold]
#[inline(never)]
fn restart() -> bool {
    TICKS.store(INTERVAL.load(Ordering::Relaxed), Ordering::Relaxed);
    true
}

/// `sys.setcheckinterval(n)`.
pub fn set_interval(ticks: i64) {
    INTERVAL.store(ticks.max(0), Ordering::Relaxed);
    TICKS.store(ticks.max(0), Ordering::Relaxed);
}

pub fn interval() -> i64 {
    INTERVAL.load(Ordering::Relaxed)
}
