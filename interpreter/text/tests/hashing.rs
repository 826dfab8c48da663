//! Hashes and random numbers against python3.
//!
//! In: the cases of `oracle/hashing.py`. Out: a failed test for every difference. The one invariant: an operation that
//! is not known here fails.

mod common;

use common::check;
use num_bigint::BigUint;
use num_traits::Num;
use toy_text::CharsOwned;
use toy_text::bytes::narrow;
use toy_text::hash::collection::{frozenset, tuple};
use toy_text::hash::siphash::{HashKey, bytes_hash, str_hash};
use toy_text::number::float_hex::float_hex;
use toy_text::random::Random;

#[test]
fn hashes_and_random_numbers_agree_with_python3() {
    check("hashing", 300, |operation, arguments| match operation {
        "str_hash" => str_hash(key(&arguments[0]), arguments[1].as_chars()).to_string(),
        "bytes_hash" => bytes_hash(key(&arguments[0]), &narrow(arguments[1].clone())).to_string(),
        "tuple_hash" => tuple(numbers(&arguments[0]).into_iter()).to_string(),
        "frozenset_hash" => {
            let members = numbers(&arguments[0]);
            frozenset(members.iter().copied(), members.len()).to_string()
        }
        "seed_int" => {
            let seed = arguments[0].as_chars().to_string_lossy();
            draw(Random::from_int(&BigUint::from_str_radix(&seed[2..], 16).expect("python3 writes hexadecimal")))
        }
        "seed_bytes" => draw(Random::from_bytes(&narrow(arguments[0].clone()))),
        _ => panic!("unknown operation {operation}"),
    });
}

/// Draws what the script draws.
fn draw(mut r: Random) -> String {
    let mut drawn: Vec<String> = (0..3).map(|_| float_hex(r.random())).collect();
    drawn.extend([1, 5, 31, 32, 33, 63, 64].map(|k| r.bits64(k).to_string()));
    drawn.extend([65, 96, 100, 1000].map(|k| r.bits(k).to_string()));
    drawn.extend([1, 2, 7, 1000, 1 << 40, 1 << 63].map(|n| r.below64(n).to_string()));
    let wide = [(BigUint::from(1u8) << 64u32) + 1u8, BigUint::from(3u8).pow(100)];
    drawn.extend(wide.map(|n| r.below(&n).to_string()));
    (0..700).for_each(|_| drop(r.bits(32)));
    let (words, index) = r.state();
    let state = [words[0].to_string(), words[623].to_string(), index.to_string()];
    let mut copy = Random::from_state(*words, index).expect("the index is in range");
    drawn.push(float_hex(copy.random()));
    drawn.extend(state);
    drawn.join("|")
}

fn key(seed: &CharsOwned) -> HashKey {
    HashKey::from_seed(seed.as_chars().to_string_lossy().parse().expect("python3 writes ints"))
}

fn numbers(text: &CharsOwned) -> Vec<i64> {
    text.as_chars().to_string_lossy().split_whitespace().map(|n| n.parse().expect("python3 writes ints")).collect()
}
