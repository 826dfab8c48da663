//! The lock that programs use: `_thread.lock`, and what other waits of threads for each other are made of.
//!
//! In: threads that want it, until a deadline. Out: at most one owner; it need not be the owner who releases. The one
//! invariant: whoever waits is counted in `waiters` before it looks at `locked` for the last time, so that a releaser, which
//! clears `locked` before it looks at `waiters`, wakes it.
//!
//! Taking a free lock and releasing one that nobody waits for are one atomic operation each, without giving up the GIL.
//! All waiting happens inside `detach`. The main thread waits for the descriptor that signals write to, because a
//! condition variable cannot be notified in a signal handler; a release writes to the same descriptor then.

use crate::objects::global::Global;
use crate::runtime::error::R;
use crate::runtime::signals;
use crate::sync::Held;
use crate::sync::fork::forget_waiters;
use crate::sync::reason::Reason;
use parking_lot::{Condvar, Mutex};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A lock without owner.
#[derive(Debug, Default)]
pub struct PlainLock {
    locked: AtomicBool,
    waiters: AtomicU32,
    /// The serial number of the thread that took it; 0 while it is free.
    owner: AtomicU64,
    /// Whether the main thread is among the waiters.
    queue: Mutex<bool>,
    freed: Condvar,
}

/// How long a thread is willing to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Now,
    After(Duration),
    Never,
}

enum Outcome {
    Acquired,
    TimedOut,
    Signal,
}

impl Held {
    /// Takes the lock; false if the time was over first. In the main thread a signal's handler runs meanwhile, and what it raises
    /// ends the wait.
    pub fn acquire_lock(&mut self, lock: &PlainLock, limit: Limit) -> R<bool> {
        if lock.try_acquire() {
            lock.owner.store(self.thread().serial, Ordering::Relaxed);
            return Ok(true);
        }
        let deadline = match limit {
            Limit::Now => return Ok(false),
            Limit::After(time) => Instant::now().checked_add(time),
            Limit::Never => None,
        };
        loop {
            match self.wait_for_lock(lock, deadline) {
                Outcome::Acquired => {
                    lock.owner.store(self.thread().serial, Ordering::Relaxed);
                    return Ok(true);
                }
                Outcome::TimedOut => return Ok(false),
                Outcome::Signal => signals::deliver(self)?,
            }
        }
    }

    fn wait_for_lock(&mut self, lock: &PlainLock, deadline: Option<Instant>) -> Outcome {
        let me = self.thread().serial;
        WAITED_FOR.write(self, |locks| locks.insert(me, lock));
        let outcome = self.detach_for(Reason::Lock, || lock.wait(deadline));
        WAITED_FOR.write(self, |locks| locks.remove(&me));
        outcome
    }
}

/// The locks that threads wait for, by the serial number of the thread: a fork must find them.
static WAITED_FOR: Global<BTreeMap<u64, *const PlainLock>> = Global::new(BTreeMap::new());

/// Who has the lock that a thread waits for, by serial numbers; 0 if the lock is free or its owner is not known.
pub fn awaited_owner(held: &Held, waiter: u64) -> Option<u64> {
    let lock = WAITED_FOR.read(held, |locks| locks.get(&waiter).copied())?;
    // SAFETY: a lock is in the table only while a thread waits for it, which keeps it alive; the table changes under the GIL.
    Some(unsafe { (*lock).owner.load(Ordering::Relaxed) })
}

/// In the child of a fork: nobody waits for any lock. Those that were held are held still.
pub(crate) fn after_fork(held: &mut Held, threads: usize) {
    for (_, lock) in WAITED_FOR.write(held, std::mem::take) {
        // SAFETY: a thread that waits keeps the lock alive, and in the child nobody ended its wait. Only one thread exists.
        unsafe {
            forget_waiters(&(*lock).queue, &(*lock).freed, threads);
            *(*lock).queue.lock() = false;
            (*lock).waiters.store(0, Ordering::SeqCst);
        }
    }
}

impl PlainLock {
    pub fn is_locked(&self) -> bool {
        self.locked.load(Ordering::SeqCst)
    }

    #[inline]
    pub fn try_acquire(&self) -> bool {
        self.locked.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// False if it was not locked.
    #[inline]
    pub fn release(&self) -> bool {
        self.owner.store(0, Ordering::Relaxed);
        let was_locked = self.locked.swap(false, Ordering::SeqCst);
        if self.waiters.load(Ordering::SeqCst) > 0 {
            self.wake();
        }
        was_locked
    }

    #[cold]
    fn wake(&self) {
        let main_waits = self.queue.lock();
        self.freed.notify_one();
        if *main_waits {
            signals::wake_main();
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Outcome {
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let outcome = match signals::is_main_thread() {
            true => self.wait_in_main(deadline),
            false => self.wait_in_queue(deadline),
        };
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        outcome
    }

    fn wait_in_queue(&self, deadline: Option<Instant>) -> Outcome {
        let mut queue = self.queue.lock();
        loop {
            if self.try_acquire() {
                return Outcome::Acquired;
            }
            match deadline {
                None => self.freed.wait(&mut queue),
                Some(deadline) if Instant::now() >= deadline => return Outcome::TimedOut,
                Some(deadline) => drop(self.freed.wait_until(&mut queue, deadline)),
            }
        }
    }

    fn wait_in_main(&self, deadline: Option<Instant>) -> Outcome {
        *self.queue.lock() = true;
        let outcome = loop {
            if self.try_acquire() {
                break Outcome::Acquired;
            }
            if signals::pending() {
                break Outcome::Signal;
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                break Outcome::TimedOut;
            }
            signals::sleep_in_main(left);
        };
        *self.queue.lock() = false;
        signals::drain_wake();
        outcome
    }
}
