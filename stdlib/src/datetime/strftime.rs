//! Dates and times in formats: `strftime`, `__format__`, `ctime`, `timetuple`.
//!
//! In: formats. Out: text. The one invariant: what the C library does not know (%f, and %z and %Z of a time zone) is replaced before `time.strftime`
//! is asked.

use super::arguments::expect_str;
use super::ask;
use super::clock::Moment;
use super::date::as_moment;
use super::text::{digits, signed_offset};
use super::time_class::Time;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `own.strftime(format)`; `tuple` gives its fields.
pub fn strftime(h: &mut Held, own: &Value, format: &Value, tuple: impl FnOnce(&mut Held) -> R) -> R {
    expect_str(h, format, "strftime", 1)?;
    let tuple = tuple(h)?;
    let text = utf8(h, format)?;
    let replaced = replace(h, own, &text)?;
    let time = h.import_module("time")?;
    let name = h.intern("strftime");
    let function = h.get_attr(&time, &name)?;
    let replaced = h.new_str(replaced.split('\0').next().unwrap_or_default());
    h.call(&function, &[replaced, tuple])
}

fn utf8(h: &mut Held, text: &Value) -> R<String> {
    if let Some(ascii) = text.downcast::<Str>().and_then(|text| text.as_ascii()) {
        return Ok(ascii.to_owned());
    }
    let bytes = h.encode_str(text, None, None)?;
    let bytes = bytes.downcast::<Bytes>().map(|bytes| bytes.data.to_vec()).unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn replace(h: &mut Held, own: &Value, format: &str) -> R<String> {
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        match rest[at + 1..].chars().next() {
            Some('f') => digits(&mut out, microsecond(own), 6),
            Some('z') => {
                let (tz, about) = zone_of(own);
                let offset = ask::offset(h, &tz, &about)?;
                signed_offset(&mut out, offset, "");
            }
            Some('Z') => {
                let (tz, about) = zone_of(own);
                let name = ask::name(h, &tz, &about)?;
                if !name.is_none() {
                    out.push_str(&doubled(h, &name)?);
                }
            }
            Some(other) => out.extend(['%', other]),
            None => out.push('%'),
        }
        let width = rest[at + 1..].chars().next().map_or(0, char::len_utf8);
        rest = &rest[at + 1 + width..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The name with its percent signs doubled; a derived class of `str` is asked to do that itself.
fn doubled(h: &mut Held, name: &Value) -> R<String> {
    if name.exactly::<Str>().is_some() {
        return Ok(utf8(h, name)?.replace('%', "%%"));
    }
    let (replace, args) = (h.intern("replace"), [h.new_str("%"), h.new_str("%%")]);
    let replaced = h.call_method_named(name, &replace, &args)?;
    match replaced.downcast::<Str>() {
        Some(_) => utf8(h, &replaced),
        None => Err(h.type_error("tzname.replace() did not return a string")),
    }
}

fn microsecond(own: &Value) -> u32 {
    match own.downcast::<Time>() {
        Some(time) => time.clock.us,
        None => as_moment(own).map_or(0, |date| date.moment.clock.us),
    }
}

/// The time zone, and what it is asked about.
fn zone_of(own: &Value) -> (Value, Value) {
    match own.downcast::<Time>() {
        Some(time) => (time.tz.clone(), Value::NONE),
        None => (as_moment(own).map_or(Value::NONE, |date| date.tz.clone()), own.clone()),
    }
}

/// `__format__`: `strftime`, or `str` for no format.
pub fn format(h: &mut Held, args: Args<'_>) -> R {
    expect_str(h, &args[1], "__format__", 1)?;
    if args[1].downcast::<Str>().is_some_and(|format| format.is_empty()) {
        return h.to_str(&args[0]);
    }
    let strftime = h.intern("strftime");
    h.call_method_named(&args[0], &strftime, &[args[1].clone()])
}

/// The `time.struct_time` of a moment.
pub fn time_tuple(h: &mut Held, moment: Moment, is_dst: i32) -> R {
    let [year, month, day, hour, minute, second, _] = moment.fields();
    let (weekday, day_of_year) = (moment.day.weekday(), moment.day.day_of_year());
    let items = [year, month, day, hour, minute, second, weekday, day_of_year, is_dst].map(|n| h.new_int(n.into()));
    h.import_module("time")?;
    Ok(crate::time::of_fields(h, &items))
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub fn ctime(moment: Moment) -> String {
    let [year, _, day, hour, minute, second, _] = moment.fields();
    let weekday = DAYS.get(moment.day.weekday() as usize).copied().unwrap_or("???");
    let month = MONTHS.get(moment.day.month.wrapping_sub(1) as usize).copied().unwrap_or("???");
    format!("{weekday} {month} {day:2} {hour:02}:{minute:02}:{second:02} {year:04}")
}
