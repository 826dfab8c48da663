//! Hashes that the tables need, as CPython computes them.
//!
//! In: numbers and code points. Out: 64-bit hashes, never -1. The one invariant: numbers that compare equal hash equal,
//! whatever their type (modulo the Mersenne prime 2^61 - 1).

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use toy_text::Chars;

const MODULUS: u64 = (1 << 61) - 1;

/// The hash of a machine int.
#[inline]
pub fn int_hash(i: i64) -> i64 {
    let magnitude = (i.unsigned_abs() % MODULUS) as i64;
    match if i < 0 { -magnitude } else { magnitude } {
        -1 => -2,
        hash => hash,
    }
}

pub fn big_int_hash(i: &BigInt) -> i64 {
    let magnitude = (i.magnitude() % MODULUS).to_i64().unwrap_or(0);
    match if i.sign() == num_bigint::Sign::Minus { -magnitude } else { magnitude } {
        -1 => -2,
        hash => hash,
    }
}

/// The hash of an address: its low bits say little.
#[inline]
pub fn address_hash(address: u64) -> i64 {
    address.rotate_right(4) as i64
}

/// The hash of a string: of its code points' bytes.
pub fn str_hash(chars: Chars<'_>) -> i64 {
    // SAFETY: the bytes of integers may be read as bytes.
    let bytes = unsafe {
        match chars {
            Chars::One(units) => units,
            Chars::Two(units) => std::slice::from_raw_parts(units.as_ptr().cast(), units.len() * 2),
            Chars::Four(units) => std::slice::from_raw_parts(units.as_ptr().cast(), units.len() * 4),
        }
    };
    bytes_hash(bytes)
}

pub fn bytes_hash(bytes: &[u8]) -> i64 {
    if bytes.is_empty() {
        return 0;
    }
    use std::hash::Hasher;
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish() as i64
}

/// The hash of a float; a NaN hashes by its identity.
pub fn float_hash(x: f64, value: &crate::objects::value::Value) -> i64 {
    toy_text::hash::number::float(x).unwrap_or_else(|| address_hash(value.bits()))
}
