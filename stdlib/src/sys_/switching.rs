//! `sys`: how often threads are switched, in CPython's two ways of counting.
//!
//! In: ticks or seconds. Out: a changed policy. The one invariant: a number that the policy in force has no use for is refused, with
//! the policy's name and the cure; it never goes unnoticed.

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::lock::GIL;
use std::time::Duration;

pub(super) fn init(h: &mut Held, m: &Module) {
    add_functions(h, m, &FUNCTIONS);
}

static FUNCTIONS: [Def; 5] = [
    def("getswitchinterval", "", getswitchinterval),
    def("setswitchinterval", "interval, /", setswitchinterval),
    def("getcheckinterval", "", getcheckinterval),
    def("setcheckinterval", "n, /", setcheckinterval),
    def("_is_gil_enabled", "", |_, _| Ok(Value::bool(!interpreter::sync::is_free()))),
];

fn getswitchinterval(h: &mut Held, _: Args<'_>) -> R {
    match GIL.policy().interval() {
        Some(interval) => Ok(h.new_float(interval.as_secs_f64())),
        None => Err(no_interval(h, "getswitchinterval")),
    }
}

fn setswitchinterval(h: &mut Held, args: Args<'_>) -> R {
    let seconds = h.to_f64(&args[0])?;
    if seconds.is_nan() || seconds <= 0.0 {
        return Err(h.value_error("switch interval must be strictly positive"));
    }
    let most = Duration::from_secs(86_400);
    let interval = Duration::try_from_secs_f64(seconds).unwrap_or(most).clamp(Duration::from_nanos(1), most);
    match GIL.policy().with_interval(interval) {
        Some(policy) => h.set_policy(policy),
        None => return Err(no_interval(h, "setswitchinterval")),
    }
    Ok(Value::NONE)
}

/// CPython 2's: how many ticks a thread keeps the lock.
fn getcheckinterval(h: &mut Held, _: Args<'_>) -> R {
    match GIL.policy().ticks() {
        Some(ticks) => Ok(h.new_int(ticks)),
        None => Err(no_ticks(h, "getcheckinterval")),
    }
}

fn setcheckinterval(h: &mut Held, args: Args<'_>) -> R {
    let ticks = h.index(&args[0])?;
    let Some(ticks) = ticks.as_int().and_then(|ticks| ticks.to_i64()).filter(|ticks| i32::try_from(*ticks).is_ok())
    else {
        return Err(h.overflow_error("Python int too large to convert to C int"));
    };
    match GIL.policy().with_ticks(ticks) {
        Some(policy) => h.set_policy(policy),
        None => return Err(no_ticks(h, "setcheckinterval")),
    }
    Ok(Value::NONE)
}

#[cold]
fn no_interval(h: &Held, function: &str) -> Raised {
    refused(h, function, "measures no time", "--gil interval:5ms or --era 3.11, or call gil.set_policy('interval:5ms')")
}

#[cold]
fn no_ticks(h: &Held, function: &str) -> Raised {
    refused(h, function, "counts no ticks", "--gil ticks:100 or --era 2.7, or call gil.set_policy('ticks:100')")
}

fn refused(h: &Held, function: &str, why: &str, cure: &str) -> Raised {
    let policy = GIL.policy().name();
    h.runtime_error(format!("sys.{function}(): the GIL policy '{policy}' {why}; run toy with {cure}"))
}
