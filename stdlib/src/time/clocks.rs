//! Clocks: reading, setting and describing them.
//!
//! In: a clock's number or name. Out: seconds as float, nanoseconds as int. The one invariant: nanoseconds are exact.

use crate::clib;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) static FUNCTIONS: [Def; 16] = [
    def("time", "", |h, _| seconds(h, libc::CLOCK_REALTIME)),
    def("time_ns", "", |h, _| nanoseconds(h, libc::CLOCK_REALTIME)),
    def("monotonic", "", |h, _| seconds(h, libc::CLOCK_MONOTONIC)),
    def("monotonic_ns", "", |h, _| nanoseconds(h, libc::CLOCK_MONOTONIC)),
    def("perf_counter", "", |h, _| seconds(h, libc::CLOCK_MONOTONIC)),
    def("perf_counter_ns", "", |h, _| nanoseconds(h, libc::CLOCK_MONOTONIC)),
    def("process_time", "", |h, _| seconds(h, libc::CLOCK_PROCESS_CPUTIME_ID)),
    def("process_time_ns", "", |h, _| nanoseconds(h, libc::CLOCK_PROCESS_CPUTIME_ID)),
    def("thread_time", "", |h, _| seconds(h, libc::CLOCK_THREAD_CPUTIME_ID)),
    def("thread_time_ns", "", |h, _| nanoseconds(h, libc::CLOCK_THREAD_CPUTIME_ID)),
    def("clock_gettime", "clk_id, /", |h, args| id(h, &args[0]).and_then(|id| seconds(h, id))),
    def("clock_gettime_ns", "clk_id, /", |h, args| id(h, &args[0]).and_then(|id| nanoseconds(h, id))),
    def("clock_getres", "clk_id, /", |h, args| {
        let id = id(h, &args[0])?;
        let step = clib::clock_resolution(id).map_err(|error| h.os_error(error, None))?;
        Ok(h.new_float(to_seconds(step)))
    }),
    def("clock_settime", "clk_id, time, /", |h, args| {
        let to = super::sleep::to_nanoseconds(h, &args[1], f64::floor)?;
        set_clock(h, &args[0], to)
    }),
    def("clock_settime_ns", "clk_id, time, /", |h, args| {
        let to = h.index(&args[1])?;
        match to.as_int().and_then(|to| to.to_i64()) {
            Some(to) => set_clock(h, &args[0], to),
            None => Err(h.overflow_error("Python int too large to convert to C long")),
        }
    }),
    def("get_clock_info", "name, /", info),
];

/// The constants of the module.
pub(super) const IDS: [(&str, libc::clockid_t); 7] = [
    ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
    ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
    ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
    ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
    ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
    ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
    ("CLOCK_TAI", libc::CLOCK_TAI),
];

fn to_seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

fn read(h: &mut Held, id: libc::clockid_t) -> R<i64> {
    clib::clock(id).map_err(|error| h.os_error(error, None))
}

fn seconds(h: &mut Held, id: libc::clockid_t) -> R {
    let now = read(h, id)?;
    Ok(h.new_float(to_seconds(now)))
}

fn nanoseconds(h: &mut Held, id: libc::clockid_t) -> R {
    let now = read(h, id)?;
    Ok(h.new_int(now))
}

fn id(h: &mut Held, value: &Value) -> R<libc::clockid_t> {
    super::calendar::to_c_int(h, value)
}

fn set_clock(h: &mut Held, clock: &Value, to: i64) -> R {
    let id = id(h, clock)?;
    clib::set_clock(id, to).map_err(|error| h.os_error(error, None))?;
    Ok(Value::NONE)
}

/// What a clock is made from, as a namespace.
fn info(h: &mut Held, args: Args<'_>) -> R {
    let Some(name) = args[0].downcast::<Str>() else {
        let got = args[0].given_name();
        return Err(h.type_error(format!("get_clock_info() argument 1 must be str, not {got}")));
    };
    let (id, title) = match name.text().as_str() {
        "time" => (libc::CLOCK_REALTIME, "CLOCK_REALTIME"),
        "monotonic" | "perf_counter" => (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC"),
        "process_time" => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID"),
        "thread_time" => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID"),
        _ => return Err(h.value_error("unknown clock")),
    };
    let settable = id == libc::CLOCK_REALTIME;
    let step = clib::clock_resolution(id).map_err(|error| h.os_error(error, None))?;
    let values = [
        h.new_str(&format!("clock_gettime({title})")),
        Value::bool(!settable),
        Value::bool(settable),
        h.new_float(to_seconds(step)),
    ];
    let names = ["implementation", "monotonic", "adjustable", "resolution"].map(|name| h.intern(name));
    let types = h.import_module("types")?;
    let namespace = h.intern("SimpleNamespace");
    let namespace = h.get_attr(&types, &namespace)?;
    h.call_with_names(&namespace, &values, &names)
}
