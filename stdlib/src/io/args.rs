//! Arguments that files take: sizes, bytes to write, room to read into.
//!
//! In: values. Out: numbers and bytes, or TypeError. The one invariant: bytes are copied out before anything blocks or runs
//! toy code.

use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// A size where `None` and negative numbers mean "all".
pub fn size(h: &mut Held, value: Option<&Value>) -> R<Option<usize>> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(None) };
    if value.as_int().is_none() && h.special(value, interpreter::objects::names::n::__index__).is_none() {
        let message = format!("argument should be integer or None, not '{}'", value.class_name());
        return Err(h.type_error(message));
    }
    Ok(usize::try_from(h.to_isize(value)?).ok())
}

/// An offset in a file.
pub fn offset(h: &mut Held, value: &Value) -> R<i64> {
    let index = h.index(value)?;
    match index.as_int().and_then(|int| int.to_i64()) {
        Some(offset) => Ok(offset),
        None => Err(h.overflow_error("Python int too large to convert to C long")),
    }
}

/// `whence`, which is 0 if left out.
pub fn whence(h: &mut Held, value: Option<&Value>) -> R<i32> {
    match value {
        Some(value) => Ok(h.to_isize(value)?.clamp(i32::MIN as isize, i32::MAX as isize) as i32),
        None => Ok(0),
    }
}

/// A truth value that may be left out.
pub fn flag(h: &mut Held, value: Option<&Value>, default: bool) -> R<bool> {
    value.map_or(Ok(default), |value| h.truth(value))
}

/// An int for a C `int`.
pub fn int(h: &mut Held, value: &Value) -> R<i32> {
    let index = h.index(value)?;
    match index.as_int().and_then(|int| int.to_i64()).map(i32::try_from) {
        Some(Ok(int)) => Ok(int),
        _ => Err(h.overflow_error("Python int too large to convert to C int")),
    }
}

/// The bytes of a bytes-like object.
pub fn bytes(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    h.with_bytes_like(value, <[u8]>::to_vec)
}

/// How many bytes fit into an object that is read into.
pub fn room(h: &mut Held, function: &str, value: &Value) -> R<usize> {
    match h.with_buffer_mut(value, |room| room.len())? {
        Some(room) => Ok(room),
        None => {
            let got = value.given_name();
            let message = format!("{function}() argument must be read-write bytes-like object, not {got}");
            Err(h.type_error(message))
        }
    }
}

/// Puts bytes at the start of an object that is read into.
pub fn fill(h: &mut Held, value: &Value, data: &[u8]) -> R<()> {
    h.with_buffer_mut(value, |to| {
        let n = data.len().min(to.len());
        to[..n].copy_from_slice(&data[..n]);
    })?;
    Ok(())
}
