//! Builtin functions that walk iterables.
//!
//! In: iterables, functions, keys. Out: items and truths. The one invariant: an iterable is walked once, from the left,
//! and no further than needed.

use crate::objects::class_cell::ClassCell;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::generator::Generator;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};
use crate::vm::CmpOp;

pub(super) static FUNCTIONS: [Def; 10] = [
    def("aiter", "async_iterable, /", aiter),
    def("all", "iterable, /", |h, args| first_with_truth(h, &args[0], false).map(|found| Value::bool(!found))),
    def("anext", "aiterator, default=None, /", anext),
    def("any", "iterable, /", |h, args| first_with_truth(h, &args[0], true).map(Value::bool)),
    def("iter", "object, sentinel=None, /", iter),
    def("len", "obj, /", |h, args| {
        let len = h.len(&args[0])?;
        Ok(h.new_int(len as i64))
    }),
    def("max", "*args, key=None, default=None", |h, args| extreme(h, args, "max", CmpOp::Gt))
        .positional(|h, args| plain_extreme(h, args.from(0), "max", CmpOp::Gt)),
    def("min", "*args, key=None, default=None", |h, args| extreme(h, args, "min", CmpOp::Lt))
        .positional(|h, args| plain_extreme(h, args.from(0), "min", CmpOp::Lt)),
    def("next", "iterator, default=None, /", next),
    def("sorted", "*args, **kwargs", sorted).lazy_keywords(),
];

/// Whether an item has this truth.
fn first_with_truth(h: &mut Held, iterable: &Value, wanted: bool) -> R<bool> {
    let iterator = h.iter(iterable)?;
    while let Some(item) = h.next(&iterator)? {
        if h.truth(&item)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn iter(h: &mut Held, args: Args<'_>) -> R {
    match args.opt(1) {
        None => h.iter(&args[0]),
        Some(_) if !super::objects::is_callable(h, &args[0]) => Err(h.type_error("iter(v, w): v must be callable")),
        Some(sentinel) => Ok(h.new_call_iter(args[0].clone(), sentinel.clone())),
    }
}

fn next(h: &mut Held, args: Args<'_>) -> R {
    let found = match h.next_raising(&args[0]) {
        Err(raised) if args.opt(1).is_some() && raised.is(Exc::StopIteration) => None,
        other => other?,
    };
    match (found, args.opt(1)) {
        (Some(item), _) => Ok(item),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(h.stop_iteration(Value::NONE)),
    }
}

/// `min` and `max` without keywords.
fn plain_extreme(h: &mut Held, values: &[Value], name: &str, better: CmpOp) -> R {
    let mut best = match values {
        [] => return Err(h.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => {
            let items = h.iter(iterable)?;
            let best = self::best(h, &items, None, better)?;
            return best.ok_or_else(|| h.value_error(format!("{name}() arg is an empty sequence")));
        }
        [first, ..] => first,
    };
    for value in &values[1..] {
        if h.holds(value, best, better)? {
            best = value;
        }
    }
    Ok(best.clone())
}

/// `min` and `max`: the first item than which no later one is better.
fn extreme(h: &mut Held, args: Args<'_>, name: &str, better: CmpOp) -> R {
    let (key, default) = (args.opt_some(0), args.opt(1));
    let items = match args.rest(2) {
        values if key.is_none() && default.is_none() => return plain_extreme(h, values, name, better),
        [] => return Err(h.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [iterable] => h.iter(iterable)?,
        _ if default.is_some() => {
            return Err(
                h.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments"))
            );
        }
        _ => h.new_sequence_iter(args[2].clone()).into_value(),
    };
    match best(h, &items, key, better)? {
        Some(item) => Ok(item),
        None => match default {
            Some(default) => Ok(default.clone()),
            None => Err(h.value_error(format!("{name}() arg is an empty sequence"))),
        },
    }
}

fn best(h: &mut Held, items: &Value, key: Option<&Value>, better: CmpOp) -> R<Option<Value>> {
    let mut best: Option<(Value, Value)> = None;
    while let Some(item) = h.next(items)? {
        let rank = match key {
            Some(key) => h.call(key, std::slice::from_ref(&item))?,
            None => item.clone(),
        };
        let wins = match &best {
            Some((known, _)) => h.holds(&rank, known, better)?,
            None => true,
        };
        if wins {
            best = Some((rank, item));
        }
    }
    Ok(best.map(|(_, item)| item))
}

fn sorted(h: &mut Held, args: Args<'_>) -> R {
    let [iterable] = args.rest(0) else {
        let given = args.rest(0).len();
        return Err(h.type_error(format!("sorted expected 1 argument, got {given}")));
    };
    let items = h.collect(iterable)?;
    let list = h.new_list(items);
    match args[1].downcast::<Dict>().filter(|keywords| !keywords.is_empty(h)) {
        Some(keywords) => {
            let sort = h.intern("sort");
            let sort = h.get_attr(&list, &sort)?;
            h.call_with_dict(&sort, &[], keywords)?;
        }
        None => crate::types::sort::sort_value(h, &list)?,
    }
    Ok(list)
}

fn aiter(h: &mut Held, args: Args<'_>) -> R {
    let Some(iterator) = h.call_special(&args[0], n::__aiter__, &[])? else {
        return Err(h.type_error(format!("'{}' object is not an async iterable", args[0].class_name())));
    };
    if h.special(&iterator, n::__anext__).is_none() {
        let got = iterator.class_name();
        return Err(h.type_error(format!("aiter() returned not an async iterator of type '{got}'")));
    }
    Ok(iterator)
}

fn anext(h: &mut Held, args: Args<'_>) -> R {
    let Some(awaitable) = h.call_special(&args[0], n::__anext__, &[])? else {
        return Err(h.type_error(format!("'{}' object is not an async iterator", args[0].class_name())));
    };
    let Some(default) = args.opt(1) else { return Ok(awaitable) };
    let class = AWAITABLE.get_or_make(h, |h| {
        ClassSpec::new::<AnextAwaitable>(h, "builtins", "anext_awaitable").methods(h, &OF_AWAITABLE).build(h)
    });
    let data = AnextAwaitable { awaitable, default: default.clone(), iterator: ObjCell::new(None) };
    Ok(h.new_object(&class, data).into_value())
}

static AWAITABLE: ClassCell = ClassCell::new();

/// `anext(iterator, default)`: what is awaited, and what stands for its StopAsyncIteration.
struct AnextAwaitable {
    awaitable: Value,
    default: Value,
    iterator: ObjCell<Option<Value>>,
}

crate::object!(AnextAwaitable, "anext_awaitable", traced [awaitable, default, iterator]);

static OF_AWAITABLE: [Def; 6] = [
    def("__await__", "", |_, args| Ok(args[0].clone())),
    def("__iter__", "", |_, args| Ok(args[0].clone())),
    def("__next__", "", |h, args| forward(h, args.this::<AnextAwaitable>(), "__next__", &[])),
    def("send", "value, /", |h, args| forward(h, args.this::<AnextAwaitable>(), "send", &[args[1].clone()])),
    def("throw", "*args", |h, args| forward(h, args.this::<AnextAwaitable>(), "throw", args.rest(1))),
    def("close", "", |h, args| forward(h, args.this::<AnextAwaitable>(), "close", &[])),
];

/// Steps what is awaited; its StopAsyncIteration ends the await with the default.
fn forward(h: &mut Held, this: &Obj<AnextAwaitable>, method: &str, args: &[Value]) -> R {
    let iterator = match this.iterator.read(h, Clone::clone) {
        Some(iterator) => iterator,
        None => match h.await_iter(&this.awaitable)? {
            Some(iterator) => {
                drop(this.iterator.write(h, |own| own.replace(iterator.clone())));
                iterator
            }
            None => return Err(not_awaitable(h, &this.awaitable)),
        },
    };
    // Of what can be awaited, coroutines alone have no `__next__`.
    let coroutine = iterator.downcast::<Generator>().is_some_and(|it| it.is_coroutine());
    let result = if coroutine && method == "__next__" {
        h.call_method(&iterator, n::send, &[Value::NONE])
    } else {
        let method = h.intern(method);
        h.call_method_named(&iterator, &method, args)
    };
    match result {
        Err(raised) if raised.is(Exc::StopAsyncIteration) => Err(h.stop_iteration(this.default.clone())),
        other => other,
    }
}

#[cold]
fn not_awaitable(h: &Held, value: &Value) -> Raised {
    h.type_error(format!("object {} can't be used in 'await' expression", value.class_name()))
}
