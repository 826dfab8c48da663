//! Moments in other time zones and as timestamps.
//!
//! In: moments. Out: the same moments elsewhere, or in seconds since 1970. The one invariant: a moment without a time zone is one of local time.

use super::ask::{self, check_zone};
use super::clock::Moment;
use super::date::{Date, as_moment};
use super::delta::total_seconds;
use super::moment_operators::moved;
use super::span::Span;
use super::{local, strftime, zone};
use crate::clib::Calendar;
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `utctimetuple`.
pub fn utc_time_tuple(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    let Some(offset) = ask::offset(h, &this.tz, &args[0])? else {
        return strftime::time_tuple(h, this.moment, 0);
    };
    let utc = moved(h, this, args[0].class().to_value(), this.moment.minus(offset))?;
    let moment = as_moment(&utc).map_or(this.moment, |utc| utc.moment);
    strftime::time_tuple(h, moment, 0)
}

/// `timestamp`.
pub fn timestamp(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    if this.tz.is_none() {
        let seconds = local_timestamp(h, this)?;
        return Ok(h.new_float(seconds as f64 + this.moment.clock.us as f64 / 1e6));
    }
    let since = since_epoch(h, &args[0], this)?;
    total_seconds(h, since)
}

fn local_timestamp(h: &mut Held, this: &Date) -> R<i64> {
    Ok(local::to_utc(h, this.moment.seconds(), this.fold)? - local::EPOCH)
}

/// Since the beginning of 1970, UTC.
fn since_epoch(h: &mut Held, own: &Value, this: &Date) -> R<Span> {
    let Some(offset) = ask::offset(h, &this.tz, own)? else {
        return Err(h.type_error("can't subtract offset-naive and offset-aware datetimes"));
    };
    match this.moment.since(Moment::EPOCH).minus(offset) {
        Ok(since) => Ok(since),
        Err(message) => Err(h.overflow_error(message)),
    }
}

/// `astimezone`.
pub fn as_time_zone(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Date>();
    let to = args.opt(1).cloned().unwrap_or(Value::NONE);
    check_zone(h, &to)?;
    let (from, offset) = match this.tz.is_none() {
        true => (local_zone(h, this)?, None),
        false if this.tz.is(&to) => return Ok(args[0].clone()),
        false => (this.tz.clone(), ask::offset(h, &this.tz, &args[0])?),
    };
    let (from, offset) = match offset {
        Some(offset) => (from, offset),
        // A zone that knows no offset: local time.
        None => {
            let from = if this.tz.is_none() { from } else { local_zone(h, this)? };
            let offset = ask::offset(h, &from, &args[0])?.unwrap_or_default();
            (from, offset)
        }
    };
    match from.is(&to) {
        true => Ok(args[0].clone()),
        false => convert(h, &args[0], this, offset, to),
    }
}

/// Goes over UTC; what it is then elsewhere, the other zone says.
fn convert(h: &mut Held, own: &Value, this: &Date, offset: Span, to: Value) -> R {
    let utc = moved(h, this, own.class().to_value(), this.moment.minus(offset))?;
    let (moment, fold) = as_moment(&utc).map_or((this.moment, false), |utc| (utc.moment, utc.fold));
    let to = if to.is_none() { zone_at(h, moment.seconds() - local::EPOCH)? } else { to };
    let utc = h.new_object(utc_class(own, &utc), Date::of_moment(moment, to.clone(), fold)).into_value();
    let name = h.intern("fromutc");
    h.call_method_named(&to, &name, &[utc])
}

/// The class of what a derived class gave, if it is a moment at all.
fn utc_class<'a>(own: &'a Value, utc: &'a Value) -> &'a Obj<Class> {
    if as_moment(utc).is_some() { utc.class() } else { own.class() }
}

/// The zone that is in force here at a local time.
fn local_zone(h: &mut Held, this: &Date) -> R {
    let seconds = local_timestamp(h, this)?;
    zone_at(h, seconds)
}

fn zone_at(h: &mut Held, timestamp: i64) -> R {
    let Calendar { offset, zone: name, .. } = local::calendar(h, timestamp)?;
    let name = h.new_str(&name);
    let span = Span::within_limits(0, offset * 1_000_000);
    Ok(zone::new(h, span, name))
}
