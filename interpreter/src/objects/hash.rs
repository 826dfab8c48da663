//! Hashes that the tables need, as CPython computes them.
//!
//! In: numbers and code points. Out: 64-bit hashes, never -1. The one invariant: numbers that compare equal hash equal,
//! whatever their type (modulo the Mersenne prime 2^61 - 1).

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::sync::OnceLock;
use toy_text::Chars;
use toy_text::hash::siphash::{self, HashKey};

const MODULUS: u64 = (1 << 61) - 1;

/// The hash of a machine int.
#[inline]
pub fn int_hash(i: i64) -> i64 {
    let magnitude = i.unsigned_abs();
    // Hardly any number is that large, and a division costs more than the rest.
    let magnitude = if magnitude < MODULUS { magnitude } else { magnitude % MODULUS } as i64;
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

/// The hash of a string under the process's key.
pub fn str_hash(chars: Chars<'_>) -> i64 {
    siphash::str_hash(*hash_key(), chars)
}

pub fn bytes_hash(bytes: &[u8]) -> i64 {
    siphash::bytes_hash(*hash_key(), bytes)
}

/// The key of this process: random, or what `TOYHASHSEED` or `PYTHONHASHSEED` says.
pub fn hash_key() -> &'static HashKey {
    static KEY: OnceLock<HashKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let named =
            ["TOYHASHSEED", "PYTHONHASHSEED"].into_iter().find_map(|name| Some((name, std::env::var(name).ok()?)));
        match named {
            Some((_, seed)) if seed.is_empty() || seed == "random" => random_key(),
            Some((name, seed)) => match seed.parse() {
                Ok(seed) => HashKey::from_seed(seed),
                Err(_) => {
                    eprintln!("Fatal Python error: {name} must be \"random\" or an integer in range [0; 4294967295]");
                    std::process::exit(1)
                }
            },
            None => random_key(),
        }
    })
}

fn random_key() -> HashKey {
    use std::hash::{BuildHasher, RandomState};
    HashKey { k0: RandomState::new().hash_one(0), k1: RandomState::new().hash_one(1) }
}

/// The hash of a float; a NaN hashes by its identity.
pub fn float_hash(x: f64, value: &crate::objects::value::Value) -> i64 {
    toy_text::hash::number::float(x).unwrap_or_else(|| address_hash(value.bits()))
}
