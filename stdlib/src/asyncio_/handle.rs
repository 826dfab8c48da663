//! `Handle` and `TimerHandle`: callbacks that wait for their turn.
//!
//! In: a callback, its arguments, a context. Out: the call, once. The one invariant: a handle that was cancelled holds
//! neither callback nor arguments. A task's step and wake-up are kept as such, and become callables only when looked at.

use super::{call_package, ends_the_loop, open_queue, step};
use crate::contextvars_::{self, Context};
use crate::native::{class_of, enter, put, this};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getset, getter};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref, Trace, Visitor};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use interpreter::vm::protocol::compare::CmpOp;

/// What a handle calls.
#[derive(Clone)]
pub(super) enum What {
    /// It was cancelled.
    Nothing,
    /// A callback and the tuple of its arguments.
    Call(Value, Value),
    /// A task goes on, perhaps with an exception.
    Step(Value, Option<Value>),
    /// A task goes on because a future is done.
    Wakeup(Value, Value),
}

impl What {
    /// As a callable and its arguments.
    pub(super) fn call(&self, h: &mut Held) -> (Value, Vec<Value>) {
        match self {
            What::Nothing => (Value::NONE, Vec::new()),
            What::Call(callback, args) => (callback.clone(), items(args).to_vec()),
            What::Step(task, exception) => (step::wrapper(h, task, exception.clone()), Vec::new()),
            What::Wakeup(task, future) => (step::wakeup_of(h, task), vec![future.clone()]),
        }
    }
}

impl Trace for What {
    fn trace(&self, visit: &mut Visitor<'_>) {
        match self {
            What::Nothing => (),
            What::Call(a, b) | What::Wakeup(a, b) => {
                visit(a);
                visit(b);
            }
            What::Step(task, exception) => {
                visit(task);
                exception.trace(visit);
            }
        }
    }
}

/// The data of both classes.
pub struct Handle {
    what: ObjCell<What>,
    cancelled: Word<bool>,
    event_loop: ObjCell<Value>,
    context: ObjCell<Value>,
    source_traceback: ObjCell<Value>,
    /// Of a handle that was cancelled in debug mode.
    repr: ObjCell<Value>,
    /// Timers: when, and whether it stands in the loop's heap.
    when: ObjCell<Value>,
    scheduled: Word<bool>,
}

interpreter::object!(Handle, "Handle", traced [what, event_loop, context, source_traceback, repr, when]);

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);
static TIMER_CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static NEW: Def = def("__new__", "callback, args, loop, context=None", |h, args| {
    let what = What::Call(args[1].clone(), args[2].clone());
    construct(h, class_of(args), what, &args[3], args.opt_some(4), Value::NONE)
});

static TIMER_NEW: Def = def("__new__", "when, callback, args, loop, context=None", |h, args| {
    let what = What::Call(args[2].clone(), args[3].clone());
    construct(h, class_of(args), what, &args[4], args.opt_some(5), args[1].clone())
});

static METHODS: [Def; 5] = [
    def("__repr__", "", repr),
    def("_repr_info", "", |h, args| call_package(h, "asyncio._handles", "repr_info", &[args[0].clone()])),
    def("cancel", "", |h, args| cancel(h, &args[0]))
        .doc("Keep the callback from being called; what it holds is let go."),
    def("cancelled", "", |_, args| Ok(Value::bool(args.this::<Handle>().cancelled.get())))
        .doc("Whether it was cancelled."),
    def("_run", "", |h, args| {
        run_now(h, &args[0])?;
        Ok(Value::NONE)
    }),
];

static TIMER_METHODS: [Def; 9] = [
    def("cancel", "", |h, args| {
        let handle = args.this::<Handle>();
        if !handle.cancelled.get() {
            let event_loop = handle.event_loop.read(h, Clone::clone);
            let name = h.intern("_timer_handle_cancelled");
            h.call_method_named(&event_loop, &name, &[args[0].clone()])?;
        }
        cancel(h, &args[0])
    }),
    def("_repr_info", "", |h, args| call_package(h, "asyncio._handles", "timer_repr_info", &[args[0].clone()])),
    def("when", "", |h, args| Ok(args.this::<Handle>().when.read(h, Clone::clone)))
        .doc("The loop's time at which the callback is called."),
    def("__hash__", "", |h, args| {
        let when = args.this::<Handle>().when.read(h, Clone::clone);
        let hash = h.hash(&when)?;
        Ok(h.new_int(hash))
    }),
    def("__lt__", "other, /", |h, args| ordered(h, args, CmpOp::Lt, false)),
    def("__le__", "other, /", |h, args| ordered(h, args, CmpOp::Lt, true)),
    def("__gt__", "other, /", |h, args| ordered(h, args, CmpOp::Gt, false)),
    def("__ge__", "other, /", |h, args| ordered(h, args, CmpOp::Gt, true)),
    def("__eq__", "other, /", |h, args| match timer(h, &args[1]) {
        Some(other) => Ok(Value::bool(same(h, args.this(), other)?)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }),
];

static ATTRS: [Attr; 7] = [
    getset("_callback", |h, handle| Ok(parts(h, handle).0), set_callback),
    getset("_args", |h, handle| Ok(parts(h, handle).1), set_args),
    getset(
        "_cancelled",
        |_, handle| Ok(Value::bool(this::<Handle>(handle).cancelled.get())),
        |h, handle, value| set_flag(h, &this::<Handle>(handle).cancelled, value),
    ),
    getter("_loop", |h, handle| Ok(this::<Handle>(handle).event_loop.read(h, Clone::clone))),
    getter("_context", |h, handle| Ok(this::<Handle>(handle).context.read(h, Clone::clone))),
    getter("_source_traceback", |h, handle| Ok(this::<Handle>(handle).source_traceback.read(h, Clone::clone))),
    getter("_repr", |h, handle| Ok(this::<Handle>(handle).repr.read(h, Clone::clone))),
];

static TIMER_ATTRS: [Attr; 2] = [
    getset(
        "_when",
        |h, handle| Ok(this::<Handle>(handle).when.read(h, Clone::clone)),
        |h, handle, value| {
            put(h, &this::<Handle>(handle).when, value.cloned().unwrap_or(Value::NONE));
            Ok(())
        },
    ),
    getset(
        "_scheduled",
        |_, handle| Ok(Value::bool(this::<Handle>(handle).scheduled.get())),
        |h, handle, value| set_flag(h, &this::<Handle>(handle).scheduled, value),
    ),
];

fn set_flag(h: &mut Held, flag: &Word<bool>, value: Option<&Value>) -> R<()> {
    flag.set(value.map_or(Ok(false), |value| h.truth(value))?);
    Ok(())
}

pub(super) fn add(h: &mut Held, m: &Module) {
    let spec = ClassSpec::new::<Handle>(h, "asyncio.events", "Handle").flags(class_flag::WEAKREFS);
    let doc = "What call_soon and its kin return: a callback that waits for its turn.";
    let [signature, timer_signature] =
        ["(callback, args, loop, context=None)", "(when, callback, args, loop, context=None)"]
            .map(|text| h.new_str(text));
    let spec = spec.value(h, "__text_signature__", signature);
    let class = spec.constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).doc(h, doc).build(h);
    let timer = ClassSpec::with_base::<Handle>(h, "asyncio.events", "TimerHandle", &class);
    let timer = timer.constructor(h, &TIMER_NEW).methods(h, &TIMER_METHODS).attrs(h, &TIMER_ATTRS);
    let timer = timer.value(h, "__text_signature__", timer_signature);
    let timer = timer.doc(h, "What call_later and call_at return.").build(h);
    register_clear(Handle::register_kind(), |h, handle| put(h, &this::<Handle>(handle).what, What::Nothing));
    enter(h, m, &class);
    enter(h, m, &timer);
    step::add(h);
    CLASS.write(h, |place| *place = Some(class));
    TIMER_CLASS.write(h, |place| *place = Some(timer));
}

/// A handle of the short way: debug mode is off.
pub(super) fn made(h: &mut Held, what: What, event_loop: Value, context: Value) -> Value {
    let Some(class) = CLASS.read(h, Clone::clone) else { return Value::NONE };
    h.new_object(&class, data(what, event_loop, context, Value::NONE)).into_value()
}

fn data(what: What, event_loop: Value, context: Value, when: Value) -> Handle {
    Handle {
        what: ObjCell::new(what),
        cancelled: Word::new(false),
        event_loop: ObjCell::new(event_loop),
        context: ObjCell::new(context),
        source_traceback: ObjCell::new(Value::NONE),
        repr: ObjCell::new(Value::NONE),
        when: ObjCell::new(when),
        scheduled: Word::new(false),
    }
}

fn construct(h: &mut Held, class: &Obj<Class>, what: What, of: &Value, context: Option<&Value>, when: Value) -> R {
    let context = match context {
        Some(context) => context.clone(),
        None => contextvars_::copy_current(h),
    };
    let handle = h.new_object(class, data(what, of.clone(), context, when));
    if open_queue(h, of).is_none() && is_debug(h, of)? {
        let stack = call_package(h, "asyncio.format_helpers", "extract_stack", &[])?;
        put(h, &handle.source_traceback, stack);
    }
    Ok(handle.into_value())
}

/// `loop.get_debug()`.
pub(super) fn is_debug(h: &mut Held, event_loop: &Value) -> R<bool> {
    let name = h.intern("get_debug");
    let debug = h.call_method_named(event_loop, &name, &[])?;
    h.truth(&debug)
}

/// Runs a handle that the loop took out of its queue, whatever it is made of.
pub(super) fn run(h: &mut Held, handle: &Value) -> R<()> {
    if let Some(native) = handle.downcast::<Handle>() {
        return if native.cancelled.get() { Ok(()) } else { run_now(h, handle) };
    }
    let (cancelled, run) = (h.intern("_cancelled"), h.intern("_run"));
    let cancelled = h.get_attr(handle, &cancelled)?;
    if !h.truth(&cancelled)? {
        h.call_method_named(handle, &run, &[])?;
    }
    Ok(())
}

fn run_now(h: &mut Held, value: &Value) -> R<()> {
    let handle = this::<Handle>(value);
    let (what, context) = (handle.what.read(h, Clone::clone), handle.context.read(h, Clone::clone));
    let result = match context.downcast::<Context>() {
        Some(_) => contextvars_::run_in(h, &context, |h| call(h, &what)),
        None => run_by_method(h, &context, &what),
    };
    match result {
        Err(raised) if !ends_the_loop(&raised) => {
            let exception = raised.into_value();
            call_package(h, "asyncio._handles", "report", &[value.clone(), exception]).map(drop)
        }
        other => other,
    }
}

fn call(h: &mut Held, what: &What) -> R<()> {
    match what {
        What::Nothing => Ok(()),
        What::Call(callback, args) => h.call(callback, items(args)).map(drop),
        What::Step(task, exception) => step::step(h, task, exception.clone()),
        What::Wakeup(task, future) => step::wakeup(h, task, future),
    }
}

/// Something else that has a `run` as contexts have.
fn run_by_method(h: &mut Held, context: &Value, what: &What) -> R<()> {
    let (callback, mut args) = what.call(h);
    args.insert(0, callback);
    let name = h.intern("run");
    h.call_method_named(context, &name, &args).map(drop)
}

fn cancel(h: &mut Held, value: &Value) -> R {
    let handle = this::<Handle>(value);
    if handle.cancelled.replace(true) {
        return Ok(Value::NONE);
    }
    let event_loop = handle.event_loop.read(h, Clone::clone);
    if open_queue(h, &event_loop).is_none() && is_debug(h, &event_loop)? {
        // What it would have called, before that is forgotten.
        let text = h.repr(value)?;
        put(h, &handle.repr, text);
    }
    put(h, &handle.what, What::Nothing);
    Ok(Value::NONE)
}

fn items(args: &Value) -> &[Value] {
    args.downcast::<Tuple>().map_or(&[], |args| args.items())
}

/// `_callback` and `_args`.
fn parts(h: &mut Held, handle: &Value) -> (Value, Value) {
    let what = this::<Handle>(handle).what.read(h, Clone::clone);
    match what {
        What::Nothing => (Value::NONE, Value::NONE),
        What::Call(callback, args) => (callback, args),
        other => {
            let (callback, args) = other.call(h);
            (callback, h.new_tuple(args))
        }
    }
}

fn set_callback(h: &mut Held, handle: &Value, value: Option<&Value>) -> R<()> {
    let args = parts(h, handle).1;
    let what = What::Call(value.cloned().unwrap_or(Value::NONE), args);
    put(h, &this::<Handle>(handle).what, what);
    Ok(())
}

fn set_args(h: &mut Held, handle: &Value, value: Option<&Value>) -> R<()> {
    let callback = parts(h, handle).0;
    let what = What::Call(callback, value.cloned().unwrap_or(Value::NONE));
    put(h, &this::<Handle>(handle).what, what);
    Ok(())
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let kept = args.this::<Handle>().repr.read(h, Clone::clone);
    if !kept.is_none() {
        return Ok(kept);
    }
    let name = h.intern("_repr_info");
    let info = h.call_method_named(&args[0], &name, &[])?;
    let words = h.collect(&info)?;
    let mut text = Vec::new();
    for word in &words {
        text.push(h.str_text(word)?);
    }
    Ok(h.new_str(&format!("<{}>", text.join(" "))))
}

/// The data of a timer; nothing of other handles.
fn timer<'a>(h: &Held, value: &'a Value) -> Option<&'a Obj<Handle>> {
    let class = TIMER_CLASS.read(h, Clone::clone)?;
    value.downcast::<Handle>().filter(|_| value.class().is_subclass_of(&class))
}

fn ordered(h: &mut Held, args: Args<'_>, op: CmpOp, or_equal: bool) -> R {
    let Some(other) = timer(h, &args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let this = args.this::<Handle>();
    let (a, b) = (this.when.read(h, Clone::clone), other.when.read(h, Clone::clone));
    let result = h.rich_compare(&a, &b, op)?;
    if h.truth(&result)? || !or_equal {
        return Ok(result);
    }
    Ok(Value::bool(same(h, this, other)?))
}

fn same(h: &mut Held, a: &Obj<Handle>, b: &Obj<Handle>) -> R<bool> {
    if a.cancelled.get() != b.cancelled.get() {
        return Ok(false);
    }
    let (x, y) = (a.to_value(), b.to_value());
    let (left, right) = (parts(h, &x), parts(h, &y));
    let when = (a.when.read(h, Clone::clone), b.when.read(h, Clone::clone));
    Ok(h.eq(&when.0, &when.1)? && h.eq(&left.0, &right.0)? && h.eq(&left.1, &right.1)?)
}
