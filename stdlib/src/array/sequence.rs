//! Arrays as sequences: items, slices, searching, joining, comparing.
//!
//! In: arrays and indexes. Out: items and arrays. The one invariant: an index is looked at again after anything that may have run
//! toy code.

use super::convert::{append, extend_by, resize, values_of};
use super::item::{decode, encode};
use super::{Array, construct};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::slice::{Bounds, Slice};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::protocol::compare::CmpOp;

pub(super) static METHODS: [Def; 24] = [
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
    def("__lt__", "value, /", |h, args| compare(h, args, CmpOp::Lt)),
    def("__le__", "value, /", |h, args| compare(h, args, CmpOp::LtE)),
    def("__gt__", "value, /", |h, args| compare(h, args, CmpOp::Gt)),
    def("__ge__", "value, /", |h, args| compare(h, args, CmpOp::GtE)),
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
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
    array
        .items
        .read(h, |items| items.get(at * array.size..(at + 1) * array.size).map(|item| decode(h, array.code, item)))
}

/// An index as given, and where that is; nothing if outside.
fn position(h: &mut Held, array: &Array, index: &Value) -> R<Option<usize>> {
    let given = h.index(index)?;
    let Some(at) = given.as_int().and_then(|at| at.to_i64()) else {
        return Err(h.index_error(format!("cannot fit '{}' into an index-sized integer", index.class_name())));
    };
    let len = len(h, array) as i64;
    let at = if at < 0 { at + len } else { at };
    Ok(usize::try_from(at).ok().filter(|&at| (at as i64) < len))
}

fn is_index(h: &Held, key: &Value) -> bool {
    key.as_int().is_some() || h.special(key, interpreter::objects::names::n::__index__).is_some()
}

fn get_item(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        let bounds = interpreter::objects::slice::adjust(unpacked, len(h, this));
        let items = this.items.read(h, |items| gather(items, this.size, bounds));
        return Ok(construct::same_code(h, this, items).into_value());
    }
    if !is_index(h, &args[1]) {
        return Err(h.type_error("array indices must be integers"));
    }
    match position(h, this, &args[1])?.and_then(|at| get(h, this, at)) {
        Some(item) => Ok(item),
        None => Err(h.index_error("array index out of range")),
    }
}

fn gather(items: &[u8], size: usize, bounds: Bounds) -> Vec<u8> {
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
    let Some(at) = position(h, this, key)? else { return Err(h.index_error("array assignment index out of range")) };
    let size = this.size;
    match value {
        Some(value) => {
            let item = encode(h, this.code, value)?;
            this.items.write(h, |items| {
                if let Some(place) = items.get_mut(at * size..(at + 1) * size) {
                    place.copy_from_slice(&item[..size]);
                }
            });
        }
        None => resize(h, this, |items| drop(items.drain(at * size..(at + 1) * size)))?,
    }
    Ok(Value::NONE)
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
    let bounds = interpreter::objects::slice::adjust(unpacked, len(h, this));
    let (size, count) = (this.size, new.len() / this.size);
    if bounds.step == 1 {
        let range = bounds.start as usize * size..(bounds.start as usize + bounds.len) * size;
        return store(h, this, new.len() != range.len(), |items| drop(items.splice(range, new)));
    }
    if value.is_none() {
        return store(h, this, bounds.len > 0, |items| delete(items, size, bounds));
    }
    if count != bounds.len {
        let wanted = bounds.len;
        return Err(
            h.value_error(format!("attempt to assign array of size {count} to extended slice of size {wanted}"))
        );
    }
    store(h, this, false, |items| {
        for (at, item) in bounds.indexes().zip(new.chunks_exact(size)) {
            items[at * size..(at + 1) * size].copy_from_slice(item);
        }
    })
}

fn store(h: &mut Held, this: &Obj<Array>, resizes: bool, change: impl FnOnce(&mut Vec<u8>)) -> R {
    if resizes {
        resize(h, this, change)?
    } else {
        this.items.write(h, change)
    }
    Ok(Value::NONE)
}

fn delete(items: &mut Vec<u8>, size: usize, bounds: Bounds) {
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
    let len = len(h, this) as isize;
    let at = (if at < 0 { (at + len).max(0) } else { at.min(len) }) as usize * this.size;
    resize(h, this, |items| drop(items.splice(at..at, item[..this.size].iter().copied())))?;
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let last = h.new_int(-1);
    let at = h.to_isize(args.opt(1).unwrap_or(&last))?;
    let len = len(h, this) as isize;
    if len == 0 {
        return Err(h.index_error("pop from empty array"));
    }
    let at = if at < 0 { at + len } else { at };
    let item = usize::try_from(at).ok().and_then(|at| get(h, this, at));
    let Some(item) = item else { return Err(h.index_error("pop index out of range")) };
    let start = at as usize * this.size;
    resize(h, this, |items| drop(items.drain(start..start + this.size)))?;
    Ok(item)
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let Some(at) = find(h, args, 0, isize::MAX)? else {
        return Err(h.value_error("array.remove(x): x not in array"));
    };
    let (start, end) = (at * this.size, (at + 1) * this.size);
    resize(h, this, |items| {
        if items.len() >= end {
            items.drain(start..end);
        }
    })?;
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

/// The items so many times; MemoryError if that is too much.
fn repeated(h: &mut Held, this: &Array, times: &Value) -> R<Vec<u8>> {
    const MOST: usize = 1 << 40;
    let times = h.to_isize(times)?.max(0) as usize;
    let items = this.items.read(h, Clone::clone);
    let mut result = Vec::new();
    let fits = items.len().checked_mul(times).is_some_and(|all| all <= MOST && result.try_reserve_exact(all).is_ok());
    if !fits {
        return Err(h.memory_error());
    }
    (0..if items.is_empty() { 0 } else { times }).for_each(|_| result.extend_from_slice(&items));
    Ok(result)
}

fn multiply(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let items = repeated(h, this, &args[1])?;
    Ok(construct::same_code(h, this, items).into_value())
}

fn multiply_in_place(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let items = repeated(h, this, &args[1])?;
    let resizes = items.len() != this.items.read(h, Vec::len);
    store(h, this, resizes, |own| *own = items)?;
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
