//! Values to bytes.
//!
//! In: a layout, values, a buffer of its size. Out: the buffer filled. The one invariant: what does not fit its field is
//! `struct.error`, with CPython's words; padding stays as it was.

use super::layout::{Field, Layout};
use super::struct_error;
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::exception::Exc;
use interpreter::objects::int::IntView;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Packs into a buffer of `layout.size` bytes; there are as many values as the layout wants.
pub fn pack(h: &mut Held, layout: &Layout, values: &[Value], to: &mut [u8]) -> R<()> {
    let mut values = values.iter();
    for field in &layout.fields {
        for i in 0..field.count {
            let Some(value) = values.next() else { return Ok(()) };
            let start = field.offset + i * field.size;
            pack_one(h, field, value, &mut to[start..start + field.size])?;
        }
    }
    Ok(())
}

fn pack_one(h: &mut Held, field: &Field, value: &Value, to: &mut [u8]) -> R<()> {
    let packed = match field.code {
        b'c' => pack_char(h, value, to),
        b's' | b'p' => pack_string(h, field.code, value, to),
        b'?' => h.truth(value).map(|truth| to[0] = u8::from(truth)),
        b'e' | b'f' | b'd' => pack_float(h, field, value, to),
        _ => pack_int(h, field, value, to),
    };
    match packed {
        Err(raised) if raised.is(Exc::OverflowError) && value.as_int().is_some() => {
            Err(struct_error(h, "int too large to convert"))
        }
        packed => packed,
    }
}

fn pack_char(h: &mut Held, value: &Value, to: &mut [u8]) -> R<()> {
    match value.downcast::<Bytes>().map(|bytes| &*bytes.data) {
        Some(&[byte]) => to[0] = byte,
        _ => return Err(struct_error(h, "char format requires a bytes object of length 1")),
    }
    Ok(())
}

/// As many bytes as fit, then nulls; `p` has their number in front.
fn pack_string(h: &mut Held, code: u8, value: &Value, to: &mut [u8]) -> R<()> {
    if value.downcast::<Bytes>().is_none() && value.downcast::<ByteArray>().is_none() {
        return Err(struct_error(h, &format!("argument for '{}' must be a bytes object", char::from(code))));
    }
    h.with_bytes_like(value, |bytes| {
        to.fill(0);
        let to = match to {
            [len, rest @ ..] if code == b'p' => {
                *len = bytes.len().min(rest.len()).min(255) as u8;
                rest
            }
            to => to,
        };
        let len = bytes.len().min(to.len());
        to[..len].copy_from_slice(&bytes[..len]);
    })
}

fn pack_float(h: &mut Held, field: &Field, value: &Value, to: &mut [u8]) -> R<()> {
    let Ok(x) = h.to_f64(value) else { return Err(struct_error(h, "required argument is not a float")) };
    match field.code {
        b'd' => put(field, to, x.to_bits() as i64),
        b'f' => {
            let narrow = x as f32;
            if narrow.is_infinite() && x.is_finite() && !field.native {
                return Err(h.overflow_error("float too large to pack with f format"));
            }
            put(field, to, narrow.to_bits().into());
        }
        _ => match half_bits(x) {
            Some(bits) => put(field, to, bits.into()),
            None => return Err(h.overflow_error("float too large to pack with e format")),
        },
    }
    Ok(())
}

/// IEEE 754 binary16, half to even; nothing if it is too large.
fn half_bits(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    let size = x.abs();
    if size.is_nan() {
        return Some(sign | 0x7e00);
    }
    if size.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if size < f64::from_bits((1023 - 14) << 52) {
        // Subnormal: a multiple of 2^-24. Rounding up to 2^-14 gives its bits all the same.
        return Some(sign | (size * 16_777_216.0).round_ties_even() as u16);
    }
    let exponent = (size.to_bits() >> 52) as i64 - 1023;
    let unit = f64::from_bits(((exponent - 10 + 1023) as u64) << 52);
    let mantissa = (size / unit).round_ties_even() as u32;
    let bits = ((exponent + 14) as u32).checked_mul(1024)?.checked_add(mantissa)?;
    if exponent > 15 || bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}

fn pack_int(h: &mut Held, field: &Field, value: &Value, to: &mut [u8]) -> R<()> {
    if let Some(i) = value.as_small_int().filter(|&i| fits(field, i)) {
        put(field, to, i);
        return Ok(());
    }
    let index = match value.as_int() {
        Some(_) => value.clone(),
        None if h.special(value, n::__index__).is_some() => h.index(value)?,
        None => return Err(struct_error(h, "required argument is not an integer")),
    };
    let Some(int) = index.as_int() else { return Ok(()) };
    match check(field, int) {
        Ok(word) => put(field, to, word as i64),
        Err(message) => return Err(struct_error(h, &message)),
    }
    Ok(())
}

/// Whether an int is within the range of its field.
#[inline]
fn fits(field: &Field, i: i64) -> bool {
    let unused = 64 - field.size as u32 * 8;
    match field.code {
        b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => i << unused >> unused == i,
        _ => i >= 0 && (i as u64) << unused >> unused == i as u64,
    }
}

/// The low bits in the order of bytes.
#[inline]
fn put(field: &Field, to: &mut [u8], word: i64) {
    let word = if field.big_endian { word.swap_bytes() >> (64 - field.size as u32 * 8) } else { word };
    match to {
        [a] => *a = word as u8,
        [_, _] => to.copy_from_slice(&(word as u16).to_le_bytes()),
        [_, _, _, _] => to.copy_from_slice(&(word as u32).to_le_bytes()),
        _ => to.copy_from_slice(&word.to_le_bytes()[..to.len()]),
    }
}

/// An int that fits its field, or CPython's words for one that does not: they differ where it packs on different ways.
fn check(field: &Field, int: IntView<'_>) -> Result<i128, String> {
    const OUT_OF_RANGE: &str = "argument out of range";
    let code = char::from(field.code);
    let bits = field.size as u32 * 8;
    let word = match int {
        IntView::Small(i) => Some(i128::from(i)),
        IntView::Big(big) => i128::try_from(big).ok(),
    };
    // Little-endian fields of the machine's own sizes are packed as native ones.
    let as_native = field.native || (!field.big_endian && !matches!(code, 'l' | 'L'));
    let signed = (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1);
    let unsigned = (0, (1i128 << bits) - 1);
    let (reading, (low, high)) = match code {
        'P' => {
            return word
                .filter(|&w| w >= signed.0 && w <= unsigned.1)
                .ok_or_else(|| "int too large to convert".to_owned());
        }
        'q' | 'Q' if field.big_endian => {
            let (low, high) = if code == 'q' { signed } else { unsigned };
            return word.filter(|&w| w >= low && w <= high).ok_or_else(|| "int too large to convert".to_owned());
        }
        'b' | 'h' | 'i' | 'l' | 'q' | 'n' => (LONG, signed),
        'B' => (LONG, unsigned),
        'H' if as_native => (LONG, unsigned),
        _ => (UNSIGNED_LONG, unsigned),
    };
    let word = word.filter(|&w| w >= reading.0 && w <= reading.1).ok_or(OUT_OF_RANGE)?;
    if word >= low && word <= high {
        return Ok(word);
    }
    Err(match code {
        'b' => "byte format requires -128 <= number <= 127".to_owned(),
        'B' => "ubyte format requires 0 <= number <= 255".to_owned(),
        'h' if as_native => "short format requires -32768 <= number <= 32767".to_owned(),
        'H' if as_native => "ushort format requires 0 <= number <= 65535".to_owned(),
        _ => format!("'{code}' format requires {low} <= number <= {high}"),
    })
}

/// What C's types hold that ints are read as first.
const LONG: (i128, i128) = (i64::MIN as i128, i64::MAX as i128);
const UNSIGNED_LONG: (i128, i128) = (0, u64::MAX as i128);
