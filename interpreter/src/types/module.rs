//! `module`: construction, text and names.
//!
//! In: a name and documentation. Out: a namespace. The one invariant: `__dict__` is the module's dict itself.

use crate::objects::attrs;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, getset, getter};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
        let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
        let dict = h.new_dict();
        Ok(h.new_object(class, Module { dict }).into_value())
    });
    ClassSpec::of(&core().module).constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).build(h);
}

static METHODS: [Def; 3] =
    [def("__init__", "name, doc=None", init_module), def("__repr__", "", repr), def("__dir__", "", dir)];

static ATTRS: [Attr; 2] = [
    getter("__dict__", |_, value| Ok(module(value).dict.value().clone())),
    getset("__annotations__", annotations, |h, value, given| {
        let dict = module(value).dict.clone();
        let old = match given {
            Some(given) => dict.set_str(h, n::__annotations__.value(), given.clone()),
            None => dict.remove_str(h, n::__annotations__.value()),
        };
        drop(old);
        Ok(())
    }),
];

fn module(value: &Value) -> &Obj<Module> {
    match value.downcast::<Module>() {
        Some(module) => module,
        None => panic!("a descriptor of modules is asked with a module"),
    }
}

fn annotations(h: &mut Held, value: &Value) -> R {
    let dict = module(value).dict.clone();
    if let Some(known) = dict.get_str(h, n::__annotations__.value()) {
        return Ok(known);
    }
    let made = h.new_dict().into_value();
    dict.set_str(h, n::__annotations__.value(), made.clone());
    Ok(made)
}

fn init_module(h: &mut Held, args: Args<'_>) -> R {
    if args[1].downcast::<Str>().is_none() {
        let got = args[1].given_name();
        return Err(h.type_error(format!("module.__init__() argument 1 must be str, not {got}")));
    }
    let dict = args.this::<Module>().dict.clone();
    dict.set_str(h, n::__name__.value(), args[1].clone());
    dict.set_str(h, n::__doc__.value(), args.opt(2).cloned().unwrap_or(Value::NONE));
    for name in [n::__package__, n::__loader__, n::__spec__] {
        dict.set_str(h, name.value(), Value::NONE);
    }
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Module>().dict.clone();
    let name = dict.get_str(h, n::__name__.value()).unwrap_or(Value::NONE);
    let file = dict.get_str(h, n::__file__.value());
    let name = h.repr_text(&name)?;
    let text = match file {
        Some(file) => format!("<module {name} from {}>", h.repr_text(&file)?),
        None if dict.get_str(h, n::__builtins__.value()).is_some() => format!("<module {name} (frozen)>"),
        None if is_native(&name) => format!("<module {name} (built-in)>"),
        None => format!("<module {name}>"),
    };
    Ok(h.new_str(&text))
}

/// Whether a repr is that of the name of a module written in Rust.
fn is_native(repr: &str) -> bool {
    let name = repr.trim_matches('\'');
    name == "builtins" || crate::runtime::import::native_names().contains(&name)
}

fn dir(h: &mut Held, args: Args<'_>) -> R {
    let dict = args.this::<Module>().dict.clone();
    let name = n::__dir__.value();
    if let Some(hook) = dict.get_str(h, name) {
        return h.call(&hook, &[]);
    }
    debug_assert!(attrs::existing(h, &args[0]).is_none());
    let names = dict.keys(h);
    Ok(h.new_list(names))
}
