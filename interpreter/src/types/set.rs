//! `set` and `frozenset`: the methods.
//!
//! In: a set and arguments. Out: CPython's answers. The one invariant: operators take sets only, methods any iterable.

use super::sequence::push_repr;
use super::set_algebra as algebra;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::set::Set;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;
use toy_text::CharsBuf;

pub(super) fn init(h: &mut Held) {
    static NEW_SET: Def = def("__new__", "...", new_set);
    static NEW_FROZEN: Def = def("__new__", "iterable=(), /", new_frozenset);
    ClassSpec::of(&core().set)
        .constructor(h, &NEW_SET)
        .methods(h, &COMMON)
        .methods(h, &CHANGING)
        .methods(h, &COMPARISONS)
        .class_methods(h, &super::GENERIC)
        .value(h, "__hash__", Value::NONE)
        .build(h);
    ClassSpec::of(&core().frozenset)
        .constructor(h, &NEW_FROZEN)
        .methods(h, &COMMON)
        .methods(h, &COMPARISONS)
        .methods(h, &FROZEN)
        .class_methods(h, &super::GENERIC)
        .build(h);
}

static COMMON: [Def; 21] = [
    def("copy", "", copy),
    def("difference", "*others", difference),
    def("intersection", "*others", |h, args| {
        algebra::intersection_all(h, args.this::<Set>(), args.rest(1)).map(Ref::into_value)
    }),
    def("isdisjoint", "other, /", |h, args| Ok(Value::bool(algebra::is_disjoint(h, args.this::<Set>(), &args[1])?))),
    def("issubset", "other, /", issubset),
    def("issuperset", "other, /", issuperset),
    def("symmetric_difference", "other, /", |h, args| {
        algebra::symmetric_difference(h, args.this::<Set>(), &args[1]).map(Ref::into_value)
    }),
    def("union", "*others", union),
    def("__and__", "value, /", |h, args| {
        operator(h, &args[0], &args[1], |h, a, b| algebra::intersection(h, a, &b.to_value()))
    }),
    def("__rand__", "value, /", |h, args| {
        operator(h, &args[1], &args[0], |h, a, b| algebra::intersection(h, a, &b.to_value()))
    }),
    def("__or__", "value, /", |h, args| operator(h, &args[0], &args[1], either)),
    def("__ror__", "value, /", |h, args| operator(h, &args[1], &args[0], either)),
    def("__sub__", "value, /", |h, args| {
        operator(h, &args[0], &args[1], |h, a, b| algebra::difference(h, a, &b.to_value()))
    }),
    def("__rsub__", "value, /", |h, args| {
        operator(h, &args[1], &args[0], |h, a, b| algebra::difference(h, a, &b.to_value()))
    }),
    def("__xor__", "value, /", |h, args| {
        operator(h, &args[0], &args[1], |h, a, b| algebra::symmetric_difference(h, a, &b.to_value()))
    }),
    def("__rxor__", "value, /", |h, args| {
        operator(h, &args[1], &args[0], |h, a, b| algebra::symmetric_difference(h, a, &b.to_value()))
    }),
    def("__contains__", "value, /", |h, args| {
        let set = args.this::<Set>();
        Ok(Value::bool(with_key(h, &args[1], |h, key| set.contains(h, key))?))
    }),
    def("__iter__", "", |h, args| Ok(h.new_set_iter(args.this::<Set>()))),
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<Set>().len(h) as i64))),
    def("__repr__", "", repr),
    def("__reduce__", "", reduce),
];

static CHANGING: [Def; 14] = [
    def("__init__", "iterable=(), /", init_set),
    def("add", "object, /", |h, args| {
        args.this::<Set>().add(h, args[1].clone())?;
        Ok(Value::NONE)
    }),
    def("clear", "", |h, args| {
        args.this::<Set>().clear(h);
        Ok(Value::NONE)
    }),
    def("discard", "object, /", |h, args| {
        let set = args.this::<Set>();
        with_key(h, &args[1], |h, key| set.discard(h, key))?;
        Ok(Value::NONE)
    }),
    def("remove", "object, /", |h, args| {
        let set = args.this::<Set>();
        match with_key(h, &args[1], |h, key| set.discard(h, key))? {
            true => Ok(Value::NONE),
            false => Err(h.key_error(&args[1])),
        }
    }),
    def("pop", "", |h, args| {
        args.this::<Set>().pop(h).ok_or_else(|| {
            let message = h.new_str("pop from an empty set");
            h.key_error(&message)
        })
    }),
    def("update", "*others", |h, args| each(h, args, algebra::update)),
    def("difference_update", "*others", |h, args| each(h, args, algebra::difference_update)),
    def("intersection_update", "*others", |h, args| {
        let kept = algebra::intersection_all(h, args.this::<Set>(), args.rest(1))?;
        args.this::<Set>().replace(h, &kept);
        Ok(Value::NONE)
    }),
    def("symmetric_difference_update", "other, /", |h, args| {
        algebra::symmetric_difference_update(h, args.this::<Set>(), &args[1])?;
        Ok(Value::NONE)
    }),
    def("__iand__", "value, /", |h, args| {
        in_place(h, args, |h, set, other| {
            let kept = algebra::intersection(h, set, other)?;
            set.replace(h, &kept);
            Ok(())
        })
    }),
    def("__ior__", "value, /", |h, args| in_place(h, args, algebra::update)),
    def("__isub__", "value, /", |h, args| in_place(h, args, algebra::difference_update)),
    def("__ixor__", "value, /", |h, args| in_place(h, args, algebra::symmetric_difference_update)),
];

static FROZEN: [Def; 1] = [def("__hash__", "", hash)];

static COMPARISONS: [Def; 6] = crate::comparisons!(compare);

fn new_set(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.set_of_class(args.this::<Class>()).into_value())
}

fn init_set(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    set.clear(h);
    if let Some(items) = args.opt(1) {
        algebra::update(h, set, items)?;
    }
    Ok(Value::NONE)
}

fn new_frozenset(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let Some(items) = args.opt(1) else { return Ok(h.set_of_class(class).into_value()) };
    if class.is(core().frozenset.value()) && items.class().is(core().frozenset.value()) {
        return Ok(items.clone());
    }
    algebra::from_iterable(h, class, items).map(Ref::into_value)
}

fn copy(h: &mut Held, args: Args<'_>) -> R {
    if args[0].class().is(core().frozenset.value()) {
        return Ok(args[0].clone());
    }
    algebra::copy(h, args.this::<Set>()).map(Ref::into_value)
}

fn union(h: &mut Held, args: Args<'_>) -> R {
    let result = algebra::copy(h, args.this::<Set>())?;
    for other in args.rest(1) {
        algebra::update(h, &result, other)?;
    }
    Ok(result.into_value())
}

fn either(h: &mut Held, a: &Obj<Set>, b: &Obj<Set>) -> R<Ref<Set>> {
    let result = algebra::copy(h, a)?;
    if !std::ptr::eq(a, b) {
        result.merge(h, b)?;
    }
    Ok(result)
}

fn difference(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    let Some((first, rest)) = args.rest(1).split_first() else { return algebra::copy(h, set).map(Ref::into_value) };
    let result = algebra::difference(h, set, first)?;
    for other in rest {
        algebra::difference_update(h, &result, other)?;
    }
    Ok(result.into_value())
}

/// A binary operator: both operands must be sets.
fn operator(h: &mut Held, a: &Value, b: &Value, operation: fn(&mut Held, &Obj<Set>, &Obj<Set>) -> R<Ref<Set>>) -> R {
    match (a.downcast::<Set>(), b.downcast::<Set>()) {
        (Some(a), Some(b)) => operation(h, a, b).map(Ref::into_value),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// An operator that changes the set: the other operand must be a set.
fn in_place(h: &mut Held, args: Args<'_>, operation: impl FnOnce(&mut Held, &Obj<Set>, &Value) -> R<()>) -> R {
    if args[1].downcast::<Set>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    operation(h, args.this::<Set>(), &args[1])?;
    Ok(args[0].clone())
}

fn each(h: &mut Held, args: Args<'_>, operation: fn(&mut Held, &Obj<Set>, &Value) -> R<()>) -> R {
    for other in args.rest(1) {
        operation(h, args.this::<Set>(), other)?;
    }
    Ok(Value::NONE)
}

/// Looks a key up; a set, which has no hash, is looked up as the frozenset that equals it.
fn with_key(h: &mut Held, key: &Value, look: impl Fn(&mut Held, &Value) -> R<bool>) -> R<bool> {
    match look(h, key) {
        Err(raised) if raised.is(Exc::TypeError) => match key.downcast::<Set>() {
            Some(set) => {
                let frozen = h.set_of_class(&core().frozenset);
                frozen.merge(h, set)?;
                look(h, frozen.value())
            }
            None => Err(raised),
        },
        other => other,
    }
}

fn issubset(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    let subset = match args[1].downcast::<Set>() {
        Some(other) => algebra::is_subset(h, set, other)?,
        None => algebra::intersection(h, set, &args[1])?.len(h) == set.len(h),
    };
    Ok(Value::bool(subset))
}

fn issuperset(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    if let Some(other) = args[1].downcast::<Set>() {
        return Ok(Value::bool(algebra::is_subset(h, other, set)?));
    }
    let iterator = h.iter(&args[1])?;
    while let Some(item) = h.next(&iterator)? {
        if !set.contains(h, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Set>() {
        Some(other) => compare_sets(h, args.this(), other, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `a op b`: whether one is part of the other.
pub(crate) fn compare_sets(h: &mut Held, a: &Obj<Set>, b: &Obj<Set>, op: CmpOp) -> R {
    let (of_a, of_b) = (a.len(h), b.len(h));
    Ok(Value::bool(match op {
        CmpOp::Eq => equal(h, a, b)?,
        CmpOp::NotEq => !equal(h, a, b)?,
        CmpOp::Lt => of_a < of_b && algebra::is_subset(h, a, b)?,
        CmpOp::Gt => of_b < of_a && algebra::is_subset(h, b, a)?,
        CmpOp::LtE => algebra::is_subset(h, a, b)?,
        _ => algebra::is_subset(h, b, a)?,
    }))
}

fn equal(h: &mut Held, a: &Obj<Set>, b: &Obj<Set>) -> R<bool> {
    let hashes = (a.hash.get(), b.hash.get());
    if a.len(h) != b.len(h) || (hashes.0 != -1 && hashes.1 != -1 && hashes.0 != hashes.1) {
        return Ok(false);
    }
    algebra::is_subset(h, a, b)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    let name = args[0].class_name();
    let keys = set.keys(h);
    if keys.is_empty() {
        return Ok(h.new_str(&format!("{name}()")));
    }
    let plain = args[0].class().is(core().set.value());
    let (open, close) = if plain { ("{".to_owned(), "}") } else { (format!("{name}({{"), "})") };
    let done = h.in_repr(&args[0], |h| {
        let mut text = CharsBuf::new();
        text.push_str(&open);
        for (i, key) in keys.iter().enumerate() {
            if i > 0 {
                text.push_str(", ");
            }
            push_repr(h, &mut text, key)?;
        }
        text.push_str(close);
        Ok(h.str_from_owned(&text.finish()))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str(&format!("{name}(...)"))))
}

fn hash(h: &mut Held, args: Args<'_>) -> R {
    let set = args.this::<Set>();
    if set.hash.get() == -1 {
        let hashes = set.hashes(h).into_iter();
        set.hash.set(toy_text::hash::collection::frozenset(hashes, set.len(h)));
    }
    Ok(h.new_int(set.hash.get()))
}

/// `(class, ([keys],), state)`.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let keys = args.this::<Set>().keys(h);
    let keys = h.new_list(keys);
    let keys = h.new_tuple(vec![keys]);
    let state = h.default_state(&args[0])?;
    Ok(h.new_tuple(vec![args[0].class().to_value(), keys, state]))
}
