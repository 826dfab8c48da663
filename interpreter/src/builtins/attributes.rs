//! Builtin functions about attributes.
//!
//! In: an object and a name. Out: attributes and lists of their names. The one invariant: names are interned before they
//! are looked up.

use crate::objects::function::Args;
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
            None => return Err(h.type_error("object does not provide __dir__")),
        },
    };
    let names = h.collect(&names)?;
    let names = h.new_list(names);
    crate::types::sort::sort_value(h, &names)?;
    Ok(names)
}
