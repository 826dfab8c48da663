//! `Held`: the proof that this thread may touch objects, and what the thread carries with it.
//!
//! In: `attach`, once a thread. Out: a `&mut Held` that every operation on objects asks for. The one invariant: a `Held` is
//! reachable only while its thread is attached; `detach` gives the GIL up for blocking work, and its closure
//! can hold neither a `Value` nor the `Held`. PyO3's `Python<'py>` and `allow_threads` are the model.

use super::lock::GIL;
use super::{breaker, policy};
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::finalize;
use crate::vm::frame::{Frame, Region};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A thread's state, and the proof that it is attached.
pub struct Held {
    /// Value stack: windows of registers, one after the other. Never moves.
    pub(crate) stack: Region<Reg>,
    /// Frames of toy functions. Never moves.
    pub(crate) frames: Region<Frame>,
    /// The running frame; one before the first if none runs.
    pub(crate) frame: *mut Frame,
    pub(crate) depth: u32,
    /// Exceptions being handled: one place for the thread, one more for each generator that runs.
    pub(crate) handled: Vec<Option<Value>>,
    /// Native stack below this address is not to be used.
    native_limit: usize,
    pub(crate) repr_active: Vec<u64>,
    /// `sys.set_asyncgen_hooks`: called for the first iteration of an async generator, and when one is dropped.
    pub asyncgen_hooks: [Option<Value>; 2],
    thread: Arc<Thread>,
}

/// What other threads may know of a thread.
pub struct Thread {
    pub ident: u64,
    pub native_id: AtomicU64,
    /// Set to ask the thread to raise (an exception class is kept elsewhere).
    pub interrupted: AtomicU32,
}

/// CPython's default.
static RECURSION_LIMIT: AtomicU32 = AtomicU32::new(1000);

/// Native stack that must stay free for what runs between two checks.
const RESERVE: usize = 256 * 1024;

thread_local! {
    static CURRENT: Cell<*mut Held> = const { Cell::new(std::ptr::null_mut()) };
}

/// Attaches the calling thread for the time of a closure. `stack_bytes` is how much native stack it may use.
pub fn attach<T>(stack_bytes: usize, stack_slots: usize, body: impl FnOnce(&mut Held) -> T) -> std::io::Result<T> {
    let here = &stack_bytes as *const usize as usize;
    // SAFETY: plain system calls.
    let (ident, tid) = unsafe { (libc::pthread_self() as u64, libc::syscall(libc::SYS_gettid) as u64) };
    let thread = Thread { ident, native_id: AtomicU64::new(tid), interrupted: AtomicU32::new(0) };
    let stack = Region::new(stack_slots)?;
    let frames: Region<Frame> = Region::new(stack_slots / 4)?;
    let mut held = Held {
        frame: frames.start().wrapping_sub(1),
        stack,
        frames,
        depth: 0,
        handled: vec![None],
        native_limit: here.saturating_sub(stack_bytes).saturating_add(RESERVE),
        repr_active: Vec::new(),
        asyncgen_hooks: [None, None],
        thread: Arc::new(thread),
    };
    GIL.acquire();
    CURRENT.set(&mut held);
    let result = body(&mut held);
    CURRENT.set(std::ptr::null_mut());
    drop(held.handled.drain(..));
    held.asyncgen_hooks = [None, None];
    GIL.release();
    Ok(result)
}

impl Held {
    pub fn thread(&self) -> &Arc<Thread> {
        &self.thread
    }

    /// Gives the GIL up while `work` blocks, and takes it again. The closure can hold no `Value`.
    pub fn detach<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        GIL.release();
        let result = work();
        GIL.acquire();
        result
    }

    /// A switch point: `n` ticks are closed, and whatever the breaker asks for is done.
    #[cold]
    #[inline(never)]
    pub(crate) fn stop_by(&mut self, ticked: bool) -> R<()> {
        if ticked || breaker::take(breaker::DROP) {
            self.yield_gil();
        }
        let bits = breaker::get();
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

    /// Releases the GIL and acquires it again at once, if anybody waits.
    pub fn yield_gil(&mut self) {
        if GIL.is_wanted() {
            GIL.release();
            GIL.acquire();
        }
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

/// The countdown, for the eval loop.
#[inline(always)]
pub(crate) fn tick(n: i64) -> bool {
    policy::tick(n)
}
