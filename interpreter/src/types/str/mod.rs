//! `str`: the methods.
//!
//! In: strings and what programs give their methods. Out: strings, places, lists of strings. The one invariant: the
//! algorithms are `toy_text`'s; here stand arguments, errors, and what calls back (`%`, `format`, `translate`, `join`).

mod case;
mod codec;
mod field;
mod make;
mod pad;
mod search;
pub(crate) mod sequence;
pub(crate) mod split;
mod table;

use crate::objects::core;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use std::ops::Range;
use toy_text::Chars;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().str)
        .constructor(h, &make::NEW)
        .methods(h, &sequence::METHODS)
        .methods(h, &search::METHODS)
        .methods(h, &split::METHODS)
        .methods(h, &case::METHODS)
        .methods(h, &pad::METHODS)
        .methods(h, &field::METHODS)
        .methods(h, &table::METHODS)
        .methods(h, &codec::METHODS)
        .static_methods(h, &table::STATIC)
        .build(h);
    sequence::init_iterators(h);
}

/// A string that is exactly a `str`: itself, or a copy of one of a subclass.
pub(crate) fn exact(h: &Held, string: &Value) -> Value {
    match string.downcast::<Str>() {
        Some(text) if string.exactly::<Str>().is_none() => h.str_from_chars(text.chars()),
        _ => string.clone(),
    }
}

/// Part of a string; the string itself if that is all of it.
fn part(h: &Held, string: &Value, range: Range<usize>) -> Value {
    let Some(text) = string.downcast::<Str>() else { return string.clone() };
    if range.len() == text.len() {
        exact(h, string)
    } else {
        h.str_from_slice(text.chars().slice(range.start, range.end))
    }
}

/// An argument that must be a string; `message` is told the type of what came instead.
fn text<'a>(h: &Held, value: &'a Value, message: impl FnOnce(String) -> String) -> R<&'a Obj<Str>> {
    match value.downcast::<Str>() {
        Some(text) => Ok(text),
        None => Err(h.type_error(message(value.class_name()))),
    }
}

/// As `text`, with the message of a function's argument: `what` is `"replace() argument 1"`.
pub(crate) fn text_argument<'a>(h: &Held, value: &'a Value, what: &str) -> R<Chars<'a>> {
    Ok(text(h, value, |_| format!("{what} must be str, not {}", value.given_name()))?.chars())
}
