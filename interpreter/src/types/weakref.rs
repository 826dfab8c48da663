//! Weak references: `ref` and its subclasses.
//!
//! In: an object and perhaps a callback. Out: what gives the object while it lives. The one invariant: a dead reference equals
//! only itself, and keeps the hash that it was asked for while alive.

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field};
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::objects::weakref::WeakRef;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::protocol::ways::{register_compare, register_hash};
use toy_syntax::ast::CmpOp;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| new(h, &args[0], args.rest(1)))
        .positional(|h, args| new(h, &args[0], args.from(1)));
    static CLASS_METHODS: [Def; 1] =
        [def("__class_getitem__", "object, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];
    register_hash(WeakRef::register_kind(), |h, value| plain(value).then(|| hash_of(h, value)));
    register_compare(WeakRef::register_kind(), |h, op, a, b| {
        let equality = matches!(op, CmpOp::Eq | CmpOp::NotEq);
        (equality && plain(a) && plain(b)).then(|| compare(h, a, b, op))
    });
    ClassSpec::of(&core().weakref)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .module(h, "weakref")
        .build(h);
}

static ATTRS: [Attr; 1] = [field("__callback__", |h, value| {
    let callback = value.downcast::<WeakRef>().and_then(|reference| reference.callback.read(h, Clone::clone));
    Ok(callback.unwrap_or(Value::NONE))
})];

static METHODS: [Def; 6] = [
    def("__init__", "*args, **kwargs", init_ref)
        .positional(|h, args| object_and_callback(h, "__init__", args.from(1)).map(|_| Value::NONE)),
    def("__call__", "", |_, args| Ok(args.this::<WeakRef>().upgrade().unwrap_or(Value::NONE))),
    def("__repr__", "", repr),
    def("__hash__", "", |h, args| hash_of(h, &args[0]).map(|hash| h.new_int(hash))),
    def("__eq__", "value, /", |h, args| compare(h, &args[0], &args[1], CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, &args[0], &args[1], CmpOp::NotEq)),
];

/// Object and callback. Further arguments and keywords are a subclass's business.
fn new(h: &mut Held, class: &Value, given: &[Value]) -> R {
    let Some(class) = class.downcast::<Class>() else { return Ok(Value::NONE) };
    let (object, callback) = object_and_callback(h, "__new__", given)?;
    make(h, class, &object, callback)
}

fn object_and_callback(h: &mut Held, title: &str, given: &[Value]) -> R<(Value, Option<Value>)> {
    match given {
        [object] => Ok((object.clone(), None)),
        [object, callback] => Ok((object.clone(), Some(callback.clone()).filter(|callback| !callback.is_none()))),
        [] => Err(h.type_error(format!("{title} expected at least 1 argument, got 0"))),
        more => {
            let got = more.len();
            Err(h.type_error(format!("{title} expected at most 2 arguments, got {got}")))
        }
    }
}

/// A reference of a class, or a proxy.
pub(super) fn make(h: &mut Held, class: &Obj<Class>, object: &Value, callback: Option<Value>) -> R {
    match h.new_weakref(class, object, callback) {
        Some(reference) => Ok(reference.into_value()),
        None => {
            let got = object.class_name();
            Err(h.type_error(format!("cannot create weak reference to '{got}' object")))
        }
    }
}

fn init_ref(h: &mut Held, args: Args<'_>) -> R {
    if args[2].downcast::<Dict>().is_some_and(|keywords| !keywords.is_empty(h)) {
        return Err(h.type_error("ref() takes no keyword arguments"));
    }
    object_and_callback(h, "__init__", args.rest(1))?;
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let address = args[0].bits();
    let Some(target) = args.this::<WeakRef>().upgrade() else {
        return Ok(h.new_str(&format!("<weakref at {address:#x}; dead>")));
    };
    // Whatever goes wrong in asking for a name: there is none.
    let name = h.find_attr(&target, n::__name__.value()).ok().flatten();
    let name = name.filter(|name| name.downcast::<Str>().is_some());
    let name = name.map(|name| format!(" ({})", text_of(&name))).unwrap_or_default();
    let (class, at) = (target.class_name(), target.bits());
    Ok(h.new_str(&format!("<weakref at {address:#x}; to '{class}' at {at:#x}{name}>")))
}

/// Whether this is a reference of the class itself; proxies are of the same kind.
fn plain(value: &Value) -> bool {
    std::ptr::eq(value.class(), &*core().weakref)
}

fn hash_of(h: &mut Held, value: &Value) -> R<i64> {
    let Some(reference) = value.downcast::<WeakRef>() else { return Ok(0) };
    let hash = match (reference.hash.get(), reference.upgrade()) {
        (Some(known), _) => known,
        (None, Some(target)) => h.hash(&target)?,
        (None, None) => return Err(h.type_error("weak object has gone away")),
    };
    reference.hash.set(Some(hash));
    Ok(hash)
}

fn compare(h: &mut Held, a: &Value, b: &Value, op: CmpOp) -> R {
    let weak = |value: &Value| value.class().is_subclass_of(&core().weakref);
    let (Some(own), Some(other)) = (a.downcast::<WeakRef>(), b.downcast::<WeakRef>().filter(|_| weak(b))) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    match (own.upgrade(), other.upgrade()) {
        (Some(x), Some(y)) => h.rich_compare(&x, &y, op),
        _ => Ok(Value::bool(a.is(b) == (op == CmpOp::Eq))),
    }
}

impl Held {
    /// `weakref.proxy(object, callback)`.
    pub fn new_weak_proxy(&mut self, object: &Value, callback: Option<Value>) -> R {
        let class = if self.is_callable(object) { &core().weak_callable_proxy } else { &core().weak_proxy };
        make(self, class, object, callback)
    }

    /// The object of a proxy; any other value is itself.
    pub(super) fn behind_proxy(&mut self, value: &Value) -> R {
        let Some(proxy) = value.downcast::<WeakRef>().filter(|_| !value.class().is_subclass_of(&core().weakref)) else {
            return Ok(value.clone());
        };
        match proxy.upgrade() {
            Some(target) => Ok(target),
            None => Err(self.error(Exc::ReferenceError, "weakly-referenced object no longer exists")),
        }
    }
}
