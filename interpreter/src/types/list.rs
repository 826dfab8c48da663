//! `list`: the methods.
//!
//! In: a list and arguments. Out: CPython's answers. The one invariant: whatever may run toy code (iterating, comparing)
//! runs outside the closures that borrow the items, and the list is measured again afterwards.

use super::sequence::{self, Subscript};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::list::{List, drop_backwards};
use crate::objects::make_class::ClassSpec;
use crate::objects::slice::{Bounds, Unpacked, adjust};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "...", new);
    ClassSpec::of(&core().list)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &OPERATORS)
        .methods(h, &COMPARISONS)
        .class_methods(h, &super::GENERIC)
        .value(h, "__hash__", Value::NONE)
        .build(h);
}

static METHODS: [Def; 11] = [
    def("append", "object, /", append),
    def("clear", "", clear),
    def("copy", "", copy),
    def("count", "value, /", |h, args| sequence::count(h, args.this::<List>(), &args[1])),
    def("extend", "iterable, /", extend),
    def("index", "value, start=0, stop=9223372036854775807, /", index),
    def("insert", "index, object, /", insert),
    def("pop", "index=-1, /", pop),
    def("remove", "value, /", remove),
    def("reverse", "", reverse),
    def("sort", "*, key=None, reverse=False", super::sort::sort),
];

static OPERATORS: [Def; 14] = [
    def("__init__", "iterable=(), /", init_list),
    def("__repr__", "", repr),
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<List>().len(h) as i64))),
    def("__iter__", "", |h, args| Ok(h.new_sequence_iter(args[0].clone()).into_value())),
    def("__reversed__", "", |h, args| Ok(h.new_list_reverse(args.this::<List>()))),
    def("__contains__", "key, /", |h, args| sequence::contains(h, args.this::<List>(), &args[1])),
    def("__getitem__", "index, /", getitem),
    def("__setitem__", "key, value, /", setitem),
    def("__delitem__", "key, /", delitem),
    def("__add__", "value, /", add),
    def("__iadd__", "value, /", iadd),
    def("__mul__", "value, /", mul),
    def("__rmul__", "value, /", mul),
    def("__imul__", "value, /", imul),
];

static COMPARISONS: [Def; 6] = crate::comparisons!(compare);

fn new(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.list_of_class(args.this::<Class>(), Vec::new()).into_value())
}

fn init_list(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    drop_backwards(list.rearrange(h, std::mem::take));
    if let Some(iterable) = args.opt(1) {
        extend_by(h, list, iterable)?;
    }
    Ok(Value::NONE)
}

fn append(h: &mut Held, args: Args<'_>) -> R {
    args.this::<List>().push(h, args[1].clone());
    Ok(Value::NONE)
}

fn clear(h: &mut Held, args: Args<'_>) -> R {
    drop_backwards(args.this::<List>().rearrange(h, std::mem::take));
    Ok(Value::NONE)
}

fn copy(h: &mut Held, args: Args<'_>) -> R {
    let items = args.this::<List>().snapshot(h);
    Ok(h.new_list(items))
}

fn extend(h: &mut Held, args: Args<'_>) -> R {
    extend_by(h, args.this::<List>(), &args[1])?;
    Ok(Value::NONE)
}

/// Appends all items; those before an exception stay.
pub(crate) fn extend_by(h: &mut Held, list: &Obj<List>, iterable: &Value) -> R<()> {
    let at_once = match iterable.exactly::<List>().is_some() || iterable.exactly::<Tuple>().is_some() {
        true => Some(h.collect(iterable)?),
        false => h.at_one_moment(iterable),
    };
    if let Some(more) = at_once {
        list.admit_all(&more);
        list.rearrange(h, |items| items.extend(more));
        return Ok(());
    }
    let iterator = h.iter(iterable)?;
    let hint = h.room_for(iterable)?.min(1 << 20);
    list.rearrange(h, |items| items.reserve(hint));
    while let Some(item) = h.next(&iterator)? {
        list.push(h, item);
    }
    Ok(())
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    match sequence::find(h, args.this::<List>(), &args[1], args.opt(2), args.opt(3))? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => {
            let wanted = h.repr_text(&args[1])?;
            Err(h.value_error(format!("{wanted} is not in list")))
        }
    }
}

fn insert(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    args.this::<List>().admit(&args[2]);
    args.this::<List>().rearrange(h, |items| {
        let at = if at < 0 { at.saturating_add(items.len() as isize).max(0) } else { at } as usize;
        items.insert(at.min(items.len()), args[2].clone());
    });
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    let Some(index) = args.opt(1) else {
        return list.rearrange(h, Vec::pop).ok_or_else(|| h.index_error("pop from empty list"));
    };
    let index = h.to_isize(index)?;
    if list.is_empty(h) {
        return Err(h.index_error("pop from empty list"));
    }
    let popped = list.rearrange(h, |items| sequence::position(index, items.len()).map(|at| items.remove(at)));
    popped.ok_or_else(|| h.index_error("pop index out of range"))
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    match sequence::find(h, list, &args[1], None, None)? {
        Some(at) => {
            let old = list.rearrange(h, |items| (at < items.len()).then(|| items.remove(at)));
            drop(old);
            Ok(Value::NONE)
        }
        None => Err(h.value_error("list.remove(x): x not in list")),
    }
}

fn reverse(h: &mut Held, args: Args<'_>) -> R {
    args.this::<List>().rearrange(h, |items| items.reverse());
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    sequence::repr_items(h, &args[0], args.this::<List>(), "[", "]")
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<List>() {
        Some(other) => sequence::compare(h, args.this::<List>(), other, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    match sequence::subscript(h, "list", &args[1])? {
        Subscript::Index(i) => {
            let item = list.with(h, |items| sequence::position(i, items.len()).map(|at| items[at].clone()));
            item.ok_or_else(|| sequence::out_of_range(h, "list index"))
        }
        Subscript::Slice(slice) => {
            let unpacked = slice.unpack(h)?;
            Ok(get_slice(h, list, unpacked))
        }
    }
}

/// `list[slice]`.
pub(crate) fn get_slice(h: &mut Held, list: &Obj<List>, unpacked: Unpacked) -> Value {
    // Measured after its numbers were asked for.
    let items = list.with(h, |items| slice_of(items, adjust(unpacked, items.len())));
    h.new_list(items)
}

/// The items that bounds select.
pub(super) fn slice_of(items: &[Value], bounds: Bounds) -> Vec<Value> {
    let start = bounds.start as usize;
    match bounds.step {
        _ if bounds.len == 0 => Vec::new(),
        1 => items[start..start + bounds.len].to_vec(),
        _ => bounds.indexes().map(|i| items[i].clone()).collect(),
    }
}

fn setitem(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    match sequence::subscript(h, "list", &args[1])? {
        Subscript::Index(i) => {
            let value = args[2].clone();
            list.admit(&value);
            let old = list.rearrange(h, |items| {
                let at = sequence::position(i, items.len())?;
                Some(std::mem::replace(&mut items[at], value))
            });
            drop(old.ok_or_else(|| sequence::out_of_range(h, "list assignment index"))?);
        }
        Subscript::Slice(slice) => {
            let unpacked = slice.unpack(h)?;
            set_slice(h, list, unpacked, &args[2])?;
        }
    }
    Ok(Value::NONE)
}

pub(crate) fn set_slice(h: &mut Held, list: &Obj<List>, unpacked: Unpacked, value: &Value) -> R<()> {
    let message =
        if unpacked.2 == 1 { "can only assign an iterable" } else { "must assign iterable to extended slice" };
    let values = sequence::collect_or(h, value, message)?;
    list.admit_all(&values);
    if unpacked.2 == 1 {
        let old: Vec<Value> = list.rearrange(h, |items| {
            let bounds = adjust(unpacked, items.len());
            let start = bounds.start as usize;
            if values.len() == bounds.len {
                let mut values = values;
                items[start..start + bounds.len].swap_with_slice(&mut values);
                return values;
            }
            items.splice(start..start + bounds.len, values).collect()
        });
        drop_backwards(old);
        return Ok(());
    }
    let got = values.len();
    let done: Result<Vec<Value>, usize> = list.rearrange(h, |items| {
        let bounds = adjust(unpacked, items.len());
        if values.len() != bounds.len {
            return Err(bounds.len);
        }
        let places = bounds.indexes().zip(values);
        Ok(places.map(|(i, value)| std::mem::replace(&mut items[i], value)).collect())
    });
    match done {
        Ok(old) => drop(old),
        Err(wanted) => {
            let message = format!("attempt to assign sequence of size {got} to extended slice of size {wanted}");
            return Err(h.value_error(message));
        }
    }
    Ok(())
}

fn delitem(h: &mut Held, args: Args<'_>) -> R {
    let list = args.this::<List>();
    match sequence::subscript(h, "list", &args[1])? {
        Subscript::Index(i) => {
            let old = list.rearrange(h, |items| sequence::position(i, items.len()).map(|at| items.remove(at)));
            drop(old.ok_or_else(|| sequence::out_of_range(h, "list assignment index"))?);
        }
        Subscript::Slice(slice) => {
            let unpacked = slice.unpack(h)?;
            let old = list.rearrange(h, |items| delete_slice(items, adjust(unpacked, items.len())));
            if unpacked.2 == 1 { drop_backwards(old) } else { drop(old) }
        }
    }
    Ok(Value::NONE)
}

/// Takes the items that bounds select out.
fn delete_slice(items: &mut Vec<Value>, bounds: Bounds) -> Vec<Value> {
    let start = bounds.start as usize;
    if bounds.len == 0 {
        return Vec::new();
    }
    if bounds.step == 1 {
        return items.drain(start..start + bounds.len).collect();
    }
    let step = bounds.step.unsigned_abs();
    let first = if bounds.step > 0 { start } else { start - (bounds.len - 1) * step };
    let last = first + (bounds.len - 1) * step;
    let (mut taken, mut at) = (Vec::with_capacity(bounds.len), 0);
    let kept = items.drain(first..).filter_map(|item| {
        let i = first + at;
        at += 1;
        if i <= last && (i - first).is_multiple_of(step) {
            taken.push(item);
            None
        } else {
            Some(item)
        }
    });
    let kept: Vec<Value> = kept.collect();
    items.extend(kept);
    taken
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    let Some(other) = args[1].downcast::<List>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only concatenate list (not \"{got}\") to list")));
    };
    let list = args.this::<List>();
    let mut items = sequence::room(h, list.len(h).checked_add(other.len(h)))?;
    list.with(h, |own| items.extend_from_slice(own));
    other.with(h, |more| items.extend_from_slice(more));
    Ok(h.new_list(items))
}

fn iadd(h: &mut Held, args: Args<'_>) -> R {
    extend_by(h, args.this::<List>(), &args[1])?;
    Ok(args[0].clone())
}

fn mul(h: &mut Held, args: Args<'_>) -> R {
    let count = sequence::repeat_count(h, &args[1])?;
    let items = args.this::<List>().with(h, |items| sequence::repeat(items, count));
    Ok(h.new_list(items.ok_or_else(|| h.memory_error())?))
}

fn imul(h: &mut Held, args: Args<'_>) -> R {
    let count = sequence::repeat_count(h, &args[1])?;
    let list = args.this::<List>();
    let old = list.rearrange(h, |own| sequence::repeat(own, count).map(|items| std::mem::replace(own, items)));
    drop_backwards(old.ok_or_else(|| h.memory_error())?);
    Ok(args[0].clone())
}
