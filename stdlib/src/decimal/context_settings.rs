//! The attributes of contexts: reading, checking and setting them; text and pickles.
//!
//! In: values from the program. Out: settings. The one invariant: a setting that is out of its range changes nothing.

use super::context::ContextData;
use super::signal_dict;
use super::signals;
use crate::native::this;
use interpreter::objects::descriptor::{Attr, getset};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{MAX_EMAX, MAX_PREC, MIN_EMIN, Rounding, status};

/// How the constructor is called.
pub(super) const SIGNATURE: &str =
    "(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)";

pub(super) static METHODS: [Def; 3] = [
    def(
        "__init__",
        "prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None",
        init,
    ),
    def("__delattr__", "name, /", |h, _| Err(h.error(Exc::AttributeError, "context attributes cannot be deleted"))),
    def("__reduce__", "", reduce),
];

pub(super) static ATTRS: [Attr; 8] = [
    getset(
        "prec",
        |h, context| Ok(h.new_int(data(context).prec.get())),
        |h, context, value| set(h, context, "prec", value),
    ),
    getset(
        "Emax",
        |h, context| Ok(h.new_int(data(context).emax.get())),
        |h, context, value| set(h, context, "Emax", value),
    ),
    getset(
        "Emin",
        |h, context| Ok(h.new_int(data(context).emin.get())),
        |h, context, value| set(h, context, "Emin", value),
    ),
    getset(
        "rounding",
        |h, context| Ok(h.intern(data(context).settings().rounding.name())),
        |h, context, value| set(h, context, "rounding", value),
    ),
    getset(
        "capitals",
        |h, context| Ok(h.new_int(data(context).capitals.get() as i64)),
        |h, context, value| set(h, context, "capitals", value),
    ),
    getset(
        "clamp",
        |h, context| Ok(h.new_int(data(context).clamp.get() as i64)),
        |h, context, value| set(h, context, "clamp", value),
    ),
    getset("flags", |h, context| data(context).flag_dict(h), |h, context, value| set(h, context, "flags", value)),
    getset("traps", |h, context| data(context).trap_dict(h), |h, context, value| set(h, context, "traps", value)),
];

/// The names of the settings, in the order of the constructor's arguments.
pub(super) const NAMES: [&str; 8] = ["prec", "rounding", "Emin", "Emax", "capitals", "clamp", "flags", "traps"];

fn data(context: &Value) -> &ContextData {
    this::<ContextData>(context)
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    for (i, name) in NAMES.iter().enumerate() {
        if let Some(value) = args.opt_some(i + 1) {
            give(h, &args[0], name, value, true)?;
        }
    }
    Ok(Value::NONE)
}

fn set(h: &mut Held, context: &Value, name: &str, value: Option<&Value>) -> R<()> {
    match value {
        Some(value) => give(h, context, name, value, false),
        None => Err(h.error(Exc::AttributeError, "context attributes cannot be deleted")),
    }
}

/// Sets one setting; signals may be given as a list where a context is made.
pub(super) fn give(h: &mut Held, context: &Value, name: &str, value: &Value, lists: bool) -> R<()> {
    let data = data(context);
    match name {
        "prec" => data.prec.set(ranged(h, value, 1, MAX_PREC, "valid range for prec is [1, MAX_PREC]")?),
        "Emin" => data.emin.set(ranged(h, value, MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]")?),
        "Emax" => data.emax.set(ranged(h, value, 0, MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]")?),
        "capitals" => data.capitals.set(ranged(h, value, 0, 1, "valid values for capitals are 0 or 1")? == 1),
        "clamp" => data.clamp.set(ranged(h, value, 0, 1, "valid values for clamp are 0 or 1")? == 1),
        "rounding" => data.rounding.set(rounding(h, value)? as u8),
        "flags" => data.flags().set(signal_dict::bits_of_argument(h, value, lists)?),
        _ => data.traps().set(signal_dict::bits_of_argument(h, value, lists)?),
    }
    Ok(())
}

fn ranged(h: &mut Held, value: &Value, least: i64, most: i64, message: &str) -> R<i64> {
    if value.as_int().is_none() {
        return Err(h.type_error("an integer is required"));
    }
    let n = h.to_isize(value)? as i64;
    if (least..=most).contains(&n) { Ok(n) } else { Err(h.value_error(message)) }
}

/// The rounding that a string names.
pub(super) fn rounding(h: &mut Held, value: &Value) -> R<Rounding> {
    let name = value.downcast::<Str>().and_then(|text| text.as_ascii());
    let found = name.and_then(|name| Rounding::ALL.iter().find(|(_, known)| *known == name));
    found.map(|(rounding, _)| *rounding).ok_or_else(|| {
        h.type_error(
            "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n   ROUND_HALF_UP, \
             ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]",
        )
    })
}

/// The signals of a context's text, in libmpdec's order.
const SHOWN: [(&str, u32); 9] = [
    ("Clamped", status::CLAMPED),
    ("InvalidOperation", status::INVALID),
    ("DivisionByZero", status::DIVISION_BY_ZERO),
    ("Inexact", status::INEXACT),
    ("FloatOperation", status::FLOAT_OPERATION),
    ("Overflow", status::OVERFLOW),
    ("Rounded", status::ROUNDED),
    ("Subnormal", status::SUBNORMAL),
    ("Underflow", status::UNDERFLOW),
];

pub(super) fn repr(h: &mut Held, args: Args<'_>) -> R {
    let data = args.this::<ContextData>();
    let settings = data.settings();
    let names = |bits: u32| {
        let set = SHOWN.iter().filter(|(_, bit)| bits & bit != 0).map(|(name, _)| *name);
        set.collect::<Vec<&str>>().join(", ")
    };
    Ok(h.new_str(&format!(
        "Context(prec={}, rounding={}, Emin={}, Emax={}, capitals={}, clamp={}, flags=[{}], traps=[{}])",
        settings.prec,
        settings.rounding.name(),
        settings.emin,
        settings.emax,
        settings.capitals as u8,
        settings.clamp as u8,
        names(data.flags().get()),
        names(data.traps().get())
    )))
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let data = args.this::<ContextData>();
    let settings = data.settings();
    let flags = signals::signals_in(h, data.flags().get());
    let traps = signals::signals_in(h, data.traps().get());
    let all = [
        h.new_int(settings.prec),
        h.intern(settings.rounding.name()),
        h.new_int(settings.emin),
        h.new_int(settings.emax),
        h.new_int(settings.capitals as i64),
        h.new_int(settings.clamp as i64),
        h.new_list(flags),
        h.new_list(traps),
    ];
    let all = h.tuple_of(&all);
    let class = args[0].class().to_value();
    Ok(h.tuple_of(&[class, all]))
}
