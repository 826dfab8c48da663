//! Formatting: the format mini-language, the fields of `str.format`, and `%`.
//!
//! In: format strings as `Chars`, numbers and texts. Out: text, or an error with CPython's type and message. The one
//! invariant: looking up arguments and calling `__format__` is the caller's; nothing here knows what a value is.

pub mod fields;
pub mod number;
pub mod percent;
pub mod percent_apply;
pub mod spec;
pub mod text;

use crate::chars::{CharsOwned, TooLong};
use std::fmt;

/// The exception to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatErrorKind {
    ValueError,
    OverflowError,
    TypeError,
    /// The result would be longer than `MAX_LEN`; no message.
    MemoryError,
}

/// An exception of formatting: its type and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    pub kind: FormatErrorKind,
    /// A text of its own kind, as it may show a lone surrogate of the spec.
    pub message: CharsOwned,
}

impl FormatError {
    pub(crate) fn value(message: impl Into<CharsOwned>) -> FormatError {
        FormatError { kind: FormatErrorKind::ValueError, message: message.into() }
    }

    pub(crate) fn overflow(message: impl Into<CharsOwned>) -> FormatError {
        FormatError { kind: FormatErrorKind::OverflowError, message: message.into() }
    }
}

impl From<TooLong> for FormatError {
    fn from(_: TooLong) -> FormatError {
        FormatError { kind: FormatErrorKind::MemoryError, message: "".into() }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.as_chars().to_string_lossy())
    }
}

impl std::error::Error for FormatError {}
