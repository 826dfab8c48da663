//! What lists, tuples and their like have in common: indexes, repetition, comparison, search and text.
//!
//! In: anything with items by position. Out: CPython's answers and messages. The one invariant: items are asked for one by
//! one, because comparing and printing them may change the sequence.

use crate::objects::exception::Exc;
use crate::objects::header::Obj;
use crate::objects::int::IntView;
use crate::objects::key::plain_prefix;
use crate::objects::list::List;
use crate::objects::names::n;
use crate::objects::slice::Slice;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::CmpOp;
use crate::vm::protocol::compare::ordering_is;
use toy_text::CharsBuf;

/// Items by position.
pub trait Sequence {
    fn size(&self, h: &Held) -> usize;
    fn at(&self, h: &Held, i: usize) -> Option<Value>;
    /// How many items at the front are equal to the other's, as far as that can be told without toy code.
    fn plain_prefix(&self, _: &Held, _: &Self) -> usize {
        0
    }
}

impl Sequence for Obj<List> {
    fn size(&self, h: &Held) -> usize {
        self.len(h)
    }

    #[inline]
    fn at(&self, h: &Held, i: usize) -> Option<Value> {
        self.get(h, i)
    }

    fn plain_prefix(&self, h: &Held, other: &Self) -> usize {
        if !(self.items.is_private() && other.items.is_private()) {
            // One lock at a time: the items are compared one by one.
            return 0;
        }
        self.with(h, |own| other.with(h, |theirs| plain_prefix(own, theirs)))
    }
}

impl Sequence for Obj<Tuple> {
    fn size(&self, _: &Held) -> usize {
        self.items().len()
    }

    #[inline]
    fn at(&self, _: &Held, i: usize) -> Option<Value> {
        self.items().get(i).cloned()
    }

    fn plain_prefix(&self, _: &Held, other: &Self) -> usize {
        plain_prefix(self.items(), other.items())
    }
}

/// The six entries of rich comparison, by a function that is given the operator.
#[macro_export]
macro_rules! comparisons {
    ($compare:path) => {
        [
            $crate::runtime::signature::def("__lt__", "value, /", |h, args| $compare(h, args, $crate::vm::CmpOp::Lt)),
            $crate::runtime::signature::def("__le__", "value, /", |h, args| $compare(h, args, $crate::vm::CmpOp::LtE)),
            $crate::runtime::signature::def("__gt__", "value, /", |h, args| $compare(h, args, $crate::vm::CmpOp::Gt)),
            $crate::runtime::signature::def("__ge__", "value, /", |h, args| $compare(h, args, $crate::vm::CmpOp::GtE)),
            $crate::runtime::signature::def("__eq__", "value, /", |h, args| $compare(h, args, $crate::vm::CmpOp::Eq)),
            $crate::runtime::signature::def("__ne__", "value, /", |h, args| {
                $compare(h, args, $crate::vm::CmpOp::NotEq)
            }),
        ]
    };
}

/// `a op b`, item by item: the first pair that differs decides, then the lengths.
pub fn compare<S: Sequence + ?Sized>(h: &mut Held, a: &S, b: &S, op: CmpOp) -> R {
    let (of_a, of_b) = (a.size(h), b.size(h));
    if of_a != of_b && matches!(op, CmpOp::Eq | CmpOp::NotEq) {
        return Ok(Value::bool(op == CmpOp::NotEq));
    }
    match first_difference(h, a, b)? {
        None => Ok(Value::bool(ordering_is(op, a.size(h).cmp(&b.size(h))))),
        Some(_) if op == CmpOp::Eq => Ok(Value::FALSE),
        Some(_) if op == CmpOp::NotEq => Ok(Value::TRUE),
        Some((x, y)) => h.rich_compare(&x, &y, op),
    }
}

/// The first pair of items that are not equal.
pub fn first_difference<S: Sequence + ?Sized>(h: &mut Held, a: &S, b: &S) -> R<Option<(Value, Value)>> {
    h.check_native_stack(" in comparison")?;
    let mut i = a.plain_prefix(h, b);
    while let (Some(x), Some(y)) = (a.at(h, i), b.at(h, i)) {
        if !x.is(&y) && !h.eq_op(&x, &y)? {
            // The comparison may have shortened one of them: then the lengths decide.
            let both = i < a.size(h) && i < b.size(h);
            return Ok(both.then_some((x, y)));
        }
        i += 1;
    }
    Ok(None)
}

/// `repr` of a sequence: `open`, the items, `close`.
pub fn repr_items<S: Sequence>(h: &mut Held, value: &Value, items: &S, open: &str, close: &str) -> R {
    let done = h.in_repr(value, |h| {
        let mut text = CharsBuf::new();
        text.push_str(open);
        let mut i = 0;
        while let Some(item) = items.at(h, i) {
            if i > 0 {
                text.push_str(", ");
            }
            push_repr(h, &mut text, &item)?;
            i += 1;
        }
        text.push_str(close);
        Ok(h.str_from_owned(&text.finish()))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str(&format!("{open}...{close}"))))
}

/// Appends the `repr` of a value.
pub fn push_repr(h: &mut Held, text: &mut CharsBuf, value: &Value) -> R<()> {
    let repr = h.repr(value)?;
    if let Some(repr) = repr.downcast::<Str>() {
        text.push_chars(repr.chars());
    }
    Ok(())
}

/// How often an item is there.
pub fn count<S: Sequence>(h: &mut Held, items: &S, wanted: &Value) -> R {
    let (mut i, mut found) = (0, 0);
    while let Some(item) = items.at(h, i) {
        found += h.eq(&item, wanted)? as i64;
        i += 1;
    }
    Ok(h.new_int(found))
}

/// Whether an item is there.
pub fn contains<S: Sequence>(h: &mut Held, items: &S, wanted: &Value) -> R {
    let mut i = 0;
    while let Some(item) = items.at(h, i) {
        if h.eq(&item, wanted)? {
            return Ok(Value::TRUE);
        }
        i += 1;
    }
    Ok(Value::FALSE)
}

/// `items.index(wanted, start, stop)`: nothing if it is not there.
pub fn find<S: Sequence>(
    h: &mut Held,
    items: &S,
    wanted: &Value,
    start: Option<&Value>,
    stop: Option<&Value>,
) -> R<Option<usize>> {
    let len = items.size(h);
    let start = bound(h, start, len, 0)?;
    let stop = bound(h, stop, len, isize::MAX)?;
    let mut i = start;
    while i < stop
        && let Some(item) = items.at(h, i)
    {
        if h.eq(&item, wanted)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

/// A bound of `index`: negative ones count from the end.
pub fn bound(h: &mut Held, value: Option<&Value>, len: usize, default: isize) -> R<usize> {
    let Some(value) = value else { return Ok(default.max(0) as usize) };
    if value.as_int().is_none() && h.special(value, n::__index__).is_none() {
        return Err(h.type_error("slice indices must be integers or have an __index__ method"));
    }
    let i = h.to_isize_clamped(value)?;
    Ok(if i < 0 { i.saturating_add(len as isize).max(0) } else { i } as usize)
}

/// An int that must fit a machine word; `exc` is raised if it does not.
pub fn index_sized(h: &mut Held, value: &Value, exc: Exc) -> R<isize> {
    if let Some(i) = value.as_small_int() {
        return Ok(i as isize);
    }
    let index = h.index(value)?;
    match index.as_int().and_then(IntView::to_i64) {
        Some(i) => Ok(i as isize),
        None => Err(h.error(exc, format!("cannot fit '{}' into an index-sized integer", value.class_name()))),
    }
}

/// The position that an index names, if it is inside.
#[inline]
pub fn position(i: isize, len: usize) -> Option<usize> {
    let at = if i < 0 { i + len as isize } else { i };
    usize::try_from(at).ok().filter(|&at| at < len)
}

/// Whether a value can be an index.
pub fn is_index(h: &Held, value: &Value) -> bool {
    value.as_int().is_some() || h.special(value, n::__index__).is_some()
}

/// What a subscript means.
pub enum Subscript<'a> {
    Index(isize),
    Slice(&'a Obj<Slice>),
}

/// Tells an index from a slice; TypeError for anything else.
pub fn subscript<'a>(h: &mut Held, of: &str, value: &'a Value) -> R<Subscript<'a>> {
    if let Some(slice) = value.downcast::<Slice>() {
        return Ok(Subscript::Slice(slice));
    }
    if !is_index(h, value) {
        let got = value.class_name();
        return Err(h.type_error(format!("{of} indices must be integers or slices, not {got}")));
    }
    index_sized(h, value, Exc::IndexError).map(Subscript::Index)
}

/// `items * count`; nothing if there is no room for it.
pub fn repeat(items: &[Value], count: isize) -> Option<Vec<Value>> {
    let count = count.max(0) as usize;
    let mut all = reserve(items.len().checked_mul(count))?;
    if let [item] = items {
        all.resize(count, item.clone());
        return Some(all);
    }
    for _ in 0..if items.is_empty() { 0 } else { count } {
        all.extend_from_slice(items);
    }
    Some(all)
}

/// An empty vector with room for so many values; MemoryError if there is none.
pub fn room(h: &Held, len: Option<usize>) -> R<Vec<Value>> {
    reserve(len).ok_or_else(|| h.memory_error())
}

fn reserve(len: Option<usize>) -> Option<Vec<Value>> {
    const MOST: usize = 1 << 37;
    let mut all = Vec::new();
    all.try_reserve_exact(len.filter(|&len| len <= MOST)?).ok()?;
    Some(all)
}

/// The count of `sequence * count`: nothing if the operand is no int.
pub fn repeat_count(h: &mut Held, value: &Value) -> R<isize> {
    index_sized(h, value, Exc::OverflowError)
}

/// `can only assign an iterable` and the like: in place of a TypeError of `iter`.
pub fn collect_or(h: &mut Held, iterable: &Value, message: &str) -> R<Vec<Value>> {
    if iterable.exactly::<List>().is_some() || iterable.exactly::<Tuple>().is_some() {
        return h.collect(iterable);
    }
    let iterator = match h.iter(iterable) {
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error(message)),
        other => other?,
    };
    h.collect(&iterator)
}

/// `IndexError` with a message that begins with the type.
#[cold]
pub fn out_of_range(h: &Held, what: &str) -> Raised {
    h.index_error(format!("{what} out of range"))
}
