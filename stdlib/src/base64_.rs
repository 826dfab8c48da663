//! `_base64`: the loops of Base32, Base85 and Ascii85.
//!
//! In: bytes and an alphabet. Out: bytes, or ValueError where they are no such text. The one invariant: what one function encodes the other
//! decodes.

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 5] = [
    def("encode32", "data, alphabet, /", |h, args| transcoded(h, args, encode32)),
    def("decode32", "data, alphabet, /", |h, args| transcoded(h, args, decode32)),
    def("encode85", "data, alphabet, pad, zeros, spaces, /", |h, args| {
        let options = (h.truth(&args[2])?, h.truth(&args[3])?, h.truth(&args[4])?);
        transcoded(h, args, |data, alphabet| Some(encode85(data, alphabet, options)))
    }),
    def("decode85", "data, alphabet, /", |h, args| {
        let (data, alphabet) = (bytes(h, &args[0])?, bytes(h, &args[1])?);
        given(h, decode85(&data, &alphabet))
    }),
    def("decode_ascii85", "data, foldspaces, ignorechars, /", |h, args| {
        let (data, spaces, ignored) = (bytes(h, &args[0])?, h.truth(&args[1])?, bytes(h, &args[2])?);
        given(h, decode_ascii85(&data, spaces, &ignored))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_base64");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn bytes(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    h.with_bytes_like(value, <[u8]>::to_vec)
}

/// The bytes made of the first two arguments; `None` if they cannot be made.
fn transcoded(h: &mut Held, args: Args<'_>, make: impl FnOnce(&[u8], &[u8]) -> Option<Vec<u8>>) -> R {
    let (data, alphabet) = (bytes(h, &args[0])?, bytes(h, &args[1])?);
    Ok(make(&data, &alphabet).map_or(Value::NONE, |made| h.new_bytes(&made)))
}

fn given(h: &mut Held, made: Result<Vec<u8>, String>) -> R {
    match made {
        Ok(made) => Ok(h.new_bytes(&made)),
        Err(message) => Err(h.value_error(message)),
    }
}

/// A letter of an alphabet, which may be too short.
fn letter(alphabet: &[u8], digit: usize) -> u8 {
    alphabet.get(digit).copied().unwrap_or(b'?')
}

/// The digits of an alphabet's letters, by letter; 255 for the others.
fn digits_of(alphabet: &[u8]) -> [u8; 256] {
    let mut digits = [255; 256];
    for (digit, &letter) in alphabet.iter().enumerate().take(255) {
        digits[letter as usize] = digit as u8;
    }
    digits
}

fn encode32(data: &[u8], alphabet: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 8);
    for chunk in data.chunks(5) {
        let bits = chunk.iter().fold(0u64, |bits, &byte| bits << 8 | byte as u64) << (8 * (5 - chunk.len()));
        let used = (chunk.len() * 8).div_ceil(5);
        for place in 0..8 {
            let digit = (bits >> (35 - 5 * place) & 31) as usize;
            out.push(if place < used { letter(alphabet, digit) } else { b'=' });
        }
    }
    Some(out)
}

/// Whole groups of five bytes, whatever the last one lacks being zero.
fn decode32(data: &[u8], alphabet: &[u8]) -> Option<Vec<u8>> {
    let digits = digits_of(alphabet);
    let mut out = Vec::with_capacity(data.len().div_ceil(8) * 5);
    for chunk in data.chunks(8) {
        let mut bits = 0u64;
        for &letter in chunk {
            bits = bits << 5 | Some(digits[letter as usize]).filter(|&digit| digit < 32)? as u64;
        }
        bits <<= 5 * (8 - chunk.len());
        out.extend_from_slice(&bits.to_be_bytes()[3..]);
    }
    Some(out)
}

/// Five letters for four bytes; zeros and spaces may have a letter of their own.
fn encode85(data: &[u8], alphabet: &[u8], (pad, zeros, spaces): (bool, bool, bool)) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(4) * 5);
    for chunk in data.chunks(4) {
        let mut word = chunk.iter().fold(0u32, |word, &byte| word << 8 | byte as u32) << (8 * (4 - chunk.len()));
        let whole = pad || chunk.len() == 4;
        if zeros && word == 0 && whole {
            out.push(b'z');
            continue;
        }
        if spaces && word == 0x2020_2020 {
            out.push(b'y');
            continue;
        }
        let mut group = [0; 5];
        for place in group.iter_mut().rev() {
            *place = letter(alphabet, (word % 85) as usize);
            word /= 85;
        }
        out.extend_from_slice(&group[..if whole { 5 } else { chunk.len() + 1 }]);
    }
    out
}

fn decode85(data: &[u8], alphabet: &[u8]) -> Result<Vec<u8>, String> {
    let digits = digits_of(alphabet);
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 4);
    for (at, chunk) in data.chunks(5).enumerate() {
        let mut word = 0u64;
        for place in 0..5 {
            let digit = chunk.get(place).map_or(84, |&letter| digits[letter as usize]);
            if digit == 255 {
                return Err(format!("bad base85 character at position {}", 5 * at + place));
            }
            word = word * 85 + digit as u64;
        }
        let Ok(word) = u32::try_from(word) else {
            return Err(format!("base85 overflow in hunk starting at byte {}", 5 * at));
        };
        out.extend_from_slice(&word.to_be_bytes()[..chunk.len() - 1]);
    }
    Ok(out)
}

fn decode_ascii85(data: &[u8], spaces: bool, ignored: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(data.len().div_ceil(5) * 4);
    let (mut word, mut count) = (0u64, 0);
    for &letter in data.iter().chain(b"uuuu") {
        match letter {
            b'!'..=b'u' => {
                word = word * 85 + (letter - b'!') as u64;
                count += 1;
                if count == 5 {
                    let whole = u32::try_from(word).map_err(|_| "Ascii85 overflow".to_owned())?;
                    out.extend_from_slice(&whole.to_be_bytes());
                    (word, count) = (0, 0);
                }
            }
            b'z' if count > 0 => return Err("z inside Ascii85 5-tuple".to_owned()),
            b'z' => out.extend_from_slice(&[0; 4]),
            b'y' if spaces && count > 0 => return Err("y inside Ascii85 5-tuple".to_owned()),
            b'y' if spaces => out.extend_from_slice(b"    "),
            _ if ignored.contains(&letter) => (),
            _ => return Err(format!("Non-Ascii85 digit found: {}", letter as char)),
        }
    }
    // Of the four letters added, some made the last group whole; the bytes that they made are taken off.
    out.truncate(out.len() - (4 - count));
    Ok(out)
}
