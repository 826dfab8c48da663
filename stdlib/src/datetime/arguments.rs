//! Arguments as C's parsers read them.
//!
//! In: values. Out: numbers that a C int holds, or CPython's errors. The one invariant: arguments are read in the order of the parameters.

use crate::time::to_c_int;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;

/// A C int.
#[inline]
pub fn int(h: &mut Held, value: &Value) -> R<i32> {
    match value.as_small_int().map(i32::try_from) {
        Some(Ok(int)) => Ok(int),
        _ => to_c_int(h, value),
    }
}

/// The argument in a place, a C int, or a default.
#[inline]
pub fn int_or(h: &mut Held, args: Args<'_>, place: usize, default: i32) -> R<i32> {
    match args.opt(place) {
        Some(value) => int(h, value),
        None => Ok(default),
    }
}

/// The argument in a place, a C int that a function without a name in messages must be given.
#[inline]
pub fn required(h: &mut Held, args: Args<'_>, place: usize, name: &str) -> R<i32> {
    match args.opt(place) {
        Some(value) => int(h, value),
        None => Err(missing(h, place, name)),
    }
}

#[cold]
fn missing(h: &Held, place: usize, name: &str) -> Raised {
    h.type_error(format!("function missing required argument '{name}' (pos {place})"))
}

/// `fold`, which is 0 or 1.
pub fn fold(h: &mut Held, value: Option<&Value>, default: bool) -> R<bool> {
    let fold = value.map_or(Ok(default as i32), |fold| int(h, fold))?;
    fold_of(h, fold)
}

pub fn fold_of(h: &Held, fold: i32) -> R<bool> {
    match fold {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(h.value_error("fold must be either 0 or 1")),
    }
}

/// A text argument; TypeError names the function and the place.
pub fn expect_str(h: &Held, value: &Value, function: &str, place: usize) -> R<()> {
    match value.downcast::<interpreter::objects::str::Str>() {
        Some(_) => Ok(()),
        None => {
            let got = value.given_name();
            Err(h.type_error(format!("{function}() argument {place} must be str, not {got}")))
        }
    }
}
