//! The module `_signal`: what `signal` stands on.
//!
//! In: signals and handlers. Out: their calls, by the main thread at its switch points. The one invariant: `HANDLERS` says for each
//! signal what `getsignal` answers, and `runtime::signals` knows the callable ones.

mod threads;

use crate::io::args;
use crate::syscall::signals::{self as calls, Action};
use crate::syscall::{files, process};
use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signals;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;

/// Signals are numbered below this.
const NSIG: i32 = 65;
const DEFAULT: i64 = 0;
const IGNORE: i64 = 1;

/// By number: `None` for a handler that is not ours.
static HANDLERS: Global<Vec<Value>> = Global::new(Vec::new());
/// The class `itimer_error`: `OSError`.
static ITIMERS: [(&str, i32); 3] = [("ITIMER_REAL", 0), ("ITIMER_VIRTUAL", 1), ("ITIMER_PROF", 2)];

static FUNCTIONS: [Def; 14] = [
    def("signal", "signalnum, handler, /", set),
    def("getsignal", "signalnum, /", |h, args| {
        let signal = number(h, &args[0])?;
        Ok(HANDLERS.read(h, |all| all.get(signal as usize).cloned()).unwrap_or(Value::NONE))
    }),
    def("default_int_handler", "signalnum, frame, /", |h, _| {
        let args = h.new_tuple(Vec::new());
        Err(h.error_with(Exc::KeyboardInterrupt, args))
    }),
    def("raise_signal", "signalnum, /", |h, args| {
        let signal = args::int(h, &args[0])?;
        // In other threads signals are blocked; the process as a whole takes it.
        let sent = if signals::is_main_thread() {
            calls::raise(signal)
        } else {
            process::kill(process::getpid() as i32, signal).map(drop)
        };
        sent.map_err(|error| h.os_error(error, None))?;
        h.check_signals()?;
        Ok(Value::NONE)
    }),
    def("alarm", "seconds, /", |h, args| {
        let seconds = args::int(h, &args[0])?;
        Ok(h.new_int(calls::alarm(seconds as u32).into()))
    }),
    def("setitimer", "which, seconds, interval=0.0, /", |h, args| {
        let (which, delay) = (args::int(h, &args[0])?, h.to_f64(&args[1])?);
        let interval = args.opt(2).map_or(Ok(0.0), |interval| h.to_f64(interval))?;
        let old = calls::set_timer(which, delay, interval).map_err(|error| h.os_error(error, None))?;
        pair(h, old)
    }),
    def("getitimer", "which, /", |h, args| {
        let which = args::int(h, &args[0])?;
        let now = calls::get_timer(which).map_err(|error| h.os_error(error, None))?;
        pair(h, now)
    }),
    def("pause", "", |h, _| {
        h.check_signals()?;
        match signals::is_main_thread() {
            true => h.detach_for(Reason::Sleep, calls::pause),
            false => threads::pause(h)?,
        }
        h.check_signals()?;
        Ok(Value::NONE)
    }),
    def("strsignal", "signalnum, /", |h, args| {
        let signal = number(h, &args[0])?;
        Ok(calls::describe(signal).map_or(Value::NONE, |text| h.new_str(&text)))
    }),
    def("valid_signals", "", |h, _| {
        let all =
            (1..NSIG).filter(|signal| !(32..34).contains(signal)).map(|signal| h.new_int(signal.into())).collect();
        h.new_set(all)
    }),
    def("set_wakeup_fd", "fd, /, *, warn_on_full_buffer=True", |h, args| {
        let fd = args::int(h, &args[0])?;
        let warns = args.opt(1).map_or(Ok(true), |warns| h.truth(warns))?;
        only_main(h, "set_wakeup_fd only works in main thread of the main interpreter")?;
        if fd != -1 {
            let flags = files::get_flags(fd, libc::F_GETFL).map_err(|error| h.os_error(error, None))?;
            if flags & libc::O_NONBLOCK == 0 {
                return Err(h.value_error(format!("the fd {fd} must be in non-blocking mode")));
            }
        }
        Ok(h.new_int(signals::set_wakeup_fd(fd, warns).into()))
    }),
    def("siginterrupt", "signalnum, flag, /", |h, args| {
        let (signal, flag) = (number(h, &args[0])?, args::int(h, &args[1])? != 0);
        calls::interrupting(signal, flag).map_err(|error| h.os_error(error, None))?;
        Ok(Value::NONE)
    }),
    def("pidfd_send_signal", "pidfd, signalnum, siginfo=None, flags=0, /", |h, args| {
        let (process, signal) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        if args.opt_some(2).is_some() {
            return Err(h.type_error("siginfo must be None"));
        }
        let flags = args.opt(3).map_or(Ok(0), |flags| args::int(h, flags))?;
        calls::pidfd_send(process, signal, flags as u32).map_err(|error| h.os_error(error, None))?;
        h.check_signals()?;
        Ok(Value::NONE)
    }),
    def("_is_main_thread", "", |_, _| Ok(Value::bool(signals::is_main_thread()))),
];

macro_rules! names {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name),)*] };
}

const SIGNALS: &[(&str, i32)] = names! {
    SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGIOT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM SIGTERM
    SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF SIGWINCH SIGIO
    SIGPOLL SIGPWR SIGSYS SIG_BLOCK SIG_UNBLOCK SIG_SETMASK
};

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_signal");
    add_functions(h, &module, &FUNCTIONS);
    threads::init(h, &module);
    let others = [("SIG_DFL", 0), ("SIG_IGN", 1), ("NSIG", NSIG), ("SIGCLD", libc::SIGCHLD)];
    let real_time = [("SIGRTMIN", libc::SIGRTMIN()), ("SIGRTMAX", libc::SIGRTMAX())];
    for (name, value) in SIGNALS.iter().chain(&others).chain(&real_time).chain(&ITIMERS) {
        let name = h.intern(name);
        let value = h.new_int((*value).into());
        module.dict.set_str(h, &name, value);
    }
    let name = h.intern("ItimerError");
    module.dict.set_str(h, &name, Exc::OSError.class().value().clone());
    let name = h.intern("default_int_handler");
    let interrupt = module.dict.get_str(h, &name).unwrap_or(Value::NONE);
    let mut all = vec![Value::NONE];
    for signal in 1..NSIG {
        all.push(match calls::action(signal) {
            Ok(_) if signal == libc::SIGINT => interrupt.clone(),
            Ok(Action::Ignore) => h.new_int(IGNORE),
            Ok(Action::Default) => h.new_int(DEFAULT),
            // The machine's own dump of all threads, of which programs know nothing.
            Ok(_) if signal == libc::SIGQUIT => h.new_int(DEFAULT),
            _ => Value::NONE,
        });
    }
    HANDLERS.write(h, |own| *own = all);
    Ok(module)
}

fn set(h: &mut Held, args: Args<'_>) -> R {
    let signal = args::int(h, &args[0])?;
    let handler = &args[1];
    only_main(h, "signal only works in main thread of the main interpreter")?;
    check(h, signal)?;
    let plain = handler.as_int().and_then(|int| int.to_i64());
    match plain {
        Some(plain @ (DEFAULT | IGNORE)) => {
            calls::set_plain(signal, plain == IGNORE).map_err(|error| h.os_error(error, None))?;
            signals::set_handler(h, signal, None);
        }
        None if h.is_callable(handler) => {
            if signal == libc::SIGKILL || signal == libc::SIGSTOP {
                return Err(h.os_error(std::io::Error::from_raw_os_error(libc::EINVAL), None));
            }
            signals::set_handler(h, signal, Some(handler.clone()));
            signals::install(signal);
        }
        _ => {
            return Err(h.type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"));
        }
    }
    h.check_signals()?;
    let kept = match plain {
        Some(plain) => h.new_int(plain),
        None => handler.clone(),
    };
    Ok(HANDLERS.write(h, |all| match all.get_mut(signal as usize) {
        Some(place) => std::mem::replace(place, kept),
        None => Value::NONE,
    }))
}

fn only_main(h: &Held, message: &str) -> R<()> {
    if signals::is_main_thread() { Ok(()) } else { Err(h.value_error(message)) }
}

fn check(h: &Held, signal: i32) -> R<()> {
    if (1..NSIG).contains(&signal) { Ok(()) } else { Err(out_of_range(h)) }
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.value_error("signal number out of range")
}

fn number(h: &mut Held, value: &Value) -> R<i32> {
    let signal = args::int(h, value)?;
    check(h, signal)?;
    Ok(signal)
}

fn pair(h: &mut Held, (delay, interval): (f64, f64)) -> R {
    let items = [h.new_float(delay), h.new_float(interval)];
    Ok(h.tuple_of(&items))
}
