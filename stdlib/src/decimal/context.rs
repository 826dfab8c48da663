//! `Context`: the object, its making and copying.
//!
//! In: settings. Out: contexts. The one invariant: each setting is within its range; an operation reads all of them once, at its
//! beginning.

use super::signal_dict;
use super::signals::Bits;
use super::{MADE, made, number};
use crate::native::{class_of, this};
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell, Word};
use std::sync::Arc;
use toy_decimal::{Context, Rounding, status};

/// The data of a `Context`.
pub struct ContextData {
    pub(super) prec: Word<i64>,
    pub(super) emax: Word<i64>,
    pub(super) emin: Word<i64>,
    /// A place in `Rounding::ALL`.
    pub(super) rounding: Word<u8>,
    pub(super) capitals: Word<bool>,
    pub(super) clamp: Word<bool>,
    flags: Arc<Bits>,
    traps: Arc<Bits>,
    /// The `SignalDict`s of these words, once somebody has asked for them.
    flag_dict: ObjCell<Option<Value>>,
    trap_dict: ObjCell<Option<Value>>,
}

interpreter::object!(ContextData, "decimal.Context", traced [flag_dict, trap_dict]);

impl ContextData {
    pub fn flags(&self) -> &Bits {
        &self.flags
    }

    pub fn traps(&self) -> &Bits {
        &self.traps
    }

    pub(super) fn flag_dict(&self, h: &mut Held) -> R {
        signal_dict::kept(h, &self.flag_dict, &self.flags)
    }

    pub(super) fn trap_dict(&self, h: &mut Held) -> R {
        signal_dict::kept(h, &self.trap_dict, &self.traps)
    }

    /// The settings, as an operation wants them.
    #[inline]
    pub fn settings(&self) -> Context {
        Context {
            prec: self.prec.get(),
            emax: self.emax.get(),
            emin: self.emin.get(),
            rounding: Rounding::from_index(self.rounding.get()),
            clamp: self.clamp.get(),
            capitals: self.capitals.get(),
        }
    }

    fn with(settings: &Context, flags: u32, traps: u32) -> ContextData {
        ContextData {
            prec: Word::new(settings.prec),
            emax: Word::new(settings.emax),
            emin: Word::new(settings.emin),
            rounding: Word::new(settings.rounding as u8),
            capitals: Word::new(settings.capitals),
            clamp: Word::new(settings.clamp),
            flags: Arc::new(Bits::new(flags)),
            traps: Arc::new(Bits::new(traps)),
            flag_dict: ObjCell::private(None),
            trap_dict: ObjCell::private(None),
        }
    }
}

/// The settings of a context object.
#[inline]
pub(super) fn settings(context: &Value) -> Context {
    this::<ContextData>(context).settings()
}

pub(super) fn make(h: &mut Held) -> Value {
    let spec = ClassSpec::new::<ContextData>(h, "decimal", "Context").constructor(h, &NEW);
    let spec = spec.methods(h, &METHODS).methods(h, &super::context_settings::METHODS);
    let spec = spec.attrs(h, &super::context_settings::ATTRS);
    let spec = spec.methods(h, &super::context_functions::UNARY).methods(h, &super::context_functions::BINARY);
    let spec = spec.methods(h, &super::context_functions::OTHERS);
    let signature = h.new_str(super::context_settings::SIGNATURE);
    spec.value(h, "__text_signature__", signature).build(h).into_value()
}

const STANDARD: Context =
    Context { prec: 28, emax: 999_999, emin: -999_999, rounding: Rounding::HalfEven, clamp: false, capitals: true };
const USUAL_TRAPS: u32 = status::INVALID | status::DIVISION_BY_ZERO | status::OVERFLOW;

/// DefaultContext, BasicContext, ExtendedContext.
pub(super) fn templates(h: &mut Held) -> Vec<Value> {
    let basic = Context { prec: 9, rounding: Rounding::HalfUp, ..STANDARD };
    let extended = Context { prec: 9, ..STANDARD };
    let basic_traps = USUAL_TRAPS | status::UNDERFLOW | status::CLAMPED;
    let all = [(STANDARD, USUAL_TRAPS), (basic, basic_traps), (extended, 0)];
    all.iter().map(|(settings, traps)| new(h, settings, 0, *traps)).collect()
}

/// A new one of the class itself.
pub(super) fn new(h: &mut Held, settings: &Context, flags: u32, traps: u32) -> Value {
    let class = made(h, |made| &made.context);
    let data = ContextData::with(settings, flags, traps);
    h.new_object(this::<Class>(&class), data).into_value()
}

/// A copy of the default one, without flags.
pub(super) fn fresh(h: &mut Held) -> Value {
    let (settings, traps) = defaults(h);
    new(h, &settings, 0, traps)
}

/// The settings and the traps of `DefaultContext`.
fn defaults(h: &mut Held) -> (Context, u32) {
    let template = MADE.read(h, |made| made.as_ref().and_then(|made| made.templates.first().cloned()));
    match template {
        Some(template) => {
            let template = this::<ContextData>(&template);
            (template.settings(), template.traps().get())
        }
        None => (STANDARD, USUAL_TRAPS),
    }
}

pub(super) fn is_template(h: &Held, context: &Value) -> bool {
    MADE.read(h, |made| made.iter().flat_map(|made| &made.templates).any(|template| template.is(context)))
}

pub(super) fn copy(h: &mut Held, context: &Obj<ContextData>, keep_flags: bool) -> Value {
    let flags = if keep_flags { context.flags().get() } else { 0 };
    new(h, &context.settings(), flags, context.traps().get())
}

static NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
    let (settings, traps) = defaults(h);
    let data = ContextData::with(&settings, 0, traps);
    Ok(h.new_object(class_of(args), data).into_value())
});

static METHODS: [Def; 10] = [
    def("copy", "", |h, args| Ok(copy(h, args.this(), true))),
    def("__copy__", "", |h, args| Ok(copy(h, args.this(), true))),
    def("clear_flags", "", |_, args| {
        args.this::<ContextData>().flags().set(0);
        Ok(Value::NONE)
    }),
    def("clear_traps", "", |_, args| {
        args.this::<ContextData>().traps().set(0);
        Ok(Value::NONE)
    }),
    def("Etiny", "", |h, args| Ok(h.new_int(settings(&args[0]).etiny()))),
    def("Etop", "", |h, args| Ok(h.new_int(settings(&args[0]).etop()))),
    def("radix", "", |h, _| Ok(number::new(h, toy_decimal::Number::small(10)))),
    def("create_decimal", "num='0', /", create_decimal),
    def("create_decimal_from_float", "f, /", |h, args| {
        let exact = super::construct::from_float(h, &args[1])?;
        rounded(h, &args[0], exact)
    }),
    def("__repr__", "", super::context_settings::repr),
];

/// A number of this context, rounded to it.
fn create_decimal(h: &mut Held, args: Args<'_>) -> R {
    match args.opt(1) {
        Some(value) => {
            let number = super::construct::rounded(h, value, &args[0])?;
            Ok(number::new(h, number))
        }
        None => Ok(number::new(h, toy_decimal::Number::small(0))),
    }
}

fn rounded(h: &mut Held, context: &Value, number: toy_decimal::Number) -> R {
    let mut status = 0;
    let number = number.finalized(&settings(context), &mut status);
    number::finish(h, context, number, status)
}
