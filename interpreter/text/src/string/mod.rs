//! The methods of str.
//!
//! In: `Chars`. Out: positions, ranges or new text. The one invariant: start, end and argument types are settled by the
//! caller; what comes in here is the slice to work on.

pub mod case;
pub mod classify;
pub mod find;
pub mod pad;
pub mod replace;
pub mod repr;
mod search;
pub mod split;
pub mod strip;
