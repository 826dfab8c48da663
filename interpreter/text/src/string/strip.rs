//! The strip family, and removeprefix and removesuffix.
//!
//! In: a text, perhaps the set of code points to strip. Out: the range that is left. The one invariant: the range is in
//! bounds and its start is at most its end.

use super::find::{ends_with, starts_with};
use crate::chars::{Chars, Unit, each_width};
use crate::unicode::is_space;
use std::ops::Range;

/// Which ends to strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Left,
    Right,
    Both,
}

/// `s.strip()` and its kin.
pub fn strip_whitespace(s: Chars<'_>, side: Side) -> Range<usize> {
    strip_where(s, side, is_space)
}

/// `s.strip(chars)` and its kin.
pub fn strip(s: Chars<'_>, chars: Chars<'_>, side: Side) -> Range<usize> {
    match chars {
        Chars::One([one]) => strip_where(s, side, |c| c == u32::from(*one)),
        // A bit for each narrow code point, so that a long set costs no search.
        Chars::One(set) => {
            let mut bits = [0u64; 4];
            set.iter().for_each(|&c| bits[usize::from(c >> 6)] |= 1 << (c & 63));
            strip_where(s, side, |c| c < 256 && bits[c as usize >> 6] >> (c & 63) & 1 == 1)
        }
        _ => strip_where(s, side, |c| chars.iter().any(|x| x == c)),
    }
}

/// What `s.removeprefix(prefix)` keeps.
pub fn remove_prefix(s: Chars<'_>, prefix: Chars<'_>) -> Range<usize> {
    if starts_with(s, prefix) { prefix.len()..s.len() } else { 0..s.len() }
}

/// What `s.removesuffix(suffix)` keeps.
pub fn remove_suffix(s: Chars<'_>, suffix: Chars<'_>) -> Range<usize> {
    if ends_with(s, suffix) { 0..s.len() - suffix.len() } else { 0..s.len() }
}

pub(crate) fn strip_where(s: Chars<'_>, side: Side, strips: impl Fn(u32) -> bool) -> Range<usize> {
    each_width!(s, units => {
        let mut start = 0;
        let mut end = units.len();
        if side != Side::Right {
            start = units.iter().take_while(|&&u| strips(u.wide())).count();
        }
        if side != Side::Left {
            end -= units[start..].iter().rev().take_while(|&&u| strips(u.wide())).count();
        }
        start..end
    })
}
