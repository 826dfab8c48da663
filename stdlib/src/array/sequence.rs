//! Arrays as sequences: items, slices, searching, joining, comparing.
//!
//! In: arrays and indexes. Out: items and arrays. The one invariant: an index is looked at again after anything that may have run
//! toy code.

use super::convert::{append, extend_by, resize, values_of};
use super::item::{decode, encode};
use super::{Array, construct};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::slice::{Slice, Unpacked, adjust};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::types::sequence;
use interpreter::vm::protocol::compare::CmpOp;
use std::ops::Range;

pub(super) static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

pub(super) static METHODS: [Def; 18] = [
    def("__len__", "", |h, args| Ok(h.new_int(len(h, args.this::<Array>()) as i64))),
    def("__getitem__", "key, /", get_item),
    def("__setitem__", "key, value, /", set_item),
    def("__delitem__", "key, /", |h, args| assign(h, args.this::<Array>(), &args[1], None)),
    def("__contains__", "key, /", |h, args| Ok(Value::bool(find(h, args, 0, isize::MAX)?.is_some()))),
    def("__add__", "value, /", add),
    def("__iadd__", "value, /", add_in_place),
    def("__mul__", "value, /", multiply),
    def("__rmul__", "value, /", multiply),
    def("__imul__", "value, /", multiply_in_place),
    def("append", "v, /", |h, args| append(h, args.this::<Array>(), &args[1]).map(|()| Value::NONE)),
    def("byteswap", "", byte_swap),
    def("count", "v, /", count),
    def("index", "v, start=0, stop=sys.maxsize, /", index),
    def("insert", "i, v, /", insert),
    def("pop", "i=-1, /", pop),
    def("remove", "v, /", remove),
    def("reverse", "", reverse),
];

pub(super) fn len(h: &Held, array: &Array) -> usize {
    array.items.read(h, Vec::len) / array.size
}

/// The item at an index that may lie outside.
pub(super) fn get(h: &Held, array: &Array, at: usize) -> Option<Value> {
    let at = isize::try_from(at).ok()?;
    array.items.read(h, |items| place(items, array.size, at).map(|at| decode(h, array.code, &items[at])))
}

/// An index as given.
fn index_of(h: &mut Held, index: &Value) -> R<isize> {
    let given = h.index(index)?;
    match given.as_int().and_then(|at| at.to_i64()) {
        Some(at) => Ok(at as isize),
        None => Err(h.index_error(format!("cannot fit '{}' into an index-sized integer", index.class_name()))),
    }
}

/// Where the bytes of the item at an index are; nothing if that is outside.
fn place(items: &[u8], size: usize, index: isize) -> Option<Range<usize>> {
    sequence::position(index, items.len() / size).map(|at| at * size..(at + 1) * size)
}

fn is_index(h: &Held, key: &Value) -> bool {
    key.as_int().is_some() || h.special(key, interpreter::objects::names::n::__index__).is_some()
}

fn get_item(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        let items = this.items.read(h, |items| gather(items, this.size, unpacked));
        return Ok(construct::same_code(h, this, items).into_value());
    }
    if !is_index(h, &args[1]) {
        return Err(h.type_error("array indices must be integers"));
    }
    let at = index_of(h, &args[1])?;
    let item = this.items.read(h, |items| place(items, this.size, at).map(|at| decode(h, this.code, &items[at])));
    item.ok_or_else(|| h.index_error("array index out of range"))
}

fn gather(items: &[u8], size: usize, unpacked: Unpacked) -> Vec<u8> {
    let bounds = adjust(unpacked, items.len() / size);
    if bounds.step == 1 {
        let start = bounds.start as usize * size;
        return items[start..start + bounds.len * size].to_vec();
    }
    bounds.indexes().flat_map(|at| items[at * size..(at + 1) * size].iter().copied()).collect()
}

fn set_item(h: &mut Held, args: Args<'_>) -> R {
    assign(h, args.this::<Array>(), &args[1], Some(&args[2]))
}

/// Sets an item or a slice; deletes without a value.
fn assign(h: &mut Held, this: &Obj<Array>, key: &Value, value: Option<&Value>) -> R {
    if let Some(slice) = key.downcast::<Slice>() {
        return assign_slice(h, this, slice, value);
    }
    if !is_index(h, key) {
        return Err(h.type_error("array indices must be integers"));
    }
    let (at, size) = (index_of(h, key)?, this.size);
    let done = match (this.items.read(h, |items| place(items, size, at)), value) {
        (None, _) => None,
        (_, Some(value)) => {
            let item = encode(h, this.code, value)?;
            this.items.write(h, |items| place(items, size, at).map(|at| items[at].copy_from_slice(&item[..size])))
        }
        (_, None) => resize(h, this, |items| place(items, size, at).map(|at| drop(items.drain(at))))?,
    };
    done.map(|()| Value::NONE).ok_or_else(|| h.index_error("array assignment index out of range"))
}

fn assign_slice(h: &mut Held, this: &Obj<Array>, slice: &Slice, value: Option<&Value>) -> R {
    let new = match value {
        None => Vec::new(),
        Some(value) => match value.downcast::<Array>() {
            None => {
                let got = value.class_name();
                return Err(h.type_error(format!("can only assign array (not \"{got}\") to array slice")));
            }
            Some(other) if other.code != this.code => return Err(bad_argument(h)),
            Some(other) => other.items.read(h, Clone::clone),
        },
    };
    let unpacked = slice.unpack(h)?;
    let (size, count) = (this.size, new.len() / this.size);
    let wanted = this.items.write(h, |items| overwrite(items, size, unpacked, &new));
    if wanted == count {
        return Ok(Value::NONE);
    }
    if unpacked.2 == 1 {
        resize(h, this, |items| {
            let bounds = adjust(unpacked, items.len() / size);
            let start = bounds.start as usize;
            drop(items.splice(start * size..(start + bounds.len) * size, new));
        })?;
    } else if value.is_none() {
        resize(h, this, |items| delete(items, size, unpacked))?;
    } else {
        let message = format!("attempt to assign array of size {count} to extended slice of size {wanted}");
        return Err(h.value_error(message));
    }
    Ok(Value::NONE)
}

/// Puts items in the place of as many; gives back how many there are to replace.
fn overwrite(items: &mut [u8], size: usize, unpacked: Unpacked, new: &[u8]) -> usize {
    let bounds = adjust(unpacked, items.len() / size);
    if bounds.len == new.len() / size {
        for (at, item) in bounds.indexes().zip(new.chunks_exact(size)) {
            items[at * size..(at + 1) * size].copy_from_slice(item);
        }
    }
    bounds.len
}

fn delete(items: &mut Vec<u8>, size: usize, unpacked: Unpacked) {
    let bounds = adjust(unpacked, items.len() / size);
    let mut gone = vec![false; items.len() / size];
    bounds.indexes().for_each(|at| gone[at] = true);
    let kept = items.chunks_exact(size).zip(gone).filter(|(_, gone)| !gone);
    *items = kept.flat_map(|(item, _)| item.to_vec()).collect();
}

#[cold]
fn bad_argument(h: &Held) -> interpreter::runtime::error::Raised {
    h.type_error("bad argument type for built-in operation")
}

/// Where `args[1]` is first found from `start` to `stop`.
fn find(h: &mut Held, args: Args<'_>, start: isize, stop: isize) -> R<Option<usize>> {
    let this = args.this::<Array>();
    let mut at = start.max(0) as usize;
    while at < stop.max(0) as usize
        && let Some(item) = get(h, this, at)
    {
        if h.eq_op(&item, &args[1])? {
            return Ok(Some(at));
        }
        at += 1;
    }
    Ok(None)
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    let (mut count, mut at) = (0, 0);
    while let Some(item) = get(h, args.this::<Array>(), at) {
        count += i64::from(h.eq_op(&item, &args[1])?);
        at += 1;
    }
    Ok(h.new_int(count))
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    let len = len(h, args.this::<Array>()) as isize;
    let mut bound = |value: Option<&Value>, missing: isize| -> R<isize> {
        let Some(value) = value else { return Ok(missing) };
        let at = h.to_isize_clamped(value)?;
        Ok(if at < 0 { at.saturating_add(len).max(0) } else { at })
    };
    let (start, stop) = (bound(args.opt(2), 0)?, bound(args.opt(3), isize::MAX)?);
    match find(h, args, start, stop)? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(h.value_error("array.index(x): x not in array")),
    }
}

fn insert(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let at = h.to_isize(&args[1])?;
    let item = encode(h, this.code, &args[2])?;
    resize(h, this, |items| {
        let len = (items.len() / this.size) as isize;
        let at = (if at < 0 { (at + len).max(0) } else { at.min(len) }) as usize * this.size;
        drop(items.splice(at..at, item[..this.size].iter().copied()));
    })?;
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let last = h.new_int(-1);
    let at = h.to_isize(args.opt(1).unwrap_or(&last))?;
    if len(h, this) == 0 {
        return Err(h.index_error("pop from empty array"));
    }
    let inside = this.items.read(h, |items| place(items, this.size, at)).is_some();
    let take = |items: &mut Vec<u8>| place(items, this.size, at).map(|at| items.drain(at).collect::<Vec<u8>>());
    let item = if inside { resize(h, this, take)? } else { None };
    match item {
        Some(item) => Ok(decode(h, this.code, &item)),
        None => Err(h.index_error("pop index out of range")),
    }
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let Some(at) = find(h, args, 0, isize::MAX)? else {
        return Err(h.value_error("array.remove(x): x not in array"));
    };
    resize(h, this, |items| place(items, this.size, at as isize).map(|at| drop(items.drain(at))))?;
    Ok(Value::NONE)
}

fn reverse(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    this.items.write(h, |items| {
        items.reverse();
        items.chunks_exact_mut(this.size).for_each(<[u8]>::reverse);
    });
    Ok(Value::NONE)
}

fn byte_swap(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    this.items.write(h, |items| items.chunks_exact_mut(this.size).for_each(<[u8]>::reverse));
    Ok(Value::NONE)
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let Some(other) = args[1].downcast::<Array>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only append array (not \"{got}\") to array")));
    };
    if other.code != this.code {
        return Err(bad_argument(h));
    }
    let mut items = this.items.read(h, Clone::clone);
    other.items.read(h, |more| items.extend_from_slice(more));
    Ok(construct::same_code(h, this, items).into_value())
}

fn add_in_place(h: &mut Held, args: Args<'_>) -> R {
    if args[1].downcast::<Array>().is_none() {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only extend array with array (not \"{got}\")")));
    }
    extend_by(h, args.this::<Array>(), &args[1])?;
    Ok(args[0].clone())
}

/// The items so many times; nothing if that is too much.
fn repeated(items: &[u8], times: isize) -> Option<Vec<u8>> {
    const MOST: usize = 1 << 40;
    let times = times.max(0) as usize;
    let mut result = Vec::new();
    let len = items.len().checked_mul(times).filter(|&len| len <= MOST)?;
    result.try_reserve_exact(len).ok()?;
    (0..if items.is_empty() { 0 } else { times }).for_each(|_| result.extend_from_slice(items));
    Some(result)
}

fn multiply(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let times = h.to_isize(&args[1])?;
    let items = this.items.read(h, |items| repeated(items, times)).ok_or_else(|| h.memory_error())?;
    Ok(construct::same_code(h, this, items).into_value())
}

fn multiply_in_place(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let times = h.to_isize(&args[1])?;
    if times != 1 && len(h, this) > 0 {
        let done = resize(h, this, |items| repeated(items, times).map(|all| *items = all))?;
        done.ok_or_else(|| h.memory_error())?;
    }
    Ok(args[0].clone())
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let Some(other) = args[1].downcast::<Array>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let this = args.this::<Array>();
    let (a, b) = (values_of(h, this), values_of(h, other));
    if a.len() != b.len() && matches!(op, CmpOp::Eq | CmpOp::NotEq) {
        return Ok(Value::bool(op == CmpOp::NotEq));
    }
    for (x, y) in a.iter().zip(&b) {
        if !h.eq_op(x, y)? {
            return match op {
                CmpOp::Eq => Ok(Value::FALSE),
                CmpOp::NotEq => Ok(Value::TRUE),
                _ => h.rich_compare(x, y, op),
            };
        }
    }
    Ok(Value::bool(interpreter::vm::protocol::compare::ordering_is(op, a.len().cmp(&b.len()))))
}
