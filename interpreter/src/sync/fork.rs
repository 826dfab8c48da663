//! After a fork: locks without the threads that waited for them.
//!
//! In: a mutex and its condition variable, in the child, where one thread exists. Out: the same, unlocked, with nobody waiting. The one
//! invariant: this happens before the child starts a thread.
//!
//! parking_lot keeps those who wait in one table for the process, by records on their own stacks. The child inherits the
//! table, and the system gives the dead threads' stacks to the first threads that the child starts: a record that is still in
//! the table by then is garbage that others walk over. To wake a dead thread is harmless, and takes its record out.

use super::lock::{Gil, Seat};
use parking_lot::{Condvar, Mutex};
use std::sync::atomic::Ordering;

/// Takes all waiting threads out of the table; there may have been up to `threads`.
///
/// # Safety
/// The calling thread is the only one, and does not hold the mutex.
pub unsafe fn forget_waiters<T>(mutex: &Mutex<T>, condition: &Condvar, threads: usize) {
    // SAFETY: whoever had locked it does not exist.
    let unlock = || unsafe {
        if mutex.is_locked() {
            mutex.force_unlock();
        }
    };
    unlock();
    // Wakes one thread and lets the others queue for the mutex, each unlocking of which wakes one more.
    condition.notify_all();
    for _ in 0..=threads {
        unlock();
        drop(mutex.lock());
    }
    unlock();
}

impl Gil {
    /// Runs `fork` while no other thread is in the middle of a change of the lock.
    pub(super) fn at_rest<T>(&self, fork: impl FnOnce() -> T) -> T {
        let _state = self.state.lock();
        fork()
    }

    /// In the child of a fork: the forking thread holds the lock and nobody waits.
    ///
    /// # Safety
    /// Only one thread exists; up to `threads` others existed before.
    pub(super) unsafe fn reset_after_fork(&self, me: &Seat, threads: usize) {
        // SAFETY: the caller's promise.
        unsafe { forget_waiters(&self.state, &self.switched, threads) };
        let queue = std::mem::take(&mut self.state.lock().queue);
        for seat in &queue {
            // SAFETY: the caller's promise; the queue keeps the seats alive.
            unsafe { forget_waiters(&self.state, &seat.woken, threads) };
        }
        let mut state = self.state.lock();
        me.is_main.store(true, Ordering::Relaxed);
        state.holder = me.serial;
        self.publish_queue(&state);
    }
}
