//! Threads: starting them, knowing them, and ending the process while some still run.
//!
//! In: a function to run in a thread of its own. Out: the thread's ident. The one invariant: whatever can fail, fails in the thread
//! that starts; the new one only attaches, runs and ends. Everything it owns is dropped while it is attached.
//!
//! A thread costs address space (native stack, registers, frames), of which the system provides what is touched. Signals
//! are blocked in all threads but the main one, which handles them. A thread that is left when the main thread has
//! ended (a daemon) goes on until it wants to attach again, and then parks for ever (`held::close`): it never
//! touches an object again, so the process can end under its feet.

use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signals;
use crate::sync::held::{self, Stacks, Thread};
use crate::sync::ledger::Ledger;
use crate::sync::{Held, points, publish, publish_all};
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::os::unix::thread::JoinHandleExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Native stack of a thread, unless the program asks for another size.
const STACK: usize = 16 << 20;
/// The least native stack that toy code runs on, whatever the program asks for.
const LEAST_STACK: usize = 1 << 20;
/// Registers of a thread's value stack.
const REGISTERS: usize = 1 << 20;

/// The size that `threading.stack_size` was given; 0 for the default.
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
/// Threads started here that have not ended.
static RUNNING: AtomicUsize = AtomicUsize::new(0);
/// The last threads that ended, for their ledgers; how many is bounded.
static ENDED: Mutex<VecDeque<Arc<Thread>>> = Mutex::new(VecDeque::new());
/// How many ended threads are remembered.
const REMEMBERED: usize = 1000;
/// Ended threads that are not remembered any more.
static FORGOTTEN: AtomicUsize = AtomicUsize::new(0);
/// All attached threads, the main one among them.
static LIVE: Mutex<Vec<Arc<Thread>>> = Mutex::new(Vec::new());

/// What is handed from the starting thread to the new one.
struct Handed<T>(T);

// SAFETY: the values in it are counted for the new thread, which touches them only while it is attached; the starting thread
// keeps nothing of it.
unsafe impl<T> Send for Handed<T> {}

/// Starts a thread that runs `body`, which owns the values given, and gives back its ident. RuntimeError if the system has no room
/// for one.
pub fn start(h: &mut Held, owned: &[&Value], body: impl FnOnce(&mut Held) + 'static) -> R<u64> {
    // Loops that do not count ticks are left before there is anybody to switch to.
    points::crowd();
    publish_all();
    owned.iter().for_each(|value| publish(value));
    match spawn(body) {
        Ok(ident) => Ok(ident),
        Err(_) => Err(h.runtime_error("can't start new thread")),
    }
}

fn spawn(body: impl FnOnce(&mut Held) + 'static) -> std::io::Result<u64> {
    let stack = match stack_size() {
        0 => STACK,
        size => size.max(LEAST_STACK),
    };
    let stacks = Stacks::reserve(REGISTERS)?;
    let ledger = Ledger::open();
    let body = Handed(body);
    RUNNING.fetch_add(1, Ordering::Relaxed);
    let work = move || {
        let body = body;
        held::attach_with(stack, stacks, ledger, |h| registered(h, body.0));
    };
    let thread = signals::with_all_blocked(|| std::thread::Builder::new().stack_size(stack).spawn(work));
    if thread.is_err() {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
    }
    Ok(thread?.as_pthread_t())
}

/// Runs `body` as a thread that others can find.
pub(crate) fn registered<T>(h: &mut Held, body: impl FnOnce(&mut Held) -> T) -> T {
    let me = h.thread().clone();
    LIVE.lock().push(me.clone());
    let result = body(h);
    LIVE.lock().retain(|thread| thread.serial != me.serial);
    remember(me);
    result
}

fn remember(thread: Arc<Thread>) {
    let mut ended = ENDED.lock();
    if ended.len() == REMEMBERED {
        ended.pop_front();
        FORGOTTEN.fetch_add(1, Ordering::Relaxed);
    }
    ended.push_back(thread);
}

/// The last threads that ended, the oldest first, and how many ended before them.
pub fn ended_threads() -> (Vec<Arc<Thread>>, usize) {
    (ENDED.lock().iter().cloned().collect(), FORGOTTEN.load(Ordering::Relaxed))
}

/// A thread started by `start` is done with the program's function.
pub fn ended() {
    let _ = RUNNING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| running.checked_sub(1));
}

/// In the child of a fork, where only the calling thread exists.
pub(crate) fn after_fork(me: &Arc<Thread>) {
    // SAFETY: a plain system call.
    let native_id = unsafe { libc::syscall(libc::SYS_gettid) } as u64;
    me.native_id.store(native_id, Ordering::Relaxed);
    *LIVE.lock() = vec![me.clone()];
    RUNNING.store(0, Ordering::Relaxed);
}

/// How many threads were started and have not ended: `_thread._count()`.
pub fn count() -> usize {
    RUNNING.load(Ordering::Relaxed)
}

/// All attached threads, the main one first.
pub fn live() -> Vec<Arc<Thread>> {
    LIVE.lock().clone()
}

pub fn stack_size() -> usize {
    STACK_SIZE.load(Ordering::Relaxed)
}

/// The native stack of threads started from now on; 0 for the default.
pub fn set_stack_size(bytes: usize) {
    STACK_SIZE.store(bytes, Ordering::Relaxed);
}
