//! `_signal`: which signals a thread blocks and waits for, and signals sent to one thread.
//!
//! In: sets of signals, idents of threads. Out: signals that came. The one invariant: in all threads but the main one the system
//! blocks everything, so that signals reach the main thread; what such a thread asked to block is kept in `MASKS`, and a
//! signal sent to a thread that does not block it goes to the process, whose main thread handles it.

use super::NSIG;
use crate::io::args;
use crate::io::raise::{system, system_for};
use crate::syscall::process;
use crate::syscall::signals as calls;
use crate::thread_::limit;
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::plain_lock::Limit;
use interpreter::runtime::signals;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What threads other than the main one asked to block, and what they wait for: one bit a signal, by the thread's ident.
static MASKS: Global<BTreeMap<u64, Masks>> = Global::new(BTreeMap::new());

#[derive(Default, Clone, Copy)]
struct Masks {
    blocked: u128,
    awaited: u128,
}

interpreter::owns_no_values!(Masks);

/// `struct_siginfo`.
static SIGINFO: Global<Option<Ref<Class>>> = Global::new(None);
static SIGINFO_FIELDS: [&str; 7] = ["si_signo", "si_code", "si_errno", "si_pid", "si_uid", "si_status", "si_band"];

static FUNCTIONS: [Def; 6] = [
    def("pthread_sigmask", "how, mask, /", |h, args| {
        let how = args::int(h, &args[0])?;
        let mask = numbers(h, &args[1])?;
        let old = match signals::is_main_thread() {
            true => calls::mask(how, &mask).map_err(|error| h.os_error(error, None))?,
            false => mask_here(h, how, &mask)?,
        };
        h.check_signals()?;
        set_of(h, &old)
    }),
    def("sigpending", "", |h, _| {
        let waiting = calls::pending().map_err(|error| h.os_error(error, None))?;
        set_of(h, &waiting)
    }),
    def("sigwait", "sigset, /", |h, args| {
        let mask = numbers(h, &args[0])?;
        let signal = awaiting(h, &mask, |h| system(h, || calls::wait(&mask)))?;
        Ok(h.new_int(signal.into()))
    }),
    def("sigwaitinfo", "sigset, /", |h, args| wait_for_info(h, &args[0], None)),
    def("sigtimedwait", "sigset, timeout, /", |h, args| match limit::of_seconds(h, &args[1])? {
        Some(Limit::After(limit)) => wait_for_info(h, &args[0], Some(limit)),
        _ => Err(h.value_error("timeout must be non-negative")),
    }),
    def("pthread_kill", "thread_id, signalnum, /", pthread_kill),
];

pub(super) fn init(h: &mut Held, module: &Module) {
    add_functions(h, module, &FUNCTIONS);
    let class = h.new_struct_class("signal", "struct_siginfo", &SIGINFO_FIELDS, SIGINFO_FIELDS.len());
    let name = h.intern("struct_siginfo");
    module.dict.set_str(h, &name, class.value().clone());
    SIGINFO.write(h, |place| *place = Some(class));
}

fn pthread_kill(h: &mut Held, args: Args<'_>) -> R {
    let (thread, signal) = (h.to_isize(&args[0])? as u64, args::int(h, &args[1])?);
    let sent = match signal != 0 && handled_by_main(h, thread, signal) {
        true => process::kill(process::getpid() as i32, signal).map(drop),
        false => calls::kill_thread(thread, signal),
    };
    sent.map_err(|error| h.os_error(error, None))?;
    h.check_signals()?;
    Ok(Value::NONE)
}

/// Whether a signal to this thread would be one that it does not block: its handler runs in the main thread.
fn handled_by_main(h: &Held, thread: u64, signal: i32) -> bool {
    if thread == signals::main_ident() {
        return false;
    }
    let masks = MASKS.read(h, |all| all.get(&thread).copied()).unwrap_or_default();
    (masks.blocked | masks.awaited) & bits(&[signal]) == 0
}

/// `pthread_sigmask` in a thread that is not the main one.
fn mask_here(h: &mut Held, how: i32, mask: &[i32]) -> R<Vec<i32>> {
    let (me, mask) = (h.thread().ident, bits(mask));
    let old = MASKS.read(h, |all| all.get(&me).copied()).unwrap_or_default();
    let blocked = match how {
        libc::SIG_BLOCK => old.blocked | mask,
        libc::SIG_UNBLOCK => old.blocked & !mask,
        libc::SIG_SETMASK => mask,
        _ => return Err(h.os_error(std::io::Error::from_raw_os_error(libc::EINVAL), None)),
    };
    h.at_thread_exit(forget);
    MASKS.write(h, |all| all.entry(me).or_default().blocked = blocked);
    Ok((1..NSIG).filter(|&signal| old.blocked & bits(&[signal]) != 0).collect())
}

/// Waits, and says for what, so that a signal sent to this thread comes here.
fn awaiting<T>(h: &mut Held, mask: &[i32], wait: impl FnOnce(&mut Held) -> R<T>) -> R<T> {
    let me = h.thread().ident;
    h.at_thread_exit(forget);
    MASKS.write(h, |all| all.entry(me).or_default().awaited = bits(mask));
    let result = wait(h);
    MASKS.write(h, |all| all.entry(me).or_default().awaited = 0);
    result
}

/// `pause` in a thread that is not the main one: until a signal is sent to it, which the main thread then handles.
pub(super) fn pause(h: &mut Held) -> R<()> {
    let masks = MASKS.read(h, |all| all.get(&h.thread().ident).copied()).unwrap_or_default();
    let free: Vec<i32> = (1..NSIG).filter(|&signal| masks.blocked & bits(&[signal]) == 0).collect();
    let signal = awaiting(h, &free, |h| system_for(h, Reason::Sleep, || calls::wait(&free)))?;
    process::kill(process::getpid() as i32, signal).map(drop).map_err(|error| h.os_error(error, None))
}

/// The calling thread ends.
fn forget(h: &mut Held) {
    let me = h.thread().ident;
    MASKS.write(h, |all| all.remove(&me));
}

fn bits(signals: &[i32]) -> u128 {
    signals.iter().fold(0, |bits, signal| bits | 1 << (signal & 127))
}

/// `sigwaitinfo` and `sigtimedwait`: handlers of other signals run meanwhile, and waiting goes on.
fn wait_for_info(h: &mut Held, set: &Value, limit: Option<Duration>) -> R {
    let mask = numbers(h, set)?;
    let begin = Instant::now();
    let left = || limit.map(|limit| limit.saturating_sub(begin.elapsed()));
    let info = awaiting(h, &mask, |h| system(h, || calls::wait_for_info(&mask, left())))?;
    let Some(info) = info else { return Ok(Value::NONE) };
    let numbers = [info.signal, info.code, info.errno, info.pid].map(i64::from);
    let rest = [i64::from(info.uid), i64::from(info.status), info.band];
    let items: Vec<Value> = numbers.iter().chain(&rest).map(|&number| h.new_int(number)).collect();
    Ok(match SIGINFO.read(h, Clone::clone) {
        Some(class) => h.new_struct(&class, &items),
        None => h.new_tuple(items),
    })
}

fn set_of(h: &mut Held, signals: &[i32]) -> R {
    let all = signals.iter().map(|&signal| h.new_int(signal.into())).collect();
    h.new_set(all)
}

fn numbers(h: &mut Held, iterable: &Value) -> R<Vec<i32>> {
    let mut all = Vec::new();
    for item in h.collect(iterable)? {
        let item = h.index(&item)?;
        let number = item.as_int().and_then(|int| int.to_i64()).unwrap_or(-1);
        let signal = i32::try_from(number).unwrap_or(-1);
        if !(1..NSIG).contains(&signal) {
            return Err(h.value_error(format!("signal number {number} out of range [1; {}]", NSIG - 1)));
        }
        all.push(signal);
    }
    Ok(all)
}
