//! `dict`: the methods.
//!
//! In: a dict and arguments. Out: CPython's answers. The one invariant: keys are hashed once an operation; the table is
//! looked at again after every call of toy code (`objects/dict.rs`).

use super::dict_update::{self, update};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::dict_view::What;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::set::Set;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::sequence::push_repr;
use crate::vm::CmpOp;
use toy_text::CharsBuf;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "...", new);
    static FROM_KEYS: [Def; 1] = [def("fromkeys", "iterable, value=None, /", fromkeys)];
    ClassSpec::of(&core().dict)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &OPERATORS)
        .class_methods(h, &super::GENERIC)
        .class_methods(h, &FROM_KEYS)
        .value(h, "__hash__", Value::NONE)
        .build(h);
}

static METHODS: [Def; 10] = [
    def("clear", "", clear),
    def("copy", "", copy),
    def("get", "key, default=None, /", get),
    def("items", "", |h, args| Ok(h.new_dict_view(args.this::<Dict>(), What::Items))),
    def("keys", "", |h, args| Ok(h.new_dict_view(args.this::<Dict>(), What::Keys))),
    def("pop", "key, default=<unrepresentable>, /", pop),
    def("popitem", "", popitem),
    def("setdefault", "key, default=None, /", setdefault),
    def("update", "iterable=(), /, **kwargs", update).lazy_keywords(),
    def("values", "", |h, args| Ok(h.new_dict_view(args.this::<Dict>(), What::Values))),
];

static OPERATORS: [Def; 14] = [
    def("__init__", "iterable=(), /, **kwargs", update).lazy_keywords(),
    def("__repr__", "", repr),
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<Dict>().len(h) as i64))),
    def("__iter__", "", |h, args| Ok(h.new_dict_iter(args.this::<Dict>(), What::Keys, false))),
    def("__reversed__", "", |h, args| Ok(h.new_dict_iter(args.this::<Dict>(), What::Keys, true))),
    def("__contains__", "key, /", |h, args| Ok(Value::bool(args.this::<Dict>().contains(h, &args[1])?))),
    def("__getitem__", "key, /", getitem),
    def("__setitem__", "key, value, /", setitem),
    def("__delitem__", "key, /", delitem),
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
    def("__or__", "value, /", or),
    def("__ror__", "value, /", ror),
    def("__ior__", "value, /", ior),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.dict_of_class(args.this::<Class>()).into_value())
}

fn clear(h: &mut Held, args: Args<'_>) -> R {
    args.this::<Dict>().clear(h);
    Ok(Value::NONE)
}

fn copy(h: &mut Held, args: Args<'_>) -> R {
    let copy = args.this::<Dict>().copy(h);
    Ok(h.dict_from(copy).into_value())
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    let found = args.this::<Dict>().get(h, &args[1])?;
    Ok(found.unwrap_or_else(|| args.opt(2).cloned().unwrap_or(Value::NONE)))
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    let popped = if dict.is_empty(h) { None } else { dict.remove(h, &args[1])? };
    match (popped, args.opt(2)) {
        (Some((_, value)), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(h.key_error(&args[1])),
    }
}

fn popitem(h: &mut Held, args: Args<'_>) -> R {
    match args.this::<Dict>().pop_last(h) {
        Some((key, value)) => Ok(h.new_pair(key, value)),
        None => {
            let message = h.new_str("popitem(): dictionary is empty");
            Err(h.key_error(&message))
        }
    }
}

fn setdefault(h: &mut Held, args: Args<'_>) -> R {
    let default = args.opt(2).cloned().unwrap_or(Value::NONE);
    args.this::<Dict>().set_default(h, &args[1], default)
}

/// `cls.fromkeys(iterable, value)`: by `cls()` and its `__setitem__`.
fn fromkeys(h: &mut Held, args: Args<'_>) -> R {
    let value = args.opt(2).cloned().unwrap_or(Value::NONE);
    let made = h.call(&args[0], &[])?;
    let exact = made.exactly::<Dict>().map(Obj::to_ref);
    if let (Some(dict), Some(keys)) = (&exact, args[1].downcast::<Set>().filter(|set| is_plain(set))) {
        for (hash, key) in keys.hashed_keys(h) {
            dict.set_hashed(h, key, hash, value.clone())?;
        }
        return Ok(made);
    }
    h.for_each(&args[1], |h, key| match &exact {
        Some(dict) => dict.set(h, key, value.clone()).map(drop),
        None => h.set_item(&made, &key, value.clone()),
    })?;
    Ok(made)
}

/// A set whose `__iter__` is its own, so that hashes need not be asked for again.
fn is_plain(set: &Obj<Set>) -> bool {
    let core = core();
    std::ptr::eq(set.class(), &*core.set) || std::ptr::eq(set.class(), &*core.frozenset)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    if dict.is_empty(h) {
        return Ok(h.new_str("{}"));
    }
    let done = h.in_repr(&args[0], |h| {
        let mut text = CharsBuf::new();
        text.push_str("{");
        let mut from = 0;
        while let Some((at, key, value)) = dict.next_item(h, from) {
            if from > 0 && text.len() > 1 {
                text.push_str(", ");
            }
            push_repr(h, &mut text, &key)?;
            text.push_str(": ");
            push_repr(h, &mut text, &value)?;
            from = at + 1;
        }
        text.push_str("}");
        Ok(h.str_from_owned(&text.finish()))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str("{...}")))
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    if let Some(value) = args.this::<Dict>().get(h, &args[1])? {
        return Ok(value);
    }
    if args[0].exactly::<Dict>().is_none()
        && let Some(value) = h.call_special(&args[0], n::__missing__, std::slice::from_ref(&args[1]))?
    {
        return Ok(value);
    }
    Err(h.key_error(&args[1]))
}

fn setitem(h: &mut Held, args: Args<'_>) -> R {
    drop(args.this::<Dict>().set(h, args[1].clone(), args[2].clone())?);
    Ok(Value::NONE)
}

fn delitem(h: &mut Held, args: Args<'_>) -> R {
    match args.this::<Dict>().remove(h, &args[1])? {
        Some(old) => {
            drop(old);
            Ok(Value::NONE)
        }
        None => Err(h.key_error(&args[1])),
    }
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let Some(other) = args[1].downcast::<Dict>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let equal = equal(h, args.this::<Dict>(), other)?;
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

/// Whether two dicts have equal keys with equal values.
pub fn equal(h: &mut Held, a: &Obj<Dict>, b: &Obj<Dict>) -> R<bool> {
    h.check_native_stack(" in comparison")?;
    if a.len(h) != b.len(h) {
        return Ok(false);
    }
    let mut from = 0;
    while let Some((at, hash, key, value)) = a.next_entry(h, from) {
        let same = match b.get_hashed(h, &key, hash)? {
            Some(other) => h.eq(&value, &other)?,
            None => false,
        };
        if !same {
            return Ok(false);
        }
        from = at + 1;
    }
    Ok(true)
}

/// `dict | dict`: a plain dict with the left one's items first.
fn or(h: &mut Held, args: Args<'_>) -> R {
    merged(h, &args[0], &args[1])
}

fn ror(h: &mut Held, args: Args<'_>) -> R {
    merged(h, &args[1], &args[0])
}

fn merged(h: &mut Held, a: &Value, b: &Value) -> R {
    let (Some(a), Some(other)) = (a.downcast::<Dict>(), b.downcast::<Dict>()) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let copy = a.copy(h);
    let result = h.dict_from(copy);
    dict_update::merge(h, &result, other)?;
    Ok(result.into_value())
}

fn ior(h: &mut Held, args: Args<'_>) -> R {
    dict_update::update_from(h, args.this::<Dict>(), &args[1])?;
    Ok(args[0].clone())
}
