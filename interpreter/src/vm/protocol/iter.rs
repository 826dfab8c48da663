//! Iteration.
//!
//! In: an iterable. Out: an iterator, or its items. The one invariant: `next` gives nothing at the end and never a
//! StopIteration; native iterators are asked without raising one.

use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::dict_view::{DictView, What};
use crate::objects::exception::Exc;
use crate::objects::generator::Generator;
use crate::objects::header::{Kind, Obj, flag};
use crate::objects::iter::{ListIter, RangeIter};
use crate::objects::list::List;
use crate::objects::names::n;
use crate::objects::range::Range;
use crate::objects::set::Set;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::turn::{in_turn, steps_alone};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::{Held, Word, is_parallel};
use crate::vm::ops::{self, generator::Resumed};
use crate::vm::protocol::ways::{ITER, LEN};

/// Whatever promises more is not asked for its items: there is no room for them.
const MOST_ITEMS: usize = 1 << 40;

/// A native iterator's step: nothing at the end.
pub type NextFn = fn(&mut Held, &Value) -> R<Option<Value>>;

struct NextTable([Word<Option<NextFn>>; Kind::MOST]);

// SAFETY: with the GIL, filled and read under it; without, a `Word` is atomic.
unsafe impl Sync for NextTable {}

static NEXT: NextTable = NextTable([const { Word::new(None) }; Kind::MOST]);

/// Tells how a native kind of iterator is stepped; its class gets `__next__` and `__iter__` from `ClassSpec::iterator`.
pub(crate) fn register_next(kind: Kind, next: NextFn) {
    NEXT.0[kind.0 as usize].set(Some(next));
}

#[inline]
pub(crate) fn next_of(object: &Value) -> Option<NextFn> {
    next_of_kind(object.header()?.kind())
}

#[inline]
fn next_of_kind(kind: Kind) -> Option<NextFn> {
    NEXT.0[kind.0 as usize].get()
}

/// A StopIteration is the end.
#[cold]
fn end_of_iteration(raised: Raised) -> R<Option<Value>> {
    if raised.is(Exc::StopIteration) { Ok(None) } else { Err(raised) }
}

impl Held {
    /// `iter(value)`.
    pub fn iter(&mut self, value: &Value) -> R {
        if let Some(iterator) = self.plain_iter(value) {
            return Ok(iterator);
        }
        if let Some(iter) = ITER.of(value) {
            return iter(self, value);
        }
        match self.special(value, n::__iter__) {
            Some(method) if method.is_none() => Err(self.not_iterable(value)),
            Some(method) => {
                let iterator = self.call_unbound(&method, value, &[])?;
                if next_of(&iterator).is_some() || self.is_iterator(&iterator) {
                    return Ok(iterator);
                }
                let got = iterator.class_name();
                Err(self.type_error(format!("iter() returned non-iterator of type '{got}'")))
            }
            None if self.has_items(value) => Ok(self.new_getitem_iter(value.clone())),
            None => Err(self.not_iterable(value)),
        }
    }

    /// What the `__iter__` of an exact builtin container or a generator gives, and of what is its own iterator and steps alone.
    pub fn iter_of_native(&mut self, value: &Value) -> Option<Value> {
        self.plain_iter(value).or_else(|| steps_alone(value).then(|| value.clone()))
    }

    /// What the `__iter__` of an exact builtin container or a generator gives.
    fn plain_iter(&mut self, value: &Value) -> Option<Value> {
        let header = value.header().filter(|header| !header.has(flag::SUBCLASS))?;
        match header.kind() {
            Kind::LIST | Kind::TUPLE => Some(self.new_sequence_iter(value.clone()).into_value()),
            Kind::GENERATOR => value.downcast::<Generator>().is_some_and(is_plain).then(|| value.clone()),
            Kind::DICT if header.class().is(core().dict.value()) => {
                value.exactly::<Dict>().map(|dict| self.new_dict_iter(dict, What::Keys, false))
            }
            Kind::SET => value.exactly::<Set>().map(|set| self.new_set_iter(set)),
            Kind::STR => Some(self.new_str_iter(value.clone())),
            _ => match value.exactly::<Range>().map(|range| &**range) {
                Some(Range::Small(range)) => Some(self.new_range_iter(range.start, range.step, range.len).into_value()),
                _ => {
                    let view = value.exactly::<DictView>()?;
                    let own = std::ptr::eq(header.class(), &**view.what.view_class());
                    own.then(|| self.new_dict_iter(&view.dict, view.what, false))
                }
            },
        }
    }

    #[cold]
    fn not_iterable(&mut self, value: &Value) -> crate::runtime::error::Raised {
        self.type_error(format!("'{}' object is not iterable", value.class_name()))
    }

    pub fn is_iterable(&mut self, value: &Value) -> bool {
        if ITER.of(value).is_some() {
            return true;
        }
        match self.special(value, n::__iter__) {
            Some(method) => !method.is_none(),
            None => self.has_items(value) && value.downcast::<Class>().is_none(),
        }
    }

    /// Whether `__getitem__` counts items: it does in classes made by programs and in sequences.
    pub(crate) fn has_items(&self, value: &Value) -> bool {
        let is_text = value.downcast::<Str>().is_some() || crate::types::bytes::make::is_bytes(value);
        let counts = is_text || value.class().has(class_flag::HEAP | class_flag::SEQUENCE);
        counts && self.special(value, n::__getitem__).is_some()
    }

    pub fn is_iterator(&mut self, value: &Value) -> bool {
        self.special(value, n::__next__).is_some_and(|method| !method.is_none())
    }

    /// `next(iterator)`, or nothing at the end.
    #[inline]
    pub fn next(&mut self, iterator: &Value) -> R<Option<Value>> {
        self.next_at_once(iterator)
    }

    /// As `next`, for those who spend most of their time with it.
    #[inline(always)]
    pub(crate) fn next_at_once(&mut self, iterator: &Value) -> R<Option<Value>> {
        // SAFETY: the caller holds the iterator; an item is an owned word.
        match unsafe { ops::iter::next(iterator.bits()) } {
            // SAFETY: an item is an owned word.
            ops::iter::Next::Item(bits) => Ok(Some(unsafe { Value::from_bits(bits) })),
            ops::iter::Next::End => Ok(None),
            _ => self.next_asked(iterator),
        }
    }

    /// As `next`, where `ops::iter::next` did not know.
    #[inline(always)]
    pub(crate) fn next_asked(&mut self, iterator: &Value) -> R<Option<Value>> {
        let header = iterator.header().filter(|header| !header.has(flag::SUBCLASS));
        let step = match header.and_then(|header| next_of_kind(header.kind())) {
            Some(next) => {
                self.check_native_stack(" while calling a Python object")?;
                next(self, iterator)
            }
            None => self.next_raising(iterator),
        };
        step.or_else(end_of_iteration)
    }

    /// As `next`, but a StopIteration that carries a value comes through.
    pub fn next_raising(&mut self, iterator: &Value) -> R<Option<Value>> {
        match iterator.header().map(|header| header.kind()) {
            Some(Kind::LIST_ITER) => {
                return Ok(in_turn(iterator, || iterator.downcast::<ListIter>()?.advance(self)));
            }
            Some(Kind::RANGE_ITER) => {
                let next = in_turn(iterator, || iterator.downcast::<RangeIter>()?.advance());
                return Ok(next.map(|i| self.new_int(i)));
            }
            Some(Kind::GENERATOR) => {
                if let Some(generator) = iterator.downcast::<Generator>().filter(|it| is_plain(it)) {
                    return self.next_of_generator(generator);
                }
            }
            _ => (),
        }
        if let Some(next) = next_of(iterator)
            && !iterator.header().is_some_and(|header| header.has(flag::SUBCLASS))
        {
            self.check_native_stack(" while calling a Python object")?;
            return next(self, iterator);
        }
        match self.call_special(iterator, n::__next__, &[])? {
            Some(item) => Ok(Some(item)),
            None => Err(self.type_error(format!("'{}' object is not an iterator", iterator.class_name()))),
        }
    }

    fn next_of_generator(&mut self, generator: &Obj<Generator>) -> R<Option<Value>> {
        match ops::generator::step(self, generator)? {
            Resumed::Yielded(value) => Ok(Some(value)),
            Resumed::Returned(value) if value.is_none() => Ok(None),
            Resumed::Returned(value) => Err(self.stop_iteration(value)),
        }
    }

    /// All items of an iterable.
    pub fn collect(&mut self, iterable: &Value) -> R<Vec<Value>> {
        if let Some(list) = iterable.exactly::<List>() {
            return Ok(list.snapshot(self));
        }
        if let Some(tuple) = iterable.exactly::<Tuple>() {
            return Ok(tuple.items().to_vec());
        }
        if let Some(items) = self.at_one_moment(iterable) {
            return Ok(items);
        }
        let iterator = self.iter(iterable)?;
        let mut items = Vec::with_capacity(self.room_for(iterable)?.min(1 << 16));
        while let Some(item) = self.next(&iterator)? {
            items.push(item);
        }
        Ok(items)
    }

    /// What iterating a dict, a view of one or a set gives, if other threads may change it: all at one moment.
    pub(crate) fn at_one_moment(&self, iterable: &Value) -> Option<Vec<Value>> {
        if !is_parallel() {
            return None;
        }
        if let Some(set) = iterable.exactly::<Set>() {
            return Some(set.keys(self));
        }
        if let Some(dict) = iterable.exactly::<Dict>().filter(|dict| dict.class().is(core().dict.value())) {
            return Some(dict.keys(self));
        }
        let view = iterable.exactly::<DictView>()?;
        let own = std::ptr::eq(view.class(), &**view.what.view_class());
        own.then(|| match view.what {
            What::Keys => view.dict.keys(self),
            What::Values => view.dict.values(self),
            What::Items => view.dict.items(self).into_iter().map(|(key, value)| self.new_pair(key, value)).collect(),
        })
    }

    /// Calls `f` with each item.
    pub fn for_each(&mut self, iterable: &Value, mut f: impl FnMut(&mut Held, Value) -> R<()>) -> R<()> {
        if let Some(items) = self.at_one_moment(iterable) {
            return items.into_iter().try_for_each(|item| f(self, item));
        }
        let iterator = self.iter(iterable)?;
        while let Some(item) = self.next(&iterator)? {
            f(self, item)?;
        }
        Ok(())
    }

    /// The estimated number of items, or MemoryError if they cannot be kept.
    pub fn room_for(&mut self, iterable: &Value) -> R<usize> {
        match self.length_hint(iterable)? {
            hint if hint > MOST_ITEMS => Err(self.memory_error()),
            hint => Ok(hint),
        }
    }

    /// `operator.length_hint(value)`: an estimate, zero if unknown.
    pub fn length_hint(&mut self, value: &Value) -> R<usize> {
        self.length_hint_or(value, 0)
    }

    /// `operator.length_hint(value, default)`.
    pub fn length_hint_or(&mut self, value: &Value, default: usize) -> R<usize> {
        if let Some(len) = LEN.of(value) {
            return Ok(len(self, value));
        }
        if self.special(value, n::__len__).is_some() {
            match self.len(value) {
                Err(raised) if raised.is(Exc::TypeError) => (),
                len => return len,
            }
        }
        let hint = match self.call_special(value, n::__length_hint__, &[]) {
            Err(raised) if raised.is(Exc::TypeError) => return Ok(default),
            hint => hint?,
        };
        let Some(hint) = hint.filter(|hint| !hint.is(&Value::NOT_IMPLEMENTED)) else { return Ok(default) };
        match hint.as_int().map(|hint| hint.to_i64()) {
            Some(Some(hint)) if hint >= 0 => Ok(hint as usize),
            Some(_) => Err(self.value_error("__length_hint__() should return >= 0")),
            None => {
                let got = hint.class_name();
                Err(self.type_error(format!("__length_hint__ must be an integer, not {got}")))
            }
        }
    }
}

fn is_plain(generator: &Obj<Generator>) -> bool {
    !generator.is_coroutine() && !generator.is_async_generator()
}
