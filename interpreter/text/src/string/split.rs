//! split, rsplit, splitlines.
//!
//! In: a text, perhaps a separator, how often to cut (`None`: as often as possible). Out: the pieces, as ranges handed
//! to `emit` in the order found: from the left, but `rsplit` and `rsplit_whitespace` from the right, so that their caller
//! reverses. The one invariant: ranges are in bounds, in order, and do not overlap.

use super::find::same_width;
use super::search::{Search, position_where};
use crate::chars::{Chars, Unit, each_width};
use crate::unicode::{is_line_break, is_space};
use std::ops::Range;

/// `s.split(sep, max)`; `sep` is not empty.
pub fn split(s: Chars<'_>, sep: Chars<'_>, max: Option<usize>, mut emit: impl FnMut(Range<usize>)) {
    let mut start = 0;
    let cut = |at: usize| {
        emit(start..at);
        start = at + sep.len();
    };
    same_width!(s, sep, (), |hay, needle| Search::each_match(hay, needle, max.unwrap_or(usize::MAX), cut));
    emit(start..s.len());
}

/// `s.rsplit(sep, max)`, last piece first; `sep` is not empty.
pub fn rsplit(s: Chars<'_>, sep: Chars<'_>, max: Option<usize>, mut emit: impl FnMut(Range<usize>)) {
    let mut end = s.len();
    same_width!(s, sep, (), |hay, needle| {
        for _ in 0..max.unwrap_or(usize::MAX) {
            let Some(at) = Search::rfind(&hay[..end], needle) else { break };
            emit(at + needle.len()..end);
            end = at;
        }
    });
    emit(0..end);
}

/// `s.split(None, max)`.
pub fn split_whitespace(s: Chars<'_>, max: Option<usize>, emit: impl FnMut(Range<usize>)) {
    each_width!(s, units => split_runs(units, is_space, max, emit));
}

/// `s.rsplit(None, max)`, last piece first.
pub fn rsplit_whitespace(s: Chars<'_>, max: Option<usize>, emit: impl FnMut(Range<usize>)) {
    each_width!(s, units => rsplit_runs(units, is_space, max, emit));
}

/// `s.splitlines(keepends)`.
pub fn splitlines(s: Chars<'_>, keepends: bool, emit: impl FnMut(Range<usize>)) {
    each_width!(s, units => split_lines(units, is_line_break, keepends, emit));
}

/// Pieces between runs of what `space` says; the last of `max` + 1 pieces keeps the spaces inside it and after it.
pub(crate) fn split_runs<U: Unit>(
    units: &[U],
    space: impl Fn(u32) -> bool,
    max: Option<usize>,
    mut emit: impl FnMut(Range<usize>),
) {
    let mut left = max.unwrap_or(usize::MAX);
    let mut at = 0;
    loop {
        at += units[at..].iter().take_while(|&&u| space(u.into())).count();
        if at == units.len() {
            return;
        }
        if left == 0 {
            return emit(at..units.len());
        }
        let start = at;
        at += units[at..].iter().take_while(|&&u| !space(u.into())).count();
        emit(start..at);
        left -= 1;
    }
}

/// The mirror image of `split_runs`.
pub(crate) fn rsplit_runs<U: Unit>(
    units: &[U],
    space: impl Fn(u32) -> bool,
    max: Option<usize>,
    mut emit: impl FnMut(Range<usize>),
) {
    let mut left = max.unwrap_or(usize::MAX);
    let mut end = units.len();
    loop {
        end -= units[..end].iter().rev().take_while(|&&u| space(u.into())).count();
        if end == 0 {
            return;
        }
        if left == 0 {
            return emit(0..end);
        }
        let stop = end;
        end -= units[..end].iter().rev().take_while(|&&u| !space(u.into())).count();
        emit(end..stop);
        left -= 1;
    }
}

/// Lines end at what `ends` says, and at a carriage return with the newline after it.
pub(crate) fn split_lines<U: Unit>(
    units: &[U],
    ends: impl Fn(u32) -> bool,
    keepends: bool,
    mut emit: impl FnMut(Range<usize>),
) {
    let mut start = 0;
    while start < units.len() {
        let end = start + position_where(&units[start..], &ends).unwrap_or(units.len() - start);
        let next = match (units.get(end).map(|&u| u.into()), units.get(end + 1).map(|&u| u.into())) {
            (None, _) => end,
            (Some(0x0d), Some(0x0a)) => end + 2,
            _ => end + 1,
        };
        emit(start..if keepends { next } else { end });
        start = next;
    }
}
