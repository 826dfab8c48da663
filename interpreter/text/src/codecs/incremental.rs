//! Decoding piece by piece: what text files and `codecs.getincrementaldecoder` run on.
//!
//! In: bytes as they come. Out: the text that is complete so far. The one invariant: the pieces' texts together are the
//! text of all the bytes, wherever they were cut.

use super::{Codec, DecodeError, Decoded, Endian, ErrorHandler, OnDecodeError, decode_with};
use crate::chars::CharsOwned;

/// A decoder between two pieces of its input.
#[derive(Debug, Clone)]
pub struct IncrementalDecoder {
    /// Where `reset` goes back to.
    codec: Codec,
    now: Codec,
    pending: Vec<u8>,
}

impl IncrementalDecoder {
    pub fn new(codec: Codec) -> IncrementalDecoder {
        IncrementalDecoder { codec, now: codec, pending: Vec::new() }
    }

    /// A decoder of `codec` that has come as far as `now`: past the mark, or not.
    pub fn at(codec: Codec, now: Codec) -> IncrementalDecoder {
        IncrementalDecoder { codec, now, pending: Vec::new() }
    }

    /// What it was made for.
    pub fn codec(&self) -> Codec {
        self.codec
    }

    /// Whether it still expects a mark, if its codec has one.
    pub fn is_fresh(&self) -> bool {
        self.now == self.codec
    }

    pub fn is_big_endian(&self) -> bool {
        matches!(self.now, Codec::Utf16(Endian::Big) | Codec::Utf32(Endian::Big))
    }

    /// The text that `input` completes; with `last`, nothing may stay incomplete.
    pub fn decode(&mut self, input: &[u8], errors: ErrorHandler, last: bool) -> Result<CharsOwned, DecodeError> {
        let codec = self.now;
        let whole = self.whole(input);
        self.step(&whole, last, &mut |error| errors.decode(codec, &whole, error).ok_or(*error))
    }

    /// As `decode`; the handler's positions are in `whole(input)`, which is what to pass.
    pub fn step<E>(&mut self, whole: &[u8], last: bool, on_error: OnDecodeError<'_, E>) -> Result<CharsOwned, E> {
        let Decoded { text, consumed, next } = decode_with(self.now, whole, last, on_error)?;
        self.now = next;
        self.pending = whole[consumed..].to_vec();
        Ok(text)
    }

    /// What waits, and then `input`.
    pub fn whole(&self, input: &[u8]) -> Vec<u8> {
        [&self.pending, input].concat()
    }

    /// The bytes that wait for more.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }

    pub fn reset(&mut self) {
        self.now = self.codec;
        self.pending.clear();
    }
}
