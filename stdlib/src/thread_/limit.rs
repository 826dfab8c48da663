//! How long `acquire` may wait.
//!
//! In: the arguments `blocking` and `timeout`. Out: a `Limit`, or CPython's complaint. The one invariant: what is accepted fits
//! into 63 bits of nanoseconds, as CPython's clock does.

use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::plain_lock::Limit;
use interpreter::sync::Held;
use std::time::Duration;

/// `TIMEOUT_MAX`: seconds.
pub const MAX: f64 = 9223372036.0;

/// Reads `blocking=True, timeout=-1`.
pub fn limit(h: &mut Held, blocking: Option<&Value>, timeout: Option<&Value>) -> R<Limit> {
    let blocking = blocking.map_or(Ok(1), |blocking| h.to_isize(blocking))? != 0;
    let nanoseconds = match timeout {
        Some(timeout) => nanoseconds(h, timeout)?,
        None => UNSET,
    };
    match (blocking, nanoseconds) {
        (true, UNSET) => Ok(Limit::Never),
        (false, UNSET) => Ok(Limit::Now),
        (false, _) => Err(h.value_error("can't specify a timeout for a non-blocking call")),
        (true, ..0) => Err(h.value_error("timeout value must be positive")),
        (true, 0) => Ok(Limit::Now),
        (true, nanoseconds) => Ok(Limit::After(Duration::from_nanos(nanoseconds as u64))),
    }
}

/// Reads a number of seconds; nothing if it is negative.
pub fn of_seconds(h: &mut Held, seconds: &Value) -> R<Option<Limit>> {
    let nanoseconds = nanoseconds(h, seconds)?;
    Ok(u64::try_from(nanoseconds).ok().map(|nanoseconds| Limit::After(Duration::from_nanos(nanoseconds))))
}

/// `timeout=-1`: none.
const UNSET: i64 = -1_000_000_000;

fn nanoseconds(h: &mut Held, seconds: &Value) -> R<i64> {
    const SECOND: i64 = 1_000_000_000;
    if let Some(float) = seconds.as_float() {
        return of_float(h, float);
    }
    let whole = h.index(seconds)?;
    let fits = whole.as_int().and_then(|whole| whole.to_i64()).and_then(|whole| whole.checked_mul(SECOND));
    fits.ok_or_else(|| h.overflow_error("timestamp too large to convert to C _PyTime_t"))
}

fn of_float(h: &mut Held, seconds: f64) -> R<i64> {
    if seconds.is_nan() {
        return Err(h.value_error("Invalid value NaN (not a number)"));
    }
    let nanoseconds = seconds * 1e9;
    let nanoseconds = if nanoseconds < 0.0 { nanoseconds.floor() } else { nanoseconds.ceil() };
    if !(-(2f64.powi(63))..2f64.powi(63)).contains(&nanoseconds) {
        return Err(h.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok(nanoseconds as i64)
}
