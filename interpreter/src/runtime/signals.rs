//! Signals: noted by the handler, delivered by the main thread at its next switch point.
//!
//! In: signals of the system. Out: calls of their toy handlers, or KeyboardInterrupt. The one invariant: the native handler
//! only sets flags and writes to an eventfd; toy code runs at switch points of the main thread.

use crate::objects::exception::Exc;
use crate::objects::value::Value;
use crate::runtime::config;
use crate::runtime::error::R;
use crate::sync::{Guarded, Held, breaker, publish};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

const SIGNALS: usize = 65;

/// Signals that came and were not delivered, a bit each.
static PENDING: AtomicU64 = AtomicU64::new(0);
static MAIN_THREAD: AtomicU64 = AtomicU64::new(0);
/// When the last SIGINT came, in milliseconds: a second one within a second, with no switch point between, ends us.
static LAST_INTERRUPT: AtomicU64 = AtomicU64::new(0);
static INTERRUPT_WAITS: AtomicBool = AtomicBool::new(false);
/// The eventfd that the handler writes to, so that main's waits end.
static WAKE: AtomicI32 = AtomicI32::new(-1);
/// `signal.set_wakeup_fd`: gets a byte for each signal.
static WAKEUP_FD: AtomicI32 = AtomicI32::new(-1);
/// Why a byte could not be written to it; 0 if nothing is to be told.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);
/// Whether it is to be told that the descriptor was full.
static WAKEUP_WARNS: AtomicBool = AtomicBool::new(true);

static HANDLERS: Guarded<Vec<Option<Value>>> = Guarded::new(Vec::new());

fn milliseconds() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a plain system call that is safe in signal handlers.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1000 + now.tv_nsec as u64 / 1_000_000 + 1
}

extern "C" fn note(signal: libc::c_int) {
    if signal == libc::SIGINT {
        let now = milliseconds();
        let before = LAST_INTERRUPT.swap(now, Ordering::Relaxed);
        if INTERRUPT_WAITS.swap(true, Ordering::Relaxed) && before != 0 && now - before < 1000 {
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(130) };
        }
    }
    PENDING.fetch_or(1 << (signal as u64 & 63), Ordering::Relaxed);
    breaker::set(breaker::SIGNAL);
    wake_main();
    let fd = WAKEUP_FD.load(Ordering::Relaxed);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: write, and the place of errno, are safe in signal handlers.
        unsafe {
            if libc::write(fd, (&byte as *const u8).cast(), 1) < 0 {
                WAKEUP_ERROR.store(*libc::__errno_location(), Ordering::Relaxed);
            }
        }
    }
}

/// Sets the descriptor that gets a byte for each signal, -1 for none, and whether to warn when it takes no more; gives the one
/// before.
pub fn set_wakeup_fd(fd: i32, warn_when_full: bool) -> i32 {
    WAKEUP_WARNS.store(warn_when_full, Ordering::Relaxed);
    WAKEUP_FD.swap(fd, Ordering::Relaxed)
}

/// Tells that a signal's byte could not be written.
fn report_wakeup_error(held: &mut Held) {
    let errno = WAKEUP_ERROR.swap(0, Ordering::Relaxed);
    let full = errno == libc::EAGAIN || errno == libc::EWOULDBLOCK;
    if errno != 0 && (!full || WAKEUP_WARNS.load(Ordering::Relaxed)) {
        let raised = held.os_error(std::io::Error::from_raw_os_error(errno), None);
        held.unraisable(raised, "Exception ignored when trying to write to the signal wakeup fd", &Value::NONE);
    }
}

/// In the child of a fork: the forking thread is the main thread now, with an eventfd of its own.
pub(crate) fn after_fork() {
    if !is_main_thread() {
        unblock_all();
    }
    // SAFETY: plain system calls; the eventfd is the parent's as well, which keeps it.
    unsafe {
        libc::close(WAKE.load(Ordering::Relaxed));
        MAIN_THREAD.store(libc::pthread_self() as u64, Ordering::Relaxed);
        WAKE.store(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK), Ordering::Relaxed);
    }
    PENDING.store(0, Ordering::Relaxed);
}

/// Ends the wait of the main thread, if it waits for the eventfd. Safe in signal handlers.
pub fn wake_main() {
    let fd = WAKE.load(Ordering::Relaxed);
    if fd >= 0 {
        let one = 1u64;
        // SAFETY: write is safe in signal handlers.
        unsafe { libc::write(fd, (&one as *const u64).cast(), 8) };
    }
}

/// Sleeps in the main thread until it is woken or the time is over; false in the latter case. Whoever calls looks at
/// what it waits for, and at `pending`, after this and before it sleeps again: a wake-up is not kept.
pub fn sleep_in_main(limit: Option<Duration>) -> bool {
    let mut wake = libc::pollfd { fd: wake_fd(), events: libc::POLLIN, revents: 0 };
    let limit = limit.map(|limit| libc::timespec {
        tv_sec: limit.as_secs().min(i64::MAX as u64) as libc::time_t,
        tv_nsec: limit.subsec_nanos() as libc::c_long,
    });
    let limit = limit.as_ref().map_or(std::ptr::null(), |limit| limit as *const libc::timespec);
    // SAFETY: one descriptor and a time, both alive during the call.
    let woken = unsafe { libc::ppoll(&mut wake, 1, limit, std::ptr::null()) };
    if woken > 0 {
        drain_wake();
    }
    woken != 0
}

/// Called once by the thread that is to be main.
pub fn init() {
    // SAFETY: plain system calls.
    unsafe {
        MAIN_THREAD.store(libc::pthread_self() as u64, Ordering::Relaxed);
        WAKE.store(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK), Ordering::Relaxed);
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
    }
    install(libc::SIGINT);
}

/// Leaves all signals to other threads: the one that only waits for the main thread must not receive what should end main's
/// blocking calls.
pub fn block_all() {
    // SAFETY: plain system calls.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, std::ptr::null_mut());
    }
}

/// Lets all signals come: what a child of a thread other than the main one begins with. Safe between fork and exec.
pub fn unblock_all() {
    // SAFETY: plain system calls.
    unsafe {
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::pthread_sigmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
}

/// Runs `work` with all signals blocked: a thread that it starts is born so, and never receives one.
pub fn with_all_blocked<T>(work: impl FnOnce() -> T) -> T {
    // SAFETY: plain system calls on sets of our own; the caller's mask comes back.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, &mut before);
        let result = work();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        result
    }
}

/// Lets the machine note a signal.
pub fn install(signal: i32) {
    // SAFETY: the handler does only what is safe in one; no SA_RESTART, so that blocking calls return.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = note as *const () as usize;
        libc::sigemptyset(&mut action.sa_mask);
        action.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &action, std::ptr::null_mut());
    }
}

/// Whether the machine notes a signal, rather than that it is ignored or does what the system does.
pub fn is_noted(signal: i32) -> bool {
    // SAFETY: asks only.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &mut action);
        action.sa_sigaction == note as *const () as usize
    }
}

/// Whether the calling thread is the one that signals are delivered to.
pub fn is_main_thread() -> bool {
    // SAFETY: a plain system call.
    MAIN_THREAD.load(Ordering::Relaxed) == unsafe { libc::pthread_self() } as u64
}

/// The ident of that thread.
pub fn main_ident() -> u64 {
    MAIN_THREAD.load(Ordering::Relaxed)
}

/// The eventfd that becomes readable when a signal comes.
pub fn wake_fd() -> i32 {
    WAKE.load(Ordering::Relaxed)
}

/// Whether a signal waits to be delivered.
pub fn pending() -> bool {
    PENDING.load(Ordering::Relaxed) != 0
}

/// Notes a signal as if the system had sent it: `_thread.interrupt_main`.
pub fn simulate(signal: i32) {
    PENDING.fetch_or(1 << (signal as u64 & 63), Ordering::Relaxed);
    breaker::set(breaker::SIGNAL);
    wake_main();
}

/// The toy handler of a signal, if one was set.
pub fn handler(signal: i32) -> Option<Value> {
    HANDLERS.with(|handlers| handlers.get(signal as usize).cloned().flatten())
}

/// Sets the toy handler of a signal.
pub fn set_handler(_held: &mut Held, signal: i32, handler: Option<Value>) {
    handler.iter().for_each(publish);
    let old = HANDLERS.with(|handlers| {
        handlers.resize_with(handlers.len().max(SIGNALS), || None);
        std::mem::replace(&mut handlers[signal as usize], handler)
    });
    drop(old);
}

impl Held {
    /// Calls the handlers of signals that interrupted a blocking call: what it raises ends the call.
    pub fn check_signals(&mut self) -> R<()> {
        if pending() { deliver(self) } else { Ok(()) }
    }
}

/// Calls the handlers of all signals that came. Only the main thread does; others leave them.
pub(crate) fn deliver(held: &mut Held) -> R<()> {
    if !is_main_thread() {
        return Ok(());
    }
    breaker::take(breaker::SIGNAL);
    drain_wake();
    report_wakeup_error(held);
    let mut pending = PENDING.swap(0, Ordering::Relaxed);
    while pending != 0 {
        let signal = pending.trailing_zeros() as i32;
        pending &= pending - 1;
        if signal == libc::SIGINT {
            INTERRUPT_WAITS.store(false, Ordering::Relaxed);
        }
        let result = call_handler(held, signal);
        if result.is_err() {
            PENDING.fetch_or(pending, Ordering::Relaxed);
            if pending != 0 {
                breaker::set(breaker::SIGNAL);
            }
            return result;
        }
    }
    Ok(())
}

/// Forgets wake-ups that nobody waits for any more.
pub fn drain_wake() {
    let mut count = 0u64;
    // SAFETY: the eventfd does not block.
    unsafe { libc::read(wake_fd(), (&mut count as *mut u64).cast(), 8) };
}

fn call_handler(held: &mut Held, signal: i32) -> R<()> {
    match handler(signal) {
        // The program is being taken apart: there is nobody left to interrupt.
        _ if config::is_finalizing() => {
            let message = format!("Signal {signal} ignored due to race condition");
            let raised = held.error(Exc::OSError, message);
            held.unraisable(raised, "Exception ignored in", &Value::NONE);
            Ok(())
        }
        Some(handler) => {
            let frame = held.frame_at(0).unwrap_or(Value::NONE);
            let number = held.new_int(signal as i64);
            held.call(&handler, &[number, frame])?;
            Ok(())
        }
        None if signal == libc::SIGQUIT => {
            if let Some(show) = ON_QUIT.with(|show| *show) {
                show(held);
            }
            Ok(())
        }
        None if signal == libc::SIGINT => Err(held.error_with(Exc::KeyboardInterrupt, held.new_tuple(Vec::new()))),
        None => Ok(()),
    }
}

/// What SIGQUIT does if the program has no handler for it.
static ON_QUIT: Guarded<Option<fn(&mut Held)>> = Guarded::new(None);

/// Has `show` called, in the main thread, when SIGQUIT comes.
pub fn on_quit(held: &mut Held, show: fn(&mut Held)) {
    let _ = held;
    ON_QUIT.with(|place| *place = Some(show));
    install(libc::SIGQUIT);
}

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The program ended with an uncaught KeyboardInterrupt.
pub(crate) fn note_interrupted() {
    INTERRUPTED.store(true, Ordering::Relaxed);
}

/// Ends the process at once; after an uncaught KeyboardInterrupt by SIGINT itself, so that a shell sees it.
pub fn exit(status: i32) -> ! {
    if INTERRUPTED.load(Ordering::Relaxed) && status == 130 {
        // SAFETY: plain system calls; nothing of the machine runs any more.
        unsafe {
            let mut interrupt: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut interrupt);
            libc::sigaddset(&mut interrupt, libc::SIGINT);
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            libc::sigprocmask(libc::SIG_UNBLOCK, &interrupt, std::ptr::null_mut());
            libc::kill(libc::getpid(), libc::SIGINT);
        }
    }
    // SAFETY: all that was to be done at the end was done.
    unsafe { libc::_exit(status) }
}
