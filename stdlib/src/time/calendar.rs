//! Broken-down times: from seconds, from tuples, and back.
//!
//! In: seconds since 1970, or a tuple of nine. Out: `struct_time`, or seconds. The one invariant: a `Calendar` counts as C does
//! (months and days of the year from 0, the week from Sunday), a `struct_time` as the language does.

use super::CLASS;
use crate::clib::{self, Calendar};
use interpreter::objects::function::Args;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) static FUNCTIONS: [Def; 3] = [
    def("localtime", "seconds=None, /", |h, args| {
        let calendar = local(h, args.opt_some(0))?;
        Ok(to_struct(h, &calendar))
    }),
    def("gmtime", "seconds=None, /", |h, args| {
        let seconds = to_time(h, args.opt_some(0))?;
        let calendar = clib::utc(seconds).map_err(|error| h.os_error(error, None))?;
        Ok(to_struct(h, &calendar))
    }),
    def("mktime", "time_tuple, /", make_time),
];

/// The local time at `seconds`, or now.
pub(super) fn local(h: &mut Held, seconds: Option<&Value>) -> R<Calendar> {
    let seconds = to_time(h, seconds)?;
    clib::local(seconds).map_err(|error| h.os_error(error, None))
}

/// Whole seconds, rounded down; nothing means now.
fn to_time(h: &mut Held, seconds: Option<&Value>) -> R<i64> {
    let Some(seconds) = seconds else {
        let now = clib::clock(libc::CLOCK_REALTIME).map_err(|error| h.os_error(error, None))?;
        return Ok(now.div_euclid(1_000_000_000));
    };
    whole_seconds(h, seconds)
}

/// A timestamp's whole seconds, rounded down.
pub(crate) fn whole_seconds(h: &mut Held, timestamp: &Value) -> R<i64> {
    match timestamp.as_float() {
        Some(x) => seconds_of_float(h, x.floor()),
        None => seconds_of_int(h, timestamp),
    }
}

/// A timestamp of whole seconds.
pub(crate) fn seconds_of_float(h: &mut Held, whole: f64) -> R<i64> {
    if whole.is_nan() {
        return Err(h.value_error("Invalid value NaN (not a number)"));
    }
    match whole >= i64::MIN as f64 && whole < i64::MAX as f64 {
        true => Ok(whole as i64),
        false => Err(out_of_range(h)),
    }
}

/// As `seconds_of_float`, of whatever is an index.
pub(crate) fn seconds_of_int(h: &mut Held, timestamp: &Value) -> R<i64> {
    let seconds = h.index(timestamp)?;
    match seconds.as_int().and_then(|seconds| seconds.to_i64()) {
        Some(seconds) => Ok(seconds),
        None => Err(out_of_range(h)),
    }
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.overflow_error("timestamp out of range for platform time_t")
}

/// A `struct_time` of its nine items, which knows of no zone.
pub(crate) fn of_fields(h: &Held, items: &[Value; 9]) -> Value {
    CLASS.read(h, |class| match class {
        Some(class) => h.tuple_of_class(class, items).into_value(),
        None => h.tuple_of(items),
    })
}

fn to_struct(h: &mut Held, calendar: &Calendar) -> Value {
    let numbers = [
        i64::from(calendar.year) + 1900,
        i64::from(calendar.month) + 1,
        i64::from(calendar.day),
        i64::from(calendar.hour),
        i64::from(calendar.minute),
        i64::from(calendar.second),
        i64::from(calendar.weekday + 6) % 7,
        i64::from(calendar.day_of_year) + 1,
        i64::from(calendar.is_dst),
    ];
    let mut values: Vec<Value> = numbers.iter().map(|number| h.new_int(*number)).collect();
    values.extend([h.new_str(&calendar.zone), h.new_int(calendar.offset)]);
    match CLASS.read(h, Clone::clone) {
        Some(class) => h.new_struct(&class, &values),
        None => h.new_tuple(values),
    }
}

/// An int that C can hold.
pub(crate) fn to_c_int(h: &mut Held, value: &Value) -> R<i32> {
    let index = h.index(value)?;
    match index.as_int().and_then(|int| int.to_i64()) {
        Some(int) if int > i64::from(i32::MAX) => Err(h.overflow_error("signed integer is greater than maximum")),
        Some(int) if int < i64::from(i32::MIN) => Err(h.overflow_error("signed integer is less than minimum")),
        Some(int) => Ok(int as i32),
        None => Err(h.overflow_error("Python int too large to convert to C long")),
    }
}

/// From a tuple of nine; `function` is who asks.
pub(super) fn from_tuple(h: &mut Held, value: &Value, function: &str) -> R<Calendar> {
    let Some(tuple) = value.downcast::<Tuple>() else {
        return Err(h.type_error("Tuple or struct_time argument required"));
    };
    if tuple.items().len() != super::VISIBLE {
        return Err(h.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut numbers = [0; super::VISIBLE];
    for (number, item) in numbers.iter_mut().zip(tuple.items()) {
        *number = to_c_int(h, item)?;
    }
    let [year, month, day, hour, minute, second, weekday, day_of_year, is_dst] = numbers;
    let Some(year) = year.checked_sub(1900) else { return Err(h.overflow_error("year out of range")) };
    let mut calendar = Calendar {
        year,
        month: month.wrapping_sub(1),
        day,
        hour,
        minute,
        second,
        weekday: weekday.wrapping_add(1) % 7,
        day_of_year: day_of_year.wrapping_sub(1),
        is_dst,
        ..Calendar::default()
    };
    add_zone(h, value, &mut calendar)?;
    Ok(calendar)
}

/// What a `struct_time` knows besides its items.
fn add_zone(h: &mut Held, value: &Value, calendar: &mut Calendar) -> R<()> {
    let is_struct = CLASS.read(h, |class| class.as_ref().is_some_and(|class| value.class().is(class.value())));
    if !is_struct {
        return Ok(());
    }
    let (zone, offset) = (h.intern("tm_zone"), h.intern("tm_gmtoff"));
    let (zone, offset) = (h.get_attr(value, &zone)?, h.get_attr(value, &offset)?);
    if !zone.is_none() {
        calendar.zone = h.str_text(&zone)?;
    }
    calendar.offset = offset.as_int().and_then(|offset| offset.to_i64()).unwrap_or(0);
    Ok(())
}

/// ValueError for what no day has; zeros stand for the first.
pub(super) fn check(h: &mut Held, calendar: &mut Calendar) -> R<()> {
    calendar.month = if calendar.month == -1 { 0 } else { calendar.month };
    calendar.day = if calendar.day == 0 { 1 } else { calendar.day };
    calendar.day_of_year = if calendar.day_of_year == -1 { 0 } else { calendar.day_of_year };
    let wrong = match calendar {
        Calendar { month, .. } if !(0..=11).contains(month) => "month",
        Calendar { day, .. } if !(1..=31).contains(day) => "day of month",
        Calendar { hour, .. } if !(0..=23).contains(hour) => "hour",
        Calendar { minute, .. } if !(0..=59).contains(minute) => "minute",
        Calendar { second, .. } if !(0..=61).contains(second) => "seconds",
        Calendar { weekday, .. } if *weekday < 0 => "day of week",
        Calendar { day_of_year, .. } if !(0..=365).contains(day_of_year) => "day of year",
        _ => return Ok(()),
    };
    Err(h.value_error(format!("{wrong} out of range")))
}

fn make_time(h: &mut Held, args: Args<'_>) -> R {
    let calendar = from_tuple(h, &args[0], "mktime")?;
    match clib::make_time(&calendar) {
        Some(seconds) => Ok(h.new_float(seconds as f64)),
        None => Err(h.overflow_error("mktime argument out of range")),
    }
}
