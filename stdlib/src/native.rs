//! What the definitions of native classes have in common.
//!
//! In: values whose type the machine has checked. Out: their data. The one invariant: only functions that the machine calls with
//! an instance of their class ask here.

use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, flag};
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

/// The data of a receiver.
#[inline(always)]
pub fn this<T: Object>(value: &Value) -> &Obj<T> {
    match value.downcast::<T>() {
        Some(this) => this,
        None => panic!("a native method is called with an instance of its class"),
    }
}

/// The class that a `__new__` is to make an instance of.
pub fn class_of<'a>(args: Args<'a>) -> &'a Obj<Class> {
    args.this::<Class>()
}

/// A new instance as a `__new__` gives it back.
pub fn made<T: Object>(h: &mut Held, args: Args<'_>, data: T) -> R {
    Ok(h.new_object(class_of(args), data).into_value())
}

/// Enters a class into a module under its name.
pub fn enter(h: &mut Held, module: &Module, class: &Obj<Class>) {
    let name = h.intern(&class.name_text());
    module.dict.set_str(h, &name, class.to_value());
}

/// `cls[args]` of classes that can be subscripted.
pub static SUBSCRIPTED: [Def; 1] =
    [def("__class_getitem__", "item, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];

/// Whether it is an int or float and not of a toy class: calculating with it runs no toy code.
pub fn is_number(value: &Value) -> bool {
    let native = value.header().is_none_or(|header| !header.has(flag::SUBCLASS));
    native && (value.as_int().is_some() || value.as_float().is_some())
}

/// Puts a value into a cell and drops what was there outside of it.
pub fn put<T: interpreter::objects::header::Trace>(h: &mut Held, cell: &ObjCell<T>, value: T) {
    let old = cell.write(h, |own| std::mem::replace(own, value));
    drop(old);
}

/// The items of a `__setstate__` argument, which must be a tuple of so many.
pub fn state<'a>(h: &Held, value: &'a Value, least: usize, most: usize) -> R<&'a [Value]> {
    match value.downcast::<interpreter::objects::tuple::Tuple>() {
        Some(tuple) if (least..=most).contains(&tuple.items().len()) => Ok(tuple.items()),
        Some(tuple) => {
            Err(h.type_error(format!("function takes exactly {least} arguments ({} given)", tuple.items().len())))
        }
        None => Err(h.type_error("state is not a tuple")),
    }
}
