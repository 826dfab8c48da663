//! The operators of `datetime`: sums, differences, comparisons, hashes.
//!
//! In: moments and spans. Out: the same, booleans, or `NotImplemented`. The one invariant: two moments of the same time zone are compared by what the clock on the
//! wall says, others by when they are.

use super::ask;
use super::clock::Moment;
use super::date::{Date, as_moment, exact_of_class};
use super::date_class::out_of_range;
use super::delta::{self, Delta, finish};
use super::pickles::moment_bytes;
use super::span::Span;
use interpreter::objects::function::Args;
use interpreter::objects::hash::bytes_hash;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::ordering_is;
use interpreter::vm::{BinOp, CmpOp};

pub static METHODS: [Def; 5] = [
    def("__add__", "value, /", |h, args| binary(h, BinOp::Add, &args[0], &args[1])),
    def("__radd__", "value, /", |h, args| binary(h, BinOp::Add, &args[1], &args[0])),
    def("__sub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[0], &args[1])),
    def("__rsub__", "value, /", |h, args| binary(h, BinOp::Sub, &args[1], &args[0])),
    def("__hash__", "", |h, args| {
        let hash = hash_of(h, &args[0], args.this::<Date>())?;
        Ok(h.new_int(hash))
    }),
];

pub static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

/// `a + b` or `a - b`, one of which is a `datetime`.
pub fn binary(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    match (op, as_moment(a), as_moment(b)) {
        (BinOp::Sub, Some(x), Some(y)) => difference(h, (a, x), (b, y)),
        (BinOp::Add | BinOp::Sub, Some(date), None) => match b.downcast::<Delta>() {
            Some(by) if op == BinOp::Add => moved(h, date, a.class().to_value(), date.moment.plus(by.span)),
            Some(by) => moved(h, date, a.class().to_value(), date.moment.minus(by.span)),
            None => Ok(Value::NOT_IMPLEMENTED),
        },
        (BinOp::Add, None, Some(date)) => match a.downcast::<Delta>() {
            Some(by) => moved(h, date, b.class().to_value(), date.moment.plus(by.span)),
            None => Ok(Value::NOT_IMPLEMENTED),
        },
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// A moment of the same class and time zone as another, or OverflowError.
#[inline]
pub fn moved(h: &mut Held, date: &Date, class: Value, to: Option<Moment>) -> R {
    match to {
        Some(moment) => exact_of_class(h, &class, moment, date.tz.clone(), false),
        None => Err(out_of_range(h)),
    }
}

fn difference(h: &mut Held, (a, x): (&Value, &Date), (b, y): (&Value, &Date)) -> R {
    let span = span_between(h, (a, x), (b, y))?;
    finish(h, span)
}

/// From the second moment to the first.
pub fn span_between(h: &mut Held, (a, x): (&Value, &Date), (b, y): (&Value, &Date)) -> R<Result<Span, String>> {
    let apart = x.moment.since(y.moment);
    if x.tz.is(&y.tz) {
        return Ok(Ok(apart));
    }
    match (ask::offset(h, &x.tz, a)?, ask::offset(h, &y.tz, b)?) {
        (Some(of_x), Some(of_y)) => Ok(of_x.minus(of_y).and_then(|ahead| apart.minus(ahead))),
        (None, None) => Ok(Ok(apart)),
        _ => Err(h.type_error("can't subtract offset-naive and offset-aware datetimes")),
    }
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let this = args.this::<Date>();
    let equality = matches!(op, CmpOp::Eq | CmpOp::NotEq);
    let Some(other) = args[1].downcast::<Date>() else { return Ok(Value::NOT_IMPLEMENTED) };
    if !other.has_time {
        return if equality { Ok(Value::bool(op == CmpOp::NotEq)) } else { Err(incomparable(h, args)) };
    }
    if this.tz.is(&other.tz) {
        return Ok(Value::bool(ordering_is(op, this.moment.cmp(&other.moment))));
    }
    let (mine, theirs) = (ask::offset(h, &this.tz, &args[0])?, ask::offset(h, &other.tz, &args[1])?);
    let order = if mine == theirs {
        this.moment.cmp(&other.moment)
    } else if mine.is_none() || theirs.is_none() {
        return match equality {
            true => Ok(Value::bool(op == CmpOp::NotEq)),
            false => Err(h.type_error("can't compare offset-naive and offset-aware datetimes")),
        };
    } else {
        match span_between(h, (&args[0], this), (&args[1], other))? {
            Ok(apart) => apart.cmp(&Span::ZERO),
            Err(message) => return Err(h.overflow_error(message)),
        }
    };
    if equality && order.is_eq() && (is_doubtful(h, &args[0], this, mine)? || is_doubtful(h, &args[1], other, theirs)?)
    {
        return Ok(Value::bool(op == CmpOp::NotEq));
    }
    Ok(Value::bool(ordering_is(op, order)))
}

#[cold]
fn incomparable(h: &Held, args: Args<'_>) -> Raised {
    let (mine, theirs) = (args[0].class_name(), args[1].class_name());
    h.type_error(format!("can't compare {mine} to {theirs}"))
}

/// Whether the offset depends on the fold: such a moment equals none of another time zone.
fn is_doubtful(h: &mut Held, own: &Value, this: &Date, offset: Option<Span>) -> R<bool> {
    if this.tz.is_none() || this.tz.downcast::<super::zone::Zone>().is_some() {
        return Ok(false);
    }
    let flipped = Date::of_moment(this.moment, this.tz.clone(), !this.fold);
    let flipped = h.new_object(own.class(), flipped).into_value();
    Ok(ask::offset(h, &this.tz, &flipped)? != offset)
}

/// The hash, which is computed once.
pub fn hash_of(h: &mut Held, own: &Value, this: &Date) -> R<i64> {
    if this.hash.get() == -1 {
        let hash = compute_hash(h, own, this)?;
        this.hash.set(hash);
    }
    Ok(this.hash.get())
}

/// The same for equal moments of all time zones.
fn compute_hash(h: &mut Held, own: &Value, this: &Date) -> R<i64> {
    let offset = match this.fold {
        true => {
            let first = Date::of_moment(this.moment, this.tz.clone(), false);
            let first = h.new_object(own.class(), first).into_value();
            ask::offset(h, &this.tz, &first)?
        }
        false => ask::offset(h, &this.tz, own)?,
    };
    let Some(offset) = offset else { return Ok(bytes_hash(&moment_bytes(this.moment))) };
    let since = Span::within_limits(this.moment.day.ordinal(), this.moment.clock.us_of_day());
    match since.minus(offset) {
        Ok(span) => Ok(delta::hash(span)),
        Err(message) => Err(h.overflow_error(message)),
    }
}
