//! `str.__new__`: of any object, or by decoding bytes.
//!
//! In: an object, perhaps an encoding and an error handler. Out: a string of the class. The one invariant: with an
//! encoding or error handler the object is decoded, and must have bytes.

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) static NEW: Def = def("__new__", "object='', encoding='utf-8', errors='strict'", new).counting();

fn new(h: &mut Held, args: Args<'_>) -> R {
    let string = match args.opt(1) {
        None => core().empty_str.clone(),
        Some(object) if args.opt(2).is_none() && args.opt(3).is_none() => h.to_str(object)?,
        Some(object) => {
            let encoding = named(h, args.opt(2), "encoding")?;
            let errors = named(h, args.opt(3), "errors")?;
            decode(h, object, encoding.as_deref(), errors.as_deref())?
        }
    };
    let Some(class) = args[0].downcast::<Class>() else { return Ok(string) };
    match string.downcast::<Str>() {
        Some(text) if !std::ptr::eq(class, &*core().str) => Ok(h.str_of_class(class, text.chars())),
        _ => Ok(string),
    }
}

fn named(h: &Held, value: Option<&Value>, parameter: &str) -> R<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    super::text_argument(h, value, &format!("str() argument '{parameter}'"))?;
    Ok(Some(text_of(value)))
}

fn decode(h: &mut Held, object: &Value, encoding: Option<&str>, errors: Option<&str>) -> R {
    if object.downcast::<Str>().is_some() {
        return Err(h.type_error("decoding str is not supported"));
    }
    match h.buffer_to_vec(object)? {
        Some(bytes) => h.decode_bytes(&bytes, encoding, errors),
        None => Err(h.type_error(format!("decoding to str: need a bytes-like object, {} found", object.class_name()))),
    }
}
