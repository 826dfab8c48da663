//! Builtin functions about numbers and code points.
//!
//! In: values. Out: numbers and their text. The one invariant: everything but exact ints and floats is asked by its special
//! methods.

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::function::Args;
use crate::objects::int::IntView;
use crate::objects::names::n;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::BinOp;
use toy_text::number::int_text;

pub(super) static FUNCTIONS: [Def; 10] = [
    def("abs", "x, /", abs),
    def("bin", "number, /", |h, args| in_base(h, &args[0], 2, "0b")),
    def("chr", "i, /", chr),
    def("divmod", "x, y, /", divmod),
    def("hex", "number, /", |h, args| in_base(h, &args[0], 16, "0x")),
    def("oct", "number, /", |h, args| in_base(h, &args[0], 8, "0o")),
    def("ord", "c, /", ord),
    def("pow", "base, exp, mod=None", pow),
    def("round", "number, ndigits=None", round),
    def("sum", "iterable, /, start=0", sum),
];

fn abs(h: &mut Held, args: Args<'_>) -> R {
    if let Some(i) = args[0].as_small_int() {
        return Ok(h.new_int(i.abs()));
    }
    match h.call_special(&args[0], n::__abs__, &[])? {
        Some(result) => Ok(result),
        None => Err(h.type_error(format!("bad operand type for abs(): '{}'", args[0].class_name()))),
    }
}

fn in_base(h: &mut Held, number: &Value, base: u32, prefix: &str) -> R {
    let index = h.index(number)?;
    let digits = match index.as_int() {
        Some(IntView::Small(i)) => int_text::to_base(i, base),
        Some(IntView::Big(big)) => int_text::big_to_base(big, base),
        None => return Ok(index),
    };
    Ok(h.new_str(&int_text::with_prefix(&digits, prefix)))
}

fn chr(h: &mut Held, args: Args<'_>) -> R {
    let index = h.index(&args[0])?;
    let code = index.as_int().and_then(IntView::to_i64).and_then(|i| i32::try_from(i).ok());
    match code {
        Some(code @ 0..=0x10_ffff) => Ok(h.str_from_char(code as u32)),
        Some(_) => Err(h.value_error("chr() arg not in range(0x110000)")),
        None => Err(h.overflow_error("Python int too large to convert to C int")),
    }
}

fn ord(h: &mut Held, args: Args<'_>) -> R {
    let len = if let Some(string) = args[0].downcast::<Str>() {
        if string.len() == 1 {
            return Ok(h.new_int(string.chars().get(0).into()));
        }
        string.len()
    } else if let Some(bytes) = bytes_of(h, &args[0]) {
        if let [byte] = bytes[..] {
            return Ok(h.new_int(byte.into()));
        }
        bytes.len()
    } else {
        let got = args[0].class_name();
        return Err(h.type_error(format!("ord() expected string of length 1, but {got} found")));
    };
    Err(h.type_error(format!("ord() expected a character, but string of length {len} found")))
}

/// The bytes of a `bytes` or `bytearray`.
fn bytes_of(h: &Held, value: &Value) -> Option<Vec<u8>> {
    match value.downcast::<Bytes>() {
        Some(bytes) => Some(bytes.data.to_vec()),
        None => value.downcast::<ByteArray>().map(|bytes| bytes.data.read(h, |data| data.to_vec())),
    }
}

fn divmod(h: &mut Held, args: Args<'_>) -> R {
    let (a, b) = (&args[0], &args[1]);
    if let (true, true, Some(x), Some(y)) = (a.is_exact_int(), b.is_exact_int(), a.as_int(), b.as_int()) {
        let (quotient, rest) = h.int_div_mod(x, y, "integer division or modulo by zero")?;
        return Ok(h.new_pair(quotient, rest));
    }
    match h.binary_by_methods(a, b, n::__divmod__, n::__rdivmod__)? {
        Some(result) => Ok(result),
        None => {
            let (a, b) = (a.class_name(), b.class_name());
            Err(h.type_error(format!("unsupported operand type(s) for divmod(): '{a}' and '{b}'")))
        }
    }
}

fn pow(h: &mut Held, args: Args<'_>) -> R {
    let Some(modulus) = args.opt_some(2) else { return h.binary(BinOp::Pow, &args[0], &args[1]) };
    let result = h.call_special(&args[0], n::__pow__, &[args[1].clone(), modulus.clone()])?;
    match result {
        Some(result) if !result.is(&Value::NOT_IMPLEMENTED) => Ok(result),
        _ if [&args[0], &args[1], modulus].iter().any(|value| value.as_float().is_some()) => {
            Err(h.type_error("pow() 3rd argument not allowed unless all arguments are integers"))
        }
        _ => {
            let [a, b, c] = [&args[0], &args[1], modulus].map(|value| value.class_name());
            Err(h.type_error(format!("unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{c}'")))
        }
    }
}

fn round(h: &mut Held, args: Args<'_>) -> R {
    let digits = args.opt_some(1).map(std::slice::from_ref).unwrap_or_default();
    match h.call_special(&args[0], n::__round__, digits)? {
        Some(result) => Ok(result),
        None => Err(h.type_error(format!("type {} doesn't define __round__ method", args[0].class_name()))),
    }
}

fn sum(h: &mut Held, args: Args<'_>) -> R {
    let mut total = args.opt(1).cloned().unwrap_or_else(|| h.new_int(0));
    let iterator = h.iter(&args[0])?;
    check_summable(h, &total)?;
    while let Some(item) = h.next(&iterator)? {
        total = match (total.as_small_int(), item.as_small_int()) {
            (Some(a), Some(b)) => h.new_int(a + b),
            _ => h.binary(BinOp::Add, &total, &item)?,
        };
    }
    Ok(total)
}

fn check_summable(h: &Held, start: &Value) -> R<()> {
    let (what, join) = if start.downcast::<Str>().is_some() {
        ("strings", "''")
    } else if start.downcast::<Bytes>().is_some() {
        ("bytes", "b''")
    } else if start.downcast::<ByteArray>().is_some() {
        ("bytearray", "b''")
    } else {
        return Ok(());
    };
    Err(h.type_error(format!("sum() can't sum {what} [use {join}.join(seq) instead]")))
}
