//! `types.GenericAlias`: `list[int]`.
//!
//! In: a class and arguments. Out: what annotations hold; called, it calls the class. The one invariant: attributes that are
//! not its own are the class's.

use super::parameters::{parameters_of, substitute};
use super::union;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getter};
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::allocate;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::proxy::GenericAlias;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "origin, arguments, /", new);
    ClassSpec::of(&core().generic_alias)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .module(h, "types")
        .build(h);
}

static ATTRS: [Attr; 5] = [
    field("__origin__", |_, value| Ok(alias(value).origin.clone())),
    field("__args__", |_, value| Ok(alias(value).args.clone())),
    getter("__parameters__", |h, value| {
        let parameters = parameters_of(h, &alias(value).args)?;
        Ok(h.new_tuple(parameters))
    }),
    getter("__unpacked__", |_, value| Ok(Value::bool(alias(value).starred))),
    getter("__typing_unpacked_tuple_args__", |_, value| {
        let this = alias(value);
        let unpacked = this.starred && this.origin.is(core().tuple.value());
        Ok(if unpacked { this.args.clone() } else { Value::NONE })
    }),
];

static METHODS: [Def; 13] = [
    def("__repr__", "", repr),
    def("__hash__", "", |h, args| {
        let this = args.this::<GenericAlias>();
        let hash = h.hash(&this.origin)? ^ h.hash(&this.args)?;
        Ok(h.new_int(hash))
    }),
    def("__eq__", "value, /", eq),
    def("__call__", "*args, **kwargs", call),
    def("__getitem__", "key, /", getitem),
    def("__getattr__", "name, /", |h, args| {
        let name = h.intern_value(&args[1]);
        h.get_attr(&args.this::<GenericAlias>().origin.clone(), &name)
    }),
    def("__mro_entries__", "bases, /", |h, args| Ok(h.tuple_of(&[args.this::<GenericAlias>().origin.clone()]))),
    def("__instancecheck__", "instance, /", |h, _| {
        Err(h.type_error("isinstance() argument 2 cannot be a parameterized generic"))
    }),
    def("__subclasscheck__", "cls, /", |h, _| {
        Err(h.type_error("issubclass() argument 2 cannot be a parameterized generic"))
    }),
    def("__or__", "value, /", |h, args| union::or(h, &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| union::or(h, &args[1], &args[0])),
    def("__iter__", "", iter),
    def("__reduce__", "", reduce),
];

fn alias(value: &Value) -> &GenericAlias {
    match value.downcast::<GenericAlias>() {
        Some(alias) => alias,
        None => panic!("a descriptor of GenericAlias is asked with one"),
    }
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let made = h.new_generic_alias(args[1].clone(), args[2].clone());
    let class = args.this::<Class>();
    if class.is(core().generic_alias.value()) {
        return Ok(made);
    }
    let this = alias(&made);
    let data = GenericAlias { origin: this.origin.clone(), args: this.args.clone(), starred: false };
    Ok(h.new_object(class, data).into_value())
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<GenericAlias>();
    let items = this.args.downcast::<Tuple>().map(|args| args.items().to_vec()).unwrap_or_default();
    let mut parts = Vec::new();
    for item in &items {
        parts.push(repr_item(h, item)?);
    }
    let inner = if parts.is_empty() { "()".to_owned() } else { parts.join(", ") };
    let star = if this.starred { "*" } else { "" };
    let origin = repr_item(h, &this.origin)?;
    Ok(h.new_str(&format!("{star}{origin}[{inner}]")))
}

/// How an argument is shown: a class by its name, with the module unless that is `builtins`.
pub(super) fn repr_item(h: &mut Held, item: &Value) -> R<String> {
    if item.is(&Value::ELLIPSIS) {
        return Ok("...".to_owned());
    }
    if h.find_attr(item, n::__args__.value())?.is_some() && has(h, item, "__origin__")? {
        return h.repr_text(item);
    }
    let qualname = h.find_attr(item, n::__qualname__.value())?;
    let module = h.find_attr(item, n::__module__.value())?.filter(|module| !module.is_none());
    match (qualname, module) {
        (Some(qualname), Some(module)) if text_of(&module) == "builtins" => Ok(text_of(&qualname)),
        (Some(qualname), Some(module)) => Ok(format!("{}.{}", text_of(&module), text_of(&qualname))),
        _ => h.repr_text(item),
    }
}

fn has(h: &mut Held, object: &Value, name: &str) -> R<bool> {
    let name = h.intern(name);
    Ok(h.find_attr(object, &name)?.is_some())
}

fn eq(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<GenericAlias>();
    let Some(other) = args[1].downcast::<GenericAlias>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let same = this.starred == other.starred && h.eq(&this.origin, &other.origin)? && h.eq(&this.args, &other.args)?;
    Ok(Value::bool(same))
}

/// Calls the class; the result is told what it is an instance of, if it lets itself be told.
fn call(h: &mut Held, args: Args<'_>) -> R {
    let origin = args.this::<GenericAlias>().origin.clone();
    let made = match args[2].downcast() {
        Some(keywords) => h.call_with_dict(&origin, args.rest(1), keywords)?,
        None => h.call(&origin, args.rest(1))?,
    };
    let name = h.intern("__orig_class__");
    match h.set_attr(&made, &name, args[0].clone()) {
        Err(raised) if !raised.is(Exc::AttributeError) && !raised.is(Exc::TypeError) => Err(raised),
        _ => Ok(made),
    }
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<GenericAlias>();
    let given = substitute(h, &args[0], &this.args, &args[1])?;
    let alias = GenericAlias { origin: this.origin.clone(), args: given, starred: this.starred };
    Ok(allocate(&core().generic_alias, alias, 0).into_value())
}

/// `*tuple[int]`: one item, itself unpacked.
fn iter(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<GenericAlias>();
    let starred = GenericAlias { origin: this.origin.clone(), args: this.args.clone(), starred: true };
    let starred = allocate(&core().generic_alias, starred, 0).into_value();
    let one = h.new_tuple(vec![starred]);
    h.iter(&one)
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<GenericAlias>();
    let inner = h.tuple_of(&[this.origin.clone(), this.args.clone()]);
    Ok(h.new_tuple(vec![core().generic_alias.value().clone(), inner]))
}
