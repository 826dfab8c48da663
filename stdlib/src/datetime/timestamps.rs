//! Making `datetime` objects other than from fields: from timestamps, clocks, text, a date and a time.
//!
//! In: what they are made from. Out: objects of the class that is asked. The one invariant: a timestamp is of UTC until a time zone says what that is there.

use super::arguments::expect_str;
use super::ask::check_zone;
use super::date::{Date, moment_of_class};
use super::time_class::Time;
use super::{iso, local, zone};
use crate::clib;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub static CLASS_METHODS: [Def; 7] = [
    def("now", "tz=None", |h, args| {
        let tz = args.opt(1).cloned().unwrap_or(Value::NONE);
        check_zone(h, &tz)?;
        let (seconds, us) = now(h)?;
        in_zone(h, &args[0], seconds, us, tz)
    })
    .doc(
        "Returns new datetime object representing current time local to tz.\n\n  tz\n    Timezone object.\n\n\
         If no tz is specified, uses local timezone.",
    ),
    def("utcnow", "", |h, args| {
        let (seconds, us) = now(h)?;
        in_utc(h, &args[0], seconds, us, Value::NONE)
    })
    .doc("Return a new datetime representing UTC day and time."),
    def("fromtimestamp", "timestamp, tz=None", |h, args| {
        let tz = args.opt(2).cloned().unwrap_or(Value::NONE);
        check_zone(h, &tz)?;
        let (seconds, us) = local::seconds_and_us(h, &args[1])?;
        in_zone(h, &args[0], seconds, us, tz)
    })
    .doc("timestamp[, tz] -> tz's local time from POSIX timestamp."),
    def("utcfromtimestamp", "timestamp, /", |h, args| {
        let (seconds, us) = local::seconds_and_us(h, &args[1])?;
        in_utc(h, &args[0], seconds, us, Value::NONE)
    })
    .counting()
    .doc("Construct a naive UTC datetime from a POSIX timestamp."),
    def("strptime", "date_string, format, /", |h, args| {
        expect_str(h, &args[1], "strptime", 1)?;
        expect_str(h, &args[2], "strptime", 2)?;
        let module = h.import_module("_strptime")?;
        let name = h.intern("_strptime_datetime");
        h.call_method_named(&module, &name, &[args[0].clone(), args[1].clone(), args[2].clone()])
    })
    .counting()
    .doc("string, format -> new datetime parsed from a string (like time.strptime())."),
    def("combine", "date, time, tzinfo=True", combine).doc("date, time -> datetime with same date and time fields"),
    def("fromisoformat", "date_string, /", |h, args| {
        let ([year, month, day], ([hour, minute, second, us], offset)) = iso::moment(h, &args[1])?;
        let tz = offset.map_or(Ok(Value::NONE), |offset| zone::of_offset(h, offset))?;
        moment_of_class(h, &args[0], [year, month, day, hour, minute, second, us], tz, false)
    })
    .doc("string -> datetime from a string in most ISO 8601 formats"),
];

/// Seconds and microseconds of the system's clock.
fn now(h: &mut Held) -> R<(i64, i32)> {
    let now = clib::clock(libc::CLOCK_REALTIME).map_err(|error| h.os_error(error, None))?;
    Ok((now.div_euclid(1_000_000_000), (now.rem_euclid(1_000_000_000) / 1000) as i32))
}

/// The moment of a timestamp, in local time or in a time zone.
fn in_zone(h: &mut Held, class: &Value, seconds: i64, us: i32, tz: Value) -> R {
    if !tz.is_none() {
        let utc = in_utc(h, class, seconds, us, tz.clone())?;
        let name = h.intern("fromutc");
        return h.call_method_named(&tz, &name, &[utc]);
    }
    let mut fields = local::fields(h, seconds)?;
    let fold = local::is_second(h, seconds, fields)?;
    fields[6] = us;
    moment_of_class(h, class, fields, tz, fold)
}

fn in_utc(h: &mut Held, class: &Value, seconds: i64, us: i32, tz: Value) -> R {
    let calendar = clib::utc(seconds).map_err(|error| h.os_error(error, None))?;
    let mut fields = local::fields_of(&calendar);
    fields[6] = us;
    moment_of_class(h, class, fields, tz, false)
}

fn combine(h: &mut Held, args: Args<'_>) -> R {
    let wrong = |h: &Held, place: usize, class: &str| {
        let got = args[place].given_name();
        h.type_error(format!("combine() argument {place} must be datetime.{class}, not {got}"))
    };
    let Some(date) = args[1].downcast::<Date>() else { return Err(wrong(h, 1, "date")) };
    let Some(time) = args[2].downcast::<Time>() else { return Err(wrong(h, 2, "time")) };
    let tz = args.opt(3).unwrap_or(&time.tz).clone();
    check_zone(h, &tz)?;
    let moment = super::clock::Moment { day: date.day(), clock: time.clock };
    moment_of_class(h, &args[0], moment.fields(), tz, time.fold)
}
