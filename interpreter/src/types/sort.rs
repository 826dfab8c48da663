//! `list.sort`: the method, and the ways to sort keys of one simple type.
//!
//! In: a list, perhaps a key function. Out: the list in stable order. The one invariant: while anything is compared or asked
//! for its key, the list is empty; its items come back in every case.
//!
//! Keys that are all small ints, all floats (no NaN) or all strings have one order only, so Rust's own stable sort finds
//! the result. All others go through `timsort.rs`, which asks `<` in the order in which CPython does.

use super::sequence;
use super::timsort;
use crate::objects::float::Float;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;
use crate::sync::is_parallel;

/// `list.sort(*, key=None, reverse=False)`.
pub(super) fn sort(h: &mut Held, args: Args<'_>) -> R {
    sort_list(h, args.this::<List>(), args.opt_some(1), args.opt(2))?;
    Ok(Value::NONE)
}

/// Sorts a value that is a list.
pub(crate) fn sort_value(h: &mut Held, list: &Value) -> R<()> {
    match list.downcast::<List>() {
        Some(list) => sort_list(h, list, None, None),
        None => Ok(()),
    }
}

/// Sorts a list by a key function, from the least or (`reverse`) from the greatest.
fn sort_list(h: &mut Held, list: &Obj<List>, key: Option<&Value>, reverse: Option<&Value>) -> R<()> {
    let reverse = match reverse {
        Some(reverse) => reverse_flag(h, reverse)?,
        None => false,
    };
    let mut items = list.rearrange(h, std::mem::take);
    let result = sort_items(h, &mut items, key, reverse);
    let keeps = is_parallel() && key.is_none();
    let foreign = list.rearrange(h, |own| {
        let mut foreign = std::mem::replace(own, items);
        if keeps {
            // What other threads appended meanwhile came after the sort.
            own.append(&mut foreign);
            foreign = Vec::new();
        }
        foreign
    });
    let modified = foreign.capacity() != 0;
    drop(foreign);
    result?;
    if modified {
        return Err(h.value_error("list modified during sort"));
    }
    Ok(())
}

/// `reverse` is an int to CPython.
fn reverse_flag(h: &mut Held, reverse: &Value) -> R<bool> {
    if let Some(flag) = reverse.as_bool() {
        return Ok(flag);
    }
    Ok(h.to_isize(reverse)? != 0)
}

/// Sorts; when it fails, the items are in some order, none lost.
fn sort_items(h: &mut Held, items: &mut Vec<Value>, key: Option<&Value>, reverse: bool) -> R<()> {
    let Some(key) = key else {
        if reverse {
            items.reverse();
        }
        let result = sort_keys(h, items);
        if reverse {
            items.reverse();
        }
        return result;
    };
    let mut keys = Vec::with_capacity(items.len());
    for item in items.iter() {
        keys.push(h.call(key, std::slice::from_ref(item))?);
    }
    if reverse {
        items.reverse();
        keys.reverse();
    }
    let result = sort_by_keys(h, items, keys);
    if reverse {
        items.reverse();
    }
    result
}

/// Sorts values that are their own keys.
fn sort_keys(h: &mut Held, items: &mut Vec<Value>) -> R<()> {
    match kind_of(items) {
        Simple::Ints => items.sort_by_key(|item| item.bits() as i64),
        Simple::Floats => items.sort_by(|a, b| float(a).total_order(float(b))),
        Simple::Strings => {
            let order = order_of_strings(items);
            apply(items, &order);
        }
        Simple::No => {
            let mut order: Vec<u32> = (0..items.len() as u32).collect();
            let result = timsort::sort(&mut order, &mut |a, b| less(h, &items[a as usize], &items[b as usize]));
            apply(items, &order);
            return result;
        }
    }
    Ok(())
}

/// Sorts items by keys that belong to them.
fn sort_by_keys(h: &mut Held, items: &mut Vec<Value>, keys: Vec<Value>) -> R<()> {
    let mut order: Vec<u32> = (0..items.len() as u32).collect();
    let result = match kind_of(&keys) {
        Simple::Ints => {
            order.sort_by_key(|&i| keys[i as usize].bits() as i64);
            Ok(())
        }
        Simple::Floats => {
            let keys: Vec<f64> = keys.iter().map(float).collect();
            order.sort_by(|&a, &b| keys[a as usize].total_order(keys[b as usize]));
            Ok(())
        }
        Simple::Strings => {
            order = order_of_strings(&keys);
            Ok(())
        }
        Simple::No => timsort::sort(&mut order, &mut |a, b| less(h, &keys[a as usize], &keys[b as usize])),
    };
    apply(items, &order);
    result
}

/// Puts items into an order, which names each once.
fn apply(items: &mut Vec<Value>, order: &[u32]) {
    let mut old: Vec<Option<Value>> = std::mem::take(items).into_iter().map(Some).collect();
    items.extend(order.iter().filter_map(|&i| old[i as usize].take()));
}

/// A type that all keys have.
enum Simple {
    Ints,
    Floats,
    Strings,
    No,
}

fn kind_of(keys: &[Value]) -> Simple {
    let all = |is: fn(&Value) -> bool| keys.iter().all(is);
    match keys.first() {
        Some(first) if first.is_int_word() && all(|key| key.is_int_word()) => Simple::Ints,
        Some(first) if is_number(first) && all(is_number) => Simple::Floats,
        Some(first) if first.exactly::<Str>().is_some() && all(|key| key.exactly::<Str>().is_some()) => Simple::Strings,
        _ => Simple::No,
    }
}

/// A float that is no NaN.
fn is_number(value: &Value) -> bool {
    let x = value.as_small_float().or_else(|| value.exactly::<Float>().map(|float| float.value));
    x.is_some_and(|x| !x.is_nan())
}

fn float(value: &Value) -> f64 {
    value.as_small_float().or_else(|| value.exactly::<Float>().map(|float| float.value)).unwrap_or(0.0)
}

/// The order of floats that are no NaNs.
trait TotalOrder {
    fn total_order(self, other: Self) -> std::cmp::Ordering;
}

impl TotalOrder for f64 {
    #[inline]
    fn total_order(self, other: f64) -> std::cmp::Ordering {
        self.partial_cmp(&other).unwrap_or(std::cmp::Ordering::Equal)
    }
}

/// The order of strings. The first eight characters, as a number, decide most comparisons.
fn order_of_strings(keys: &[Value]) -> Vec<u32> {
    let mut order: Vec<(u64, u32)> = keys.iter().zip(0..).map(|(key, i)| (prefix(key), i)).collect();
    order.sort_by(|(a, i), (b, j)| a.cmp(b).then_with(|| compare_strings(&keys[*i as usize], &keys[*j as usize])));
    order.into_iter().map(|(_, i)| i).collect()
}

/// The first eight characters as bytes, the first one on top; those above 255 count as that, and what follows as nothing.
fn prefix(key: &Value) -> u64 {
    let Some(string) = key.downcast::<Str>() else { return 0 };
    let mut bytes = [0u8; 8];
    for (byte, c) in bytes.iter_mut().zip(string.chars().iter()) {
        *byte = c.min(255) as u8;
        if c >= 255 {
            break;
        }
    }
    u64::from_be_bytes(bytes)
}

fn compare_strings(a: &Value, b: &Value) -> std::cmp::Ordering {
    match (a.downcast::<Str>(), b.downcast::<Str>()) {
        (Some(a), Some(b)) => a.chars().cmp(&b.chars()),
        _ => std::cmp::Ordering::Equal,
    }
}

/// `a < b`, with a short way for tuples.
fn less(h: &mut Held, a: &Value, b: &Value) -> R<bool> {
    let (Some(x), Some(y)) = (a.exactly::<Tuple>(), b.exactly::<Tuple>()) else { return h.less(a, b) };
    match sequence::first_difference(h, x, y)? {
        Some((x, y)) => h.less(&x, &y),
        None => Ok(x.items().len() < y.items().len()),
    }
}
