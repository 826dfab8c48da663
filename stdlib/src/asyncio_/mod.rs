//! `_asyncio`: what of asyncio runs at every switch: futures, tasks, handles, and the loop over the handles that are ready.
//!
//! In: coroutines, callbacks, a loop written in toy. Out: the same behaviour as the loop's own `call_soon` has, without its
//! bytecode. The one invariant: the short way is taken only for the loop that runs in this thread, while its class has
//! the `call_soon` that `asyncio.base_events` installed and debug mode is off.

mod future;
mod future_iter;
mod handle;
mod registry;
mod step;
mod task;

use crate::collections::deque::Deque;
use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// `BaseEventLoop.call_soon`.
static CALL_SOON: Global<Option<Value>> = Global::new(None);

/// `CancelledError`.
static CANCELLED_ERROR: Global<Option<Value>> = Global::new(None);

static FUNCTIONS: [Def; 8] = [
    def("get_running_loop", "", |h, _| match running_loop(h) {
        Some(found) => Ok(found),
        None => Err(h.runtime_error("no running event loop")),
    })
    .doc("Return the running event loop.  Raise a RuntimeError if there is none.\n\nThis function is thread-specific."),
    def("_get_running_loop", "", |h, _| Ok(running_loop(h).unwrap_or(Value::NONE)))
        .doc("Return the running event loop or None."),
    def("_set_running_loop", "loop, /", set_running_loop).doc("Set the running event loop."),
    def("_set_call_soon", "function, /", |h, args| {
        let function = args[0].clone();
        let old = CALL_SOON.write(h, |place| place.replace(function));
        drop(old);
        Ok(Value::NONE)
    })
    .doc("Say which call_soon may be passed by."),
    def("_run_ready", "ready, count, /", run_ready).doc("Call so many of the callbacks that are ready."),
    def("_create_future", "loop, /", |h, args| future::made(h, &args[0])).doc("Future(loop=loop), in one step."),
    def("_create_task", "loop, coro, name, context, /", |h, args| {
        task::made(h, &args[0], &args[1], args.opt_some(2), args.opt_some(3))
    })
    .doc("Task(coro, loop=loop, name=name, context=context), in one step."),
    def("_registered_tasks", "", |h, _| {
        let tasks = registry::tasks(h);
        Ok(h.new_list(tasks))
    })
    .doc("A list of the tasks that are alive."),
];

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_asyncio");
    handle::add(h, &m);
    future_iter::add(h, &m);
    let future = future::add(h, &m);
    task::add(h, &m, &future);
    registry::add(h, &m);
    add_functions(h, &m, &FUNCTIONS);
    Ok(m)
}

/// Something of the package, which is loaded by the time that it is asked for.
fn of_package(h: &mut Held, module: &str, name: &str) -> R {
    let module = h.import_module(module)?;
    let name = h.intern(name);
    h.get_attr(&module, &name)
}

/// A function of the package, called.
fn call_package(h: &mut Held, module: &str, name: &str, args: &[Value]) -> R {
    let function = of_package(h, module, name)?;
    h.call(&function, args)
}

fn cancelled_error(h: &mut Held) -> R {
    if let Some(class) = CANCELLED_ERROR.read(h, Clone::clone) {
        return Ok(class);
    }
    let class = of_package(h, "asyncio.exceptions", "CancelledError")?;
    let kept = class.clone();
    drop(CANCELLED_ERROR.write(h, |place| place.replace(kept)));
    Ok(class)
}

fn is_cancelled_error(h: &mut Held, exception: &Value) -> R<bool> {
    let class = cancelled_error(h)?;
    h.is_instance(exception, &class)
}

#[cold]
fn invalid_state(h: &mut Held, message: &str) -> Raised {
    let made = of_package(h, "asyncio.exceptions", "InvalidStateError").and_then(|class| {
        let message = h.new_str(message);
        h.call(&class, &[message])
    });
    match made {
        Ok(exception) => Raised::new(exception),
        Err(raised) => raised,
    }
}

/// SystemExit and KeyboardInterrupt end the loop; nothing reports them.
fn ends_the_loop(raised: &Raised) -> bool {
    raised.is(Exc::SystemExit) || raised.is(Exc::KeyboardInterrupt)
}

/// The parts of `Held::event_loop`: the loop, and its queue if the short way is open (else None).
fn running(h: &Held) -> Option<&[Value]> {
    Some(h.event_loop.as_ref()?.downcast::<Tuple>()?.items())
}

/// The loop that runs in this thread; a child process starts without one.
fn running_loop(h: &Held) -> Option<Value> {
    running(h).map(|parts| parts[0].clone())
}

fn set_running_loop(h: &mut Held, args: Args<'_>) -> R {
    let old = match args[0].is_none() {
        true => h.event_loop.take(),
        false => {
            let queue = queue_of(h, &args[0])?.unwrap_or(Value::NONE);
            let parts = h.tuple_of(&[args[0].clone(), queue]);
            h.event_loop.replace(parts)
        }
    };
    drop(old);
    Ok(Value::NONE)
}

/// The queue of a loop whose `call_soon` may be passed by.
fn queue_of(h: &mut Held, of: &Value) -> R<Option<Value>> {
    let name = h.intern("call_soon");
    let plain = match (of.class().lookup(h, &name), CALL_SOON.read(h, Clone::clone)) {
        (Some(found), Some(known)) => found.is(&known) && h.own_attr(of, &name).is_none(),
        _ => false,
    };
    let debug = h.intern("_debug");
    if !plain || h.own_attr(of, &debug).is_none_or(|debug| !debug.is(&Value::FALSE)) {
        return Ok(None);
    }
    let ready = h.intern("_ready");
    let queue = h.get_attr(of, &ready)?;
    Ok(queue.exactly::<Deque>().is_some().then_some(queue))
}

/// The queue of a loop, if it is the running one and the short way is open.
#[inline]
fn open_queue(h: &Held, of: &Value) -> Option<Value> {
    let parts = running(h)?;
    (parts[0].is(of) && !parts[1].is_none()).then(|| parts[1].clone())
}

/// `loop.call_soon(...)`.
fn schedule(h: &mut Held, of: &Value, what: handle::What, context: Value) -> R<()> {
    if let Some(queue) = open_queue(h, of)
        && let Some(queue) = queue.downcast::<Deque>()
    {
        let handle = handle::made(h, what, of.clone(), context);
        queue.push(h, handle);
        return Ok(());
    }
    let (callback, mut args) = what.call(h);
    let name = h.intern("call_soon");
    let call_soon = h.get_attr(of, &name)?;
    args.insert(0, callback);
    args.push(context);
    let names = [h.intern("context")];
    h.call_with_names(&call_soon, &args, &names)?;
    Ok(())
}

fn run_ready(h: &mut Held, args: Args<'_>) -> R {
    let count = h.to_isize(&args[1])?;
    let Some(ready) = args[0].downcast::<Deque>() else {
        return Err(h.type_error("a deque is expected"));
    };
    for _ in 0..count {
        let Some(handle) = ready.pop_first(h) else { break };
        handle::run(h, &handle)?;
    }
    Ok(Value::NONE)
}
