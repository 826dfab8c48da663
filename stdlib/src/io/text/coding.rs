//! Text to bytes and back for text files, with the error handlers of `codecs`.
//!
//! In: code points or bytes, a codec and the name of an error handler. Out: the other, or the exception. The one invariant: a
//! handler that a program registered is called with the exception and gives the replacement.

use super::super::path::{decode_error, encode_error};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::exception::{Exc, Exception};
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use toy_text::codecs::incremental::IncrementalDecoder;
use toy_text::codecs::{self, Codec, EncodeError, Endian, ErrorHandler, Replacement};
use toy_text::{Chars, CharsOwned};

/// The codec of a name, or LookupError.
pub fn lookup(h: &Held, name: &str) -> R<Codec> {
    codecs::lookup(name).ok_or_else(|| h.error(Exc::LookupError, format!("unknown encoding: {name}")))
}

/// Encodes `text`; `object` is the string it stands in, for the exception.
pub fn encode(h: &mut Held, codec: Codec, text: Chars<'_>, object: &Value, errors: &str) -> R<Vec<u8>> {
    if let Some(handler) = ErrorHandler::named(errors) {
        return codecs::encode(codec, text, handler).map_err(|error| encode_error(h, object, &error));
    }
    let on_error = &mut |error: &EncodeError| -> Result<(Replacement, usize), Failure> {
        let raised = encode_error(h, object, error);
        custom(h, errors, raised, text.len()).map_err(Failure::Raised)
    };
    match codecs::encode_with::<Failure>(codec, text, on_error) {
        Ok(bytes) => Ok(bytes),
        Err(Failure::Raised(raised)) => Err(raised),
        Err(Failure::Again(error)) => Err(encode_error(h, object, &error)),
    }
}

/// Why encoding ended: the handler raised, or its replacement cannot be encoded.
enum Failure {
    Raised(Raised),
    Again(EncodeError),
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Failure {
        Failure::Again(error)
    }
}

/// Decodes the next piece.
pub fn decode(h: &mut Held, decoder: &mut IncrementalDecoder, input: &[u8], errors: &str, last: bool) -> R<CharsOwned> {
    if decoder.is_fresh() {
        check_mark(h, decoder, input)?;
    }
    if let Some(handler) = ErrorHandler::named(errors) {
        let whole = if decoder.pending().is_empty() { None } else { Some(decoder.whole(input)) };
        return decoder
            .decode(input, handler, last)
            .map_err(|error| decode_error(h, whole.as_deref().unwrap_or(input), &error));
    }
    let whole = decoder.whole(input);
    let codec_len = whole.len();
    decoder.step(&whole, last, &mut |error| {
        let raised = decode_error(h, &whole, error);
        let (replacement, resume) = custom(h, errors, raised, codec_len - error.object_start)?;
        match replacement {
            Replacement::Text(text) => Ok((text, resume)),
            Replacement::Bytes(_) => Err(h.type_error("decoding error handler must return (str, int) tuple")),
        }
    })
}

/// Files in UTF-16 and UTF-32 must begin with a byte order mark.
fn check_mark(h: &Held, decoder: &IncrementalDecoder, input: &[u8]) -> R<()> {
    let (bits, marks): (usize, [&[u8]; 2]) = match decoder.codec() {
        Codec::Utf16(Endian::Marked) => (16, [&[0xff, 0xfe], &[0xfe, 0xff]]),
        Codec::Utf32(Endian::Marked) => (32, [&[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]]),
        _ => return Ok(()),
    };
    let whole = decoder.whole(input);
    if whole.len() < bits / 8 || marks.iter().any(|mark| whole.starts_with(mark)) {
        return Ok(());
    }
    Err(h.error(Exc::UnicodeError, format!("UTF-{bits} stream does not start with BOM")))
}

/// What a handler that a program registered makes of an error.
fn custom(h: &mut Held, errors: &str, raised: Raised, len: usize) -> R<(Replacement, usize)> {
    let handler = h.lookup_error(errors)?;
    let exception = raised.into_value();
    let answer = h.call(&handler, std::slice::from_ref(&exception))?;
    let kind = if is_encoding(&exception) { "encoding" } else { "decoding" };
    let wrong = if kind == "encoding" { "(str/bytes, int)" } else { "(str, int)" };
    let items = answer.downcast::<Tuple>().map(|answer| answer.items()).unwrap_or_default();
    let [replacement, resume] = items else {
        return Err(h.type_error(format!("{kind} error handler must return {wrong} tuple")));
    };
    let mut at = h.to_isize(resume)?;
    if at < 0 {
        at += len as isize;
    }
    if at < 0 || at as usize > len {
        return Err(h.index_error(format!("position {at} from error handler out of bounds")));
    }
    let replacement = match (replacement.downcast::<Str>(), replacement.downcast::<Bytes>()) {
        (Some(text), _) => Replacement::Text(text.chars().to_owned()),
        (None, Some(bytes)) if kind == "encoding" => Replacement::Bytes(bytes.data.to_vec()),
        _ => return Err(h.type_error(format!("{kind} error handler must return {wrong} tuple"))),
    };
    Ok((replacement, at as usize))
}

fn is_encoding(exception: &Value) -> bool {
    exception.downcast::<Exception>().is_some() && exception.class().is_subclass_of(Exc::UnicodeEncodeError.class())
}
