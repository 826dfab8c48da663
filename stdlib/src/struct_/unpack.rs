//! Bytes to values.
//!
//! In: a layout and bytes of its size. Out: a tuple of as many values as it has. The one invariant: nothing fails, for every
//! pattern of bits is some value.

use super::layout::{Field, Layout};
use interpreter::objects::value::Value;
use interpreter::sync::Held;

/// Unpacks `layout.size` bytes.
pub fn unpack(h: &mut Held, layout: &Layout, from: &[u8]) -> Value {
    let mut values = Vec::with_capacity(layout.values);
    for field in &layout.fields {
        for i in 0..field.count {
            let start = field.offset + i * field.size;
            values.push(unpack_one(h, field, &from[start..start + field.size]));
        }
    }
    h.new_tuple(values)
}

fn unpack_one(h: &mut Held, field: &Field, from: &[u8]) -> Value {
    let bits = field.size as u32 * 8;
    match field.code {
        b'c' | b's' => h.new_bytes(from),
        b'p' => match from {
            [len, rest @ ..] => h.new_bytes(&rest[..rest.len().min(usize::from(*len))]),
            [] => h.new_bytes(&[]),
        },
        b'?' => Value::bool(from[0] != 0),
        b'd' => h.new_float(f64::from_bits(word(field, from))),
        b'f' => h.new_float(f64::from(f32::from_bits(word(field, from) as u32))),
        b'e' => h.new_float(half_value(word(field, from) as u16)),
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let word = word(field, from);
            h.new_int((word << (64 - bits)) as i64 >> (64 - bits))
        }
        _ => h.new_uint(word(field, from)),
    }
}

fn word(field: &Field, from: &[u8]) -> u64 {
    let step = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
    if field.big_endian { from.iter().fold(0, step) } else { from.iter().rev().fold(0, step) }
}

/// The value of IEEE 754 binary16.
fn half_value(bits: u16) -> f64 {
    let mantissa = f64::from(bits & 0x3ff);
    let size = match bits >> 10 & 0x1f {
        0 => mantissa / 16_777_216.0,
        0x1f if mantissa == 0.0 => f64::INFINITY,
        0x1f => f64::NAN,
        exponent => (1024.0 + mantissa) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}
