//! Signals: the exceptions, and raising them.
//!
//! In: a status, as bits. Out: flags set in a context, and an exception if one of them is trapped. The one invariant: what happened is
//! flagged even if it is trapped; what is raised is the first trapped signal, with the list of all conditions.

use super::context::ContextData;
use super::{MADE, made};
use crate::native::this;
use interpreter::objects::core;
use interpreter::objects::exception::Exc;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use std::sync::atomic::{AtomicU32, Ordering};
use toy_decimal::status;

/// The flags or the traps of a context, which its `SignalDict` shares with it.
pub struct Bits(AtomicU32);

impl Bits {
    pub fn new(bits: u32) -> Bits {
        Bits(AtomicU32::new(bits))
    }

    #[inline]
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub fn set(&self, bits: u32) {
        self.0.store(bits, Ordering::Relaxed);
    }
}

/// The signals and their bits, in the order of their importance.
pub const SIGNALS: [(&str, u32); 9] = [
    ("InvalidOperation", status::INVALID),
    ("FloatOperation", status::FLOAT_OPERATION),
    ("DivisionByZero", status::DIVISION_BY_ZERO),
    ("Overflow", status::OVERFLOW),
    ("Underflow", status::UNDERFLOW),
    ("Subnormal", status::SUBNORMAL),
    ("Inexact", status::INEXACT),
    ("Rounded", status::ROUNDED),
    ("Clamped", status::CLAMPED),
];

/// What counts as InvalidOperation, itself first.
pub const CONDITIONS: [(&str, u32); 5] = [
    ("InvalidOperation", status::INVALID_OPERATION),
    ("ConversionSyntax", status::CONVERSION_SYNTAX),
    ("DivisionImpossible", status::DIVISION_IMPOSSIBLE),
    ("DivisionUndefined", status::DIVISION_UNDEFINED),
    ("InvalidContext", status::INVALID_CONTEXT),
];

/// The base of the signals, the signals, the conditions.
pub(super) fn make(h: &mut Held) -> R<(Value, Vec<Value>, Vec<Value>)> {
    let builtin = |exc: Exc| exc.class().to_value();
    let base = class(h, "DecimalException", &[builtin(Exc::ArithmeticError)])?;
    let invalid = class(h, "InvalidOperation", std::slice::from_ref(&base))?;
    let float = class(h, "FloatOperation", &[base.clone(), builtin(Exc::TypeError)])?;
    let zero = class(h, "DivisionByZero", &[base.clone(), builtin(Exc::ZeroDivisionError)])?;
    let subnormal = class(h, "Subnormal", std::slice::from_ref(&base))?;
    let inexact = class(h, "Inexact", std::slice::from_ref(&base))?;
    let rounded = class(h, "Rounded", std::slice::from_ref(&base))?;
    let clamped = class(h, "Clamped", std::slice::from_ref(&base))?;
    let overflow = class(h, "Overflow", &[inexact.clone(), rounded.clone()])?;
    let underflow = class(h, "Underflow", &[inexact.clone(), rounded.clone(), subnormal.clone()])?;
    let mut conditions = vec![invalid.clone()];
    for (name, _) in &CONDITIONS[1..] {
        let mut bases = vec![invalid.clone()];
        if *name == "DivisionUndefined" {
            bases.push(builtin(Exc::ZeroDivisionError));
        }
        conditions.push(class(h, name, &bases)?);
    }
    let signals = vec![invalid, float, zero, overflow, underflow, subnormal, inexact, rounded, clamped];
    Ok((base, signals, conditions))
}

/// A class of the module with these bases.
pub(super) fn class(h: &mut Held, name: &str, bases: &[Value]) -> R {
    let namespace = h.new_dict();
    let (module, of) = (h.intern("__module__"), h.intern("decimal"));
    namespace.set_str(h, &module, of);
    let args = [h.intern(name), h.tuple_of(bases), namespace.into_value()];
    h.call(core().type_.value(), &args)
}

/// The classes of the bits that are set.
pub(super) fn signals_in(h: &Held, bits: u32) -> Vec<Value> {
    MADE.read(h, |made| {
        let classes = made.iter().flat_map(|made| &made.signals);
        classes.zip(SIGNALS).filter(|(_, (_, bit))| bits & bit != 0).map(|(class, _)| class.clone()).collect()
    })
}

/// The bits that a class stands for; nothing if it is no signal.
pub(super) fn bits_of(h: &Held, class: &Value) -> Option<u32> {
    MADE.read(h, |made| {
        let place = made.iter().flat_map(|made| &made.signals).position(|signal| signal.is(class))?;
        Some(SIGNALS[place].1)
    })
}

/// Flags what happened in a context; raises if it is trapped.
#[inline]
pub(super) fn add_status(h: &mut Held, context: &Value, bits: u32) -> R<()> {
    if bits == 0 { Ok(()) } else { signal(h, context, bits) }
}

fn signal(h: &mut Held, context: &Value, bits: u32) -> R<()> {
    let context = this::<ContextData>(context);
    if bits & status::MEMORY != 0 {
        return Err(h.memory_error());
    }
    context.flags().set(context.flags().get() | bits);
    match bits & context.traps().get() {
        0 => Ok(()),
        trapped => Err(raised(h, trapped)),
    }
}

#[cold]
fn raised(h: &mut Held, trapped: u32) -> Raised {
    let mut shown: Vec<Value> = MADE.read(h, |made| {
        let classes = made.iter().flat_map(|made| &made.conditions);
        classes.zip(CONDITIONS).filter(|(_, (_, bit))| trapped & bit != 0).map(|(class, _)| class.clone()).collect()
    });
    shown.extend(signals_in(h, trapped & !status::INVALID));
    let class = signals_in(h, trapped).first().cloned().unwrap_or_else(|| made(h, |made| &made.base));
    let list = h.new_list(shown);
    match h.call(&class, &[list]) {
        Ok(exception) => Raised::new(exception),
        Err(raised) => raised,
    }
}
