//! `time`: a time of some day.
//!
//! In: hour, minute, second, microsecond, a time zone. Out: text, comparisons. The one invariant: a time zone is asked about no day at all, and may know
//! no offset then.

use super::arguments::{fold_of, int_or};
use super::ask::{self, check_zone};
use super::clock::Clock;
use super::span::Span;
use super::text::{self, Precision};
use super::{delta, is_made, iso, object, pickles, replace, set_limits, strftime, zone};
use crate::native::{class_of, this};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::hash::bytes_hash;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, Word};
use interpreter::vm::CmpOp;
use interpreter::vm::protocol::compare::ordering_is;
use interpreter::vm::protocol::ways::{register_compare, register_hash};
use std::fmt::Write;

/// The data of a `time`.
pub struct Time {
    pub clock: Clock,
    pub fold: bool,
    pub tz: Value,
    /// -1 until it is asked for.
    hash: Word<i64>,
}

interpreter::object!(Time, "datetime.time", traced[tz]);

impl Time {
    pub fn new(clock: Clock, tz: Value, fold: bool) -> Time {
        Time { clock, fold, tz, hash: Word::new(-1) }
    }
}

const DOC: &str = "time([hour[, minute[, second[, microsecond[, tzinfo]]]]]) --> a time object

All arguments are optional. tzinfo may be None, or an instance of
a tzinfo subclass. The remaining arguments may be ints.
";

static NEW: Def =
    def("__new__", "hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0", construct).titled("function");

static ATTRS: [Attr; 6] = [
    getter("hour", |h, this| Ok(h.new_int(clock_of(this).hour.into()))),
    getter("minute", |h, this| Ok(h.new_int(clock_of(this).minute.into()))),
    getter("second", |h, this| Ok(h.new_int(clock_of(this).second.into()))),
    getter("microsecond", |h, this| Ok(h.new_int(clock_of(this).us.into()))),
    getter("tzinfo", |_, this| Ok(this.downcast::<Time>().map_or(Value::NONE, |time| time.tz.clone()))),
    getter("fold", |h, this| Ok(h.new_int(this.downcast::<Time>().is_some_and(|time| time.fold).into()))),
];

static CLASS_METHODS: [Def; 1] = [def("fromisoformat", "time_string, /", |h, args| {
    let (fields, offset) = iso::time(h, &args[1])?;
    let tz = offset.map_or(Ok(Value::NONE), |offset| zone::of_offset(h, offset))?;
    of_class(h, &args[0], fields, tz)
})
.doc("string -> time from a string in ISO 8601 format")];

static METHODS: [Def; 12] = [
    def("isoformat", "timespec='auto'", |h, args| {
        let this = args.this::<Time>();
        let precision = Precision::of(h, args.opt(1), 1, this.clock)?;
        isoformat(h, this, precision)
    })
    .doc("Return string in ISO 8601 format, [HH[:MM[:SS[.mmm[uuu]]]]][+HH:MM]."),
    def("strftime", "format", |h, args| {
        let [hour, minute, second] = {
            let Clock { hour, minute, second, .. } = args.this::<Time>().clock;
            [hour, minute, second].map(i64::from)
        };
        let fields = [1900, 1, 1, hour, minute, second, 0, 1, -1];
        strftime::strftime(h, &args[0], &args[1], |h| Ok(h.new_tuple(fields.iter().map(|&n| h.new_int(n)).collect())))
    })
    .doc("format -> strftime() style string."),
    def("__format__", "format, /", strftime::format).doc("Formats self with strftime."),
    def("utcoffset", "", |h, args| {
        let span = ask::offset(h, &args.this::<Time>().tz, &Value::NONE)?;
        Ok(delta::or_none(h, span))
    })
    .doc("Return self.tzinfo.utcoffset(self)."),
    def("tzname", "", |h, args| ask::name(h, &args.this::<Time>().tz, &Value::NONE))
        .doc("Return self.tzinfo.tzname(self)."),
    def("dst", "", |h, args| {
        let span = ask::saving(h, &args.this::<Time>().tz, &Value::NONE)?;
        Ok(delta::or_none(h, span))
    })
    .doc("Return self.tzinfo.dst(self)."),
    def("replace", "hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0", replace::clock)
        .doc("Return time with new specified fields."),
    def("__reduce_ex__", "protocol, /", |h, args| {
        let protocol = super::arguments::int(h, &args[1])?;
        Ok(reduce(h, &args[0], args.this::<Time>(), protocol > 3))
    })
    .counting()
    .doc("__reduce_ex__(proto) -> (cls, state)"),
    def("__reduce__", "", |h, args| Ok(reduce(h, &args[0], args.this::<Time>(), false)))
        .doc("__reduce__() -> (cls, state)"),
    def("__str__", "", |h, args| {
        if args[0].exactly::<Time>().is_some() {
            let this = args.this::<Time>();
            let precision = Precision::of(h, None, 1, this.clock)?;
            return isoformat(h, this, precision);
        }
        let isoformat = h.intern("isoformat");
        h.call_method_named(&args[0], &isoformat, &[])
    }),
    def("__repr__", "", repr),
    def("__hash__", "", |h, args| {
        let hash = hash_of(h, &args[0])?;
        Ok(h.new_int(hash))
    }),
];

static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

pub fn make(h: &mut Held) -> Ref<Class> {
    let spec = ClassSpec::new::<Time>(h, "datetime", "time").constructor(h, &NEW).doc(h, DOC);
    let spec = spec.class_methods(h, &CLASS_METHODS).methods(h, &METHODS);
    register_compare(Time::register_kind(), |_, op, a, b| {
        let (a, b) = (a.exactly::<Time>()?, b.exactly::<Time>()?);
        a.tz.is(&b.tz).then(|| Ok(Value::bool(ordering_is(op, a.clock.cmp(&b.clock)))))
    });
    register_hash(Time::register_kind(), |h, value| Some(hash_of(h, value)));
    spec.methods(h, &COMPARISONS).attrs(h, &ATTRS).build(h)
}

pub fn add_limits(h: &mut Held) {
    let [first, last] = [Clock::default(), Clock::LAST].map(|clock| new(h, clock, Value::NONE));
    let limits = [first, last, delta::new(h, Span::SHORTEST)];
    set_limits(h, |made| &made.time, limits);
}

fn new(h: &Held, clock: Clock, tz: Value) -> Value {
    object(h, |made| &made.time, Time::new(clock, tz, false))
}

fn clock_of(value: &Value) -> Clock {
    value.downcast::<Time>().map_or(Clock::default(), |time| time.clock)
}

fn construct(h: &mut Held, args: Args<'_>) -> R {
    if args.opt(3).is_none()
        && let Some(state) = args.opt(1)
        && let Some((clock, fold)) = pickles::to_clock(h, state)?
    {
        let tz = ask::zone_of_state(h, args.opt(2))?;
        return Ok(h.new_object(class_of(args), Time::new(clock, tz, fold)).into_value());
    }
    let mut fields = [0; 4];
    for (i, field) in fields.iter_mut().enumerate() {
        *field = int_or(h, args, i + 1, 0)?;
    }
    let tz = args.opt(5).cloned().unwrap_or(Value::NONE);
    let fold = int_or(h, args, 6, 0)?;
    let clock = checked(h, fields)?;
    let fold = fold_of(h, fold)?;
    check_zone(h, &tz)?;
    Ok(h.new_object(class_of(args), Time::new(clock, tz, fold)).into_value())
}

fn checked(h: &Held, [hour, minute, second, us]: [i32; 4]) -> R<Clock> {
    Clock::new(hour, minute, second, us).map_err(|message| h.value_error(message))
}

/// A time of a class, of fields that need not be those of a time.
fn of_class(h: &mut Held, class: &Value, fields: [i32; 4], tz: Value) -> R {
    if is_made(h, class, |made| made.time.value()) {
        let clock = checked(h, fields)?;
        return Ok(new(h, clock, tz));
    }
    let [hour, minute, second, us] = fields.map(|n| h.new_int(n.into()));
    h.call(class, &[hour, minute, second, us, tz])
}

fn isoformat(h: &mut Held, this: &Time, precision: Precision) -> R {
    let mut out = String::with_capacity(24);
    text::clock(&mut out, this.clock, precision);
    let offset = ask::offset(h, &this.tz, &Value::NONE)?;
    text::signed_offset(&mut out, offset, ":");
    Ok(h.new_str(&out))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Time>();
    let Clock { hour, minute, second, us } = this.clock;
    let mut text = format!("{}({hour}, {minute}", args[0].class_name());
    if second != 0 || us != 0 {
        let _ = write!(text, ", {second}");
    }
    if us != 0 {
        let _ = write!(text, ", {us}");
    }
    if !this.tz.is_none() {
        let _ = write!(text, ", tzinfo={}", h.repr_text(&this.tz)?);
    }
    text.push_str(if this.fold { ", fold=1)" } else { ")" });
    Ok(h.new_str(&text))
}

fn reduce(h: &Held, own: &Value, this: &Time, with_fold: bool) -> Value {
    let state = pickles::of_clock(h, this.clock, with_fold && this.fold);
    let args = match this.tz.is_none() {
        true => h.tuple_of(&[state]),
        false => h.new_pair(state, this.tz.clone()),
    };
    h.new_pair(own.class().to_value(), args)
}

/// The hash, which is computed once.
fn hash_of(h: &mut Held, value: &Value) -> R<i64> {
    let this = this::<Time>(value);
    if this.hash.get() == -1 {
        let hash = match ask::offset(h, &this.tz, &Value::NONE)? {
            None => bytes_hash(&pickles::clock_bytes(this.clock)),
            Some(offset) => {
                let since = Span::within_limits(0, this.clock.us_of_day() - offset.total() as i64);
                delta::hash(since)
            }
        };
        this.hash.set(hash);
    }
    Ok(this.hash.get())
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let this = args.this::<Time>();
    let Some(other) = args[1].downcast::<Time>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if this.tz.is(&other.tz) {
        return Ok(Value::bool(ordering_is(op, this.clock.cmp(&other.clock))));
    }
    let (mine, theirs) = (ask::offset(h, &this.tz, &Value::NONE)?, ask::offset(h, &other.tz, &Value::NONE)?);
    let order = match (mine, theirs) {
        (mine, theirs) if mine == theirs => this.clock.cmp(&other.clock),
        (Some(mine), Some(theirs)) => in_utc(this.clock, mine).cmp(&in_utc(other.clock, theirs)),
        _ => {
            return match op {
                CmpOp::Eq | CmpOp::NotEq => Ok(Value::bool(op == CmpOp::NotEq)),
                _ => Err(h.type_error("can't compare offset-naive and offset-aware times")),
            };
        }
    };
    Ok(Value::bool(ordering_is(op, order)))
}

/// Seconds and microseconds of UTC; microseconds of offsets do not count.
fn in_utc(clock: Clock, offset: Span) -> (i32, u32) {
    (clock.seconds() - offset.days * 86_400 - offset.seconds, clock.us)
}
