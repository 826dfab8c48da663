//! `_thread._local`: attributes that each thread has for itself.
//!
//! In: attribute accesses. Out: those of a dict of the calling thread's own. The one invariant: a dict is owned by the local object
//! alone, and goes when the object or the thread does, whichever is first.
//!
//! A subclass's `__init__` runs again, with the arguments of the call that made the object, in each thread that uses it.

use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, Ref, Trace, Visitor};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Weak};

/// The data of a local object.
struct Local {
    /// What the object was made with: a tuple and a dict.
    args: Value,
    keywords: Value,
    dicts: Shared,
}

interpreter::object!(Local, "_thread._local", traced [args, keywords, dicts]);

/// The dicts by the serial number of their thread. Threads that have one know the place weakly.
#[derive(Clone)]
struct Shared(Arc<ObjCell<Dicts>>);

#[derive(Default)]
struct Dicts(HashMap<u64, Ref<Dict>, BuildHasherDefault<Serial>>);

/// Hashes a serial number: it serves as it is, for no two threads have the same.
#[derive(Default)]
struct Serial(u64);

impl Hasher for Serial {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0 << 8 | u64::from(*byte));
    }

    fn write_u64(&mut self, serial: u64) {
        // The table looks at the topmost bits too.
        self.0 = serial | serial << 57;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Trace for Shared {
    fn trace(&self, visit: &mut Visitor<'_>) {
        // Not the `Arc`, which shows nothing.
        (*self.0).trace(visit);
    }
}

impl Trace for Dicts {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.0.values().for_each(|dict| dict.trace(visit));
    }
}

thread_local! {
    /// Where this thread has a dict.
    static MINE: RefCell<Vec<Weak<ObjCell<Dicts>>>> = const { RefCell::new(Vec::new()) };
}

static NEW: Def = def("__new__", "*args, **kwargs", new);

static METHODS: [Def; 3] = [
    def("__getattribute__", "name, /", get),
    def("__setattr__", "name, value, /", |h, args| set(h, args, Some(args[2].clone()))),
    def("__delattr__", "name, /", |h, args| set(h, args, None)),
];

/// Makes the class.
pub fn class(h: &mut Held) -> Value {
    register_clear(<Local as Object>::kind(), |h, value| {
        if let Some(local) = value.downcast::<Local>() {
            drop(local.dicts.0.write(h, std::mem::take));
        }
    });
    let spec = ClassSpec::new::<Local>(h, "_thread", "_local").flags(class_flag::WEAKREFS).doc(h, "Thread-local data");
    spec.constructor(h, &NEW).methods(h, &METHODS).build(h).into_value()
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let given = !args.rest(1).is_empty() || h.truth(&args[2])?;
    if given && !h.has_init(class) {
        return Err(h.type_error("Initialization arguments are not supported"));
    }
    #[allow(clippy::arc_with_non_send_sync)] // used under the GIL only
    let dicts = Shared(Arc::default());
    let local = h.new_object(class, Local { args: args[1].clone(), keywords: args[2].clone(), dicts });
    add_dict(h, &local);
    Ok(local.into_value())
}

/// A dict for the calling thread.
fn add_dict(h: &mut Held, local: &Obj<Local>) -> Ref<Dict> {
    let dict = h.new_dict();
    let serial = h.thread().serial;
    let old = local.dicts.0.write(h, |dicts| dicts.0.insert(serial, dict.clone()));
    drop(old);
    MINE.with_borrow_mut(|mine| {
        if mine.len() == mine.capacity() {
            mine.retain(|place| place.strong_count() > 0);
        }
        mine.push(Arc::downgrade(&local.dicts.0));
    });
    h.at_thread_exit(forget);
    dict
}

/// The calling thread ends: its dicts go.
fn forget(h: &mut Held) {
    let serial = h.thread().serial;
    for place in MINE.take() {
        if let Some(place) = place.upgrade() {
            drop(place.write(h, |dicts| dicts.0.remove(&serial)));
        }
    }
}

/// The calling thread's dict; one that is new is filled by `__init__`.
fn own_dict(h: &mut Held, value: &Value, local: &Obj<Local>) -> R<Ref<Dict>> {
    let serial = h.thread().serial;
    if let Some(dict) = local.dicts.0.read(h, |dicts| dicts.0.get(&serial).cloned()) {
        return Ok(dict);
    }
    let dict = add_dict(h, local);
    if let Err(raised) = initialize(h, value, local) {
        drop(local.dicts.0.write(h, |dicts| dicts.0.remove(&serial)));
        return Err(raised);
    }
    Ok(dict)
}

fn initialize(h: &mut Held, value: &Value, local: &Obj<Local>) -> R<()> {
    let class = value.class();
    if !h.has_init(class) {
        return Ok(());
    }
    let Some(init) = class.lookup(h, n::__init__.value()) else { return Ok(()) };
    let class = class.to_value();
    let init = h.descriptor_get(&init, Some(value), &class)?;
    let args = h.collect(&local.args)?;
    match local.keywords.downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&init, &args, keywords)?,
        None => h.call(&init, &args)?,
    };
    Ok(())
}

fn attribute_name(h: &mut Held, name: &Value) -> R {
    match name.downcast::<Str>() {
        Some(_) => Ok(h.intern_value(name)),
        None => Err(h.type_error(format!("attribute name must be string, not '{}'", name.class_name()))),
    }
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    let name = attribute_name(h, &args[1])?;
    let own = own_dict(h, &args[0], args.this())?;
    if name.is(n::__dict__.value()) {
        return Ok(own.into_value());
    }
    h.get_attr_in(&args[0], &name, &own)
}

fn set(h: &mut Held, args: Args<'_>, value: Option<Value>) -> R {
    let name = attribute_name(h, &args[1])?;
    let own = own_dict(h, &args[0], args.this())?;
    if name.is(n::__dict__.value()) {
        let message = format!("'{}' object attribute '{}' is read-only", args[0].class_name(), text_of(&name));
        return Err(h.error(Exc::AttributeError, message));
    }
    h.set_attr_in(&args[0], &name, value, &own)?;
    Ok(Value::NONE)
}
