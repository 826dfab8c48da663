//! Text and numbers as text: what the object model of toy calls, and knows no object itself.
//!
//! In: `Chars` (a str's code points), byte slices, machine ints, `BigInt`s, floats. Out: the same, or positions, or
//! typed errors that carry CPython's words. The one invariant: results are those of CPython 3.11, to the last digit
//! and message. Read `chars` first; every other module stands alone:
//!
//! - `unicode`: properties, case mappings, names and normal forms of code points
//! - `string`, `bytes`: the methods of str and bytes
//! - `number`: ints and floats from text and to text
//! - `format`: the format mini-language, `str.format` and `%`
//! - `codecs`: bytes to str and back
//! - `hash`: the hashes of str, numbers, tuples and frozensets
//! - `random`: the Mersenne Twister of `random.Random`

#![deny(unsafe_code)]

pub mod bytes;
pub mod chars;
pub mod codecs;
pub mod format;
pub mod hash;
pub mod number;
pub mod random;
pub mod string;
pub mod unicode;

pub use chars::{Chars, CharsBuf, CharsOwned, MAX_LEN, TooLong};
