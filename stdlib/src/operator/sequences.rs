//! Containers: items, membership, counting; and comparison of secrets.
//!
//! In: a container and an item or index. Out: CPython's answers. The one invariant: items are compared by identity first, as
//! containers do.

use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::BinOp;

pub(super) static FUNCTIONS: [Def; 8] = [
    def("concat", "a, b, /", |h, args| {
        check_both(h, args)?;
        h.binary(BinOp::Add, &args[0], &args[1])
    }),
    def("contains", "a, b, /", |h, args| Ok(Value::bool(h.contains(&args[0], &args[1])?))),
    def("getitem", "a, b, /", |h, args| h.get_item(&args[0], &args[1])),
    def("setitem", "a, b, c, /", |h, args| {
        h.set_item(&args[0], &args[1], args[2].clone())?;
        Ok(Value::NONE)
    }),
    def("delitem", "a, b, /", |h, args| {
        h.delete_item(&args[0], &args[1])?;
        Ok(Value::NONE)
    }),
    def("countOf", "a, b, /", |h, args| {
        let mut count = 0;
        search(h, args, |_| {
            count += 1;
            false
        })?;
        Ok(h.new_int(count))
    }),
    def("indexOf", "a, b, /", |h, args| {
        let mut found = None;
        search(h, args, |at| {
            found = Some(at);
            true
        })?;
        match found {
            Some(at) => Ok(h.new_int(at)),
            None => Err(h.value_error("sequence.index(x): x not in sequence")),
        }
    }),
    def("length_hint", "obj, default=0, /", length_hint),
];

/// Tells `found` where equal items are, until it says that this is enough.
fn search(h: &mut Held, args: Args<'_>, mut found: impl FnMut(i64) -> bool) -> R<()> {
    let items = match h.iter(&args[0]) {
        Err(raised) if raised.is(Exc::TypeError) => {
            return Err(h.type_error(format!("argument of type '{}' is not iterable", args[0].class_name())));
        }
        items => items?,
    };
    let mut at = 0;
    while let Some(item) = h.next(&items)? {
        if h.eq(&item, &args[1])? && found(at) {
            return Ok(());
        }
        at += 1;
    }
    Ok(())
}

/// TypeError unless both operands are sequences, as far as that can be told.
pub(super) fn check_both(h: &mut Held, args: Args<'_>) -> R<()> {
    let is_sequence = |value: &Value| h.special(value, n::__getitem__).is_some() && value.class_name() != "dict";
    if !is_sequence(&args[0]) {
        let got = args[0].class_name();
        return Err(h.type_error(format!("'{got}' object can't be concatenated")));
    }
    Ok(())
}

fn length_hint(h: &mut Held, args: Args<'_>) -> R {
    let default = match args.opt(1) {
        Some(default) if default.as_int().is_none() => {
            let got = default.class_name();
            return Err(h.type_error(format!("'{got}' object cannot be interpreted as an integer")));
        }
        Some(default) => h.to_isize(default)?,
        None => 0,
    };
    match usize::try_from(default) {
        Ok(default) => {
            let hint = h.length_hint_or(&args[0], default)?;
            Ok(h.new_uint(hint as u64))
        }
        Err(_) => {
            // No hint is so large: then the default was asked for.
            let hint = h.length_hint_or(&args[0], usize::MAX)?;
            Ok(h.new_int(if hint == usize::MAX { default as i64 } else { hint as i64 }))
        }
    }
}

/// Compares in a time that does not tell where a difference is.
pub(super) fn compare_digest(h: &mut Held, args: Args<'_>) -> R {
    let same = match (args[0].downcast::<Str>(), args[1].downcast::<Str>()) {
        (Some(a), Some(b)) => {
            if !a.chars().is_ascii() || !b.chars().is_ascii() {
                return Err(h.type_error("comparing strings with non-ASCII characters is not supported"));
            }
            same_bytes(a.text().as_bytes(), b.text().as_bytes())
        }
        _ => match (h.buffer_to_vec(&args[0])?, h.buffer_to_vec(&args[1])?) {
            (Some(a), Some(b)) => same_bytes(&a, &b),
            (first, second) if first.is_some() != second.is_some() => {
                let wrong = args[usize::from(first.is_some())].class_name();
                return Err(h.type_error(format!("a bytes-like object is required, not '{wrong}'")));
            }
            _ => {
                let (a, b) = (args[0].class_name(), args[1].class_name());
                let message = format!("unsupported operand types(s) or combination of types: '{a}' and '{b}'");
                return Err(h.type_error(message));
            }
        },
    };
    Ok(Value::bool(same))
}

fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    let differences = a.iter().zip(b).fold(0, |so_far, (a, b)| so_far | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differences) == 0
}
