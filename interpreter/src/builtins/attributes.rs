//! Builtin functions about attributes.
//!
//! In: an object and a name. Out: attributes and lists of their names. The one invariant: names are interned before they
//! are looked up.

use crate::objects::class::Class;
use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::Ref;
use crate::objects::list::List;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) static FUNCTIONS: [Def; 6] = [
    def("delattr", "obj, name, /", |h, args| {
        let name = name_of(h, &args[1])?;
        h.delete_attr(&args[0], &name)?;
        Ok(Value::NONE)
    }),
    def("dir", "object=None, /", dir),
    def("getattr", "object, name, default=None, /", getattr),
    def("hasattr", "obj, name, /", |h, args| {
        let name = name_of(h, &args[1])?;
        Ok(Value::bool(h.find_attr(&args[0], &name)?.is_some()))
    }),
    def("setattr", "obj, name, value, /", |h, args| {
        let name = name_of(h, &args[1])?;
        h.set_attr(&args[0], &name, args[2].clone())?;
        Ok(Value::NONE)
    }),
    def("vars", "object=None, /", vars),
];

/// An attribute's name, interned.
fn name_of(h: &mut Held, name: &Value) -> R {
    if name.downcast::<Str>().is_none() {
        return Err(h.type_error(format!("attribute name must be string, not '{}'", name.class_name())));
    }
    Ok(h.intern_value(name))
}

fn getattr(h: &mut Held, args: Args<'_>) -> R {
    let name = name_of(h, &args[1])?;
    match args.opt(2) {
        Some(default) => Ok(h.find_attr(&args[0], &name)?.unwrap_or_else(|| default.clone())),
        None => h.get_attr(&args[0], &name),
    }
}

fn vars(h: &mut Held, args: Args<'_>) -> R {
    let Some(object) = args.opt(0) else { return h.running_locals() };
    let found = match h.find_attr(object, n::__dict__.value())? {
        Some(dict) => Some(dict),
        None => h.attr_dict(object),
    };
    found.ok_or_else(|| h.type_error("vars() argument must have __dict__ attribute"))
}

fn dir(h: &mut Held, args: Args<'_>) -> R {
    let names = match args.opt(0) {
        None => {
            let locals = h.running_locals()?;
            h.call_method(&locals, n::keys, &[])?
        }
        Some(object) => match h.call_special(object, n::__dir__, &[])? {
            Some(names) => names,
            None => default_dir(h, object)?,
        },
    };
    let names = h.collect(&names)?;
    let names = h.new_list(names);
    if let Some(list) = names.downcast::<List>() {
        crate::types::sort::sort_list(h, list, None, None)?;
    }
    Ok(names)
}

/// The names that `object.__dir__`, `type.__dir__` and `module.__dir__` give: those in the object, and those in its
/// class and bases (a class's own, if it is one; only its own for a module).
pub(crate) fn default_dir(h: &mut Held, object: &Value) -> R {
    let names = h.new_dict();
    if let Some(class) = object.downcast::<Class>() {
        add_class_names(h, &names, class);
    } else {
        if let Some(own) = own_dict(h, object)? {
            own.copy_into(h, &names)?;
        }
        if object.downcast::<crate::objects::module::Module>().is_none() {
            add_class_names(h, &names, object.class());
        }
    }
    let keys = names.keys(h);
    Ok(h.new_list(keys))
}

fn own_dict(h: &mut Held, object: &Value) -> R<Option<Ref<Dict>>> {
    let dict = match h.attr_dict(object) {
        Some(dict) => Some(dict),
        None => h.find_attr(object, n::__dict__.value())?,
    };
    Ok(dict.and_then(|dict| dict.into_ref::<Dict>().ok()))
}

fn add_class_names(h: &mut Held, names: &Dict, class: &Class) {
    for base in class.mro.read(h, Clone::clone) {
        for name in base.dict.keys(h) {
            if name.exactly::<Str>().is_some() {
                names.set_str(h, &name, Value::NONE);
            }
        }
    }
}
