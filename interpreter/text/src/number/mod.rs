//! Numbers as text: what `int`, `float`, `repr`, `round`, `float.hex` and every formatter need.
//!
//! In: text, or a number. Out: the other, or a typed error. The one invariant: conversion between binary and decimal is
//! correctly rounded, half to even, whatever the precision.

pub mod digits;
pub mod float_hex;
pub mod float_parse;
pub mod float_round;
pub mod float_text;
pub mod int_parse;
pub mod int_text;

pub use float_text::float_repr;
pub use int_parse::{Int, IntError, parse_int};
