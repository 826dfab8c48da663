//! The iterators that loops meet most: of ranges, lists and tuples.
//!
//! In: a container. Out: its items one by one. The one invariant: an exhausted iterator stays exhausted.

use super::header::{Kind, Obj, Ref, allocate};
use super::list::List;
use super::set::Set;
use super::tuple::Tuple;
use super::value::Value;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

/// Iterator of a range of machine ints.
pub struct RangeIter {
    /// Where it would be after the last item.
    pub(crate) end: i64,
    pub(crate) step: i64,
    /// How many items are to come: what tells the next one, so that threads that share the iterator stay inside the range.
    pub(crate) left: Word<u64>,
}

crate::object!(RangeIter = Kind::RANGE_ITER, "range_iterator");

/// Iterator of a list (or, with a tuple, of that).
pub struct ListIter {
    /// Nothing when exhausted.
    pub(crate) list: ObjCell<Option<Value>>,
    pub(crate) at: Word<usize>,
}

crate::object!(ListIter = Kind::LIST_ITER, "list_iterator", traced[list]);

impl RangeIter {
    #[inline(always)]
    pub(crate) fn advance(&self) -> Option<i64> {
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        self.left.set(left - 1);
        Some(self.before_end(left))
    }

    /// The item that so many items end with.
    #[inline(always)]
    pub(crate) fn before_end(&self, left: u64) -> i64 {
        self.end.wrapping_sub(self.step.wrapping_mul(left as i64))
    }
}

impl ListIter {
    #[inline(always)]
    pub(crate) fn advance(&self, held: &Held) -> Option<Value> {
        let at = self.at.get();
        let item_of = |container: &Value| match container.downcast::<List>() {
            Some(list) => list.get(held, at),
            None => container.downcast::<Tuple>().and_then(|tuple| tuple.items().get(at).cloned()),
        };
        let item = match self.list.is_private() {
            true => self.list.read(held, |container| item_of(container.as_ref()?)),
            // One lock at a time.
            false => item_of(&self.list.read(held, Clone::clone)?),
        };
        match item {
            Some(item) => {
                self.at.set(at + 1);
                Some(item)
            }
            None => {
                // The container is dropped outside of the cell.
                let done = self.list.seize(Option::take);
                drop(done);
                None
            }
        }
    }
}

impl Held {
    pub fn new_range_iter(&self, start: i64, step: i64, len: u64) -> Ref<RangeIter> {
        let end = start.wrapping_add(step.wrapping_mul(len as i64));
        let iter = RangeIter { end, step, left: Word::new(len) };
        allocate(&super::core().range_iterator, iter, 0)
    }

    /// An iterator of a list or tuple.
    pub fn new_sequence_iter(&self, container: Value) -> Ref<ListIter> {
        let class = match container.is_kind(Kind::LIST) {
            true => &super::core().list_iterator,
            false => &super::core().tuple_iterator,
        };
        allocate(class, ListIter { list: ObjCell::private(Some(container)), at: Word::new(0) }, 0)
    }
}

/// Iterator of a string's code points.
pub struct StrIter {
    /// Nothing when exhausted.
    pub(crate) string: ObjCell<Option<Value>>,
    pub(crate) at: Word<usize>,
}

crate::object!(StrIter = Kind::STR_ITER, "str_iterator", traced[string]);

/// Iterator of the items of a bytes, bytearray or memoryview.
pub struct BytesIter {
    /// Nothing when exhausted.
    pub(crate) source: ObjCell<Option<Value>>,
    pub(crate) at: Word<usize>,
}

crate::object!(BytesIter = Kind::BYTES_ITER, "bytes_iterator", traced[source]);

impl Held {
    pub fn new_str_iter(&self, string: Value) -> Value {
        let ascii = string.downcast::<super::str::Str>().is_some_and(|string| string.chars().is_ascii());
        let class = if ascii { &super::core().str_ascii_iterator } else { &super::core().str_iterator };
        allocate(class, StrIter { string: ObjCell::private(Some(string)), at: Word::new(0) }, 0).into_value()
    }

    /// An iterator of a bytes, bytearray or memoryview.
    pub fn new_bytes_iter(&self, source: Value) -> Value {
        let class = if source.downcast::<super::bytes::Bytes>().is_some() {
            &super::core().bytes_iterator
        } else if source.downcast::<super::bytes::ByteArray>().is_some() {
            &super::core().bytearray_iterator
        } else {
            &super::core().memory_iterator
        };
        allocate(class, BytesIter { source: ObjCell::private(Some(source)), at: Word::new(0) }, 0).into_value()
    }
}

/// Iterator by `__getitem__`, for sequences without `__iter__`.
pub struct GetItemIter {
    pub(crate) sequence: ObjCell<Option<Value>>,
    pub(crate) at: Word<i64>,
}

crate::object!(GetItemIter, "iterator", traced[sequence]);

impl Held {
    pub(crate) fn new_getitem_iter(&self, sequence: Value) -> Value {
        let iter = GetItemIter { sequence: ObjCell::private(Some(sequence)), at: Word::new(0) };
        allocate(&super::core().getitem_iterator, iter, 0).into_value()
    }
}

/// Iterator of a list from its end.
pub struct ListReverse {
    pub(crate) list: ObjCell<Option<Value>>,
    /// The next index, or -1.
    pub(crate) at: Word<isize>,
}

crate::object!(ListReverse = Kind::LIST_REVERSE, "list_reverseiterator", traced[list]);

/// Iterator of a range beyond machine words.
pub struct LongRangeIter {
    pub(crate) range: super::range::BigRange,
    /// The index of the next item.
    pub(crate) at: ObjCell<num_bigint::BigInt>,
}

crate::object!(LongRangeIter, "longrange_iterator");

/// `iter(callable, sentinel)`.
pub struct CallIter {
    /// Nothing when exhausted.
    pub(crate) callable: ObjCell<Option<Value>>,
    pub(crate) sentinel: Value,
}

crate::object!(CallIter, "callable_iterator", traced [callable, sentinel]);

/// Iterator of a set.
pub struct SetIter {
    /// Nothing when exhausted.
    pub(crate) set: ObjCell<Option<Ref<Set>>>,
    /// The slot to look at next.
    pub(crate) at: Word<usize>,
    /// How many keys the set had at the start; `usize::MAX` after it was seen changed.
    pub(crate) used: Word<usize>,
    pub(crate) left: Word<usize>,
}

crate::object!(SetIter = Kind::SET_ITER, "set_iterator", traced[set]);

impl Held {
    pub(crate) fn new_list_reverse(&self, list: &Obj<List>) -> Value {
        let at = Word::new(list.len(self) as isize - 1);
        let iter = ListReverse { list: ObjCell::private(Some(list.to_value())), at };
        allocate(&super::core().list_reverseiterator, iter, 0).into_value()
    }

    pub(crate) fn new_set_iter(&self, set: &Obj<Set>) -> Value {
        let len = set.len(self);
        let iter = SetIter {
            set: ObjCell::private(Some(set.to_ref())),
            at: Word::new(0),
            used: Word::new(len),
            left: Word::new(len),
        };
        allocate(&super::core().set_iterator, iter, 0).into_value()
    }

    pub(crate) fn new_call_iter(&self, callable: Value, sentinel: Value) -> Value {
        let iter = CallIter { callable: ObjCell::private(Some(callable)), sentinel };
        allocate(&super::core().callable_iterator, iter, 0).into_value()
    }
}
