//! The bytes of a document as UTF-8.
//!
//! In: bytes as they come. Out: UTF-8. The one invariant: bytes that are taken for UTF-8 go through as they are, for the scanner
//! looks at them, and a document says only in its first line what it is written in.

pub enum Encoding {
    /// Too few bytes to tell.
    Undecided,
    Utf8,
    Utf16 {
        big: bool,
    },
    /// A character for each byte.
    Table(Box<[Option<char>; 256]>),
}

/// Decodes pieces.
pub struct Decoder {
    pub encoding: Encoding,
    /// Bytes that are no whole character yet.
    waiting: Vec<u8>,
    /// Whether the caller said what it is, whatever the document says.
    pub told: bool,
}

/// What stands for what cannot be decoded: no document may hold it.
const WRONG: char = '\u{1}';

pub fn latin1(most: u32) -> Encoding {
    let mut table = Box::new([None; 256]);
    for (byte, c) in (0..most).zip(table.iter_mut()) {
        *c = char::from_u32(byte);
    }
    Encoding::Table(table)
}

/// The encodings that are known without Python's codecs; `utf-16` stands for either order.
pub fn known(name: &str) -> Option<Encoding> {
    match name.to_ascii_lowercase().as_str() {
        "utf-8" => Some(Encoding::Utf8),
        "iso-8859-1" => Some(latin1(256)),
        "us-ascii" => Some(latin1(128)),
        "utf-16be" | "utf-16" => Some(Encoding::Utf16 { big: true }),
        "utf-16le" => Some(Encoding::Utf16 { big: false }),
        _ => None,
    }
}

impl Decoder {
    pub fn new() -> Decoder {
        Decoder { encoding: Encoding::Undecided, waiting: Vec::new(), told: false }
    }

    /// Adds what bytes mean to `out`.
    pub fn feed(&mut self, bytes: &[u8], last: bool, out: &mut Vec<u8>) {
        if matches!(self.encoding, Encoding::Utf8) {
            out.extend_from_slice(bytes);
            return;
        }
        self.waiting.extend_from_slice(bytes);
        if matches!(self.encoding, Encoding::Undecided) && !self.decide(last) {
            return;
        }
        let bytes = std::mem::take(&mut self.waiting);
        let used = match &self.encoding {
            Encoding::Utf16 { big } => utf16(&bytes, *big, out),
            Encoding::Table(table) => {
                bytes.iter().for_each(|&byte| push(out, table[byte as usize].unwrap_or(WRONG)));
                bytes.len()
            }
            _ => {
                out.extend_from_slice(&bytes);
                bytes.len()
            }
        };
        self.waiting.extend_from_slice(&bytes[used..]);
    }

    /// Takes the first bytes for what they are; false while they are too few.
    fn decide(&mut self, last: bool) -> bool {
        let (encoding, mark) = match self.waiting.as_slice() {
            [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
            [0xEF] | [0xEF, 0xBB] if !last => return false,
            [0xFE, 0xFF, ..] => (Encoding::Utf16 { big: true }, 2),
            [0xFF, 0xFE, ..] => (Encoding::Utf16 { big: false }, 2),
            [b'<', 0, ..] => (Encoding::Utf16 { big: false }, 0),
            [0, _, ..] => (Encoding::Utf16 { big: true }, 0),
            [] | [_] if !last => return false,
            _ => (Encoding::Utf8, 0),
        };
        self.waiting.drain(..mark);
        self.encoding = encoding;
        true
    }
}

fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// How many bytes were whole characters.
fn utf16(bytes: &[u8], big: bool, out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| {
        let pair = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) })
    };
    let mut at = 0;
    while let Some(first) = unit(at) {
        let pair = (0xD800..0xDC00).contains(&first);
        let Some(second) = (if pair { unit(at + 2) } else { Some(0) }) else { break };
        let units = if pair { vec![first, second] } else { vec![first] };
        let mut chars = char::decode_utf16(units);
        push(out, chars.next().and_then(Result::ok).unwrap_or(WRONG));
        at += if pair { 4 } else { 2 };
    }
    at
}
