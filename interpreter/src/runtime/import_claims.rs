//! Who loads which module, where threads run at the same time: each module is loaded once.
//!
//! In: a name that `sys.modules` does not have. Out: whether the calling thread is the one to load it; if another does, that is
//! awaited. The one invariant: no thread waits for one that waits for it: where two would, the second goes on and finds what there
//! is of the module.

use crate::sync::Held;
use crate::sync::is_parallel;
use crate::sync::reason::Reason;
use parking_lot::{Condvar, Mutex};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Claims {
    /// Names, and the serial numbers of the threads that load them.
    loading: Vec<(String, u64)>,
    /// Threads, and what they wait for.
    waiting: Vec<(u64, String)>,
}

pub(super) static CLAIMS: Mutex<Claims> = Mutex::new(Claims { loading: Vec::new(), waiting: Vec::new() });
pub(super) static DONE: Condvar = Condvar::new();

impl Claims {
    fn owner(&self, name: &str) -> Option<u64> {
        self.loading.iter().find(|(known, _)| known == name).map(|(_, thread)| *thread)
    }

    /// Whether a thread waits, by way of others perhaps, for what `me` loads.
    fn waits_for(&self, mut thread: u64, me: u64) -> bool {
        for _ in 0..=self.waiting.len() {
            if thread == me {
                return true;
            }
            let wanted = self.waiting.iter().find(|(waiter, _)| *waiter == thread);
            match wanted.and_then(|(_, name)| self.owner(name)) {
                Some(next) => thread = next,
                None => return false,
            }
        }
        false
    }
}

/// True if the calling thread is to load the module now; false after another thread has tried to.
pub(super) fn begin(held: &mut Held, name: &str) -> bool {
    if !is_parallel() {
        return true;
    }
    let me = held.thread().serial;
    {
        let mut claims = CLAIMS.lock();
        match claims.owner(name) {
            None => {
                claims.loading.push((name.to_owned(), me));
                return true;
            }
            Some(other) if claims.waits_for(other, me) => return true,
            Some(_) => claims.waiting.push((me, name.to_owned())),
        }
    }
    held.detach_for(Reason::Lock, || {
        let mut claims = CLAIMS.lock();
        while claims.owner(name).is_some() {
            DONE.wait_for(&mut claims, Duration::from_millis(50));
        }
        claims.waiting.retain(|(waiter, _)| *waiter != me);
    });
    false
}

/// The module is loaded, or could not be.
pub(super) fn end(held: &Held, name: &str) {
    if is_parallel() {
        let me = held.thread().serial;
        CLAIMS.lock().loading.retain(|(known, thread)| known != name || *thread != me);
        DONE.notify_all();
    }
}

/// In the child of a fork: nobody else loads anything.
pub(super) fn forget_others(held: &Held) {
    let me = held.thread().serial;
    let mut claims = CLAIMS.lock();
    claims.loading.retain(|(_, thread)| *thread == me);
    claims.waiting.clear();
}
