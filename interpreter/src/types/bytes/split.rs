//! Taking bytes apart and putting them together: split, splitlines, strip, join.
//!
//! In: bytes-like objects, or an iterable of them. Out: lists of bytes, or bytes. The one invariant: white space is ASCII's.

use super::{argument, like, look, part};
use crate::objects::function::Args;
use crate::objects::list::List;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use std::borrow::Cow;
use std::ops::Range;
use toy_text::bytes::split as ascii;
use toy_text::string::split as algorithm;
use toy_text::string::strip::{self as stripping, Side};
use toy_text::{Chars, MAX_LEN};

pub(super) static METHODS: [Def; 7] = [
    def("split", "sep=None, maxsplit=-1", split),
    def("rsplit", "sep=None, maxsplit=-1", rsplit),
    def("splitlines", "keepends=False", splitlines),
    def("strip", "bytes=None, /", |h, args| strip(h, args, Side::Both)),
    def("lstrip", "bytes=None, /", |h, args| strip(h, args, Side::Left)),
    def("rstrip", "bytes=None, /", |h, args| strip(h, args, Side::Right)),
    def("join", "iterable_of_bytes, /", join),
];

fn cuts<'a>(h: &mut Held, args: Args<'a>) -> R<(Option<Cow<'a, [u8]>>, Option<usize>)> {
    let max = match args.opt(2) {
        Some(max) => usize::try_from(h.to_isize(max)?).ok(),
        None => None,
    };
    let Some(sep) = args.opt_some(1) else { return Ok((None, max)) };
    let sep = argument(h, sep)?;
    if sep.is_empty() { Err(h.value_error("empty separator")) } else { Ok((Some(sep), max)) }
}

/// The pieces of the receiver at the ranges that a function gives.
fn pieces(h: &Held, this: &Value, cut: impl FnOnce(&[u8], &mut dyn FnMut(Range<usize>))) -> Vec<Value> {
    let mut pieces = Vec::new();
    look(h, this, |data| cut(data, &mut |range| pieces.push(data[range].to_vec())));
    pieces.into_iter().map(|piece| like(h, this, piece)).collect()
}

fn split(h: &mut Held, args: Args<'_>) -> R {
    let (sep, max) = cuts(h, args)?;
    let pieces = pieces(h, &args[0], |data, emit| match &sep {
        Some(sep) => algorithm::split(Chars::One(data), Chars::One(sep), max, emit),
        None => ascii::split_whitespace(data, max, emit),
    });
    Ok(h.new_list(pieces))
}

fn rsplit(h: &mut Held, args: Args<'_>) -> R {
    let (sep, max) = cuts(h, args)?;
    let mut pieces = pieces(h, &args[0], |data, emit| match &sep {
        Some(sep) => algorithm::rsplit(Chars::One(data), Chars::One(sep), max, emit),
        None => ascii::rsplit_whitespace(data, max, emit),
    });
    pieces.reverse();
    Ok(h.new_list(pieces))
}

fn splitlines(h: &mut Held, args: Args<'_>) -> R {
    let keepends = match args.opt(1) {
        Some(keepends) => h.to_isize(keepends)? != 0,
        None => false,
    };
    let lines = pieces(h, &args[0], |data, emit| ascii::splitlines(data, keepends, emit));
    Ok(h.new_list(lines))
}

fn strip(h: &mut Held, args: Args<'_>, side: Side) -> R {
    let set = args.opt_some(1).map(|set| argument(h, set)).transpose()?;
    Ok(part(h, &args[0], |data| match &set {
        Some(set) => stripping::strip(Chars::One(data), Chars::One(set), side),
        None => ascii::strip_whitespace(data, side),
    }))
}

fn join(h: &mut Held, args: Args<'_>) -> R {
    let items = match args[1].exactly::<List>() {
        Some(list) => list.snapshot(h),
        None => crate::types::str::split::joinable(h, &args[1])?,
    };
    let sep = look(h, &args[0], <[u8]>::to_vec);
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(&sep);
        }
        if h.with_buffer(item, |bytes| out.extend_from_slice(bytes))?.is_none() {
            let got = item.class_name();
            return Err(h.type_error(format!("sequence item {i}: expected a bytes-like object, {got} found")));
        }
        if out.len() > MAX_LEN {
            return Err(h.memory_error());
        }
    }
    Ok(like(h, &args[0], out))
}
