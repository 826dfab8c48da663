//! Where one text is in another: find, rfind, count, partition, startswith, endswith.
//!
//! In: two `Chars`, of any widths. Out: code point positions. The one invariant: an empty needle is found at every
//! place, ends included.

use super::search::Search;
use crate::chars::{Chars, Unit};
use std::ops::Range;

/// Runs one body with haystack and needle as slices of the haystack's unit; `$none` when the needle does not fit it.
macro_rules! same_width {
    ($hay:expr, $needle:expr, $none:expr, |$h:ident, $n:ident| $body:expr) => {
        match ($hay, $needle) {
            ($crate::Chars::One($h), $crate::Chars::One($n)) => $body,
            ($crate::Chars::Two($h), $crate::Chars::Two($n)) => $body,
            ($crate::Chars::Four($h), $crate::Chars::Four($n)) => $body,
            (hay, needle) => $crate::chars::each_width!(hay, $h => match $crate::string::find::in_width(needle, $h) {
                Some(owned) => {
                    let $n = &*owned;
                    $body
                }
                None => $none,
            }),
        }
    };
}
pub(crate) use same_width;

pub fn contains(s: Chars<'_>, sub: Chars<'_>) -> bool {
    find(s, sub).is_some()
}

/// The first place of `sub`.
pub fn find(s: Chars<'_>, sub: Chars<'_>) -> Option<usize> {
    if sub.is_empty() {
        return Some(0);
    }
    same_width!(s, sub, None, |hay, needle| Search::find(hay, needle))
}

/// The last place of `sub`.
pub fn rfind(s: Chars<'_>, sub: Chars<'_>) -> Option<usize> {
    if sub.is_empty() {
        return Some(s.len());
    }
    same_width!(s, sub, None, |hay, needle| Search::rfind(hay, needle))
}

/// How often `sub` is in `s` without overlap.
pub fn count(s: Chars<'_>, sub: Chars<'_>) -> usize {
    if sub.is_empty() {
        return s.len() + 1;
    }
    if let (Chars::One(s), Chars::One([sub])) = (s, sub) {
        return memchr::memchr_iter(*sub, s).count();
    }
    let mut count = 0;
    same_width!(s, sub, (), |hay, needle| Search::each_match(hay, needle, usize::MAX, |_| count += 1));
    count
}

pub fn starts_with(s: Chars<'_>, prefix: Chars<'_>) -> bool {
    prefix.len() <= s.len() && s.slice(0, prefix.len()) == prefix
}

pub fn ends_with(s: Chars<'_>, suffix: Chars<'_>) -> bool {
    suffix.len() <= s.len() && s.from(s.len() - suffix.len()) == suffix
}

/// The first place of `sep` (not empty) as a range: before it, it, and after it are partition's three parts.
pub fn partition(s: Chars<'_>, sep: Chars<'_>) -> Option<Range<usize>> {
    find(s, sep).map(|at| at..at + sep.len())
}

/// As `partition`, from the right.
pub fn rpartition(s: Chars<'_>, sep: Chars<'_>) -> Option<Range<usize>> {
    rfind(s, sep).map(|at| at..at + sep.len())
}

/// `chars` as units like those of `_like`; `None` when some code point does not fit.
pub(crate) fn in_width<U: Unit>(chars: Chars<'_>, _like: &[U]) -> Option<Vec<U>> {
    chars.iter().map(U::narrow).collect()
}
