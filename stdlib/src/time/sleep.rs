//! `time.sleep`.
//!
//! In: seconds. Out: nothing, later. The one invariant: it never returns early; a signal's handler runs meanwhile, and what
//! it raises ends the sleep.

use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signals;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::time::{Duration, Instant};

pub(super) static FUNCTIONS: [Def; 1] = [def("sleep", "seconds, /", sleep)];

fn sleep(h: &mut Held, args: Args<'_>) -> R {
    let nanoseconds = to_nanoseconds(h, &args[0], f64::ceil)?;
    let Ok(nanoseconds) = u64::try_from(nanoseconds) else {
        return Err(h.value_error("sleep length must be non-negative"));
    };
    if nanoseconds == 0 {
        h.yield_gil(Reason::Yield);
        return h.check_signals().map(|()| Value::NONE);
    }
    let start = Instant::now();
    let wanted = Duration::from_nanos(nanoseconds);
    loop {
        let left = wanted.saturating_sub(start.elapsed());
        if signals::is_main_thread() {
            h.detach_for(Reason::Sleep, || signals::sleep_in_main(Some(left)));
            h.check_signals()?;
        } else {
            h.detach_for(Reason::Sleep, || std::thread::sleep(left));
        }
        if start.elapsed() >= wanted {
            return Ok(Value::NONE);
        }
    }
}

/// Seconds, as float or int, in nanoseconds.
pub(crate) fn to_nanoseconds(h: &mut Held, seconds: &Value, round: fn(f64) -> f64) -> R<i64> {
    if let Some(x) = seconds.as_float() {
        if x.is_nan() {
            return Err(h.value_error("Invalid value NaN (not a number)"));
        }
        let nanoseconds = round(x * 1e9);
        let fits = nanoseconds >= i64::MIN as f64 && nanoseconds < i64::MAX as f64;
        return if fits {
            Ok(nanoseconds as i64)
        } else {
            Err(h.overflow_error("timestamp out of range for platform time_t"))
        };
    }
    let seconds = h.index(seconds)?;
    match seconds.as_int().and_then(|seconds| seconds.to_i64()).and_then(|seconds| seconds.checked_mul(1_000_000_000)) {
        Some(nanoseconds) => Ok(nanoseconds),
        None => Err(h.overflow_error("timestamp too large to convert to C _PyTime_t")),
    }
}
