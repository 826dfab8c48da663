//! ISO 8601 text as dates and times.
//!
//! In: strings. Out: numbers, which need not be those of a date that exists, or ValueError about the whole string. The one invariant: what is accepted
//! is what CPython 3.11 accepts, its oversights included: text is bytes with a null behind it, and some parts may be followed by anything.

use super::calendar::{Day, iso_to_ordinal};
use super::span::Span;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::exception::Exc;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use std::borrow::Cow;
use toy_text::{Chars, CharsBuf};

/// A time: hour, minute, second, microsecond, and an offset if there is one.
pub type Time = ([i32; 4], Option<Span>);

/// What a text is not.
struct Bad;

/// Year, month and day of a date.
pub fn date(h: &mut Held, text: &Value) -> R<[i32; 3]> {
    let whole = text_of(h, text)?;
    let parsed = utf8(h, text)?
        .filter(|bytes| matches!(bytes.len(), 7 | 8 | 10))
        .ok_or(Bad)
        .and_then(|b| parse_date(&b, b.len()));
    parsed.or_else(|Bad| invalid(h, &whole))
}

pub fn time(h: &mut Held, text: &Value) -> R<Time> {
    let whole = text_of(h, text)?;
    let parsed = utf8(h, text)?.ok_or(Bad).and_then(|bytes| {
        let bytes = bytes.strip_prefix(b"T").unwrap_or(&bytes);
        parse_time(bytes)
    });
    parsed.or_else(|Bad| invalid(h, &whole))
}

pub fn moment(h: &mut Held, text: &Value) -> R<([i32; 3], Time)> {
    let whole = text_of(h, text)?;
    let clean = separated(h, &whole);
    let parsed = utf8(h, &clean)?.filter(|_| clean.downcast::<Str>().is_some_and(|s| s.len() >= 7));
    let parsed = parsed.ok_or(Bad).and_then(|bytes| parse_moment(&bytes));
    parsed.or_else(|Bad| invalid(h, &whole))
}

fn text_of(h: &Held, text: &Value) -> R {
    match text.downcast::<Str>() {
        Some(_) => Ok(text.clone()),
        None => Err(h.type_error("fromisoformat: argument must be str")),
    }
}

#[cold]
fn invalid<T>(h: &mut Held, text: &Value) -> R<T> {
    let shown = h.repr_text(text)?;
    Err(h.value_error(format!("Invalid isoformat string: {shown}")))
}

/// The text as bytes; nothing if it has surrogates.
fn utf8<'a>(h: &mut Held, text: &'a Value) -> R<Option<Cow<'a, [u8]>>> {
    if let Some(ascii) = text.downcast::<Str>().and_then(|text| text.as_ascii()) {
        return Ok(Some(Cow::Borrowed(ascii.as_bytes())));
    }
    match h.encode_str(text, None, None) {
        Ok(bytes) => Ok(bytes.downcast::<Bytes>().map(|bytes| Cow::Owned(bytes.data.to_vec()))),
        Err(error) if error.is(Exc::UnicodeEncodeError) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text with T for a surrogate that stands where date and time may be separated.
fn separated(h: &Held, text: &Value) -> Value {
    let Some(string) = text.downcast::<Str>().filter(|text| !matches!(text.chars(), Chars::One(_))) else {
        return text.clone();
    };
    let mut chars: Vec<u32> = string.chars().iter().collect();
    let surrogate = |&at: &usize| chars.get(at).is_some_and(|c| (0xd800..0xe000).contains(c));
    let Some(at) = [7, 8, 10].into_iter().find(surrogate) else { return text.clone() };
    chars[at] = b'T'.into();
    let mut out = CharsBuf::new();
    chars.into_iter().for_each(|c| out.push(c));
    h.str_from_owned(&out.finish())
}

/// The byte at a place, null behind the end.
fn at(text: &[u8], place: usize) -> u8 {
    text.get(place).copied().unwrap_or(0)
}

/// Two digits at a place.
#[inline]
fn pair(text: &[u8], place: usize) -> Result<i32, Bad> {
    match text.get(place..place + 2) {
        Some(&[tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => Ok((tens - b'0') as i32 * 10 + (ones - b'0') as i32),
        _ => Err(Bad),
    }
}

/// So many digits at a place.
fn number(text: &[u8], place: usize, count: usize) -> Result<i32, Bad> {
    let digits = text.get(place..place + count).ok_or(Bad)?;
    digits.iter().try_fold(0, |sum, digit| match digit {
        b'0'..=b'9' => Ok(sum * 10 + (digit - b'0') as i32),
        _ => Err(Bad),
    })
}

/// YYYY-MM-DD, YYYYMMDD, YYYY-Www-D, YYYYWwwD, YYYY-Www or YYYYWww, the first `len` bytes of a text.
fn parse_date(text: &[u8], len: usize) -> Result<[i32; 3], Bad> {
    let year = number(text, 0, 4)?;
    let separated = at(text, 4) == b'-';
    let place = if separated { 5 } else { 4 };
    if at(text, place) == b'W' {
        return parse_week(text, len, year, place + 1, separated);
    }
    let month = pair(text, place)?;
    let place = place + 2 + separated as usize;
    if separated && at(text, place - 1) != b'-' {
        return Err(Bad);
    }
    let day = pair(text, place)?;
    Ok([year, month, day])
}

fn parse_week(text: &[u8], len: usize, year: i32, place: usize, separated: bool) -> Result<[i32; 3], Bad> {
    let week = pair(text, place)?;
    let day = match place + 2 < len {
        false => 1,
        true if separated && at(text, place + 2) != b'-' => return Err(Bad),
        true => number(text, place + 2 + separated as usize, 1)?,
    };
    let ordinal = iso_to_ordinal(year, week, day).map_err(|_| Bad)?;
    Ok(Day::fields_of(ordinal))
}

/// HH, HH:MM or HH:MM:SS with or without colons, and a fraction; whether something stands behind that.
fn parse_clock(text: &[u8], len: usize) -> Result<([i32; 4], bool), Bad> {
    let mut fields = [0; 4];
    let (mut place, mut separated) = (0, true);
    for (i, field) in fields[..3].iter_mut().enumerate() {
        *field = pair(text, place)?;
        let next = at(text, place + 2);
        place += 3;
        if i == 0 {
            separated = next == b':';
        }
        match next {
            _ if place >= len => return Ok((fields, next != 0)),
            b':' if separated => (),
            b'.' | b',' => break,
            _ if !separated => place -= 1,
            _ => return Err(Bad),
        }
    }
    let count = (len - place).min(6);
    fields[3] = number(text, place, count)? * 10i32.pow(6 - count as u32);
    place += count;
    while at(text, place).is_ascii_digit() {
        place += 1;
    }
    Ok((fields, at(text, place) != 0))
}

/// A time and its offset, from here to the end.
fn parse_time(text: &[u8]) -> Result<Time, Bad> {
    let zone = memchr::memchr3(b'+', b'-', b'Z', text).unwrap_or(text.len().max(1));
    let (clock, more) = parse_clock(text, zone)?;
    if zone >= text.len() {
        return if more { Err(Bad) } else { Ok((clock, None)) };
    }
    if text[zone] == b'Z' {
        return if at(text, zone + 1) == 0 { Ok((clock, Some(Span::ZERO))) } else { Err(Bad) };
    }
    let rest = &text[zone + 1..];
    let ([hours, minutes, seconds, us], more) = parse_clock(rest, rest.len())?;
    if more {
        return Err(Bad);
    }
    let sign = if text[zone] == b'-' { -1 } else { 1 };
    let seconds = i64::from(hours * 3600 + minutes * 60 + seconds);
    Ok((clock, Some(Span::within_limits(0, sign * (seconds * 1_000_000 + i64::from(us))))))
}

fn parse_moment(text: &[u8]) -> Result<([i32; 3], Time), Bad> {
    let end = end_of_date(text)?;
    let date = parse_date(text, end)?;
    if text.len() <= end {
        return Ok((date, ([0; 4], None)));
    }
    // One character of any width separates the two.
    let width = match text[end] {
        0..=0x7f => 1,
        first if first & 0xf0 == 0xe0 => 3,
        first if first & 0xf0 == 0xf0 => 4,
        _ => 2,
    };
    Ok((date, parse_time(text.get(end + width..).unwrap_or_default())?))
}

/// How long the date in front of a time is.
fn end_of_date(text: &[u8]) -> Result<usize, Bad> {
    if text.len() == 7 {
        return Ok(7);
    }
    match (at(text, 4), at(text, 5)) {
        (b'-', b'W') if at(text, 8) != b'-' => Ok(8),
        (b'-', b'W') if text.len() == 9 => Err(Bad),
        // YYYY-Www-DD: rather a time of two digits behind a minus than a date and a digit between them.
        (b'-', b'W') if at(text, 10).is_ascii_digit() => Ok(8),
        (b'-', _) => Ok(10),
        (b'W', _) => {
            let digits = text.iter().skip(7).take_while(|c| c.is_ascii_digit()).count();
            Ok(match 7 + digits {
                end if end < 9 => end,
                end if end % 2 == 0 => 7,
                _ => 8,
            })
        }
        _ => Ok(8),
    }
}
