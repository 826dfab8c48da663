//! The iterators of dicts: the methods.
//!
//! In: a dict. Out: its keys, values or items one by one. The one invariant: a dict that changed its size ends the
//! iteration with a RuntimeError, at that step and all later ones.

use super::iterators::{iter_builtin, remaining_list};
use crate::objects::core;
use crate::objects::dict_view::DictIter;
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    let core = core();
    let forward = [&core.dict_keyiterator, &core.dict_valueiterator, &core.dict_itemiterator];
    let backward = [&core.dict_reversekeyiterator, &core.dict_reversevalueiterator, &core.dict_reverseitemiterator];
    for class in forward.into_iter().chain(backward) {
        ClassSpec::of(class).iterator(h, next).methods(h, &METHODS).build(h);
    }
}

static METHODS: [Def; 2] = [def("__length_hint__", "", length_hint), def("__reduce__", "", reduce)];

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<DictIter>() else { return Ok(None) };
    let found = iterator.dict.read(h, |dict| {
        let dict = dict.as_ref()?;
        if iterator.used.get() != dict.len(h) {
            return Some(Err("dictionary changed size during iteration"));
        }
        let at = iterator.at.get();
        let item = if iterator.reverse {
            dict.previous_item(h, at).map(|(at, key, value)| (at, iterator.what.part(h, key, value)))
        } else {
            dict.next_with(h, at, |key, value| iterator.what.share(h, key, value))
        };
        item.map(Ok)
    });
    match found {
        Some(Ok((at, item))) => {
            if iterator.left.get() == 0 {
                end(h, iterator);
                return Err(h.runtime_error("dictionary keys changed during iteration"));
            }
            iterator.left.set(iterator.left.get() - 1);
            iterator.at.set(if iterator.reverse { at } else { at + 1 });
            Ok(Some(item))
        }
        Some(Err(message)) => Err(changed(h, iterator, message)),
        None => {
            end(h, iterator);
            Ok(None)
        }
    }
}

#[cold]
fn changed(h: &mut Held, iterator: &DictIter, message: &str) -> Raised {
    iterator.used.set(usize::MAX);
    h.runtime_error(message)
}

fn end(h: &mut Held, iterator: &DictIter) {
    drop(iterator.dict.write(h, Option::take));
}

fn length_hint(h: &mut Held, args: Args<'_>) -> R {
    let iterator = args.this::<DictIter>();
    let len = iterator.dict.read(h, |dict| match dict {
        Some(dict) if dict.len(h) == iterator.used.get() => iterator.left.get(),
        _ => 0,
    });
    Ok(h.new_int(len as i64))
}

/// `(iter, (list of what is left,))`, without using this one up.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let iterator = args.this::<DictIter>();
    let copy = DictIter {
        dict: crate::sync::ObjCell::new(iterator.dict.read(h, Clone::clone)),
        what: iterator.what,
        reverse: iterator.reverse,
        at: iterator.at.clone(),
        used: iterator.used.clone(),
        left: iterator.left.clone(),
    };
    let copy = h.new_object(args[0].class(), copy).into_value();
    let rest = remaining_list(h, &copy)?;
    let iter = iter_builtin(h);
    let rest = h.new_tuple(vec![rest]);
    Ok(h.new_pair(iter, rest))
}
