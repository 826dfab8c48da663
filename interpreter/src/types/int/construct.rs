//! `int(...)`: from numbers and from text.
//!
//! In: a number, a string or bytes, perhaps a base. Out: an int of the class asked for. The one invariant: what a special
//! method gives is checked to be an int, and loses its class.

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::int::max_str_digits;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::number::int_parse::{Int, IntError, parse_int, parse_int_bytes};

pub(super) static NEW: Def = def("__new__", "x=0, /, base=10", new);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(h.new_int(0)) };
    if class.is(core().bool.value()) {
        return Err(h.type_error("int.__new__(bool) is not safe, use bool.__new__()"));
    }
    let int = match (args.opt(1), args.opt(2)) {
        (None, None) => h.new_int(0),
        (None, Some(_)) => return Err(h.type_error("int() missing string argument")),
        (Some(x), None) => h.to_int(x)?,
        (Some(x), Some(base)) => in_base(h, x, base)?,
    };
    match int.as_int() {
        Some(view) if !class.is(core().int.value()) => Ok(h.int_of_class(class, view.big().into_owned()).into_value()),
        _ => Ok(int),
    }
}

impl Held {
    /// `int(x)`.
    pub fn to_int(&mut self, x: &Value) -> R {
        if x.is_exact_int() {
            return Ok(x.clone());
        }
        for name in [n::__int__, n::__index__, n::__trunc__] {
            if name == n::__trunc__ && self.special(x, name).is_some() {
                let message = "The delegation of int() to __trunc__ is deprecated.";
                self.warn(Exc::DeprecationWarning, message, 1)?;
            }
            let Some(result) = self.call_special(x, name, &[])? else { continue };
            if result.is_exact_int() {
                return Ok(result);
            }
            if result.as_int().is_some() && name != n::__trunc__ {
                self.warn_of_subclass(name.text(), "int", &result.class_name())?;
                return Ok(self.exact_int(&result));
            }
            if name == n::__trunc__ {
                return self.index_of_trunc(&result);
            }
            let (name, got) = (name.text(), result.class_name());
            return Err(self.type_error(format!("{name} returned non-int (type {got})")));
        }
        match parse(self, x, 10) {
            Some(result) => result,
            None => Err(self.not_a_number(x)),
        }
    }

    fn index_of_trunc(&mut self, result: &Value) -> R {
        if self.special(result, n::__index__).is_some() {
            return self.index(result);
        }
        Err(self.type_error(format!("__trunc__ returned non-Integral (type {})", result.class_name())))
    }

    #[cold]
    fn not_a_number(&mut self, x: &Value) -> Raised {
        let got = x.class_name();
        self.type_error(format!("int() argument must be a string, a bytes-like object or a real number, not '{got}'"))
    }
}

fn in_base(h: &mut Held, x: &Value, base: &Value) -> R {
    let base = h.to_isize_clamped(base)? as i64;
    if base != 0 && !(2..=36).contains(&base) {
        return Err(h.value_error(IntError::Base.message(base, "", 0)));
    }
    match parse_in_base(h, x, base) {
        Some(result) => result,
        None => Err(h.type_error("int() can't convert non-string with explicit base")),
    }
}

/// As `parse`; with a base, of the bytes-like only `bytes` and `bytearray` are text.
fn parse_in_base(h: &mut Held, x: &Value, base: i64) -> Option<R> {
    let is_text =
        x.downcast::<Str>().is_some() || x.downcast::<Bytes>().is_some() || x.downcast::<ByteArray>().is_some();
    if is_text { parse(h, x, base) } else { None }
}

/// A text's int; nothing for what is no text.
fn parse(h: &mut Held, x: &Value, base: i64) -> Option<R> {
    let limit = max_str_digits();
    let parsed = match x.downcast::<Str>() {
        Some(string) => parse_int(string.chars(), base, limit),
        None => match h.with_buffer(x, |bytes| parse_int_bytes(bytes, base, limit)) {
            Ok(parsed) => parsed?,
            Err(raised) => return Some(Err(raised)),
        },
    };
    Some(match parsed {
        Ok(Int::Small(i)) => Ok(h.new_int(i)),
        Ok(Int::Big(big)) => Ok(h.int_from_big(big)),
        Err(error) => Err(refuse(h, x, base, error)),
    })
}

#[cold]
fn refuse(h: &mut Held, x: &Value, base: i64, error: IntError) -> Raised {
    let repr = match h.repr_text(x) {
        Ok(repr) => repr,
        Err(raised) => return raised,
    };
    h.value_error(error.message(base, &repr, max_str_digits()))
}
