//! What `await future` iterates over: the future once, then its result.
//!
//! In: a future. Out: it, to the task that runs; its result or exception when it is done. The one invariant: the future
//! is let go when the iterator has ended.

use super::future::{Future, State, result};
use crate::native::{put, this};
use interpreter::objects::class::Class;
use interpreter::objects::exception::{Exception, Traceback};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

/// The data of a `FutureIter`.
struct FutureIter {
    future: ObjCell<Option<Value>>,
}

interpreter::object!(FutureIter, "_asyncio.FutureIter", traced[future]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static METHODS: [Def; 3] = [
    def("send", "arg, /", |h, args| match next(h, &args[0])? {
        Some(future) => Ok(future),
        None => Err(h.stop_iteration(Value::NONE)),
    }),
    def("throw", "type, val=None, tb=None, /", throw),
    def("close", "", |h, args| {
        put(h, &args.this::<FutureIter>().future, None);
        Ok(Value::NONE)
    }),
];

pub(super) fn add(h: &mut Held, _: &Module) {
    let spec = ClassSpec::new::<FutureIter>(h, "_asyncio", "FutureIter").iterator(h, next);
    let class = spec.methods(h, &METHODS).build(h);
    register_clear(FutureIter::register_kind(), |h, iter| put(h, &this::<FutureIter>(iter).future, None));
    CLASS.write(h, |place| *place = Some(class));
}

pub(super) fn made(h: &mut Held, future: &Value) -> R {
    super::future::loop_of(h, this(future))?;
    let Some(class) = CLASS.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let data = FutureIter { future: ObjCell::new(Some(future.clone())) };
    Ok(h.new_object(&class, data).into_value())
}

fn next(h: &mut Held, iter: &Value) -> R<Option<Value>> {
    let iter = this::<FutureIter>(iter);
    let Some(value) = iter.future.read(h, Clone::clone) else { return Ok(None) };
    let future = this::<Future>(&value);
    if future.state.get() == State::Pending {
        if future.blocking.replace(true) {
            return Err(h.runtime_error("await wasn't used with future"));
        }
        return Ok(Some(value));
    }
    put(h, &iter.future, None);
    let result = result(h, future)?;
    if result.is_none() { Ok(None) } else { Err(h.stop_iteration(result)) }
}

fn throw(h: &mut Held, args: Args<'_>) -> R {
    if args.opt_some(3).is_some_and(|traceback| traceback.downcast::<Traceback>().is_none()) {
        return Err(h.type_error("throw() third argument must be a traceback"));
    }
    put(h, &args.this::<FutureIter>().future, None);
    let exception = match (args[1].downcast::<Class>(), args.opt_some(2)) {
        (Some(_), Some(value)) if value.downcast::<Exception>().is_some() => value.clone(),
        (Some(_), Some(value)) => h.call(&args[1], std::slice::from_ref(value))?,
        (Some(_), None) => h.call(&args[1], &[])?,
        (None, Some(_)) => return Err(h.type_error("instance exception may not have a separate value")),
        (None, None) => args[1].clone(),
    };
    if exception.downcast::<Exception>().is_none() {
        let got = exception.class_name();
        let message =
            format!("exceptions must be classes deriving BaseException or instances of such a class, not {got}");
        return Err(h.type_error(message));
    }
    Err(Raised::new(exception))
}
