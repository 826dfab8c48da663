//! Bytes to values.
//!
//! In: a layout and bytes of its size. Out: a tuple of as many values as it has. The one invariant: nothing fails, for every
//! pattern of bits is some value.

use super::layout::{Field, Layout};
use interpreter::objects::value::Value;
use interpreter::sync::Held;

/// Unpacks `layout.size` bytes.
pub fn unpack(h: &Held, layout: &Layout, from: &[u8]) -> Value {
    let values = layout.fields.iter().flat_map(|field| {
        let all = &from[field.offset..field.offset + field.count * field.size];
        (0..field.count).map(move |i| unpack_one(h, field, &all[i * field.size..][..field.size]))
    });
    h.tuple_from_iter(layout.values, values)
}

fn unpack_one(h: &Held, field: &Field, from: &[u8]) -> Value {
    match field.code {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => {
            let unused = 64 - field.size as u32 * 8;
            h.new_int((word(field, from) << unused) as i64 >> unused)
        }
        b'c' | b's' => h.new_bytes(from),
        b'p' => match from {
            [len, rest @ ..] => h.new_bytes(&rest[..rest.len().min(usize::from(*len))]),
            [] => h.new_bytes(&[]),
        },
        b'?' => Value::bool(from[0] != 0),
        b'd' => h.new_float(f64::from_bits(word(field, from))),
        b'f' => h.new_float(f64::from(f32::from_bits(word(field, from) as u32))),
        b'e' => h.new_float(half_value(word(field, from) as u16)),
        _ => h.new_uint(word(field, from)),
    }
}

#[inline]
fn word(field: &Field, from: &[u8]) -> u64 {
    match (from, field.big_endian) {
        (&[a], _) => a.into(),
        (&[a, b], false) => u16::from_le_bytes([a, b]).into(),
        (&[a, b], true) => u16::from_be_bytes([a, b]).into(),
        (&[a, b, c, d], false) => u32::from_le_bytes([a, b, c, d]).into(),
        (&[a, b, c, d], true) => u32::from_be_bytes([a, b, c, d]).into(),
        (bytes, big) => match (<[u8; 8]>::try_from(bytes), big) {
            (Ok(bytes), false) => u64::from_le_bytes(bytes),
            (Ok(bytes), true) => u64::from_be_bytes(bytes),
            (Err(_), _) => 0,
        },
    }
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
