//! `unicodedata`: what Unicode 14 says of a character.
//!
//! In: strings of one character, or a text to normalize. Out: names, numbers, categories, normal forms. The one invariant: an
//! unassigned code point has the properties of one, and no name.

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_text::unicode::decomposition::decomposition;
use toy_text::unicode::normalize::{Form, is_normalized, normalize};
use toy_text::unicode::{self, names};

static FUNCTIONS: [Def; 13] = [
    def("bidirectional", "chr, /", |h, args| text(h, args, "bidirectional", unicode::bidirectional)),
    def("category", "chr, /", |h, args| text(h, args, "category", unicode::category)),
    def("east_asian_width", "chr, /", |h, args| text(h, args, "east_asian_width", unicode::east_asian_width)),
    def("decomposition", "chr, /", |h, args| text(h, args, "decomposition", decomposition)),
    def("combining", "chr, /", |h, args| number(h, args, "combining", |c| i64::from(unicode::combining(c)))),
    def("mirrored", "chr, /", |h, args| number(h, args, "mirrored", |c| i64::from(unicode::mirrored(c)))),
    def("decimal", "chr, default=None, /", |h, args| {
        let value = unicode::decimal(character(h, &args[0], "decimal() argument 1")?);
        or_default(h, args, value.map(|value| Value::small_int(value.into()).unwrap_or(Value::NONE)), "not a decimal")
    }),
    def("digit", "chr, default=None, /", |h, args| {
        let value = unicode::digit(character(h, &args[0], "digit() argument 1")?);
        or_default(h, args, value.map(|value| Value::small_int(value.into()).unwrap_or(Value::NONE)), "not a digit")
    }),
    def("numeric", "chr, default=None, /", |h, args| {
        let value = unicode::numeric(character(h, &args[0], "numeric() argument 1")?);
        let value = value.map(|value| h.new_float(value));
        or_default(h, args, value, "not a numeric character")
    }),
    def("name", "chr, default=None, /", |h, args| {
        let value = names::name(character(h, &args[0], "name() argument 1")?);
        let value = value.map(|name| h.new_str(&name));
        or_default(h, args, value, "no such name")
    }),
    def("lookup", "name, /", lookup),
    def("normalize", "form, unistr, /", |h, args| {
        let (form, string) = form_and_string(h, args, "normalize")?;
        Ok(h.str_from_owned(&normalize(form, string.chars())))
    }),
    def("is_normalized", "form, unistr, /", |h, args| {
        let (form, string) = form_and_string(h, args, "is_normalized")?;
        Ok(Value::bool(is_normalized(form, string.chars())))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("unicodedata");
    add_functions(h, &module, &FUNCTIONS);
    let (name, version) = (h.intern("unidata_version"), h.new_str("14.0.0"));
    module.dict.set_str(h, &name, version);
    Ok(module)
}

/// The one character of a string; `title` is how the TypeError begins.
fn character(h: &mut Held, value: &Value, title: &str) -> R<u32> {
    match value.downcast::<Str>() {
        Some(string) if string.len() == 1 => Ok(string.chars().get(0)),
        _ => {
            let got = value.given_name();
            Err(h.type_error(format!("{title} must be a unicode character, not {got}")))
        }
    }
}

fn text(h: &mut Held, args: Args<'_>, function: &str, f: fn(u32) -> &'static str) -> R {
    let c = character(h, &args[0], &format!("{function}() argument"))?;
    Ok(h.new_str(f(c)))
}

fn number(h: &mut Held, args: Args<'_>, function: &str, f: fn(u32) -> i64) -> R {
    let c = character(h, &args[0], &format!("{function}() argument"))?;
    Ok(h.new_int(f(c)))
}

/// A property, or the default that the call has for characters without it.
fn or_default(h: &mut Held, args: Args<'_>, value: Option<Value>, without: &str) -> R {
    match value.or_else(|| args.opt(1).cloned()) {
        Some(value) => Ok(value),
        None => Err(h.value_error(without)),
    }
}

fn lookup(h: &mut Held, args: Args<'_>) -> R {
    let name = match args[0].downcast::<Str>() {
        Some(string) => string.text(),
        None => h.with_bytes_like(&args[0], |bytes| String::from_utf8_lossy(bytes).into_owned())?,
    };
    match names::lookup(&name) {
        Some(c) => Ok(h.str_from_char(c)),
        None => Err(h.error(Exc::KeyError, format!("undefined character name '{name}'"))),
    }
}

fn form_and_string<'a>(h: &mut Held, args: Args<'a>, function: &str) -> R<(Form, &'a Obj<Str>)> {
    let string = |at: usize| match args.at(at).downcast::<Str>() {
        Some(string) => Ok(string),
        None => {
            let got = args[at].given_name();
            Err(h.type_error(format!("{function}() argument {} must be str, not {got}", at + 1)))
        }
    };
    let (form, string) = (string(0)?, string(1)?);
    match Form::named(&form.text()) {
        Some(form) => Ok((form, string)),
        None => Err(h.value_error("invalid normalization form")),
    }
}
