//! File names as the system wants them.
//!
//! In: str, bytes or anything with `__fspath__`. Out: bytes that end with a null. The one invariant: str is UTF-8 with
//! surrogates for what was not, as `os.fsencode` has it.

use crate::syscall;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use std::ffi::CString;
use toy_text::Chars;
use toy_text::codecs::{self, Codec, ErrorHandler};

/// `os.fspath(path)`.
pub fn fspath(h: &mut Held, path: &Value) -> R {
    if path.downcast::<Str>().is_some() || path.downcast::<Bytes>().is_some() {
        return Ok(path.clone());
    }
    let got = path.class_name();
    let Some(result) = h.call_special(path, n::__fspath__, &[])? else {
        return Err(h.type_error(format!("expected str, bytes or os.PathLike object, not {got}")));
    };
    if result.downcast::<Str>().is_some() || result.downcast::<Bytes>().is_some() {
        return Ok(result);
    }
    let other = result.class_name();
    Err(h.type_error(format!("expected {got}.__fspath__() to return str or bytes, not {other}")))
}

/// The bytes of a path.
pub fn bytes_of(h: &mut Held, path: &Value) -> R<CString> {
    let path = fspath(h, path)?;
    let bytes = match path.downcast::<Str>() {
        Some(text) => encode(h, &path, text.chars())?,
        None => path.downcast::<Bytes>().map(|bytes| bytes.data.to_vec()).unwrap_or_default(),
    };
    syscall::c_string(&bytes).map_err(|_| h.value_error("embedded null byte"))
}

/// `os.fsencode`.
pub fn encode(h: &mut Held, text: &Value, chars: Chars<'_>) -> R<Vec<u8>> {
    codecs::encode(Codec::Utf8, chars, ErrorHandler::SurrogateEscape).map_err(|error| encode_error(h, text, &error))
}

/// `os.fsdecode`.
pub fn decode(h: &Held, bytes: &[u8]) -> Value {
    match codecs::decode(Codec::Utf8, bytes, ErrorHandler::SurrogateEscape, true) {
        Ok(decoded) => h.str_from_owned(&decoded.text),
        Err(_) => h.new_str(&String::from_utf8_lossy(bytes)),
    }
}

/// `UnicodeEncodeError` for a text.
pub fn encode_error(h: &mut Held, text: &Value, error: &codecs::EncodeError) -> Raised {
    h.unicode_encode_error(error.encoding, text, (error.start, error.end), error.reason)
}

/// `UnicodeDecodeError` for bytes.
pub fn decode_error(h: &mut Held, bytes: &[u8], error: &codecs::DecodeError) -> Raised {
    let object = h.new_bytes(&bytes[error.object_start..]);
    h.unicode_decode_error(error.encoding, &object, (error.start, error.end), error.reason)
}
