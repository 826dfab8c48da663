//! The hash of str and bytes: SipHash-1-3 under a key of the process.
//!
//! In: a key, and storage. Out: the hash. The one invariant: equal texts hash alike, for which a str is stored in its
//! narrowest width; with `PYTHONHASHSEED=n` the hashes are those of CPython under the same seed.

use super::not_minus_one;
use crate::chars::Chars;

/// The secret that strings are hashed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HashKey {
    pub k0: u64,
    pub k1: u64,
}

impl HashKey {
    /// From 16 random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> HashKey {
        let [k0, k1] = [0, 8].map(|at| bytes[at..at + 8].iter().rev().fold(0, |key, &b| key << 8 | u64::from(b)));
        HashKey { k0, k1 }
    }

    /// `PYTHONHASHSEED=seed`; 0 gives the zero key.
    pub fn from_seed(seed: u32) -> HashKey {
        if seed == 0 {
            return HashKey::default();
        }
        let mut state = seed;
        HashKey::from_bytes(std::array::from_fn(|_| {
            state = state.wrapping_mul(214_013).wrapping_add(2_531_011);
            (state >> 16) as u8
        }))
    }
}

/// `hash(s)`; `s` is in its narrowest width.
pub fn str_hash(key: HashKey, s: Chars<'_>) -> i64 {
    match s {
        Chars::One(bytes) => bytes_hash(key, bytes),
        Chars::Two(units) => finish(key, units.len() * 2, units.chunks(4).map(|word| pack(word, 16))),
        Chars::Four(units) => finish(key, units.len() * 4, units.chunks(2).map(|word| pack(word, 32))),
    }
}

/// `hash(b)`.
pub fn bytes_hash(key: HashKey, bytes: &[u8]) -> i64 {
    let words = bytes.chunks_exact(8);
    let tail = pack(words.remainder(), 8);
    let words = words.filter_map(|word| word.first_chunk()).map(|word| u64::from_le_bytes(*word));
    finish(key, bytes.len(), words.chain([tail]))
}

/// Units of `bits` each in one word, the first lowest.
fn pack<U: Copy + Into<u64>>(units: &[U], bits: u32) -> u64 {
    units.iter().rev().fold(0, |word, &unit| word << bits | unit.into())
}

/// `words` are all of the `len` bytes, the last one perhaps not full: that one goes with the length.
fn finish(key: HashKey, len: usize, words: impl Iterator<Item = u64>) -> i64 {
    if len == 0 {
        return 0;
    }
    let mut state = State::new(key);
    let mut last = 0;
    let full = len / 8;
    for (i, word) in words.enumerate() {
        if i < full { state.absorb(word) } else { last = word }
    }
    state.absorb((len as u64) << 56 | last);
    not_minus_one(state.digest() as i64)
}

struct State {
    v: [u64; 4],
}

impl State {
    fn new(key: HashKey) -> State {
        let v = [0x736f_6d65_7073_6575, 0x646f_7261_6e64_6f6d, 0x6c79_6765_6e65_7261, 0x7465_6462_7974_6573];
        State { v: [v[0] ^ key.k0, v[1] ^ key.k1, v[2] ^ key.k0, v[3] ^ key.k1] }
    }

    #[inline]
    fn absorb(&mut self, word: u64) {
        self.v[3] ^= word;
        self.round();
        self.v[0] ^= word;
    }

    fn digest(mut self) -> u64 {
        self.v[2] ^= 0xff;
        (0..3).for_each(|_| self.round());
        self.v[0] ^ self.v[1] ^ self.v[2] ^ self.v[3]
    }

    #[inline]
    fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.v;
        a = a.wrapping_add(b);
        c = c.wrapping_add(d);
        b = b.rotate_left(13) ^ a;
        d = d.rotate_left(16) ^ c;
        a = a.rotate_left(32).wrapping_add(d);
        c = c.wrapping_add(b);
        d = d.rotate_left(21) ^ a;
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.v = [a, b, c, d];
    }
}
