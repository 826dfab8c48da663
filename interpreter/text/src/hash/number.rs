//! Hashes of numbers: the value modulo the prime 2**61 - 1, fractions by the inverse.
//!
//! In: an int or a float. Out: the hash. The one invariant: the sign of a number is the sign of its hash.

use super::not_minus_one;
use num_bigint::{BigInt, Sign};

pub const MODULUS: u64 = (1 << BITS) - 1;
/// The hash of infinity; of minus infinity with a minus.
pub const INFINITY: i64 = 314_159;

const BITS: u32 = 61;

/// `hash(n)` of a machine int.
pub fn int(n: i64) -> i64 {
    signed(n < 0, n.unsigned_abs() % MODULUS)
}

pub fn big_int(n: &BigInt) -> i64 {
    // 2**64 is 8 modulo 2**61 - 1.
    let step = |hash: u64, word: u64| ((u128::from(hash) * 8 + u128::from(word)) % u128::from(MODULUS)) as u64;
    signed(n.sign() == Sign::Minus, n.iter_u64_digits().rev().fold(0, step))
}

/// `hash(x)`; `None` of a NaN, which hashes as the object it is.
pub fn float(x: f64) -> Option<i64> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { INFINITY } else { -INFINITY });
    }
    let bits = x.to_bits();
    let (biased, stored) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    let (size, exponent) = if biased == 0 { (stored, -1074) } else { (stored | 1 << 52, biased - 1075) };
    // Multiplying by a power of two turns the 61 bits round.
    Some(signed(x < 0.0, rotate(size, exponent.rem_euclid(BITS as i32) as u32)))
}

/// `hash(p)` of an address, as objects without `__hash__` have it.
pub fn pointer(address: usize) -> i64 {
    not_minus_one((address as u64).rotate_right(4) as i64)
}

fn rotate(size: u64, left: u32) -> u64 {
    (size << left & MODULUS) | size >> (BITS - left)
}

fn signed(negative: bool, hash: u64) -> i64 {
    not_minus_one(if negative { -(hash as i64) } else { hash as i64 })
}
