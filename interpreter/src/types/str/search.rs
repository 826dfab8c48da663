//! What is where in a `str`: find, count, startswith, partition, replace and their kin.
//!
//! In: strings. Out: places, truths, strings. The one invariant: `start` and `end` mean what they mean in a slice.

use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::window::window;
use std::ops::Range;
use toy_text::Chars;
use toy_text::string::{find, replace as algorithm, strip};

const WINDOW: &str = "sub, start=None, end=None, /";

pub(super) static METHODS: [Def; 12] = [
    def("find", WINDOW, |h, args| place(h, args, find::find)).counting(),
    def("rfind", WINDOW, |h, args| place(h, args, find::rfind)).counting(),
    def("index", WINDOW, |h, args| index(h, args, find::find)).counting(),
    def("rindex", WINDOW, |h, args| index(h, args, find::rfind)).counting(),
    def("count", WINDOW, count).counting(),
    def("startswith", WINDOW, |h, args| edge(h, args, "startswith", find::starts_with)).counting(),
    def("endswith", WINDOW, |h, args| edge(h, args, "endswith", find::ends_with)).counting(),
    def("partition", "sep, /", partition),
    def("rpartition", "sep, /", rpartition),
    def("removeprefix", "prefix, /", |h, args| remove(h, args, "removeprefix", strip::remove_prefix)),
    def("removesuffix", "suffix, /", |h, args| remove(h, args, "removesuffix", strip::remove_suffix)),
    def("replace", "old, new, count=-1, /", replace),
];

type Finder = fn(Chars<'_>, Chars<'_>) -> Option<usize>;

fn needle<'a>(h: &Held, value: &'a Value) -> R<&'a Obj<Str>> {
    super::text(h, value, |got| format!("must be str, not {got}"))
}

fn search(h: &mut Held, args: Args<'_>, finder: Finder) -> R<Option<usize>> {
    let chars = args.this::<Str>().chars();
    let range = window(h, args, 2, chars.len())?;
    let sub = needle(h, args.at(1))?.chars();
    let Some(range) = range else { return Ok(None) };
    Ok(finder(chars.slice(range.start, range.end), sub).map(|at| range.start + at))
}

fn place(h: &mut Held, args: Args<'_>, finder: Finder) -> R {
    let found = search(h, args, finder)?;
    Ok(h.new_int(found.map_or(-1, |at| at as i64)))
}

fn index(h: &mut Held, args: Args<'_>, finder: Finder) -> R {
    match search(h, args, finder)? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(h.value_error("substring not found")),
    }
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    let chars = args.this::<Str>().chars();
    let range = window(h, args, 2, chars.len())?;
    let sub = needle(h, args.at(1))?.chars();
    let count = range.map_or(0, |range| find::count(chars.slice(range.start, range.end), sub));
    Ok(h.new_int(count as i64))
}

fn edge(h: &mut Held, args: Args<'_>, name: &str, test: fn(Chars<'_>, Chars<'_>) -> bool) -> R {
    let chars = args.this::<Str>().chars();
    let Some(range) = window(h, args, 2, chars.len())? else {
        check_affix(h, args.at(1), name)?;
        return Ok(Value::FALSE);
    };
    let part = chars.slice(range.start, range.end);
    if let Some(affix) = args[1].downcast::<Str>() {
        return Ok(Value::bool(test(part, affix.chars())));
    }
    check_affix(h, args.at(1), name)?;
    for affix in args[1].downcast::<Tuple>().map_or(&[][..], |affixes| affixes.items()) {
        let affix = super::text(h, affix, |got| format!("tuple for {name} must only contain str, not {got}"))?;
        if test(part, affix.chars()) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn check_affix(h: &mut Held, value: &Value, name: &str) -> R<()> {
    if value.downcast::<Str>().is_some() || value.downcast::<Tuple>().is_some() {
        return Ok(());
    }
    let got = value.class_name();
    Err(h.type_error(format!("{name} first arg must be str or a tuple of str, not {got}")))
}

fn separator<'a>(h: &Held, value: &'a Value) -> R<Chars<'a>> {
    let separator = needle(h, value)?.chars();
    if separator.is_empty() { Err(h.value_error("empty separator")) } else { Ok(separator) }
}

fn partition(h: &mut Held, args: Args<'_>) -> R {
    let chars = args.this::<Str>().chars();
    let empty = &core().empty_str;
    Ok(match find::partition(chars, separator(h, args.at(1))?) {
        Some(at) => three(h, args, at),
        None => h.tuple_of(&[super::exact(h, &args[0]), empty.clone(), empty.clone()]),
    })
}

fn rpartition(h: &mut Held, args: Args<'_>) -> R {
    let chars = args.this::<Str>().chars();
    let empty = &core().empty_str;
    Ok(match find::rpartition(chars, separator(h, args.at(1))?) {
        Some(at) => three(h, args, at),
        None => h.tuple_of(&[empty.clone(), empty.clone(), super::exact(h, &args[0])]),
    })
}

fn three(h: &Held, args: Args<'_>, at: Range<usize>) -> Value {
    let chars = args.this::<Str>().chars();
    let (before, after) = (chars.slice(0, at.start), chars.from(at.end));
    h.tuple_of(&[h.str_from_slice(before), super::exact(h, &args[1]), h.str_from_slice(after)])
}

fn remove(h: &mut Held, args: Args<'_>, name: &str, kept: fn(Chars<'_>, Chars<'_>) -> Range<usize>) -> R {
    let affix = super::text_argument(h, args.at(1), &format!("{name}() argument"))?;
    let range = kept(args.this::<Str>().chars(), affix);
    Ok(super::part(h, &args[0], range))
}

fn replace(h: &mut Held, args: Args<'_>) -> R {
    let old = super::text_argument(h, args.at(1), "replace() argument 1")?;
    let new = super::text_argument(h, args.at(2), "replace() argument 2")?;
    let max = match args.opt(3) {
        Some(max) => usize::try_from(h.to_isize(max)?).ok(),
        None => None,
    };
    match algorithm::replace(args.this::<Str>().chars(), old, new, max) {
        Ok(Some(text)) => Ok(h.str_from_owned(&text)),
        Ok(None) => Ok(super::exact(h, &args[0])),
        Err(_) => Err(h.memory_error()),
    }
}
