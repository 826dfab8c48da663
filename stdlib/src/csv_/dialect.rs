//! Dialects: what stands between fields, around them, and at the end of a row.
//!
//! In: a dialect to start from, and options by name. Out: a checked dialect. The one invariant: a dialect never changes.

use super::get_dialect;
use crate::native::class_of;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// When fields are quoted.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Quoting {
    Minimal,
    All,
    NonNumeric,
    Never,
}

/// The data of a dialect.
#[derive(Clone)]
pub struct Dialect {
    pub(super) delimiter: u32,
    pub(super) quote: Option<u32>,
    pub(super) escape: Option<u32>,
    pub(super) double_quote: bool,
    pub(super) skip_space: bool,
    pub(super) strict: bool,
    pub(super) quoting: Quoting,
    pub(super) line_end: Vec<u32>,
}

interpreter::object!(Dialect, "Dialect");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static NEW: Def = def("__new__", "dialect=None, /, **kwargs", |h, args| {
    let dialect = from(h, args.opt(1), args.opt(2))?;
    Ok(h.new_object(class_of(args), dialect).into_value())
});

const OPTIONS: [&str; 9] = [
    "dialect",
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

static ATTRS: [Attr; 8] = [
    getter("delimiter", |h, this| show(h, this, |h, dialect| h.str_from_char(dialect.delimiter))),
    getter("doublequote", |h, this| show(h, this, |_, dialect| Value::bool(dialect.double_quote))),
    getter("escapechar", |h, this| show(h, this, |h, dialect| character(h, dialect.escape))),
    getter("lineterminator", |h, this| {
        show(h, this, |h, dialect| {
            let text: Vec<u32> = dialect.line_end.clone();
            h.str_from_chars(toy_text::chars::Chars::Four(&text))
        })
    }),
    getter("quotechar", |h, this| show(h, this, |h, dialect| character(h, dialect.quote))),
    getter("quoting", |h, this| show(h, this, |h, dialect| h.new_int(dialect.quoting as i64))),
    getter("skipinitialspace", |h, this| show(h, this, |_, dialect| Value::bool(dialect.skip_space))),
    getter("strict", |h, this| show(h, this, |_, dialect| Value::bool(dialect.strict))),
];

pub(super) fn enter(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<Dialect>(h, "_csv", "Dialect").constructor(h, &NEW).attrs(h, &ATTRS).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    crate::native::enter(h, module, &class);
}

fn show(h: &mut Held, this: &Value, field: impl FnOnce(&mut Held, &Dialect) -> Value) -> R {
    Ok(this.downcast::<Dialect>().map_or(Value::NONE, |dialect| field(h, dialect)))
}

fn character(h: &Held, c: Option<u32>) -> Value {
    c.map_or(Value::NONE, |c| h.str_from_char(c))
}

/// A dialect as functions get it: one to start from, and a dict of options.
pub(super) fn from_arguments(h: &mut Held, base: Option<&Value>, options: Option<&Value>) -> R<Ref<Dialect>> {
    let no_options = options.and_then(|options| options.downcast::<Dict>()).is_none_or(|dict| dict.len(h) == 0);
    if let Some(dialect) = base.and_then(|base| base.downcast::<Dialect>()).filter(|_| no_options) {
        return Ok(dialect.to_ref());
    }
    let dialect = from(h, base, options)?;
    match CLASS.read(h, Clone::clone) {
        Some(class) => Ok(h.new_object(&class, dialect)),
        None => Err(h.runtime_error("_csv is not made")),
    }
}

fn from(h: &mut Held, base: Option<&Value>, options: Option<&Value>) -> R<Dialect> {
    let options = options.and_then(|options| options.downcast::<Dict>());
    let options = options.map(|dict| dict.items(h)).unwrap_or_default();
    let mut base = base.cloned().filter(|base| !base.is_none());
    let mut given: [Option<Value>; OPTIONS.len()] = Default::default();
    for (name, value) in options {
        let text = h.str_text(&name)?;
        match OPTIONS.iter().position(|option| *option == text) {
            Some(0) => base = Some(value),
            Some(i) => given[i] = Some(value),
            None => return Err(h.type_error(format!("'{text}' is an invalid keyword argument for this function"))),
        }
    }
    if let Some(name) = base.clone().filter(|base| base.downcast::<Str>().is_some()) {
        base = Some(get_dialect(h, &name)?);
    }
    if let Some(base) = base {
        for (i, option) in OPTIONS.iter().enumerate().skip(1).filter(|(i, _)| *i != 0) {
            if given[i].is_none() {
                let name = h.intern(option);
                given[i] = h.find_attr(&base, &name)?;
            }
        }
    }
    check(h, given)
}

fn truth(h: &mut Held, value: Option<&Value>, default: bool) -> R<bool> {
    value.map_or(Ok(default), |value| h.truth(value))
}

fn check(h: &mut Held, given: [Option<Value>; OPTIONS.len()]) -> R<Dialect> {
    let [_, delimiter, double_quote, escape, line_end, quote, quoting, skip_space, strict] = &given;
    let delimiter = match delimiter {
        None => u32::from(','),
        Some(value) => one_char(h, value, "delimiter", false)?.unwrap_or_default(),
    };
    let double_quote = truth(h, double_quote.as_ref(), true)?;
    let escape = escape.as_ref().map_or(Ok(None), |value| one_char(h, value, "escapechar", true))?;
    let line_end = match line_end {
        None => vec![u32::from('\r'), u32::from('\n')],
        Some(value) => match value.downcast::<Str>() {
            Some(text) => text.chars().iter().collect(),
            None if value.is_none() => return Err(h.type_error("lineterminator must be set")),
            None => return Err(h.type_error("\"lineterminator\" must be a string")),
        },
    };
    let no_quote = quote.as_ref().is_some_and(Value::is_none);
    let quote = match quote {
        None => Some(u32::from('"')),
        Some(value) => one_char(h, value, "quotechar", true)?,
    };
    let mut style = match quoting {
        None => Quoting::Minimal,
        Some(value) => quoting_of(h, value)?,
    };
    let skip_space = truth(h, skip_space.as_ref(), false)?;
    let strict = truth(h, strict.as_ref(), false)?;
    if no_quote && quoting.is_none() {
        style = Quoting::Never;
    }
    if style != Quoting::Never && quote.is_none() {
        return Err(h.type_error("quotechar must be set if quoting enabled"));
    }
    Ok(Dialect { delimiter, quote, escape, double_quote, skip_space, strict, quoting: style, line_end })
}

fn quoting_of(h: &Held, value: &Value) -> R<Quoting> {
    let Some(number) = value.as_int().filter(|_| value.as_bool().is_none()) else {
        return Err(h.type_error("\"quoting\" must be an integer"));
    };
    match number.to_i64() {
        Some(0) => Ok(Quoting::Minimal),
        Some(1) => Ok(Quoting::All),
        Some(2) => Ok(Quoting::NonNumeric),
        Some(3) => Ok(Quoting::Never),
        _ => Err(h.type_error("bad \"quoting\" value")),
    }
}

/// A string of one character, or perhaps None.
fn one_char(h: &Held, value: &Value, option: &str, or_none: bool) -> R<Option<u32>> {
    if or_none && value.is_none() {
        return Ok(None);
    }
    let Some(text) = value.downcast::<Str>() else {
        let (or_none, got) = (if or_none { " or None" } else { "" }, value.class_name());
        return Err(h.type_error(format!("\"{option}\" must be string{or_none}, not {got}")));
    };
    match text.len() {
        1 => Ok(Some(text.chars().get(0))),
        _ => Err(h.type_error(format!("\"{option}\" must be a 1-character string"))),
    }
}

/// The dialect that a call to make a reader or writer asks for.
pub(super) fn of_call(h: &mut Held, args: Args<'_>) -> R<Ref<Dialect>> {
    from_arguments(h, args.opt(1), args.opt(2))
}
