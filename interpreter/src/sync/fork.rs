//! After a fork: locks without the threads that waited for them.
//!
//! In: a mutex and its condition variable, in the child, where one thread exists. Out: the same, unlocked, with nobody waiting. The one
//! invariant: this happens before the child starts a thread.
//!
//! parking_lot keeps those who wait in one table for the process, by records on their own stacks. The child inherits the
//! table, and the system gives the dead threads' stacks to the first threads that the child starts: a record that is still in
//! the table by then is garbage that others walk over. To wake a dead thread is harmless, and takes its record out.

use parking_lot::{Condvar, Mutex};

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
