//! What `date` and `datetime` objects are made of, and making them.
//!
//! In: days and moments. Out: objects of the classes or of classes derived from them. The one invariant: an object of a derived class is made by calling
//! that class, but for copies with other fields.

use super::calendar::Day;
use super::clock::{Clock, Moment};
use super::{is_made, object};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::{Held, Word};

/// The data of a `date`, and of a `datetime`, which is a date.
pub struct Date {
    pub moment: Moment,
    /// Whether it is a `datetime`.
    pub has_time: bool,
    /// The second of two equal local times.
    pub fold: bool,
    pub tz: Value,
    /// -1 until it is asked for.
    pub hash: Word<i64>,
}

interpreter::object!(Date, "datetime.date", traced[tz]);

impl Date {
    pub fn of_day(day: Day) -> Date {
        let moment = Moment { day, clock: Clock::default() };
        Date { moment, has_time: false, fold: false, tz: Value::NONE, hash: Word::new(-1) }
    }

    pub fn of_moment(moment: Moment, tz: Value, fold: bool) -> Date {
        Date { moment, has_time: true, fold, tz, hash: Word::new(-1) }
    }

    pub fn day(&self) -> Day {
        self.moment.day
    }
}

/// A `datetime`, as opposed to a date alone.
pub fn as_moment(value: &Value) -> Option<&Date> {
    value.downcast::<Date>().map(|date| &**date).filter(|date| date.has_time)
}

/// A date alone, as opposed to a `datetime`.
pub fn as_day(value: &Value) -> Option<Day> {
    value.downcast::<Date>().filter(|date| !date.has_time).map(|date| date.moment.day)
}

/// A new `date`.
#[inline]
pub fn new_day(h: &Held, day: Day) -> Value {
    object(h, |made| &made.date, Date::of_day(day))
}

/// A new `datetime`.
#[inline]
pub fn new_moment(h: &Held, moment: Moment, tz: Value, fold: bool) -> Value {
    object(h, |made| &made.datetime, Date::of_moment(moment, tz, fold))
}

/// Whether a class is `datetime.datetime` itself.
pub fn is_datetime(h: &Held, class: &Value) -> bool {
    is_made(h, class, |made| made.datetime.value())
}

/// An object of a class, of a day that may not exist: ValueError if so.
pub fn day_of_class(h: &mut Held, class: &Value, day: Result<Day, String>) -> R {
    let day = match day {
        Ok(day) => day,
        Err(message) => return Err(h.value_error(message)),
    };
    if is_made(h, class, |made| made.date.value()) {
        return Ok(new_day(h, day));
    }
    if is_datetime(h, class) {
        return Ok(new_moment(h, Moment { day, clock: Clock::default() }, Value::NONE, false));
    }
    let fields = [day.year.into(), day.month.into(), day.day.into()].map(|n| h.new_int(n));
    h.call(class, &fields)
}

/// An object of a class, of a moment that may not exist: ValueError if so.
pub fn moment_of_class(h: &mut Held, class: &Value, fields: [i32; 7], tz: Value, fold: bool) -> R {
    if is_datetime(h, class) {
        return match Moment::new(fields) {
            Ok(moment) => Ok(new_moment(h, moment, tz, fold)),
            Err(message) => Err(h.value_error(message)),
        };
    }
    derived(h, class, fields, tz)
}

/// As `moment_of_class`, of a moment that exists.
#[inline]
pub fn exact_of_class(h: &mut Held, class: &Value, moment: Moment, tz: Value, fold: bool) -> R {
    match is_datetime(h, class) {
        true => Ok(new_moment(h, moment, tz, fold)),
        false => derived(h, class, moment.fields(), tz),
    }
}

/// A derived class is not told of the fold.
fn derived(h: &mut Held, class: &Value, fields: [i32; 7], tz: Value) -> R {
    let mut args: Vec<Value> = fields.iter().map(|&n| h.new_int(n.into())).collect();
    args.push(tz);
    h.call(class, &args)
}
