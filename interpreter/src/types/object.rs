//! `object`: what every value can do.
//!
//! In: any value. Out: identity's answers. The one invariant: these are found last, by every lookup.

use crate::objects::class::class_flag;
use crate::objects::core;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::function::Args;
use crate::objects::header::Kind;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    ClassSpec::of(&core().object).constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
}

static METHODS: [Def; 8] = [
    def("__init__", "*args, **kwargs", init_object),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| h.repr(&args[0])),
    def("__hash__", "", |h, args| Ok(h.new_int(crate::objects::hash::address_hash(args[0].bits())))),
    def("__eq__", "value, /", |_, args| Ok(if args[0].is(&args[1]) { Value::TRUE } else { Value::NOT_IMPLEMENTED })),
    def("__getattribute__", "name, /", getattribute),
    def("__setattr__", "name, value, /", setattr),
    def("__delattr__", "name, /", delattr),
];

static ATTRS: [Attr; 1] = [getset("__class__", |_, value| Ok(value.class().to_value()), |h, _, _| {
    Err(h.type_error("__class__ assignment is not supported yet"))
})];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<crate::objects::class::Class>() else { return Ok(Value::NONE) };
    if class.has(class_flag::ABSTRACT) {
        return Err(h.type_error(format!("Can't instantiate abstract class {}", class.name_text())));
    }
    if class.kind.get() != Kind::INSTANCE {
        return Err(h.type_error(format!("object.__new__({0}) is not safe, use {0}.__new__()", class.name_text())));
    }
    Ok(h.new_instance(class).into_value())
}

fn init_object(_: &mut Held, _: Args<'_>) -> R {
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class();
    let qualname = class.qualname.read(h, crate::objects::str::text_of);
    let module = class.lookup(h, n::__module__.value()).map(|module| crate::objects::str::text_of(&module));
    let title = match module.as_deref() {
        None | Some("builtins") => qualname,
        Some(module) => format!("{module}.{qualname}"),
    };
    Ok(h.new_str(&format!("<{title} object at {:#x}>", args[0].bits())))
}

fn getattribute(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern_value(&args[1]);
    h.generic_get_attr(&args[0], &name)
}

fn setattr(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern_value(&args[1]);
    h.generic_set_attr(&args[0], &name, Some(args[2].clone()))?;
    Ok(Value::NONE)
}

fn delattr(h: &mut Held, args: Args<'_>) -> R {
    let name = h.intern_value(&args[1]);
    h.generic_set_attr(&args[0], &name, None)?;
    Ok(Value::NONE)
}
