//! `deque`: a list that grows and shrinks at both ends.
//!
//! In: values. Out: the same from either end or by position. The one invariant: `state` changes with every change of the
//! items' places, so that iterators notice; a deque with `maxlen` never has more items than that.

use super::deque_iter;
use super::deque_operators::{COMPARISONS, OPERATORS};
use crate::native::{SUBSCRIPTED, enter, made, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::sync::{Word, Words};
use interpreter::types::sequence::{self, Sequence};
use interpreter::vm::protocol::ways::register_sequence;
use std::collections::VecDeque;

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "...", |h, args| made(h, args, Deque::default()));
    deque_iter::add(h, module);
    let spec = ClassSpec::new::<Deque>(h, "collections", "deque").flags(class_flag::WEAKREFS | class_flag::SEQUENCE);
    let class = spec
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &OPERATORS)
        .methods(h, &COMPARISONS)
        .class_methods(h, &SUBSCRIPTED)
        .attrs(h, &ATTRS)
        .value(h, "__hash__", Value::NONE)
        .build(h);
    register_clear(Deque::register_kind(), |h, deque| this::<Deque>(deque).clear(h));
    register_sequence(
        Deque::register_kind(),
        |h, deque| this::<Deque>(deque).len(h),
        |h, deque| deque_iter::new_iter(h, deque, false),
    );
    enter(h, module, &class);
}

/// The data of a deque.
#[derive(Default)]
pub struct Deque {
    items: ObjCell<VecDeque<Value>>,
    maxlen: Words<Option<usize>>,
    state: Word<u64>,
}

interpreter::object!(Deque, "deque", traced[items]);

impl Sequence for Deque {
    fn size(&self, h: &Held) -> usize {
        self.len(h)
    }

    #[inline]
    fn at(&self, h: &Held, i: usize) -> Option<Value> {
        self.items.read(h, |items| items.get(i).cloned())
    }
}

impl Deque {
    #[inline]
    pub(super) fn len(&self, h: &Held) -> usize {
        self.items.read(h, VecDeque::len)
    }

    pub(super) fn maxlen(&self) -> Option<usize> {
        self.maxlen.get()
    }

    /// Changes whenever items come, go or move.
    #[inline]
    pub(super) fn state(&self) -> u64 {
        self.state.get()
    }

    #[inline]
    fn touch(&self) {
        self.state.set(self.state.get() + 1);
    }

    #[inline]
    pub fn push(&self, h: &mut Held, item: Value) {
        self.touch();
        let maxlen = self.maxlen.get();
        self.items.admit(&item);
        let over = self.items.arrange(h, |items| {
            items.push_back(item);
            if maxlen.is_some_and(|most| items.len() > most) { items.pop_front() } else { None }
        });
        drop(over);
    }

    /// Takes the first item out.
    #[inline]
    pub fn pop_first(&self, h: &mut Held) -> Option<Value> {
        self.touch();
        self.items.write(h, VecDeque::pop_front)
    }

    fn push_left(&self, h: &mut Held, item: Value) {
        self.touch();
        let maxlen = self.maxlen.get();
        self.items.admit(&item);
        let over = self.items.arrange(h, |items| {
            items.push_front(item);
            if maxlen.is_some_and(|most| items.len() > most) { items.pop_back() } else { None }
        });
        drop(over);
    }

    pub(super) fn clear(&self, h: &mut Held) {
        self.touch();
        let old = self.items.arrange(h, std::mem::take);
        drop(old);
    }

    pub(super) fn snapshot(&self, h: &Held) -> Vec<Value> {
        self.items.read(h, |items| items.iter().cloned().collect())
    }

    /// Replaces all items.
    pub(super) fn set_items(&self, h: &mut Held, items: Vec<Value>) {
        self.touch();
        let old = self.items.write(h, |own| std::mem::replace(own, items.into()));
        drop(old);
    }

    /// The item at an index, which may count from the end.
    pub(super) fn item(&self, h: &Held, i: isize) -> Option<Value> {
        self.items.read(h, |items| sequence::position(i, items.len()).map(|at| items[at].clone()))
    }

    /// Changes items without changing how many there are: gives back the old one.
    pub(super) fn replace(&self, h: &mut Held, i: isize, item: Value) -> Option<Value> {
        self.items.admit(&item);
        self.items.arrange(h, |items| {
            let at = sequence::position(i, items.len())?;
            items.get_mut(at).map(|place| std::mem::replace(place, item))
        })
    }

    pub(super) fn remove_at(&self, h: &mut Held, i: isize) -> Option<Value> {
        let old = self.items.arrange(h, |items| sequence::position(i, items.len()).and_then(|at| items.remove(at)));
        if old.is_some() {
            self.touch();
        }
        old
    }

    /// Takes an item out if it is at a place.
    fn remove_item(&self, h: &mut Held, at: usize, item: &Value) -> Option<Value> {
        self.items.arrange(h, |items| items.get(at).is_some_and(|own| own.is(item)).then(|| items.remove(at)).flatten())
    }

    /// Appends the items of an iterable, one by one.
    pub(super) fn extend(&self, h: &mut Held, iterable: &Value) -> R<()> {
        if let Some(same) = iterable.downcast::<Deque>().filter(|other| std::ptr::eq::<Deque>(&***other, self)) {
            let items = same.snapshot(h);
            items.into_iter().for_each(|item| self.push(h, item));
            return Ok(());
        }
        let iterator = h.iter(iterable)?;
        while let Some(item) = h.next(&iterator)? {
            self.push(h, item);
        }
        Ok(())
    }

    /// The first place from `start` to `stop` with an equal item; RuntimeError if comparing changed the deque.
    fn find(&self, h: &mut Held, wanted: &Value, start: usize, stop: usize) -> R<Option<usize>> {
        let state = self.state.get();
        let mut i = start;
        while i < stop
            && let Some(item) = self.at(h, i)
        {
            let equal = h.eq(&item, wanted)?;
            if self.state.get() != state {
                return Err(mutated(h));
            }
            if equal {
                return Ok(Some(i));
            }
            i += 1;
        }
        Ok(None)
    }

    pub(super) fn contains(&self, h: &mut Held, wanted: &Value) -> R<bool> {
        Ok(self.find(h, wanted, 0, usize::MAX)?.is_some())
    }
}

#[cold]
pub(super) fn mutated(h: &Held) -> Raised {
    h.runtime_error("deque mutated during iteration")
}

static ATTRS: [Attr; 1] = [getter("maxlen", |h, deque| {
    Ok(this::<Deque>(deque).maxlen.get().map_or(Value::NONE, |most| h.new_uint(most as u64)))
})];

static METHODS: [Def; 18] = [
    def("__init__", "iterable=(), maxlen=None", init),
    def("append", "object, /", |h, args| {
        args.this::<Deque>().push(h, args[1].clone());
        Ok(Value::NONE)
    }),
    def("appendleft", "object, /", |h, args| {
        args.this::<Deque>().push_left(h, args[1].clone());
        Ok(Value::NONE)
    }),
    def("pop", "", |h, args| pop(h, args.this(), VecDeque::pop_back)),
    def("popleft", "", |h, args| pop(h, args.this(), VecDeque::pop_front)),
    def("clear", "", |h, args| {
        args.this::<Deque>().clear(h);
        Ok(Value::NONE)
    }),
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("count", "value, /", count),
    def("extend", "iterable, /", |h, args| {
        args.this::<Deque>().extend(h, &args[1])?;
        Ok(Value::NONE)
    }),
    def("extendleft", "iterable, /", extendleft),
    def("index", "value, start=0, stop=9223372036854775807, /", index).counting(),
    def("insert", "index, object, /", insert).counting(),
    def("remove", "value, /", remove),
    def("reverse", "", |h, args| {
        let deque = args.this::<Deque>();
        deque.items.arrange(h, |items| items.make_contiguous().reverse());
        Ok(Value::NONE)
    }),
    def("rotate", "n=1, /", rotate),
    def("__reduce__", "", reduce),
    def("__sizeof__", "", |h, args| {
        let room = args.this::<Deque>().items.read(h, VecDeque::capacity);
        Ok(h.new_int((size_of::<Obj<Deque>>() + 8 * room) as i64))
    }),
];

fn init(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let maxlen = match args.opt_some(2) {
        None => None,
        Some(maxlen) => Some(maxlen_of(h, maxlen)?),
    };
    deque.maxlen.set(maxlen);
    if deque.len(h) > 0 {
        deque.clear(h);
    }
    if let Some(iterable) = args.opt(1) {
        deque.extend(h, iterable)?;
    }
    Ok(Value::NONE)
}

fn maxlen_of(h: &mut Held, maxlen: &Value) -> R<usize> {
    let Some(int) = maxlen.as_int() else { return Err(h.type_error("an integer is required")) };
    match int.to_i64() {
        Some(most) => usize::try_from(most).map_err(|_| h.value_error("maxlen must be non-negative")),
        None => Err(h.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn pop(h: &mut Held, deque: &Obj<Deque>, take: fn(&mut VecDeque<Value>) -> Option<Value>) -> R {
    match deque.items.arrange(h, take) {
        Some(item) => {
            deque.touch();
            Ok(item)
        }
        None => Err(h.index_error("pop from an empty deque")),
    }
}

/// A copy as a subclass's constructor makes it.
pub(super) fn copy(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    if args[0].exactly::<Deque>().is_some() {
        let items = ObjCell::private(deque.items.read(h, Clone::clone));
        let copy = Deque { items, maxlen: Words::new(deque.maxlen.get()), state: Word::new(0) };
        return Ok(h.new_object(args[0].class(), copy).into_value());
    }
    let class = args[0].class().to_value();
    let mut all = vec![args[0].clone()];
    all.extend(deque.maxlen.get().map(|most| h.new_uint(most as u64)));
    h.call(&class, &all)
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let state = deque.state.get();
    let (mut i, mut found) = (0, 0);
    while let Some(item) = deque.at(h, i) {
        found += h.eq(&item, &args[1])? as i64;
        if deque.state.get() != state {
            return Err(mutated(h));
        }
        i += 1;
    }
    Ok(h.new_int(found))
}

fn extendleft(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    if args[1].is(&args[0]) {
        let items = deque.snapshot(h);
        items.into_iter().for_each(|item| deque.push_left(h, item));
        return Ok(Value::NONE);
    }
    h.for_each(&args[1], |h, item| {
        deque.push_left(h, item);
        Ok(())
    })?;
    Ok(Value::NONE)
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let len = deque.len(h);
    let start = sequence::bound(h, args.opt(2), len, 0)?;
    let stop = sequence::bound(h, args.opt(3), len, isize::MAX)?;
    match deque.find(h, &args[1], start, stop)? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(missing(h, &args[1])),
    }
}

#[cold]
fn missing(h: &mut Held, wanted: &Value) -> Raised {
    match h.repr_text(wanted) {
        Ok(wanted) => h.value_error(format!("{wanted} is not in deque")),
        Err(raised) => raised,
    }
}

fn insert(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let i = sequence::index_sized(h, &args[1], Exc::OverflowError)?;
    let maxlen = deque.maxlen.get();
    deque.items.admit(&args[2]);
    let done = deque.items.arrange(h, |items| {
        let len = items.len();
        let at = if i < 0 { i.saturating_add(len as isize).max(0) } else { i.min(len as isize) } as usize;
        (maxlen != Some(len)).then(|| items.insert(at, args[2].clone()))
    });
    deque.touch();
    done.map(|()| Value::NONE).ok_or_else(|| h.index_error("deque already at its maximum size"))
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let state = deque.state.get();
    let mut i = 0;
    while let Some(item) = deque.at(h, i) {
        let equal = h.eq(&item, &args[1])?;
        if deque.state.get() != state {
            return Err(h.index_error("deque mutated during iteration"));
        }
        if equal && deque.remove_item(h, i, &item).is_some() {
            deque.touch();
            return Ok(Value::NONE);
        }
        i += 1;
    }
    Err(missing(h, &args[1]))
}

fn rotate(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let by = match args.opt(1) {
        Some(by) => sequence::index_sized(h, by, Exc::OverflowError)?,
        None => 1,
    };
    let len = deque.len(h);
    if len > 1 {
        deque.touch();
        deque.items.arrange(h, |items| {
            let len = items.len().max(1);
            items.rotate_right(by.rem_euclid(len as isize) as usize);
        });
    }
    Ok(Value::NONE)
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let deque = args.this::<Deque>();
    let class = class_value(args);
    let inner = match deque.maxlen.get() {
        Some(most) => vec![h.new_tuple(Vec::new()), h.new_uint(most as u64)],
        None => Vec::new(),
    };
    let inner = h.new_tuple(inner);
    let state = h.default_state(&args[0])?;
    let items = h.iter(&args[0])?;
    Ok(h.new_tuple(vec![class, inner, state, items]))
}

fn class_value(args: Args<'_>) -> Value {
    args[0].class().to_value()
}
