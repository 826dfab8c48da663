//! `Held`: the proof that this thread may touch objects, and what the thread carries with it.
//!
//! In: `attach`, once a thread. Out: a `&mut Held` that every operation on objects asks for. The one invariant: a `Held` is
//! reachable only while its thread is attached; `detach` gives the GIL up for blocking work, and its closure
//! can hold neither a `Value` nor the `Held`. PyO3's `Python<'py>` and `allow_threads` are the model.

use super::breaker;
use super::kind::{credit, publish, readers, world};
use super::ledger::{Account, Ledger};
use super::lock::{GIL, Pass, Seat, Taken};
use super::points;
use super::policy::Policy;
use super::primitives::{Mutex, now};
use super::reason::Reason;
use crate::objects::heap;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::finalize;
use crate::vm::frame::{Frame, Region};
use crate::vm::trace::{Observer, Tracing};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// A thread's state, and the proof that it is attached.
pub struct Held {
    /// Value stack: windows of registers, one after the other. Never moves.
    pub(crate) stack: Region<Reg>,
    /// Frames of toy functions. Never moves.
    pub(crate) frames: Region<Frame>,
    /// The running frame; one before the first if none runs.
    pub(crate) frame: *mut Frame,
    pub(crate) depth: u32,
    /// The countdown to the next release, while this thread runs.
    pub(crate) ticks: i64,
    /// Exceptions being handled: one place for the thread, one more for each generator that runs.
    pub(crate) handled: Vec<Option<Value>>,
    /// Native stack below this address is not to be used.
    native_limit: usize,
    /// The exception on its way was raised before: its traceback has the running frame already.
    pub(crate) raising_again: bool,
    /// The generator that ran last was suspended, not ended.
    pub(crate) yielded: bool,
    pub(crate) repr_active: Vec<u64>,
    /// What is to be done when the thread ends, first registered last.
    exit_hooks: Vec<ExitHook>,
    /// `sys.set_asyncgen_hooks`: called for the first iteration of an async generator, and when one is dropped.
    pub asyncgen_hooks: [Option<Value>; 2],
    /// `sys.set_coroutine_origin_tracking_depth`: how many frames a new coroutine remembers.
    pub origin_depth: usize,
    /// The context (of `_contextvars`) that is in force, if any was asked for.
    pub context: Option<Value>,
    /// A variable and its value there, the last that was looked up.
    pub variable: Option<(Value, Value)>,
    /// The event loop (of `_asyncio`) that runs in this thread.
    pub event_loop: Option<Value>,
    /// `sys.settrace`, `sys.setprofile`.
    pub(crate) tracing: Tracing,
    /// The second level of the inline caches.
    pub(crate) shape_cache: crate::vm::ops::shape_cache::ShapeCache,
    thread: Arc<Thread>,
}

/// What a native module does when a thread that used it ends.
pub type ExitHook = fn(&mut Held);

/// What other threads may know of a thread.
#[derive(Debug)]
pub struct Thread {
    /// Where it waits for the GIL.
    seat: Arc<Seat>,
    /// What it had of the GIL.
    pub ledger: Ledger,
    /// Its state, while it is attached or detached for a while. To be followed under the GIL only.
    pub(crate) held: AtomicPtr<Held>,
    name: Mutex<String>,
    /// As programs know it. The system gives it to another thread when this one has ended.
    pub ident: u64,
    /// Never given to another thread.
    pub serial: u64,
    pub native_id: AtomicU64,
    /// Set to ask the thread to raise (an exception class is kept elsewhere).
    pub interrupted: AtomicU32,
}

/// CPython's default.
static RECURSION_LIMIT: AtomicU32 = AtomicU32::new(1000);

/// Native stack that must stay free for what runs between two checks.
const RESERVE: usize = 256 * 1024;

/// The serial number of the next thread.
static NEXT_SERIAL: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static SERIAL: Cell<u64> = Cell::new(NEXT_SERIAL.fetch_add(1, Ordering::Relaxed));
    static CURRENT: Cell<*mut Held> = const { Cell::new(std::ptr::null_mut()) };
}

/// Room for a thread's registers and frames.
pub struct Stacks {
    values: Region<Reg>,
    frames: Region<Frame>,
}

// SAFETY: both regions are empty; the thread that attaches with them is the first to use them.
unsafe impl Send for Stacks {}

impl Stacks {
    pub fn reserve(slots: usize) -> std::io::Result<Stacks> {
        Ok(Stacks { values: Region::new(slots)?, frames: Region::new(slots / 4)? })
    }
}

/// Attaches the calling thread for the time of a closure. `stack_bytes` is how much native stack it may use.
pub fn attach<T>(stack_bytes: usize, stack_slots: usize, body: impl FnOnce(&mut Held) -> T) -> std::io::Result<T> {
    Ok(attach_with(stack_bytes, Stacks::reserve(stack_slots)?, Ledger::open(), body))
}

/// As `attach`, in room that was reserved before, so that nothing can fail.
pub fn attach_with<T>(stack_bytes: usize, stacks: Stacks, ledger: Ledger, body: impl FnOnce(&mut Held) -> T) -> T {
    let here = &stack_bytes as *const usize as usize;
    let mut held = Held {
        frame: stacks.frames.start().wrapping_sub(1),
        stack: stacks.values,
        frames: stacks.frames,
        depth: 0,
        ticks: GIL.restart(),
        handled: vec![None],
        native_limit: here.saturating_sub(stack_bytes).saturating_add(RESERVE),
        raising_again: false,
        yielded: false,
        repr_active: Vec::new(),
        exit_hooks: Vec::new(),
        asyncgen_hooks: [None, None],
        origin_depth: 0,
        context: None,
        variable: None,
        event_loop: None,
        tracing: Tracing::default(),
        shape_cache: Default::default(),
        thread: Arc::new(Thread::current(ledger)),
    };
    readers::arrive();
    held.take_gil();
    CURRENT.set(&mut held);
    let here: *mut Held = &mut held;
    held.thread.held.store(here, Ordering::Relaxed);
    let result = body(&mut held);
    held.run_exit_hooks();
    held.thread.held.store(std::ptr::null_mut(), Ordering::Relaxed);
    CURRENT.set(std::ptr::null_mut());
    drop(held.handled.drain(..));
    held.asyncgen_hooks = [None, None];
    held.context = None;
    held.variable = None;
    held.event_loop = None;
    held.set_observer(Observer::Trace, None);
    held.set_observer(Observer::Profile, None);
    credit::settle();
    heap::hand_over();
    held.drop_gil(Reason::Exit);
    readers::depart();
    result
}

/// The only thread that may still attach; 0 while all may.
static LAST_THREAD: AtomicU64 = AtomicU64::new(0);

/// Stops the world for good: from now on no thread but the calling one touches an object.
pub fn close(held: &Held) {
    LAST_THREAD.store(held.thread.serial, Ordering::Relaxed);
    if world::is_free() {
        credit::settle();
        world::stop(held.thread.serial);
    }
}

impl Thread {
    /// The calling thread.
    fn current(ledger: Ledger) -> Thread {
        // SAFETY: plain system calls.
        let (ident, tid) = unsafe { (libc::pthread_self() as u64, libc::syscall(libc::SYS_gettid) as u64) };
        let serial = SERIAL.get();
        Thread {
            seat: Arc::new(Seat::new(serial, crate::runtime::signals::is_main_thread())),
            ledger,
            held: AtomicPtr::default(),
            name: Mutex::new(String::new()),
            ident,
            serial,
            native_id: AtomicU64::new(tid),
            interrupted: AtomicU32::new(0),
        }
    }
}

impl Thread {
    /// Its name, as `threading` has it; or one made of its serial number.
    pub fn name(&self) -> String {
        let name = self.name.lock();
        if name.is_empty() { format!("thread {}", self.serial) } else { name.clone() }
    }

    pub fn set_name(&self, name: String) {
        *self.name.lock() = name;
    }

    /// What it had of the GIL up to now.
    pub fn account(&self) -> Account {
        self.ledger.account(self.seat.false_alarms())
    }
}

impl Held {
    pub fn thread(&self) -> &Arc<Thread> {
        &self.thread
    }

    /// Has a function called when this thread ends, once, however often it is asked for.
    pub fn at_thread_exit(&mut self, hook: ExitHook) {
        if !self.exit_hooks.iter().any(|known| std::ptr::fn_addr_eq(*known, hook)) {
            self.exit_hooks.push(hook);
        }
    }

    fn run_exit_hooks(&mut self) {
        credit::settle();
        finalize::run(self);
        for hook in std::mem::take(&mut self.exit_hooks).into_iter().rev() {
            hook(self);
            finalize::run(self);
        }
    }

    /// Takes the GIL. A thread that comes back when the process is ending parks here for ever; it holds no lock.
    fn take_gil(&mut self) {
        let thread = &*self.thread;
        thread.ledger.wants();
        let taken = match world::is_free() {
            true => {
                world::enter(thread.serial);
                Taken { ticks: Some(credit::ROUND), waited_for: 0, time: now() }
            }
            false => GIL.acquire(&thread.seat),
        };
        thread.ledger.took(&taken);
        self.ticks = taken.ticks.unwrap_or(self.ticks);
        let last = LAST_THREAD.load(Ordering::Relaxed);
        if last != 0 && last != self.thread.serial {
            self.drop_gil(Reason::Exit);
            loop {
                std::thread::park();
            }
        }
    }

    /// Gives the GIL up.
    fn drop_gil(&mut self, why: Reason) {
        self.thread.ledger.gives_up(why);
        if world::is_free() {
            credit::leave();
            world::leave();
        } else {
            GIL.release(&self.thread.seat, why, self.ticks);
        }
    }

    /// Gives the GIL up while `work` blocks, and takes it again. The closure can hold no `Value`.
    pub fn detach<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        self.detach_for(Reason::Call, work)
    }

    /// As `detach`, and the ledger says what for.
    pub fn detach_for<T: Send>(&mut self, why: Reason, work: impl FnOnce() -> T + Send) -> T {
        debug_assert!(why.blocks(), "a thread that blocks says what on");
        self.drop_gil(why);
        let result = work();
        self.take_gil();
        result
    }

    /// Counts ticks. True if the countdown ran out.
    #[inline(always)]
    pub(crate) fn tick(&mut self, n: i64) -> bool {
        self.ticks -= n;
        self.ticks < 0
    }

    /// A switch point at which the ticks ran out or the breaker asks for something.
    #[cold]
    #[inline(never)]
    pub(crate) fn stop_by(&mut self) -> R<()> {
        if self.ticks < 0 && world::is_free() {
            self.ticks = credit::ROUND;
            credit::settle();
        } else if self.ticks < 0 {
            self.ticks = self.restarted();
            self.thread.ledger.checked();
            self.let_by();
        }
        let bits = breaker::get();
        if bits & breaker::DROP != 0 {
            self.yield_gil(Reason::Request);
        }
        if bits & breaker::SIGNAL != 0 && GIL.is_wanted_by_main() {
            self.yield_gil(Reason::Signal);
        }
        if bits & (breaker::STOP | breaker::RECLAIM) != 0 {
            self.stand_by(bits);
        }
        if bits & breaker::COLLECT != 0 && breaker::take(breaker::COLLECT) {
            crate::runtime::gc::collect_automatically(self);
        }
        if bits & (breaker::SIGNAL | breaker::INTERRUPT) != 0 {
            crate::runtime::signals::deliver(self)?;
        }
        if finalize::pending() {
            finalize::run(self);
        }
        Ok(())
    }

    /// Without the GIL: another thread wants to be alone, or there is much to be dropped.
    fn stand_by(&mut self, bits: u32) {
        if bits & breaker::STOP != 0 {
            credit::settle();
            world::pause(self.thread.serial);
        }
        if bits & breaker::RECLAIM != 0 && breaker::take(breaker::RECLAIM) {
            self.alone(|_| ());
        }
    }

    /// Runs `work` while all other threads stand still, at a switch point or detached. With the GIL they do so anyway.
    #[allow(clippy::let_unit_value)] // with the GIL there is nothing to retire
    pub fn alone<T>(&mut self, work: impl FnOnce(&mut Held) -> T) -> T {
        if !world::is_free() {
            return work(self);
        }
        credit::settle();
        world::stop(self.thread.serial);
        let retired = publish::take_retired();
        let result = work(self);
        world::resume();
        publish::drop_retired(retired);
        result
    }

    /// The countdown after it ran out. What was counted too far belongs to the next round, as if each tick had been looked at.
    fn restarted(&self) -> i64 {
        let next = GIL.restart().saturating_add(1).saturating_add(self.ticks);
        if next < 0 { GIL.restart() } else { next }
    }

    /// The ticks ran out: whoever waits may have the GIL.
    fn let_by(&mut self) {
        if world::is_free() || !GIL.is_wanted() {
            return;
        }
        match GIL.pass(&self.thread.seat, self.ticks) {
            Pass::Back => self.thread.ledger.passed(),
            Pass::Calls => self.yield_gil(Reason::Tick),
            Pass::Lost => {
                self.thread.ledger.gives_up(Reason::Tick);
                self.take_gil();
            }
        }
    }

    /// Releases the GIL and acquires it again at once, if anybody waits.
    pub fn yield_gil(&mut self, why: Reason) {
        if world::is_free() {
            std::thread::yield_now();
        } else if GIL.is_wanted() {
            self.drop_gil(why);
            self.take_gil();
        }
    }

    /// Changes the switch policy, for all threads.
    pub fn set_policy(&mut self, policy: Box<dyn Policy>) {
        points::put_in_force(policy);
        if !world::is_free() {
            self.ticks = GIL.restart();
        }
    }

    /// Forks the process while the GIL is at rest; in the child the locks are as if no other thread had ever been.
    pub fn fork(&mut self, fork: impl FnOnce() -> std::io::Result<i32>) -> std::io::Result<i32> {
        self.alone(|h| {
            let child = GIL.at_rest(fork)?;
            if child == 0 {
                h.after_fork_in_child();
            }
            Ok(child)
        })
    }

    /// In the child of a fork, which has no thread but this one: the locks are as if it had always been so.
    fn after_fork_in_child(&mut self) {
        let threads = crate::runtime::thread::live().len();
        // An event loop is the parent's.
        self.event_loop = None;
        // SAFETY: only the forking thread exists in the child.
        unsafe { GIL.reset_after_fork(&self.thread.seat, threads) };
        world::after_fork(threads);
        crate::runtime::plain_lock::after_fork(self, threads);
        crate::runtime::import::after_fork(self, threads);
        crate::runtime::signals::after_fork();
        crate::runtime::thread::after_fork(&self.thread);
    }

    /// Runs native code that may recurse into itself through the program's objects: counted as CPython counts it, so that
    /// data nested deeper than the recursion limit raises.
    #[inline]
    pub fn deeper<T>(&mut self, doing: &str, body: impl FnOnce(&mut Held) -> R<T>) -> R<T> {
        if self.depth >= recursion_limit() {
            return Err(self.recursion_error(doing));
        }
        self.check_native_stack(doing)?;
        self.depth += 1;
        let result = body(self);
        self.depth -= 1;
        result
    }

    /// Whether native code may recurse further: RecursionError if the stack is used up.
    #[inline]
    pub fn check_native_stack(&self, doing: &str) -> R<()> {
        let here = 0u8;
        if (&here as *const u8 as usize) < self.native_limit {
            return Err(self.recursion_error(doing));
        }
        Ok(())
    }

    /// Takes what is being handled away while a finalizer runs.
    pub(crate) fn save_handled(&mut self) -> usize {
        self.handled.push(None);
        self.handled.len()
    }

    pub(crate) fn restore_handled(&mut self, saved: usize) {
        self.handled.truncate(saved - 1);
    }

    /// The exception being handled: `sys.exc_info()[1]`.
    pub fn handled(&self) -> Option<&Value> {
        self.handled.iter().rev().find_map(Option::as_ref)
    }
}

pub fn recursion_limit() -> u32 {
    RECURSION_LIMIT.load(Ordering::Relaxed)
}

pub fn set_recursion_limit(limit: u32) {
    RECURSION_LIMIT.store(limit, Ordering::Relaxed);
}
