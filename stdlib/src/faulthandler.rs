//! The module `faulthandler`: where the program is, asked from outside.
//!
//! In: a signal, a timeout or a call. Out: the stacks of all threads, or of the running one, on a descriptor. The one invariant:
//! they are shown by the thread that holds the GIL at its next switch point or interrupted call, so what is shown is whole.

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
/// What signals are to show.
static REGISTERED: Global<Vec<Registered>> = Global::new(Vec::new());

#[derive(Clone, Copy)]
struct Registered {
    signal: i32,
    fd: i32,
    all_threads: bool,
}

interpreter::owns_no_values!(Registered);

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
        let all_threads = args::flag(h, args.opt(1), true)?;
        show(h, fd, all_threads)?;
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
        let all_threads = args::flag(h, args.opt(2), true)?;
        REGISTERED.write(h, |all| {
            all.retain(|known| known.signal != signal);
            all.push(Registered { signal, fd, all_threads });
        });
        handle(h, signal)?;
        Ok(Value::NONE)
    }),
    def("unregister", "signum, /", |h, args| {
        let signal = args::int(h, &args[0])?;
        let known = REGISTERED.write(h, |all| {
            let before = all.len();
            all.retain(|known| known.signal != signal);
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

/// Writes the stacks of all threads, or of the running one alone.
fn show(h: &mut Held, fd: i32, all_threads: bool) -> R<()> {
    if all_threads {
        let own = h.thread().ident;
        return show_all(h, fd, Some(own));
    }
    let mut text = "Stack (most recent call first):\n".to_owned();
    match h.frame_at(0) {
        Some(frame) => stack(h, frame, &mut text)?,
        None => text += "  <no Python frame>\n",
    }
    let _ = syscall::write(fd, text.as_bytes());
    Ok(())
}

/// Writes the stacks of all threads, the latest first; one of them may be called the current one.
fn show_all(h: &mut Held, fd: i32, current: Option<u64>) -> R<()> {
    let mut text = String::new();
    for (ident, frame) in h.frames_of_threads().into_iter().rev() {
        let kind = if current == Some(ident) { "Current thread" } else { "Thread" };
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{kind} {ident:#018x} (most recent call first):\n");
        stack(h, frame, &mut text)?;
    }
    let _ = syscall::write(fd, text.as_bytes());
    Ok(())
}

/// What SIGQUIT does: who has the GIL, who waits for it, and where each thread is.
pub fn show_on_quit(h: &mut Held) {
    let text = crate::gil::situation();
    let _ = syscall::write(2, text.as_bytes());
    let own = h.thread().ident;
    if let Err(raised) = show_all(h, 2, Some(own)) {
        h.unraisable(raised, "Exception ignored in", &Value::NONE);
    }
}

/// A hundred frames, the innermost first.
fn stack(h: &mut Held, frame: Value, text: &mut String) -> R<()> {
    let mut frame = frame;
    for _ in 0..100 {
        if frame.is_none() {
            return Ok(());
        }
        let line = attribute(h, &frame, "f_lineno")?;
        let code = attribute(h, &frame, "f_code")?;
        let (file, name) = (attribute(h, &code, "co_filename")?, attribute(h, &code, "co_name")?);
        let (line, file, name) = (h.str_text(&line)?, h.str_text(&file)?, h.str_text(&name)?);
        *text += &format!("  File \"{file}\", line {line} in {name}\n");
        frame = attribute(h, &frame, "f_back")?;
    }
    *text += "  ...\n";
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
        let fd = LATER.0.load(Ordering::Relaxed);
        let _ = syscall::write(fd, title.as_bytes());
        show_all(h, fd, None)?;
        if LATER.1.load(Ordering::Relaxed) {
            syscall::exit_now(1);
        }
        return Ok(Value::NONE);
    }
    let known = REGISTERED.read(h, |all| all.iter().find(|known| known.signal == signal).copied());
    if let Some(Registered { fd, all_threads, .. }) = known {
        show(h, fd, all_threads)?;
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
