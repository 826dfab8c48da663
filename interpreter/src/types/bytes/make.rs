//! Making bytes of anything: `bytes.__new__` and what `bytearray.__init__` shares with it.
//!
//! In: a size, bytes, integers, or a string with its encoding. Out: the bytes. The one invariant: a size that cannot be
//! had is a MemoryError.

use crate::objects::bytes::{ByteArray, Bytes};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::list::List;
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::MAX_LEN;

pub(super) static NEW: Def = def("__new__", "source=b'', encoding='utf-8', errors='strict'", new).counting();

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let exact = std::ptr::eq(class, &*core().bytes);
    if let Some(source) = args.opt(1)
        && args.opt(2).is_none()
        && args.opt(3).is_none()
    {
        if exact && source.exactly::<Bytes>().is_some() {
            return Ok(source.clone());
        }
        if let Some(made) = by_method(h, source)? {
            return match made.downcast::<Bytes>() {
                Some(made) if !exact => Ok(h.bytes_of_class(class, made.data.clone()).into_value()),
                _ => Ok(made),
            };
        }
    }
    let data = of_source(h, args, "bytes")?;
    Ok(h.bytes_of_class(class, data.into_boxed_slice()).into_value())
}

/// What `__bytes__` gives.
fn by_method(h: &mut Held, source: &Value) -> R<Option<Value>> {
    let Some(made) = h.call_special(source, n::__bytes__, &[])? else { return Ok(None) };
    if made.downcast::<Bytes>().is_some() {
        return Ok(Some(made));
    }
    Err(h.type_error(format!("__bytes__ returned non-bytes (type {})", made.class_name())))
}

/// The bytes that the arguments `source`, `encoding` and `errors` (1 to 3) describe; `kind` is named in errors.
pub(crate) fn of_source(h: &mut Held, args: Args<'_>, kind: &str) -> R<Vec<u8>> {
    let encoding = name(h, args.opt(2), kind, "encoding")?;
    let errors = name(h, args.opt(3), kind, "errors")?;
    let text = args.opt(1).filter(|source| source.downcast::<Str>().is_some());
    match (args.opt(1), text, &encoding, &errors) {
        (_, Some(text), Some(encoding), _) => {
            let made = h.encode_str(text, Some(encoding), errors.as_deref())?;
            Ok(made.downcast::<Bytes>().map_or_else(Vec::new, |made| made.data.to_vec()))
        }
        (_, None, Some(_), _) => Err(h.type_error("encoding without a string argument")),
        (_, Some(_), None, _) => Err(h.type_error("string argument without an encoding")),
        (_, None, None, Some(_)) => Err(h.type_error("errors without a string argument")),
        (None, ..) => Ok(Vec::new()),
        (Some(source), ..) => of_object(h, source, kind),
    }
}

fn name(h: &Held, value: Option<&Value>, kind: &str, parameter: &str) -> R<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    crate::types::str::text_argument(h, value, &format!("{kind}() argument '{parameter}'"))?;
    Ok(Some(text_of(value)))
}

fn of_object(h: &mut Held, source: &Value, kind: &str) -> R<Vec<u8>> {
    if source.as_int().is_some() || h.special(source, n::__index__).is_some() {
        match zeros(h, source) {
            // What says that it is no index after all may have bytes or items.
            Err(raised) if raised.is(Exc::TypeError) && source.as_int().is_none() => (),
            done => return done,
        }
    }
    if let Some(bytes) = h.buffer_to_vec(source)? {
        return Ok(bytes);
    }
    if !h.is_iterable(source) {
        return Err(h.type_error(format!("cannot convert '{}' object to {kind}", source.class_name())));
    }
    let range = if kind == "bytes" { "bytes must be in range(0, 256)" } else { "byte must be in range(0, 256)" };
    of_items(h, source, range)
}

fn zeros(h: &mut Held, size: &Value) -> R<Vec<u8>> {
    let count = h.index(size)?;
    let Some(count) = count.as_int().and_then(|count| count.to_i64()) else {
        let message = format!("cannot fit '{}' into an index-sized integer", size.class_name());
        return Err(h.error(Exc::OverflowError, message));
    };
    match usize::try_from(count) {
        Err(_) => Err(h.value_error("negative count")),
        Ok(count) => {
            check_size(h, count)?;
            Ok(vec![0; count])
        }
    }
}

/// MemoryError for a size that cannot be had.
pub(crate) fn check_size(h: &Held, size: usize) -> R<()> {
    if size > MAX_LEN || Vec::<u8>::new().try_reserve_exact(size).is_err() { Err(h.memory_error()) } else { Ok(()) }
}

/// The bytes that the integers of an iterable are; `range` is the message for others.
pub(crate) fn of_items(h: &mut Held, source: &Value, range: &str) -> R<Vec<u8>> {
    if let Some(list) = source.exactly::<List>() {
        let small = |item: &Value| item.as_small_int().and_then(|byte| u8::try_from(byte).ok());
        let plain: Option<Vec<u8>> = list.with(h, |items| items.iter().map(small).collect());
        if let Some(bytes) = plain {
            return Ok(bytes);
        }
    }
    let mut bytes = Vec::new();
    h.for_each(source, |h, item| {
        let index = h.index(&item)?;
        match index.as_int().and_then(|index| index.to_i64()).and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(h.value_error(range)),
        }
        Ok(())
    })?;
    Ok(bytes)
}

/// Whether a value is `bytes` or `bytearray`.
pub(crate) fn is_bytes(value: &Value) -> bool {
    value.downcast::<Bytes>().is_some() || value.downcast::<ByteArray>().is_some()
}
