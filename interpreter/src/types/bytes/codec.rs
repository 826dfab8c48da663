//! Bytes as text: decode, hex, fromhex.
//!
//! In: bytes. Out: strings; and back. The one invariant: digits of `hex` are lower case, two a byte.

use super::look;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::str::{Str, text_of};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::Chars;

pub(super) static METHODS: [Def; 2] = [
    def("decode", "encoding='utf-8', errors='strict'", decode),
    def("hex", "sep=<unrepresentable>, bytes_per_sep=1", |h, args| {
        let data = look(h, &args[0], <[u8]>::to_vec);
        hex(h, &data, args.opt(1), args.opt(2))
    }),
];

pub(super) static CLASS: [Def; 1] = [def("fromhex", "string, /", fromhex)];

fn decode(h: &mut Held, args: Args<'_>) -> R {
    let encoding = name(h, args.opt(1), "encoding")?;
    let errors = name(h, args.opt(2), "errors")?;
    match args[0].downcast::<crate::objects::bytes::Bytes>() {
        Some(bytes) => h.decode_bytes(&bytes.data, encoding.as_deref(), errors.as_deref()),
        None => {
            let data = look(h, &args[0], <[u8]>::to_vec);
            h.decode_bytes(&data, encoding.as_deref(), errors.as_deref())
        }
    }
}

fn name(h: &Held, value: Option<&Value>, parameter: &str) -> R<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    crate::types::str::text_argument(h, value, &format!("decode() argument '{parameter}'"))?;
    Ok(Some(text_of(value)))
}

/// `data.hex(sep, group)`: groups are counted from the right, or from the left if negative.
pub fn hex(h: &mut Held, data: &[u8], sep: Option<&Value>, group: Option<&Value>) -> R {
    let sep = sep.map(|sep| separator(h, sep)).transpose()?;
    let group = group.map_or(Ok(1), |group| h.to_isize(group))?;
    let every = group.unsigned_abs();
    let first = if group > 0 && every > 0 { data.len() % every } else { 0 };
    let mut text = Vec::with_capacity(data.len() * 3);
    for (i, byte) in data.iter().enumerate() {
        if let Some(sep) = sep
            && i > 0
            && every > 0
            && i % every == first % every
        {
            text.push(sep);
        }
        text.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
    }
    Ok(h.str_from_chars(Chars::One(&text)))
}

fn separator(h: &mut Held, sep: &Value) -> R<u8> {
    if h.len(sep)? != 1 {
        return Err(h.value_error("sep must be length 1."));
    }
    let unit = match sep.downcast::<Str>() {
        Some(text) => text.chars().get(0),
        None => match h.with_buffer(sep, |bytes| bytes.first().copied())? {
            Some(byte) => byte.unwrap_or_default().into(),
            None => return Err(h.type_error("sep must be str or bytes.")),
        },
    };
    u8::try_from(unit).ok().filter(u8::is_ascii).ok_or_else(|| h.value_error("sep must be ASCII."))
}

fn fromhex(h: &mut Held, args: Args<'_>) -> R {
    let chars = crate::types::str::text_argument(h, args.at(1), "fromhex() argument")?;
    let data = match parse_hex(chars) {
        Ok(data) => data,
        Err(at) => {
            let message = format!("non-hexadecimal number found in fromhex() arg at position {at}");
            return Err(h.value_error(message));
        }
    };
    if args[0].is(core().bytes.value()) {
        return Ok(h.new_bytes(&data));
    }
    if args[0].is(core().bytearray.value()) {
        return Ok(h.new_bytearray(data).into_value());
    }
    let data = h.new_bytes(&data);
    h.call(args.at(0), &[data])
}

/// The bytes, or where no digit is.
fn parse_hex(chars: Chars<'_>) -> Result<Vec<u8>, usize> {
    let digit = |at: usize| chars.try_get(at).and_then(char::from_u32).and_then(|c| c.to_digit(16)).ok_or(at);
    let is_space = |at: usize| chars.try_get(at).is_some_and(|c| matches!(c, 9..=13 | 32));
    let mut out = Vec::with_capacity(chars.len() / 2);
    let mut at = 0;
    loop {
        while is_space(at) {
            at += 1;
        }
        if at == chars.len() {
            return Ok(out);
        }
        out.push((digit(at)? << 4 | digit(at + 1)?) as u8);
        at += 2;
    }
}
