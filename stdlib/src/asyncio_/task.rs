//! `Task`: a coroutine that a loop drives, as a future of its result.
//!
//! In: a coroutine, a loop, a name, a context. Out: its first step is scheduled; cancellations and their count. The one
//! invariant: a cancellation reaches the coroutine where it waits, in the future that it waits for or else in the next step.

use super::future::{self, Future, State};
use super::handle::What;
use super::{call_package, registry, schedule, step};
use crate::contextvars_;
use crate::native::{SUBSCRIPTED, enter, put, this};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getset, getter};
use interpreter::objects::function::Args;
use interpreter::objects::generator::Generator;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::atomic::{AtomicI64, Ordering};

/// Names by default are Task-1, Task-2 ... in all loops. Kept as a number until somebody asks.
static NEXT_NUMBER: AtomicI64 = AtomicI64::new(1);

static METHODS: [Def; 14] = [
    def("__init__", "coro, *, loop=None, name=None, context=None", |h, args| {
        init(h, &args[0], &args[1], args.opt_some(2), args.opt_some(3), args.opt_some(4))?;
        Ok(Value::NONE)
    }),
    def("__repr__", "", |h, args| call_package(h, "asyncio.base_tasks", "_task_repr", &[args[0].clone()])),
    def("_repr_info", "", |h, args| call_package(h, "asyncio.base_tasks", "_task_repr_info", &[args[0].clone()])),
    def("get_coro", "", |h, args| Ok(args.this::<Future>().coroutine.read(h, Clone::clone))),
    def("get_name", "", name),
    def("set_name", "value, /", |h, args| {
        let name = h.to_str(&args[1])?;
        put(h, &args.this::<Future>().name, name);
        Ok(Value::NONE)
    }),
    def("set_result", "result, /", |h, _| Err(h.runtime_error("Task does not support set_result operation"))),
    def("set_exception", "exception, /", |h, _| Err(h.runtime_error("Task does not support set_exception operation"))),
    def("get_stack", "*, limit=None", |h, args| {
        let limit = args.opt(1).cloned().unwrap_or(Value::NONE);
        call_package(h, "asyncio.base_tasks", "_task_get_stack", &[args[0].clone(), limit])
    })
    .doc("Return the list of stack frames for this task's coroutine."),
    def("print_stack", "*, limit=None, file=None", |h, args| {
        let [limit, file] = [1, 2].map(|i| args.opt(i).cloned().unwrap_or(Value::NONE));
        call_package(h, "asyncio.base_tasks", "_task_print_stack", &[args[0].clone(), limit, file])
    })
    .doc("Print the stack or traceback for this task's coroutine."),
    def("cancel", "msg=None", |h, args| Ok(Value::bool(cancel(h, args)?))).doc("Request that this task cancel itself."),
    def("cancelling", "", |h, args| Ok(h.new_int(args.this::<Future>().cancels.get())))
        .doc("Return the count of the task's cancellation requests."),
    def("uncancel", "", |h, args| {
        let task = args.this::<Future>();
        task.cancels.set((task.cancels.get() - 1).max(0));
        Ok(h.new_int(task.cancels.get()))
    })
    .doc("Decrement the task's count of cancellation requests."),
    def("_check_future", "future, /", |h, args| {
        let future = args[1].downcast::<Future>();
        let own = args.this::<Future>().event_loop.read(h, Clone::clone);
        Ok(Value::bool(future.is_some_and(|future| future.event_loop.read(h, |other| other.is(&own)))))
    }),
];

static ATTRS: [Attr; 4] = [
    getter("_coro", |h, task| Ok(this::<Future>(task).coroutine.read(h, Clone::clone))),
    getter("_fut_waiter", |h, task| Ok(this::<Future>(task).waiter.read(h, Clone::clone))),
    getter("_must_cancel", |_, task| Ok(Value::bool(this::<Future>(task).must_cancel.get()))),
    getset(
        "_log_destroy_pending",
        |_, task| Ok(Value::bool(this::<Future>(task).log_destroy_pending.get())),
        |h, task, value| {
            let Some(value) = value else { return Err(future::cannot_delete(h)) };
            let log = h.truth(value)?;
            this::<Future>(task).log_destroy_pending.set(log);
            Ok(())
        },
    ),
];

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

pub(super) fn add(h: &mut Held, m: &Module, future: &Ref<Class>) {
    let spec = ClassSpec::with_base::<Future>(h, "_asyncio", "Task", future);
    let spec = spec.methods(h, &METHODS).attrs(h, &ATTRS).class_methods(h, &SUBSCRIPTED);
    let signature = h.new_str("(coro, *, loop=None, name=None, context=None)");
    let spec = spec.value(h, "__text_signature__", signature);
    let class = spec.doc(h, "A coroutine wrapped in a Future.").build(h);
    enter(h, m, &class);
    CLASS.write(h, |place| *place = Some(class));
}

/// A task of a loop.
pub(super) fn made(
    h: &mut Held,
    event_loop: &Value,
    coroutine: &Value,
    name: Option<&Value>,
    context: Option<&Value>,
) -> R {
    let Some(class) = CLASS.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let task = h.new_object(&class, Future::default()).into_value();
    init(h, &task, coroutine, Some(event_loop), name, context)?;
    Ok(task)
}

fn init(
    h: &mut Held,
    value: &Value,
    coroutine: &Value,
    event_loop: Option<&Value>,
    name: Option<&Value>,
    context: Option<&Value>,
) -> R<()> {
    let task = this::<Future>(value);
    future::init(h, value, event_loop)?;
    check_coroutine(h, coroutine)?;
    let name = match name {
        Some(name) => h.to_str(name)?,
        None => h.new_int(NEXT_NUMBER.fetch_add(1, Ordering::Relaxed)),
    };
    let context = match context {
        Some(context) => context.clone(),
        None => contextvars_::copy_current(h),
    };
    put(h, &task.name, name);
    put(h, &task.context, context.clone());
    put(h, &task.coroutine, coroutine.clone());
    task.must_cancel.set(false);
    task.cancels.set(0);
    task.log_destroy_pending.set(true);
    h.wants_finalizer(value);
    let event_loop = task.event_loop.read(h, Clone::clone);
    schedule(h, &event_loop, What::Step(value.clone(), None), context)?;
    registry::register(h, value);
    Ok(())
}

fn check_coroutine(h: &mut Held, coroutine: &Value) -> R<()> {
    if coroutine.downcast::<Generator>().is_some_and(|generator| !generator.is_async_generator()) {
        return Ok(());
    }
    let fits = call_package(h, "asyncio.coroutines", "iscoroutine", std::slice::from_ref(coroutine))?;
    if h.truth(&fits)? {
        return Ok(());
    }
    let got = h.repr_text(coroutine)?;
    Err(h.type_error(format!("a coroutine was expected, got {got}")))
}

fn name(h: &mut Held, args: Args<'_>) -> R {
    let task = args.this::<Future>();
    let name = task.name.read(h, Clone::clone);
    let Some(number) = name.as_int().and_then(|number| number.to_i64()) else { return Ok(name) };
    let name = h.new_str(&format!("Task-{number}"));
    put(h, &task.name, name.clone());
    Ok(name)
}

fn cancel(h: &mut Held, args: Args<'_>) -> R<bool> {
    let task = args.this::<Future>();
    task.unretrieved.set(false);
    if task.state.get() != State::Pending {
        return Ok(false);
    }
    task.cancels.set(task.cancels.get() + 1);
    let message = args.opt(1).cloned().unwrap_or(Value::NONE);
    let waiter = task.waiter.read(h, Clone::clone);
    // The future's callback is the next step.
    if !waiter.is_none() && step::cancel_waiter(h, &waiter, message.clone())? {
        return Ok(true);
    }
    task.must_cancel.set(true);
    put(h, &task.cancel_message, message);
    Ok(true)
}
