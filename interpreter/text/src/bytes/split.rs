//! split, rsplit and strip at white space, splitlines: ASCII's idea of white space and of a line's end.
//!
//! In: bytes. Out: ranges, as `string::split` and `string::strip` give them. The one invariant: lines end at `\n`, `\r`
//! and `\r\n` only.

use super::is_space;
use crate::chars::Chars;
use crate::string::split::{rsplit_runs, split_lines, split_runs};
use crate::string::strip::{Side, strip_where};
use std::ops::Range;

/// `b.split(None, max)`.
pub fn split_whitespace(b: &[u8], max: Option<usize>, emit: impl FnMut(Range<usize>)) {
    split_runs(b, space, max, emit);
}

/// `b.rsplit(None, max)`, last piece first.
pub fn rsplit_whitespace(b: &[u8], max: Option<usize>, emit: impl FnMut(Range<usize>)) {
    rsplit_runs(b, space, max, emit);
}

/// `b.splitlines(keepends)`.
pub fn splitlines(b: &[u8], keepends: bool, emit: impl FnMut(Range<usize>)) {
    split_lines(b, |c| matches!(c, 10 | 13), keepends, emit);
}

/// `b.strip()` and its kin.
pub fn strip_whitespace(b: &[u8], side: Side) -> Range<usize> {
    strip_where(Chars::One(b), side, space)
}

fn space(c: u32) -> bool {
    is_space(c as u8)
}
