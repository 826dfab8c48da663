//! Async generators: the methods, and the awaitables that they give.
//!
//! In: async generator objects. Out: awaitables of one step each. The one invariant: at most one awaitable runs a generator at a
//! time (`busy`); what it yields reaches the awaiting code as the value of StopIteration.

use super::generator::{NAMES, delegate, finalize, frame_of, repr, this, thrown};
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getter};
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::generator::{Generator, State};
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::value::Value;
use crate::objects::wrapped::Wrapped;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::sync::Word;
use crate::vm::ops::generator::Resumed;

pub(super) fn init(h: &mut Held) {
    static CLASS_METHODS: [Def; 1] =
        [def("__class_getitem__", "object, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];
    ClassSpec::of(&core().async_generator)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &NAMES)
        .attrs(h, &ATTRS)
        .build(h);
    ClassSpec::of(&core().async_generator_asend).methods(h, &ASEND).build(h);
    ClassSpec::of(&core().async_generator_athrow).methods(h, &ATHROW).build(h);
}

static METHODS: [Def; 7] = [
    def("__aiter__", "", |_, args| Ok(args[0].clone())),
    def("__anext__", "", |h, args| asend(h, &args[0], Value::NONE)),
    def("__repr__", "", repr),
    def("__del__", "", finalize),
    def("asend", "arg, /", |h, args| asend(h, &args[0], args[1].clone())),
    def("athrow", "typ, val=None, tb=None, /", |h, args| {
        let given = (1..4).filter_map(|i| args.opt(i).cloned()).collect();
        let given = h.new_tuple(given);
        athrow(h, &args[0], Some(given))
    }),
    def("aclose", "", |h, args| athrow(h, &args[0], None)),
];

static ATTRS: [Attr; 4] = [
    field("ag_code", |_, value| Ok(this(value).code.value().clone())),
    getter("ag_frame", frame_of),
    getter("ag_running", |_, value| Ok(Value::bool(this(value).busy.get()))),
    getter("ag_await", delegate),
];

/// Where an awaitable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Fresh,
    Iterating,
    Closed,
}

/// `asend(value)` or `__anext__()`.
pub struct ASend {
    generator: Value,
    sent: Value,
    stage: Word<Stage>,
}

crate::object!(ASend, "async_generator_asend", traced [generator, sent]);

/// `athrow(...)` with its arguments, or `aclose()` without.
pub struct AThrow {
    generator: Value,
    args: Option<Value>,
    stage: Word<Stage>,
}

crate::object!(AThrow, "async_generator_athrow", traced [generator, args]);

/// The event loop hears of a generator when it is first iterated.
fn call_hooks(h: &mut Held, value: &Value) -> R<()> {
    let generator = this(value);
    if generator.hooked.replace(true) {
        return Ok(());
    }
    let [first, finalizer] = h.asyncgen_hooks.clone();
    let old = generator.finalizer.write(h, |own| std::mem::replace(own, finalizer));
    drop(old);
    match first {
        Some(first) => h.call(&first, std::slice::from_ref(value)).map(drop),
        None => Ok(()),
    }
}

pub(crate) fn asend(h: &mut Held, generator: &Value, sent: Value) -> R {
    call_hooks(h, generator)?;
    let made = ASend { generator: generator.clone(), sent, stage: Word::new(Stage::Fresh) };
    Ok(h.new_object(&core().async_generator_asend, made).into_value())
}

fn athrow(h: &mut Held, generator: &Value, args: Option<Value>) -> R {
    call_hooks(h, generator)?;
    let made = AThrow { generator: generator.clone(), args, stage: Word::new(Stage::Fresh) };
    Ok(h.new_object(&core().async_generator_athrow, made).into_value())
}

/// What a step gives the awaiting code: an awaited thing passes through; a yielded value, wrapped, ends the await.
fn unwrap(h: &mut Held, generator: &Generator, resumed: R<Resumed>) -> R<Resumed> {
    let ended = match resumed {
        Ok(Resumed::Yielded(value)) => match value.downcast::<Wrapped>() {
            Some(wrapped) => Ok(Resumed::Returned(wrapped.value.clone())),
            None => return Ok(Resumed::Yielded(value)),
        },
        Ok(Resumed::Returned(_)) => Err(h.error_with(Exc::StopAsyncIteration, h.new_tuple(Vec::new()))),
        Err(raised) => Err(raised),
    };
    if ended.as_ref().is_err_and(is_exit) {
        generator.closed.set(true);
    }
    generator.busy.set(false);
    ended
}

/// What an awaitable's own step gives: the end of the await is a StopIteration.
fn step_of(h: &mut Held, stage: &Word<Stage>, step: R<Resumed>) -> R {
    let raised = match step {
        Ok(Resumed::Yielded(value)) => return Ok(value),
        Ok(Resumed::Returned(value)) => h.stop_iteration(value),
        Err(raised) => raised,
    };
    stage.set(Stage::Closed);
    Err(raised)
}

fn is_exit(raised: &Raised) -> bool {
    raised.is(Exc::StopAsyncIteration) || raised.is(Exc::GeneratorExit)
}

static ASEND: [Def; 6] = [
    def("__await__", "", |_, args| Ok(args[0].clone())),
    def("__iter__", "", |_, args| Ok(args[0].clone())),
    def("__next__", "", |h, args| step_asend(h, args.this(), Value::NONE)),
    def("send", "arg, /", |h, args| step_asend(h, args.this(), args[1].clone())),
    def("throw", "typ, val=None, tb=None, /", |h, args| {
        let this = args.this::<ASend>();
        check_open_asend(h, this)?;
        let raised = thrown(h, args)?;
        let generator = super::generator::this(&this.generator);
        let resumed = generator.throw(h, raised);
        let step = unwrap(h, &generator, resumed);
        step_of(h, &this.stage, step)
    }),
    def("close", "", |_, args| {
        args.this::<ASend>().stage.set(Stage::Closed);
        Ok(Value::NONE)
    }),
];

fn check_open_asend(h: &mut Held, this: &ASend) -> R<()> {
    match this.stage.get() {
        Stage::Closed => Err(h.runtime_error("cannot reuse already awaited __anext__()/asend()")),
        _ => Ok(()),
    }
}

fn step_asend(h: &mut Held, this: &Obj<ASend>, arg: Value) -> R {
    match advance(h, this, arg)? {
        Resumed::Yielded(value) => Ok(value),
        Resumed::Returned(value) => Err(h.stop_iteration(value)),
    }
}

/// A step of `__anext__()` or `asend()`: an awaited thing is yielded, what the generator yields is returned.
pub(crate) fn advance(h: &mut Held, this: &Obj<ASend>, arg: Value) -> R<Resumed> {
    let step = advance_open(h, this, arg);
    if this.stage.get() == Stage::Iterating && !matches!(step, Ok(Resumed::Yielded(_))) {
        this.stage.set(Stage::Closed);
    }
    step
}

fn advance_open(h: &mut Held, this: &Obj<ASend>, arg: Value) -> R<Resumed> {
    check_open_asend(h, this)?;
    let generator = super::generator::this(&this.generator);
    let mut arg = arg;
    if this.stage.get() == Stage::Fresh {
        if generator.busy.get() {
            return Err(h.runtime_error("anext(): asynchronous generator is already running"));
        }
        if arg.is_none() {
            arg = this.sent.clone();
        }
        this.stage.set(Stage::Iterating);
    }
    generator.busy.set(true);
    let resumed = generator.resume(h, arg);
    unwrap(h, &generator, resumed)
}

static ATHROW: [Def; 6] = [
    def("__await__", "", |_, args| Ok(args[0].clone())),
    def("__iter__", "", |_, args| Ok(args[0].clone())),
    def("__next__", "", |h, args| step_athrow(h, args.this(), Value::NONE)),
    def("send", "arg, /", |h, args| step_athrow(h, args.this(), args[1].clone())),
    def("throw", "typ, val=None, tb=None, /", throw_athrow),
    def("close", "", |_, args| {
        args.this::<AThrow>().stage.set(Stage::Closed);
        Ok(Value::NONE)
    }),
];

fn check_open_athrow(h: &mut Held, this: &AThrow) -> R<()> {
    match this.stage.get() {
        Stage::Closed => Err(h.runtime_error("cannot reuse already awaited aclose()/athrow()")),
        _ => Ok(()),
    }
}

fn step_athrow(h: &mut Held, this: &Obj<AThrow>, arg: Value) -> R {
    check_open_athrow(h, this)?;
    let generator = super::generator::this(&this.generator);
    if generator.state.get() == State::Finished {
        this.stage.set(Stage::Closed);
        return Err(h.stop_iteration(Value::NONE));
    }
    let resumed = match this.stage.get() {
        Stage::Fresh => {
            begin_athrow(h, this, &generator, &arg)?;
            match &this.args {
                Some(args) => {
                    let raised = raised_of(h, &this.generator, args);
                    raised.and_then(|raised| generator.throw_keeping(h, raised))
                }
                None => {
                    generator.closed.set(true);
                    let exit = h.error_with(Exc::GeneratorExit, h.new_tuple(Vec::new()));
                    generator.throw_keeping(h, exit)
                }
            }
        }
        _ => generator.resume(h, arg),
    };
    finish_athrow(h, this, &generator, resumed)
}

/// What forbids the first step.
fn begin_athrow(h: &mut Held, this: &AThrow, generator: &Generator, arg: &Value) -> R<()> {
    if generator.busy.get() {
        this.stage.set(Stage::Closed);
        let name = if this.args.is_some() { "athrow" } else { "aclose" };
        return Err(h.runtime_error(format!("{name}(): asynchronous generator is already running")));
    }
    if generator.closed.get() {
        this.stage.set(Stage::Closed);
        return Err(h.error_with(Exc::StopAsyncIteration, h.new_tuple(Vec::new())));
    }
    if !arg.is_none() {
        return Err(h.runtime_error("can't send non-None value to a just-started coroutine"));
    }
    this.stage.set(Stage::Iterating);
    generator.busy.set(true);
    Ok(())
}

/// The exception for `athrow`'s arguments.
fn raised_of(h: &mut Held, generator: &Value, args: &Value) -> R<Raised> {
    let items = args.downcast::<crate::objects::tuple::Tuple>().map(|args| args.items()).unwrap_or_default();
    let regs: Vec<Option<Value>> = [generator].into_iter().chain(items).cloned().map(Some).collect();
    thrown(h, Args(&regs))
}

fn finish_athrow(h: &mut Held, this: &AThrow, generator: &Ref<Generator>, resumed: R<Resumed>) -> R {
    if this.args.is_some() {
        let step = unwrap(h, generator, resumed);
        return step_of(h, &this.stage, step);
    }
    let raised = match resumed {
        Ok(Resumed::Yielded(value)) if value.downcast::<Wrapped>().is_none() => return Ok(value),
        Ok(Resumed::Yielded(_)) => h.runtime_error("async generator ignored GeneratorExit"),
        Ok(Resumed::Returned(_)) => h.stop_iteration(Value::NONE),
        Err(raised) if is_exit(&raised) => h.stop_iteration(Value::NONE),
        Err(raised) => raised,
    };
    generator.busy.set(false);
    this.stage.set(Stage::Closed);
    Err(raised)
}

fn throw_athrow(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<AThrow>();
    check_open_athrow(h, this)?;
    let raised = thrown(h, args)?;
    let generator = super::generator::this(&this.generator);
    let resumed = generator.throw(h, raised);
    finish_athrow(h, this, &generator, resumed)
}
