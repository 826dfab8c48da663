//! `_types`: the native classes behind `types`.
//!
//! In: keywords. Out: namespaces whose attributes they are. The one invariant: a namespace keeps nothing but its attributes.

use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::instance::Instance;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_types");
    let namespace = ClassSpec::new::<Instance>(h, "types", "SimpleNamespace")
        .flags(class_flag::HAS_DICT)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h);
    let core = core();
    let classes = [
        ("SimpleNamespace", &namespace),
        ("MappingProxyType", &core.mapping_proxy),
        ("GenericAlias", &core.generic_alias),
        ("UnionType", &core.union_type),
        ("CellType", &core.cell),
    ];
    for (name, class) in classes {
        let name = h.intern(name);
        m.dict.set_str(h, &name, class.value().clone());
    }
    Ok(m)
}

static ATTRS: [Attr; 1] = [getter("__dict__", |h, value| Ok(h.attr_dict(value).unwrap_or(Value::NONE)))];

static METHODS: [Def; 4] = [
    def("__init__", "*args, **kwargs", init_namespace),
    def("__repr__", "", repr),
    def("__eq__", "value, /", |h, args| {
        let (Some(a), Some(b)) = (namespace_dict(h, &args[0]), namespace_dict(h, &args[1])) else {
            return Ok(Value::NOT_IMPLEMENTED);
        };
        h.eq(&a, &b).map(Value::bool)
    }),
    def("__reduce__", "", |h, args| {
        let class = args[0].class().to_value();
        let (empty, state) = (h.new_tuple(Vec::new()), h.attr_dict(&args[0]).unwrap_or(Value::NONE));
        Ok(h.new_tuple(vec![class, empty, state]))
    }),
];

/// The attributes of a namespace; nothing for other objects.
fn namespace_dict(h: &mut Held, value: &Value) -> Option<Value> {
    let types = h.import_module("_types").ok()?;
    let name = h.intern("SimpleNamespace");
    let namespace = h.get_attr(&types, &name).ok()?;
    let is_namespace = value.class().is_subclass_of(namespace.downcast::<Class>()?);
    is_namespace.then(|| h.attr_dict(value)).flatten()
}

fn init_namespace(h: &mut Held, args: Args<'_>) -> R {
    if !args.rest(1).is_empty() {
        return Err(h.type_error("no positional arguments expected"));
    }
    let Some(keywords) = args[2].downcast::<Dict>() else { return Ok(Value::NONE) };
    for (name, value) in keywords.items(h) {
        let name = h.intern_value(&name);
        let dict = h.attr_dict(&args[0]);
        if let Some(dict) = dict.as_ref().and_then(|dict| dict.downcast::<Dict>()) {
            drop(dict.set_str(h, &name, value));
        }
    }
    Ok(Value::NONE)
}

/// `namespace(x=1)`; subclasses show their own name.
fn repr(h: &mut Held, args: Args<'_>) -> R {
    let name = args[0].class_name();
    let name = name.rsplit('.').next().unwrap_or_default();
    let name = if name == "SimpleNamespace" { "namespace" } else { name };
    let shown = h.in_repr(&args[0], |h| {
        let dict = h.attr_dict(&args[0]);
        let items = dict.as_ref().and_then(|dict| dict.downcast::<Dict>()).map(|dict| dict.items(h));
        let mut parts = Vec::new();
        for (key, value) in items.unwrap_or_default() {
            if key.downcast::<Str>().is_some_and(|key| !key.is_empty()) {
                parts.push(format!("{}={}", text_of(&key), h.repr_text(&value)?));
            }
        }
        Ok(h.new_str(&format!("{name}({})", parts.join(", "))))
    })?;
    Ok(shown.unwrap_or_else(|| h.new_str(&format!("{name}(...)"))))
}
