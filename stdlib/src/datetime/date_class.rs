//! `date`: the class.
//!
//! In: year, month, day; counts, text, timestamps. Out: dates, weekdays, differences, text. The one invariant: a `datetime` has methods of its own
//! for whatever its time matters to.

use super::arguments::{int, required};
use super::calendar::{Day, iso_to_ordinal};
use super::clock::{Moment, moved_day};
use super::date::{Date, as_day, as_moment, day_of_class, new_day, new_moment};
use super::delta::{self, Delta};
use super::span::Span;
use super::{iso, iso_week, local, pickles, replace, set_limits, strftime, text};
use crate::native::class_of;
use crate::time::calendar::whole_seconds;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::hash::bytes_hash;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::ordering_is;
use interpreter::vm::protocol::ways::{register_compare, register_hash, register_number};
use interpreter::vm::{BinOp, CmpOp};

static NEW: Def = def("__new__", "year=0, month=0, day=0", construct).titled("function");

static ATTRS: [Attr; 3] = [
    getter("year", |h, this| Ok(h.new_int(day_of(this).year.into()))),
    getter("month", |h, this| Ok(h.new_int(day_of(this).month.into()))),
    getter("day", |h, this| Ok(h.new_int(day_of(this).day.into()))),
];

static CLASS_METHODS: [Def; 5] = [
    def("fromtimestamp", "timestamp, /", |h, args| {
        let seconds = whole_seconds(h, &args[1])?;
        let [year, month, day, ..] = local::fields(h, seconds)?;
        day_of_class(h, &args[0], Day::new(year, month, day))
    })
    .doc("Create a date from a POSIX timestamp."),
    def("fromordinal", "ordinal, /", |h, args| {
        let ordinal = int(h, &args[1])?;
        match ordinal < 1 {
            true => Err(h.value_error("ordinal must be >= 1")),
            false => day_of_class(h, &args[0], Day::of_ordinal(ordinal)),
        }
    })
    .counting()
    .doc("int -> date corresponding to a proleptic Gregorian ordinal."),
    def("fromisoformat", "date_string, /", |h, args| {
        let fields = iso::date(h, &args[1])?;
        day_of_class(h, &args[0], Day::new(fields[0], fields[1], fields[2]))
    })
    .doc("str -> Construct a date from a string in ISO 8601 format."),
    def("fromisocalendar", "year, week, day", from_iso_calendar)
        .doc("int, int, int -> Construct a date from the ISO year, week number and weekday."),
    def("today", "", |h, args| {
        let time = h.import_module("time")?;
        let (clock, make) = (h.intern("time"), h.intern("fromtimestamp"));
        let now = h.call_method_named(&time, &clock, &[])?;
        h.call_method_named(&args[0], &make, &[now])
    })
    .doc("Current date or datetime:  same as self.__class__.fromtimestamp(time.time())."),
];

static METHODS: [Def; 18] = [
    def("ctime", "", |h, args| {
        let moment = args.this::<Date>().moment;
        Ok(h.new_str(&strftime::ctime(moment)))
    })
    .doc("Return ctime() style string."),
    def("strftime", "format", |h, args| {
        let timetuple = h.intern("timetuple");
        let tuple = |h: &mut Held| h.call_method_named(&args[0], &timetuple, &[]);
        strftime::strftime(h, &args[0], &args[1], tuple)
    })
    .doc("format -> strftime() style string."),
    def("__format__", "format, /", strftime::format).doc("Formats self with strftime."),
    def("timetuple", "", |h, args| {
        let moment = args.this::<Date>().moment;
        strftime::time_tuple(h, moment, -1)
    })
    .doc("Return time tuple, compatible with time.localtime()."),
    def("isocalendar", "", |h, args| Ok(iso_week::new(h, day_of(&args[0]))))
        .doc("Return a named tuple containing ISO year, week number, and weekday."),
    def("isoformat", "", |h, args| Ok(isoformat(h, day_of(&args[0]))))
        .doc("Return string in ISO 8601 format, YYYY-MM-DD."),
    def("isoweekday", "", |h, args| Ok(h.new_int((day_of(&args[0]).weekday() + 1).into())))
        .doc("Return the day of the week represented by the date.\nMonday == 1 ... Sunday == 7"),
    def("toordinal", "", |h, args| Ok(h.new_int(day_of(&args[0]).ordinal().into())))
        .doc("Return proleptic Gregorian ordinal.  January 1 of year 1 is day 1."),
    def("weekday", "", |h, args| Ok(h.new_int(day_of(&args[0]).weekday().into())))
        .doc("Return the day of the week represented by the date.\nMonday == 0 ... Sunday == 6"),
    def("replace", "year=0, month=0, day=0", replace::day).doc("Return date with new specified fields."),
    def("__reduce__", "", |h, args| {
        let state = pickles::of_day(h, day_of(&args[0]));
        let state = h.tuple_of(&[state]);
        Ok(h.new_pair(args[0].class().to_value(), state))
    })
    .doc("__reduce__() -> (cls, state)"),
    def("__str__", "", |h, args| {
        if args[0].exactly::<Date>().is_some() {
            return Ok(isoformat(h, day_of(&args[0])));
        }
        let isoformat = h.intern("isoformat");
        h.call_method_named(&args[0], &isoformat, &[])
    }),
    def("__repr__", "", |h, args| {
        let Day { year, month, day } = day_of(&args[0]);
        Ok(h.new_str(&format!("{}({year}, {month}, {day})", args[0].class_name())))
    }),
    def("__hash__", "", |h, args| Ok(h.new_int(day_hash(&args[0])))),
    def("__add__", "value, /", |h, args| binary(h, BinOp::Add, &args[0], &args[1])),
    def("__radd__", "value, /", |h, args| binary(h, BinOp::Add, &args[1], &args[0])),
    def("__sub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[0], &args[1])),
    def("__rsub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[1], &args[0])),
];

static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

pub fn make(h: &mut Held) -> Ref<Class> {
    register_number(Date::register_kind(), operate);
    register_compare(Date::register_kind(), compare_plain);
    register_hash(Date::register_kind(), |h, value| match as_moment(value) {
        Some(date) => Some(super::moment_operators::hash_of(h, value, date)),
        None => Some(Ok(day_hash(value))),
    });
    let spec = ClassSpec::new::<Date>(h, "datetime", "date").constructor(h, &NEW);
    let spec = spec.doc(h, "date(year, month, day) --> date object").class_methods(h, &CLASS_METHODS);
    spec.methods(h, &METHODS).methods(h, &COMPARISONS).attrs(h, &ATTRS).build(h)
}

pub fn add_limits(h: &mut Held) {
    let limits = [new_day(h, Day::FIRST), new_day(h, Day::LAST), delta::new(h, Span::DAY)];
    set_limits(h, |made| &made.date, limits);
}

/// The operators of dates and moments that are of no derived class: what the methods give, without looking for them.
fn operate(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> Option<R> {
    if let (Some(date), Some(by)) = (a.exactly::<Date>(), b.exactly::<Delta>())
        && let Some(to) = later(op, date, by.span)
    {
        return Some(Ok(match date.has_time {
            true => new_moment(h, to, date.tz.clone(), false),
            false => new_day(h, to.day),
        }));
    }
    let plain = |value: &Value| value.exactly::<Date>().is_some() || value.exactly::<Delta>().is_some();
    if !plain(a) || !plain(b) {
        return None;
    }
    let with_time = as_moment(a).is_some() || as_moment(b).is_some();
    let result = if with_time { super::moment_operators::binary(h, op, a, b) } else { binary(h, op, a, b) };
    match result {
        Ok(result) if result.is(&Value::NOT_IMPLEMENTED) => None,
        result => Some(result),
    }
}

/// The moment that a span added or subtracted leads to; of a date alone, only whole days count. Nothing if it is not within the calendar.
fn later(op: BinOp, date: &Date, by: Span) -> Option<Moment> {
    let by = if date.has_time { by } else { Span { days: by.days, seconds: 0, us: 0 } };
    match op {
        BinOp::Add => date.moment.plus(by),
        BinOp::Sub => date.moment.minus(by),
        _ => None,
    }
}

fn day_of(value: &Value) -> Day {
    value.downcast::<Date>().map_or(Day::FIRST, |date| date.moment.day)
}

fn construct(h: &mut Held, args: Args<'_>) -> R {
    if args.opt(2).is_none()
        && let Some(state) = args.opt(1)
        && let Some(day) = pickles::to_day(h, state)?
    {
        return Ok(h.new_object(class_of(args), Date::of_day(day)).into_value());
    }
    let (year, month) = (required(h, args, 1, "year")?, required(h, args, 2, "month")?);
    let day = required(h, args, 3, "day")?;
    match Day::new(year, month, day) {
        Ok(day) => Ok(h.new_object(class_of(args), Date::of_day(day)).into_value()),
        Err(message) => Err(h.value_error(message)),
    }
}

fn from_iso_calendar(h: &mut Held, args: Args<'_>) -> R {
    let mut fields = [0; 3];
    for (i, field) in fields.iter_mut().enumerate() {
        *field = match int(h, &args[i + 1]) {
            Err(error) if error.is(Exc::OverflowError) => {
                return Err(h.value_error("ISO calendar component out of range"));
            }
            field => field?,
        };
    }
    match iso_to_ordinal(fields[0], fields[1], fields[2]) {
        Ok(ordinal) => day_of_class(h, &args[0], Day::of_ordinal(ordinal)),
        Err(message) => Err(h.value_error(message)),
    }
}

fn isoformat(h: &Held, day: Day) -> Value {
    let mut out = String::with_capacity(10);
    text::day(&mut out, day);
    h.new_str(&out)
}

fn day_hash(value: &Value) -> i64 {
    let Some(date) = value.downcast::<Date>() else { return 0 };
    if date.hash.get() == -1 {
        date.hash.set(bytes_hash(&pickles::day_bytes(date.day())));
    }
    date.hash.get()
}

/// The comparison of two dates, or of two moments of one time zone, of the classes themselves.
fn compare_plain(_: &mut Held, op: CmpOp, a: &Value, b: &Value) -> Option<R> {
    let (a, b) = (a.exactly::<Date>()?, b.exactly::<Date>()?);
    let alike = a.has_time == b.has_time && a.tz.is(&b.tz);
    alike.then(|| Ok(Value::bool(ordering_is(op, a.moment.cmp(&b.moment)))))
}

/// `a + b` or `a - b`, one of which is a date alone.
fn binary(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    match (as_day(a), as_day(b)) {
        (Some(a), Some(b)) if op == BinOp::Sub => Ok(delta::new(h, Span::within_limits(a.ordinal() - b.ordinal(), 0))),
        (Some(day), None) => moved(h, op, day, a.class().to_value(), b),
        (None, Some(day)) if op == BinOp::Add => moved(h, op, day, b.class().to_value(), a),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn moved(h: &mut Held, op: BinOp, day: Day, class: Value, by: &Value) -> R {
    let Some(delta) = by.downcast::<Delta>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let days = match op {
        BinOp::Add => delta.span.days,
        BinOp::Sub => -delta.span.days,
        _ => return Ok(Value::NOT_IMPLEMENTED),
    };
    match moved_day(day, days.into()) {
        Some(day) => day_of_class(h, &class, Ok(day)),
        None => Err(out_of_range(h)),
    }
}

#[cold]
pub fn out_of_range(h: &Held) -> Raised {
    h.overflow_error("date value out of range")
}

fn compare(_: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Date>() {
        Some(other) => Ok(Value::bool(ordering_is(op, day_of(&args[0]).cmp(&other.day())))),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
