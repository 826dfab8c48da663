//! Reading text.
//!
//! In: sizes. Out: str. The one invariant: a copy of the decoder decodes, for an error handler may be written in toy; it takes
//! the decoder's place whatever happens.

use super::super::buffered::{Buffered, reader};
use super::super::raise::unsupported;
use super::{Newline, Snapshot, State, TextIo, coding, position, write};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::{Chars, CharsBuf, CharsOwned};

/// UnsupportedOperation unless the file was opened for reading.
fn check_readable(h: &mut Held, this: &Obj<TextIo>) -> R<()> {
    if this.state.read(h, |state| state.decoder.is_some()) { Ok(()) } else { Err(unsupported(h, "not readable")) }
}

/// `read(size)`.
pub fn read(h: &mut Held, this: &Obj<TextIo>, size: Option<usize>) -> R {
    this.check_open(h)?;
    check_readable(h, this)?;
    write::flush_pending(h, this)?;
    match size {
        None => read_all(h, this),
        Some(size) => read_some(h, this, size),
    }
}

fn read_all(h: &mut Held, this: &Obj<TextIo>) -> R {
    let buffer = this.buffer(h)?;
    let data = match buffer.exactly::<Buffered>() {
        Some(buffer) => {
            buffer.check_open(h, "read of closed file")?;
            reader::read(h, buffer, None)?.unwrap_or_default()
        }
        None => {
            let data = h.call_method(&buffer, n::read, &[])?;
            bytes_read(h, &data, "read")?
        }
    };
    let rest = decode(h, this, &data, true)?;
    drop(data);
    let rest = this.state.write(h, |state| {
        let ahead = state.rest();
        let whole = if ahead.is_empty() { rest } else { joined(&[ahead, rest.as_chars()]) };
        state.forget_decoded();
        state.snapshot = None;
        whole
    });
    Ok(h.str_from_owned(&rest))
}

fn read_some(h: &mut Held, this: &Obj<TextIo>, size: usize) -> R {
    let mut out = take(h, this, size);
    while out.as_chars().len() < size && read_chunk(h, this, size - out.as_chars().len())? {
        let more = take(h, this, size - out.as_chars().len());
        out = if out.as_chars().is_empty() { more } else { joined(&[out.as_chars(), more.as_chars()]) };
    }
    Ok(h.str_from_owned(&out))
}

fn joined(parts: &[Chars<'_>]) -> CharsOwned {
    let mut out = CharsBuf::with_capacity(parts.iter().map(|part| part.len()).sum());
    parts.iter().for_each(|part| out.push_chars(*part));
    out.finish()
}

/// Takes decoded text, at most `most` code points.
fn take(h: &mut Held, this: &Obj<TextIo>, most: usize) -> CharsOwned {
    this.state.write(h, |state| {
        let rest = state.rest();
        let len = rest.len().min(most);
        let taken = rest.slice(0, len).to_owned();
        state.used += len;
        taken
    })
}

/// Reads and decodes the next piece of the file; false at its end. All decoded text is used up before.
pub fn read_chunk(h: &mut Held, this: &Obj<TextIo>, hint: usize) -> R<bool> {
    check_readable(h, this)?;
    let (before, ratio) = this.state.read(h, |state| (place_of(state), state.ratio.max(1.0)));
    let size = this.chunk.get().max((hint as f64 * ratio) as usize);
    let input = read_bytes(h, this, size)?;
    let at_end = input.is_empty();
    let text = decode(h, this, &input, at_end)?;
    let any = !text.as_chars().is_empty();
    this.state.write(h, |state| {
        state.ratio = if any { input.len() as f64 / text.as_chars().len() as f64 } else { 0.0 };
        state.decoded = text;
        state.used = 0;
        if let Some((flags, mut held)) = before {
            held.extend_from_slice(&input);
            state.snapshot = Some(Snapshot { flags, input: held });
        }
    });
    Ok(any || !at_end)
}

/// Where the decoder stands, as `tell` wants it: flags, and the bytes that wait in it.
fn place_of(state: &State) -> Option<(i32, Vec<u8>)> {
    let decoder = state.decoder.as_ref().filter(|_| state.telling)?;
    Some((position::flags_of(state.codec, decoder), decoder.codec.pending().to_vec()))
}

/// The next bytes of the buffer.
fn read_bytes(h: &mut Held, this: &Obj<TextIo>, size: usize) -> R<Vec<u8>> {
    let buffer = this.buffer(h)?;
    if let Some(buffer) = buffer.exactly::<Buffered>() {
        buffer.check_open(h, "read of closed file")?;
        return reader::read1(h, buffer, size);
    }
    let (name, text) =
        if this.state.read(h, |state| state.has_read1) { (n::read1, "read1") } else { (n::read, "read") };
    let data = h.call_method(&buffer, name, &[h.new_int(size as i64)])?;
    bytes_read(h, &data, text)
}

fn bytes_read(h: &mut Held, data: &Value, method: &str) -> R<Vec<u8>> {
    match data.downcast::<Bytes>() {
        Some(bytes) => Ok(bytes.data.to_vec()),
        None if data.downcast::<interpreter::objects::str::Str>().is_none() && !data.is_none() => {
            super::super::args::bytes(h, data)
        }
        None => {
            let got = data.class_name();
            let message = format!("underlying {method}() should have returned a bytes-like object, not '{got}'");
            Err(h.type_error(message))
        }
    }
}

/// Decodes with the file's decoder.
pub fn decode(h: &mut Held, this: &Obj<TextIo>, input: &[u8], last: bool) -> R<CharsOwned> {
    let (decoder, errors) = this.state.read(h, |state| (state.decoder.clone(), state.errors.clone()));
    let Some(mut decoder) = decoder else { return Err(unsupported(h, "not readable")) };
    let text = coding::decode(h, &mut decoder.codec, input, &errors, last).map(|text| match &mut decoder.newlines {
        Some(newlines) => newlines.step(text, last),
        None => text,
    });
    this.state.write(h, |state| state.decoder = Some(decoder));
    text
}

/// A line with its end, at most `limit` code points of it; empty at the end of the file.
pub fn readline(h: &mut Held, this: &Obj<TextIo>, limit: Option<usize>) -> R {
    check_readable(h, this)?;
    write::flush_pending(h, this)?;
    let newline = this.state.read(h, |state| state.newline);
    let mut limit = limit.unwrap_or(usize::MAX);
    let mut before = CharsBuf::new();
    loop {
        let after_cr = newline == Newline::CrLf && !before.as_chars().is_empty() && ends_with_cr(before.as_chars());
        let (taken, ends, whole) = this.state.seize(|state| {
            let rest = state.rest();
            let end = line_end(rest, newline, after_cr).or((rest.len() >= limit).then_some(limit));
            let taken = end.map_or(rest.len(), |end| end.min(limit));
            let line = rest.slice(0, taken);
            // A line that stands here as a whole is not copied in between.
            let whole = (before.is_empty() && end.is_some()).then(|| h.str_from_slice(line));
            if whole.is_none() {
                before.push_chars(line);
            }
            state.used += taken;
            (taken, end.is_some(), whole)
        });
        if let Some(line) = whole {
            return Ok(line);
        }
        limit -= taken;
        if ends || !read_chunk(h, this, 0)? {
            return Ok(h.str_from_owned(&before.finish()));
        }
    }
}

fn ends_with_cr(chars: Chars<'_>) -> bool {
    chars.get(chars.len() - 1) == 13
}

/// Where the first line of `rest` ends, if it does.
pub fn line_end(rest: Chars<'_>, newline: Newline, after_cr: bool) -> Option<usize> {
    match newline {
        Newline::Universal | Newline::Lf => find(rest, 10),
        Newline::Cr => find(rest, 13),
        Newline::CrLf if after_cr && rest.try_get(0) == Some(10) => Some(1),
        Newline::CrLf => {
            let mut from = 0;
            loop {
                let at = from + find(rest.from(from), 13)?;
                if rest.try_get(at) == Some(10) {
                    return Some(at + 1);
                }
                from = at;
            }
        }
        Newline::Untranslated => match rest {
            Chars::One(bytes) => memchr::memchr2(b'\n', b'\r', bytes),
            wide => wide.iter().position(|c| c == 10 || c == 13),
        }
        .map(|at| if rest.get(at) == 13 && rest.try_get(at + 1) == Some(10) { at + 2 } else { at + 1 }),
    }
}

/// One past the first `c`.
fn find(rest: Chars<'_>, c: u8) -> Option<usize> {
    let at = match rest {
        Chars::One(bytes) => memchr::memchr(c, bytes),
        Chars::Two(units) => units.iter().position(|&unit| unit == c.into()),
        Chars::Four(units) => units.iter().position(|&unit| unit == c.into()),
    };
    at.map(|at| at + 1)
}

/// The step of a `for` loop over lines.
pub fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<TextIo>() else { return Ok(None) };
    this.check_open(h)?;
    this.state.write(h, |state| state.telling = false);
    let line = readline(h, this, None)?;
    if h.len(&line)? > 0 {
        return Ok(Some(line));
    }
    this.state.write(h, |state| {
        state.snapshot = None;
        state.telling = state.seekable;
    });
    Ok(None)
}
