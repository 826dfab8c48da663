//! Local time: between seconds since 1970 and the clock on the wall.
//!
//! In: timestamps, or seconds of local time. Out: the other. The one invariant: of two equal local times, and of those that the clock leaps over, `fold`
//! decides.

use super::calendar::{Day, MAX_YEAR, MIN_YEAR};
use super::clock::Moment;
use crate::clib::{self, Calendar};
use crate::time::calendar::{seconds_of_float, seconds_of_int};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// When POSIX begins to count, in seconds since the beginning of the day before January 1 of the year 1.
pub const EPOCH: i64 = 719_163 * 86_400;
/// No change of clocks is larger.
const MOST: i64 = 86_400;

/// The clock on the wall at a timestamp.
pub fn calendar(h: &mut Held, timestamp: i64) -> R<Calendar> {
    clib::local(timestamp).map_err(|error| h.os_error(error, None))
}

pub fn fields(h: &mut Held, timestamp: i64) -> R<[i32; 7]> {
    Ok(fields_of(&calendar(h, timestamp)?))
}

/// Year to second, and no microseconds; a leap second is the one before it.
pub fn fields_of(calendar: &Calendar) -> [i32; 7] {
    let Calendar { year, month, day, hour, minute, second, .. } = calendar;
    [year.wrapping_add(1900), month + 1, *day, *hour, *minute, *second.min(&59), 0]
}

/// UTC to local time, both in seconds that count as `EPOCH` does.
fn local(h: &mut Held, utc: i64) -> R<i64> {
    let [year, month, day, hour, minute, second, _] = fields(h, utc - EPOCH)?;
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(h.value_error(format!("year {year} is out of range")));
    }
    let day = Day { year: year as u16, month: month as u8, day: day as u8 };
    Ok(day.ordinal() as i64 * 86_400 + i64::from((hour * 60 + minute) * 60 + second))
}

/// Local time to UTC, both in seconds that count as `EPOCH` does.
pub fn to_utc(h: &mut Held, time: i64, fold: bool) -> R<i64> {
    let ahead = local(h, time)? - time;
    let first = time - ahead;
    let again = local(h, first)?;
    let other_ahead = if again == time {
        // Found one; the other one, if there is one, has the offset of a day earlier or later.
        let probe = if fold { first + MOST } else { first - MOST };
        let other = local(h, probe)? - probe;
        if other == ahead {
            return Ok(first);
        }
        other
    } else {
        again - first
    };
    let second = time - other_ahead;
    if local(h, second)? == time {
        return Ok(second);
    }
    if again == time {
        return Ok(first);
    }
    // The clock leaps over this time.
    Ok(if fold { first.min(second) } else { first.max(second) })
}

/// Whether a timestamp's local time was there before.
pub fn is_second(h: &mut Held, timestamp: i64, fields: [i32; 7]) -> R<bool> {
    let here = match Moment::new(fields) {
        Ok(moment) => moment.seconds(),
        Err(message) => return Err(h.value_error(message)),
    };
    let change = here - local(h, EPOCH + timestamp - MOST)? - MOST;
    Ok(change < 0 && local(h, EPOCH + timestamp + change)? == here)
}

/// Seconds and microseconds of a timestamp, rounded to the nearest, halves to the even one.
pub fn seconds_and_us(h: &mut Held, timestamp: &Value) -> R<(i64, i32)> {
    let Some(x) = timestamp.as_float() else { return Ok((seconds_of_int(h, timestamp)?, 0)) };
    let whole = x.trunc();
    let us = ((x - whole) * 1e6).round_ties_even();
    let (whole, us) = match us {
        _ if us >= 1e6 => (whole + 1.0, us - 1e6),
        _ if us < 0.0 => (whole - 1.0, us + 1e6),
        _ => (whole, us),
    };
    Ok((seconds_of_float(h, whole)?, us as i32))
}
