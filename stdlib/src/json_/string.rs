//! JSON strings: the text between quotes, with its escapes undone.
//!
//! In: units of a text and where the string starts. Out: the string and where it ends, or what is wrong where. The one
//! invariant: surrogate pairs become one character; lone surrogates stay.

use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use toy_text::chars::Unit;
use toy_text::{Chars, CharsBuf};

/// What is wrong, and where.
pub struct Fault(pub &'static str, pub usize);

/// The string whose opening quote stands before `start`, and where it ends (after the closing quote).
pub enum Scanned {
    /// It stands in the text as it is.
    Plain(std::ops::Range<usize>),
    Built(CharsBuf),
}

pub fn scan<U: Unit>(text: &[U], start: usize, strict: bool) -> Result<(Scanned, usize), Fault> {
    let run = plain_run(text, start, strict)?;
    if text.get(run).map(|&unit| unit.wide()) == Some(0x22) {
        return Ok((Scanned::Plain(start..run), run + 1));
    }
    let mut out = CharsBuf::with_capacity(run - start + 16);
    let (mut from, mut at) = (start, run);
    loop {
        out.extend(text[from..at].iter().map(|unit| unit.wide()));
        match text.get(at).map(|&unit| unit.wide()) {
            Some(0x22) => return Ok((Scanned::Built(out), at + 1)),
            Some(_) => {
                let (c, end) = escape(text, at + 1, start)?;
                out.push(c);
                from = end;
            }
            None => return Err(Fault("Unterminated string starting at", start.wrapping_sub(1))),
        }
        at = plain_run(text, from, strict)?;
    }
}

/// The place of the next quote or backslash, or the end.
fn plain_run<U: Unit>(text: &[U], start: usize, strict: bool) -> Result<usize, Fault> {
    let rest = text.get(start..).unwrap_or_default();
    let stops = |c: u32| c == 0x22 || c == 0x5c || c < 0x20;
    let mut at = start;
    for &unit in rest {
        let c = unit.wide();
        if stops(c) {
            match c {
                0x22 | 0x5c => return Ok(at),
                _ if strict => return Err(Fault("Invalid control character at", at)),
                _ => (),
            }
        }
        at += 1;
    }
    Ok(at)
}

/// The character of an escape whose backslash stands before `at`, and where it ends.
fn escape<U: Unit>(text: &[U], at: usize, start: usize) -> Result<(u32, usize), Fault> {
    let unit = |at: usize| text.get(at).map(|&unit| unit.wide()).and_then(char::from_u32);
    let simple = match text.get(at).map(|&unit| unit.wide()) {
        None => return Err(Fault("Unterminated string starting at", start.wrapping_sub(1))),
        Some(c @ (0x22 | 0x5c | 0x2f)) => c,
        Some(0x62) => 8,
        Some(0x66) => 12,
        Some(0x6e) => 10,
        Some(0x72) => 13,
        Some(0x74) => 9,
        Some(0x75) => {
            let high = code_unit(text, at + 1).ok_or(Fault("Invalid \\uXXXX escape", at))?;
            let end = at + 5;
            if (0xd800..0xdc00).contains(&high)
                && unit(end) == Some('\\')
                && unit(end + 1) == Some('u')
                && end + 6 < text.len()
            {
                let low = code_unit(text, end + 2).ok_or(Fault("Invalid \\uXXXX escape", end + 1))?;
                if (0xdc00..0xe000).contains(&low) {
                    return Ok((0x10000 + ((high - 0xd800) << 10 | (low - 0xdc00)), end + 6));
                }
            }
            return Ok((high, end));
        }
        Some(_) => return Err(Fault("Invalid \\escape", at - 1)),
    };
    Ok((simple, at + 1))
}

/// Four hexadecimal digits, which something must follow.
fn code_unit<U: Unit>(text: &[U], at: usize) -> Option<u32> {
    if at + 4 >= text.len() {
        return None;
    }
    text[at..at + 4].iter().try_fold(0, |code, unit| Some(code << 4 | char::from_u32(unit.wide())?.to_digit(16)?))
}

/// The value of a scanned string.
pub fn value(h: &Held, chars: Chars<'_>, scanned: Scanned) -> Value {
    match scanned {
        Scanned::Plain(range) => h.str_from_slice(chars.slice(range.start, range.end)),
        Scanned::Built(buf) => h.str_from_owned(&buf.finish()),
    }
}

/// `json.decoder.JSONDecodeError(msg, doc, pos)`.
#[cold]
pub fn decode_error(h: &mut Held, fault: &Fault, doc: &Value) -> Raised {
    let made = (|| {
        let module = h.import_module("json.decoder")?;
        let name = h.intern("JSONDecodeError");
        let class = h.get_attr(&module, &name)?;
        let args = [h.new_str(fault.0), doc.clone(), h.new_int(fault.1 as i64)];
        h.call(&class, &args)
    })();
    made.map_or_else(|raised| raised, Raised::new)
}

/// `scanstring(string, end, strict=True)`: the string that starts at `end`, and where it ends.
pub fn scanstring(h: &mut Held, args: Args<'_>) -> R {
    let end = h.to_isize(&args[1])?;
    let strict = match args.opt(2) {
        Some(strict) => h.truth(strict)?,
        None => true,
    };
    let Some(text) = args[0].downcast::<Str>() else {
        return Err(h.type_error(format!("first argument must be a string, not {}", args[0].class_name())));
    };
    let chars = text.chars();
    let Some(start) = usize::try_from(end).ok().filter(|&start| start <= chars.len()) else {
        return Err(h.value_error("end is out of bounds"));
    };
    let scanned = match chars {
        Chars::One(text) => scan(text, start, strict),
        Chars::Two(text) => scan(text, start, strict),
        Chars::Four(text) => scan(text, start, strict),
    };
    match scanned {
        Ok((scanned, end)) => Ok(h.tuple_of(&[value(h, chars, scanned), h.new_int(end as i64)])),
        Err(fault) => Err(decode_error(h, &fault, &args[0])),
    }
}
