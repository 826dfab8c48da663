//! Descriptors that the machine knows: properties, native getters, slots, class and static methods.
//!
//! In: what stands in a class's namespace. Out: what an attribute access through it gives. The one invariant: `GetSet` and
//! `Member` are asked only with instances of their class.

use super::function::NativeFn;
use super::header::allocate;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

/// `property`.
pub struct Property {
    pub(crate) get: ObjCell<Value>,
    pub(crate) set: ObjCell<Value>,
    pub(crate) delete: ObjCell<Value>,
    pub(crate) doc: ObjCell<Value>,
    /// The docstring is the getter's, and another getter brings its own.
    pub(crate) getter_doc: Word<bool>,
    pub(crate) name: ObjCell<Option<Value>>,
}

crate::object!(Property, "property", traced [get, set, delete, doc, name]);

/// Reads a native attribute.
pub type Getter = fn(&mut Held, &Value) -> R<Value>;
/// Sets a native attribute, or deletes it (nothing is given then).
pub type Setter = fn(&mut Held, &Value, Option<&Value>) -> R<()>;

/// An attribute of a builtin type.
pub struct GetSet {
    pub name: Value,
    pub get: Getter,
    pub set: Option<Setter>,
    pub owner: Value,
}

crate::object!(GetSet, "getset_descriptor", traced [name, owner]);

/// A slot of `__slots__`: `key` is its name in the shape, which no attribute name equals.
pub struct Member {
    pub name: Value,
    pub key: Value,
    pub owner: Value,
}

crate::object!(Member, "member_descriptor", traced [name, key, owner]);

/// `classmethod`.
pub struct ClassMethod {
    pub(crate) function: ObjCell<Value>,
}

crate::object!(ClassMethod, "classmethod", traced[function]);

/// `staticmethod`.
pub struct StaticMethod {
    pub(crate) function: ObjCell<Value>,
}

crate::object!(StaticMethod, "staticmethod", traced[function]);

/// A field of a named tuple, which `_collections` makes: reads the item at an index.
pub struct TupleGetter {
    pub index: isize,
    pub doc: ObjCell<Value>,
}

crate::object!(TupleGetter, "_tuplegetter", traced[doc]);

impl TupleGetter {
    pub fn get(&self, held: &mut Held, object: &Value) -> R {
        let index = self.index;
        let Some(tuple) = object.downcast::<super::tuple::Tuple>() else {
            let got = object.class_name();
            let message =
                format!("descriptor for index '{index}' for tuple subclasses doesn't apply to '{got}' object");
            return Err(held.type_error(message));
        };
        match usize::try_from(index).ok().and_then(|index| tuple.items().get(index)) {
            Some(item) => Ok(item.clone()),
            None => Err(held.index_error("tuple index out of range")),
        }
    }
}

/// One native attribute in the table of a type.
pub struct Attr {
    pub name: &'static str,
    pub get: Getter,
    pub set: Option<Setter>,
}

/// A read-only native attribute.
pub const fn getter(name: &'static str, get: Getter) -> Attr {
    Attr { name, get, set: None }
}

/// A field of a struct in CPython, whose setter has a message of its own.
pub const fn field(name: &'static str, get: Getter) -> Attr {
    Attr {
        name,
        get,
        set: Some(|h, _, _| Err(h.error(crate::objects::exception::Exc::AttributeError, "readonly attribute"))),
    }
}

/// A native attribute that can be set.
pub const fn getset(name: &'static str, get: Getter, set: Setter) -> Attr {
    Attr { name, get, set: Some(set) }
}

/// A native function's type, for tables.
pub type Function = NativeFn;

impl Held {
    pub fn new_static_method(&self, function: Value) -> Value {
        allocate(&super::core().staticmethod, StaticMethod { function: ObjCell::private(function) }, 0).into_value()
    }

    pub fn new_class_method(&self, function: Value) -> Value {
        allocate(&super::core().classmethod, ClassMethod { function: ObjCell::private(function) }, 0).into_value()
    }

    pub(crate) fn new_member(&self, name: Value, key: Value, owner: Value) -> Value {
        allocate(&super::core().member_descriptor, Member { name, key, owner }, 0).into_value()
    }
}
