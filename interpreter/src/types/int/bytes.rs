//! `int.to_bytes` and `int.from_bytes`.
//!
//! In: an int and a length; or bytes. Out: the other. The one invariant: negative ints are in two's complement, and only if
//! `signed` is true.

use crate::objects::bytes::Bytes;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::int::IntView;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use num_bigint::{BigInt, Sign};

/// More bytes than this are a MemoryError.
const MOST_BYTES: usize = 1 << 40;

pub(super) static CLASS_METHODS: [Def; 1] = [def("from_bytes", "bytes, byteorder='big', *, signed=False", from_bytes)];

pub(super) fn to_bytes(h: &mut Held, args: Args<'_>) -> R {
    let length = args.opt(1).map_or(Ok(1), |length| h.to_isize(length))?;
    let little = is_little(h, args.opt(2), "to_bytes")?;
    let signed = args.opt(3).map_or(Ok(false), |signed| h.truth(signed))?;
    let Ok(length) = usize::try_from(length) else { return Err(h.value_error("length argument must be non-negative")) };
    let int = super::this(args);
    if int.is_negative() && !signed {
        return Err(h.overflow_error("can't convert negative int to unsigned"));
    }
    if !fits(int, length, signed) {
        return Err(h.overflow_error("int too big to convert"));
    }
    let mut bytes = Vec::new();
    if length > MOST_BYTES || bytes.try_reserve_exact(length).is_err() {
        return Err(h.memory_error());
    }
    bytes.extend(int.big().to_signed_bytes_le().into_iter().take(length));
    bytes.resize(length, if int.is_negative() { 0xff } else { 0 });
    if !little {
        bytes.reverse();
    }
    Ok(h.new_bytes(&bytes))
}

fn fits(int: IntView<'_>, length: usize, signed: bool) -> bool {
    let room = (length as u64).saturating_mul(8);
    if !signed {
        return int.big().bits() <= room;
    }
    // Two's complement of -n has the bits of n - 1, and a sign.
    let bits = if int.is_negative() { (&*int.big() + BigInt::from(1)).bits() } else { int.big().bits() };
    // The sign alone needs no byte.
    bits == 0 && length == 0 || bits < room
}

fn is_little(h: &mut Held, order: Option<&Value>, function: &str) -> R<bool> {
    let Some(order) = order else { return Ok(false) };
    let Some(text) = order.downcast::<Str>() else {
        let got = order.given_name();
        return Err(h.type_error(format!("{function}() argument 'byteorder' must be str, not {got}")));
    };
    match text.text().as_str() {
        "little" => Ok(true),
        "big" => Ok(false),
        _ => Err(h.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn from_bytes(h: &mut Held, args: Args<'_>) -> R {
    let little = is_little(h, args.opt(2), "from_bytes")?;
    let signed = args.opt(3).map_or(Ok(false), |signed| h.truth(signed))?;
    let mut bytes = bytes_of(h, &args[1])?;
    if !little {
        bytes.reverse();
    }
    let big = if signed { BigInt::from_signed_bytes_le(&bytes) } else { BigInt::from_bytes_le(Sign::Plus, &bytes) };
    let int = h.int_from_big(big);
    match args[0].downcast::<Class>() {
        Some(class) if !class.is(core().int.value()) => h.call(&args[0], &[int]),
        _ => Ok(int),
    }
}

/// `bytes(value)`, but neither of a size nor of a string.
fn bytes_of(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    if let Some(bytes) = h.buffer_to_vec(value)? {
        return Ok(bytes);
    }
    if value.downcast::<Str>().is_some() || value.as_int().is_some() {
        return Err(h.type_error(format!("cannot convert '{}' object to bytes", value.class_name())));
    }
    let made = h.call(core().bytes.value(), std::slice::from_ref(value))?;
    Ok(made.downcast::<Bytes>().map(|bytes| bytes.data.to_vec()).unwrap_or_default())
}
