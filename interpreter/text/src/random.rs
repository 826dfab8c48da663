//! `random.Random`: the Mersenne Twister MT19937, seeded and drawn from as CPython does.
//!
//! In: a seed. Out: words, floats, ints. The one invariant: the same seed and the same calls give the same numbers as
//! CPython; `index` is at most `N`, which means that new words are due.

use num_bigint::BigUint;
use sha2::{Digest, Sha512};

const N: usize = 624;
const M: usize = 397;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random {
    state: [u32; N],
    index: usize,
}

impl Random {
    /// `random.seed(n)`; the sign of an int does not count.
    pub fn from_int(n: &BigUint) -> Random {
        let mut key = n.to_u32_digits();
        if key.is_empty() {
            key.push(0);
        }
        Random::from_key(&key)
    }

    /// `random.seed(s)` of a str's UTF-8, of bytes or of a bytearray (version 2).
    pub fn from_bytes(bytes: &[u8]) -> Random {
        let digest = Sha512::digest(bytes);
        Random::from_int(&BigUint::from_bytes_be(&[bytes, &digest].concat()))
    }

    /// The reference generator's `init_by_array`; `key` is not empty.
    pub fn from_key(key: &[u32]) -> Random {
        let mut random = Random::from_word(19_650_218);
        let state = &mut random.state;
        let mut i = 1;
        for j in 0..N.max(key.len()) {
            let j = j % key.len();
            state[i] =
                (state[i] ^ mixed(state[i - 1]).wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            i = next_after_wrap(state, i);
        }
        for _ in 1..N {
            state[i] = (state[i] ^ mixed(state[i - 1]).wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i = next_after_wrap(state, i);
        }
        state[0] = 0x8000_0000;
        random
    }

    /// `random.random()`: 53 bits below 1.
    pub fn random(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `random.getrandbits(k)` for k up to 64.
    pub fn bits64(&mut self, k: u32) -> u64 {
        match k {
            0 => 0,
            1..=32 => u64::from(self.word() >> (32 - k)),
            _ => {
                let low = u64::from(self.word());
                low | u64::from(self.word() >> (64 - k.min(64))) << 32
            }
        }
    }

    /// `random.getrandbits(k)`.
    pub fn bits(&mut self, k: u64) -> BigUint {
        let words = k.div_ceil(32);
        let spare = words * 32 - k;
        let word = |i| if i + 1 == words { self.word() >> spare } else { self.word() };
        BigUint::new((0..words).map(word).collect())
    }

    /// `random._randbelow(n)`; 0 of 0.
    pub fn below64(&mut self, n: u64) -> u64 {
        let k = u64::BITS - n.leading_zeros();
        loop {
            let r = self.bits64(k);
            if r < n || n == 0 {
                return r;
            }
        }
    }

    /// `random._randbelow(n)`; 0 of 0.
    pub fn below(&mut self, n: &BigUint) -> BigUint {
        loop {
            let r = self.bits(n.bits());
            if r < *n || n.bits() == 0 {
                return r;
            }
        }
    }

    /// What `random.getstate()[1]` holds: the words, and the index after them.
    pub fn state(&self) -> (&[u32; N], usize) {
        (&self.state, self.index)
    }

    /// From what `state` gave; `None` when the index is past the words ("invalid state", a ValueError).
    pub fn from_state(state: [u32; N], index: usize) -> Option<Random> {
        (index <= N).then_some(Random { state, index })
    }

    /// The next 32 bits.
    pub fn word(&mut self) -> u32 {
        if self.index == N {
            self.renew();
        }
        let mut y = self.state[self.index];
        self.index += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    fn from_word(seed: u32) -> Random {
        let mut state = [seed; N];
        for i in 1..N {
            state[i] = mixed(state[i - 1]).wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Random { state, index: N }
    }

    fn renew(&mut self) {
        let state = &mut self.state;
        for i in 0..N {
            let y = state[i] & 0x8000_0000 | state[(i + 1) % N] & 0x7fff_ffff;
            let twist = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            state[i] = state[(i + M) % N] ^ y >> 1 ^ twist;
        }
        self.index = 0;
    }
}

fn mixed(word: u32) -> u32 {
    word ^ word >> 30
}

/// The place after `i`; past the end, the last word is carried to the front.
fn next_after_wrap(state: &mut [u32; N], i: usize) -> usize {
    if i + 1 < N {
        return i + 1;
    }
    state[0] = state[N - 1];
    1
}
