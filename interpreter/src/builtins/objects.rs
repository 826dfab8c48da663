//! Builtin functions about any object: identity, class, hash and text.
//!
//! In: a value. Out: what it is. The one invariant: the special methods are looked up on the class, never on the object.

use crate::objects::function::Args;
use crate::objects::header::Kind;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) static FUNCTIONS: [Def; 8] = [
    def("ascii", "obj, /", |h, args| h.ascii(&args[0])),
    def("callable", "obj, /", |h, args| Ok(Value::bool(is_callable(h, &args[0])))),
    def("format", "value, format_spec='', /", format),
    def("hash", "obj, /", |h, args| {
        let hash = h.hash(&args[0])?;
        Ok(h.new_int(hash))
    }),
    def("id", "obj, /", |h, args| Ok(h.new_uint(args[0].bits()))),
    def("isinstance", "obj, class_or_tuple, /", |h, args| Ok(Value::bool(h.is_instance(&args[0], &args[1])?))),
    def("issubclass", "cls, class_or_tuple, /", |h, args| Ok(Value::bool(h.is_subclass(&args[0], &args[1])?))),
    def("repr", "obj, /", |h, args| h.repr(&args[0])),
];

/// Whether a value can be called.
pub fn is_callable(h: &Held, value: &Value) -> bool {
    let Some(header) = value.header() else { return false };
    matches!(header.kind(), Kind::FUNCTION | Kind::NATIVE | Kind::BOUND_METHOD | Kind::CLASS)
        || h.special(value, n::__call__).is_some()
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    if let Some(spec) = args.opt(1)
        && spec.downcast::<Str>().is_none()
    {
        let got = spec.given_name();
        return Err(h.type_error(format!("format() argument 2 must be str, not {got}")));
    }
    h.format_value(&args[0], args.opt(1))
}
