//! `Future`: a result that is not there yet. Tasks are futures, so their data stands here too.
//!
//! In: a result, an exception or a cancellation, once. Out: the same, for those that wait or asked to be called. The one
//! invariant: the state leaves `Pending` once; the callbacks are then handed to the loop and the list is empty.

use super::handle::What;
use super::{call_package, cancelled_error, future_iter, handle, invalid_state, open_queue, schedule, step};
use crate::contextvars_;
use crate::native::{SUBSCRIPTED, class_of, enter, put, this};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getset, getter};
use interpreter::objects::exception::{Exc, Exception};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref, Trace, Visitor};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::finalize::register_hook;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    #[default]
    Pending,
    Cancelled,
    Finished,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            State::Pending => "PENDING",
            State::Cancelled => "CANCELLED",
            State::Finished => "FINISHED",
        }
    }
}

/// What a future does when it is done.
#[derive(Clone)]
pub(super) enum Callback {
    /// A function and the context to call it in.
    Function(Value, Value),
    /// A task goes on.
    Wakeup(Value),
}

impl Trace for Callback {
    fn trace(&self, visit: &mut Visitor<'_>) {
        match self {
            Callback::Function(function, context) => {
                visit(function);
                visit(context);
            }
            Callback::Wakeup(task) => visit(task),
        }
    }
}

/// The data of futures and tasks. What is not there is None.
#[derive(Default)]
pub struct Future {
    pub(super) state: Word<State>,
    /// The loop; None before `__init__`.
    pub(super) event_loop: ObjCell<Value>,
    pub(super) result: ObjCell<Value>,
    pub(super) exception: ObjCell<Value>,
    /// The exception's traceback when it was set.
    traceback: ObjCell<Value>,
    pub(super) callbacks: ObjCell<Vec<Callback>>,
    pub(super) cancel_message: ObjCell<Value>,
    /// The CancelledError that ended the coroutine, to be raised again once.
    pub(super) cancelled_exception: ObjCell<Value>,
    pub(super) source_traceback: ObjCell<Value>,
    /// It was given to a task by `await`, not by `yield`.
    pub(super) blocking: Word<bool>,
    /// Nobody has asked for the exception.
    pub(super) unretrieved: Word<bool>,
    // What only tasks have.
    pub(super) coroutine: ObjCell<Value>,
    pub(super) context: ObjCell<Value>,
    pub(super) name: ObjCell<Value>,
    pub(super) waiter: ObjCell<Value>,
    pub(super) must_cancel: Word<bool>,
    pub(super) log_destroy_pending: Word<bool>,
    pub(super) cancels: Word<i64>,
}

interpreter::object!(Future, "Future", traced [event_loop, result, exception, traceback, callbacks, cancel_message,
    cancelled_exception, source_traceback, coroutine, context, name, waiter]);

static NEW: Def =
    def("__new__", "*args, **kwargs", |h, args| Ok(h.new_object(class_of(args), Future::default()).into_value()))
        .lazy_keywords();

static METHODS: [Def; 16] = [
    def("__init__", "*, loop=None", |h, args| {
        init(h, &args[0], args.opt_some(1))?;
        Ok(Value::NONE)
    }),
    def("__repr__", "", |h, args| call_package(h, "asyncio.base_futures", "_future_repr", &[args[0].clone()])),
    def("_repr_info", "", |h, args| call_package(h, "asyncio.base_futures", "_future_repr_info", &[args[0].clone()])),
    def("get_loop", "", |h, args| loop_of(h, args.this())).doc("Return the event loop the Future is bound to."),
    def("_make_cancelled_error", "", |h, args| Ok(make_cancelled_error(h, args.this())?.into_value()))
        .doc("Create the CancelledError to raise if the Future is cancelled."),
    def("cancel", "msg=None", |h, args| {
        loop_of(h, args.this())?;
        Ok(Value::bool(cancel(h, &args[0], args.opt(1))?))
    })
    .doc("Cancel the future and schedule callbacks."),
    def("cancelled", "", |_, args| Ok(is_in(args, State::Cancelled))).doc("Return True if the future was cancelled."),
    def("done", "", |_, args| Ok(Value::bool(args.this::<Future>().state.get() != State::Pending)))
        .doc("Return True if the future is done."),
    def("result", "", |h, args| result(h, args.this())).doc("Return the result this future represents."),
    def("exception", "", exception).doc("Return the exception that was set on this future."),
    def("set_result", "result, /", |h, args| {
        loop_of(h, args.this())?;
        set_result(h, &args[0], args[1].clone())?;
        Ok(Value::NONE)
    })
    .doc("Mark the future done and set its result."),
    def("set_exception", "exception, /", |h, args| {
        loop_of(h, args.this())?;
        set_exception(h, &args[0], &args[1])?;
        Ok(Value::NONE)
    })
    .doc("Mark the future done and set an exception."),
    def("add_done_callback", "fn, /, *, context=None", add_done_callback)
        .doc("Add a callback to be run when the future becomes done."),
    def("remove_done_callback", "fn, /", remove_done_callback)
        .doc("Remove all instances of a callback from the \"call when done\" list."),
    def("__await__", "", |h, args| future_iter::made(h, &args[0])),
    def("__iter__", "", |h, args| future_iter::made(h, &args[0])),
];

static ATTRS: [Attr; 9] = [
    getter("_state", |h, future| Ok(h.intern(this::<Future>(future).state.get().name()))),
    getset(
        "_asyncio_future_blocking",
        |_, future| Ok(Value::bool(this::<Future>(future).blocking.get())),
        |h, future, value| {
            let Some(value) = value else { return Err(cannot_delete(h)) };
            let blocking = h.truth(value)?;
            this::<Future>(future).blocking.set(blocking);
            Ok(())
        },
    ),
    getter("_loop", |h, future| Ok(this::<Future>(future).event_loop.read(h, Clone::clone))),
    getter("_callbacks", callbacks),
    getter("_result", |h, future| Ok(this::<Future>(future).result.read(h, Clone::clone))),
    getter("_exception", |h, future| Ok(this::<Future>(future).exception.read(h, Clone::clone))),
    getset(
        "_log_traceback",
        |_, future| Ok(Value::bool(this::<Future>(future).unretrieved.get())),
        |h, future, value| {
            let Some(value) = value else { return Err(cannot_delete(h)) };
            if h.truth(value)? {
                return Err(h.value_error("_log_traceback can only be set to False"));
            }
            this::<Future>(future).unretrieved.set(false);
            Ok(())
        },
    ),
    getter("_source_traceback", |h, future| Ok(this::<Future>(future).source_traceback.read(h, Clone::clone))),
    getset(
        "_cancel_message",
        |h, future| Ok(this::<Future>(future).cancel_message.read(h, Clone::clone)),
        |h, future, value| {
            put(h, &this::<Future>(future).cancel_message, value.cloned().unwrap_or(Value::NONE));
            Ok(())
        },
    ),
];

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

pub(super) fn add(h: &mut Held, m: &Module) -> Ref<Class> {
    let spec = ClassSpec::new::<Future>(h, "_asyncio", "Future").flags(class_flag::WEAKREFS).with_dict(h);
    let spec = spec.constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).class_methods(h, &SUBSCRIPTED);
    let signature = h.new_str("(*, loop=None)");
    let spec = spec.value(h, "__text_signature__", signature);
    let class = spec.doc(h, "A result that is not there yet, made by loop.create_future().").build(h);
    register_clear(Future::register_kind(), |h, future| clear(h, this(future)));
    register_hook(Future::register_kind(), finalize);
    enter(h, m, &class);
    let kept = class.clone();
    CLASS.write(h, |place| *place = Some(kept));
    class
}

/// A future of a loop.
pub(super) fn made(h: &mut Held, event_loop: &Value) -> R {
    let Some(class) = CLASS.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let future = h.new_object(&class, Future::default()).into_value();
    init(h, &future, Some(event_loop))?;
    Ok(future)
}

#[cold]
pub(super) fn cannot_delete(h: &Held) -> Raised {
    h.error(Exc::AttributeError, "cannot delete attribute")
}

fn clear(h: &mut Held, future: &Obj<Future>) {
    drop(future.callbacks.write(h, std::mem::take));
    let cells = [
        &future.result,
        &future.exception,
        &future.traceback,
        &future.coroutine,
        &future.context,
        &future.waiter,
        &future.cancelled_exception,
    ];
    for cell in cells {
        put(h, cell, Value::NONE);
    }
}

/// `Future.__init__`, also of one that was used before.
pub(super) fn init(h: &mut Held, value: &Value, given: Option<&Value>) -> R<()> {
    let future = this::<Future>(value);
    if !future.event_loop.read(h, Value::is_none) {
        clear(h, future);
        for cell in [&future.event_loop, &future.cancel_message, &future.source_traceback, &future.name] {
            put(h, cell, Value::NONE);
        }
        future.state.set(State::Pending);
        future.blocking.set(false);
        future.unretrieved.set(false);
    }
    let event_loop = match given {
        Some(event_loop) => event_loop.clone(),
        None => call_package(h, "asyncio.events", "_get_event_loop", &[])?,
    };
    put(h, &future.event_loop, event_loop.clone());
    if open_queue(h, &event_loop).is_none() && handle::is_debug(h, &event_loop)? {
        let stack = call_package(h, "asyncio.format_helpers", "extract_stack", &[])?;
        put(h, &future.source_traceback, stack);
    }
    Ok(())
}

/// The loop; RuntimeError if `__init__` was not called.
pub(super) fn loop_of(h: &mut Held, future: &Obj<Future>) -> R {
    let event_loop = future.event_loop.read(h, Clone::clone);
    if event_loop.is_none() {
        return Err(h.runtime_error("Future object is not initialized."));
    }
    Ok(event_loop)
}

fn is_in(args: Args<'_>, state: State) -> Value {
    Value::bool(args.this::<Future>().state.get() == state)
}

/// The CancelledError to raise: the one that came out of the coroutine, the first time.
pub(super) fn make_cancelled_error(h: &mut Held, future: &Obj<Future>) -> R<Raised> {
    let kept = future.cancelled_exception.write(h, std::mem::take);
    if !kept.is_none() {
        return Ok(Raised::new(kept));
    }
    let (class, message) = (cancelled_error(h)?, future.cancel_message.read(h, Clone::clone));
    let error = if message.is_none() { h.call(&class, &[])? } else { h.call(&class, &[message])? };
    Ok(Raised::new(error))
}

/// Marks it cancelled; false if it is done already.
pub(super) fn cancel(h: &mut Held, value: &Value, message: Option<&Value>) -> R<bool> {
    let future = this::<Future>(value);
    future.unretrieved.set(false);
    if future.state.get() != State::Pending {
        return Ok(false);
    }
    future.state.set(State::Cancelled);
    put(h, &future.cancel_message, message.cloned().unwrap_or(Value::NONE));
    call_back(h, value)?;
    Ok(true)
}

/// The result, or the exception with the traceback that it had.
pub(super) fn result(h: &mut Held, future: &Obj<Future>) -> R {
    match future.state.get() {
        State::Cancelled => Err(make_cancelled_error(h, future)?),
        State::Pending => Err(invalid_state(h, "Result is not set.")),
        State::Finished => {
            future.unretrieved.set(false);
            match take_exception(h, future)? {
                Some(exception) => Err(Raised::new(exception)),
                None => Ok(future.result.read(h, Clone::clone)),
            }
        }
    }
}

/// The exception, if there is one, as it was when it was set.
pub(super) fn take_exception(h: &mut Held, future: &Obj<Future>) -> R<Option<Value>> {
    let exception = future.exception.read(h, Clone::clone);
    if exception.is_none() {
        return Ok(None);
    }
    let (name, traceback) = (h.intern("__traceback__"), future.traceback.read(h, Clone::clone));
    h.set_attr(&exception, &name, traceback)?;
    Ok(Some(exception))
}

fn exception(h: &mut Held, args: Args<'_>) -> R {
    let future = args.this::<Future>();
    match future.state.get() {
        State::Cancelled => Err(make_cancelled_error(h, future)?),
        State::Pending => Err(invalid_state(h, "Exception is not set.")),
        State::Finished => {
            future.unretrieved.set(false);
            Ok(future.exception.read(h, Clone::clone))
        }
    }
}

pub(super) fn set_result(h: &mut Held, value: &Value, result: Value) -> R<()> {
    let future = this::<Future>(value);
    if future.state.get() != State::Pending {
        return Err(invalid_state(h, "invalid state"));
    }
    put(h, &future.result, result);
    future.state.set(State::Finished);
    call_back(h, value)
}

pub(super) fn set_exception(h: &mut Held, value: &Value, given: &Value) -> R<()> {
    let future = this::<Future>(value);
    if future.state.get() != State::Pending {
        return Err(invalid_state(h, "invalid state"));
    }
    let exception = match given.downcast::<Class>() {
        Some(_) => h.call(given, &[])?,
        None => given.clone(),
    };
    let Some(native) = exception.downcast::<Exception>() else {
        return Err(h.type_error("invalid exception object"));
    };
    if std::ptr::eq(exception.class(), &**Exc::StopIteration.class()) {
        let message = "StopIteration interacts badly with generators and cannot be raised into a Future";
        return Err(h.type_error(message));
    }
    let traceback = native.traceback(h).unwrap_or(Value::NONE);
    put(h, &future.exception, exception);
    put(h, &future.traceback, traceback);
    future.state.set(State::Finished);
    call_back(h, value)?;
    future.unretrieved.set(true);
    h.wants_finalizer(value);
    Ok(())
}

/// Hands the callbacks to the loop.
fn call_back(h: &mut Held, value: &Value) -> R<()> {
    let future = this::<Future>(value);
    let callbacks = future.callbacks.write(h, std::mem::take);
    if callbacks.is_empty() {
        return Ok(());
    }
    let event_loop = future.event_loop.read(h, Clone::clone);
    for callback in callbacks {
        match callback {
            Callback::Function(function, context) => {
                let args = h.tuple_of(std::slice::from_ref(value));
                schedule(h, &event_loop, What::Call(function, args), context)?;
            }
            Callback::Wakeup(task) => {
                let context = this::<Future>(&task).context.read(h, Clone::clone);
                schedule(h, &event_loop, What::Wakeup(task, value.clone()), context)?;
            }
        }
    }
    Ok(())
}

fn add_done_callback(h: &mut Held, args: Args<'_>) -> R {
    let future = args.this::<Future>();
    let event_loop = loop_of(h, future)?;
    let context = match args.opt_some(2) {
        Some(context) => context.clone(),
        None => contextvars_::copy_current(h),
    };
    if future.state.get() == State::Pending {
        let callback = Callback::Function(args[1].clone(), context);
        future.callbacks.write(h, |callbacks| callbacks.push(callback));
    } else {
        let given = h.tuple_of(&[args[0].clone()]);
        schedule(h, &event_loop, What::Call(args[1].clone(), given), context)?;
    }
    Ok(Value::NONE)
}

/// A task waits for it: it goes on when the future is done, or at once.
pub(super) fn add_wakeup(h: &mut Held, value: &Value, task: &Value) -> R<()> {
    let future = this::<Future>(value);
    if future.state.get() == State::Pending {
        let callback = Callback::Wakeup(task.clone());
        future.callbacks.write(h, |callbacks| callbacks.push(callback));
        return Ok(());
    }
    let event_loop = future.event_loop.read(h, Clone::clone);
    let context = this::<Future>(task).context.read(h, Clone::clone);
    schedule(h, &event_loop, What::Wakeup(task.clone(), value.clone()), context)
}

fn function_of(h: &mut Held, callback: &Callback) -> Value {
    match callback {
        Callback::Function(function, _) => function.clone(),
        Callback::Wakeup(task) => step::wakeup_of(h, task),
    }
}

fn remove_done_callback(h: &mut Held, args: Args<'_>) -> R {
    let future = args.this::<Future>();
    loop_of(h, future)?;
    let all = future.callbacks.read(h, Clone::clone);
    let mut kept = Vec::new();
    for callback in &all {
        let function = function_of(h, callback);
        if !h.eq(&function, &args[1])? {
            kept.push(callback.clone());
        }
    }
    let removed = all.len() - kept.len();
    if removed > 0 {
        // Comparing may have changed the list: whatever was added stays.
        let old = future.callbacks.write(h, |own| {
            let added = own.split_off(all.len().min(own.len()));
            let old = std::mem::replace(own, kept);
            own.extend(added);
            old
        });
        drop(old);
    }
    Ok(h.new_int(removed as i64))
}

/// `_callbacks`: pairs of a function and its context; None if there are none.
fn callbacks(h: &mut Held, future: &Value) -> R {
    let callbacks = this::<Future>(future).callbacks.read(h, Clone::clone);
    if callbacks.is_empty() {
        return Ok(Value::NONE);
    }
    let mut pairs = Vec::new();
    for callback in &callbacks {
        let function = function_of(h, callback);
        let context = match callback {
            Callback::Function(_, context) => context.clone(),
            Callback::Wakeup(task) => this::<Future>(task).context.read(h, Clone::clone),
        };
        pairs.push(h.tuple_of(&[function, context]));
    }
    Ok(h.new_list(pairs))
}

/// The last reference went: what nobody has asked for is told to the loop.
fn finalize(h: &mut Held, value: &Value) {
    let future = this::<Future>(value);
    let pending = future.log_destroy_pending.get() && future.state.get() == State::Pending;
    if !pending && !future.unretrieved.get() {
        return;
    }
    let name = if pending { "report_pending" } else { "report_unretrieved" };
    if let Err(raised) = call_package(h, "asyncio._handles", name, std::slice::from_ref(value)) {
        h.unraisable(raised, "Exception ignored in", value);
    }
}
