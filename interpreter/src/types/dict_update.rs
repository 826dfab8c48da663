//! `dict.update`: the forms of its arguments.
//!
//! In: a mapping, an iterable of pairs, keywords. Out: a dict with their items. The one invariant: items before an error
//! stay, as in CPython.

use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

/// `dict.update(mapping_or_pairs=(), /, **kwargs)`.
pub(super) fn update(h: &mut Held, args: Args<'_>) -> R {
    if let Some(other) = args.opt(1) {
        update_from(h, args.this::<Dict>(), other)?;
    }
    if let Some(keywords) = args.opt(2).and_then(|keywords| keywords.downcast::<Dict>()) {
        merge(h, args.this::<Dict>(), keywords)?;
    }
    Ok(Value::NONE)
}

/// Takes over the items of a mapping or an iterable of pairs.
pub(crate) fn update_from(h: &mut Held, dict: &Obj<Dict>, other: &Value) -> R<()> {
    if let Some(plain) = as_plain(h, other) {
        return merge(h, dict, plain);
    }
    match h.find_attr(other, n::keys.value())? {
        Some(keys) => {
            let keys = h.call(&keys, &[])?;
            h.for_each(&keys, |h, key| {
                let value = h.get_item(other, &key)?;
                dict.set(h, key, value).map(drop)
            })
        }
        None => update_from_pairs(h, dict, other),
    }
}

/// A dict whose iteration no subclass has changed.
pub(crate) fn as_plain<'a>(h: &Held, value: &'a Value) -> Option<&'a Obj<Dict>> {
    let dict = value.downcast::<Dict>()?;
    if value.exactly::<Dict>().is_some() || value.class().has(crate::objects::class::class_flag::BUILTIN) {
        return Some(dict);
    }
    let of_dict = crate::objects::core().dict.lookup(h, n::__iter__.value())?;
    h.special(value, n::__iter__).filter(|own| own.is(&of_dict)).map(|_| dict)
}

/// Takes over the items of a dict, with the hashes that it has.
pub(crate) fn merge(h: &mut Held, dict: &Obj<Dict>, other: &Obj<Dict>) -> R<()> {
    if std::ptr::eq(dict, other) {
        return Ok(());
    }
    if dict.is_shared() || other.is_shared() {
        return merge_at_once(h, dict, other);
    }
    if std::ptr::eq(dict.class(), &*crate::objects::core().dict) && dict.take_over(h, other) {
        return Ok(());
    }
    let (mut from, len) = (0, other.len(h));
    while let Some((at, hash, key, value)) = other.next_entry(h, from) {
        drop(dict.set_hashed(h, key, hash, value)?);
        if other.len(h) != len {
            return Err(h.runtime_error("dict mutated during update"));
        }
        from = at + 1;
    }
    Ok(())
}

/// As `merge`, where other threads look on: all items at one moment, entered at one moment if no toy code is needed for that.
fn merge_at_once(h: &mut Held, dict: &Obj<Dict>, other: &Obj<Dict>) -> R<()> {
    let items = other.hashed_items(h);
    let mut rest = &items[..];
    while !rest.is_empty() {
        let (done, old) = dict.set_plainly(h, rest);
        drop(old);
        rest = &rest[done..];
        if let [(hash, key, value), others @ ..] = rest {
            drop(dict.set_hashed(h, key.clone(), *hash, value.clone())?);
            rest = others;
        }
    }
    Ok(())
}

fn update_from_pairs(h: &mut Held, dict: &Obj<Dict>, pairs: &Value) -> R<()> {
    let mut number = 0;
    h.for_each(pairs, |h, pair| {
        let (key, value) = split(h, &pair, number)?;
        number += 1;
        dict.set(h, key, value).map(drop)
    })
}

/// The two items of an element.
fn split(h: &mut Held, pair: &Value, number: usize) -> R<(Value, Value)> {
    if let Some([key, value]) = pair.exactly::<Tuple>().map(|pair| pair.items()) {
        return Ok((key.clone(), value.clone()));
    }
    if !h.is_iterable(pair) {
        let message = format!("cannot convert dictionary update sequence element #{number} to a sequence");
        return Err(h.type_error(message));
    }
    let items = h.collect(pair)?;
    let len = items.len();
    match <[Value; 2]>::try_from(items) {
        Ok([key, value]) => Ok((key, value)),
        Err(_) => {
            Err(h.value_error(format!("dictionary update sequence element #{number} has length {len}; 2 is required")))
        }
    }
}
