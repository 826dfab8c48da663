//! One step of a task: its coroutine is resumed once, and what it yields says when the next step is.
//!
//! In: a task, an exception to raise in it, or a future that is done. Out: the task's outcome, a callback at a future, or a
//! handle in the loop's queue. The one invariant: after a step the task is done, waits for one future, or is scheduled once.

use super::future::{self, Future, State, take_exception};
use super::handle::What;
use super::{ends_the_loop, invalid_state, is_cancelled_error, registry, schedule};
use crate::native::{put, this};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::{Native, Role};
use interpreter::objects::generator::Generator;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::value::{Reg, Value};
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::ops::generator::Resumed;

/// A task's step as a callable, for those who look into a handle.
struct Wrapper {
    task: Value,
    exception: Option<Value>,
}

interpreter::object!(Wrapper, "TaskStepMethWrapper", traced [task, exception]);

static WRAPPER: Global<Option<Ref<Class>>> = Global::new(None);

/// A task's wake-up as a callable.
static WAKEUP: Def = def("task_wakeup", "future, /", |h, args| {
    wakeup(h, &args[0], &args[1])?;
    Ok(Value::NONE)
});

static WRAPPER_ATTRS: [interpreter::objects::descriptor::Attr; 1] =
    [interpreter::objects::descriptor::getter("__self__", |_, value| Ok(this::<Wrapper>(value).task.clone()))];

pub(super) fn add(h: &mut Held) {
    let spec = ClassSpec::new::<Wrapper>(h, "builtins", "TaskStepMethWrapper").flags(class_flag::NO_NEW);
    let class = spec.attrs(h, &WRAPPER_ATTRS).callable(h, call_wrapper).build(h);
    WRAPPER.write(h, |place| *place = Some(class));
}

fn call_wrapper(h: &mut Held, callee: &Value, _: &[Reg], _: &[Value]) -> R {
    let wrapper = this::<Wrapper>(callee);
    step(h, &wrapper.task, wrapper.exception.clone())?;
    Ok(Value::NONE)
}

pub(super) fn wrapper(h: &mut Held, task: &Value, exception: Option<Value>) -> Value {
    let Some(class) = WRAPPER.read(h, Clone::clone) else { return Value::NONE };
    h.new_object(&class, Wrapper { task: task.clone(), exception }).into_value()
}

pub(super) fn wakeup_of(h: &mut Held, task: &Value) -> Value {
    let native = Native {
        def: &WAKEUP,
        module: Value::NONE,
        owner: task.class().to_value(),
        receiver: task.clone(),
        role: Role::Function,
    };
    h.new_native(native)
}

/// The task goes on because a future is done.
pub(super) fn wakeup(h: &mut Held, task: &Value, awaited: &Value) -> R<()> {
    let Some(native) = awaited.downcast::<Future>().filter(|native| native.class().has(class_flag::BUILTIN)) else {
        let name = h.intern("result");
        let raised = h.call_method_named(awaited, &name, &[]).err();
        return step(h, task, raised.map(Raised::into_value));
    };
    let exception = match native.state.get() {
        State::Finished => {
            native.unretrieved.set(false);
            take_exception(h, native)?
        }
        _ => future::result(h, native).err().map(Raised::into_value),
    };
    step(h, task, exception)
}

/// Resumes the coroutine once.
pub(super) fn step(h: &mut Held, value: &Value, mut exception: Option<Value>) -> R<()> {
    let task = this::<Future>(value);
    if task.state.get() != State::Pending {
        let raised = exception.unwrap_or(Value::NONE);
        let message = format!("__step(): already done: {} {}", h.repr_text(value)?, h.repr_text(&raised)?);
        return Err(invalid_state(h, &message));
    }
    if task.must_cancel.replace(false) {
        let fits = match &exception {
            Some(exception) => is_cancelled_error(h, exception)?,
            None => false,
        };
        if !fits {
            exception = Some(future::make_cancelled_error(h, task)?.into_value());
        }
    }
    put(h, &task.waiter, Value::NONE);
    let event_loop = task.event_loop.read(h, Clone::clone);
    registry::enter(h, &event_loop, value)?;
    let coroutine = task.coroutine.read(h, Clone::clone);
    let resumed = resume(h, &coroutine, exception);
    drop(coroutine);
    registry::leave(h, &event_loop, value)?;
    match resumed {
        Ok(Resumed::Yielded(result)) => wait_for(h, value, &event_loop, result),
        Ok(Resumed::Returned(_)) if task.must_cancel.replace(false) => {
            // cancel() came in the last step.
            let message = task.cancel_message.read(h, Clone::clone);
            future::cancel(h, value, Some(&message)).map(drop)
        }
        Ok(Resumed::Returned(result)) => future::set_result(h, value, result),
        Err(raised) => failed(h, value, raised),
    }
}

fn resume(h: &mut Held, coroutine: &Value, exception: Option<Value>) -> R<Resumed> {
    if let Some(generator) = coroutine.downcast::<Generator>().filter(|generator| !generator.is_async_generator()) {
        let generator = generator.to_ref();
        return match exception {
            None => generator.resume(h, Value::NONE),
            Some(exception) => generator.throw(h, Raised::new(exception)),
        };
    }
    let result = match exception {
        None => h.call_method(coroutine, n::send, &[Value::NONE]),
        Some(exception) => h.call_method(coroutine, n::throw, &[exception]),
    };
    match result {
        Ok(result) => Ok(Resumed::Yielded(result)),
        Err(raised) if raised.is(Exc::StopIteration) => Ok(Resumed::Returned(h.stop_value(&raised))),
        Err(raised) => Err(raised),
    }
}

/// An exception came out of the coroutine.
fn failed(h: &mut Held, value: &Value, raised: Raised) -> R<()> {
    if is_cancelled_error(h, raised.value())? {
        let task = this::<Future>(value);
        put(h, &task.cancelled_exception, raised.into_value());
        return future::cancel(h, value, None).map(drop);
    }
    future::set_exception(h, value, raised.value())?;
    if ends_the_loop(&raised) { Err(raised) } else { Ok(()) }
}

/// What the coroutine yielded says when the next step is.
fn wait_for(h: &mut Held, value: &Value, event_loop: &Value, result: Value) -> R<()> {
    if result.is_none() {
        // A bare yield: the others' turn.
        let context = this::<Future>(value).context.read(h, Clone::clone);
        return schedule(h, event_loop, What::Step(value.clone(), None), context);
    }
    if let Some(native) = result.downcast::<Future>().filter(|native| native.class().has(class_flag::BUILTIN)) {
        if !native.event_loop.read(h, |own| own.is(event_loop)) {
            return fail_loop(h, value, &result);
        }
        if !native.blocking.get() {
            return fail_yield(h, value, &result);
        }
        if result.is(value) {
            return fail_self(h, value);
        }
        native.blocking.set(false);
        future::add_wakeup(h, &result, value)?;
        return waits(h, value, result);
    }
    wait_for_other(h, value, event_loop, result)
}

/// The task waits for a future from now on; a cancellation that came meanwhile goes to that.
fn waits(h: &mut Held, value: &Value, awaited: Value) -> R<()> {
    let task = this::<Future>(value);
    put(h, &task.waiter, awaited.clone());
    if task.must_cancel.get() {
        let message = task.cancel_message.read(h, Clone::clone);
        if cancel_waiter(h, &awaited, message)? {
            task.must_cancel.set(false);
        }
    }
    Ok(())
}

/// `future.cancel(msg=message)`.
pub(super) fn cancel_waiter(h: &mut Held, awaited: &Value, message: Value) -> R<bool> {
    let (cancel, msg) = (h.intern("cancel"), h.intern("msg"));
    let cancel = h.get_attr(awaited, &cancel)?;
    let cancelled = h.call_with_names(&cancel, &[message], &[msg])?;
    h.truth(&cancelled)
}

/// A future of another make, or nothing to wait for.
fn wait_for_other(h: &mut Held, value: &Value, event_loop: &Value, result: Value) -> R<()> {
    let flag = h.intern("_asyncio_future_blocking");
    let blocking = match h.find_attr(&result, &flag)? {
        Some(blocking) if !blocking.is_none() => h.truth(&blocking)?,
        _ => return fail_bad_yield(h, value, &result),
    };
    let of = super::call_package(h, "asyncio.futures", "_get_loop", std::slice::from_ref(&result))?;
    if !of.is(event_loop) {
        return fail_loop(h, value, &result);
    }
    if !blocking {
        return fail_yield(h, value, &result);
    }
    if result.is(value) {
        return fail_self(h, value);
    }
    h.set_attr(&result, &flag, Value::FALSE)?;
    let (add, name) = (h.intern("add_done_callback"), h.intern("context"));
    let add = h.get_attr(&result, &add)?;
    let (callback, context) = (wakeup_of(h, value), this::<Future>(value).context.read(h, Clone::clone));
    h.call_with_names(&add, &[callback, context], &[name])?;
    waits(h, value, result)
}

#[cold]
fn fail_bad_yield(h: &mut Held, value: &Value, result: &Value) -> R<()> {
    let text = h.repr_text(result)?;
    if !result.downcast::<Generator>().is_some_and(is_plain_generator) {
        return fail(h, value, &format!("Task got bad yield: {text}"));
    }
    let task = h.repr_text(value)?;
    fail(h, value, &format!("yield was used instead of yield from for generator in task {task} with {text}"))
}

fn is_plain_generator(generator: &Obj<Generator>) -> bool {
    !generator.is_coroutine() && !generator.is_async_generator()
}

#[cold]
fn fail_loop(h: &mut Held, value: &Value, result: &Value) -> R<()> {
    let (task, text) = (h.repr_text(value)?, h.repr_text(result)?);
    fail(h, value, &format!("Task {task} got Future {text} attached to a different loop"))
}

#[cold]
fn fail_yield(h: &mut Held, value: &Value, result: &Value) -> R<()> {
    let (task, text) = (h.repr_text(value)?, h.repr_text(result)?);
    fail(h, value, &format!("yield was used instead of yield from in task {task} with {text}"))
}

#[cold]
fn fail_self(h: &mut Held, value: &Value) -> R<()> {
    let task = h.repr_text(value)?;
    fail(h, value, &format!("Task cannot await on itself: {task}"))
}

/// The next step raises RuntimeError in the coroutine.
#[cold]
fn fail(h: &mut Held, value: &Value, message: &str) -> R<()> {
    let error = h.runtime_error(message).into_value();
    let task = this::<Future>(value);
    let (event_loop, context) = (task.event_loop.read(h, Clone::clone), task.context.read(h, Clone::clone));
    schedule(h, &event_loop, What::Step(value.clone(), Some(error)), context)
}
