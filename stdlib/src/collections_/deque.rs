//! `deque`: a list with two ends.
//!
//! In: items at either end. Out: the same. The one invariant: there are never more than `maxlen` items; `changes` goes up
//! with each change, so iterators notice.

use super::deque_iter;
use crate::native::{SUBSCRIPTED, enter};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, Ref};
use interpreter::objects::int::IntView;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::types::sequence::{self, Sequence};
use interpreter::vm::CmpOp;
use std::cell::Cell;
use std::collections::VecDeque;

/// The data of a deque.
pub(super) struct Deque {
    pub items: ObjCell<VecDeque<Value>>,
    pub maxlen: Cell<Option<usize>>,
    pub changes: Cell<u64>,
}

interpreter::object!(Deque, "deque", traced [items]);

static CLASS: ClassCell = ClassCell::new();

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "...", |h, args| Ok(make(h, args.this::<Class>(), VecDeque::new(), None)));
    let class = CLASS.get_or_make(h, |h| {
        ClassSpec::new::<Deque>(h, "collections", "deque")
            .flags(class_flag::WEAKREFS | class_flag::SEQUENCE)
            .constructor(h, &NEW)
            .methods(h, &METHODS)
            .methods(h, &OPERATORS)
            .methods(h, &COMPARISONS)
            .attrs(h, &ATTRS)
            .class_methods(h, &SUBSCRIPTED)
            .value(h, "__hash__", Value::NONE)
            .build(h)
    });
    register_clear(Deque::kind(), |h, value| {
        if let Some(deque) = value.downcast::<Deque>() {
            drop(deque.items.write(h, std::mem::take));
        }
    });
    enter(h, module, &class);
}

static ATTRS: [Attr; 1] = [getter("maxlen", |h, deque| match deque.downcast::<Deque>().and_then(|deque| deque.maxlen.get()) {
    Some(most) => Ok(h.new_int(most as i64)),
    None => Ok(Value::NONE),
})];

static METHODS: [Def; 15] = [
    def("append", "item, /", |h, args| {
        this(args).push_back(h, args[1].clone());
        Ok(Value::NONE)
    }),
    def("appendleft", "item, /", |h, args| {
        this(args).push_front(h, args[1].clone());
        Ok(Value::NONE)
    }),
    def("clear", "", |h, args| {
        drop(this(args).change(h, std::mem::take));
        Ok(Value::NONE)
    }),
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("count", "value, /", count),
    def("extend", "iterable, /", |h, args| {
        extend(h, this(args), &args[1], Deque::push_back)?;
        Ok(Value::NONE)
    }),
    def("extendleft", "iterable, /", |h, args| {
        extend(h, this(args), &args[1], Deque::push_front)?;
        Ok(Value::NONE)
    }),
    def("index", "value, start=0, stop=None, /", index),
    def("insert", "index, value, /", insert),
    def("pop", "", |h, args| this(args).change(h, VecDeque::pop_back).ok_or_else(|| empty(h))),
    def("popleft", "", |h, args| this(args).change(h, VecDeque::pop_front).ok_or_else(|| empty(h))),
    def("remove", "value, /", remove),
    def("reverse", "", |h, args| {
        this(args).change(h, |items| items.make_contiguous().reverse());
        Ok(Value::NONE)
    }),
    def("rotate", "n=1, /", rotate),
];

static OPERATORS: [Def; 15] = [
    def("__init__", "iterable=None, maxlen=None", init_deque),
    def("__repr__", "", repr),
    def("__len__", "", |h, args| Ok(h.new_int(this(args).size(h) as i64))),
    def("__iter__", "", |h, args| Ok(deque_iter::new(h, this(args), false))),
    def("__reversed__", "", |h, args| Ok(deque_iter::new(h, this(args), true))),
    def("__contains__", "key, /", contains),
    def("__getitem__", "key, /", getitem),
    def("__setitem__", "key, value, /", setitem),
    def("__delitem__", "key, /", delitem),
    def("__add__", "value, /", add_deques),
    def("__iadd__", "value, /", |h, args| {
        extend(h, this(args), &args[1], Deque::push_back)?;
        Ok(args[0].clone())
    }),
    def("__mul__", "value, /", |h, args| mul(h, args, false)),
    def("__rmul__", "value, /", |h, args| mul(h, args, false)),
    def("__imul__", "value, /", |h, args| mul(h, args, true)),
    def("__reduce__", "", reduce),
];

static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

fn this<'a>(args: Args<'a>) -> &'a Obj<Deque> {
    args.this::<Deque>()
}

fn make(h: &Held, class: &Obj<Class>, items: VecDeque<Value>, maxlen: Option<usize>) -> Value {
    let deque = Deque { items: ObjCell::new(items), maxlen: Cell::new(maxlen), changes: Cell::new(0) };
    h.new_object(class, deque).into_value()
}

impl Deque {
    /// Changes the items; what is taken out comes back.
    pub fn change<T>(&self, h: &mut Held, change: impl FnOnce(&mut VecDeque<Value>) -> T) -> T {
        self.changes.set(self.changes.get() + 1);
        self.items.write(h, change)
    }

    fn push_back(&self, h: &mut Held, item: Value) {
        let most = self.maxlen.get();
        let old = self.change(h, |items| {
            items.push_back(item);
            if most.is_some_and(|most| items.len() > most) { items.pop_front() } else { None }
        });
        drop(old);
    }

    fn push_front(&self, h: &mut Held, item: Value) {
        let most = self.maxlen.get();
        let old = self.change(h, |items| {
            items.push_front(item);
            if most.is_some_and(|most| items.len() > most) { items.pop_back() } else { None }
        });
        drop(old);
    }

    /// Runs `look` on each item from the left until it gives something; RuntimeError if the deque changes meanwhile.
    fn search<T>(&self, h: &mut Held, from: usize, to: usize, mut look: impl FnMut(&mut Held, usize, &Value) -> R<Option<T>>) -> R<Option<T>> {
        let changes = self.changes.get();
        for at in from..to {
            let Some(item) = self.at(h, at) else { break };
            if let Some(found) = look(h, at, &item)? {
                return Ok(Some(found));
            }
            if self.changes.get() != changes {
                return Err(h.runtime_error("deque mutated during iteration"));
            }
        }
        Ok(None)
    }
}

impl Sequence for Deque {
    fn size(&self, h: &Held) -> usize {
        self.items.read(h, VecDeque::len)
    }

    fn at(&self, h: &Held, i: usize) -> Option<Value> {
        self.items.read(h, |items| items.get(i).cloned())
    }
}

#[cold]
fn empty(h: &Held) -> Raised {
    h.index_error("pop from an empty deque")
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.index_error("deque index out of range")
}

fn init_deque(h: &mut Held, args: Args<'_>) -> R {
    let maxlen = match args.opt_some(2) {
        None => None,
        Some(most) => match most.as_int().map(IntView::to_i64) {
            None => return Err(h.type_error("an integer is required")),
            Some(Some(most)) if most >= 0 => Some(most as usize),
            Some(Some(_)) => return Err(h.value_error("maxlen must be non-negative")),
            Some(None) => return Err(h.overflow_error("Python int too large to convert to C ssize_t")),
        },
    };
    let deque = this(args);
    deque.maxlen.set(maxlen);
    drop(deque.change(h, std::mem::take));
    if let Some(iterable) = args.opt_some(1) {
        extend(h, deque, iterable, Deque::push_back)?;
    }
    Ok(Value::NONE)
}

fn extend(h: &mut Held, deque: &Obj<Deque>, iterable: &Value, push: fn(&Deque, &mut Held, Value)) -> R<()> {
    if iterable.downcast::<Deque>().is_some_and(|other| std::ptr::eq(other, deque)) {
        for item in deque.items.read(h, |items| items.iter().cloned().collect::<Vec<_>>()) {
            push(deque, h, item);
        }
        return Ok(());
    }
    h.for_each(iterable, |h, item| {
        push(deque, h, item);
        Ok(())
    })
}

/// A copy of the same class: by its constructor if that is a subclass.
fn copy(h: &mut Held, args: Args<'_>) -> R {
    let deque = this(args);
    let class = args[0].class().to_ref();
    let maxlen = deque.maxlen.get();
    if args[0].exactly::<Deque>().is_some() {
        let items = deque.items.read(h, Clone::clone);
        return Ok(make(h, &class, items, maxlen));
    }
    match maxlen {
        Some(most) => {
            let most = h.new_int(most as i64);
            h.call(class.value(), &[args[0].clone(), most])
        }
        None => h.call(class.value(), std::slice::from_ref(&args[0])),
    }
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    let mut found = 0;
    this(args).search(h, 0, usize::MAX, |h, _, item| {
        found += h.eq(item, &args[1])? as i64;
        Ok(None::<()>)
    })?;
    Ok(h.new_int(found))
}

fn contains(h: &mut Held, args: Args<'_>) -> R {
    let found = this(args).search(h, 0, usize::MAX, |h, _, item| Ok(h.eq(item, &args[1])?.then_some(())))?;
    Ok(Value::bool(found.is_some()))
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    let deque = this(args);
    let len = deque.size(h);
    let start = sequence::bound(h, args.opt(2), len, 0)?;
    let stop = sequence::bound(h, args.opt(3), len, isize::MAX)?;
    let found = deque.search(h, start, stop.min(len), |h, at, item| Ok(h.eq(item, &args[1])?.then_some(at)))?;
    match found {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(not_in(h, &args[1])),
    }
}

#[cold]
fn not_in(h: &mut Held, value: &Value) -> Raised {
    match h.repr_text(value) {
        Ok(text) => h.value_error(format!("{text} is not in deque")),
        Err(raised) => raised,
    }
}

fn insert(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    let deque = this(args);
    let len = deque.size(h);
    if deque.maxlen.get() == Some(len) {
        return Err(h.index_error("deque already at its maximum size"));
    }
    let at = if at < 0 { at.saturating_add(len as isize).max(0) as usize } else { at as usize };
    deque.change(h, |items| items.insert(at.min(len), args[2].clone()));
    Ok(Value::NONE)
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let deque = this(args);
    let changes = deque.changes.get();
    let mut at = 0;
    while let Some(item) = deque.at(h, at) {
        let same = h.eq(&item, &args[1])?;
        if deque.changes.get() != changes {
            return Err(h.index_error("deque mutated during remove()."));
        }
        if same {
            drop(deque.change(h, |items| items.remove(at)));
            return Ok(Value::NONE);
        }
        at += 1;
    }
    Err(not_in(h, &args[1]))
}

fn rotate(h: &mut Held, args: Args<'_>) -> R {
    let by = match args.opt(1) {
        Some(by) => h.to_isize(by)?,
        None => 1,
    };
    this(args).change(h, |items| {
        if !items.is_empty() {
            let by = by.rem_euclid(items.len() as isize) as usize;
            items.rotate_right(by);
        }
    });
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let name = args[0].class().name_text();
    let close = this(args).maxlen.get().map_or("])".to_owned(), |most| format!("], maxlen={most})"));
    let open = format!("{name}([");
    let text = sequence::repr_items(h, &args[0], this(args) as &Deque, &open, &close)?;
    let recursive = format!("{open}...{close}");
    Ok(if interpreter::objects::str::text_of(&text) == recursive { h.new_str("[...]") } else { text })
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Deque>() {
        Some(other) => sequence::compare(h, this(args) as &Deque, other as &Deque, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// The position that an index names.
fn position(h: &mut Held, deque: &Deque, index: &Value) -> R<Option<usize>> {
    if !sequence::is_index(h, index) {
        let got = index.class_name();
        return Err(h.type_error(format!("sequence index must be integer, not '{got}'")));
    }
    let i = sequence::index_sized(h, index, Exc::IndexError)?;
    Ok(sequence::position(i, deque.size(h)))
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let at = position(h, this(args), &args[1])?;
    at.and_then(|at| this(args).at(h, at)).ok_or_else(|| out_of_range(h))
}

fn setitem(h: &mut Held, args: Args<'_>) -> R {
    let Some(at) = position(h, this(args), &args[1])? else { return Err(out_of_range(h)) };
    // Replacing an item is no change that an iterator minds.
    let old = this(args).items.write(h, |items| Some(std::mem::replace(items.get_mut(at)?, args[2].clone())));
    drop(old);
    Ok(Value::NONE)
}

fn delitem(h: &mut Held, args: Args<'_>) -> R {
    let Some(at) = position(h, this(args), &args[1])? else { return Err(out_of_range(h)) };
    drop(this(args).change(h, |items| items.remove(at)));
    Ok(Value::NONE)
}

fn add_deques(h: &mut Held, args: Args<'_>) -> R {
    let Some(other) = args[1].downcast::<Deque>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only concatenate deque (not \"{got}\") to deque")));
    };
    let sum = copy(h, args)?;
    if let Some(sum) = sum.downcast::<Deque>() {
        extend(h, sum, &other.to_value(), Deque::push_back)?;
    }
    Ok(sum)
}

/// `deque * count`: only the last `maxlen` items are made.
fn mul(h: &mut Held, args: Args<'_>, in_place: bool) -> R {
    let Some(count) = sequence::repeat_count(h, &args[1])? else { return Ok(Value::NOT_IMPLEMENTED) };
    let target = if in_place { args[0].clone() } else { copy(h, args)? };
    let Some(deque) = target.downcast::<Deque>() else { return Ok(target) };
    let items: Vec<Value> = deque.items.read(h, |items| items.iter().cloned().collect());
    let len = items.len();
    let count = match deque.maxlen.get() {
        // As many whole rounds as fill the deque, and one more, show all that can be left.
        Some(most) if len > 0 => count.min((most / len + 1) as isize),
        _ => count,
    };
    let mut all: VecDeque<Value> = sequence::repeat(h, &items, count)?.into();
    if let Some(most) = deque.maxlen.get() {
        let extra = all.len().saturating_sub(most);
        all.drain(..extra);
    }
    drop(deque.change(h, |own| std::mem::replace(own, all)));
    Ok(target)
}

/// `(class, (), state, iterator)`, or `(class, ((), maxlen), state, iterator)`.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let state = match h.has_own_attrs(&args[0]) {
        true => h.attr_dict(&args[0]).unwrap_or(Value::NONE),
        false => Value::NONE,
    };
    let given = match this(args).maxlen.get() {
        Some(most) => {
            let (nothing, most) = (h.new_tuple(Vec::new()), h.new_int(most as i64));
            h.new_pair(nothing, most)
        }
        None => h.new_tuple(Vec::new()),
    };
    let items = h.iter(&args[0])?;
    Ok(h.new_tuple(vec![args[0].class().to_value(), given, state, items]))
}

