//! `OrderedDict`: a dict whose order can be changed, and counts in comparison.
//!
//! In: items. Out: the same in the order of entry, or as moved. The one invariant: its data is that of `dict`, which is in
//! the order of entry already; moving a key is taking it out and entering it again.

use super::ordered_views;
use crate::native::{SUBSCRIPTED, enter};
use interpreter::objects::class::class_flag;
use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::dict_view::What;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::types::dict::equal;
use interpreter::vm::CmpOp;

pub(super) fn add(h: &mut Held, module: &Module) {
    let class = CLASS.get_or_make(h, |h| {
        ClassSpec::with_base::<Dict>(h, "collections", "OrderedDict", &core().dict)
            .flags(class_flag::HEAP | class_flag::HAS_DICT | class_flag::WEAKREFS)
            .methods(h, &METHODS)
            .methods(h, &OPERATORS)
            .attrs(h, &interpreter::types::object::DICT)
            .class_methods(h, &SUBSCRIPTED)
            .value(h, "__hash__", Value::NONE)
            .build(h)
    });
    ordered_views::add(h);
    enter(h, module, &class);
}

static CLASS: ClassCell = ClassCell::new();

static METHODS: [Def; 10] = [
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("items", "", |h, args| Ok(ordered_views::view(h, this(args), What::Items))),
    def("keys", "", |h, args| Ok(ordered_views::view(h, this(args), What::Keys))),
    def("values", "", |h, args| Ok(ordered_views::view(h, this(args), What::Values))),
    def("move_to_end", "key, last=True", move_to_end),
    def("pop", "key, default=None", pop),
    def("popitem", "last=True", popitem),
    def("setdefault", "key, default=None", setdefault),
    def("update", "*args, **kwargs", update),
];

static OPERATORS: [Def; 10] = [
    def("__init__", "*args, **kwargs", update),
    def("__repr__", "", repr),
    def("__iter__", "", |h, args| Ok(ordered_views::iter(h, this(args), What::Keys, false))),
    def("__reversed__", "", |h, args| Ok(ordered_views::iter(h, this(args), What::Keys, true))),
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
    def("__or__", "value, /", |h, args| merged(h, &args[0], &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| merged(h, &args[0], &args[1], &args[0])),
    def("__ior__", "value, /", |h, args| {
        update_from(h, &args[0], &args[1])?;
        Ok(args[0].clone())
    }),
    def("__reduce__", "", reduce),
];

fn this<'a>(args: Args<'a>) -> &'a Obj<Dict> {
    args.this::<Dict>()
}

fn move_to_end(h: &mut Held, args: Args<'_>) -> R {
    let last = match args.opt(2) {
        Some(last) => h.truth(last)?,
        None => true,
    };
    let dict = this(args);
    let hash = h.hash(&args[1])?;
    let Some((key, value)) = dict.remove_hashed(h, &args[1], hash)? else { return Err(h.key_error(&args[1])) };
    let mut later = Vec::new();
    if !last {
        let mut from = 0;
        while let Some((at, hash, key, value)) = dict.next_entry(h, from) {
            later.push((hash, key, value));
            from = at + 1;
        }
        dict.clear(h);
    }
    dict.set_hashed(h, key, hash, value)?;
    for (hash, key, value) in later {
        dict.set_hashed(h, key, hash, value)?;
    }
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    match (this(args).remove(h, &args[1])?, args.opt(2)) {
        (Some((_, value)), _) => Ok(value),
        (None, Some(default)) => Ok(default.clone()),
        (None, None) => match h.call_special(&args[0], n::__missing__, std::slice::from_ref(&args[1]))? {
            Some(value) => Ok(value),
            None => Err(h.key_error(&args[1])),
        },
    }
}

fn popitem(h: &mut Held, args: Args<'_>) -> R {
    let last = match args.opt(1) {
        Some(last) => h.truth(last)?,
        None => true,
    };
    let dict = this(args);
    let popped = match last {
        true => dict.pop_last(h),
        false => match dict.next_entry(h, 0) {
            Some((_, hash, key, _)) => dict.remove_hashed(h, &key, hash)?,
            None => None,
        },
    };
    match popped {
        Some((key, value)) => Ok(h.new_pair(key, value)),
        None => {
            let message = h.new_str("dictionary is empty");
            Err(h.key_error(&message))
        }
    }
}

/// By the object's own `__setitem__`, as all that enters items here.
fn setdefault(h: &mut Held, args: Args<'_>) -> R {
    if let Some(value) = this(args).get(h, &args[1])? {
        return Ok(value);
    }
    let default = args.opt(2).cloned().unwrap_or(Value::NONE);
    h.set_item(&args[0], &args[1], default.clone())?;
    Ok(default)
}

fn update(h: &mut Held, args: Args<'_>) -> R {
    match args.rest(1) {
        [] => (),
        [other] => update_from(h, &args[0], other)?,
        more => return Err(too_many(h, more.len())),
    }
    if let Some(keywords) = args[2].downcast::<Dict>() {
        for (key, value) in keywords.items(h) {
            h.set_item(&args[0], &key, value)?;
        }
    }
    Ok(Value::NONE)
}

#[cold]
fn too_many(h: &Held, given: usize) -> Raised {
    h.type_error(format!("expected at most 1 arguments, got {given}"))
}

/// Enters the items of a mapping or an iterable of pairs.
fn update_from(h: &mut Held, this: &Value, other: &Value) -> R<()> {
    if let Some(dict) = other.exactly::<Dict>() {
        for (key, value) in dict.items(h) {
            h.set_item(this, &key, value)?;
        }
        return Ok(());
    }
    if let Some(keys) = h.find_attr(other, n::keys.value())? {
        let keys = h.call(&keys, &[])?;
        return h.for_each(&keys, |h, key| {
            let value = h.get_item(other, &key)?;
            h.set_item(this, &key, value)
        });
    }
    let pairs = match h.find_attr(other, n::items.value())? {
        Some(items) => h.call(&items, &[])?,
        None => other.clone(),
    };
    h.for_each(&pairs, |h, pair| {
        let items = h.collect(&pair)?;
        match &items[..] {
            [key, value] => h.set_item(this, key, value.clone()),
            [] => Err(h.value_error("need more than 0 values to unpack")),
            [_] => Err(h.value_error("need more than 1 value to unpack")),
            _ => Err(h.value_error("too many values to unpack (expected 2)")),
        }
    })
}

/// A copy of the same class, by its constructor and `__setitem__` if it is a subclass.
fn copy(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_value();
    let result = h.call(&class, &[])?;
    update_from(h, &result, &args[0])?;
    if h.has_own_attrs(&args[0])
        && let Some(attrs) = h.attr_dict(&args[0])
        && let Some(attrs) = attrs.downcast::<Dict>()
    {
        for (name, value) in attrs.items(h) {
            h.set_attr(&result, &name, value)?;
        }
    }
    Ok(result)
}

fn merged(h: &mut Held, this: &Value, a: &Value, b: &Value) -> R {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let class = this.class().to_value();
    let result = h.call(&class, std::slice::from_ref(a))?;
    update_from(h, &result, b)?;
    Ok(result)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let name = args[0].class().name_text();
    if this(args).is_empty(h) {
        return Ok(h.new_str(&format!("{name}()")));
    }
    let done = h.in_repr(&args[0], |h| {
        let mut pairs = Vec::new();
        for (key, value) in this(args).items(h) {
            pairs.push(h.new_pair(key, value));
        }
        let pairs = h.new_list(pairs);
        let pairs = h.repr(&pairs)?;
        let (open, close) = (h.new_str(&format!("{name}(")), h.new_str(")"));
        let text = h.add(&open, &pairs)?;
        h.add(&text, &close)
    })?;
    Ok(done.unwrap_or_else(|| h.new_str("...")))
}

/// Equal to another one only in the same order, to other dicts in any.
fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let Some(other) = args[1].downcast::<Dict>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let mut same = equal(h, this(args), other)?;
    if same && args[1].class().is_subclass_of(CLASS.get()) {
        let (a, b) = (this(args).keys(h), other.keys(h));
        for (x, y) in a.iter().zip(&b) {
            same = same && h.eq(x, y)?;
        }
    }
    Ok(Value::bool(same == (op == CmpOp::Eq)))
}

/// `(class, (), attributes, None, iterator of items)`.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let state = match h.has_own_attrs(&args[0]) {
        true => h.attr_dict(&args[0]).unwrap_or(Value::NONE),
        false => Value::NONE,
    };
    let items = h.call_method(&args[0], n::items, &[])?;
    let items = h.iter(&items)?;
    let nothing = h.new_tuple(Vec::new());
    Ok(h.new_tuple(vec![args[0].class().to_value(), nothing, state, Value::NONE, items]))
}
