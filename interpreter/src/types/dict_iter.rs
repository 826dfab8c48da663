//! The iterators of dicts: the methods.
//!
//! In: a dict. Out: its keys, values or items one by one. The one invariant: a dict that changed its size ends the
//! iteration with a RuntimeError, at that step and all later ones.

use super::iterators::{iter_builtin, remaining_list};
use crate::objects::core;
use crate::objects::dict::Step;
use crate::objects::dict_view::DictIter;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::turn::{in_turn, turn_if};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    let core = core();
    let forward = [&core.dict_keyiterator, &core.dict_valueiterator, &core.dict_itemiterator];
    let backward = [&core.dict_reversekeyiterator, &core.dict_reversevalueiterator, &core.dict_reverseitemiterator];
    for class in forward.into_iter().chain(backward) {
        ClassSpec::of(class).iterator(h, next).steps_alone(|_| true).methods(h, &METHODS).build(h);
    }
}

static METHODS: [Def; 2] = [def("__length_hint__", "", length_hint), def("__reduce__", "", reduce)];

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, iterator))
}

fn step(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<DictIter>() else { return Ok(None) };
    if iterator.reverse {
        return next_backward(h, iterator);
    }
    let step = iterator.dict.read(h, |dict| match dict {
        Some(dict) => {
            let (used, at, what) = (iterator.used.get(), iterator.at.get(), iterator.what);
            dict.step(h, used, at, |key, value| what.share(h, key, value))
        }
        None => Step::End,
    });
    give(h, iterator, step)
}

/// The next item of an iterator of items.
pub(super) fn next_pair(h: &mut Held, iterator: &Obj<DictIter>) -> R<Option<(Value, Value)>> {
    turn_if(iterator.header(), true, || step_pair(h, iterator))
}

fn step_pair(h: &mut Held, iterator: &DictIter) -> R<Option<(Value, Value)>> {
    let step = iterator.dict.read(h, |dict| match dict {
        Some(dict) => {
            let (used, at) = (iterator.used.get(), iterator.at.get());
            dict.step(h, used, at, |key, value| (key.clone(), value.clone()))
        }
        None => Step::End,
    });
    give(h, iterator, step)
}

fn next_backward(h: &mut Held, iterator: &DictIter) -> R<Option<Value>> {
    let step = iterator.dict.read(h, |dict| match dict {
        Some(dict) if dict.len(h) != iterator.used.get() => Step::Changed,
        Some(dict) => match dict.previous_item(h, iterator.at.get()) {
            Some((at, key, value)) => Step::Item(at, iterator.what.part(h, key, value)),
            None => Step::End,
        },
        None => Step::End,
    });
    give(h, iterator, step)
}

#[inline(always)]
fn give<T>(h: &mut Held, iterator: &DictIter, step: Step<T>) -> R<Option<T>> {
    match step {
        Step::Item(at, item) => {
            let left = iterator.left.get();
            if left == 0 {
                end(h, iterator);
                return Err(h.runtime_error("dictionary keys changed during iteration"));
            }
            iterator.left.set(left - 1);
            iterator.at.set(at);
            Ok(Some(item))
        }
        Step::Changed => Err(changed(h, iterator, "dictionary changed size during iteration")),
        Step::End => {
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
        dict: crate::sync::ObjCell::private(iterator.dict.read(h, Clone::clone)),
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
