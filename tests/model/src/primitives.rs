//! What the lock is made of, with a choice at each step.
//!
//! In: the calls of `lock.rs`. Out: the same as `interpreter/src/sync/primitives.rs` gives, on a scheduler's threads. The one invariant: time
//! does not pass by itself: a timed wait ends by a notify, or when `end_a_wait` says that its time is over.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

#[derive(Debug)]
pub struct Mutex<T>(shuttle::sync::Mutex<T>);

pub struct MutexGuard<'a, T>(Option<shuttle::sync::MutexGuard<'a, T>>);

#[derive(Debug)]
pub struct Condvar(OnceLock<Arc<shuttle::sync::Condvar>>);

impl<T> Mutex<T> {
    pub const fn new(data: T) -> Mutex<T> {
        Mutex(shuttle::sync::Mutex::new(data))
    }

    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock().ok())
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_ref().expect("a guard that waits is not looked at")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("a guard that waits is not looked at")
    }
}

/// A timed wait.
struct Timed {
    condition: Arc<shuttle::sync::Condvar>,
    is_over: Arc<AtomicBool>,
}

thread_local! {
    /// The scheduler runs all its threads on one of the system's.
    static TIMED: RefCell<VecDeque<Timed>> = const { RefCell::new(VecDeque::new()) };
}

impl Default for Condvar {
    fn default() -> Condvar {
        Condvar::new()
    }
}

impl Condvar {
    pub const fn new() -> Condvar {
        Condvar(OnceLock::new())
    }

    fn inner(&self) -> &Arc<shuttle::sync::Condvar> {
        self.0.get_or_init(|| Arc::new(shuttle::sync::Condvar::new()))
    }

    pub fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
        if let Some(inner) = guard.0.take() {
            guard.0 = self.inner().wait(inner).ok();
        }
    }

    /// Whether anybody was woken is not known; the lock asks only for the clock's sake.
    pub fn notify_one(&self) -> bool {
        self.inner().notify_one();
        true
    }

    pub fn notify_all(&self) {
        self.inner().notify_all();
    }
}

pub fn wait_for<T>(condition: &Condvar, guard: &mut MutexGuard<'_, T>, _limit: Duration) -> bool {
    let is_over = Arc::new(AtomicBool::new(false));
    TIMED.with_borrow_mut(|timed| {
        timed.push_back(Timed { condition: condition.inner().clone(), is_over: is_over.clone() })
    });
    condition.wait(guard);
    TIMED.with_borrow_mut(|timed| timed.retain(|one| !Arc::ptr_eq(&one.is_over, &is_over)));
    is_over.load(Ordering::Relaxed)
}

/// The time of the oldest timed wait is over; another time it is the next one's turn.
pub fn end_a_wait() {
    let ended = TIMED.with_borrow_mut(|timed| {
        timed.rotate_left(1.min(timed.len()));
        timed.back().map(|timed| (timed.condition.clone(), timed.is_over.clone()))
    });
    if let Some((condition, is_over)) = ended {
        is_over.store(true, Ordering::Relaxed);
        condition.notify_all();
    }
}

/// Before each run.
pub fn reset() {
    TIMED.with_borrow_mut(VecDeque::clear);
}

pub fn now() -> Duration {
    Duration::ZERO
}
