//! `_thread`: what `threading` is built on.
//!
//! In: functions to run. Out: threads, locks and values that each thread has for itself. The one invariant: a thread that
//! waits has given up the GIL, and whatever a thread owns is dropped before it is counted as ended.

mod excepthook;
pub mod fork;
pub mod limit;
mod local;
mod lock;
mod rlock;
mod sentinel;

use interpreter::builtins::add_functions;
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::runtime::{signals, thread};
use interpreter::sync::Held;
use std::sync::atomic::Ordering;

static FUNCTIONS: [Def; 15] = [
    def("_after_forks", "function, dangling, limbo, main, /", fork::register),
    def("set_name", "name", |h, args| {
        let name = h.str_text(&args[0])?;
        h.thread().set_name(name);
        Ok(Value::NONE)
    }),
    def("start_new_thread", "function, args, kwargs={}, /", start_new_thread),
    def("start_new", "function, args, kwargs={}, /", start_new_thread),
    def("allocate_lock", "", |h, _| Ok(lock::allocate(h))),
    def("allocate", "", |h, _| Ok(lock::allocate(h))),
    def("_set_sentinel", "", |h, _| Ok(sentinel::set(h))),
    def("get_ident", "", |h, _| Ok(h.new_uint(h.thread().ident))),
    def("get_native_id", "", |h, _| Ok(h.new_uint(h.thread().native_id.load(Ordering::Relaxed)))),
    def("_count", "", |h, _| Ok(h.new_int(thread::count() as i64))),
    def("stack_size", "size=0, /", stack_size),
    def("interrupt_main", "signum=signal.SIGINT, /", interrupt_main),
    def("_excepthook", "excepthook args, /", excepthook::excepthook),
    def("exit", "", exit),
    def("exit_thread", "", exit),
];

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_thread");
    add_functions(h, &m, &FUNCTIONS);
    let doc = "This module provides primitive operations to write multi-threaded programs.\n\
               The 'threading' module provides a more convenient interface.";
    let values = [
        ("__doc__", h.new_str(doc)),
        ("LockType", lock::class(h)),
        ("RLock", rlock::class(h)),
        ("_local", local::class(h)),
        ("_ExceptHookArgs", excepthook::class(h)),
        ("TIMEOUT_MAX", h.new_float(limit::MAX)),
        ("error", Exc::RuntimeError.class().value().clone()),
    ];
    for (name, value) in values {
        let name = h.intern(name);
        m.dict.set_str(h, &name, value);
    }
    Ok(m)
}

fn start_new_thread(h: &mut Held, args: Args<'_>) -> R {
    let function = args[0].clone();
    if !h.is_callable(&function) {
        return Err(h.type_error("first arg must be callable"));
    }
    let Some(positional) = args[1].downcast::<Tuple>() else {
        return Err(h.type_error("2nd arg must be a tuple"));
    };
    let positional = positional.items().to_vec();
    let keywords = match args.opt(2).map(|keywords| keywords.clone().into_ref::<Dict>()) {
        None => None,
        Some(Ok(keywords)) => Some(keywords),
        Some(Err(_)) => return Err(h.type_error("optional 3rd arg must be a dictionary")),
    };
    let mut owned = vec![&args[0], &args[1]];
    owned.extend(args.opt(2));
    let ident = thread::start(h, &owned, move |h| {
        let result = match keywords {
            Some(keywords) => h.call_with_dict(&function, &positional, &keywords),
            None => h.call(&function, &positional),
        };
        if let Err(raised) = result {
            report(h, raised, &function);
        }
        thread::ended();
    })?;
    Ok(h.new_uint(ident))
}

/// An exception that left the thread's function: `SystemExit` ends the thread only.
fn report(h: &mut Held, raised: Raised, function: &Value) {
    if !raised.is(Exc::SystemExit) {
        h.unraisable(raised, "Exception ignored in thread started by", function);
    }
}

/// The least that the system takes.
const LEAST_STACK: isize = 32768;

fn stack_size(h: &mut Held, args: Args<'_>) -> R {
    let before = thread::stack_size();
    let size = args.opt(0).map_or(Ok(0), |size| h.to_isize(size))?;
    if size < 0 {
        return Err(h.value_error("size must be 0 or a positive value"));
    }
    if size != 0 && !(LEAST_STACK..1 << 46).contains(&size) {
        return Err(h.value_error(format!("size not valid: {size} bytes")));
    }
    thread::set_stack_size(size as usize);
    Ok(h.new_int(before as i64))
}

/// The highest signal number and one.
const SIGNALS: isize = 65;

fn interrupt_main(h: &mut Held, args: Args<'_>) -> R {
    const SIGINT: isize = 2;
    let signal = args.opt(0).map_or(Ok(SIGINT), |signal| h.to_isize(signal))?;
    if !(1..SIGNALS).contains(&signal) {
        return Err(h.value_error("signal number out of range"));
    }
    if signals::is_noted(signal as i32) {
        signals::simulate(signal as i32);
    }
    Ok(Value::NONE)
}

fn exit(h: &mut Held, _: Args<'_>) -> R {
    let nothing = h.new_tuple(Vec::new());
    Err(h.error_with(Exc::SystemExit, nothing))
}
