//! The ledger: what each thread had of the GIL, exactly.
//!
//! In: every change between running, waiting and blocking, from `Held`. Out: counts and times that anybody may read at any moment. The
//! one invariant: a thread is in one state at a time, and the time between two changes goes to the state before: so held, waited and
//! blocked add up to its lifetime, and releases by reason to acquisitions, but for the one that it holds.
//!
//! Only its own thread writes a ledger, so adding is a load and a store; readers may see one change half done.

use super::lock::Taken;
use super::primitives::now;
use super::reason::Reason;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was started and has not asked for the lock yet.
    New,
    /// It waits for the GIL.
    Runnable,
    /// It holds the GIL.
    Running,
    Blocked(Reason),
    Ended,
}

/// A thread's account.
#[derive(Debug)]
pub struct Ledger {
    state: AtomicU8,
    /// When the state began, in nanoseconds.
    since: AtomicU64,
    /// When it first asked for the lock.
    born: AtomicU64,
    acquired: AtomicU64,
    waits: AtomicU64,
    checks: AtomicU64,
    released: [AtomicU64; Reason::ALL.len()],
    held: AtomicU64,
    waited: AtomicU64,
    blocked: AtomicU64,
    longest_wait: AtomicU64,
    longest_wait_for: AtomicU64,
}

/// An account as it was at one moment. Times are in nanoseconds.
#[derive(Debug, Clone)]
pub struct Account {
    pub state: State,
    /// How often it took the lock.
    pub acquired: u64,
    /// How often it had to wait for it.
    pub waits: u64,
    /// How often it was woken in vain.
    pub false_alarms: u64,
    /// How often its ticks ran out.
    pub checks: u64,
    /// How often it gave the lock up, in the order of `Reason::ALL`.
    pub released: [u64; Reason::ALL.len()],
    pub held: u64,
    pub waited: u64,
    pub blocked: u64,
    pub lifetime: u64,
    pub longest_wait: u64,
    /// Who held the lock when the longest wait began: a thread's serial number.
    pub longest_wait_for: u64,
}

const NEW: u8 = 0;
const RUNNABLE: u8 = 1;
const RUNNING: u8 = 2;
const ENDED: u8 = 3;
/// Blocked for the reason with this number and so many.
const BLOCKED: u8 = 16;

fn clock() -> u64 {
    now().as_nanos() as u64
}

fn add(counter: &AtomicU64, more: u64) {
    counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}

impl Ledger {
    /// The account of a thread that is being started.
    pub fn open() -> Ledger {
        Ledger {
            state: AtomicU8::new(NEW),
            since: AtomicU64::new(0),
            born: AtomicU64::new(0),
            acquired: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            checks: AtomicU64::new(0),
            released: [const { AtomicU64::new(0) }; Reason::ALL.len()],
            held: AtomicU64::new(0),
            waited: AtomicU64::new(0),
            blocked: AtomicU64::new(0),
            longest_wait: AtomicU64::new(0),
            longest_wait_for: AtomicU64::new(0),
        }
    }

    /// It wants the lock. If it just gave it up without blocking, it wanted it since then.
    pub(super) fn wants(&self) {
        if self.state.load(Ordering::Relaxed) != RUNNABLE {
            self.enter(RUNNABLE, now());
        }
        if self.acquired.load(Ordering::Relaxed) == 0 {
            self.born.store(self.since.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// It has the lock.
    pub(super) fn took(&self, taken: &Taken) {
        let waited = self.enter(RUNNING, taken.time);
        add(&self.acquired, 1);
        if taken.waited_for == 0 {
            return;
        }
        add(&self.waits, 1);
        if waited > self.longest_wait.load(Ordering::Relaxed) {
            self.longest_wait.store(waited, Ordering::Relaxed);
            self.longest_wait_for.store(taken.waited_for, Ordering::Relaxed);
        }
    }

    /// It is about to give the lock up.
    pub(super) fn gives_up(&self, why: Reason) {
        add(&self.released[why as usize], 1);
        let state = match why {
            Reason::Exit => ENDED,
            why if why.blocks() => BLOCKED + why as u8,
            _ => RUNNABLE,
        };
        self.enter(state, now());
    }

    /// It gave the lock up at a tick and had it back at once: no time of its own, so the clock is spared.
    pub(super) fn passed(&self) {
        add(&self.released[Reason::Tick as usize], 1);
        add(&self.acquired, 1);
    }

    /// Its ticks ran out.
    pub(super) fn checked(&self) {
        add(&self.checks, 1);
    }

    /// Changes the state; how long the one before lasted.
    fn enter(&self, state: u8, time: Duration) -> u64 {
        let time = time.as_nanos() as u64;
        let lasted = time.saturating_sub(self.since.load(Ordering::Relaxed));
        if let Some(sum) = self.sum_of(self.state.load(Ordering::Relaxed)) {
            add(sum, lasted);
        }
        self.state.store(state, Ordering::Relaxed);
        self.since.store(time, Ordering::Relaxed);
        lasted
    }

    /// Where the time in a state goes.
    fn sum_of(&self, state: u8) -> Option<&AtomicU64> {
        match state {
            RUNNING => Some(&self.held),
            RUNNABLE => Some(&self.waited),
            NEW | ENDED => None,
            _ => Some(&self.blocked),
        }
    }

    pub fn state(&self) -> State {
        match self.state.load(Ordering::Relaxed) {
            NEW => State::New,
            RUNNABLE => State::Runnable,
            RUNNING => State::Running,
            ENDED => State::Ended,
            blocked => State::Blocked(Reason::ALL[(blocked - BLOCKED) as usize]),
        }
    }

    /// The account up to now; the lock counted the false alarms.
    pub(super) fn account(&self, false_alarms: u64) -> Account {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (state, since) = (get8(&self.state), get(&self.since));
        let time = if state == ENDED || state == NEW { since } else { clock() };
        let running = time.saturating_sub(since);
        let sum = |counter: &AtomicU64| {
            let is_current = self.sum_of(state).is_some_and(|current| std::ptr::eq(current, counter));
            get(counter) + if is_current { running } else { 0 }
        };
        Account {
            state: self.state(),
            acquired: get(&self.acquired),
            waits: get(&self.waits),
            false_alarms,
            checks: get(&self.checks),
            released: std::array::from_fn(|i| get(&self.released[i])),
            held: sum(&self.held),
            waited: sum(&self.waited),
            blocked: sum(&self.blocked),
            lifetime: time.saturating_sub(get(&self.born)),
            longest_wait: get(&self.longest_wait),
            longest_wait_for: get(&self.longest_wait_for),
        }
    }
}

fn get8(byte: &AtomicU8) -> u8 {
    byte.load(Ordering::Relaxed)
}

impl Account {
    /// Beazley's badness: the share of checks that woke somebody in vain.
    pub fn badness(&self) -> Option<f64> {
        (self.checks > 0).then(|| self.false_alarms as f64 / self.checks as f64)
    }

    /// Of the time in which the thread could have run, the share in which it waited for the GIL: 0 is free, near 1 is starved.
    pub fn starvation(&self) -> f64 {
        let wanted = self.held + self.waited;
        if wanted == 0 { 0.0 } else { self.waited as f64 / wanted as f64 }
    }

    pub fn lifetime(&self) -> Duration {
        Duration::from_nanos(self.lifetime)
    }
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::New => "new",
            State::Runnable => "runnable",
            State::Running => "running",
            State::Blocked(_) => "blocked",
            State::Ended => "ended",
        }
    }
}
