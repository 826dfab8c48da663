//! The GIL itself.
//!
//! In: threads that attach. Out: at most one of them at a time. The one invariant: `locked` is true exactly while some thread is
//! attached.
//!
//! | locked | waiters | who may act |
//! |---|---|---|
//! | false | 0 | anyone takes it |
//! | true | 0 | the holder releases without a system call |
//! | true | n | the holder releases and wakes one waiter |
//! | false | n | whoever comes first takes it; a waiter that wakes in vain sleeps again: a false alarm |
//!
//! There is no hand-over: the releaser that wants it back at once usually has it before the waiter has woken, as with
//! CPython's lock up to 3.1. A fair lock would hide what people come to see.

use parking_lot::{Condvar, Mutex};
use std::sync::atomic::{AtomicU64, Ordering};

struct State {
    locked: bool,
    waiters: usize,
}

/// The lock of the process.
pub struct Gil {
    state: Mutex<State>,
    free: Condvar,
    /// Wake-ups that found the lock taken again.
    false_alarms: AtomicU64,
}

pub static GIL: Gil = Gil::new();

impl Gil {
    pub const fn new() -> Gil {
        let state = Mutex::new(State { locked: false, waiters: 0 });
        Gil { state, free: Condvar::new(), false_alarms: AtomicU64::new(0) }
    }

    pub fn acquire(&self) {
        let mut state = self.state.lock();
        if state.locked {
            state.waiters += 1;
            while state.locked {
                self.free.wait(&mut state);
                if state.locked {
                    self.false_alarms.fetch_add(1, Ordering::Relaxed);
                }
            }
            state.waiters -= 1;
        }
        state.locked = true;
    }

    pub fn release(&self) {
        let mut state = self.state.lock();
        state.locked = false;
        let wake = state.waiters > 0;
        drop(state);
        if wake {
            self.free.notify_one();
        }
    }

    /// Whether any thread waits: without one, a release at a tick is pointless.
    pub fn is_wanted(&self) -> bool {
        self.state.lock().waiters > 0
    }

    /// In the child of a fork: the forking thread holds the lock and nobody waits.
    ///
    /// # Safety
    /// Only one thread exists; up to `threads` others existed before.
    pub unsafe fn reset_after_fork(&self, threads: usize) {
        // SAFETY: the caller's promise.
        unsafe { super::fork::forget_waiters(&self.state, &self.free, threads) };
        *self.state.lock() = State { locked: true, waiters: 0 };
    }
}

impl Default for Gil {
    fn default() -> Gil {
        Gil::new()
    }
}
