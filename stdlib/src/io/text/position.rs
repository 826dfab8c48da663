//! `tell` and `seek` of text files.
//!
//! In: a cookie. Out: a cookie: where in the file a decoder can start, its state there, how many bytes to feed it and how
//! many code points of the result to skip. The one invariant: seeking to what `tell` gave makes the next read give what it would
//! have given then.

use super::super::raise::unsupported;
use super::{Decoder, Snapshot, TextIo, flush, read, write};
use interpreter::objects::exception::Exc;
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use num_bigint::{BigInt, Sign};
use toy_text::codecs::incremental::IncrementalDecoder;
use toy_text::codecs::{Codec, Endian};

/// A place in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Cookie {
    start: i64,
    flags: i32,
    feed: i32,
    skip: i32,
    need_end: bool,
}

impl Cookie {
    fn to_value(self, h: &Held) -> Value {
        let mut bytes = Vec::with_capacity(21);
        bytes.extend(self.start.to_le_bytes());
        bytes.extend(self.flags.to_le_bytes());
        bytes.extend(self.feed.to_le_bytes());
        bytes.extend(self.skip.to_le_bytes());
        bytes.push(self.need_end as u8);
        h.int_from_big(BigInt::from_bytes_le(Sign::Plus, &bytes))
    }

    fn from_value(h: &mut Held, value: &Value) -> R<Cookie> {
        let index = h.index(value)?;
        let big = index.as_int().map(|int| int.big().into_owned()).unwrap_or_default();
        if big.sign() == Sign::Minus {
            let shown = h.repr_text(value)?;
            return Err(h.value_error(format!("negative seek position {shown}")));
        }
        let (_, mut bytes) = big.to_bytes_le();
        if bytes.len() > 21 {
            return Err(h.overflow_error("int too big to convert"));
        }
        bytes.resize(21, 0);
        let word = |at: usize| i32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let mut start = [0; 8];
        start.copy_from_slice(&bytes[..8]);
        Ok(Cookie {
            start: i64::from_le_bytes(start),
            flags: word(8),
            feed: word(12),
            skip: word(16),
            need_end: bytes[20] != 0,
        })
    }
}

/// A decoder's state as a number: what it expects at the start, and whether a `\r` waits.
pub fn flags_of(codec: Codec, decoder: &Decoder) -> i32 {
    let of_codec = match codec {
        Codec::Utf8Sig => decoder.codec.is_fresh() as i32,
        Codec::Utf16(Endian::Marked) | Codec::Utf32(Endian::Marked) if decoder.codec.is_fresh() => 2,
        Codec::Utf16(Endian::Marked) | Codec::Utf32(Endian::Marked) => decoder.codec.is_big_endian() as i32,
        _ => 0,
    };
    match decoder.newlines {
        Some(newlines) => of_codec << 1 | newlines.pending as i32,
        None => of_codec,
    }
}

/// A decoder in the state that `flags` tells, with nothing waiting.
fn with_flags(codec: Codec, decoder: &Decoder, flags: i32) -> Decoder {
    let of_codec = if decoder.newlines.is_some() { flags >> 1 } else { flags };
    let mut newlines = decoder.newlines;
    if let Some(newlines) = &mut newlines {
        newlines.pending = flags & 1 != 0;
    }
    let endian = |flags: i32| if flags == 1 { Endian::Big } else { Endian::Little };
    let now = match codec {
        Codec::Utf8Sig if of_codec == 0 => Codec::Utf8,
        Codec::Utf16(Endian::Marked) if of_codec != 2 => Codec::Utf16(endian(of_codec)),
        Codec::Utf32(Endian::Marked) if of_codec != 2 => Codec::Utf32(endian(of_codec)),
        codec => codec,
    };
    Decoder { codec: IncrementalDecoder::at(codec, now), newlines }
}

fn check_seekable(h: &mut Held, this: &Obj<TextIo>) -> R<()> {
    if this.state.read(h, |state| state.seekable) {
        return Ok(());
    }
    Err(unsupported(h, "underlying stream is not seekable"))
}

pub fn tell(h: &mut Held, this: &Obj<TextIo>) -> R {
    this.check_open(h)?;
    check_seekable(h, this)?;
    if !this.state.read(h, |state| state.telling) {
        return Err(h.error(Exc::OSError, "telling position disabled by next() call"));
    }
    write::flush_pending(h, this)?;
    let buffer = this.buffer(h)?;
    h.call_method(&buffer, n::flush, &[])?;
    let at = h.call_method(&buffer, n::tell, &[])?;
    let known = this.state.read(h, |state| {
        let decoder = state.decoder.clone()?;
        Some((state.codec, decoder, state.snapshot.clone()?, state.used, state.errors.clone()))
    });
    let Some((codec, decoder, snapshot, used, errors)) = known else { return Ok(at) };
    let at = super::super::args::offset(h, &at)?;
    let mut cookie = Cookie { start: at - snapshot.input.len() as i64, flags: snapshot.flags, ..Cookie::default() };
    if used > 0 {
        let decoder = with_flags(codec, &decoder, snapshot.flags);
        locate(h, Search { codec, decoder, input: snapshot.input, used, errors: &errors }, &mut cookie)?;
    }
    Ok(cookie.to_value(h))
}

/// What `locate` works on.
struct Search<'a> {
    codec: Codec,
    decoder: Decoder,
    input: Vec<u8>,
    used: usize,
    errors: &'a str,
}

impl Search<'_> {
    /// Decodes more; how many code points came out.
    fn feed(&mut self, h: &mut Held, from: usize, to: usize, last: bool) -> R<usize> {
        let text = super::coding::decode(h, &mut self.decoder.codec, &self.input[from..to], self.errors, last)?;
        let text = match &mut self.decoder.newlines {
            Some(newlines) => newlines.step(text, last),
            None => text,
        };
        Ok(text.as_chars().len())
    }

    fn is_clean(&self) -> bool {
        self.decoder.codec.pending().is_empty()
    }
}

/// Finds the bytes that make the first `used` code points of a chunk: halving, then byte by byte.
fn locate(h: &mut Held, mut search: Search<'_>, cookie: &mut Cookie) -> R<()> {
    let (mut done, mut chars) = (0, 0);
    let mut step = search.input.len();
    while step > 16 {
        step /= 2;
        let to = (done + step).min(search.input.len());
        let before = search.decoder.clone();
        match search.feed(h, done, to, false) {
            Ok(n) if chars + n < search.used && search.is_clean() => (done, chars) = (to, chars + n),
            _ => search.decoder = before,
        }
    }
    let mut safe = None;
    if search.is_clean() {
        safe = Some((done, chars, flags_of(search.codec, &search.decoder)));
    }
    while chars < search.used && done < search.input.len() {
        chars += search.feed(h, done, done + 1, false)?;
        done += 1;
        if search.is_clean() && chars <= search.used {
            safe = Some((done, chars, flags_of(search.codec, &search.decoder)));
        }
    }
    let (start, counted) = match safe {
        Some((start, counted, flags)) => {
            cookie.flags = flags;
            (start, counted)
        }
        None => (0, 0),
    };
    cookie.start += start as i64;
    cookie.skip = (search.used - counted) as i32;
    if cookie.skip > 0 {
        cookie.feed = (done - start) as i32;
        if chars < search.used {
            chars += search.feed(h, done, done, true)?;
            cookie.need_end = true;
        }
        if chars < search.used {
            return Err(h.error(Exc::OSError, "can't reconstruct logical file position"));
        }
    }
    Ok(())
}

pub fn seek(h: &mut Held, this: &Obj<TextIo>, cookie: &Value, whence: i32) -> R {
    this.check_open(h)?;
    check_seekable(h, this)?;
    match whence {
        0 => {
            flush(h, this)?;
            let cookie = Cookie::from_value(h, cookie)?;
            seek_to(h, this, cookie)
        }
        1 if h.truth(cookie)? => Err(unsupported(h, "can't do nonzero cur-relative seeks")),
        1 => {
            let here = tell(h, this)?;
            seek(h, this, &here, 0)
        }
        2 if h.truth(cookie)? => Err(unsupported(h, "can't do nonzero end-relative seeks")),
        2 => seek_to_end(h, this),
        _ => Err(h.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    }
}

fn seek_to_end(h: &mut Held, this: &Obj<TextIo>) -> R {
    flush(h, this)?;
    let buffer = this.buffer(h)?;
    let end = h.call_method(&buffer, n::seek, &[h.new_int(0), h.new_int(2)])?;
    let at_start = end.as_int().is_some_and(|end| end.is_zero());
    restart(h, this, 0, true, at_start);
    this.state.write(h, |state| state.snapshot = None);
    Ok(end)
}

/// The decoder and what it decoded, as at a new place.
fn restart(h: &mut Held, this: &Obj<TextIo>, flags: i32, fresh: bool, at_start: bool) {
    this.state.write(h, |state| {
        state.forget_decoded();
        let codec = state.codec;
        state.decoder = state.decoder.take().map(|mut decoder| {
            if fresh {
                decoder.codec.reset();
                if let Some(newlines) = &mut decoder.newlines {
                    (newlines.pending, newlines.seen) = (false, 0);
                }
                return decoder;
            }
            with_flags(codec, &decoder, flags)
        });
        state.at_start = at_start;
    });
}

fn seek_to(h: &mut Held, this: &Obj<TextIo>, cookie: Cookie) -> R {
    let buffer = this.buffer(h)?;
    let start = h.new_int(cookie.start);
    h.call_method(&buffer, n::seek, &[start])?;
    let fresh = cookie.start == 0 && cookie.flags == 0;
    restart(h, this, cookie.flags, fresh, fresh);
    this.state.write(h, |state| {
        state.snapshot = state.decoder.as_ref().map(|_| Snapshot { flags: cookie.flags, input: Vec::new() });
    });
    if cookie.skip > 0 {
        let piece = h.call_method(&buffer, n::read, &[h.new_int(cookie.feed.into())])?;
        let piece = super::super::args::bytes(h, &piece)?;
        let text = read::decode(h, this, &piece, cookie.need_end)?;
        if text.as_chars().len() < cookie.skip as usize {
            return Err(h.error(Exc::OSError, "can't restore logical file position"));
        }
        this.state.write(h, |state| {
            state.snapshot = Some(Snapshot { flags: cookie.flags, input: piece });
            state.decoded = text;
            state.used = cookie.skip as usize;
        });
    }
    Ok(cookie.to_value(h))
}
