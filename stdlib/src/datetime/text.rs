//! The parts of texts: numbers with leading zeros, times, offsets.
//!
//! In: times and spans. Out: their ISO 8601 text, appended to a string. The one invariant: every number has its fixed width.

use super::calendar::Day;
use super::clock::Clock;
use super::span::Span;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Appends a number of so many digits.
#[inline]
pub fn digits(out: &mut String, mut number: u32, width: usize) {
    let mut text = [b'0'; 6];
    for digit in text[..width].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text[..width].iter().for_each(|&digit| out.push(digit as char));
}

/// YYYY-MM-DD.
#[inline]
pub fn day(out: &mut String, day: Day) {
    digits(out, day.year.into(), 4);
    out.push('-');
    digits(out, day.month.into(), 2);
    out.push('-');
    digits(out, day.day.into(), 2);
}

/// How much of a time is written.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
pub enum Precision {
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
    Microseconds,
}

impl Precision {
    /// What `timespec` says; nothing says that microseconds are written if there are any.
    pub fn of(h: &Held, timespec: Option<&Value>, place: usize, clock: Clock) -> R<Precision> {
        let auto = if clock.us == 0 { Precision::Seconds } else { Precision::Microseconds };
        let Some(timespec) = timespec else { return Ok(auto) };
        super::arguments::expect_str(h, timespec, "isoformat", place)?;
        match timespec.downcast::<Str>().and_then(|text| text.as_ascii()) {
            Some("auto") => Ok(auto),
            Some("hours") => Ok(Precision::Hours),
            Some("minutes") => Ok(Precision::Minutes),
            Some("seconds") => Ok(Precision::Seconds),
            Some("milliseconds") => Ok(Precision::Milliseconds),
            Some("microseconds") => Ok(Precision::Microseconds),
            _ => Err(h.value_error("Unknown timespec value")),
        }
    }
}

/// HH:MM:SS, and more or less.
#[inline]
pub fn clock(out: &mut String, clock: Clock, precision: Precision) {
    digits(out, clock.hour.into(), 2);
    for (part, least) in [(clock.minute, Precision::Minutes), (clock.second, Precision::Seconds)] {
        if precision >= least {
            out.push(':');
            digits(out, part.into(), 2);
        }
    }
    match precision {
        Precision::Milliseconds => {
            out.push('.');
            digits(out, clock.us / 1000, 3);
        }
        Precision::Microseconds => {
            out.push('.');
            digits(out, clock.us, 6);
        }
        _ => (),
    }
}

/// +HH:MM, with seconds and microseconds if there are any.
pub fn offset(out: &mut String, span: Span, between: &str) {
    let span = match span.is_negative() {
        true => span.negated().unwrap_or_default(),
        false => span,
    };
    let seconds = span.seconds as u32;
    digits(out, seconds / 3600, 2);
    out.push_str(between);
    digits(out, seconds / 60 % 60, 2);
    if !seconds.is_multiple_of(60) || span.us != 0 {
        out.push_str(between);
        digits(out, seconds % 60, 2);
    }
    if span.us != 0 {
        out.push('.');
        digits(out, span.us as u32, 6);
    }
}

/// As `offset`, behind its sign; nothing for no offset.
pub fn signed_offset(out: &mut String, span: Option<Span>, between: &str) {
    if let Some(span) = span {
        out.push(if span.is_negative() { '-' } else { '+' });
        offset(out, span, between);
    }
}
