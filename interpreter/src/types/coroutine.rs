//! Coroutines: the methods, and the iterator that `__await__` gives.
//!
//! In: coroutine objects. Out: what they await, step by step. The one invariant: a coroutine is awaited once.

use super::generator::{NAMES, close, delegate, finalize, frame_of, is_in, outcome, repr, send, this, throw, thrown};
use crate::objects::class::class_flag;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getter};
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::generator::{Generator, State};
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().coroutine).methods(h, &METHODS).attrs(h, &NAMES).attrs(h, &ATTRS).build(h);
    // As a generator, it asks for its finalizer itself.
    core().coroutine.unset_flag(crate::objects::class::class_flag::HAS_DEL);
    ClassSpec::of(&core().coroutine_wrapper).flags(class_flag::NO_NEW).methods(h, &WRAPPER).build(h);
}

static METHODS: [Def; 6] = [
    def("__await__", "", |h, args| {
        let wrapper = Wrapper { coroutine: args[0].clone() };
        Ok(h.new_object(&core().coroutine_wrapper, wrapper).into_value())
    })
    .doc("Return an iterator to be used in await expression."),
    def("__repr__", "", repr),
    def("__del__", "", finalize),
    def("send", "arg, /", send)
        .doc("send(arg) -> send 'arg' into coroutine,\nreturn next iterated value or raise StopIteration."),
    def("throw", "typ, val=None, tb=None, /", throw),
    def("close", "", close).doc("close() -> raise GeneratorExit inside coroutine."),
];

static ATTRS: [Attr; 6] = [
    field("cr_code", |_, value| Ok(this(value).code.value().clone())),
    getter("cr_frame", frame_of),
    getter("cr_running", |_, value| Ok(is_in(value, State::Running))),
    getter("cr_suspended", |_, value| Ok(is_in(value, State::Suspended))),
    getter("cr_await", delegate),
    getter("cr_origin", |h, value| Ok(this(value).origin.read(h, Clone::clone).unwrap_or(Value::NONE))),
];

/// `coroutine.__await__()`.
pub struct Wrapper {
    coroutine: Value,
}

crate::object!(Wrapper, "coroutine_wrapper", traced[coroutine]);

static WRAPPER: [Def; 5] = [
    def("__iter__", "", |_, args| Ok(args[0].clone())),
    def("__next__", "", |h, args| {
        let resumed = wrapped(args).resume(h, Value::NONE)?;
        outcome(h, resumed)
    }),
    def("send", "arg, /", |h, args| {
        let resumed = wrapped(args).resume(h, args[1].clone())?;
        outcome(h, resumed)
    }),
    def("throw", "typ, val=None, tb=None, /", |h, args| {
        let raised = thrown(h, args)?;
        let resumed = wrapped(args).throw(h, raised)?;
        outcome(h, resumed)
    }),
    def("close", "", |h, args| {
        wrapped(args).close(h)?;
        Ok(Value::NONE)
    }),
];

fn wrapped(args: Args<'_>) -> Ref<Generator> {
    this(&args.this::<Wrapper>().coroutine)
}

impl Held {
    /// RuntimeWarning: a coroutine ended without ever having been started.
    pub(crate) fn warn_unawaited(&mut self, coroutine: &Obj<Generator>) {
        let value = coroutine.to_value();
        let name = self.intern("_warn_unawaited_coroutine");
        let warn = self.import_module("warnings").and_then(|warnings| self.find_attr(&warnings, &name));
        let warned = match warn {
            Ok(Some(warn)) => self.call(&warn, std::slice::from_ref(&value)).map(drop),
            _ => {
                let name = coroutine.qualname.read(self, text_of);
                self.warn(Exc::RuntimeWarning, &format!("coroutine '{name}' was never awaited"), 1)
            }
        };
        if warned.is_err() && crate::runtime::config::is_finalizing() {
            // Modules are gone already; CPython's own code writes the same.
            let name = coroutine.qualname.read(self, text_of);
            let line = format!("sys:1: RuntimeWarning: coroutine '{name}' was never awaited\n");
            return crate::runtime::report::write_stderr(self, &line);
        }
        if let Err(raised) = warned {
            self.unraisable(raised, "Exception ignored in", &value);
        }
    }

    /// `warnings.warn(message, category, stacklevel)`; the running function is level 1. When modules are gone already,
    /// what the default filters ignore is ignored.
    pub fn warn(&mut self, category: Exc, message: &str, stacklevel: i64) -> R<()> {
        let warnings = match self.import_module("warnings") {
            Err(_) if crate::runtime::config::is_finalizing() && matches!(category, Exc::ResourceWarning) => {
                return Ok(());
            }
            found => found?,
        };
        let (name, message) = (self.intern("warn"), self.new_str(message));
        let (category, level) = (category.class().value().clone(), self.new_int(stacklevel));
        self.call_method_named(&warnings, &name, &[message, category, level])?;
        Ok(())
    }
}
