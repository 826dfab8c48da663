//! Taking a `str` apart and putting strings together: split, splitlines, strip, join.
//!
//! In: strings, or an iterable of them. Out: lists of strings, or a string. The one invariant: `join` looks at all items
//! before it writes.

use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::string::split as algorithm;
use toy_text::string::strip::{self as stripping, Side};
use toy_text::{Chars, CharsBuf, MAX_LEN};

pub(super) static METHODS: [Def; 7] = [
    def("split", "sep=None, maxsplit=-1", split),
    def("rsplit", "sep=None, maxsplit=-1", rsplit),
    def("splitlines", "keepends=False", splitlines),
    def("strip", "chars=None, /", |h, args| strip(h, args, Side::Both, "strip")),
    def("lstrip", "chars=None, /", |h, args| strip(h, args, Side::Left, "lstrip")),
    def("rstrip", "chars=None, /", |h, args| strip(h, args, Side::Right, "rstrip")),
    def("join", "iterable, /", join),
];

/// The separator, if not white space, and how often to cut at most.
fn cuts<'a>(h: &mut Held, args: Args<'a>) -> R<(Option<Chars<'a>>, Option<usize>)> {
    let max = match args.opt(2) {
        Some(max) => usize::try_from(h.to_isize(max)?).ok(),
        None => None,
    };
    let Some(sep) = args.opt_some(1) else { return Ok((None, max)) };
    let sep = super::text(h, sep, |got| format!("must be str or None, not {got}"))?.chars();
    if sep.is_empty() { Err(h.value_error("empty separator")) } else { Ok((Some(sep), max)) }
}

fn split(h: &mut Held, args: Args<'_>) -> R {
    let (sep, max) = cuts(h, args)?;
    let chars = args.this::<Str>().chars();
    let mut parts = Vec::new();
    let emit = |range: std::ops::Range<usize>| parts.push(h.str_from_slice(chars.slice(range.start, range.end)));
    match sep {
        Some(sep) => algorithm::split(chars, sep, max, emit),
        None => algorithm::split_whitespace(chars, max, emit),
    }
    Ok(h.new_list(parts))
}

fn rsplit(h: &mut Held, args: Args<'_>) -> R {
    let (sep, max) = cuts(h, args)?;
    let chars = args.this::<Str>().chars();
    let mut parts = Vec::new();
    let emit = |range: std::ops::Range<usize>| parts.push(h.str_from_slice(chars.slice(range.start, range.end)));
    match sep {
        Some(sep) => algorithm::rsplit(chars, sep, max, emit),
        None => algorithm::rsplit_whitespace(chars, max, emit),
    }
    parts.reverse();
    Ok(h.new_list(parts))
}

fn splitlines(h: &mut Held, args: Args<'_>) -> R {
    let keepends = match args.opt(1) {
        Some(keepends) => match keepends.as_bool() {
            Some(keepends) => keepends,
            None => h.to_isize(keepends)? != 0,
        },
        None => false,
    };
    let chars = args.this::<Str>().chars();
    let mut lines = Vec::new();
    algorithm::splitlines(chars, keepends, |range| lines.push(h.str_from_slice(chars.slice(range.start, range.end))));
    Ok(h.new_list(lines))
}

fn strip(h: &mut Held, args: Args<'_>, side: Side, name: &str) -> R {
    let chars = args.this::<Str>().chars();
    let range = match args.opt_some(1) {
        Some(set) => {
            stripping::strip(chars, super::text(h, set, |_| format!("{name} arg must be None or str"))?.chars(), side)
        }
        None => stripping::strip_whitespace(chars, side),
    };
    Ok(super::part(h, &args[0], range))
}

fn join(h: &mut Held, args: Args<'_>) -> R {
    let sep = args.this::<Str>().chars();
    if let Some(list) = args[1].exactly::<List>() {
        return list.with(h, |items| join_items(h, sep, items));
    }
    if let Some(tuple) = args[1].exactly::<Tuple>() {
        return join_items(h, sep, tuple.items());
    }
    let items = joinable(h, &args[1])?;
    join_items(h, sep, &items)
}

/// The items of what `join` is given.
pub(crate) fn joinable(h: &mut Held, iterable: &Value) -> R<Vec<Value>> {
    match h.iter(iterable) {
        Ok(iterator) => h.collect(&iterator),
        Err(raised) if raised.is(Exc::TypeError) => Err(h.type_error("can only join an iterable")),
        Err(raised) => Err(raised),
    }
}

/// Runs no toy code.
fn join_items(h: &Held, sep: Chars<'_>, items: &[Value]) -> R {
    let mut len = sep.len().saturating_mul(items.len().saturating_sub(1));
    let mut narrow = matches!(sep, Chars::One(_));
    for (i, item) in items.iter().enumerate() {
        let Some(item) = item.downcast::<Str>() else {
            let got = item.class_name();
            return Err(h.type_error(format!("sequence item {i}: expected str instance, {got} found")));
        };
        len = len.saturating_add(item.len());
        narrow &= matches!(item.chars(), Chars::One(_));
    }
    match items {
        [] => return Ok(core().empty_str.clone()),
        [only] if only.exactly::<Str>().is_some() => return Ok(only.clone()),
        _ if len > isize::MAX as usize => {
            return Err(h.error(Exc::OverflowError, "join() result is too long for a Python string"));
        }
        _ if len > MAX_LEN => return Err(h.memory_error()),
        _ => (),
    }
    let texts = items.iter().filter_map(|item| Some(item.downcast::<Str>()?.chars()));
    Ok(if narrow { join_narrow(h, sep, texts, len) } else { join_wide(h, sep, texts, len) })
}

fn join_narrow<'a>(h: &Held, sep: Chars<'_>, texts: impl Iterator<Item = Chars<'a>>, len: usize) -> Value {
    let Chars::One(sep) = sep else { return Value::NONE };
    h.str_filled(len, |mut to| {
        for (i, text) in texts.enumerate() {
            let before = if i == 0 { &[] } else { sep };
            let Chars::One(text) = text else { continue };
            for piece in [before, text] {
                let (here, rest) = to.split_at_mut(piece.len());
                here.copy_from_slice(piece);
                to = rest;
            }
        }
    })
}

fn join_wide<'a>(h: &Held, sep: Chars<'_>, texts: impl Iterator<Item = Chars<'a>>, len: usize) -> Value {
    let mut buf = CharsBuf::with_capacity(len);
    for (i, text) in texts.enumerate() {
        if i > 0 {
            buf.push_chars(sep);
        }
        buf.push_chars(text);
    }
    h.str_from_owned(&buf.finish())
}
