//! `timedelta`: the class, what its objects are made of and what they look like.
//!
//! In: numbers of weeks, days, hours and so on. Out: spans of time. The one invariant: parts of microseconds are rounded once, all together.

use super::delta_operators::{COMPARISONS, NUMBERS};
use super::span::{Span, Sum};
use super::{object, set_limits};
use crate::native::class_of;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, field};
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::int::IntView;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::BinOp;
use interpreter::vm::protocol::ways::{register_compare, register_hash, register_number};
use std::fmt::Write;
use toy_text::hash::collection::TupleHash;

/// The data of a `timedelta`.
pub struct Delta {
    pub span: Span,
}

interpreter::object!(Delta, "datetime.timedelta");

const DOC: &str = "Difference between two datetime values.

timedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)

All arguments are optional and default to 0.
Arguments may be integers or floats, and may be positive or negative.";

static NEW: Def =
    def("__new__", "days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0", construct)
        .titled("__new__()");

static ATTRS: [Attr; 3] = [
    field("days", |h, this| Ok(h.new_int(span_of(this).days.into()))),
    field("seconds", |h, this| Ok(h.new_int(span_of(this).seconds.into()))),
    field("microseconds", |h, this| Ok(h.new_int(span_of(this).us.into()))),
];

static METHODS: [Def; 5] = [
    def("total_seconds", "", |h, args| total_seconds(h, args.this::<Delta>().span))
        .doc("Total seconds in the duration."),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| Ok(h.new_str(&to_text(args.this::<Delta>().span)))),
    def("__hash__", "", |h, args| Ok(h.new_int(hash(args.this::<Delta>().span)))),
    def("__reduce__", "", |h, args| {
        let Span { days, seconds, us } = args.this::<Delta>().span;
        let items = [days, seconds, us].map(|n| h.new_int(n.into()));
        let items = h.tuple_of(&items);
        Ok(h.new_pair(args[0].class().to_value(), items))
    })
    .doc("__reduce__() -> (cls, state)"),
];

pub fn make(h: &mut Held) -> Ref<Class> {
    let spec = ClassSpec::new::<Delta>(h, "datetime", "timedelta").constructor(h, &NEW).doc(h, DOC);
    let spec = spec.methods(h, &METHODS).methods(h, &NUMBERS).methods(h, &COMPARISONS);
    register_number(Delta::register_kind(), super::delta_operators::operate);
    register_compare(Delta::register_kind(), super::delta_operators::compare_plain);
    register_hash(Delta::register_kind(), |_, value| Some(Ok(hash(span_of(value)))));
    spec.attrs(h, &ATTRS).build(h)
}

pub fn add_limits(h: &mut Held) {
    let limits = [Span::MIN, Span::MAX, Span::SHORTEST].map(|span| new(h, span));
    set_limits(h, |made| &made.timedelta, limits);
}

/// A new object.
#[inline]
pub fn new(h: &Held, span: Span) -> Value {
    object(h, |made| &made.timedelta, Delta { span })
}

/// A new object of what was computed, or OverflowError.
#[inline]
pub fn finish(h: &Held, span: Result<Span, String>) -> R {
    match span {
        Ok(span) => Ok(new(h, span)),
        Err(message) => Err(h.overflow_error(message)),
    }
}

/// The span of an offset, or `None`.
pub fn or_none(h: &Held, span: Option<Span>) -> Value {
    span.map_or(Value::NONE, |span| new(h, span))
}

fn span_of(value: &Value) -> Span {
    value.downcast::<Delta>().map(|delta| delta.span).unwrap_or_default()
}

/// The units in the order in which they are added up: place of the argument, name, microseconds.
const UNITS: [(usize, &str, i64); 7] = [
    (3, "microseconds", 1),
    (4, "milliseconds", 1000),
    (2, "seconds", 1_000_000),
    (5, "minutes", 60_000_000),
    (6, "hours", 3_600_000_000),
    (1, "days", 86_400_000_000),
    (7, "weeks", 604_800_000_000),
];

fn construct(h: &mut Held, args: Args<'_>) -> R {
    let mut sum = Sum::default();
    for (place, name, factor) in UNITS {
        let Some(number) = args.opt(place) else { continue };
        if let Some(n) = number.as_small_int() {
            sum.add(n, factor);
        } else {
            add(h, &mut sum, number, name, factor)?;
        }
    }
    match sum.finish() {
        Ok(span) => Ok(h.new_object(class_of(args), Delta { span }).into_value()),
        Err(message) => Err(h.overflow_error(message)),
    }
}

fn add(h: &mut Held, sum: &mut Sum, number: &Value, name: &str, factor: i64) -> R<()> {
    if let Some(int) = number.as_int() {
        match int {
            IntView::Small(n) => sum.add(n, factor),
            IntView::Big(n) => sum.add_big(n, factor),
        }
        return Ok(());
    }
    match number.as_float() {
        Some(x) if x.is_nan() => Err(h.value_error("cannot convert float NaN to integer")),
        Some(x) if x.is_infinite() => Err(h.overflow_error("cannot convert float infinity to integer")),
        Some(x) => {
            sum.add_float(x, factor);
            Ok(())
        }
        None => {
            let got = number.class_name();
            Err(h.type_error(format!("unsupported type for timedelta {name} component: {got}")))
        }
    }
}

/// Seconds, as near as a float can be.
pub fn total_seconds(h: &mut Held, span: Span) -> R {
    let us = span.total();
    if us.unsigned_abs() < 1 << 53 {
        return Ok(h.new_float(us as f64 / 1e6));
    }
    let us = h.int_from_big(us.into());
    match us.as_int() {
        Some(us) => h.int_binary(BinOp::Div, us, IntView::Small(1_000_000)),
        None => Ok(Value::NONE),
    }
}

/// As of a tuple of the three.
pub fn hash(span: Span) -> i64 {
    let mut hash = TupleHash::new();
    for part in [span.days, span.seconds, span.us] {
        hash.add(if part == -1 { -2 } else { part.into() });
    }
    hash.finish(3)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let span = args.this::<Delta>().span;
    let mut text = args[0].class_name();
    let mut separator = "(";
    for (name, part) in [("days", span.days), ("seconds", span.seconds), ("microseconds", span.us)] {
        if part != 0 {
            let _ = write!(text, "{separator}{name}={part}");
            separator = ", ";
        }
    }
    text.push_str(if separator == "(" { "(0)" } else { ")" });
    Ok(h.new_str(&text))
}

fn to_text(span: Span) -> String {
    let mut text = String::new();
    if span.days != 0 {
        let s = if span.days.abs() == 1 { "" } else { "s" };
        let _ = write!(text, "{} day{s}, ", span.days);
    }
    let (minutes, second) = (span.seconds / 60, span.seconds % 60);
    let _ = write!(text, "{}:{:02}:{second:02}", minutes / 60, minutes % 60);
    if span.us != 0 {
        let _ = write!(text, ".{:06}", span.us);
    }
    text
}
