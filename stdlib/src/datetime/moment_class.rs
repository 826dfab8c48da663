//! `datetime`: the class, its fields and what it looks like.
//!
//! In: year to microsecond, a time zone. Out: moments, their parts, text. The one invariant: what a `datetime` shares with a `date` stands there.

use super::arguments::{fold_of, int_or, required};
use super::ask::{self, check_zone};
use super::clock::{Clock, Moment};
use super::date::{Date, new_day, new_moment};
use super::span::Span;
use super::text::{self, Precision};
use super::{
    delta, moment_operators, moment_zone, object, pickles, replace, set_limits, strftime, time_class, timestamps,
};
use crate::native::class_of;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::fmt::Write;
use toy_text::CharsBuf;

const DOC: &str = "datetime(year, month, day[, hour[, minute[, second[, microsecond[,tzinfo]]]]])

The year, month and day arguments are required. tzinfo may be None, or an
instance of a tzinfo subclass. The remaining arguments may be ints.
";

static NEW: Def = def(
    "__new__",
    "year=0, month=0, day=0, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0",
    construct,
)
.titled("function");

static ATTRS: [Attr; 6] = [
    getter("hour", |h, this| Ok(h.new_int(clock_of(this).hour.into()))),
    getter("minute", |h, this| Ok(h.new_int(clock_of(this).minute.into()))),
    getter("second", |h, this| Ok(h.new_int(clock_of(this).second.into()))),
    getter("microsecond", |h, this| Ok(h.new_int(clock_of(this).us.into()))),
    getter("tzinfo", |_, this| Ok(this.downcast::<Date>().map_or(Value::NONE, |date| date.tz.clone()))),
    getter("fold", |h, this| Ok(h.new_int(this.downcast::<Date>().is_some_and(|date| date.fold).into()))),
];

static METHODS: [Def; 16] = [
    def("date", "", |h, args| Ok(new_day(h, args.this::<Date>().day())))
        .doc("Return date object with same year, month and day."),
    def("time", "", |h, args| Ok(time(h, args.this::<Date>(), Value::NONE)))
        .doc("Return time object with same time but with tzinfo=None."),
    def("timetz", "", |h, args| {
        let this = args.this::<Date>();
        Ok(time(h, this, this.tz.clone()))
    })
    .doc("Return time object with same time and tzinfo."),
    def(
        "replace",
        "year=0, month=0, day=0, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0",
        replace::moment,
    )
    .doc("Return datetime with new specified fields."),
    def("timetuple", "", |h, args| {
        let this = args.this::<Date>();
        let saving = ask::saving(h, &this.tz, &args[0])?;
        strftime::time_tuple(h, this.moment, saving.map_or(-1, |saving| !saving.is_zero() as i32))
    })
    .doc("Return time tuple, compatible with time.localtime()."),
    def("utctimetuple", "", moment_zone::utc_time_tuple)
        .doc("Return UTC time tuple, compatible with time.localtime()."),
    def("timestamp", "", moment_zone::timestamp).doc("Return POSIX timestamp as float."),
    def("astimezone", "tz=None", moment_zone::as_time_zone).doc("tz -> convert to local time in new timezone tz\n"),
    def("isoformat", "sep='T', timespec='auto'", isoformat)
        .doc("[sep] -> string in ISO 8601 format, YYYY-MM-DDT[HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM]."),
    def("utcoffset", "", |h, args| {
        let span = ask::offset(h, &args.this::<Date>().tz, &args[0])?;
        Ok(match args.this::<Date>().tz.downcast::<super::zone::Zone>() {
            Some(zone) => zone.offset.clone(),
            None => delta::or_none(h, span),
        })
    })
    .doc("Return self.tzinfo.utcoffset(self)."),
    def("tzname", "", |h, args| ask::name(h, &args.this::<Date>().tz, &args[0]))
        .doc("Return self.tzinfo.tzname(self)."),
    def("dst", "", |h, args| {
        let span = ask::saving(h, &args.this::<Date>().tz, &args[0])?;
        Ok(delta::or_none(h, span))
    })
    .doc("Return self.tzinfo.dst(self)."),
    def("__str__", "", to_text),
    def("__repr__", "", repr),
    def("__reduce_ex__", "protocol, /", |h, args| {
        let protocol = super::arguments::int(h, &args[1])?;
        Ok(reduce(h, &args[0], args.this::<Date>(), protocol > 3))
    })
    .counting()
    .doc("__reduce_ex__(proto) -> (cls, state)"),
    def("__reduce__", "", |h, args| Ok(reduce(h, &args[0], args.this::<Date>(), false)))
        .doc("__reduce__() -> (cls, state)"),
];

pub fn make(h: &mut Held, date: &Ref<Class>) -> Ref<Class> {
    let spec = ClassSpec::with_base::<Date>(h, "datetime", "datetime", date).constructor(h, &NEW).doc(h, DOC);
    let spec = spec.class_methods(h, &timestamps::CLASS_METHODS).methods(h, &METHODS).attrs(h, &ATTRS);
    spec.methods(h, &moment_operators::METHODS).methods(h, &moment_operators::COMPARISONS).build(h)
}

pub fn add_limits(h: &mut Held) {
    let (first, last) = (super::calendar::Day::FIRST, super::calendar::Day::LAST);
    let first = Moment { day: first, clock: Clock::default() };
    let [first, last] = [first, Moment { day: last, clock: Clock::LAST }].map(|m| new_moment(h, m, Value::NONE, false));
    let limits = [first, last, delta::new(h, Span::SHORTEST)];
    set_limits(h, |made| &made.datetime, limits);
}

fn clock_of(value: &Value) -> Clock {
    value.downcast::<Date>().map_or(Clock::default(), |date| date.moment.clock)
}

fn construct(h: &mut Held, args: Args<'_>) -> R {
    if args.opt(3).is_none()
        && let Some(state) = args.opt(1)
        && let Some((moment, fold)) = pickles::to_moment(h, state)?
    {
        let tz = ask::zone_of_state(h, args.opt(2))?;
        return Ok(h.new_object(class_of(args), Date::of_moment(moment, tz, fold)).into_value());
    }
    let (year, month) = (required(h, args, 1, "year")?, required(h, args, 2, "month")?);
    let mut fields = [year, month, required(h, args, 3, "day")?, 0, 0, 0, 0];
    for (i, field) in fields.iter_mut().enumerate().skip(3) {
        *field = int_or(h, args, i + 1, 0)?;
    }
    let tz = args.opt(8).cloned().unwrap_or(Value::NONE);
    let fold = args.opt(9).map_or(Ok(0), |fold| super::arguments::int(h, fold))?;
    let moment = match Moment::new(fields) {
        Ok(moment) => moment,
        Err(message) => return Err(h.value_error(message)),
    };
    let fold = fold_of(h, fold)?;
    check_zone(h, &tz)?;
    Ok(h.new_object(class_of(args), Date::of_moment(moment, tz, fold)).into_value())
}

fn time(h: &Held, this: &Date, tz: Value) -> Value {
    object(h, |made| &made.time, time_class::Time::new(this.moment.clock, tz, this.fold))
}

fn isoformat(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    let separator = match args.opt(1).map(|separator| (separator, separator.downcast::<Str>())) {
        None => b'T'.into(),
        Some((_, Some(separator))) if separator.len() == 1 => separator.chars().iter().next().unwrap_or(0),
        Some((other, _)) => {
            let got = other.given_name();
            return Err(h.type_error(format!("isoformat() argument 1 must be a unicode character, not {got}")));
        }
    };
    let precision = Precision::of(h, args.opt(2), 2, this.moment.clock)?;
    with_separator(h, &args[0], this, separator, precision)
}

fn with_separator(h: &mut Held, own: &Value, this: &Date, separator: u32, precision: Precision) -> R {
    let mut clock = String::with_capacity(40);
    let narrow = u8::try_from(separator).ok().filter(u8::is_ascii);
    if let Some(narrow) = narrow {
        text::day(&mut clock, this.moment.day);
        clock.push(narrow as char);
    }
    text::clock(&mut clock, this.moment.clock, precision);
    let offset = ask::offset(h, &this.tz, own)?;
    text::signed_offset(&mut clock, offset, ":");
    if narrow.is_some() {
        return Ok(h.new_str(&clock));
    }
    let (mut day, mut out) = (String::new(), CharsBuf::new());
    text::day(&mut day, this.moment.day);
    out.push_str(&day);
    out.push(separator);
    out.push_str(&clock);
    Ok(h.str_from_owned(&out.finish()))
}

fn to_text(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    if args[0].exactly::<Date>().is_some() {
        let precision = Precision::of(h, None, 2, this.moment.clock)?;
        return with_separator(h, &args[0], this, b' '.into(), precision);
    }
    let (isoformat, space) = (h.intern("isoformat"), h.new_str(" "));
    h.call_method_named(&args[0], &isoformat, &[space])
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    let [year, month, day, hour, minute, second, us] = this.moment.fields();
    let mut text = format!("{}({year}, {month}, {day}, {hour}, {minute}", args[0].class_name());
    if second != 0 || us != 0 {
        let _ = write!(text, ", {second}");
    }
    if us != 0 {
        let _ = write!(text, ", {us}");
    }
    if this.fold {
        text.push_str(", fold=1");
    }
    if !this.tz.is_none() {
        let _ = write!(text, ", tzinfo={}", h.repr_text(&this.tz)?);
    }
    text.push(')');
    Ok(h.new_str(&text))
}

fn reduce(h: &Held, own: &Value, this: &Date, with_fold: bool) -> Value {
    let state = pickles::of_moment(h, this.moment, with_fold && this.fold);
    let args = match this.tz.is_none() {
        true => h.tuple_of(&[state]),
        false => h.new_pair(state, this.tz.clone()),
    };
    h.new_pair(own.class().to_value(), args)
}
