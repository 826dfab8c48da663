//! Threads that compute, give the lock up and take it again, and what must hold of them.
//!
//! In: a lock and a policy. Out: nothing, or the first thing that was wrong, after some thousand interleavings. The one invariant: what
//! is claimed is claimed of what the threads themselves saw while they held the lock.

use crate::breaker;
use crate::policy::{self, Handover, Policy, Release};
use crate::primitives;
use crate::reason::Reason;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A lock under test.
pub trait Model: Send + Sync + 'static {
    type Seat: Send + Sync;

    fn new(policy: &'static dyn Policy) -> Self;
    fn seat(serial: u64) -> Arc<Self::Seat>;
    /// Whom it waited for; 0 if for nobody.
    fn acquire(&self, me: &Arc<Self::Seat>) -> u64;
    fn release(&self, me: &Arc<Self::Seat>, why: Reason);
    /// Opens the lock for a moment at a tick. Whether it has it back; None if it still has it, and is to release it as ever.
    fn pass(&self, me: &Arc<Self::Seat>) -> Option<bool>;
    /// How often the lock went to another thread.
    fn switches(&self) -> u64;
    /// Who waits, in the order of the queue.
    fn waiters(&self) -> Vec<u64>;
    fn set_policy(&self, policy: &'static dyn Policy);
    /// How often it was woken in vain.
    fn false_alarms(seat: &Self::Seat) -> u64;
}

#[macro_export]
macro_rules! model {
    ($lock:ident) => {
        $crate::model!($lock::Gil, $lock::Seat, $lock::Pass);
    };
    ($gil:path, $seat:path, $pass:path) => {
        impl $crate::scenario::Model for $gil {
            type Seat = $seat;

            fn new(policy: &'static dyn $crate::policy::Policy) -> Self {
                <$gil>::new(policy, 0)
            }

            fn seat(serial: u64) -> std::sync::Arc<$seat> {
                std::sync::Arc::new(<$seat>::new(serial, false))
            }

            fn acquire(&self, me: &std::sync::Arc<$seat>) -> u64 {
                <$gil>::acquire(self, me).waited_for
            }

            fn release(&self, me: &std::sync::Arc<$seat>, why: $crate::reason::Reason) {
                <$gil>::release(self, me, why, 0);
            }

            fn pass(&self, me: &std::sync::Arc<$seat>) -> Option<bool> {
                use $pass as Pass;
                match <$gil>::pass(self, me, 0) {
                    Pass::Calls => None,
                    Pass::Back => Some(true),
                    Pass::Lost => Some(false),
                }
            }

            fn switches(&self) -> u64 {
                self.snapshot().switches
            }

            fn waiters(&self) -> Vec<u64> {
                self.snapshot().waiters
            }

            fn set_policy(&self, policy: &'static dyn $crate::policy::Policy) {
                <$gil>::set_policy(self, policy);
            }

            fn false_alarms(seat: &$seat) -> u64 {
                seat.false_alarms()
            }
        }
    };
}

/// None, or what was wrong and under which policy.
pub type Outcome = Option<String>;

/// How often a thread of a scenario takes the lock.
const ROUNDS: usize = 2;
/// How often the ticks of a thread run out.
const TICKS: usize = 3;
/// Interleavings tried for each policy, by each of the two schedulers.
const TRIED: usize = 4000;

/// The policies that are tried: one for each way of waiting and of handing over.
const POLICIES: [&str; 7] =
    ["ticks:100", "ticks:100,fair", "interval:5ms", "interval:5ms,noforce", "pypy", "ruby", "coop"];

/// What the threads of a run share.
struct World<M> {
    gil: M,
    policy: &'static dyn Policy,
    /// Who is inside; 0 is nobody.
    inside: AtomicU64,
    /// Who must not be the next: it was made to give the lock up.
    forced_out: AtomicU64,
    /// Who must be the next: it is the longest waiter.
    first_in_line: AtomicU64,
    /// Who handed the lock over and wants it back: the next holder finds it in the queue.
    queued: AtomicU64,
}

/// Tries a lock under every policy.
pub fn outcome<M: Model>() -> Outcome {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let found = POLICIES.iter().find_map(|name| {
        let failed = |run: &dyn Fn()| catch_unwind(AssertUnwindSafe(run)).err().map(|reason| words(&*reason));
        let name: &'static str = name;
        let limited = || shuttle::check_dfs(move || run::<M>(name, 2), Some(TRIED));
        let bounded = || shuttle::check_pct(move || run::<M>(name, 3), TRIED, 4);
        let ticking = || shuttle::check_pct(move || tick::<M>(name), TRIED, 5);
        failed(&limited)
            .or_else(|| failed(&bounded))
            .or_else(|| asked_in_vain::<M>(name))
            .or_else(|| if policy_named(name).ticks().is_some() { failed(&ticking) } else { None })
            .or_else(|| ticked_in_vain::<M>(name))
            .map(|why| format!("{name}: {why}"))
    });
    let found = found.or_else(late_alarms::<M>);
    std::panic::set_hook(quiet);
    found
}

fn words(reason: &(dyn std::any::Any + Send)) -> String {
    let text = reason.downcast_ref::<String>().cloned();
    text.or_else(|| reason.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default()
}

fn policy_named(name: &str) -> &'static dyn Policy {
    static KNOWN: Mutex<Vec<(String, &'static dyn Policy)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((_, policy)) = known.iter().find(|(known, _)| known == name) {
        return *policy;
    }
    let policy: &'static dyn Policy = Box::leak(policy::parse(name).expect("a policy"));
    known.push((name.to_owned(), policy));
    policy
}

fn world<M: Model>(name: &str) -> Arc<World<M>> {
    breaker::reset();
    primitives::reset();
    let policy = policy_named(name);
    let nobody = || AtomicU64::new(0);
    Arc::new(World {
        gil: M::new(policy),
        policy,
        inside: nobody(),
        forced_out: nobody(),
        first_in_line: nobody(),
        queued: nobody(),
    })
}

/// One run: threads that each take the lock a few times, and the clock.
fn run<M: Model>(name: &'static str, threads: usize) {
    let world = world::<M>(name);
    let mut all = Vec::new();
    for serial in 1..=threads as u64 {
        let world = world.clone();
        all.push(shuttle::thread::spawn(move || compute(&world, serial)));
    }
    for _ in 0..threads {
        primitives::end_a_wait();
        shuttle::thread::yield_now();
    }
    for thread in all {
        thread.join().expect("a thread that ended");
    }
}

fn compute<M: Model>(world: &World<M>, serial: u64) {
    let seat = M::seat(serial);
    let mut makes_way = false;
    for round in 0..ROUNDS {
        let waited_for = world.gil.acquire(&seat);
        world.enter(serial);
        assert!(!makes_way || waited_for != 0, "a thread that made way for another counts no wait");
        let asked = breaker::get() & breaker::DROP != 0;
        let why = match round {
            0 if asked => Reason::Request,
            0 => Reason::Tick,
            _ => Reason::Sleep,
        };
        makes_way = world.leave(serial, why) && !why.blocks();
        world.gil.release(&seat, why);
    }
}

/// Threads whose ticks run out again and again, as `Held::let_by` has it.
fn tick<M: Model>(name: &'static str) {
    let world = world::<M>(name);
    let start = |serial| {
        let world = world.clone();
        shuttle::thread::spawn(move || {
            let seat = M::seat(serial);
            let mut has_it = false;
            for round in 0..=TICKS {
                if !has_it {
                    world.gil.acquire(&seat);
                }
                world.enter(serial);
                has_it = round < TICKS && world.tick(&seat, serial);
            }
            world.leave(serial, Reason::Sleep);
            world.gil.release(&seat, Reason::Sleep);
        })
    };
    let threads: Vec<_> = (1..=3).map(start).collect();
    for thread in threads {
        thread.join().expect("a thread that ended");
    }
}

impl<M: Model> World<M> {
    /// The ticks ran out. Whether the thread still has the lock.
    fn tick(&self, seat: &Arc<M::Seat>, me: u64) -> bool {
        let before = self.gil.switches();
        self.leave(me, Reason::Tick);
        let back = self.gil.pass(seat);
        match back {
            None => self.gil.release(seat, Reason::Tick),
            Some(true) => assert_eq!(self.gil.switches(), before, "a thread that came back second did not notice"),
            Some(false) => (),
        }
        back == Some(true)
    }

    fn enter(&self, me: u64) {
        assert_eq!(self.inside.swap(me, Ordering::Relaxed), 0, "two threads hold the lock");
        assert_ne!(self.forced_out.swap(0, Ordering::Relaxed), me, "a thread that was asked came back first");
        let expected = self.first_in_line.swap(0, Ordering::Relaxed);
        assert!(expected == 0 || expected == me, "thread {expected} stood in front of {me}");
        let queued = self.queued.swap(0, Ordering::Relaxed);
        assert!(queued == 0 || self.gil.waiters().contains(&queued), "thread {queued} is not in the queue");
    }

    /// Notes, still as the holder, what the policy promises of the next one. Whether that must be another thread.
    fn leave(&self, me: u64, why: Reason) -> bool {
        let waiters = self.gil.waiters();
        let asked = breaker::peek() & breaker::DROP != 0;
        let handover = self.policy.handover(&Release { why, asked });
        if let Some(first) = waiters.first() {
            match handover {
                Handover::Free => (),
                Handover::Forced => self.forced_out.store(me, Ordering::Relaxed),
                Handover::Direct => {
                    self.first_in_line.store(*first, Ordering::Relaxed);
                    self.queued.store(if why.blocks() { 0 } else { me }, Ordering::Relaxed);
                }
            }
        }
        self.inside.store(0, Ordering::Relaxed);
        handover != Handover::Free && !waiters.is_empty()
    }
}

/// How often a holder looks whether it was asked, before it says that nobody does.
const LOOKS: usize = 3000;

/// Under a policy with patience, a holder that goes on for ever is asked; the words of it if not.
fn asked_in_vain<M: Model>(name: &'static str) -> Outcome {
    policy_named(name).interval()?;
    let try_it = || shuttle::check_random(move || hold_until_asked::<M>(name), 20);
    catch_unwind(AssertUnwindSafe(try_it)).err().map(|reason| words(&*reason))
}

/// A second thread, which takes the lock and gives it up.
fn wants_it_once<M: Model>(world: &Arc<World<M>>) -> shuttle::thread::JoinHandle<()> {
    let world = world.clone();
    shuttle::thread::spawn(move || {
        let seat = M::seat(2);
        world.gil.acquire(&seat);
        world.gil.release(&seat, Reason::Exit);
    })
}

fn hold_until_asked<M: Model>(name: &'static str) {
    let world = world::<M>(name);
    let holder = M::seat(1);
    world.gil.acquire(&holder);
    let waiting = wants_it_once(&world);
    let is_asked = (0..LOOKS).any(|_| {
        primitives::end_a_wait();
        breaker::get() & breaker::DROP != 0
    });
    assert!(is_asked, "nobody asked the holder");
    world.gil.release(&holder, Reason::Request);
    waiting.join().expect("a thread that ended");
}

/// Under a policy with ticks, a holder that only ever ticks lets another in; the words of it if not.
fn ticked_in_vain<M: Model>(name: &'static str) -> Outcome {
    policy_named(name).ticks()?;
    let try_it = || shuttle::check_random(move || tick_until_another_comes::<M>(name), 20);
    catch_unwind(AssertUnwindSafe(try_it)).err().map(|reason| words(&*reason))
}

fn tick_until_another_comes<M: Model>(name: &'static str) {
    let world = world::<M>(name);
    let holder = M::seat(1);
    world.gil.acquire(&holder);
    let before = world.gil.switches();
    let waiting = wants_it_once(&world);
    let came = (0..LOOKS).any(|_| {
        let back = world.gil.pass(&holder);
        if back.is_none() {
            world.gil.release(&holder, Reason::Tick);
        }
        if back != Some(true) {
            world.gil.acquire(&holder);
        }
        world.gil.switches() != before
    });
    assert!(came, "a holder that ticks lets nobody in");
    world.gil.release(&holder, Reason::Exit);
    waiting.join().expect("a thread that ended");
}

/// A lock that is handed over wakes nobody in vain, also if it was not always handed over; the words of it if it does.
fn late_alarms<M: Model>() -> Outcome {
    let try_it = || shuttle::check_pct(change_the_rules::<M>, 5 * TRIED, 5);
    catch_unwind(AssertUnwindSafe(try_it)).err().map(|reason| words(&*reason))
}

fn change_the_rules<M: Model>() {
    let world = world::<M>("ticks:100");
    let seats: Vec<Arc<M::Seat>> = (1..=3).map(M::seat).collect();
    let alarms = |seats: &[Arc<M::Seat>]| seats.iter().map(|seat| M::false_alarms(seat)).sum::<u64>();
    let before = Arc::new(AtomicU64::new(0));
    let start = |i: usize| {
        let (world, seats, before) = (world.clone(), seats.clone(), before.clone());
        shuttle::thread::spawn(move || {
            for round in 0..4 {
                world.gil.acquire(&seats[i]);
                if i == 0 && round == 1 {
                    world.gil.set_policy(policy_named("ticks:100,fair"));
                    before.store(alarms(&seats), Ordering::Relaxed);
                }
                world.gil.release(&seats[i], if round == 3 { Reason::Sleep } else { Reason::Tick });
            }
        })
    };
    let threads: Vec<_> = (0..seats.len()).map(start).collect();
    for thread in threads {
        thread.join().expect("a thread that ended");
    }
    assert_eq!(
        alarms(&seats),
        before.load(Ordering::Relaxed),
        "somebody was woken in vain by a lock that is handed over"
    );
}
