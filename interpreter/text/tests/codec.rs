//! Codecs against python3.
//!
//! In: the cases of `oracle/codec.py`. Out: a failed test for every difference. The one invariant: an operation that
//! is not known here fails.

mod common;

use common::{check, escape};
use toy_text::bytes::narrow;
use toy_text::codecs::incremental::IncrementalDecoder;
use toy_text::codecs::{Codec, DecodeError, ErrorHandler, decode, encode, lookup};
use toy_text::{Chars, CharsBuf, CharsOwned};

#[test]
fn codecs_agree_with_python3() {
    check("codec", 300, |operation, arguments| {
        let name = arguments[0].as_chars().to_string_lossy();
        let codec = lookup(&name).unwrap_or_else(|| panic!("unknown codec {name}"));
        match operation {
            "name" => codec.name().to_owned(),
            "decode" => {
                let input = narrow(arguments[2].clone());
                match decode(codec, &input, handler(&arguments[1]), true) {
                    Ok(decoded) => escape(decoded.text.as_chars()),
                    Err(error) => raised(&error, input.len()),
                }
            }
            "encode" => match encode(codec, arguments[2].as_chars(), handler(&arguments[1])) {
                Ok(bytes) => escape(Chars::One(&bytes)),
                Err(error) => {
                    format!("UnicodeEncodeError {} {} {} {}", error.encoding, error.start, error.end, error.reason)
                }
            },
            "incremental" => incremental(codec, handler(&arguments[1]), &arguments[2..]),
            _ => panic!("unknown operation {operation}"),
        }
    });
}

fn incremental(codec: Codec, errors: ErrorHandler, parts: &[CharsOwned]) -> String {
    let mut decoder = IncrementalDecoder::new(codec);
    let mut out = CharsBuf::new();
    for (i, part) in parts.iter().enumerate() {
        let part = narrow(part.clone());
        if i > 0 {
            out.push('|'.into());
        }
        let len = decoder.whole(&part).len();
        match decoder.decode(&part, errors, i + 1 == parts.len()) {
            Ok(text) => out.push_chars(text.as_chars()),
            Err(error) => return raised(&error, len),
        }
    }
    escape(out.as_chars())
}

fn raised(error: &DecodeError, len: usize) -> String {
    let DecodeError { encoding, start, end, reason, object_start } = error;
    format!("UnicodeDecodeError {encoding} {start} {end} {reason} of {}", len - object_start)
}

fn handler(name: &CharsOwned) -> ErrorHandler {
    ErrorHandler::named(&name.as_chars().to_string_lossy()).expect("the handlers are CPython's")
}
