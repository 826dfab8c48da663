//! `float(...)`, `float.fromhex` and `float.__getformat__`.
//!
//! In: a number or a text. Out: a float of the class asked for. The one invariant: text gives the nearest float.

use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::number::float_hex::{HexError, float_fromhex};
use toy_text::number::float_parse::{parse_float, parse_float_bytes};

pub(super) static NEW: Def = def("__new__", "x=0, /", new);

pub(super) static CLASS_METHODS: [Def; 2] =
    [def("fromhex", "string, /", from_hex), def("__getformat__", "typestr, /", get_format)];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(h.new_float(0.0)) };
    let x = match args.opt(1) {
        Some(x) => convert(h, x)?,
        None => 0.0,
    };
    if class.is(core().float.value()) {
        return Ok(h.new_float(x));
    }
    Ok(h.float_of_class(class, x).into_value())
}

fn convert(h: &mut Held, x: &Value) -> R<f64> {
    if x.class().has(class_flag::HEAP)
        && let Some(x) = h.float_by_method(x)?
    {
        return Ok(x);
    }
    let parsed = if let Some(string) = x.downcast::<Str>() {
        parse_float(string.chars())
    } else if h.special(x, n::__float__).is_some() || h.special(x, n::__index__).is_some() {
        return h.to_f64(x);
    } else if let Some(parsed) = h.with_buffer(x, parse_float_bytes)? {
        parsed
    } else {
        let got = x.class_name();
        return Err(h.type_error(format!("float() argument must be a string or a real number, not '{got}'")));
    };
    match parsed {
        Some(float) => Ok(float),
        None => {
            let repr = h.repr_text(x)?;
            Err(h.value_error(format!("could not convert string to float: {repr}")))
        }
    }
}

fn from_hex(h: &mut Held, args: Args<'_>) -> R {
    let Some(string) = args[1].downcast::<Str>() else {
        return Err(h.type_error("bad argument type for built-in operation"));
    };
    let x = match float_fromhex(&string.text()) {
        Ok(x) => h.new_float(x),
        Err(error @ HexError::Invalid) => return Err(h.value_error(error.message())),
        Err(error @ HexError::TooLarge) => return Err(h.error(Exc::OverflowError, error.message())),
    };
    if args[0].is(core().float.value()) { Ok(x) } else { h.call(&args[0], &[x]) }
}

fn get_format(h: &mut Held, args: Args<'_>) -> R {
    let Some(string) = args[1].downcast::<Str>() else {
        let got = args[1].given_name();
        return Err(h.type_error(format!("__getformat__() argument must be str, not {got}")));
    };
    match string.text().as_str() {
        "double" | "float" => Ok(h.new_str("IEEE, little-endian")),
        _ => Err(h.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}
