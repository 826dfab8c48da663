//! CPython's own error handlers.
//!
//! In: an error and its object. Out: what to put instead and where to go on, or `None`: raise the error. The one
//! invariant: going on is always after the error's start.

use super::{Codec, DecodeError, EncodeError, Endian, Replacement};
use crate::chars::{Chars, CharsBuf, CharsOwned};
use crate::string::repr::escape;
use crate::unicode::names;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorHandler {
    #[default]
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    SurrogateEscape,
    SurrogatePass,
    XmlCharRefReplace,
    NameReplace,
}

impl ErrorHandler {
    /// By name; otherwise LookupError("unknown error handler name 'x'").
    pub fn named(name: &str) -> Option<ErrorHandler> {
        Some(match name {
            "strict" => ErrorHandler::Strict,
            "ignore" => ErrorHandler::Ignore,
            "replace" => ErrorHandler::Replace,
            "backslashreplace" => ErrorHandler::BackslashReplace,
            "surrogateescape" => ErrorHandler::SurrogateEscape,
            "surrogatepass" => ErrorHandler::SurrogatePass,
            "xmlcharrefreplace" => ErrorHandler::XmlCharRefReplace,
            "namereplace" => ErrorHandler::NameReplace,
            _ => return None,
        })
    }

    /// The text for an error in `input`. TypeError("don't know how to handle UnicodeDecodeError in error callback") is
    /// for the caller to raise beforehand, if `!decodes()`.
    pub fn decode(self, codec: Codec, input: &[u8], error: &DecodeError) -> Option<(CharsOwned, usize)> {
        let bad = &input[error.object_start..][error.start..error.end];
        let mut text = CharsBuf::new();
        match self {
            ErrorHandler::Ignore => {}
            ErrorHandler::Replace => text.push(0xfffd),
            ErrorHandler::BackslashReplace => bad.iter().for_each(|&b| text.push_str(&escape(b.into()))),
            ErrorHandler::SurrogateEscape => {
                bad.iter().take(4).take_while(|b| !b.is_ascii()).for_each(|&b| text.push(0xdc00 + u32::from(b)));
                return (!text.is_empty()).then(|| (text.clone().finish(), error.start + text.len()));
            }
            ErrorHandler::SurrogatePass => {
                let (surrogate, len) = read_surrogate(codec, error, &input[error.object_start..][error.start..])?;
                text.push(surrogate);
                return Some((text.finish(), error.start + len));
            }
            ErrorHandler::Strict | ErrorHandler::XmlCharRefReplace | ErrorHandler::NameReplace => return None,
        }
        Some((text.finish(), error.end))
    }

    /// Whether it can handle a decoding error at all.
    pub fn decodes(self) -> bool {
        !matches!(self, ErrorHandler::XmlCharRefReplace | ErrorHandler::NameReplace)
    }

    /// The replacement for an error in `s`.
    pub fn encode(self, codec: Codec, s: Chars<'_>, error: &EncodeError) -> Option<(Replacement, usize)> {
        let bad = s.slice(error.start, error.end);
        let each = |show: &dyn Fn(u32) -> String| {
            let text: String = bad.iter().map(show).collect();
            Some((Replacement::Text(text.into()), error.end))
        };
        match self {
            ErrorHandler::Strict => None,
            ErrorHandler::Ignore => each(&|_| String::new()),
            ErrorHandler::Replace => each(&|_| "?".to_owned()),
            ErrorHandler::BackslashReplace => each(&escape),
            ErrorHandler::XmlCharRefReplace => each(&|c| format!("&#{c};")),
            ErrorHandler::NameReplace => {
                each(&|c| names::name(c).map_or_else(|| escape(c), |name| format!("\\N{{{name}}}")))
            }
            ErrorHandler::SurrogateEscape => {
                let escaped = |c: u32| (0xdc80..=0xdcff).contains(&c).then_some(c as u8);
                let bytes: Vec<u8> = bad.iter().map_while(escaped).collect();
                // The codecs written in C go as far as they can; the others want all of it.
                let enough =
                    if matches!(codec, Codec::Charmap(_)) { bytes.len() == bad.len() } else { !bytes.is_empty() };
                let resume = error.start + bytes.len();
                enough.then_some((Replacement::Bytes(bytes), resume))
            }
            ErrorHandler::SurrogatePass => {
                let mut bytes = Vec::new();
                let passed = bad.iter().all(|c| put_surrogate(codec, c, &mut bytes));
                passed.then_some((Replacement::Bytes(bytes), error.end))
            }
        }
    }
}

/// The surrogate that `rest` starts with, and its length.
fn read_surrogate(codec: Codec, error: &DecodeError, rest: &[u8]) -> Option<(u32, usize)> {
    let big = error.encoding.ends_with("be");
    let (c, len) = match codec {
        Codec::Utf8 | Codec::Utf8Sig => match rest {
            [a @ 0xe0..=0xef, b @ 0x80..=0xbf, c @ 0x80..=0xbf, ..] => {
                ((u32::from(a & 15) << 12) | (u32::from(b & 63) << 6) | u32::from(c & 63), 3)
            }
            _ => return None,
        },
        Codec::Utf16(_) => {
            let unit = *rest.first_chunk::<2>()?;
            (if big { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) }.into(), 2)
        }
        Codec::Utf32(_) => {
            let unit = *rest.first_chunk::<4>()?;
            (if big { u32::from_be_bytes(unit) } else { u32::from_le_bytes(unit) }, 4)
        }
        _ => return None,
    };
    is_surrogate(c).then_some((c, len))
}

fn put_surrogate(codec: Codec, c: u32, out: &mut Vec<u8>) -> bool {
    match codec {
        Codec::Utf8 | Codec::Utf8Sig => {
            out.extend([0xe0 | (c >> 12) as u8, 0x80 | (c >> 6 & 63) as u8, 0x80 | (c & 63) as u8])
        }
        Codec::Utf16(Endian::Big) => out.extend((c as u16).to_be_bytes()),
        Codec::Utf16(_) => out.extend((c as u16).to_le_bytes()),
        Codec::Utf32(Endian::Big) => out.extend(c.to_be_bytes()),
        Codec::Utf32(_) => out.extend(c.to_le_bytes()),
        _ => return false,
    }
    is_surrogate(c)
}

fn is_surrogate(c: u32) -> bool {
    (0xd800..0xe000).contains(&c)
}
