//! Codecs by name, and the names that their errors carry.
//!
//! In: a name as programs write it. Out: a `Codec`. The one invariant: case, and which of space, hyphen and underscore
//! stands between the parts of a name, do not matter.

use super::narrow::{CP1252, ISO8859_15};
use super::{Codec, Endian};

/// The codec of that name; else LookupError("unknown encoding: x").
pub fn lookup(name: &str) -> Option<Codec> {
    Some(match normalized(name).as_str() {
        "utf_8" | "utf8" | "u8" | "utf" | "utf8_ucs2" | "utf8_ucs4" | "cp65001" => Codec::Utf8,
        "utf_8_sig" => Codec::Utf8Sig,
        "ascii" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "ansi_x3.4_1986" | "cp367" | "csascii" | "ibm367"
        | "iso646_us" | "iso_646.irv_1991" | "iso_ir_6" | "us" | "us_ascii" => Codec::Ascii,
        "latin_1" | "latin1" | "latin" | "l1" | "8859" | "iso8859" | "iso8859_1" | "iso_8859_1" | "iso_8859_1_1987"
        | "iso_ir_100" | "csisolatin1" | "cp819" | "ibm819" => Codec::Latin1,
        "cp1252" | "1252" | "windows_1252" => Codec::Charmap(&CP1252),
        "iso8859_15" | "iso_8859_15" | "latin9" | "l9" => Codec::Charmap(&ISO8859_15),
        "utf_16" | "utf16" | "u16" => Codec::Utf16(Endian::Marked),
        "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => Codec::Utf16(Endian::Little),
        "utf_16_be" | "utf_16be" | "unicodebigunmarked" => Codec::Utf16(Endian::Big),
        "utf_32" | "utf32" | "u32" => Codec::Utf32(Endian::Marked),
        "utf_32_le" | "utf_32le" => Codec::Utf32(Endian::Little),
        "utf_32_be" | "utf_32be" => Codec::Utf32(Endian::Big),
        _ => return None,
    })
}

impl Codec {
    /// `codecs.lookup(...).name`.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Utf8 => "utf-8",
            Codec::Utf8Sig => "utf-8-sig",
            Codec::Ascii => "ascii",
            Codec::Latin1 => "iso8859-1",
            Codec::Charmap(map) => map.name,
            Codec::Utf16(Endian::Marked) => "utf-16",
            Codec::Utf16(Endian::Little) => "utf-16-le",
            Codec::Utf16(Endian::Big) => "utf-16-be",
            Codec::Utf32(Endian::Marked) => "utf-32",
            Codec::Utf32(Endian::Little) => "utf-32-le",
            Codec::Utf32(Endian::Big) => "utf-32-be",
        }
    }
}

/// Encoding and reason of the codec's UnicodeEncodeErrors.
pub(super) fn encode_error(codec: Codec) -> (&'static str, &'static str) {
    match codec {
        Codec::Ascii => ("ascii", "ordinal not in range(128)"),
        Codec::Latin1 => ("latin-1", "ordinal not in range(256)"),
        Codec::Charmap(_) => ("charmap", "character maps to <undefined>"),
        Codec::Utf8Sig => ("utf-8", "surrogates not allowed"),
        _ => (codec.name(), "surrogates not allowed"),
    }
}

/// The byte order mark that encoding starts with.
pub(super) fn put_mark(codec: Codec, out: &mut Vec<u8>) {
    match codec {
        Codec::Utf8Sig => out.extend([0xef, 0xbb, 0xbf]),
        Codec::Utf16(Endian::Marked) => out.extend([0xff, 0xfe]),
        Codec::Utf32(Endian::Marked) => out.extend([0xff, 0xfe, 0, 0]),
        _ => {}
    }
}

/// How long the mark at the start of `input` is, `None` when too little is there to tell; and the codec for the rest.
pub(super) fn skip_mark(codec: Codec, input: &[u8], last: bool) -> (Option<usize>, Codec) {
    let marks: &[(&[u8], Codec)] = match codec {
        Codec::Utf8Sig => &[(&[0xef, 0xbb, 0xbf], Codec::Utf8)],
        Codec::Utf16(Endian::Marked) => {
            &[(&[0xff, 0xfe], Codec::Utf16(Endian::Little)), (&[0xfe, 0xff], Codec::Utf16(Endian::Big))]
        }
        Codec::Utf32(Endian::Marked) => {
            &[(&[0xff, 0xfe, 0, 0], Codec::Utf32(Endian::Little)), (&[0, 0, 0xfe, 0xff], Codec::Utf32(Endian::Big))]
        }
        _ => return (Some(0), codec),
    };
    if let Some((mark, next)) = marks.iter().find(|(mark, _)| input.starts_with(mark)) {
        return (Some(mark.len()), *next);
    }
    if !last && marks.iter().any(|(mark, _)| mark.starts_with(input)) {
        return (None, codec);
    }
    let unmarked = match codec {
        Codec::Utf8Sig => Codec::Utf8,
        Codec::Utf16(_) => Codec::Utf16(Endian::Little),
        _ => Codec::Utf32(Endian::Little),
    };
    (Some(0), unmarked)
}

/// Small letters; what is neither letter, digit nor point becomes one underscore between parts.
fn normalized(name: &str) -> String {
    let parts = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("_").to_ascii_lowercase()
}
