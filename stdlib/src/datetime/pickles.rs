//! Dates and times as the bytes that pickles hold.
//!
//! In: days and times, or bytes (or the strings that Python 2's pickles have). Out: the other. The one invariant: `fold` is the highest bit of the month, or
//! of the hour where there is no month.

use super::calendar::Day;
use super::clock::{Clock, Moment};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

const FOLD: u8 = 128;

pub fn day_bytes(day: Day) -> [u8; 4] {
    let [high, low] = day.year.to_be_bytes();
    [high, low, day.month, day.day]
}

pub fn clock_bytes(clock: Clock) -> [u8; 6] {
    let [_, high, middle, low] = clock.us.to_be_bytes();
    [clock.hour, clock.minute, clock.second, high, middle, low]
}

pub fn moment_bytes(moment: Moment) -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[..4].copy_from_slice(&day_bytes(moment.day));
    bytes[4..].copy_from_slice(&clock_bytes(moment.clock));
    bytes
}

pub fn of_day(h: &Held, day: Day) -> Value {
    h.new_bytes(&day_bytes(day))
}

pub fn of_clock(h: &Held, clock: Clock, fold: bool) -> Value {
    let mut bytes = clock_bytes(clock);
    bytes[0] |= if fold { FOLD } else { 0 };
    h.new_bytes(&bytes)
}

pub fn of_moment(h: &Held, moment: Moment, fold: bool) -> Value {
    let mut bytes = moment_bytes(moment);
    bytes[2] |= if fold { FOLD } else { 0 };
    h.new_bytes(&bytes)
}

/// The day of a pickle's bytes; nothing if the value is no such thing.
pub fn to_day(h: &Held, state: &Value) -> R<Option<Day>> {
    let state = bytes_of(h, state, "date", |c: &[u32; 4]| is_month(c[2]))?;
    Ok(state.map(day))
}

/// The time and the fold of a pickle's bytes.
pub fn to_clock(h: &Held, state: &Value) -> R<Option<(Clock, bool)>> {
    let state = bytes_of(h, state, "time", |c: &[u32; 6]| c[0] & 127 < 24)?;
    Ok(state.map(|mut bytes| {
        let fold = bytes[0] & FOLD != 0;
        bytes[0] &= !FOLD;
        (clock(bytes), fold)
    }))
}

/// The moment and the fold of a pickle's bytes.
pub fn to_moment(h: &Held, state: &Value) -> R<Option<(Moment, bool)>> {
    let state = bytes_of(h, state, "datetime", |c: &[u32; 10]| is_month(c[2] & 127))?;
    Ok(state.map(|[a, b, month, c, rest @ ..]| {
        (Moment { day: day([a, b, month & !FOLD, c]), clock: clock(rest) }, month & FOLD != 0)
    }))
}

fn is_month(c: u32) -> bool {
    (1..=12).contains(&c)
}

/// Nobody has checked the bytes but the month: who makes up others gets a day that does not exist, as under CPython.
fn day([high, low, month, day]: [u8; 4]) -> Day {
    Day { year: u16::from_be_bytes([high, low]), month, day }
}

fn clock([hour, minute, second, high, middle, low]: [u8; 6]) -> Clock {
    Clock { hour, minute, second, us: u32::from_be_bytes([0, high, middle, low]) }
}

/// The bytes of a state of the right length that looks like one.
fn bytes_of<const N: usize>(
    h: &Held,
    state: &Value,
    class: &str,
    sane: impl Fn(&[u32; N]) -> bool,
) -> R<Option<[u8; N]>> {
    if let Some(bytes) = state.downcast::<Bytes>() {
        let bytes: Option<[u8; N]> = bytes.data[..].try_into().ok();
        return Ok(bytes.filter(|bytes| sane(&bytes.map(u32::from))));
    }
    let Some(text) = state.downcast::<Str>().filter(|text| text.len() == N) else { return Ok(None) };
    let chars: Vec<u32> = text.chars().iter().collect();
    let Some(chars) = <[u32; N]>::try_from(chars).ok().filter(&sane) else { return Ok(None) };
    match chars.iter().all(|&c| c < 256) {
        true => Ok(Some(chars.map(|c| c as u8))),
        false => Err(h.value_error(format!(
            "Failed to encode latin1 string when unpickling a {class} object. \
             pickle.load(data, encoding='latin1') is assumed."
        ))),
    }
}
