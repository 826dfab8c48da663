//! Whole numbers from and to text and binary ints.
//!
//! In: digits, `BigUint`. Out: the same. The one invariant: large ones are converted by halves, so the time is that of a few
//! multiplications.

use crate::limbs::{BASE, WIDTH};
use crate::natural::Natural;
use num_bigint::BigUint;
use smallvec::SmallVec;

/// So many words or limbs are converted one by one.
const PIECE: usize = 32;

impl Natural {
    /// Of ASCII digits.
    pub(crate) fn from_digits(digits: &[u8]) -> Natural {
        let limbs = digits.rchunks(WIDTH).map(|chunk| chunk.iter().fold(0, |n, digit| n * 10 + (digit - b'0') as u64));
        Natural::normal(limbs.collect())
    }

    /// Appends its digits.
    pub fn write(&self, text: &mut String) {
        let mut buffer = [b'0'; WIDTH];
        let Some((top, rest)) = self.0.split_last() else { return text.push('0') };
        push_digits(text, &mut buffer, *top, top.ilog10() as usize + 1);
        for limb in rest.iter().rev() {
            push_digits(text, &mut buffer, *limb, WIDTH);
        }
    }

    pub fn from_big(n: &BigUint) -> Natural {
        let words = n.to_u64_digits();
        match *words.as_slice() {
            [] => Natural::default(),
            [low] => Natural::from(low),
            [low, high] => Natural::from((high as u128) << 64 | low as u128),
            _ => {
                let mut powers = vec![word_power(PIECE)];
                from_words(&words, &mut powers)
            }
        }
    }

    pub fn to_big(&self) -> BigUint {
        match self.to_u128() {
            Some(n) => BigUint::from(n),
            None => {
                let mut powers = vec![BigUint::from(BASE).pow(PIECE as u32)];
                to_words(&self.0, &mut powers)
            }
        }
    }
}

fn push_digits(text: &mut String, buffer: &mut [u8; WIDTH], mut limb: u64, count: usize) {
    for place in buffer[..count].iter_mut().rev() {
        *place = b'0' + (limb % 10) as u8;
        limb /= 10;
    }
    text.push_str(str::from_utf8(&buffer[..count]).unwrap_or_default());
}

/// 2^(64 n).
fn word_power(n: usize) -> Natural {
    let word = Natural::from(1u128 << 64);
    (1..n).fold(word.clone(), |power, _| power.times(&word))
}

/// The largest piece that is a power of two of `PIECE`s and leaves something; and which power that is.
fn split_at(length: usize) -> (usize, usize) {
    let level = ((length - 1) / PIECE).ilog2() as usize;
    (PIECE << level, level)
}

/// `powers[i]` is 2^(64 * PIECE * 2^i), made when it is wanted.
fn from_words(words: &[u64], powers: &mut Vec<Natural>) -> Natural {
    if words.len() <= PIECE {
        let word = Natural::from(1u128 << 64);
        return words.iter().rev().fold(Natural::default(), |n, &next| n.times(&word).plus(&Natural::from(next)));
    }
    let (at, level) = split_at(words.len());
    while powers.len() <= level {
        let last = &powers[powers.len() - 1];
        powers.push(last.times(last));
    }
    let high = from_words(&words[at..], powers);
    let low = from_words(&words[..at], powers);
    high.times(&powers[level]).plus(&low)
}

/// `powers[i]` is BASE^(PIECE * 2^i).
fn to_words(limbs: &[u64], powers: &mut Vec<BigUint>) -> BigUint {
    if limbs.len() <= PIECE {
        return limbs.iter().rev().fold(BigUint::default(), |n, &limb| n * BASE + limb);
    }
    let (at, level) = split_at(limbs.len());
    while powers.len() <= level {
        let last = &powers[powers.len() - 1];
        powers.push(last * last);
    }
    let high = to_words(&limbs[at..], powers);
    let low = to_words(&limbs[..at], powers);
    high * &powers[level] + low
}

impl FromIterator<u64> for Natural {
    /// Of limbs, the lowest first.
    fn from_iter<I: IntoIterator<Item = u64>>(limbs: I) -> Natural {
        Natural::normal(limbs.into_iter().collect::<SmallVec<[u64; 4]>>())
    }
}
