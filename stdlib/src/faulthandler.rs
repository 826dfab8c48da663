//! The module `faulthandler`: where the program is, asked from outside.
//!
//! In: a signal, a timeout or a call. Out: the stack of the running thread on a descriptor. The one invariant: the stack is
//! shown by the thread itself at its next switch point or interrupted call, so what is shown is whole.

use crate::io::args;
use crate::syscall::{self, process};
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signals;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

static ENABLED: AtomicBool = AtomicBool::new(false);
/// Counts up with every timer that is set or cancelled: an older one does nothing.
static ROUND: AtomicU64 = AtomicU64::new(0);
/// What a timer that ran out wants: a descriptor, and whether the process is to end.
static LATER: (AtomicI32, AtomicBool) = (AtomicI32::new(2), AtomicBool::new(false));
/// Timeouts by the words that announce them.
static ANNOUNCEMENT: std::sync::Mutex<String> = std::sync::Mutex::new(String::new());
/// Descriptors by signal.
static REGISTERED: Global<Vec<(i32, i32)>> = Global::new(Vec::new());

static FUNCTIONS: [Def; 8] = [
    def("enable", "file=sys.stderr, all_threads=True", |h, args| {
        descriptor(h, args.opt(0))?;
        ENABLED.store(true, Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("disable", "", |_, _| Ok(Value::bool(ENABLED.swap(false, Ordering::Relaxed)))),
    def("is_enabled", "", |_, _| Ok(Value::bool(ENABLED.load(Ordering::Relaxed)))),
    def("dump_traceback", "file=sys.stderr, all_threads=True", |h, args| {
        let fd = descriptor(h, args.opt(0))?;
        show(h, fd, "Stack (most recent call first):\n")?;
        Ok(Value::NONE)
    }),
    def("dump_traceback_later", "timeout, repeat=False, file=sys.stderr, exit=False", later),
    def("cancel_dump_traceback_later", "", |_, _| {
        ROUND.fetch_add(1, Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("register", "signum, file=sys.stderr, all_threads=True, chain=False", |h, args| {
        let (signal, fd) = (args::int(h, &args[0])?, descriptor(h, args.opt(1))?);
        if !(1..65).contains(&signal) {
            return Err(h.value_error("signal number out of range"));
        }
        REGISTERED.write(h, |all| {
            all.retain(|(known, _)| *known != signal);
            all.push((signal, fd));
        });
        handle(h, signal)?;
        Ok(Value::NONE)
    }),
    def("unregister", "signum, /", |h, args| {
        let signal = args::int(h, &args[0])?;
        let known = REGISTERED.write(h, |all| {
            let before = all.len();
            all.retain(|(known, _)| *known != signal);
            all.len() < before
        });
        if known {
            signals::set_handler(h, signal, None);
            syscall::signals::set_plain(signal, false).map_err(|error| h.os_error(error, None))?;
        }
        Ok(Value::bool(known))
    }),
];

static HANDLERS: [Def; 1] = [def("_dump", "signalnum, frame, /", dump)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("faulthandler");
    add_functions(h, &module, &FUNCTIONS);
    add_functions(h, &module, &HANDLERS);
    Ok(module)
}

/// The descriptor of a file, of `sys.stderr` if none is given.
fn descriptor(h: &mut Held, file: Option<&Value>) -> R<i32> {
    let file = match file.filter(|file| !file.is_none()) {
        Some(file) if file.as_int().is_some() => return args::int(h, file),
        Some(file) => file.clone(),
        None => match crate::io::print::sys_value(h, n::stderr)? {
            Some(stderr) if !stderr.is_none() => stderr,
            _ => return Err(h.runtime_error("unable to get sys.stderr")),
        },
    };
    let fd = h.call_method(&file, n::fileno, &[])?;
    let _ = h.call_method(&file, n::flush, &[]);
    args::int(h, &fd)
}

/// Writes the stack of the running thread, the innermost call first.
fn show(h: &mut Held, fd: i32, title: &str) -> R<()> {
    let mut text = title.to_owned();
    for depth in 0..100 {
        let Some(frame) = h.frame_at(depth) else { break };
        let line = attribute(h, &frame, "f_lineno")?;
        let code = attribute(h, &frame, "f_code")?;
        let (file, name) = (attribute(h, &code, "co_filename")?, attribute(h, &code, "co_name")?);
        let (line, file, name) = (h.str_text(&line)?, h.str_text(&file)?, h.str_text(&name)?);
        text += &format!("  File \"{file}\", line {line} in {name}\n");
    }
    let _ = syscall::write(fd, text.as_bytes());
    Ok(())
}

fn attribute(h: &mut Held, of: &Value, name: &str) -> R {
    let name = h.intern(name);
    h.get_attr(of, &name)
}

/// Lets a signal show the stack.
fn handle(h: &mut Held, signal: i32) -> R<()> {
    let module = h.import_module("faulthandler")?;
    let handler = attribute(h, &module, "_dump")?;
    signals::set_handler(h, signal, Some(handler));
    signals::install(signal);
    Ok(())
}

/// The signal by which a timer asks the main thread.
fn timer_signal() -> i32 {
    libc::SIGRTMAX() - 1
}

fn dump(h: &mut Held, args: Args<'_>) -> R {
    let signal = args::int(h, &args[0])?;
    if signal == timer_signal() {
        let title = ANNOUNCEMENT.lock().map(|title| title.clone()).unwrap_or_default();
        show(
            h,
            LATER.0.load(Ordering::Relaxed),
            &format!("{title}Thread {:#018x} (most recent call first):\n", syscall::thread_id()),
        )?;
        if LATER.1.load(Ordering::Relaxed) {
            syscall::exit_now(1);
        }
        return Ok(Value::NONE);
    }
    let fd = REGISTERED.read(h, |all| all.iter().find(|(known, _)| *known == signal).map(|(_, fd)| *fd));
    if let Some(fd) = fd {
        show(h, fd, &format!("Current thread {:#018x} (most recent call first):\n", syscall::thread_id()))?;
    }
    Ok(Value::NONE)
}

/// Sets a timer: a thread of the system that knows no object sends the signal.
fn later(h: &mut Held, args: Args<'_>) -> R {
    let timeout = h.to_f64(&args[0])?;
    if timeout.is_nan() || timeout <= 0.0 {
        return Err(h.value_error("timeout must be greater than 0"));
    }
    let Ok(wait) = Duration::try_from_secs_f64(timeout) else {
        return Err(h.overflow_error("timeout value is too large"));
    };
    let repeat = args::flag(h, args.opt(1), false)?;
    LATER.0.store(descriptor(h, args.opt(2))?, Ordering::Relaxed);
    LATER.1.store(args::flag(h, args.opt(3), false)?, Ordering::Relaxed);
    if let Ok(mut title) = ANNOUNCEMENT.lock() {
        *title = announcement(wait);
    }
    handle(h, timer_signal())?;
    let round = ROUND.fetch_add(1, Ordering::Relaxed) + 1;
    let run = move || loop {
        std::thread::sleep(wait);
        if ROUND.load(Ordering::Relaxed) != round {
            return;
        }
        let _ = process::kill(process::getpid() as i32, timer_signal());
        if !repeat {
            return;
        }
    };
    match signals::with_all_blocked(|| std::thread::Builder::new().spawn(run)) {
        Ok(_) => Ok(Value::NONE),
        Err(error) => Err(h.os_error(error, None)),
    }
}

/// `Timeout (0:00:01)!`
fn announcement(wait: Duration) -> String {
    let (seconds, micros) = (wait.as_secs(), wait.subsec_micros());
    let fraction = if micros > 0 { format!(".{micros:06}") } else { String::new() };
    format!("Timeout ({}:{:02}:{:02}{fraction})!\n", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
