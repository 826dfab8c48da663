//! `deque`: its operators.
//!
//! In: deques and other operands. Out: CPython's answers. The one invariant: items are compared and printed one by one, for
//! that may change the deque.

use super::deque::{Deque, copy};
use super::deque_iter;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::types::sequence;
use interpreter::vm::CmpOp;

pub(super) static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

pub(super) static OPERATORS: [Def; 13] = [
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<Deque>().len(h) as i64))),
    def("__contains__", "key, /", |h, args| Ok(Value::bool(args.this::<Deque>().contains(h, &args[1])?))),
    def("__iter__", "", |h, args| deque_iter::new_iter(h, &args[0], false)),
    def("__reversed__", "", |h, args| deque_iter::new_iter(h, &args[0], true)),
    def("__repr__", "", repr),
    def("__getitem__", "key, /", getitem),
    def("__setitem__", "key, value, /", setitem),
    def("__delitem__", "key, /", delitem),
    def("__add__", "value, /", add),
    def("__iadd__", "value, /", |h, args| {
        args.this::<Deque>().extend(h, &args[1])?;
        Ok(args[0].clone())
    }),
    def("__mul__", "value, /", mul),
    def("__rmul__", "value, /", mul),
    def("__imul__", "value, /", imul),
];

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Deque>() {
        Some(other) => sequence::compare::<Deque>(h, args.this::<Deque>(), other, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let list = h.in_repr(&args[0], |h| {
        let items = deque.snapshot(h);
        let items = h.new_list(items);
        h.repr(&items)
    })?;
    let Some(list) = list else { return Ok(h.new_str("[...]")) };
    let open = h.new_str(&format!("{}(", args[0].class().name_text()));
    let close = match deque.maxlen() {
        Some(most) => format!(", maxlen={most})"),
        None => ")".to_owned(),
    };
    let close = h.new_str(&close);
    let start = h.add(&open, &list)?;
    h.add(&start, &close)
}

/// The number that a subscript is: from the end, if it is negative.
fn index(h: &mut Held, key: &Value) -> R<isize> {
    if !sequence::is_index(h, key) {
        let got = key.class_name();
        return Err(h.type_error(format!("sequence index must be integer, not '{got}'")));
    }
    sequence::index_sized(h, key, Exc::IndexError)
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.index_error("deque index out of range")
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let i = index(h, &args[1])?;
    args.this::<Deque>().item(h, i).ok_or_else(|| out_of_range(h))
}

fn setitem(h: &mut Held, args: Args<'_>) -> R {
    let i = index(h, &args[1])?;
    let old = args.this::<Deque>().replace(h, i, args[2].clone());
    old.map(|_| Value::NONE).ok_or_else(|| out_of_range(h))
}

fn delitem(h: &mut Held, args: Args<'_>) -> R {
    let i = index(h, &args[1])?;
    let old = args.this::<Deque>().remove_at(h, i);
    old.map(|_| Value::NONE).ok_or_else(|| out_of_range(h))
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    if args[1].downcast::<Deque>().is_none() {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only concatenate deque (not \"{got}\") to deque")));
    }
    let sum = copy(h, args)?;
    if let Some(deque) = sum.downcast::<Deque>() {
        deque.extend(h, &args[1])?;
    }
    Ok(sum)
}

fn mul(h: &mut Held, args: Args<'_>) -> R {
    let count = sequence::repeat_count(h, &args[1])?;
    let product = copy(h, args)?;
    if let Some(deque) = product.downcast::<Deque>() {
        multiply(h, deque, count)?;
    }
    Ok(product)
}

fn imul(h: &mut Held, args: Args<'_>) -> R {
    let count = sequence::repeat_count(h, &args[1])?;
    multiply(h, args.this::<Deque>(), count)?;
    Ok(args[0].clone())
}

/// `deque *= count`: of a bounded deque only what stays is made.
fn multiply(h: &mut Held, deque: &Deque, count: isize) -> R<()> {
    let items = deque.snapshot(h);
    let (len, count) = (items.len(), count.max(0));
    let Some(most) = deque.maxlen().filter(|most| len.checked_mul(count as usize).is_none_or(|all| all > *most)) else {
        let all = sequence::repeat(&items, count).ok_or_else(|| h.memory_error())?;
        deque.set_items(h, all);
        return Ok(());
    };
    let times = most.div_ceil(len.max(1)).min(count as usize);
    let mut all = sequence::repeat(&items, times as isize).ok_or_else(|| h.memory_error())?;
    all.drain(..all.len().saturating_sub(most));
    deque.set_items(h, all);
    Ok(())
}
