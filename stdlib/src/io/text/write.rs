//! Writing text.
//!
//! In: str. Out: bytes for the buffer, in chunks. The one invariant: ASCII text for a codec that keeps ASCII is copied once, from the
//! string into `pending`; `print` lives on that.

use super::super::buffered::{Buffered, writer};
use super::super::raise::unsupported;
use super::{TextIo, coding};
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_text::codecs::Codec;
use toy_text::{Chars, CharsBuf};

/// What is to be done after text was put into `pending`.
enum Next {
    Nothing,
    /// Give it to the buffer.
    Pass,
    /// And flush that.
    Flush,
    /// It did not fit: make room first.
    Full,
    /// The quick way does not do.
    Encode,
    NotWritable,
}

/// Writes a string; `text` is a str.
pub fn write(h: &mut Held, this: &Obj<TextIo>, text: &Value) -> R<()> {
    this.check_open(h)?;
    let Some(string) = text.downcast::<Str>() else { return Ok(()) };
    if let Chars::One(bytes) = string.chars() {
        match put_ascii(h, this, bytes) {
            Next::Encode => (),
            Next::Full => {
                flush_pending(h, this)?;
                let next = put_ascii(h, this, bytes);
                return finish(h, this, next);
            }
            next => return finish(h, this, next),
        }
    }
    let next = put_encoded(h, this, text, string.chars())?;
    finish(h, this, next)
}

fn finish(h: &mut Held, this: &Obj<TextIo>, next: Next) -> R<()> {
    match next {
        Next::Nothing => return Ok(()),
        Next::NotWritable => return Err(unsupported(h, "not writable")),
        Next::Pass | Next::Full | Next::Encode => flush_pending(h, this)?,
        Next::Flush => {
            flush_pending(h, this)?;
            let buffer = this.buffer(h)?;
            h.call_method(&buffer, n::flush, &[])?;
        }
    }
    Ok(())
}

/// Puts ASCII text into `pending`, if the codec keeps it as it is.
fn put_ascii(h: &mut Held, this: &Obj<TextIo>, bytes: &[u8]) -> Next {
    let chunk = this.chunk.get();
    this.state.write(h, |state| {
        if !state.writable {
            return Next::NotWritable;
        }
        let plain = matches!(state.codec, Codec::Utf8 | Codec::Ascii | Codec::Latin1);
        let lines = state.newline.written() == b"\n" || memchr::memchr(b'\n', bytes).is_none();
        if !plain || !lines || !(bytes.is_ascii() || state.codec == Codec::Latin1) {
            return Next::Encode;
        }
        if !state.pending.is_empty() && state.pending.len() + bytes.len() > chunk {
            return Next::Full;
        }
        state.pending.extend_from_slice(bytes);
        if state.decoder.is_some() {
            forget_read(state);
        }
        after(state, chunk, || memchr::memchr2(b'\n', b'\r', bytes).is_some())
    })
}

/// What to do once text is in `pending`.
fn after(state: &super::State, chunk: usize, has_line_end: impl FnOnce() -> bool) -> Next {
    if state.line_buffering && has_line_end() {
        Next::Flush
    } else if state.write_through || state.pending.len() >= chunk {
        Next::Pass
    } else {
        Next::Nothing
    }
}

/// What was read ahead no longer counts once something is written.
fn forget_read(state: &mut super::State) {
    state.forget_decoded();
    state.snapshot = None;
    if let Some(decoder) = &mut state.decoder {
        decoder.codec.reset();
        if let Some(newlines) = &mut decoder.newlines {
            (newlines.pending, newlines.seen) = (false, 0);
        }
    }
}

/// Encodes any text and puts it into `pending`.
fn put_encoded(h: &mut Held, this: &Obj<TextIo>, text: &Value, chars: Chars<'_>) -> R<Next> {
    let (writable, codec, errors, written) =
        this.state.read(h, |state| (state.writable, state.encoder(), state.errors.clone(), state.newline.written()));
    if !writable {
        return Ok(Next::NotWritable);
    }
    let has_line_end = chars.iter().any(|c| c == 10 || c == 13);
    let encoded = if has_line_end && written != b"\n" {
        let mut out = CharsBuf::with_capacity(chars.len() + 8);
        for c in chars.iter() {
            if c == 10 { out.push_chars(Chars::One(written)) } else { out.push(c) }
        }
        let translated = h.str_from_owned(&out.finish());
        let chars = translated.downcast::<Str>().map_or(chars, |translated| translated.chars());
        coding::encode(h, codec, chars, &translated, &errors)?
    } else {
        coding::encode(h, codec, chars, text, &errors)?
    };
    let chunk = this.chunk.get();
    if this.state.read(h, |state| !state.pending.is_empty() && state.pending.len() + encoded.len() > chunk) {
        flush_pending(h, this)?;
    }
    Ok(this.state.write(h, |state| {
        state.at_start &= encoded.is_empty();
        if state.pending.is_empty() {
            state.pending = encoded
        } else {
            state.pending.extend_from_slice(&encoded)
        }
        forget_read(state);
        after(state, chunk, || has_line_end)
    }))
}

/// Gives what is pending to the buffer.
pub fn flush_pending(h: &mut Held, this: &Obj<TextIo>) -> R<()> {
    let mut data = this.state.write(h, |state| std::mem::take(&mut state.pending));
    if data.is_empty() {
        return Ok(());
    }
    let buffer = this.buffer(h)?;
    match buffer.exactly::<Buffered>() {
        Some(buffer) => {
            buffer.check_open(h, "write to closed file")?;
            writer::write(h, buffer, &data)?;
        }
        None => {
            let bytes = h.new_bytes(&data);
            h.call_method(&buffer, n::write, &[bytes])?;
        }
    }
    data.clear();
    this.state.write(h, |state| {
        if state.pending.capacity() == 0 && data.capacity() <= 4 * super::CHUNK {
            state.pending = data;
        }
    });
    Ok(())
}
