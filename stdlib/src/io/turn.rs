//! The lock of a buffered file: held while its buffer and its position in the file do not agree.
//!
//! In: threads that read or write. Out: one of them at a time. The one invariant: a thread that waits has given up the GIL;
//! a thread that comes again while it holds the turn (from a signal handler) is refused, for it would wait for ever. In the child of
//! a fork, a turn that another thread of the parent had is free.

use crate::syscall::process::generation;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Zero, or the thread that has the turn.
#[derive(Default)]
struct State {
    owner: AtomicU64,
    /// The process, counted in forks, in which the owner took it.
    generation: AtomicU64,
    waiting: AtomicUsize,
    lock: Mutex<()>,
    freed: Condvar,
}

/// The lock.
#[derive(Default, Clone)]
pub struct Turn(Arc<State>);

impl Turn {
    /// Runs `body` with the turn; `name` is for the error if this thread has it already.
    pub fn take<T>(&self, h: &mut Held, name: &str, body: impl FnOnce(&mut Held) -> R<T>) -> R<T> {
        let me = h.thread().ident.max(1);
        if !self.try_take(me) {
            if self.0.owner.load(Ordering::Relaxed) == me {
                return Err(h.runtime_error(format!("reentrant call inside {name}")));
            }
            let turn = self.clone();
            h.detach_for(Reason::Lock, move || turn.wait(me));
        }
        let result = body(h);
        self.give_back();
        result
    }

    fn try_take(&self, me: u64) -> bool {
        let take = |from| self.0.owner.compare_exchange(from, me, Ordering::Acquire, Ordering::Relaxed);
        let taken = match take(0) {
            Ok(_) => true,
            // Who had it when the process forked does not exist here.
            Err(other) => {
                other != me && self.0.generation.load(Ordering::Relaxed) != generation() && take(other).is_ok()
            }
        };
        if taken {
            self.0.generation.store(generation(), Ordering::Relaxed);
        }
        taken
    }

    fn wait(&self, me: u64) {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
        let mut guard = self.0.lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while !self.try_take(me) {
            // A wake-up between the try and the wait is lost: look again soon.
            let waited = self.0.freed.wait_timeout(guard, Duration::from_millis(5));
            guard = waited.map_or_else(|poisoned| poisoned.into_inner().0, |(guard, _)| guard);
        }
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    fn give_back(&self) {
        self.0.owner.store(0, Ordering::Release);
        if self.0.waiting.load(Ordering::Relaxed) > 0 {
            self.0.freed.notify_one();
        }
    }
}
