//! `_thread.lock`.
//!
//! In: threads that want it. Out: one that has it; any thread may release it. The one invariant: waiting is done on the shared
//! `PlainLock`, never on the object, so that no value is held by a detached thread.

use super::limit::limit;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::plain_lock::PlainLock;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::sync::Arc;

/// The data of a lock.
struct Lock {
    plain: ObjCell<Arc<PlainLock>>,
}

interpreter::object!(Lock, "_thread.lock");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 10] = [
    def("acquire", "blocking=True, timeout=-1", acquire),
    def("acquire_lock", "blocking=True, timeout=-1", acquire),
    def("release", "", release),
    def("release_lock", "", release),
    def("locked", "", |h, args| Ok(Value::bool(plain(h, args).is_locked()))),
    def("locked_lock", "", |h, args| Ok(Value::bool(plain(h, args).is_locked()))),
    def("__enter__", "blocking=True, timeout=-1", acquire),
    def("__exit__", "*args", release),
    def("__repr__", "", repr),
    def("_at_fork_reinit", "", |h, args| {
        args.this::<Lock>().plain.write(h, |plain| *plain = Arc::default());
        Ok(Value::NONE)
    }),
];

/// The class, made once.
pub fn class(h: &mut Held) -> Value {
    made_class(h).into_value()
}

fn made_class(h: &mut Held) -> Ref<Class> {
    if let Some(class) = CLASS.read(h, Clone::clone) {
        return class;
    }
    let flags = class_flag::FINAL | class_flag::NO_NEW | class_flag::WEAKREFS;
    let spec = ClassSpec::new::<Lock>(h, "_thread", "lock").flags(flags);
    let class = spec.methods(h, &METHODS).build(h);
    CLASS.write(h, |place| *place = Some(class.clone()));
    class
}

/// A new lock, which is free.
pub fn allocate(h: &mut Held) -> Value {
    around(h, Arc::default())
}

/// A lock object for a lock that exists.
pub fn around(h: &mut Held, plain: Arc<PlainLock>) -> Value {
    let class = made_class(h);
    h.new_object(&class, Lock { plain: ObjCell::new(plain) }).into_value()
}

fn plain(h: &Held, args: Args<'_>) -> Arc<PlainLock> {
    args.this::<Lock>().plain.read(h, Clone::clone)
}

fn acquire(h: &mut Held, args: Args<'_>) -> R {
    let limit = limit(h, args.opt(1), args.opt(2))?;
    let plain = plain(h, args);
    h.acquire_lock(&plain, limit).map(Value::bool)
}

fn release(h: &mut Held, args: Args<'_>) -> R {
    match plain(h, args).release() {
        true => Ok(Value::NONE),
        false => Err(h.runtime_error("release unlocked lock")),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let state = if plain(h, args).is_locked() { "locked" } else { "unlocked" };
    Ok(h.new_str(&format!("<{state} _thread.lock object at {:#x}>", args[0].bits())))
}
