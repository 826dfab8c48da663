//! Hashes of tuples and frozensets from the hashes of their members.
//!
//! In: members' hashes. Out: the hash. The one invariant: a tuple's depends on their order, a frozenset's does not.

const PRIME_1: u64 = 11_400_714_785_074_694_791;
const PRIME_2: u64 = 14_029_467_366_897_019_727;
const PRIME_5: u64 = 2_870_177_450_012_600_261;
/// What a tuple hashes to that would hash to -1.
const INSTEAD_OF_MINUS_ONE: i64 = 1_546_275_796;

/// `hash(t)`: xxHash, without its last mixing. The hashes of the members are added in order.
#[derive(Debug, Clone, Copy)]
pub struct TupleHash(u64);

impl TupleHash {
    #[allow(clippy::new_without_default)] // a hash of nothing is no value to fall back on
    pub fn new() -> TupleHash {
        TupleHash(PRIME_5)
    }

    #[inline]
    pub fn add(&mut self, hash: i64) {
        self.0 = self.0.wrapping_add((hash as u64).wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1);
    }

    /// The hash of a tuple of `len` members, all of them added.
    pub fn finish(self, len: usize) -> i64 {
        let acc = self.0.wrapping_add(len as u64 ^ PRIME_5 ^ 3_527_539);
        if acc == u64::MAX { INSTEAD_OF_MINUS_ONE } else { acc as i64 }
    }
}

/// `hash(t)` of members whose hashes are known.
pub fn tuple(members: impl ExactSizeIterator<Item = i64>) -> i64 {
    let len = members.len();
    let mut hash = TupleHash::new();
    members.for_each(|member| hash.add(member));
    hash.finish(len)
}

/// `hash(s)` of a frozenset with `len` members.
pub fn frozenset(members: impl Iterator<Item = i64>, len: usize) -> i64 {
    let mixed = members.fold(0, |hash, member| hash ^ shuffle(member as u64));
    let sized = mixed ^ (len as u64 + 1).wrapping_mul(1_927_868_237);
    let dispersed = sized ^ sized >> 11 ^ sized >> 25;
    let hash = dispersed.wrapping_mul(69_069).wrapping_add(907_133_923) as i64;
    if hash == -1 { 590_923_713 } else { hash }
}

/// Spreads the bits of near hashes apart.
fn shuffle(hash: u64) -> u64 {
    (hash ^ 89_869_747 ^ hash << 16).wrapping_mul(3_644_798_167)
}
