//! `property`, `classmethod`, `staticmethod` and native descriptors: the methods.
//!
//! In: functions. Out: what attribute access through them gives. The one invariant: `__get__` and friends give what the
//! machine's own shortcuts give (`vm/protocol/attr.rs`).

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, ClassMethod, GetSet, Member, Property, StaticMethod, field, getset, getter};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

pub(super) fn init(h: &mut Held) {
    static NEW_PROPERTY: Def = def("__new__", "*args, **kwargs", new_property);
    static NEW_CLASS_METHOD: Def = def("__new__", "*args, **kwargs", new_class_method);
    static NEW_STATIC_METHOD: Def = def("__new__", "*args, **kwargs", new_static_method);
    let core = core();
    ClassSpec::of(&core.property)
        .constructor(h, &NEW_PROPERTY)
        .methods(h, &PROPERTY)
        .methods(h, &DATA_DESCRIPTOR)
        .attrs(h, &PROPERTY_ATTRS)
        .build(h);
    ClassSpec::of(&core.classmethod)
        .constructor(h, &NEW_CLASS_METHOD)
        .methods(h, &WRAPPER)
        .attrs(h, &WRAPPER_ATTRS)
        .build(h);
    ClassSpec::of(&core.staticmethod)
        .constructor(h, &NEW_STATIC_METHOD)
        .methods(h, &WRAPPER)
        .methods(h, &CALLABLE)
        .attrs(h, &WRAPPER_ATTRS)
        .build(h);
    for class in [&core.getset_descriptor, &core.member_descriptor] {
        ClassSpec::of(class).methods(h, &DATA_DESCRIPTOR).methods(h, &NATIVE).attrs(h, &NATIVE_ATTRS).build(h);
    }
}

/// `__get__` of every descriptor that the machine knows.
pub(super) fn get(h: &mut Held, args: Args<'_>) -> R {
    let class = match args.opt_some(2) {
        Some(class) => class.clone(),
        None if args[1].is_none() => return Err(h.type_error("__get__(None, None) is invalid")),
        None => args[1].class().to_value(),
    };
    let object = Some(&args[1]).filter(|object| !object.is_none());
    h.native_descriptor_get(&args[0], object, &class).unwrap_or_else(|| Ok(args[0].clone()))
}

static DATA_DESCRIPTOR: [Def; 3] = [
    def("__get__", "instance, owner=None, /", get),
    def("__set__", "instance, value, /", |h, args| {
        h.native_descriptor_set(&args[0], &args[1], Some(args[2].clone()))?;
        Ok(Value::NONE)
    }),
    def("__delete__", "instance, /", |h, args| {
        h.native_descriptor_set(&args[0], &args[1], None)?;
        Ok(Value::NONE)
    }),
];

static PROPERTY: [Def; 5] = [
    def("__init__", "fget=None, fset=None, fdel=None, doc=None", init_property),
    def("getter", "fget, /", |h, args| with(h, args, 0)),
    def("setter", "fset, /", |h, args| with(h, args, 1)),
    def("deleter", "fdel, /", |h, args| with(h, args, 2)),
    def("__set_name__", "owner, name, /", |h, args| {
        let name = args[2].clone();
        let old = args.this::<Property>().name.write(h, |own| own.replace(name));
        drop(old);
        Ok(Value::NONE)
    }),
];

static PROPERTY_ATTRS: [Attr; 5] = [
    field("fget", |h, value| part(h, value, |property| &property.get)),
    field("fset", |h, value| part(h, value, |property| &property.set)),
    field("fdel", |h, value| part(h, value, |property| &property.delete)),
    getset(
        "__doc__",
        |h, value| part(h, value, |property| &property.doc),
        |h, value, doc| {
            let doc = doc.cloned().unwrap_or(Value::NONE);
            if let Some(property) = value.downcast::<Property>() {
                let old = property.doc.write(h, |own| std::mem::replace(own, doc));
                drop(old);
            }
            Ok(())
        },
    ),
    getter("__isabstractmethod__", |h, value| {
        let Some(property) = value.downcast::<Property>() else { return Ok(Value::FALSE) };
        for cell in [&property.get, &property.set, &property.delete] {
            let function = cell.read(h, Clone::clone);
            if is_abstract(h, &function)? {
                return Ok(Value::TRUE);
            }
        }
        Ok(Value::FALSE)
    }),
];

fn is_abstract(h: &mut Held, function: &Value) -> R<bool> {
    match h.find_attr(function, n::__isabstractmethod__.value())? {
        Some(flag) => h.truth(&flag),
        None => Ok(false),
    }
}

fn part(h: &mut Held, value: &Value, cell: fn(&Property) -> &ObjCell<Value>) -> R {
    Ok(value.downcast::<Property>().map_or(Value::NONE, |property| cell(property).read(h, Clone::clone)))
}

fn new_property(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let none = || ObjCell::private(Value::NONE);
    let property = Property {
        get: none(),
        set: none(),
        delete: none(),
        doc: none(),
        getter_doc: Word::new(false),
        name: ObjCell::private(None),
    };
    Ok(h.new_object(class, property).into_value())
}

fn init_property(h: &mut Held, args: Args<'_>) -> R {
    let given = |i: usize| args.opt(i).cloned().unwrap_or(Value::NONE);
    let property = args.this::<Property>();
    property.getter_doc.set(false);
    let parts = [(&property.get, 1), (&property.set, 2), (&property.delete, 3), (&property.doc, 4)];
    for (cell, i) in parts {
        let old = cell.write(h, |own| std::mem::replace(own, given(i)));
        drop(old);
    }
    if args.opt_some(4).is_none() && !given(1).is_none() {
        take_doc_of_getter(h, &args[0], property, &given(1))?;
    }
    Ok(Value::NONE)
}

/// A subclass has a docstring of its own, which hides the property's: its instances keep theirs as an attribute.
fn take_doc_of_getter(h: &mut Held, this: &Value, property: &Obj<Property>, getter: &Value) -> R<()> {
    let Some(doc) = h.find_attr(getter, n::__doc__.value())? else { return Ok(()) };
    if this.exactly::<Property>().is_some() {
        let old = property.doc.write(h, |own| std::mem::replace(own, doc));
        drop(old);
    } else {
        h.set_attr(this, n::__doc__.value(), doc)?;
    }
    property.getter_doc.set(true);
    Ok(())
}

/// A copy with one function replaced, of the same class.
fn with(h: &mut Held, args: Args<'_>, which: usize) -> R {
    let property = args.this::<Property>();
    let mut parts = [&property.get, &property.set, &property.delete].map(|cell| cell.read(h, Clone::clone));
    if !args[1].is_none() {
        if !args[1].is_none() {
            parts[which] = args[1].clone();
        }
    }
    let doc = match property.getter_doc.get() && !parts[0].is_none() {
        true => Value::NONE,
        false => property.doc.read(h, Clone::clone),
    };
    let [get, set, delete] = parts;
    let class = args[0].class().to_value();
    let copy = h.call(&class, &[get, set, delete, doc])?;
    if let Some(copy) = copy.downcast::<Property>() {
        let name = property.name.read(h, Clone::clone);
        copy.name.write(h, |own| *own = name);
    }
    Ok(copy)
}

fn new_class_method(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.new_object(class, ClassMethod { function: ObjCell::private(Value::NONE) }).into_value())
}

fn new_static_method(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.new_object(class, StaticMethod { function: ObjCell::private(Value::NONE) }).into_value())
}

/// The function in a class or static method.
fn inner(value: &Value) -> Option<&ObjCell<Value>> {
    match value.downcast::<ClassMethod>() {
        Some(method) => Some(&method.function),
        None => value.downcast::<StaticMethod>().map(|method| &method.function),
    }
}

static WRAPPER: [Def; 3] = [
    def("__init__", "function, /", init_wrapper),
    def("__get__", "instance, owner=None, /", get),
    def("__repr__", "", |h, args| {
        let function = inner(&args[0]).map_or(Value::NONE, |cell| cell.read(h, Clone::clone));
        let function = h.repr_text(&function)?;
        Ok(h.new_str(&format!("<{}({function})>", args[0].class_name())))
    }),
];

static CALLABLE: [Def; 1] = [def("__call__", "*args, **kwargs", |h, args| {
    let function = inner(&args[0]).map_or(Value::NONE, |cell| cell.read(h, Clone::clone));
    match args[2].downcast::<crate::objects::dict::Dict>() {
        Some(keywords) => h.call_with_dict(&function, args.rest(1), keywords),
        None => h.call(&function, args.rest(1)),
    }
})];

static WRAPPER_ATTRS: [Attr; 4] = [
    field("__func__", |h, value| Ok(inner(value).map_or(Value::NONE, |cell| cell.read(h, Clone::clone)))),
    field("__wrapped__", |h, value| Ok(inner(value).map_or(Value::NONE, |cell| cell.read(h, Clone::clone)))),
    getter("__isabstractmethod__", |h, value| {
        let function = inner(value).map_or(Value::NONE, |cell| cell.read(h, Clone::clone));
        is_abstract(h, &function).map(Value::bool)
    }),
    getset("__dict__", |h, value| Ok(crate::objects::attrs::make(h, value).into_value()), super::object::set_dict),
];

/// Takes over the function and, as CPython's `functools_wraps`, its names and documentation.
fn init_wrapper(h: &mut Held, args: Args<'_>) -> R {
    let function = args[1].clone();
    if let Some(cell) = inner(&args[0]) {
        let old = cell.write(h, |own| std::mem::replace(own, function.clone()));
        drop(old);
    }
    for name in [n::__module__, n::__name__, n::__qualname__, n::__doc__, n::__annotations__] {
        if let Some(value) = h.find_attr(&function, name.value())? {
            let dict = crate::objects::attrs::make(h, &args[0]);
            dict.set_str(h, name.value(), value);
        }
    }
    Ok(Value::NONE)
}

/// Name and owner of a native descriptor.
fn about(value: &Value) -> (Value, Value) {
    if let Some(getset) = value.downcast::<GetSet>() {
        return (getset.name.clone(), getset.owner.clone());
    }
    value.downcast::<Member>().map_or((Value::NONE, Value::NONE), |member| (member.name.clone(), member.owner.clone()))
}

static NATIVE: [Def; 1] = [def("__repr__", "", |h, args| {
    let (name, owner) = about(&args[0]);
    let owner = owner.downcast::<Class>().map(|class: &Obj<Class>| class.full_name()).unwrap_or_default();
    let kind = if args[0].downcast::<Member>().is_some() { "member" } else { "attribute" };
    Ok(h.new_str(&format!("<{kind} '{}' of '{owner}' objects>", text_of(&name))))
})];

static NATIVE_ATTRS: [Attr; 4] = [
    getter("__name__", |_, value| Ok(about(value).0)),
    getter("__objclass__", |_, value| Ok(about(value).1)),
    getter("__qualname__", |h, value| {
        let (name, owner) = about(value);
        let owner = owner.downcast::<Class>().map(|class| class.qualname.read(h, text_of)).unwrap_or_default();
        Ok(h.new_str(&format!("{owner}.{}", text_of(&name))))
    }),
    getter("__doc__", |_, _| Ok(Value::NONE)),
];
