//! `super`: lookups that begin behind a class in the resolution order of another.
//!
//! In: a class and an object (or class), or the running method's own. Out: bound attributes. The one invariant: the object
//! is an instance (or subclass) of the class.

use crate::objects::class::{Class, class_flag};
use crate::objects::code::Code;
use crate::objects::function::{Args, SharedCell};
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::{Held, ObjCell};
use crate::vm::regs::Regs;
use std::sync::atomic::{AtomicU64, Ordering};

/// The data of a super object; empty until `__init__`.
pub struct Super {
    this: ObjCell<Option<Value>>,
    object: ObjCell<Option<Value>>,
    object_class: ObjCell<Option<Value>>,
}

crate::object!(Super, "super", traced [this, object, object_class]);

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
        let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
        let empty = Super {
            this: ObjCell::private(None),
            object: ObjCell::private(None),
            object_class: ObjCell::private(None),
        };
        Ok(h.new_object(class, empty).into_value())
    });
    let class = ClassSpec::new::<Super>(h, "builtins", "super").constructor(h, &NEW).methods(h, &METHODS);
    let class = class.build(h);
    CLASS.store(class.value().bits(), Ordering::Relaxed);
    crate::builtins::enter("super", class.into_value());
}

/// The word of the class, for shortcuts.
static CLASS: AtomicU64 = AtomicU64::new(0);

/// Whether a value is the class `super` itself.
pub(crate) fn is_super(class: &Value) -> bool {
    class.bits() == CLASS.load(Ordering::Relaxed)
}

/// `super()` in a running method.
pub(crate) fn of_method(h: &mut Held) -> R {
    let (this, object) = of_running_method(h)?;
    // SAFETY: the class lives for ever.
    let class = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(CLASS.load(Ordering::Relaxed)) });
    let Some(class) = class.downcast::<Class>() else { return Ok(Value::NONE) };
    let of = check(h, &this, &object)?;
    let made = Super {
        this: ObjCell::private(Some(this)),
        object: ObjCell::private(Some(object)),
        object_class: ObjCell::private(Some(of)),
    };
    Ok(h.new_object(class, made).into_value())
}

/// The attribute of a super object, without asking its class.
pub(crate) fn attribute(h: &mut Held, own: &Value, name: &Value) -> Option<R> {
    own.exactly::<Super>()?;
    Some(get_attribute(h, own, name))
}

static METHODS: [Def; 4] = [
    def("__init__", "type=None, object_or_type=None, /", init_super),
    def("__getattribute__", "name, /", |h, args| {
        let name = super::object::attribute_name(h, &args[1])?;
        get_attribute(h, &args[0], &name)
    }),
    def("__get__", "instance, owner=None, /", get),
    def("__repr__", "", repr),
];

fn init_super(h: &mut Held, args: Args<'_>) -> R {
    let (this, object) = match args.opt(1) {
        Some(this) => (this.clone(), args.opt_some(2).cloned()),
        None => {
            let (this, object) = of_running_method(h)?;
            (this, Some(object))
        }
    };
    if this.downcast::<Class>().is_none() {
        let got = this.class_name();
        return Err(h.type_error(format!("super() argument 1 must be a type, not {got}")));
    }
    set(h, args.this::<Super>(), this, object)?;
    Ok(Value::NONE)
}

fn set(h: &mut Held, own: &Obj<Super>, this: Value, object: Option<Value>) -> R<()> {
    let of = match &object {
        Some(object) => Some(check(h, &this, object)?),
        None => None,
    };
    let old = own.this.write(h, |own| own.replace(this));
    let old_object = own.object.write(h, |own| std::mem::replace(own, object));
    let old_class = own.object_class.write(h, |own| std::mem::replace(own, of));
    drop((old, old_object, old_class));
    Ok(())
}

/// The class whose resolution order is searched: the object itself if it is a subclass, or its class.
fn check(h: &mut Held, this: &Value, object: &Value) -> R {
    let Some(class) = this.downcast::<Class>() else { return Ok(Value::NONE) };
    if object.downcast::<Class>().is_some_and(|object| object.is_subclass_of(class)) {
        return Ok(object.clone());
    }
    if object.class().is_subclass_of(class) {
        return Ok(object.class().to_value());
    }
    let claimed = h.get(object, n::__class__)?;
    if claimed.downcast::<Class>().is_some_and(|claimed| claimed.is_subclass_of(class)) {
        return Ok(claimed);
    }
    Err(h.type_error("super(type, obj): obj must be an instance or subtype of type"))
}

/// `super()`: the `__class__` cell and the first argument of the running method.
fn of_running_method(h: &mut Held) -> R<(Value, Value)> {
    if h.frame_count() == 0 {
        return Err(h.runtime_error("super(): no current frame"));
    }
    // SAFETY: a frame is running.
    let (code, function, r): (Ref<Code>, _, _) =
        unsafe { ((*h.frame).code().to_ref(), (*h.frame).function().to_ref(), Regs((*h.frame).regs)) };
    if code.argcount == 0 && code.flags & toy_compiler::bytecode::proto::flags::VARARGS == 0 {
        return Err(h.runtime_error("super(): no arguments"));
    }
    let first_register = if code.argcount == 0 { code.kwonlyargcount as usize } else { 0 };
    // SAFETY: parameters are registers of the window.
    let first = unsafe { r.get(first_register) }.cloned();
    let first = match first {
        Some(value) if code.argcount == 0 => value.downcast::<Tuple>().and_then(|rest| rest.items().first().cloned()),
        Some(value) => match value.downcast::<SharedCell>().filter(|_| code.cells.contains(&0)) {
            Some(cell) => cell.content.read(h, Clone::clone),
            None => Some(value),
        },
        None => None,
    };
    let Some(first) = first else { return Err(h.runtime_error("super(): arg[0] deleted")) };
    let at = code.freevars.iter().position(|name| name.is(n::__class__.value()));
    let cell = at.and_then(|at| function.closure.downcast::<Tuple>().and_then(|cells| cells.items().get(at).cloned()));
    let Some(cell) = cell else { return Err(h.runtime_error("super(): __class__ cell not found")) };
    match cell.downcast::<SharedCell>().and_then(|cell| cell.content.read(h, Clone::clone)) {
        Some(class) => Ok((class, first)),
        None => Err(h.runtime_error("super(): empty __class__ cell")),
    }
}

fn get_attribute(h: &mut Held, own: &Value, name: &Value) -> R {
    let Some(data) = own.downcast::<Super>() else { return Ok(Value::NONE) };
    let of = data.object_class.read(h, Clone::clone);
    if let Some(of) = of.filter(|_| !name.is(n::__class__.value()))
        && let Some(found) = data.find_behind(h, &of, name)
    {
        let object = data.object.read(h, Clone::clone).filter(|object| !object.is(&of));
        return h.descriptor_get(&found, object.as_ref(), &of);
    }
    match h.object_get_attr(own, name)? {
        Some(value) => Ok(value),
        None => own_attribute(h, data, own, name),
    }
}

fn own_attribute(h: &mut Held, data: &Obj<Super>, own: &Value, name: &Value) -> R {
    let cell = match text_of(name).as_str() {
        "__thisclass__" => &data.this,
        "__self__" => &data.object,
        "__self_class__" => &data.object_class,
        _ => return Err(h.no_attribute(own, name)),
    };
    Ok(cell.read(h, Clone::clone).unwrap_or(Value::NONE))
}

impl Super {
    /// The class, the object, and the class whose order is searched; nothing if there is no object.
    pub(crate) fn parts(&self, h: &Held) -> Option<(Value, Value, Value)> {
        let part = |cell: &ObjCell<Option<Value>>| cell.read(h, Clone::clone);
        Some((part(&self.this)?, part(&self.object)?, part(&self.object_class)?))
    }

    /// The attribute of the first class behind `this` in the order of `of`.
    pub(crate) fn find_behind(&self, h: &Held, of: &Value, name: &Value) -> Option<Value> {
        let this = self.this.read(h, Clone::clone)?;
        of.downcast::<Class>()?.mro.read(h, |mro| {
            let behind = mro.iter().skip_while(|class| !class.value().is(&this)).skip(1);
            behind.into_iter().find_map(|class| class.dict.get_str(h, name))
        })
    }
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    let own = args.this::<Super>();
    let unbound = own.object.read(h, Option::is_none);
    if args[1].is_none() || !unbound {
        return Ok(args[0].clone());
    }
    let this = own.this.read(h, Clone::clone).unwrap_or(Value::NONE);
    let class = args[0].class().to_value();
    if args[0].class().has(class_flag::BUILTIN) {
        let empty = Super {
            this: ObjCell::private(None),
            object: ObjCell::private(None),
            object_class: ObjCell::private(None),
        };
        let bound = h.new_object(args[0].class(), empty);
        set(h, &bound, this, Some(args[1].clone()))?;
        return Ok(bound.into_value());
    }
    h.call(&class, &[this, args[1].clone()])
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let own = args.this::<Super>();
    let this = own.this.read(h, Clone::clone);
    let this = this.and_then(|this| this.downcast::<Class>().map(|class| class.name_text())).unwrap_or_default();
    let of = own.object_class.read(h, Clone::clone);
    let text = match of.and_then(|of| of.downcast::<Class>().map(|class| class.name_text())) {
        Some(of) => format!("<super: <class '{this}'>, <{of} object>>"),
        None => format!("<super: <class '{this}'>, NULL>"),
    };
    Ok(h.new_str(&text))
}
