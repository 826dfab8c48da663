//! `SignalDict`: the flags or the traps of a context, as a mapping from signals to booleans.
//!
//! In: signals. Out: whether they are set. The one invariant: its keys are the nine signals, always.

use super::signals::{self, Bits, SIGNALS};
use super::{MADE, made};
use crate::native::{class_of, this};
use interpreter::objects::class::Class;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::list::List;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::sync::Arc;

/// The bits, which are those of a context, or `ORPHAN`.
pub struct Signals(Arc<Bits>);

interpreter::object!(Signals, "decimal.SignalDictMixin");

/// What a program made, and no context has.
const ORPHAN: u32 = u32::MAX;

static NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
    Ok(h.new_object(class_of(args), Signals(Arc::new(Bits::new(ORPHAN)))).into_value())
});

static METHODS: [Def; 9] = [
    def("__init__", "*args, **kwargs", |_, _| Ok(Value::NONE)),
    def("__len__", "", |h, args| bits(h, args).map(|_| h.new_int(SIGNALS.len() as i64))),
    def("__iter__", "", |h, args| {
        bits(h, args)?;
        let all = signals::signals_in(h, u32::MAX);
        let all = h.new_tuple(all);
        h.iter(&all)
    }),
    def("__getitem__", "key, /", |h, args| {
        let all = bits(h, args)?;
        let bit = bit(h, &args[1])?;
        Ok(Value::bool(all & bit != 0))
    }),
    def("__setitem__", "key, value, /", |h, args| {
        bits(h, args)?;
        let bit = bit(h, &args[1])?;
        let on = h.truth(&args[2])?;
        let word = &args.this::<Signals>().0;
        word.set(if on { word.get() | bit } else { word.get() & !bit });
        Ok(Value::NONE)
    }),
    def("__delitem__", "key, /", |h, _| Err(h.value_error("signal keys cannot be deleted"))),
    def("__repr__", "", repr),
    def("copy", "", |h, args| {
        let all = bits(h, args)?;
        let dict = h.new_dict();
        for signal in signals::signals_in(h, u32::MAX) {
            let bit = bit(h, &signal)?;
            dict.set(h, signal, Value::bool(all & bit != 0))?;
        }
        Ok(dict.into_value())
    }),
    def("__eq__", "value, /", |h, args| {
        let own = bits(h, args)?;
        let other = match args[1].downcast::<Signals>() {
            Some(other) => Some(attached(h, other.0.get())?),
            None => args[1].downcast::<Dict>().map_or(Ok(None), |dict| bits_from(h, dict))?,
        };
        Ok(other.map_or(Value::NOT_IMPLEMENTED, |other| Value::bool(own == other)))
    }),
];

/// The class `SignalDict`, made when it is first asked for: mutable mappings are much to import.
fn class(h: &mut Held) -> R {
    let known = made(h, |made| &made.signal_dict);
    if !known.is_none() {
        return Ok(known);
    }
    let class = make(h)?;
    let spare = MADE.write(h, |made| match made {
        Some(made) if made.signal_dict.is_none() => std::mem::replace(&mut made.signal_dict, class),
        _ => class,
    });
    drop(spare);
    Ok(made(h, |made| &made.signal_dict))
}

/// The native part and what a mutable mapping has.
fn make(h: &mut Held) -> R {
    let mixin = ClassSpec::new::<Signals>(h, "decimal", "SignalDictMixin").constructor(h, &NEW);
    let mixin = mixin.methods(h, &METHODS).value(h, "__hash__", Value::NONE).build(h);
    let module = h.import_module("_collections_abc")?;
    let name = h.intern("MutableMapping");
    let mapping = h.get_attr(&module, &name)?;
    let bases = h.tuple_of(&[mixin.into_value(), mapping.clone()]);
    let namespace = h.new_dict();
    let (module, of) = (h.intern("__module__"), h.intern("decimal"));
    namespace.set_str(h, &module, of);
    let args = [h.intern("SignalDict"), bases, namespace.into_value()];
    let meta = mapping.class().to_value();
    h.call(&meta, &args)
}

/// The one that stands in a context's cell, made if there is none yet.
pub(super) fn kept(h: &mut Held, cell: &ObjCell<Option<Value>>, word: &Arc<Bits>) -> R {
    if let Some(known) = cell.read(h, Clone::clone) {
        return Ok(known);
    }
    let class = class(h)?;
    let new = h.new_object(this::<Class>(&class), Signals(word.clone())).into_value();
    let (kept, spare) = cell.write(h, |own| match own {
        Some(known) => (known.clone(), Some(new)),
        None => (own.insert(new).clone(), None),
    });
    drop(spare);
    Ok(kept)
}

/// The bits that an argument names: another one, a dict of all signals, or (if `lists`) a list of some.
pub(super) fn bits_of_argument(h: &mut Held, value: &Value, lists: bool) -> R<u32> {
    if let Some(list) = value.downcast::<List>().filter(|_| lists) {
        let items = list.snapshot(h);
        let mut all = 0;
        for item in items {
            all |= bit(h, &item)?;
        }
        return Ok(all);
    }
    match value.downcast::<Signals>() {
        Some(signals) => attached(h, signals.0.get()),
        None if value.downcast::<Dict>().is_some() => match bits_from(h, this(value))? {
            Some(bits) => Ok(bits),
            None => {
                let message = h.new_str("invalid signal dict");
                Err(h.key_error(&message))
            }
        },
        None => Err(h.type_error("argument must be a signal dict")),
    }
}

/// The bits of a dict; nothing if its keys are not the signals.
fn bits_from(h: &mut Held, dict: &Obj<Dict>) -> R<Option<u32>> {
    if dict.len(h) != SIGNALS.len() {
        return Ok(None);
    }
    let mut all = 0;
    for signal in signals::signals_in(h, u32::MAX) {
        let Some(on) = dict.get(h, &signal)? else { return Ok(None) };
        if h.truth(&on)? {
            all |= bit(h, &signal)?;
        }
    }
    Ok(Some(all))
}

fn bits(h: &mut Held, args: Args<'_>) -> R<u32> {
    attached(h, args.this::<Signals>().0.get())
}

fn attached(h: &mut Held, bits: u32) -> R<u32> {
    if bits == ORPHAN { Err(h.value_error("invalid signal dict")) } else { Ok(bits) }
}

fn bit(h: &mut Held, signal: &Value) -> R<u32> {
    signals::bits_of(h, signal).ok_or_else(|| no_signal(h))
}

#[cold]
fn no_signal(h: &mut Held) -> Raised {
    let message = "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n   Overflow, \
                   Underflow, Subnormal, Inexact, Rounded,\n   Clamped]";
    let message = h.new_str(message);
    h.key_error(&message)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let classes = MADE.read(h, |made| made.as_ref().map_or(Vec::new(), |made| made.signals.clone()));
    let (all, mut parts) = (bits(h, args)?, Vec::new());
    for (class, (_, bit)) in classes.iter().zip(SIGNALS) {
        let on = if all & bit != 0 { "True" } else { "False" };
        parts.push(format!("{}:{on}", h.repr_text(class)?));
    }
    Ok(h.new_str(&format!("{{{}}}", parts.join(", "))))
}
