//! Functions, methods, cells: the attributes.
//!
//! In: what MAKE_FUNCTION and natives made. Out: names, code, defaults, closure. The one invariant: after a change of
//! code or defaults the function is measured again, so that calls bind by the new ones.

use crate::objects::class::Class;
use crate::objects::code::Code;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getset, getter};
use crate::objects::dict::Dict;
use crate::objects::function::{Args, BoundMethod, Function, Native, SharedCell};
use crate::objects::header::{Kind, Obj};
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};
use toy_compiler::bytecode::proto::flags;

pub(super) fn init(h: &mut Held) {
    static NEW_FUNCTION: Def = def("__new__", "code, globals, name=None, argdefs=None, closure=None", new_function);
    static NEW_METHOD: Def = def("__new__", "function, instance, /", |h, args| {
        if !h.is_callable(&args[1]) {
            return Err(h.type_error("first argument must be callable"));
        }
        if args[2].is_none() {
            return Err(h.type_error("instance must not be None"));
        }
        Ok(h.new_bound_method(args[1].clone(), args[2].clone()))
    });
    static NEW_CELL: Def = def("__new__", "contents=None, /", |h, args| Ok(h.new_cell(args.opt(1).cloned())));
    let core = core();
    ClassSpec::of(&core.function)
        .constructor(h, &NEW_FUNCTION)
        .methods(h, &FUNCTION)
        .attrs(h, &FUNCTION_ATTRS)
        .build(h);
    ClassSpec::of(&core.bound_method).constructor(h, &NEW_METHOD).methods(h, &METHOD).attrs(h, &METHOD_ATTRS).build(h);
    for class in [&core.builtin_function, &core.method_descriptor, &core.wrapper_descriptor, &core.method_wrapper] {
        ClassSpec::of(class).methods(h, &NATIVE).attrs(h, &NATIVE_ATTRS).build(h);
    }
    for class in [&core.method_descriptor, &core.wrapper_descriptor] {
        ClassSpec::of(class).methods(h, &DESCRIPTOR).attrs(h, &OWNER_ATTRS).build(h);
    }
    ClassSpec::of(&core.method_wrapper).attrs(h, &OWNER_ATTRS).attrs(h, &RECEIVER_ATTRS).build(h);
    ClassSpec::of(&core.builtin_function).attrs(h, &RECEIVER_ATTRS).attrs(h, &MODULE_ATTRS).build(h);
    ClassSpec::of(&core.cell).constructor(h, &NEW_CELL).methods(h, &CELL).attrs(h, &CELL_ATTRS).build(h);
}

fn function(value: &Value) -> &Obj<Function> {
    match value.downcast::<Function>() {
        Some(function) => function,
        None => panic!("a descriptor of functions is asked with a function"),
    }
}

fn new_function(h: &mut Held, args: Args<'_>) -> R {
    let Ok(code) = args[1].clone().into_ref::<Code>() else {
        return Err(h.type_error(format!("function() argument 'code' must be code, not {}", args[1].given_name())));
    };
    let Ok(globals) = args[2].clone().into_ref::<Dict>() else {
        return Err(h.type_error(format!("function() argument 'globals' must be dict, not {}", args[2].given_name())));
    };
    check_functions_code(h, &code)?;
    if args.opt_some(3).is_some_and(|name| name.downcast::<Str>().is_none()) {
        return Err(h.type_error("arg 3 (name) must be None or string"));
    }
    if args.opt_some(4).is_some_and(|defaults| defaults.downcast::<Tuple>().is_none()) {
        return Err(h.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let closure = args.opt(5).cloned().unwrap_or(Value::NONE);
    check_closure(h, &closure, !code.freevars.is_empty())?;
    let cells = closure.downcast::<Tuple>().map_or(0, |cells| cells.items().len());
    if cells != code.freevars.len() {
        let (name, wanted) = (text_of(&code.name), code.freevars.len());
        return Err(h.value_error(format!("{name} requires closure of length {wanted}, not {cells}")));
    }
    let made = h.new_function(code, globals, closure);
    if let Some(name) = args.opt_some(3) {
        let name = name.clone();
        made.name.write(h, |own| *own = name);
    }
    if let Some(defaults) = args.opt_some(4) {
        let defaults = defaults.clone();
        made.defaults.write(h, |own| *own = defaults);
    }
    Ok(made.into_value())
}

/// What a module or a class body is compiled to has no place for arguments.
fn check_functions_code(h: &Held, code: &Obj<Code>) -> R<()> {
    match code.flags & flags::OPTIMIZED == 0 {
        true => Err(h.type_error("toy makes functions only of the code of functions")),
        false => Ok(()),
    }
}

fn check_closure(h: &Held, closure: &Value, needed: bool) -> R<()> {
    let Some(cells) = closure.downcast::<Tuple>() else {
        return match (closure.is_none(), needed) {
            (true, false) => Ok(()),
            (true, true) => Err(h.type_error("arg 5 (closure) must be tuple")),
            (false, _) => Err(h.type_error("arg 5 (closure) must be None or tuple")),
        };
    };
    match cells.items().iter().find(|cell| cell.downcast::<SharedCell>().is_none()) {
        Some(other) if needed => {
            Err(h.type_error(format!("arg 5 (closure) expected cell, found {}", other.class_name())))
        }
        _ => Ok(()),
    }
}

static FUNCTION: [Def; 3] = [
    def("__get__", "instance, owner=None, /", get),
    def("__repr__", "", |h, args| {
        let name = args.this::<Function>().qualname.read(h, text_of);
        Ok(h.new_str(&format!("<function {name} at {:#x}>", args[0].bits())))
    }),
    def("__call__", "*args, **kwargs", forward_call),
];

/// What a function or method gives for an object or, without one, for its class.
fn get(h: &mut Held, args: Args<'_>) -> R {
    let class = match args.opt_some(2) {
        Some(class) => class.clone(),
        None if args[1].is_none() => return Err(h.type_error("__get__(None, None) is invalid")),
        None => args[1].class().to_value(),
    };
    let object = Some(&args[1]).filter(|object| !object.is_none());
    h.descriptor_get(&args[0], object, &class)
}

/// `__call__` of anything that the machine calls by itself.
fn forward_call(h: &mut Held, args: Args<'_>) -> R {
    match args[2].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&args[0], args.rest(1), keywords),
        None => h.call(&args[0], args.rest(1)),
    }
}

static FUNCTION_ATTRS: [Attr; 13] = [
    getset(
        "__name__",
        |h, f| Ok(function(f).name.read(h, Clone::clone)),
        |h, f, v| text(h, f, v, "__name__", |f| &f.name),
    ),
    getset(
        "__qualname__",
        |h, f| Ok(function(f).qualname.read(h, Clone::clone)),
        |h, f, v| text(h, f, v, "__qualname__", |f| &f.qualname),
    ),
    getset("__module__", |h, f| Ok(function(f).module.read(h, Clone::clone)), |h, f, v| any(h, f, v, |f| &f.module)),
    getset("__doc__", |h, f| Ok(function(f).doc.read(h, Clone::clone)), |h, f, v| any(h, f, v, |f| &f.doc)),
    getset("__code__", |h, f| Ok(function(f).code.read(h, Clone::clone).into_value()), set_code),
    getset("__defaults__", |h, f| Ok(function(f).defaults.read(h, Clone::clone)), set_defaults),
    getset("__kwdefaults__", |h, f| Ok(function(f).kwdefaults.read(h, Clone::clone)), set_kwdefaults),
    getset("__annotations__", annotations, set_annotations),
    field("__globals__", |_, f| Ok(function(f).globals.value().clone())),
    field("__builtins__", |_, f| Ok(function(f).builtins.value().clone())),
    field("__closure__", |_, f| Ok(function(f).closure.clone())),
    getset("__dict__", |h, f| Ok(crate::objects::attrs::make(h, f).into_value()), super::object::set_dict),
    getter("__type_params__", |h, _| Ok(h.new_tuple(Vec::new()))),
];

fn text(h: &mut Held, f: &Value, value: Option<&Value>, what: &str, cell: fn(&Function) -> &ObjCell<Value>) -> R<()> {
    match value.filter(|value| value.downcast::<Str>().is_some()) {
        Some(_) => any(h, f, value, cell),
        None => Err(h.type_error(format!("{what} must be set to a string object"))),
    }
}

fn any(h: &mut Held, f: &Value, value: Option<&Value>, cell: fn(&Function) -> &ObjCell<Value>) -> R<()> {
    let value = value.cloned().unwrap_or(Value::NONE);
    let old = cell(function(f)).replace_rarely(h, value);
    drop(old);
    Ok(())
}

fn set_code(h: &mut Held, f: &Value, value: Option<&Value>) -> R<()> {
    let Some(Ok(code)) = value.map(|value| value.clone().into_ref::<Code>()) else {
        return Err(h.type_error("__code__ must be set to a code object"));
    };
    check_functions_code(h, &code)?;
    let own = function(f);
    let (wanted, name) =
        (own.closure.downcast::<Tuple>().map_or(0, |cells| cells.items().len()), own.name.read(h, text_of));
    if code.freevars.len() != wanted {
        let got = code.freevars.len();
        return Err(h.value_error(format!("{name}() requires a code object with {wanted} free vars, not {got}")));
    }
    h.alone(|h| {
        let old = own.code.replace_rarely(h, code);
        // A frame may be running the old code and holds it only through the function: it stays for good.
        std::mem::forget(old);
        own.measure(h);
    });
    Ok(())
}

fn set_defaults(h: &mut Held, f: &Value, value: Option<&Value>) -> R<()> {
    if value.is_some_and(|value| !value.is_none() && value.downcast::<Tuple>().is_none()) {
        return Err(h.type_error("__defaults__ must be set to a tuple object"));
    }
    any(h, f, value, |f| &f.defaults)
}

fn set_kwdefaults(h: &mut Held, f: &Value, value: Option<&Value>) -> R<()> {
    if value.is_some_and(|value| !value.is_none() && value.downcast::<Dict>().is_none()) {
        return Err(h.type_error("__kwdefaults__ must be set to a dict object"));
    }
    any(h, f, value, |f| &f.kwdefaults)
}

/// The dict, made of the compiler's tuple when it is first asked for.
fn annotations(h: &mut Held, f: &Value) -> R {
    let own = function(f);
    let known = own.annotations.read(h, Clone::clone);
    if known.downcast::<Dict>().is_some() {
        return Ok(known);
    }
    let dict = h.new_dict();
    if let Some(pairs) = known.downcast::<Tuple>() {
        for pair in pairs.items().chunks(2) {
            dict.set_str(h, &pair[0], pair[1].clone());
        }
    }
    let dict = dict.into_value();
    let made = dict.clone();
    own.annotations.write(h, |own| *own = made);
    Ok(dict)
}

fn set_annotations(h: &mut Held, f: &Value, value: Option<&Value>) -> R<()> {
    if value.is_some_and(|value| !value.is_none() && value.downcast::<Dict>().is_none()) {
        return Err(h.type_error("__annotations__ must be set to a dict object"));
    }
    any(h, f, value, |f| &f.annotations)
}

fn method(value: &Value) -> &Obj<BoundMethod> {
    match value.downcast::<BoundMethod>() {
        Some(method) => method,
        None => panic!("a descriptor of methods is asked with a method"),
    }
}

static METHOD: [Def; 6] = [
    def("__reduce__", "", |h, args| {
        let own = method(&args[0]);
        let name = h.get(&own.function, n::__name__)?;
        reduce_by_name(h, own.receiver.clone(), name)
    }),
    def("__call__", "*args, **kwargs", forward_call),
    def("__eq__", "value, /", |_, args| {
        let Some(other) = args[1].downcast::<BoundMethod>() else { return Ok(Value::NOT_IMPLEMENTED) };
        let own = method(&args[0]);
        Ok(Value::bool(own.receiver.is(&other.receiver) && own.function.is(&other.function)))
    }),
    def("__hash__", "", |h, args| {
        let own = method(&args[0]);
        let receiver = crate::objects::hash::address_hash(own.receiver.bits());
        let function = h.hash(&own.function)?;
        Ok(h.new_int(match receiver ^ function {
            -1 => -2,
            hash => hash,
        }))
    }),
    def("__repr__", "", |h, args| {
        let own = method(&args[0]);
        let mut name = h.find_attr(&own.function, n::__qualname__.value())?;
        if name.is_none() {
            name = h.find_attr(&own.function, n::__name__.value())?;
        }
        let name = name.filter(|name| name.downcast::<Str>().is_some()).map_or("?".to_owned(), |name| text_of(&name));
        let receiver = h.repr_text(&own.receiver)?;
        Ok(h.new_str(&format!("<bound method {name} of {receiver}>")))
    }),
    def("__getattribute__", "name, /", |h, args| {
        let name = super::object::attribute_name(h, &args[1])?;
        method_attribute(h, &args[0], &name)
    }),
];

static METHOD_ATTRS: [Attr; 3] = [
    field("__func__", |_, value| Ok(method(value).function.clone())),
    field("__self__", |_, value| Ok(method(value).receiver.clone())),
    getter("__doc__", |h, value| {
        let function = method(value).function.clone();
        Ok(h.find_attr(&function, n::__doc__.value())?.unwrap_or(Value::NONE))
    }),
];

/// A method has its function's attributes too.
fn method_attribute(h: &mut Held, value: &Value, name: &Value) -> R {
    match h.object_get_attr(value, name)? {
        Some(found) => Ok(found),
        None => {
            let function = method(value).function.clone();
            h.get_attr(&function, name)
        }
    }
}

fn native(value: &Value) -> &Obj<Native> {
    match value.downcast::<Native>() {
        Some(native) => native,
        None => panic!("a descriptor of native functions is asked with one"),
    }
}

/// As CPython: a function of a module by its name, a method through its object or class.
fn reduce_native(h: &mut Held, args: Args<'_>) -> R {
    let own = native(&args[0]);
    let of = if own.receiver.is_none() { own.owner.clone() } else { own.receiver.clone() };
    let name = h.intern(own.def.name);
    if of.is_none() || of.is_kind(Kind::MODULE) {
        return Ok(name);
    }
    reduce_by_name(h, of, name)
}

/// `(getattr, (of, name))`.
fn reduce_by_name(h: &mut Held, of: Value, name: Value) -> R {
    let getattr = super::iterators::builtin(h, "getattr");
    let path = h.new_pair(of, name);
    Ok(h.new_pair(getattr, path))
}

static NATIVE: [Def; 5] = [
    def("__reduce__", "", reduce_native),
    def("__repr__", "", repr_native),
    def("__call__", "*args, **kwargs", forward_call),
    def("__eq__", "value, /", |_, args| {
        let other = args[1].downcast::<Native>().filter(|other| std::ptr::eq(other.class(), args[0].class()));
        let Some(other) = other else { return Ok(Value::NOT_IMPLEMENTED) };
        let own = native(&args[0]);
        Ok(Value::bool(std::ptr::eq(own.def, other.def) && own.receiver.is(&other.receiver)))
    }),
    def("__hash__", "", |h, args| {
        let own = native(&args[0]);
        let address = std::ptr::from_ref(own.def) as u64 ^ own.receiver.bits();
        Ok(h.new_int(crate::objects::hash::address_hash(address)))
    }),
];

static DESCRIPTOR: [Def; 1] = [def("__get__", "instance, owner=None, /", get)];

static NATIVE_ATTRS: [Attr; 4] = [
    getter("__name__", |h, value| Ok(h.intern(native(value).def.name))),
    getter("__qualname__", |h, value| {
        let name = qualname(h, native(value));
        Ok(h.new_str(&name))
    }),
    getter("__doc__", |h, value| {
        let doc = native(value).def.doc;
        Ok(if doc.is_empty() { Value::NONE } else { h.new_str(doc) })
    }),
    getter("__text_signature__", |h, value| {
        let own = native(value);
        let receiver = if own.owner.is_none() { "$module" } else { "$self" };
        let rest = if own.def.text.is_empty() { String::new() } else { format!(", {}", own.def.text) };
        Ok(h.new_str(&format!("({receiver}{rest})")))
    }),
];

static OWNER_ATTRS: [Attr; 1] = [field("__objclass__", |_, value| Ok(native(value).owner.clone()))];

static MODULE_ATTRS: [Attr; 1] = [getter("__module__", |_, value| Ok(native(value).module.clone()))];

static RECEIVER_ATTRS: [Attr; 1] = [getter("__self__", |h, value| {
    let own = native(value);
    if !own.receiver.is_none() {
        return Ok(own.receiver.clone());
    }
    let module = own.module.clone();
    Ok(if module.is_none() { Value::NONE } else { h.modules().get(h, &module)?.unwrap_or(Value::NONE) })
})];

fn qualname(h: &Held, native: &Native) -> String {
    match native.owner.downcast::<Class>() {
        Some(class) => format!("{}.{}", class.qualname.read(h, text_of), native.def.name),
        None => native.def.name.to_owned(),
    }
}

fn repr_native(h: &mut Held, args: Args<'_>) -> R {
    let own = native(&args[0]);
    let name = own.def.name;
    let text = match (own.owner.downcast::<Class>(), own.receiver.is_none()) {
        (Some(owner), true) if own.role == crate::objects::function::Role::New => {
            let _ = owner;
            format!("<built-in method {name} of type object at {:#x}>", own.owner.bits())
        }
        (Some(owner), true) if own.wraps_slot() => {
            format!("<slot wrapper '{name}' of '{}' objects>", owner.full_name())
        }
        (Some(owner), true) => format!("<method '{name}' of '{}' objects>", owner.full_name()),
        (_, false) if std::ptr::eq(args[0].class(), &*crate::objects::core().method_wrapper) => {
            let (of, at) = (own.receiver.class_name(), own.receiver.bits());
            format!("<method-wrapper '{name}' of {of} object at {at:#x}>")
        }
        (_, false) => {
            let (of, at) = (own.receiver.class_name(), own.receiver.bits());
            format!("<built-in method {name} of {of} object at {at:#x}>")
        }
        (None, true) => format!("<built-in function {name}>"),
    };
    Ok(h.new_str(&text))
}

fn cell(value: &Value) -> &Obj<SharedCell> {
    match value.downcast::<SharedCell>() {
        Some(cell) => cell,
        None => panic!("a descriptor of cells is asked with a cell"),
    }
}

static CELL: [Def; 2] = [
    def("__repr__", "", |h, args| {
        let at = args[0].bits();
        let text = match cell(&args[0]).content.read(h, Clone::clone) {
            Some(content) => format!("<cell at {at:#x}: {} object at {:#x}>", content.class_name(), content.bits()),
            None => format!("<cell at {at:#x}: empty>"),
        };
        Ok(h.new_str(&text))
    }),
    def("__eq__", "value, /", |h, args| {
        let Some(other) = args[1].downcast::<SharedCell>() else { return Ok(Value::NOT_IMPLEMENTED) };
        let (own, other) = (cell(&args[0]).content.read(h, Clone::clone), other.content.read(h, Clone::clone));
        match (own, other) {
            (Some(own), Some(other)) => h.eq(&own, &other).map(Value::bool),
            (own, other) => Ok(Value::bool(own.is_none() && other.is_none())),
        }
    }),
];

static CELL_ATTRS: [Attr; 1] = [getset(
    "cell_contents",
    |h, value| match cell(value).content.read(h, Clone::clone) {
        Some(content) => Ok(content),
        None => Err(h.value_error("Cell is empty")),
    },
    |h, value, content| {
        let content = content.cloned();
        let old = cell(value).content.write(h, |own| std::mem::replace(own, content));
        drop(old);
        Ok(())
    },
)];

impl Held {
    /// `callable(value)`.
    pub fn is_callable(&self, value: &Value) -> bool {
        match value.header().map(|header| header.kind()) {
            Some(Kind::FUNCTION | Kind::NATIVE | Kind::BOUND_METHOD | Kind::CLASS) => true,
            _ => self.special(value, n::__call__).is_some(),
        }
    }
}
