//! What Unicode says of a code point: the `unicodedata` of CPython 3.11 (Unicode 14).
//!
//! In: a code point, surrogates included. Out: its properties, case mappings, names, normal forms. The one invariant:
//! nothing here fails; a code point that is unassigned or out of range has the properties of an unassigned one.
//! Read `tables` (where the data comes from), `property`, `mapping`, then `names` and `normalize`.

pub mod decomposition;
pub mod mapping;
pub mod names;
pub mod normalize;
pub mod property;
mod tables;

pub use property::*;
