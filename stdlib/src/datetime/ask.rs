//! What time zones say: offsets, savings, names.
//!
//! In: a time zone and what it is asked about. Out: a span of less than a day, a name, or nothing. The one invariant: a `timezone`, which nobody
//! can derive from, is not asked by calling its methods.

use super::MADE;
use super::delta::Delta;
use super::span::Span;
use super::zone::Zone;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `tz.utcoffset(about)`.
#[inline]
pub fn offset(h: &mut Held, tz: &Value, about: &Value) -> R<Option<Span>> {
    match tz.downcast::<Zone>() {
        Some(zone) => Ok(Some(zone.span)),
        None if tz.is_none() => Ok(None),
        None => span(h, tz, "utcoffset", about),
    }
}

/// `tz.dst(about)`.
pub fn saving(h: &mut Held, tz: &Value, about: &Value) -> R<Option<Span>> {
    match tz.is_none() || tz.downcast::<Zone>().is_some() {
        true => Ok(None),
        false => span(h, tz, "dst", about),
    }
}

fn span(h: &mut Held, tz: &Value, name: &str, about: &Value) -> R<Option<Span>> {
    let method = h.intern(name);
    let answer = h.call_method_named(tz, &method, std::slice::from_ref(about))?;
    if answer.is_none() {
        return Ok(None);
    }
    let Some(delta) = answer.downcast::<Delta>() else {
        let got = answer.class_name();
        return Err(h.type_error(format!("tzinfo.{name}() must return None or a timedelta, not '{got}'")));
    };
    match delta.span.is_offset() {
        true => Ok(Some(delta.span)),
        false => Err(
            h.value_error("offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).")
        ),
    }
}

/// `tz.tzname(about)`: a string or `None`.
pub fn name(h: &mut Held, tz: &Value, about: &Value) -> R {
    if tz.is_none() {
        return Ok(Value::NONE);
    }
    let method = h.intern("tzname");
    let answer = h.call_method_named(tz, &method, std::slice::from_ref(about))?;
    if answer.is_none() || answer.downcast::<Str>().is_some() {
        return Ok(answer);
    }
    let got = answer.class_name();
    Err(h.type_error(format!("tzinfo.tzname() must return None or a string, not '{got}'")))
}

/// TypeError for what is neither a time zone nor `None`.
#[inline]
pub fn check_zone(h: &Held, tz: &Value) -> R<()> {
    match tz.is_none() || is_zone(h, tz) {
        true => Ok(()),
        false => {
            let got = tz.class_name();
            Err(h.type_error(format!("tzinfo argument must be None or of a tzinfo subclass, not type '{got}'")))
        }
    }
}

/// The zone of what is unpickled: the second part of its state, if there is one.
pub fn zone_of_state(h: &Held, tz: Option<&Value>) -> R {
    match tz {
        None => Ok(Value::NONE),
        Some(tz) if tz.is_none() || is_zone(h, tz) => Ok(tz.clone()),
        Some(_) => Err(h.type_error("bad tzinfo state arg")),
    }
}

/// Whether a value is an instance of `tzinfo`.
pub fn is_zone(h: &Held, value: &Value) -> bool {
    value.downcast::<Zone>().is_some()
        || MADE.read(h, |made| made.as_ref().is_some_and(|made| value.class().is_subclass_of(&made.tzinfo)))
}
