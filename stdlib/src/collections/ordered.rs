//! `OrderedDict`: a dict whose items can be moved, and whose equality minds the order.
//!
//! In: what a dict is made of. Out: a dict. The one invariant: whatever changes keys or their order counts up in `Dict::extra`, so
//! that iterators notice.

use super::ordered_iter::{self, new_iter, new_view};
use crate::native::{class_of, enter, put, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::dict_view::What;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) fn add(h: &mut Held, module: &Module) {
    let spec = ClassSpec::with_base::<Dict>(h, "collections", "OrderedDict", &core().dict);
    let spec = spec.flags(class_flag::HEAP | class_flag::WEAKREFS).with_dict(h);
    let class = spec.methods(h, &METHODS).methods(h, &OPERATORS).class_methods(h, &CLASS_METHODS);
    let class = ordered_iter::add(h, class).value(h, "__hash__", Value::NONE).build(h);
    enter(h, module, &class);
}

/// How often keys were added, removed or moved.
pub(super) fn changes(h: &Held, dict: &Dict) -> i64 {
    dict.extra.read(h, |extra| extra.as_ref().and_then(Value::as_small_int)).unwrap_or(0)
}

fn touch(h: &mut Held, dict: &Dict) {
    let count = h.new_int(changes(h, dict) + 1);
    put(h, &dict.extra, Some(count));
}

static METHODS: [Def; 14] = [
    def("__init__", "*args, **kwargs", |h, args| match args.rest(1).len() {
        0 | 1 => update(h, args),
        got => Err(h.type_error(format!("expected at most 1 arguments, got {got}"))),
    }),
    def("update", "*args, **kwargs", update),
    def("clear", "", |h, args| {
        args.this::<Dict>().clear(h);
        Ok(Value::NONE)
    }),
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("move_to_end", "key, last=True", move_to_end),
    def("pop", "key, default=<unrepresentable>", pop),
    def("popitem", "last=True", popitem),
    def("setdefault", "key, default=None", setdefault),
    def("keys", "", |h, args| new_view(h, &args[0], What::Keys)),
    def("values", "", |h, args| new_view(h, &args[0], What::Values)),
    def("items", "", |h, args| new_view(h, &args[0], What::Items)),
    def("__reduce__", "", reduce),
    def("__sizeof__", "", |h, args| {
        let len = args.this::<Dict>().len(h);
        Ok(h.new_int((size_of::<Obj<Dict>>() + 48 * len) as i64))
    }),
];

static OPERATORS: [Def; 10] = [
    def("__setitem__", "key, value, /", setitem),
    def("__delitem__", "key, /", delitem),
    def("__iter__", "", |h, args| new_iter(h, &args[0], What::Keys, false)),
    def("__reversed__", "", |h, args| new_iter(h, &args[0], What::Keys, true)),
    def("__repr__", "", repr),
    def("__eq__", "value, /", |h, args| equal(h, args, true)),
    def("__ne__", "value, /", |h, args| equal(h, args, false)),
    def("__or__", "value, /", |h, args| merged(h, &args[0], &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| merged(h, &args[0], &args[1], &args[0])),
    def("__ior__", "value, /", |h, args| {
        update_from(h, &args[0], &args[1])?;
        Ok(args[0].clone())
    }),
];

static CLASS_METHODS: [Def; 1] = [def("fromkeys", "iterable, value=None", |h, args| {
    let class = class_of(args).to_value();
    let value = args.opt(2).cloned().unwrap_or(Value::NONE);
    let made = h.call(&class, &[])?;
    h.for_each(&args[1], |h, key| h.set_item(&made, &key, value.clone()))?;
    Ok(made)
})];

fn setitem(h: &mut Held, args: Args<'_>) -> R {
    set(h, args.this::<Dict>(), args[1].clone(), args[2].clone())?;
    Ok(Value::NONE)
}

fn set(h: &mut Held, dict: &Obj<Dict>, key: Value, value: Value) -> R<()> {
    let old = dict.set(h, key, value)?;
    if old.is_none() {
        touch(h, dict);
    }
    Ok(())
}

fn delitem(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    match dict.remove(h, &args[1])? {
        Some(old) => {
            touch(h, dict);
            drop(old);
            Ok(Value::NONE)
        }
        None => Err(h.key_error(&args[1])),
    }
}

/// `update(mapping_or_pairs=(), /, **kwargs)`, by `__setitem__`.
fn update(h: &mut Held, args: Args<'_>) -> R {
    let given = args.rest(1);
    if given.len() > 1 {
        let got = given.len();
        return Err(h.type_error(format!("update() takes at most 1 positional argument ({got} given)")));
    }
    if let Some(other) = given.first() {
        update_from(h, &args[0], other)?;
    }
    if let Some(keywords) = args[2].downcast::<Dict>() {
        for (key, value) in keywords.items(h) {
            h.set_item(&args[0], &key, value)?;
        }
    }
    Ok(Value::NONE)
}

/// Takes over the items of a mapping or an iterable of pairs.
fn update_from(h: &mut Held, dict: &Value, other: &Value) -> R<()> {
    if let Some(plain) = other.exactly::<Dict>() {
        for (key, value) in plain.items(h) {
            h.set_item(dict, &key, value)?;
        }
        return Ok(());
    }
    if let Some(keys) = h.find_attr(other, n::keys.value())? {
        let keys = h.call(&keys, &[])?;
        return h.for_each(&keys, |h, key| {
            let value = h.get_item(other, &key)?;
            h.set_item(dict, &key, value)
        });
    }
    if let Some(items) = h.find_attr(other, n::items.value())? {
        let items = h.call(&items, &[])?;
        return h.for_each(&items, |h, pair| set_pair(h, dict, &pair));
    }
    h.for_each(other, |h, pair| set_pair(h, dict, &pair))
}

fn set_pair(h: &mut Held, dict: &Value, pair: &Value) -> R<()> {
    let iterator = h.iter(pair)?;
    let mut parts = Vec::new();
    while let Some(part) = h.next(&iterator)? {
        parts.push(part);
        if parts.len() > 2 {
            return Err(h.value_error("too many values to unpack (expected 2)"));
        }
    }
    match <[Value; 2]>::try_from(parts) {
        Ok([key, value]) => h.set_item(dict, &key, value),
        Err(parts) => Err(h.value_error(format!(
            "need more than {} value{} to unpack",
            parts.len(),
            if parts.len() == 1 { "" } else { "s" }
        ))),
    }
}

/// A copy of the same class, with the attributes.
fn copy(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_value();
    let new = h.call(&class, &[])?;
    if args[0].exactly::<Dict>().is_none()
        && let Some(own) = h.find_attr(&args[0], n::__dict__.value())?
        && let Some(own) = own.downcast::<Dict>()
    {
        for (name, value) in own.items(h) {
            h.set_attr(&new, &name, value)?;
        }
    }
    for (key, _) in this::<Dict>(&args[0]).items(h) {
        let value = h.get_item(&args[0], &key)?;
        h.set_item(&new, &key, value)?;
    }
    Ok(new)
}

fn move_to_end(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    let last = match args.opt(2) {
        Some(last) => h.truth(last)?,
        None => true,
    };
    if !dict.move_to_end(h, &args[1], last)? {
        return Err(h.key_error(&args[1]));
    }
    touch(h, dict);
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    match (dict.remove(h, &args[1])?, args.opt(2)) {
        (Some((_, value)), _) => {
            touch(h, dict);
            Ok(value)
        }
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => Err(h.key_error(&args[1])),
    }
}

fn popitem(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    let last = match args.opt(1) {
        Some(last) => h.truth(last)?,
        None => true,
    };
    match if last { dict.pop_last(h) } else { dict.pop_first(h) } {
        Some((key, value)) => {
            touch(h, dict);
            Ok(h.new_tuple(vec![key, value]))
        }
        None => {
            let message = h.new_str("dictionary is empty");
            Err(h.key_error(&message))
        }
    }
}

fn setdefault(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Dict>();
    let default = args.opt(2).cloned().unwrap_or(Value::NONE);
    if let Some(value) = dict.get(h, &args[1])? {
        return Ok(value);
    }
    h.set_item(&args[0], &args[1], default.clone())?;
    Ok(default)
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_value();
    let none = h.new_tuple(Vec::new());
    let state = h.default_state(&args[0])?;
    let items = h.call_method(&args[0], n::items, &[])?;
    let items = h.iter(&items)?;
    Ok(h.new_tuple(vec![class, none, state, Value::NONE, items]))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let name = args[0].class().name_text();
    if args.this::<Dict>().is_empty(h) {
        return Ok(h.new_str(&format!("{name}()")));
    }
    let pairs = h.in_repr(&args[0], |h| {
        let items = h.call_method(&args[0], n::items, &[])?;
        let items = h.collect(&items)?;
        let items = h.new_list(items);
        h.repr(&items)
    })?;
    let Some(pairs) = pairs else { return Ok(h.new_str("...")) };
    let start = h.new_str(&format!("{name}("));
    let start = h.add(&start, &pairs)?;
    let end = h.new_str(")");
    h.add(&start, &end)
}

/// Equal as dicts; and, if both are ordered, with their keys in the same order.
fn equal(h: &mut Held, args: Args<'_>, wanted: bool) -> R {
    let Some(other) = args[1].downcast::<Dict>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let dict = args.this::<Dict>();
    let mut equal = interpreter::types::dict::equal(h, dict, other)?;
    if equal && is_ordered(h, &args[1]) {
        let (mut own, mut others) = (0, 0);
        while equal
            && let Some(((at, key, _), (other_at, other_key, _))) =
                dict.next_item(h, own).zip(other.next_item(h, others))
        {
            equal = h.eq(&key, &other_key)?;
            (own, others) = (at + 1, other_at + 1);
        }
    }
    Ok(Value::bool(equal == wanted))
}

/// Whether a dict is an OrderedDict: it finds the same `move_to_end`.
fn is_ordered(h: &mut Held, value: &Value) -> bool {
    let name = h.intern("_is_ordered_dict");
    value.class().lookup(h, &name).is_some()
}

fn merged(h: &mut Held, own: &Value, a: &Value, b: &Value) -> R {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let class = own.class().to_value();
    let new = h.call(&class, std::slice::from_ref(a))?;
    update_from(h, &new, b)?;
    Ok(new)
}
