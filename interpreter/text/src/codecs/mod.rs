//! Codecs: bytes to str and back, with CPython's errors.
//!
//! In: bytes or `Chars`, a `Codec`, and what to do about errors. Out: the other, or the fields of the exception. The one
//! invariant: an error's start and end are in the object that is being decoded or encoded, and start is before end.
//!
//! `decode` and `encode` take one of CPython's own error handlers; `decode_with` and `encode_with` ask the caller each
//! time, which is how handlers of `codecs.register_error` are served.

pub mod handler;
pub mod incremental;
mod narrow;
pub mod registry;
mod utf16;
mod utf32;
mod utf8;

use crate::chars::{Chars, CharsBuf, CharsOwned};
pub use handler::ErrorHandler;
pub use registry::lookup;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    Utf8,
    /// With a byte order mark: written, and skipped when there.
    Utf8Sig,
    Ascii,
    Latin1,
    /// Latin-1 but for some bytes.
    Charmap(&'static narrow::Charmap),
    Utf16(Endian),
    Utf32(Endian),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Little, and a byte order mark is written; one that is read decides.
    Marked,
    Little,
    Big,
}

/// UnicodeDecodeError, but for its object: what was decoded, from `object_start` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
    /// 3 after the mark of utf-8-sig, which CPython cuts off first; else 0.
    pub object_start: usize,
}

/// UnicodeEncodeError, but for its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodeError {
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// What an encoding error handler puts instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    Bytes(Vec<u8>),
    /// To be encoded itself; if that fails the error is raised after all.
    Text(CharsOwned),
}

/// A decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    pub text: CharsOwned,
    /// How much of the input it is; all of it unless more is to come.
    pub consumed: usize,
    /// The codec for what is to come: once a mark is read, there is none to be expected.
    pub next: Codec,
}

/// Gives the text for an error, and where to go on (at most the input's length).
pub type OnDecodeError<'f, E> = &'f mut dyn FnMut(&DecodeError) -> Result<(CharsOwned, usize), E>;
/// Gives the replacement for an error, and where to go on (at most the text's length).
pub type OnEncodeError<'f, E> = &'f mut dyn FnMut(&EncodeError) -> Result<(Replacement, usize), E>;

/// Decodes `input`; unless it is the `last`, an incomplete character at its end waits.
pub fn decode(codec: Codec, input: &[u8], errors: ErrorHandler, last: bool) -> Result<Decoded, DecodeError> {
    decode_with(codec, input, last, &mut |error| errors.decode(codec, input, error).ok_or(*error))
}

pub fn decode_with<E>(codec: Codec, input: &[u8], last: bool, on_error: OnDecodeError<'_, E>) -> Result<Decoded, E> {
    let mut out = CharsBuf::with_capacity(input.len());
    let (skipped, next) = registry::skip_mark(codec, input, last);
    let consumed = match next {
        Codec::Utf8 | Codec::Utf8Sig if skipped.is_none() => 0,
        Codec::Utf8 | Codec::Utf8Sig => utf8::decode(input, skipped.unwrap_or(0), last, &mut out, on_error)?,
        Codec::Utf16(endian) => utf16::decode(input, skipped.unwrap_or(0), endian, last, &mut out, on_error)?,
        Codec::Utf32(endian) => utf32::decode(input, skipped.unwrap_or(0), endian, last, &mut out, on_error)?,
        Codec::Ascii | Codec::Latin1 | Codec::Charmap(_) => narrow::decode(next, input, &mut out, on_error)?,
    };
    Ok(Decoded { text: out.finish(), consumed, next })
}

pub fn encode(codec: Codec, s: Chars<'_>, errors: ErrorHandler) -> Result<Vec<u8>, EncodeError> {
    encode_with(codec, s, &mut |error| errors.encode(codec, s, error).ok_or(*error))
}

pub fn encode_with<E: From<EncodeError>>(
    codec: Codec,
    s: Chars<'_>,
    on_error: OnEncodeError<'_, E>,
) -> Result<Vec<u8>, E> {
    match (codec, s) {
        (Codec::Latin1, Chars::One(bytes)) => return Ok(bytes.to_vec()),
        (Codec::Utf8 | Codec::Ascii, Chars::One(bytes)) if bytes.is_ascii() => return Ok(bytes.to_vec()),
        _ => {}
    }
    let mut out = Vec::with_capacity(s.len());
    registry::put_mark(codec, &mut out);
    let mut at = 0;
    loop {
        at += put_run(codec, s.from(at), &mut out);
        if at == s.len() {
            return Ok(out);
        }
        let error = error_at(codec, s, at);
        let (replacement, resume) = on_error(&error)?;
        let placed = match replacement {
            Replacement::Bytes(bytes) => put_bytes(codec, &bytes, &mut out),
            Replacement::Text(text) => put_text(codec, text.as_chars(), &mut out),
        };
        if !placed {
            return Err(error.into());
        }
        at = resume;
    }
}

/// The run of code points from `at` on that the codec has no bytes for; UTF-16 and UTF-32 take them one at a time.
fn error_at(codec: Codec, s: Chars<'_>, at: usize) -> EncodeError {
    let (encoding, reason) = registry::encode_error(codec);
    let mut scratch = Vec::new();
    let run = s.from(at).iter().take_while(|&c| !put(codec, c, &mut scratch)).count();
    let single = matches!(codec, Codec::Utf16(_) | Codec::Utf32(_));
    EncodeError { encoding, start: at, end: at + if single { 1 } else { run }, reason }
}

/// Appends what comes before the first code point that the codec has no bytes for; gives how many those are.
fn put_run(codec: Codec, s: Chars<'_>, out: &mut Vec<u8>) -> usize {
    match codec {
        Codec::Utf8 | Codec::Utf8Sig => utf8::put_run(s, out),
        _ => s.iter().take_while(|&c| put(codec, c, out)).count(),
    }
}

/// Appends one code point; false if the codec has no bytes for it.
fn put(codec: Codec, c: u32, out: &mut Vec<u8>) -> bool {
    match codec {
        Codec::Utf8 | Codec::Utf8Sig => utf8::put(c, out),
        Codec::Utf16(endian) => utf16::put(c, endian, out),
        Codec::Utf32(endian) => utf32::put(c, endian, out),
        Codec::Ascii | Codec::Latin1 | Codec::Charmap(_) => narrow::put(codec, c, out),
    }
}

fn put_bytes(codec: Codec, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(bytes);
    match codec {
        Codec::Utf16(_) => bytes.len() & 1 == 0,
        Codec::Utf32(_) => bytes.len() & 3 == 0,
        _ => true,
    }
}

/// The UTFs take replacements in ASCII only, as CPython's do.
fn put_text(codec: Codec, text: Chars<'_>, out: &mut Vec<u8>) -> bool {
    let narrow = matches!(codec, Codec::Ascii | Codec::Latin1 | Codec::Charmap(_));
    (narrow || text.is_ascii()) && text.iter().all(|c| put(codec, c, out))
}
