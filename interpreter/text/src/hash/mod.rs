//! The hashes of CPython: what decides the order of sets and what programs print of `hash(x)`.
//!
//! In: numbers, the storage of a str, the hashes of members. Out: an i64 that is never -1 (CPython's mark of an error),
//! so -1 becomes -2. The one invariant: numbers that are equal have equal hashes, whatever their types.

pub mod collection;
pub mod number;
pub mod siphash;

/// -1 is taken.
pub(crate) fn not_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}
