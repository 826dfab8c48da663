//! What is searched: the text of a string, or the bytes of anything that has them.
//!
//! In: a value. Out: a `Text`, and pieces of it as values. The one invariant: pieces of strings are strings, all others are
//! `bytes`.

use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use std::borrow::Cow;
use toy_regex::Text;
use toy_text::{Chars, CharsBuf};

/// A value that is searched.
pub struct Subject<'a> {
    pub value: &'a Value,
    units: Units<'a>,
}

enum Units<'a> {
    Str(Chars<'a>),
    Bytes(Cow<'a, [u8]>),
}

pub fn text(chars: Chars<'_>) -> Text<'_> {
    match chars {
        Chars::One(units) => Text::One(units),
        Chars::Two(units) => Text::Two(units),
        Chars::Four(units) => Text::Four(units),
    }
}

impl<'a> Subject<'a> {
    /// TypeError for what is no text, or not the pattern's kind of text.
    pub fn new(h: &Held, value: &'a Value, is_bytes: bool) -> R<Subject<'a>> {
        let subject = Subject::of(h, value)?;
        match (&subject.units, is_bytes) {
            (Units::Str(_), true) => Err(h.type_error("cannot use a bytes pattern on a string-like object")),
            (Units::Bytes(_), false) => Err(h.type_error("cannot use a string pattern on a bytes-like object")),
            _ => Ok(subject),
        }
    }

    /// Of either kind.
    pub fn of(h: &Held, value: &'a Value) -> R<Subject<'a>> {
        if let Some(string) = value.downcast::<Str>() {
            return Ok(Subject { value, units: Units::Str(string.chars()) });
        }
        let bytes = match value.downcast::<Bytes>() {
            Some(bytes) => Cow::Borrowed(&*bytes.data),
            None => match h.buffer_to_vec(value)? {
                Some(bytes) => Cow::Owned(bytes),
                None => {
                    let got = value.class_name();
                    return Err(h.type_error(format!("expected string or bytes-like object, got '{got}'")));
                }
            },
        };
        Ok(Subject { value, units: Units::Bytes(bytes) })
    }

    pub fn text(&self) -> Text<'_> {
        match &self.units {
            Units::Str(chars) => text(*chars),
            Units::Bytes(bytes) => Text::One(bytes),
        }
    }

    pub fn len(&self) -> usize {
        self.text().len()
    }

    /// A piece; the value itself if that is all of it.
    #[inline]
    pub fn slice(&self, h: &Held, (start, end): (usize, usize)) -> Value {
        let whole = start == 0 && end == self.len();
        match &self.units {
            Units::Str(_) if whole && self.value.exactly::<Str>().is_some() => self.value.clone(),
            Units::Bytes(_) if whole && self.value.exactly::<Bytes>().is_some() => self.value.clone(),
            Units::Str(chars) => h.str_from_slice(chars.slice(start, end)),
            Units::Bytes(bytes) => h.new_bytes(&bytes[start..end]),
        }
    }

    /// Appends a piece to a text that is being built.
    pub fn push(&self, (start, end): (usize, usize), out: &mut CharsBuf) {
        match &self.units {
            Units::Str(chars) => out.push_chars(chars.slice(start, end)),
            Units::Bytes(bytes) => out.push_chars(Chars::One(&bytes[start..end])),
        }
    }

    /// What was built, as a value of the kind that pieces have.
    pub fn built(&self, h: &Held, out: CharsBuf) -> Value {
        match &self.units {
            Units::Str(_) => h.str_from_owned(&out.finish()),
            Units::Bytes(_) => h.new_bytes(&toy_text::bytes::narrow(out.finish())),
        }
    }
}

/// `re.escape`.
pub fn escape(h: &mut Held, args: Args<'_>) -> R {
    if let Some(string) = args[0].downcast::<Str>() {
        return Ok(match string.chars() {
            Chars::One(units) => h.str_from_chars(Chars::One(&toy_regex::escape(units))),
            Chars::Two(units) => h.str_from_chars(Chars::Two(&toy_regex::escape(units))),
            Chars::Four(units) => h.str_from_chars(Chars::Four(&toy_regex::escape(units))),
        });
    }
    match h.buffer_to_vec(&args[0])? {
        Some(bytes) => Ok(h.new_bytes(&toy_regex::escape(&bytes))),
        None => {
            let got = args[0].class_name();
            Err(h.type_error(format!("decoding to str: need a bytes-like object, {got} found")))
        }
    }
}
