//! The GIL itself: one lock for every policy.
//!
//! In: threads that want it. Out: at most one of them at a time. The one invariant: `holder` names exactly the thread that is
//! attached; 0 is nobody.
//!
//! | holder | queue | who may act |
//! |---|---|---|
//! | 0 | empty | anyone takes it |
//! | me | empty | I release it without a system call |
//! | me | waiters | each waits to be woken, or until its patience ends and it asks me; I release it to one of them, in one of three ways |
//! | 0 | waiters | one of them is being woken; whoever comes first takes it. One that wakes in vain sleeps again: a false alarm |
//! | you, asleep | others | I handed it over: you wake as the holder |
//!
//! Variables:
//! - `queue`: who waits, the longest first, but for those that were woken. A thread puts itself in, and whoever makes it the
//!   holder takes it out.
//! - `switches`: how often the lock went to another thread than the one before (CPython's `switch_number`). A waiter
//!   asks only if it did not move during a whole wait.
//! - `asked`: some waiter wants the holder to stop by (`gil_drop_request`); `breaker::DROP` is its shadow, which the eval loop sees.
//! - `ticks`: the countdown of the process, while nobody holds the lock; the holder carries it (`Held::ticks`).
//! - `switched`: where a releaser waits that must not take the lock back before another had it (`switch_cond`).
//!
//! Two fields are read without the mutex, as hints for the holder at its switch points: `waiting` and `main_waits`. A hint that is
//! too old costs one switch point, for the waiter sleeps until the next one.
//!
//! Ideas: CPython's `ceval_gil.c`; the queue from CRuby's GVL. tests/model tries the interleavings of this very file.

use super::breaker;
use super::policy::{Handover, Policy, Release, START, Wait, Waiter};
use super::primitives::{Condvar, Mutex, MutexGuard, now, wait_for};
use super::reason::Reason;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// The lock of the process.
pub struct Gil {
    pub(super) state: Mutex<State>,
    pub(super) switched: Condvar,
    /// How many threads are in the queue.
    waiting: AtomicU32,
    /// Whether the main thread is in the queue.
    main_waits: AtomicBool,
    /// What a countdown begins with.
    restart: AtomicI64,
}

pub(super) struct State {
    policy: &'static dyn Policy,
    pub(super) holder: u64,
    holder_is_io_bound: bool,
    last_holder: u64,
    taken_at: Duration,
    switches: u64,
    asked: bool,
    ticks: i64,
    pub(super) queue: Vec<Arc<Seat>>,
}

/// Where a thread waits.
#[derive(Debug)]
pub struct Seat {
    /// The thread, above 0; never given to another one.
    pub serial: u64,
    pub(super) is_main: AtomicBool,
    pub(super) woken: Condvar,
    /// Whether it blocked since it last was made to drop the lock.
    is_io_bound: AtomicBool,
    /// The lock was free, and it is told so; by the time it looks the lock may be gone. Changed under the lock's mutex only.
    called: AtomicBool,
    /// How often it was called in vain.
    false_alarms: AtomicU64,
    /// Who got the lock when it gave it up and wanted it back; 0 is nobody.
    made_way_for: AtomicU64,
}

/// What became of the lock at a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// It is to be released as ever: somebody is to be called.
    Calls,
    /// It was free for a moment.
    Back,
    /// Another has it now.
    Lost,
}

/// How a thread got the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The countdown, if the policy has one for the process.
    pub ticks: Option<i64>,
    /// Who held it when the wait began; 0 if it did not wait.
    pub waited_for: u64,
    pub time: Duration,
}

/// Where the lock stands, for those who ask.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub holder: u64,
    pub waiters: Vec<u64>,
    pub switches: u64,
}

pub static GIL: Gil = Gil::new(&START, START.n);

impl Seat {
    pub fn new(serial: u64, is_main: bool) -> Seat {
        Seat {
            serial,
            is_main: AtomicBool::new(is_main),
            woken: Condvar::new(),
            is_io_bound: AtomicBool::new(true),
            called: AtomicBool::new(false),
            false_alarms: AtomicU64::new(0),
            made_way_for: AtomicU64::new(0),
        }
    }

    /// How often it was woken in vain.
    pub fn false_alarms(&self) -> u64 {
        self.false_alarms.load(Ordering::Relaxed)
    }

    /// It woke, or its time was over, and the lock is not its own.
    fn comes_too_late(&self) {
        if self.called.swap(false, Ordering::Relaxed) {
            self.false_alarms.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn is_io_bound(&self) -> bool {
        self.is_io_bound.load(Ordering::Relaxed)
    }

    fn is_main(&self) -> bool {
        self.is_main.load(Ordering::Relaxed)
    }

    fn waiter(&self) -> Waiter {
        Waiter { is_io_bound: self.is_io_bound() }
    }
}

impl Gil {
    /// A free lock; `ticks` is what the policy's countdown begins with.
    pub const fn new(policy: &'static dyn Policy, ticks: i64) -> Gil {
        let state = State {
            policy,
            holder: 0,
            holder_is_io_bound: false,
            last_holder: 0,
            taken_at: Duration::ZERO,
            switches: 0,
            asked: false,
            ticks,
            queue: Vec::new(),
        };
        Gil {
            state: Mutex::new(state),
            switched: Condvar::new(),
            waiting: AtomicU32::new(0),
            main_waits: AtomicBool::new(false),
            restart: AtomicI64::new(ticks),
        }
    }

    /// Takes the lock, and waits for it if need be.
    pub fn acquire(&self, me: &Arc<Seat>) -> Taken {
        // Not under the mutex: the less is done there, the fewer collide.
        let mut time = now();
        let mut state = self.state.lock();
        let holder = if state.is_mine_to_take(me) { 0 } else { state.holder };
        if holder != 0 {
            self.wait(&mut state, me);
            time = now();
        }
        self.leave_queue(&mut state, me);
        self.take(&mut state, me, time);
        // It waited also if it made way for another, which was done by the time it looked.
        let made_way_for = me.made_way_for.swap(0, Ordering::Relaxed);
        let waited_for = if made_way_for == 0 { holder } else { made_way_for };
        Taken { ticks: state.countdown(), waited_for, time }
    }

    /// Gives the lock up; `ticks` is what is left of the countdown.
    ///
    /// A thread that does not block takes it again at once. Where the lock is handed over, it is in the queue before anybody
    /// else can look.
    pub fn release(&self, me: &Arc<Seat>, why: Reason, ticks: i64) {
        let mut state = self.state.lock();
        me.is_io_bound.store(why.blocks() || (me.is_io_bound() && why != Reason::Request), Ordering::Relaxed);
        state.last_holder = me.serial;
        state.holder = 0;
        state.ticks = ticks;
        if state.queue.is_empty() {
            return;
        }
        let next = state.next(why);
        match state.handover(why) {
            Handover::Free if !why.blocks() && state.somebody_comes() => (),
            Handover::Free => {
                state.to_the_end(&next);
                next.called.store(true, Ordering::Relaxed);
                drop(state);
                next.woken.notify_one();
            }
            Handover::Direct => {
                state.holder = next.serial;
                self.leave_queue(&mut state, &next);
                if !why.blocks() {
                    self.join_queue(&mut state, me);
                    me.made_way_for.store(next.serial, Ordering::Relaxed);
                }
                drop(state);
                next.woken.notify_one();
            }
            Handover::Forced => {
                next.called.store(true, Ordering::Relaxed);
                next.woken.notify_one();
                let taker = self.stay_away(&mut state);
                me.made_way_for.store(if why.blocks() { 0 } else { taker }, Ordering::Relaxed);
            }
        }
    }

    /// A tick, while somebody is on the way: gives the lock up and takes it back at once, unless the other comes in the moment between.
    pub fn pass(&self, me: &Seat, ticks: i64) -> Pass {
        {
            let mut state = self.state.lock();
            if state.handover(Reason::Tick) != Handover::Free || !state.somebody_comes() {
                return Pass::Calls;
            }
            state.last_holder = me.serial;
            state.holder = 0;
            state.ticks = ticks;
        }
        let mut state = self.state.lock();
        if state.holder != 0 || state.last_holder != me.serial {
            return Pass::Lost;
        }
        state.holder = me.serial;
        Pass::Back
    }

    /// Waits in the queue until the lock is free or was handed over. A notify may come late, when it means nothing any more:
    /// only whoever was called, and finds the lock taken, was woken in vain.
    #[cold]
    fn wait(&self, state: &mut MutexGuard<'_, State>, me: &Arc<Seat>) {
        self.join_queue(state, me);
        while !state.is_mine_to_take(me) {
            let before = state.switches;
            let timed_out = match state.patience(me) {
                None => {
                    me.woken.wait(state);
                    false
                }
                Some(Duration::ZERO) => true,
                Some(time) => wait_for(&me.woken, state, time),
            };
            if state.is_mine_to_take(me) {
                break;
            }
            me.comes_too_late();
            if timed_out && state.switches == before {
                state.ask();
            }
        }
    }

    fn take(&self, state: &mut State, me: &Seat, time: Duration) {
        me.called.store(false, Ordering::Relaxed);
        state.holder = me.serial;
        state.holder_is_io_bound = me.is_io_bound();
        state.taken_at = time;
        state.answer();
        if state.last_holder != me.serial {
            state.switches += 1;
            self.switched.notify_all();
        }
    }

    /// The releaser does not come back before another thread had the lock; which, or 0 if all who waited are gone.
    fn stay_away(&self, state: &mut MutexGuard<'_, State>) -> u64 {
        let before = state.switches;
        while state.switches == before && !state.queue.is_empty() {
            self.switched.wait(state);
        }
        if state.switches == before { 0 } else { state.had_it_last() }
    }

    fn join_queue(&self, state: &mut State, me: &Arc<Seat>) {
        if !state.queue.iter().any(|seat| seat.serial == me.serial) {
            state.queue.push(me.clone());
            self.publish_queue(state);
        }
    }

    fn leave_queue(&self, state: &mut State, who: &Seat) {
        if !state.queue.iter().any(|seat| seat.serial == who.serial) {
            return;
        }
        state.queue.retain(|seat| seat.serial != who.serial);
        self.publish_queue(state);
    }

    pub(super) fn publish_queue(&self, state: &State) {
        self.waiting.store(state.queue.len() as u32, Ordering::Relaxed);
        self.main_waits.store(state.queue.iter().any(|seat| seat.is_main()), Ordering::Relaxed);
    }

    /// Whether any thread waits: without one, a release at a tick is pointless.
    #[inline]
    pub fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    /// Whether the main thread waits.
    #[inline]
    pub fn is_wanted_by_main(&self) -> bool {
        self.main_waits.load(Ordering::Relaxed)
    }

    pub fn policy(&self) -> &'static dyn Policy {
        self.state.lock().policy
    }

    /// What a countdown begins with: endless if the policy counts nothing.
    pub fn restart(&self) -> i64 {
        self.restart.load(Ordering::Relaxed)
    }

    /// Changes the policy. The holder does, or nobody holds it; its countdown is to start again.
    pub fn set_policy(&self, policy: &'static dyn Policy) {
        let mut state = self.state.lock();
        state.policy = policy;
        state.ticks = policy.ticks().unwrap_or(i64::MAX);
        self.restart.store(state.ticks, Ordering::Relaxed);
        state.answer();
        // Each waits by the new rules; whoever was called by the old ones has no complaint.
        for seat in &state.queue {
            seat.called.store(false, Ordering::Relaxed);
            seat.woken.notify_one();
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        let state = self.state.lock();
        let waiters = state.queue.iter().map(|seat| seat.serial).collect();
        Snapshot { holder: state.holder, waiters, switches: state.switches }
    }
}

impl State {
    /// Free, or handed over.
    fn is_mine_to_take(&self, me: &Seat) -> bool {
        self.holder == 0 || self.holder == me.serial
    }

    /// Who has it, or had it last.
    fn had_it_last(&self) -> u64 {
        if self.holder == 0 { self.last_holder } else { self.holder }
    }

    /// The countdown that goes from holder to holder.
    fn countdown(&self) -> Option<i64> {
        if self.policy.counts_per_thread() { None } else { Some(self.ticks) }
    }

    fn patience(&self, me: &Seat) -> Option<Duration> {
        let now = now();
        self.policy.patience(&Wait {
            held_for: now.saturating_sub(self.taken_at),
            now,
            asked: self.asked,
            waiter_is_io_bound: me.is_io_bound(),
            holder_is_io_bound: self.holder_is_io_bound,
        })
    }

    /// A signal is for the main thread; for all else the policy decides.
    fn handover(&self, why: Reason) -> Handover {
        if why == Reason::Signal && self.queue.iter().any(|seat| seat.is_main()) {
            return Handover::Direct;
        }
        self.policy.handover(&Release { why, asked: self.asked })
    }

    /// Whether a waiter was called and has not looked yet. A releaser that comes back at once calls no other in its stead: all the
    /// waiters would be on their way, and a call costs more than a hundred instructions.
    fn somebody_comes(&self) -> bool {
        self.queue.iter().any(|seat| seat.called.load(Ordering::Relaxed))
    }

    /// The waiter to be woken.
    fn next(&self, why: Reason) -> Arc<Seat> {
        let main = if why == Reason::Signal { self.queue.iter().position(|seat| seat.is_main()) } else { None };
        let chosen = main.unwrap_or_else(|| match self.queue.len() {
            1 => 0,
            _ => self.policy.next(&self.queue.iter().map(|seat| seat.waiter()).collect::<Vec<_>>()),
        });
        self.queue[chosen.min(self.queue.len() - 1)].clone()
    }

    /// One that is woken, but may come too late, is the last to be woken again.
    fn to_the_end(&mut self, woken: &Arc<Seat>) {
        if self.queue.last().is_none_or(|last| last.serial != woken.serial) {
            self.queue.retain(|seat| seat.serial != woken.serial);
            self.queue.push(woken.clone());
        }
    }

    fn ask(&mut self) {
        self.asked = true;
        breaker::set(breaker::DROP);
    }

    fn answer(&mut self) {
        if std::mem::take(&mut self.asked) {
            breaker::take(breaker::DROP);
        }
    }
}
