//! `defaultdict`: a dict that makes the values of missing keys.
//!
//! In: a factory and what a dict is made of. Out: a dict. The one invariant: the factory stands in `Dict::extra`; nothing there means
//! `None`.

use crate::native::{enter, put, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getset};
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
    let spec = ClassSpec::with_base::<Dict>(h, "collections", "defaultdict", &core().dict);
    let spec = spec.flags(class_flag::HEAP | class_flag::WEAKREFS).methods(h, &METHODS).attrs(h, &ATTRS);
    let class = spec.build(h);
    enter(h, module, &class);
}

static ATTRS: [Attr; 1] = [getset(
    "default_factory",
    |h, dict| Ok(factory(h, dict)),
    |h, dict, factory| {
        put(h, &this::<Dict>(dict).extra, factory.cloned());
        Ok(())
    },
)];

fn factory(h: &Held, dict: &Value) -> Value {
    this::<Dict>(dict).extra.read(h, Clone::clone).unwrap_or(Value::NONE)
}

static METHODS: [Def; 8] = [
    def("__init__", "*args, **kwargs", init),
    def("__missing__", "key, /", missing),
    def("__repr__", "", repr),
    def("__reduce__", "", reduce),
    def("copy", "", copy),
    def("__copy__", "", copy),
    def("__or__", "value, /", |h, args| merged(h, &args[0], &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| merged(h, &args[0], &args[1], &args[0])),
];

fn init(h: &mut Held, args: Args<'_>) -> R {
    let given = args.rest(1);
    let factory = given.first().cloned().unwrap_or(Value::NONE);
    if !factory.is_none() && !h.is_callable(&factory) {
        return Err(h.type_error("first argument must be callable or None"));
    }
    put(h, &this::<Dict>(&args[0]).extra, Some(factory));
    let Some(init) = core().dict.lookup(h, n::__init__.value()) else { return Ok(Value::NONE) };
    let mut all = vec![args[0].clone()];
    all.extend(given.iter().skip(1).cloned());
    match args[2].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&init, &all, keywords),
        None => h.call(&init, &all),
    }
}

fn missing(h: &mut Held, args: Args<'_>) -> R {
    let factory = factory(h, &args[0]);
    if factory.is_none() {
        return Err(h.key_error(&args[1]));
    }
    let value = h.call(&factory, &[])?;
    if args[0].class().has(class_flag::BUILTIN) {
        drop(this::<Dict>(&args[0]).set(h, args[1].clone(), value.clone())?);
    } else {
        h.set_item(&args[0], &args[1], value.clone())?;
    }
    Ok(value)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let Some(of_dict) = core().dict.lookup(h, n::__repr__.value()) else { return Ok(Value::NONE) };
    let items = h.call(&of_dict, std::slice::from_ref(&args[0]))?;
    let factory = factory(h, &args[0]);
    let factory = h.in_repr(&factory, |h| h.repr(&factory))?.unwrap_or_else(|| h.new_str("..."));
    let mut text = h.new_str(&format!("{}(", args[0].class().name_text()));
    for part in [factory, h.new_str(", "), items, h.new_str(")")] {
        text = h.add(&text, &part)?;
    }
    Ok(text)
}

fn copy(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_value();
    let factory = factory(h, &args[0]);
    h.call(&class, &[factory, args[0].clone()])
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_value();
    let factory = factory(h, &args[0]);
    let inner = h.new_tuple(if factory.is_none() { Vec::new() } else { vec![factory] });
    let items = h.call_method(&args[0], n::items, &[])?;
    let items = h.iter(&items)?;
    Ok(h.new_tuple(vec![class, inner, Value::NONE, Value::NONE, items]))
}

/// `a | b` as an instance of this one's class, with its factory.
fn merged(h: &mut Held, own: &Value, a: &Value, b: &Value) -> R {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let class = own.class().to_value();
    let factory = factory(h, own);
    let new = h.call(&class, &[factory, a.clone()])?;
    h.call_method(&new, n::update, std::slice::from_ref(b))?;
    Ok(new)
}
