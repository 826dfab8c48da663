//! The iterators of sequences, ranges, sets and of `iter(callable, sentinel)`: the methods.
//!
//! In: an iterator. Out: its items; how many are left; what copies it. The one invariant: an exhausted iterator has let go of
//! what it walked and stays exhausted.

use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::header::Obj;
use crate::objects::iter::{CallIter, GetItemIter, ListIter, ListReverse, LongRangeIter, RangeIter, SetIter};
use crate::objects::list::List;
use crate::objects::make_class::ClassSpec;
use crate::objects::turn::{StepsAlone, in_turn};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};
use crate::vm::protocol::iter::NextFn;

pub(super) fn init(h: &mut Held) {
    let core = core();
    let mut add = |class, next: NextFn, alone: StepsAlone, methods: &'static [Def]| {
        drop(ClassSpec::of(class).iterator(h, next).steps_alone(alone).methods(h, methods).build(h))
    };
    add(&core.list_iterator, next_of_sequence, |_| true, &SEQUENCE);
    add(&core.tuple_iterator, next_of_sequence, |_| true, &SEQUENCE);
    add(&core.list_reverseiterator, next_of_reverse, |_| true, &REVERSE);
    add(&core.range_iterator, next_of_range, |_| true, &RANGE);
    add(&core.longrange_iterator, next_of_long_range, |_| true, &LONG_RANGE);
    add(&core.getitem_iterator, next_by_index, |_| false, &BY_INDEX);
    add(&core.callable_iterator, next_by_call, |_| false, &BY_CALL);
    add(&core.set_iterator, next_of_set, |_| true, &SET);
}

/// The builtin `iter`, for `__reduce__`.
pub(super) fn iter_builtin(h: &mut Held) -> Value {
    builtin(h, "iter")
}

pub(crate) fn builtin(h: &mut Held, name: &str) -> Value {
    let name = h.intern(name);
    h.builtins().get_str(h, &name).unwrap_or(Value::NONE)
}

/// A list of the items that an iterator still has.
pub(super) fn remaining_list(h: &mut Held, iterator: &Value) -> R {
    let items = h.collect(iterator)?;
    Ok(h.new_list(items))
}

/// `(iter, (of,), state)`, without the state if there is none.
pub(super) fn reduced(h: &mut Held, of: Value, state: Option<Value>) -> R {
    let mut parts = vec![iter_builtin(h), h.new_tuple(vec![of])];
    parts.extend(state);
    Ok(h.new_tuple(parts))
}

static SEQUENCE: [Def; 3] = [
    def("__length_hint__", "", |h, args| {
        let iterator = args.this::<ListIter>();
        let Some(container) = iterator.list.read(h, Clone::clone) else { return Ok(h.new_int(0)) };
        let left = h.len(&container)?.saturating_sub(iterator.at.get());
        Ok(h.new_int(left as i64))
    }),
    def("__reduce__", "", |h, args| {
        let iterator = args.this::<ListIter>();
        match iterator.list.read(h, Clone::clone) {
            Some(container) => {
                let at = h.new_int(iterator.at.get() as i64);
                reduced(h, container, Some(at))
            }
            None if args[0].class().is(core().list_iterator.value()) => {
                let empty = h.new_list(Vec::new());
                reduced(h, empty, None)
            }
            None => reduced(h, core().empty_tuple.clone(), None),
        }
    }),
    def("__setstate__", "state, /", |h, args| {
        let at = h.to_isize(&args[1])?;
        args.this::<ListIter>().at.set(at.max(0) as usize);
        Ok(Value::NONE)
    }),
];

fn next_of_sequence(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    Ok(in_turn(iterator, || iterator.downcast::<ListIter>()?.advance(h)))
}

static REVERSE: [Def; 3] = [
    def("__length_hint__", "", |h, args| {
        let iterator = args.this::<ListReverse>();
        let len = iterator.list.read(h, |list| list.as_ref()?.downcast::<List>().map(|list| list.len(h)));
        let left = iterator.at.get() + 1;
        Ok(h.new_int(if len.is_some_and(|len| len as isize >= left) { left as i64 } else { 0 }))
    }),
    def("__reduce__", "", |h, args| {
        let iterator = args.this::<ListReverse>();
        match iterator.list.read(h, Clone::clone) {
            Some(list) => {
                let parts = vec![builtin(h, "reversed"), h.new_tuple(vec![list]), h.new_int(iterator.at.get() as i64)];
                Ok(h.new_tuple(parts))
            }
            None => {
                let empty = h.new_list(Vec::new());
                reduced(h, empty, None)
            }
        }
    }),
    def("__setstate__", "state, /", |h, args| {
        let at = h.to_isize(&args[1])?;
        let iterator = args.this::<ListReverse>();
        let len = iterator.list.read(h, |list| list.as_ref()?.downcast::<List>().map(|list| list.len(h)));
        if let Some(len) = len {
            iterator.at.set(at.clamp(-1, len as isize - 1));
        }
        Ok(Value::NONE)
    }),
];

fn next_of_reverse(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step_of_reverse(h, iterator))
}

fn step_of_reverse(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<ListReverse>() else { return Ok(None) };
    let at = iterator.at.get();
    let item = iterator.list.read(h, |list| {
        let list = list.as_ref()?.downcast::<List>()?;
        list.get(h, usize::try_from(at).ok()?)
    });
    iterator.at.set(at.max(0) - 1);
    if item.is_none() {
        iterator.at.set(-1);
        drop(iterator.list.write(h, Option::take));
    }
    Ok(item)
}

static RANGE: [Def; 3] = [
    def("__length_hint__", "", |h, args| Ok(h.new_uint(args.this::<RangeIter>().left.get()))),
    def("__reduce__", "", |h, args| {
        let iterator = args.this::<RangeIter>();
        let left = iterator.left.get();
        let (start, step) = (i128::from(iterator.before_end(left)), i128::from(iterator.step));
        let stop = start + step * i128::from(left);
        let rest = h.new_range(start.into(), stop.into(), step.into());
        let at = h.new_int(0);
        reduced(h, rest, Some(at))
    }),
    def("__setstate__", "state, /", |h, args| {
        let iterator = args.this::<RangeIter>();
        let skip = h.to_isize(&args[1])?.max(0) as u64;
        iterator.left.set(iterator.left.get().saturating_sub(skip));
        Ok(Value::NONE)
    }),
];

fn next_of_range(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let next = in_turn(iterator, || iterator.downcast::<RangeIter>()?.advance());
    Ok(next.map(|i| h.new_int(i)))
}

static LONG_RANGE: [Def; 3] = [
    def("__length_hint__", "", |h, args| {
        let iterator = args.this::<LongRangeIter>();
        let left = iterator.at.read(h, |at| &iterator.range.len - at);
        Ok(h.int_from_big(left))
    }),
    def("__reduce__", "", |h, args| {
        let iterator = args.this::<LongRangeIter>();
        let range = &iterator.range;
        let whole = h.new_range(range.start.clone(), range.stop.clone(), range.step.clone());
        let at = iterator.at.read(h, Clone::clone);
        let at = h.int_from_big(at);
        reduced(h, whole, Some(at))
    }),
    def("__setstate__", "state, /", |h, args| {
        let iterator = args.this::<LongRangeIter>();
        let Some(at) = args[1].as_int().map(|at| at.big().into_owned()) else {
            return Err(h.type_error("an integer is required"));
        };
        let at = at.clamp(0.into(), iterator.range.len.clone());
        iterator.at.write(h, |own| *own = at);
        Ok(Value::NONE)
    }),
];

fn next_of_long_range(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<LongRangeIter>() else { return Ok(None) };
    let range = &iterator.range;
    let item = iterator.at.write(h, |at| {
        if *at >= range.len {
            return None;
        }
        let item = range.item(at);
        *at += 1;
        Some(item)
    });
    Ok(item.map(|item| h.int_from_big(item)))
}

static BY_INDEX: [Def; 3] = [
    def("__length_hint__", "", |h, args| {
        let iterator = args.this::<GetItemIter>();
        let Some(sequence) = iterator.sequence.read(h, Clone::clone) else { return Ok(h.new_int(0)) };
        if h.special(&sequence, crate::objects::names::n::__len__).is_none() {
            return Ok(Value::NOT_IMPLEMENTED);
        }
        let left = (h.len(&sequence)? as i64 - iterator.at.get()).max(0);
        Ok(h.new_int(left))
    }),
    def("__reduce__", "", |h, args| {
        let iterator = args.this::<GetItemIter>();
        match iterator.sequence.read(h, Clone::clone) {
            Some(sequence) => {
                let at = h.new_int(iterator.at.get());
                reduced(h, sequence, Some(at))
            }
            None => reduced(h, core().empty_tuple.clone(), None),
        }
    }),
    def("__setstate__", "state, /", |h, args| {
        let at = h.to_isize(&args[1])?;
        args.this::<GetItemIter>().at.set(at.max(0) as i64);
        Ok(Value::NONE)
    }),
];

fn next_by_index(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<GetItemIter>() else { return Ok(None) };
    let Some(sequence) = iterator.sequence.read(h, Clone::clone) else { return Ok(None) };
    let at = iterator.at.get();
    let index = h.new_int(at);
    match h.get_item(&sequence, &index) {
        Ok(item) => {
            iterator.at.set(at + 1);
            Ok(Some(item))
        }
        Err(raised) if raised.is(Exc::IndexError) || raised.is(Exc::StopIteration) => {
            drop(iterator.sequence.write(h, Option::take));
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}

static BY_CALL: [Def; 1] = [def("__reduce__", "", |h, args| {
    let iterator = args.this::<CallIter>();
    match iterator.callable.read(h, Clone::clone) {
        Some(callable) => {
            let iter = iter_builtin(h);
            let args = h.new_pair(callable, iterator.sentinel.clone());
            Ok(h.new_pair(iter, args))
        }
        None => reduced(h, core().empty_tuple.clone(), None),
    }
})];

fn next_by_call(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<CallIter>() else { return Ok(None) };
    let Some(callable) = iterator.callable.read(h, Clone::clone) else { return Ok(None) };
    match h.call(&callable, &[]) {
        // The callable may have used the iterator up behind our back.
        Ok(_) if iterator.callable.read(h, Option::is_none) => Ok(None),
        Ok(item) if !h.eq(&iterator.sentinel, &item)? => Ok(Some(item)),
        Err(raised) if !raised.is(Exc::StopIteration) => Err(raised),
        _ => {
            drop(iterator.callable.write(h, Option::take));
            Ok(None)
        }
    }
}

static SET: [Def; 2] = [
    def("__length_hint__", "", |h, args| {
        let iterator = args.this::<SetIter>();
        let left = iterator.set.read(h, |set| match set {
            Some(set) if set.len(h) == iterator.used.get() => iterator.left.get(),
            _ => 0,
        });
        Ok(h.new_int(left as i64))
    }),
    def("__reduce__", "", |h, args| {
        let copy = copy_of(h, args.this::<SetIter>());
        let copy = h.new_object(args[0].class(), copy).into_value();
        let rest = remaining_list(h, &copy)?;
        reduced(h, rest, None)
    }),
];

fn copy_of(h: &Held, iterator: &Obj<SetIter>) -> SetIter {
    SetIter {
        set: ObjCell::private(iterator.set.read(h, Clone::clone)),
        at: iterator.at.clone(),
        used: iterator.used.clone(),
        left: iterator.left.clone(),
    }
}

fn next_of_set(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step_of_set(h, iterator))
}

fn step_of_set(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<SetIter>() else { return Ok(None) };
    let found = iterator.set.read(h, |set| {
        let set = set.as_ref()?;
        Some(set.next_key(h, iterator.at.get(), iterator.used.get()))
    });
    match found {
        Some(Ok(Some((at, key)))) => {
            iterator.at.set(at + 1);
            iterator.left.set(iterator.left.get().saturating_sub(1));
            Ok(Some(key))
        }
        Some(Err(())) => {
            iterator.used.set(usize::MAX);
            Err(h.runtime_error("Set changed size during iteration"))
        }
        _ => {
            drop(iterator.set.write(h, Option::take));
            Ok(None)
        }
    }
}
