//! `TextIOWrapper`: text over a buffered file of bytes.
//!
//! In: a buffer, an encoding, what to do about newlines. Out: str. The one invariant: `decoded[used..]` is what the program
//! gets next, and `pending` what the buffer gets next; a read empties the one before it looks at the other.
//!
//! - `mod.rs`: the data; `class.rs`: its methods; `setup.rs`: making and `reconfigure`
//! - `write.rs`, `read.rs`, `position.rs`: the three things that it does
//! - `coding.rs`, `newline.rs`: what it does them with

pub mod class;
pub mod coding;
pub mod newline;
pub mod position;
pub mod read;
pub mod setup;
pub mod write;

use super::buffered::Buffered;
use super::raise::{closed, detached, uninitialized};
use interpreter::objects::header::Obj;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use newline::Newlines;
use toy_text::codecs::incremental::IncrementalDecoder;
use toy_text::codecs::{Codec, Endian};
use toy_text::{Chars, CharsOwned};

/// How many bytes are read or written at a time.
pub const CHUNK: usize = 8192;

/// Where a text file is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    #[default]
    Unmade,
    Ready,
    Detached,
}

/// The data of a text file.
#[derive(Default)]
pub struct TextIo {
    pub(super) buffer: ObjCell<Option<Value>>,
    pub(super) state: ObjCell<State>,
    pub(super) phase: Word<Phase>,
    pub(super) chunk: Word<usize>,
}

interpreter::object!(TextIo, "TextIOWrapper", traced[buffer]);

/// What changes while it is used.
pub struct State {
    pub codec: Codec,
    pub encoding: String,
    pub errors: String,
    pub newline: Newline,
    pub line_buffering: bool,
    pub write_through: bool,
    /// Nothing if the buffer cannot be read.
    pub decoder: Option<Decoder>,
    pub writable: bool,
    /// Encoded and not yet given to the buffer.
    pub pending: Vec<u8>,
    pub decoded: CharsOwned,
    pub used: usize,
    /// Where the decoder stood before the last chunk, and that chunk.
    pub snapshot: Option<Snapshot>,
    pub seekable: bool,
    /// False while a `for` loop reads ahead.
    pub telling: bool,
    pub has_read1: bool,
    /// The encoder is at the file's start, where a mark may have to stand.
    pub at_start: bool,
    /// Bytes a code point, as far as is known.
    pub ratio: f64,
}

interpreter::owns_no_values!(State);

/// The argument `newline`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Newline {
    /// `None`: all kinds are read as `\n`.
    #[default]
    Universal,
    /// `''`: all kinds end lines, none is translated.
    Untranslated,
    Lf,
    Cr,
    CrLf,
}

impl Newline {
    /// What `\n` is written as.
    pub fn written(self) -> &'static [u8] {
        match self {
            Newline::Cr => b"\r",
            Newline::CrLf => b"\r\n",
            _ => b"\n",
        }
    }
}

/// The way from bytes to text.
#[derive(Clone)]
pub struct Decoder {
    pub codec: IncrementalDecoder,
    pub newlines: Option<Newlines>,
}

#[derive(Clone, Default)]
pub struct Snapshot {
    pub flags: i32,
    pub input: Vec<u8>,
}

impl Default for State {
    fn default() -> State {
        State {
            codec: Codec::Utf8,
            encoding: String::new(),
            errors: String::new(),
            newline: Newline::Universal,
            line_buffering: false,
            write_through: false,
            decoder: None,
            writable: false,
            pending: Vec::new(),
            decoded: CharsOwned::One(Vec::new()),
            used: 0,
            snapshot: None,
            seekable: false,
            telling: false,
            has_read1: false,
            at_start: true,
            ratio: 0.0,
        }
    }
}

impl State {
    /// The decoded text that the program has not seen.
    pub fn rest(&self) -> Chars<'_> {
        self.decoded.as_chars().from(self.used)
    }

    pub fn forget_decoded(&mut self) {
        self.decoded = CharsOwned::One(Vec::new());
        self.used = 0;
    }

    /// The codec to write with: one that writes a mark does so at the start only.
    pub fn encoder(&self) -> Codec {
        match self.codec {
            codec if self.at_start => codec,
            Codec::Utf8Sig => Codec::Utf8,
            Codec::Utf16(Endian::Marked) => Codec::Utf16(Endian::Little),
            Codec::Utf32(Endian::Marked) => Codec::Utf32(Endian::Little),
            codec => codec,
        }
    }
}

impl TextIo {
    /// The buffer below.
    pub fn buffer(&self, h: &Held) -> R {
        match self.phase.get() {
            Phase::Unmade => Err(uninitialized(h)),
            Phase::Detached => Err(detached(h, "underlying buffer")),
            Phase::Ready => self.buffer.read(h, Clone::clone).ok_or_else(|| uninitialized(h)),
        }
    }

    pub fn is_closed(&self, h: &mut Held) -> R<bool> {
        let buffer = self.buffer(h)?;
        if let Some(buffer) = buffer.exactly::<Buffered>() {
            return buffer.is_closed(h);
        }
        let closed = h.get(&buffer, n::closed)?;
        h.truth(&closed)
    }

    pub fn check_open(&self, h: &mut Held) -> R<()> {
        if self.is_closed(h)? { Err(closed(h)) } else { Ok(()) }
    }
}

/// Whether nothing waits to be written, neither here nor in a buffer of ours below.
pub fn is_flushed(h: &Held, this: &Obj<TextIo>) -> bool {
    let buffer = this.buffer.read(h, Clone::clone);
    let below = buffer.as_ref().and_then(|buffer| buffer.exactly::<Buffered>());
    below.is_some_and(|below| below.is_flushed(h)) && this.state.read(h, |state| state.pending.is_empty())
}

/// `flush`: everything goes to the buffer and from there to the file.
pub fn flush(h: &mut Held, this: &Obj<TextIo>) -> R<()> {
    this.check_open(h)?;
    this.state.write(h, |state| state.telling = state.seekable);
    write::flush_pending(h, this)?;
    let buffer = this.buffer(h)?;
    h.call_method(&buffer, n::flush, &[])?;
    Ok(())
}
