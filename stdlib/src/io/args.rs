//! Arguments that files take: sizes, bytes to write, room to read into.
//!
//! In: values. Out: numbers and bytes, or TypeError. The one invariant: bytes are copied out before anything blocks or runs
//! toy code.

use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::core;
use interpreter::objects::str::Str;
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
    if let Some(bytes) = value.downcast::<Bytes>() {
        return Ok(bytes.data.to_vec());
    }
    if let Some(array) = value.downcast::<ByteArray>() {
        return Ok(array.data.read(h, Clone::clone));
    }
    if value.downcast::<Str>().is_none() {
        let view = view(h, value)?;
        let name = h.intern("tobytes");
        let copy = h.call_method_named(&view, &name, &[])?;
        if let Some(bytes) = copy.downcast::<Bytes>() {
            return Ok(bytes.data.to_vec());
        }
    }
    Err(h.type_error(format!("a bytes-like object is required, not '{}'", value.class_name())))
}

/// A memoryview of an object that shows its bytes.
fn view(h: &mut Held, value: &Value) -> R {
    let class = core().memoryview.value();
    if value.class().is_subclass_of(&core().memoryview) {
        return Ok(value.clone());
    }
    match h.call(class, std::slice::from_ref(value)) {
        Ok(view) => Ok(view),
        Err(raised) if raised.is(interpreter::objects::exception::Exc::TypeError) => {
            Err(h.type_error(format!("a bytes-like object is required, not '{}'", value.class_name())))
        }
        Err(raised) => Err(raised),
    }
}

/// How many bytes fit into an object that is read into.
pub fn room(h: &mut Held, function: &str, value: &Value) -> R<usize> {
    if let Some(array) = value.downcast::<ByteArray>() {
        return Ok(array.data.read(h, Vec::len));
    }
    if value.downcast::<Bytes>().is_none() && value.downcast::<Str>().is_none() {
        let view = view(h, value)?;
        let readonly = h.intern("readonly");
        let readonly = h.get_attr(&view, &readonly)?;
        if !h.truth(&readonly)? {
            let nbytes = h.intern("nbytes");
            let nbytes = h.get_attr(&view, &nbytes)?;
            return Ok(h.to_isize(&nbytes)?.max(0) as usize);
        }
    }
    let message = format!("{function}() argument must be read-write bytes-like object, not {}", value.class_name());
    Err(h.type_error(message))
}

/// Puts bytes at the start of an object that is read into.
pub fn fill(h: &mut Held, value: &Value, data: &[u8]) -> R<()> {
    if let Some(array) = value.downcast::<ByteArray>() {
        return array.data.write(h, |to| {
            let n = data.len().min(to.len());
            to[..n].copy_from_slice(&data[..n]);
            Ok(())
        });
    }
    let view = view(h, value)?;
    let (cast, format) = (h.intern("cast"), h.new_str("B"));
    let view = h.call_method_named(&view, &cast, &[format])?;
    let slice = h.new_slice(h.new_int(0), h.new_int(data.len() as i64), Value::NONE);
    let data = h.new_bytes(data);
    h.set_item(&view, &slice, data)
}
