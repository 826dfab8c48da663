//! `defaultdict`: a dict that makes what is missing.
//!
//! In: a factory and what a dict takes. Out: values for all keys. The one invariant: the factory is asked only by `d[key]`, and
//! what it gives is entered.
//!
//! Its data is that of `dict`; the factory is an attribute of the object under a name that no program can write.

use crate::native::{SUBSCRIPTED, enter};
use interpreter::builtins::objects::is_callable;
use interpreter::objects::class::class_flag;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) fn add(h: &mut Held, module: &Module) {
    let class = ClassSpec::with_base::<Dict>(h, "collections", "defaultdict", &core().dict)
        .flags(class_flag::HEAP)
        .member(h, "default_factory")
        .methods(h, &METHODS)
        .class_methods(h, &SUBSCRIPTED)
        .build(h);
    enter(h, module, &class);
}

static METHODS: [Def; 8] = [
    def("__init__", "*args, **kwargs", init),
    def("__missing__", "key, /", missing),
    def("__repr__", "", repr),
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("__or__", "value, /", |h, args| merged(h, &args[0], &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| merged(h, &args[0], &args[1], &args[0])),
    def("__reduce__", "", reduce),
];

/// The factory; `None` if there is none.
fn factory(h: &mut Held, this: &Value) -> R {
    let name = h.intern("default_factory");
    Ok(h.find_attr(this, &name)?.unwrap_or(Value::NONE))
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    let (factory, rest) = match args.rest(1) {
        [] => (Value::NONE, &[][..]),
        [factory, rest @ ..] => (factory.clone(), rest),
    };
    if !factory.is_none() && !is_callable(h, &factory) {
        return Err(h.type_error("first argument must be callable or None"));
    }
    let name = h.intern("default_factory");
    h.set_attr(&args[0], &name, factory)?;
    let Some(init) = core().dict.lookup(h, n::__init__.value()) else { return Ok(Value::NONE) };
    let all: Vec<Value> = std::iter::once(&args[0]).chain(rest).cloned().collect();
    match args[2].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&init, &all, keywords),
        None => h.call(&init, &all),
    }
}

fn missing(h: &mut Held, args: Args<'_>) -> R {
    let factory = factory(h, &args[0])?;
    if factory.is_none() {
        return Err(h.key_error(&args[1]));
    }
    let value = h.call(&factory, &[])?;
    h.set_item(&args[0], &args[1], value.clone())?;
    Ok(value)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let name = args[0].class().name_text();
    let Some(of_dict) = core().dict.lookup(h, n::__repr__.value()) else { return Ok(Value::NONE) };
    let items = h.call(&of_dict, std::slice::from_ref(&args[0]))?;
    let items = interpreter::objects::str::text_of(&items);
    let factory = factory(h, &args[0])?;
    let text = h.in_repr(&factory, |h| h.repr(&factory))?;
    let factory = text.map_or("...".to_owned(), |text| interpreter::objects::str::text_of(&text));
    Ok(h.new_str(&format!("{name}({factory}, {items})")))
}

/// `cls(factory, self)`.
fn copy(h: &mut Held, args: Args<'_>) -> R {
    let factory = factory(h, &args[0])?;
    let class = args[0].class().to_value();
    h.call(&class, &[factory, args[0].clone()])
}

/// `a | b` with the factory of `this`.
fn merged(h: &mut Held, this: &Value, a: &Value, b: &Value) -> R {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let factory = factory(h, this)?;
    let class = this.class().to_value();
    let result = h.call(&class, &[factory, a.clone()])?;
    h.call_method(&result, n::update, std::slice::from_ref(b))?;
    Ok(result)
}

/// `(class, (factory,), None, None, iterator of items)`.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let factory = factory(h, &args[0])?;
    let given = if factory.is_none() { h.new_tuple(Vec::new()) } else { h.new_tuple(vec![factory]) };
    let items = h.call_method(&args[0], n::items, &[])?;
    let items = h.iter(&items)?;
    Ok(h.new_tuple(vec![args[0].class().to_value(), given, Value::NONE, Value::NONE, items]))
}
