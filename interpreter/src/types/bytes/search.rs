//! What is where in bytes: find, count, startswith, partition, replace and their kin.
//!
//! In: bytes-like objects, or ints for single bytes. Out: places, truths, bytes. The one invariant: `start` and `end` mean
//! what they mean in a slice.

use super::{argument, copy, like, look, part};
use crate::objects::bytes::Bytes;
use crate::objects::function::Args;
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::window::window;
use std::borrow::Cow;
use std::ops::Range;
use toy_text::Chars;
use toy_text::string::{find, strip};

const WINDOW: &str = "sub, start=None, end=None, /";

pub(super) static METHODS: [Def; 12] = [
    def("find", WINDOW, |h, args| place(h, args, find::find)).counting(),
    def("rfind", WINDOW, |h, args| place(h, args, find::rfind)).counting(),
    def("index", WINDOW, |h, args| index(h, args, find::find)).counting(),
    def("rindex", WINDOW, |h, args| index(h, args, find::rfind)).counting(),
    def("count", WINDOW, count).counting(),
    def("startswith", WINDOW, |h, args| edge(h, args, "startswith", find::starts_with)).counting(),
    def("endswith", WINDOW, |h, args| edge(h, args, "endswith", find::ends_with)).counting(),
    def("partition", "sep, /", |h, args| partition(h, args, find::partition, false)),
    def("rpartition", "sep, /", |h, args| partition(h, args, find::rpartition, true)),
    def("removeprefix", "prefix, /", |h, args| remove(h, args, strip::remove_prefix)),
    def("removesuffix", "suffix, /", |h, args| remove(h, args, strip::remove_suffix)),
    def("replace", "old, new, count=-1, /", replace),
];

type Finder = fn(Chars<'_>, Chars<'_>) -> Option<usize>;

/// What to look for: bytes, or an int that is one.
fn needle<'a>(h: &mut Held, value: &'a Value) -> R<Cow<'a, [u8]>> {
    if value.as_int().is_some() || !h.is_buffer(value) && h.special(value, n::__index__).is_some() {
        return Ok(Cow::Owned(vec![super::byte(h, value)?]));
    }
    if !h.is_buffer(value) {
        let got = value.class_name();
        return Err(h.type_error(format!("argument should be integer or bytes-like object, not '{got}'")));
    }
    argument(h, value)
}

/// Calls `look` with the window of the receiver and where it starts; nothing if nothing can be found there.
fn in_window<T>(h: &mut Held, args: Args<'_>, with: impl FnOnce(Chars<'_>, usize) -> T) -> R<Option<T>> {
    let len = look(h, &args[0], <[u8]>::len);
    let Some(range) = window(h, args, 2, len)? else { return Ok(None) };
    Ok(look(h, &args[0], |data| {
        let inside = data.get(range.start..range.end.min(data.len()))?;
        Some(with(Chars::One(inside), range.start))
    }))
}

fn search(h: &mut Held, args: Args<'_>, finder: Finder) -> R<Option<usize>> {
    let sub = needle(h, args.at(1))?;
    Ok(in_window(h, args, |chars, start| Some(start + finder(chars, Chars::One(&sub))?))?.flatten())
}

fn place(h: &mut Held, args: Args<'_>, finder: Finder) -> R {
    let found = search(h, args, finder)?;
    Ok(h.new_int(found.map_or(-1, |at| at as i64)))
}

fn index(h: &mut Held, args: Args<'_>, finder: Finder) -> R {
    match search(h, args, finder)? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(h.value_error("subsection not found")),
    }
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    let sub = needle(h, args.at(1))?;
    let count = in_window(h, args, |chars, _| find::count(chars, Chars::One(&sub)))?;
    Ok(h.new_int(count.unwrap_or(0) as i64))
}

fn edge(h: &mut Held, args: Args<'_>, name: &str, test: fn(Chars<'_>, Chars<'_>) -> bool) -> R {
    let given = args.at(1);
    let affixes = match given.downcast::<Tuple>() {
        Some(affixes) => affixes.items().iter().map(|affix| argument(h, affix)).collect::<R<Vec<_>>>()?,
        None if h.is_buffer(given) => vec![argument(h, given)?],
        None => {
            let got = given.class_name();
            return Err(h.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {got}")));
        }
    };
    let any = in_window(h, args, |chars, _| affixes.iter().any(|affix| test(chars, Chars::One(affix))))?;
    Ok(Value::bool(any == Some(true)))
}

type Cut = fn(Chars<'_>, Chars<'_>) -> Option<Range<usize>>;

fn partition(h: &mut Held, args: Args<'_>, cut: Cut, from_right: bool) -> R {
    let sep = argument(h, args.at(1))?;
    if sep.is_empty() {
        return Err(h.value_error("empty separator"));
    }
    let this = &args[0];
    let halves = look(h, this, |data| {
        let at = cut(Chars::One(data), Chars::One(&sep))?;
        Some((data[..at.start].to_vec(), data[at.end..].to_vec()))
    });
    let Some((before, after)) = halves else {
        let (whole, empty) = (copy(h, this), || like(h, this, Vec::new()));
        return Ok(h.tuple_of(&if from_right { [empty(), empty(), whole] } else { [whole, empty(), empty()] }));
    };
    let middle = match args[1].exactly::<Bytes>() {
        Some(_) if this.downcast::<Bytes>().is_some() => args[1].clone(),
        _ => like(h, this, sep.into_owned()),
    };
    Ok(h.tuple_of(&[like(h, this, before), middle, like(h, this, after)]))
}

fn remove(h: &mut Held, args: Args<'_>, kept: fn(Chars<'_>, Chars<'_>) -> Range<usize>) -> R {
    let affix = argument(h, args.at(1))?;
    Ok(part(h, &args[0], |data| kept(Chars::One(data), Chars::One(&affix))))
}

fn replace(h: &mut Held, args: Args<'_>) -> R {
    let (old, new) = (argument(h, args.at(1))?, argument(h, args.at(2))?);
    let max = match args.opt(3) {
        Some(max) => usize::try_from(h.to_isize(max)?).ok(),
        None => None,
    };
    match look(h, &args[0], |data| toy_text::bytes::replace(data, &old, &new, max)) {
        Ok(Some(data)) => Ok(like(h, &args[0], data)),
        Ok(None) => Ok(copy(h, &args[0])),
        Err(_) => Err(h.memory_error()),
    }
}
