//! `enumerate`, `zip`, `map`, `filter` and `reversed`: the methods.
//!
//! In: iterables, perhaps a function. Out: items, made when they are asked for. The one invariant: nothing is taken from an
//! iterator before it is needed, and always from left to right.

use super::iterators::builtin;
use super::sequence::index_sized;
use crate::objects::adapters::{Counter, Enumerate, Filter, Map, Reversed, Zip};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::{Kind, Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::tuple::Tuple;
use crate::objects::turn::{steps_alone, turn_if};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Word;
use crate::sync::{Held, ObjCell};
use smallvec::SmallVec;

pub(super) fn init(h: &mut Held) {
    static ENUMERATE: Def = def("__new__", "iterable=None, start=0", new_enumerate);
    static ZIP: Def = def("__new__", "*iterables, **kwargs", new_zip).lazy_keywords();
    static MAP: Def = def("__new__", "*args, **kwargs", new_map).lazy_keywords();
    static FILTER: Def = def("__new__", "function, iterable, /", new_filter);
    static REVERSED: Def = def("__new__", "sequence, /", new_reversed);
    let core = core();
    let spec = ClassSpec::of(&core.enumerate)
        .constructor(h, &ENUMERATE)
        .iterator(h, next_enumerate)
        .steps_alone(|this| this.downcast::<Enumerate>().is_some_and(|this| this.alone));
    spec.methods(h, &OF_ENUMERATE).class_methods(h, &super::GENERIC).build(h);
    let spec = ClassSpec::of(&core.zip).constructor(h, &ZIP).iterator(h, next_zip);
    let spec = spec.steps_alone(|this| this.downcast::<Zip>().is_some_and(|this| this.alone));
    spec.methods(h, &OF_ZIP).build(h);
    ClassSpec::of(&core.map).constructor(h, &MAP).iterator(h, next_map).methods(h, &OF_MAP).build(h);
    ClassSpec::of(&core.filter).constructor(h, &FILTER).iterator(h, next_filter).methods(h, &OF_FILTER).build(h);
    ClassSpec::of(&core.reversed)
        .constructor(h, &REVERSED)
        .iterator(h, next_reversed)
        .steps_alone(|this| this.downcast::<Reversed>().is_some_and(|this| this.alone))
        .methods(h, &OF_REVERSED)
        .build(h);
}

fn new_enumerate(h: &mut Held, args: Args<'_>) -> R {
    let Some(iterable) = args.opt(1) else {
        return Err(h.type_error("enumerate() missing required argument 'iterable'"));
    };
    let start = match args.opt(2) {
        Some(start) => h.index(start)?,
        None => h.new_int(0),
    };
    let iterator = h.iter(iterable)?;
    let alone = steps_alone(&iterator);
    Ok(h.new_object(args.this::<Class>(), Enumerate { iterator, count: Counter::new(&start), alone }).into_value())
}

fn next_enumerate(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Enumerate>() else { return Ok(None) };
    Ok(pair_of_enumerate(h, this)?.map(|(count, item)| h.new_pair(count, item)))
}

pub(super) fn pair_of_enumerate(h: &mut Held, this: &Obj<Enumerate>) -> R<Option<(Value, Value)>> {
    turn_if(this.header(), this.alone, || {
        let Some(item) = h.next_at_once(&this.iterator)? else { return Ok(None) };
        let count = this.count.step(h)?;
        Ok(Some((count, item)))
    })
}

static OF_ENUMERATE: [Def; 1] = [def("__reduce__", "", |h, args| {
    let this = args.this::<Enumerate>();
    let parts = h.new_pair(this.iterator.clone(), this.count.now(h));
    Ok(h.new_pair(args[0].class().to_value(), parts))
})];

/// All iterables as iterators.
fn iterators(h: &mut Held, iterables: &[Value]) -> R<Ref<Tuple>> {
    let iterators: Vec<Value> = iterables.iter().map(|iterable| h.iter(iterable)).collect::<R<_>>()?;
    match h.new_tuple(iterators).into_ref::<Tuple>() {
        Ok(tuple) => Ok(tuple),
        Err(_) => panic!("a new tuple is a tuple"),
    }
}

fn new_zip(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let strict = strict_option(h, args.at(2))?;
    let iterators = iterators(h, args.rest(1))?;
    let alone = iterators.items().iter().all(steps_alone);
    Ok(h.new_object(class, Zip { iterators, strict: Word::new(strict), alone }).into_value())
}

/// The keyword `strict`, the only one.
fn strict_option(h: &mut Held, keywords: &Value) -> R<bool> {
    let Some(keywords) = keywords.downcast::<Dict>() else { return Ok(false) };
    let Some((name, value)) = keywords.items(h).into_iter().next() else { return Ok(false) };
    let name = crate::objects::str::text_of(&name);
    if name != "strict" {
        return Err(h.type_error(format!("'{name}' is an invalid keyword argument for zip()")));
    }
    h.truth(&value)
}

fn next_zip(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Zip>() else { return Ok(None) };
    if let [a, b] = this.iterators.items()
        && !this.strict.get()
    {
        return Ok(pair_of_zip(h, this, a, b)?.map(|(a, b)| h.new_pair(a, b)));
    }
    turn_if(this.header(), this.alone, || step_of_zip(h, this))
}

#[inline(never)]
fn step_of_zip(h: &mut Held, this: &Zip) -> R<Option<Value>> {
    let mut items = SmallVec::<[Value; 4]>::new();
    for iterator in this.iterators.items() {
        match h.next(iterator)? {
            Some(item) => items.push(item),
            None if this.strict.get() => return check_strict(h, this, items.len()),
            None => return Ok(None),
        }
    }
    Ok(if items.is_empty() { None } else { Some(h.tuple_from_iter(items.len(), items.into_iter())) })
}

/// A step of a `zip` of two.
pub(super) fn pair_of_zip(h: &mut Held, zip: &Obj<Zip>, a: &Value, b: &Value) -> R<Option<(Value, Value)>> {
    turn_if(zip.header(), zip.alone, || {
        let Some(a) = h.next_at_once(a)? else { return Ok(None) };
        let b = h.next_at_once(b)?;
        Ok(b.map(|b| (a, b)))
    })
}

/// One iterator has ended: ValueError unless all do.
fn check_strict(h: &mut Held, this: &Zip, ended: usize) -> R<Option<Value>> {
    if ended > 0 {
        return Err(uneven(h, ended, "shorter"));
    }
    for (i, iterator) in this.iterators.items().iter().enumerate().skip(1) {
        if h.next(iterator)?.is_some() {
            return Err(uneven(h, i, "longer"));
        }
    }
    Ok(None)
}

#[cold]
fn uneven(h: &Held, at: usize, how: &str) -> Raised {
    let others = if at == 1 { " 1".to_owned() } else { format!("s 1-{at}") };
    h.value_error(format!("zip() argument {} is {how} than argument{others}", at + 1))
}

static OF_ZIP: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let this = args.this::<Zip>();
        let mut parts = vec![args[0].class().to_value(), this.iterators.value().clone()];
        if this.strict.get() {
            parts.push(Value::TRUE);
        }
        Ok(h.new_tuple(parts))
    }),
    def("__setstate__", "state, /", |h, args| {
        let strict = h.truth(&args[1])?;
        args.this::<Zip>().strict.set(strict);
        Ok(Value::NONE)
    }),
];

fn new_map(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let keywords = args.at(2).downcast::<Dict>();
    let init = |class: &Obj<Class>| class.lookup(h, n::__init__.value()).map(|init| init.bits());
    let own = init(class) != init(&core().map);
    if !own && keywords.is_some_and(|keywords| !keywords.is_empty(h)) {
        return Err(h.type_error("map() takes no keyword arguments"));
    }
    let [function, iterables @ ..] = args.rest(1) else {
        return Err(h.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(h.type_error("map() must have at least two arguments."));
    }
    let iterators = iterators(h, iterables)?;
    Ok(h.new_object(class, Map { function: function.clone(), iterators }).into_value())
}

fn next_map(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Map>() else { return Ok(None) };
    if let [iterator] = this.iterators.items() {
        let Some(item) = h.next(iterator)? else { return Ok(None) };
        return h.call(&this.function, &[item]).map(Some);
    }
    let mut items = SmallVec::<[Value; 4]>::new();
    for iterator in this.iterators.items() {
        match h.next(iterator)? {
            Some(item) => items.push(item),
            None => return Ok(None),
        }
    }
    h.call(&this.function, &items).map(Some)
}

static OF_MAP: [Def; 1] = [def("__reduce__", "", |h, args| {
    let this = args.this::<Map>();
    let all: Vec<Value> = std::iter::once(&this.function).chain(this.iterators.items()).cloned().collect();
    let all = h.new_tuple(all);
    Ok(h.new_pair(args[0].class().to_value(), all))
})];

fn new_filter(h: &mut Held, args: Args<'_>) -> R {
    let iterator = h.iter(&args[2])?;
    Ok(h.new_object(args.this::<Class>(), Filter { function: args[1].clone(), iterator }).into_value())
}

fn next_filter(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Filter>() else { return Ok(None) };
    let plain = this.function.is_none() || this.function.is(core().bool.value());
    while let Some(item) = h.next(&this.iterator)? {
        let good = if plain {
            h.truth(&item)?
        } else {
            let verdict = h.call(&this.function, std::slice::from_ref(&item))?;
            h.truth(&verdict)?
        };
        if good {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

static OF_FILTER: [Def; 1] = [def("__reduce__", "", |h, args| {
    let this = args.this::<Filter>();
    let parts = h.new_pair(this.function.clone(), this.iterator.clone());
    Ok(h.new_pair(args[0].class().to_value(), parts))
})];

fn new_reversed(h: &mut Held, args: Args<'_>) -> R {
    let sequence = &args[1];
    match h.special(sequence, n::__reversed__) {
        Some(method) if method.is_none() => return Err(not_reversible(h, sequence)),
        Some(method) => return h.call_unbound(&method, sequence, &[]),
        None if !h.has_items(sequence) => return Err(not_reversible(h, sequence)),
        None => (),
    }
    let at = Word::new(h.len(sequence)? as isize - 1);
    let alone = [Kind::TUPLE, Kind::STR].iter().any(|kind| sequence.header().is_some_and(|it| it.is_exactly(*kind)));
    let this = Reversed { sequence: ObjCell::private(Some(sequence.clone())), at, alone };
    Ok(h.new_object(args.this::<Class>(), this).into_value())
}

#[cold]
fn not_reversible(h: &Held, value: &Value) -> Raised {
    h.type_error(format!("'{}' object is not reversible", value.class_name()))
}

fn next_reversed(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<Reversed>() else { return Ok(None) };
    turn_if(this.header(), this.alone, || step_of_reversed(h, this))
}

#[inline(never)]
fn step_of_reversed(h: &mut Held, this: &Reversed) -> R<Option<Value>> {
    let Some(sequence) = this.sequence.read(h, Clone::clone) else { return Ok(None) };
    let at = this.at.get();
    if at >= 0 {
        let index = h.new_int(at as i64);
        match h.get_item(&sequence, &index) {
            Ok(item) => {
                this.at.set(at - 1);
                return Ok(Some(item));
            }
            Err(raised) if raised.is(Exc::IndexError) || raised.is(Exc::StopIteration) => (),
            Err(raised) => return Err(raised),
        }
    }
    this.at.set(-1);
    drop(this.sequence.write(h, Option::take));
    Ok(None)
}

static OF_REVERSED: [Def; 3] = [
    def("__length_hint__", "", |h, args| {
        let this = args.this::<Reversed>();
        let Some(sequence) = this.sequence.read(h, Clone::clone) else { return Ok(h.new_int(0)) };
        let left = this.at.get() + 1;
        let len = h.len(&sequence)? as isize;
        Ok(h.new_int(if len < left { 0 } else { left as i64 }))
    }),
    def("__reduce__", "", |h, args| {
        let this = args.this::<Reversed>();
        match this.sequence.read(h, Clone::clone) {
            Some(sequence) => {
                let parts =
                    vec![args[0].class().to_value(), h.new_tuple(vec![sequence]), h.new_int(this.at.get() as i64)];
                Ok(h.new_tuple(parts))
            }
            None => {
                let empty = h.new_tuple(vec![core().empty_tuple.clone()]);
                let reversed = builtin(h, "reversed");
                Ok(h.new_pair(reversed, empty))
            }
        }
    }),
    def("__setstate__", "state, /", |h, args| {
        let this = args.this::<Reversed>();
        let at = index_sized(h, &args[1], Exc::OverflowError)?;
        if let Some(sequence) = this.sequence.read(h, Clone::clone) {
            let len = h.len(&sequence)? as isize;
            this.at.set(at.clamp(-1, len - 1));
        }
        Ok(Value::NONE)
    }),
];
