//! The algebra of sets: what `set`, `frozenset` and the views of dicts compute.
//!
//! In: a set and any iterable. Out: sets and truths. The one invariant: keys are added and dropped in the order in which
//! CPython's setobject.c does it, because the order of a set's iteration shows that.

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::header::{Obj, Ref};
use crate::objects::list::List;
use crate::objects::set::Set;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

/// `set` for a set or an instance of a subclass, `frozenset` for the others: what operators make.
pub fn base_class(set: &Obj<Set>) -> &'static Ref<Class> {
    if is_frozen(set) { &core().frozenset } else { &core().set }
}

pub fn is_frozen(set: &Obj<Set>) -> bool {
    set.class().is_subclass_of(&core().frozenset)
}

/// A new set of the items of an iterable.
pub fn from_iterable(h: &mut Held, class: &Obj<Class>, items: &Value) -> R<Ref<Set>> {
    let set = h.set_of_class(class);
    update(h, &set, items)?;
    Ok(set)
}

/// A copy, of the base class.
pub fn copy(h: &mut Held, set: &Obj<Set>) -> R<Ref<Set>> {
    let copy = h.set_of_class(base_class(set));
    copy.merge(h, set)?;
    Ok(copy)
}

/// Adds all items.
pub fn update(h: &mut Held, set: &Obj<Set>, items: &Value) -> R<()> {
    if let Some(other) = items.downcast::<Set>() {
        return if std::ptr::eq(set, other) { Ok(()) } else { set.merge(h, other) };
    }
    if let Some(dict) = items.exactly::<Dict>() {
        let len = dict.len(h);
        set.reserve(h, len);
        return each_key(h, dict, |h, key, hash| set.add_hashed(h, key, hash).map(drop));
    }
    let plain = match (items.exactly::<List>(), items.exactly::<Tuple>()) {
        (Some(list), _) => {
            let snapshot = list.snapshot(h);
            set.add_plain(h, &snapshot)
        }
        (_, Some(tuple)) => set.add_plain(h, tuple.items()),
        _ => return h.for_each(items, |h, item| set.add(h, item).map(drop)),
    };
    // Goes on behind them, for what follows may change the list.
    let rest = h.new_sequence_iter(items.clone());
    rest.at.set(plain);
    h.for_each(rest.value(), |h, item| set.add(h, item).map(drop))
}

fn each_key(h: &mut Held, dict: &Obj<Dict>, mut f: impl FnMut(&mut Held, Value, i64) -> R<()>) -> R<()> {
    let mut from = 0;
    while let Some((at, hash, key, _)) = dict.next_entry(h, from) {
        f(h, key, hash)?;
        from = at + 1;
    }
    Ok(())
}

/// The keys that both have.
pub fn intersection(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<Ref<Set>> {
    let Some(theirs) = other.downcast::<Set>() else {
        let result = h.set_of_class(base_class(set));
        h.for_each(other, |h, item| {
            let hash = h.hash(&item)?;
            if set.contains_hashed(h, &item, hash)? {
                result.add_hashed(h, item, hash)?;
            }
            Ok(())
        })?;
        return Ok(result);
    };
    if std::ptr::eq(set, theirs) {
        return copy(h, set);
    }
    let (walked, asked) = if theirs.len(h) > set.len(h) { (set, theirs) } else { (theirs, set) };
    if let Some(common) = walked.new_plainly_parted(h, base_class(set), asked, true) {
        return Ok(common);
    }
    let result = h.set_of_class(base_class(set));
    for (hash, key) in walked.hashed_keys(h) {
        if asked.contains_hashed(h, &key, hash)? {
            result.add_hashed(h, key, hash)?;
        }
    }
    Ok(result)
}

/// The keys that all have.
pub fn intersection_all(h: &mut Held, set: &Obj<Set>, others: &[Value]) -> R<Ref<Set>> {
    let Some((first, rest)) = others.split_first() else { return copy(h, set) };
    let mut result = intersection(h, set, first)?;
    for other in rest {
        result = intersection(h, &result, other)?;
    }
    Ok(result)
}

/// The keys that the other one does not have.
pub fn difference(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<Ref<Set>> {
    let size = match (other.downcast::<Set>(), other.exactly::<Dict>()) {
        (Some(other), _) => Some(other.len(h)),
        (None, Some(dict)) => Some(dict.len(h)),
        _ => None,
    };
    if size.is_none_or(|size| set.len(h) >> 2 > size) {
        let result = copy(h, set)?;
        difference_update(h, &result, other)?;
        return Ok(result);
    }
    if let Some(other) = other.downcast::<Set>()
        && let Some(rest) = set.new_plainly_parted(h, base_class(set), other, false)
    {
        return Ok(rest);
    }
    let result = h.set_of_class(base_class(set));
    for (hash, key) in set.hashed_keys(h) {
        let there = match (other.downcast::<Set>(), other.exactly::<Dict>()) {
            (Some(other), _) => other.contains_hashed(h, &key, hash)?,
            (None, Some(dict)) => dict.get_hashed(h, &key, hash)?.is_some(),
            _ => false,
        };
        if !there {
            result.add_hashed(h, key, hash)?;
        }
    }
    Ok(result)
}

/// Drops the keys that the other one has.
pub fn difference_update(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<()> {
    let Some(theirs) = other.downcast::<Set>() else {
        h.for_each(other, |h, item| set.discard(h, &item).map(drop))?;
        set.tidy(h);
        return Ok(());
    };
    if std::ptr::eq(set, theirs) {
        set.clear(h);
        return Ok(());
    }
    // If the other one is much larger, only what they share need be looked at.
    let shared = if theirs.len(h) >> 3 > set.len(h) { Some(intersection(h, set, other)?) } else { None };
    let walked = shared.as_deref().unwrap_or(theirs);
    for (hash, key) in walked.hashed_keys(h) {
        set.discard_hashed(h, &key, hash)?;
    }
    set.tidy(h);
    Ok(())
}

/// Keeps the keys that only one of both has.
pub fn symmetric_difference_update(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<()> {
    let toggle = |h: &mut Held, key: Value, hash: i64| {
        if !set.discard_hashed(h, &key, hash)? {
            set.add_hashed(h, key, hash)?;
        }
        Ok(())
    };
    if let Some(dict) = other.exactly::<Dict>() {
        return each_key(h, dict, toggle);
    }
    let made;
    let theirs = match other.downcast::<Set>() {
        Some(theirs) if std::ptr::eq(set, theirs) => {
            set.clear(h);
            return Ok(());
        }
        Some(theirs) => theirs,
        None => {
            made = from_iterable(h, base_class(set), other)?;
            &made
        }
    };
    for (hash, key) in theirs.hashed_keys(h) {
        toggle(h, key, hash)?;
    }
    Ok(())
}

/// The keys that only one of both has.
pub fn symmetric_difference(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<Ref<Set>> {
    let result = from_iterable(h, base_class(set), other)?;
    symmetric_difference_update(h, &result, &set.to_value())?;
    Ok(result)
}

/// Whether every key of `a` is in `b`.
pub fn is_subset(h: &mut Held, a: &Obj<Set>, b: &Obj<Set>) -> R<bool> {
    if a.len(h) > b.len(h) {
        return Ok(false);
    }
    if let Some(subset) = a.is_plainly_subset(h, b) {
        return Ok(subset);
    }
    for (hash, key) in a.hashed_keys(h) {
        if !b.contains_hashed(h, &key, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether no key is in both.
pub fn is_disjoint(h: &mut Held, set: &Obj<Set>, other: &Value) -> R<bool> {
    let Some(theirs) = other.downcast::<Set>() else {
        let iterator = h.iter(other)?;
        while let Some(item) = h.next(&iterator)? {
            if set.contains(h, &item)? {
                return Ok(false);
            }
        }
        return Ok(true);
    };
    if std::ptr::eq(set, theirs) {
        return Ok(set.is_empty(h));
    }
    let (walked, asked) = if theirs.len(h) > set.len(h) { (set, theirs) } else { (theirs, set) };
    for (hash, key) in walked.hashed_keys(h) {
        if asked.contains_hashed(h, &key, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}
