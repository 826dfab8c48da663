//! Generators: the methods, and what coroutines share with them.
//!
//! In: generator objects. Out: values, and StopIteration when one returns. The one invariant: what a generator's state forbids is
//! refused before its frame is touched.

use crate::objects::class::Class;
use crate::objects::class::class_flag;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getset, getter};
use crate::objects::exception::{Exc, Exception, Traceback};
use crate::objects::frame;
use crate::objects::function::Args;
use crate::objects::generator::{Generator, State};
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::ops::generator::Resumed;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().generator).methods(h, &METHODS).attrs(h, &NAMES).attrs(h, &ATTRS).build(h);
    // A generator asks for its finalizer itself, when there is something to clean up.
    core().generator.unset_flag(class_flag::HAS_DEL);
}

static METHODS: [Def; 7] = [
    def("__iter__", "", |_, args| Ok(args[0].clone())),
    def("__next__", "", |h, args| {
        let resumed = this(&args[0]).resume(h, Value::NONE)?;
        outcome(h, resumed)
    }),
    def("__repr__", "", repr),
    def("__del__", "", finalize),
    def("send", "arg, /", send)
        .doc("send(arg) -> send 'arg' into generator,\nreturn next yielded value or raise StopIteration."),
    def("throw", "typ, val=None, tb=None, /", throw),
    def("close", "", close).doc("close() -> raise GeneratorExit inside generator."),
];

/// `__name__` and `__qualname__`, of coroutines too.
pub(super) static NAMES: [Attr; 2] = [
    getset(
        "__name__",
        |h, value| Ok(this(value).name.read(h, Clone::clone)),
        |h, value, name| {
            let name = name_given(h, name, "__name__")?;
            drop(this(value).name.write(h, |own| std::mem::replace(own, name)));
            Ok(())
        },
    ),
    getset(
        "__qualname__",
        |h, value| Ok(this(value).qualname.read(h, Clone::clone)),
        |h, value, name| {
            let name = name_given(h, name, "__qualname__")?;
            drop(this(value).qualname.write(h, |own| std::mem::replace(own, name)));
            Ok(())
        },
    ),
];

static ATTRS: [Attr; 5] = [
    field("gi_code", |_, value| Ok(this(value).code.value().clone())),
    getter("gi_frame", frame_of),
    getter("gi_running", |_, value| Ok(is_in(value, State::Running))),
    getter("gi_suspended", |_, value| Ok(is_in(value, State::Suspended))),
    getter("gi_yieldfrom", delegate),
];

/// The generator that a method or descriptor is asked for.
pub(super) fn this(value: &Value) -> Ref<Generator> {
    match value.downcast::<Generator>() {
        Some(generator) => generator.to_ref(),
        None => panic!("a descriptor of generators is asked with one"),
    }
}

fn name_given(h: &mut Held, name: Option<&Value>, attribute: &str) -> R {
    match name.filter(|name| name.downcast::<Str>().is_some()) {
        Some(name) => Ok(name.clone()),
        None => Err(h.type_error(format!("{attribute} must be set to a string object"))),
    }
}

pub(super) fn is_in(value: &Value, state: State) -> Value {
    Value::bool(this(value).state.get() == state)
}

pub(super) fn frame_of(h: &mut Held, value: &Value) -> R {
    Ok(frame::of_generator(h, &this(value)).unwrap_or(Value::NONE))
}

/// What it delegates to.
pub(super) fn delegate(_: &mut Held, value: &Value) -> R {
    Ok(this(value).delegate().unwrap_or(Value::NONE))
}

pub(super) fn repr(h: &mut Held, args: Args<'_>) -> R {
    let generator = this(&args[0]);
    let (kind, name) = (args[0].class_name(), generator.qualname.read(h, text_of));
    Ok(h.new_str(&format!("<{kind} object {name} at {:#x}>", args[0].bits())))
}

/// What a caller gets of a resumed generator: the value, or StopIteration with it.
pub(super) fn outcome(h: &mut Held, resumed: Resumed) -> R {
    match resumed {
        Resumed::Yielded(value) => Ok(value),
        Resumed::Returned(value) => Err(h.stop_iteration(value)),
    }
}

pub(super) fn send(h: &mut Held, args: Args<'_>) -> R {
    let resumed = this(&args[0]).resume(h, args[1].clone())?;
    outcome(h, resumed)
}

pub(super) fn throw(h: &mut Held, args: Args<'_>) -> R {
    let raised = thrown(h, args)?;
    let resumed = this(&args[0]).throw(h, raised)?;
    outcome(h, resumed)
}

pub(super) fn close(h: &mut Held, args: Args<'_>) -> R {
    this(&args[0]).close(h)?;
    Ok(Value::NONE)
}

/// `__del__` called by hand.
pub(super) fn finalize(h: &mut Held, args: Args<'_>) -> R {
    if let Err(raised) = this(&args[0]).close(h) {
        h.unraisable(raised, "Exception ignored in", &args[0]);
    }
    Ok(Value::NONE)
}

/// The exception that the arguments of `throw(type, value, traceback)`, from index 1 on, stand for.
pub(super) fn thrown(h: &mut Held, args: Args<'_>) -> R<Raised> {
    let (value, traceback) = (args.opt_some(2), args.opt_some(3));
    if traceback.is_some_and(|traceback| traceback.downcast::<Traceback>().is_none()) {
        return Err(h.type_error("throw() third argument must be a traceback object"));
    }
    let exception = exception_of(h, &args[1], value)?;
    if let (Some(exception), Some(traceback)) = (exception.downcast::<Exception>(), traceback) {
        let old = exception.traceback.write(h, |own| own.replace(traceback.clone()));
        drop(old);
    }
    Ok(Raised::new(exception))
}

fn exception_of(h: &mut Held, given: &Value, value: Option<&Value>) -> R {
    if given.downcast::<Exception>().is_some() {
        return match value {
            Some(_) => Err(h.type_error("instance exception may not have a separate value")),
            None => Ok(given.clone()),
        };
    }
    let Some(class) = given.downcast::<Class>().filter(|class| class.is_subclass_of(Exc::BaseException.class())) else {
        let got = given.class_name();
        return Err(
            h.type_error(format!("exceptions must be classes or instances deriving from BaseException, not {got}"))
        );
    };
    // What goes wrong here is thrown in its place.
    instantiate(h, class, given, value).or_else(|raised| Ok(raised.into_value()))
}

/// Makes an instance of a class: of an instance of it, of the arguments in a tuple, or of one argument.
fn instantiate(h: &mut Held, class: &Obj<Class>, given: &Value, value: Option<&Value>) -> R {
    let made = match value {
        Some(value) if value.class().is_subclass_of(class) => return Ok(value.clone()),
        None => h.call(given, &[])?,
        Some(value) => match value.downcast::<Tuple>() {
            Some(args) => h.call(given, args.items())?,
            None => h.call(given, std::slice::from_ref(value))?,
        },
    };
    if made.downcast::<Exception>().is_none() {
        let (class, got) = (h.repr_text(given)?, h.repr_text(&made.class().to_value())?);
        return Err(
            h.type_error(format!("calling {class} should have returned an instance of BaseException, not {got}"))
        );
    }
    Ok(made)
}
