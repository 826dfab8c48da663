//! Substring search in one width: `memchr`'s for bytes, our own for two- and four-byte units.
//!
//! In: two slices of the same unit. Out: where one is in the other. The one invariant: time is linear in the haystack
//! and the needle; the wide search starts with plain comparing and falls back to Knuth-Morris-Pratt when that has
//! compared more than a few times what it has passed.

use crate::chars::Unit;
use memchr::memmem;

/// A unit that slices can be searched for. The needle is never empty.
pub trait Search: Unit {
    fn find(hay: &[Self], needle: &[Self]) -> Option<usize>;
    fn rfind(hay: &[Self], needle: &[Self]) -> Option<usize>;
    /// Calls `emit` with each match, left to right, not overlapping, at most `max`.
    fn each_match(hay: &[Self], needle: &[Self], max: usize, emit: impl FnMut(usize));
}

impl Search for u8 {
    fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [one] => memchr::memchr(*one, hay),
            _ if hay.len() <= SHORT => match find_trying(hay, needle) {
                Ok(found) => found,
                Err(at) => memmem::find(&hay[at..], needle).map(|found| at + found),
            },
            _ => memmem::find(hay, needle),
        }
    }

    fn rfind(hay: &[u8], needle: &[u8]) -> Option<usize> {
        match needle {
            [one] => memchr::memrchr(*one, hay),
            _ => memmem::rfind(hay, needle),
        }
    }

    fn each_match(hay: &[u8], needle: &[u8], max: usize, emit: impl FnMut(usize)) {
        match needle {
            [one] => memchr::memchr_iter(*one, hay).take(max).for_each(emit),
            _ => memmem::find_iter(hay, needle).take(max).for_each(emit),
        }
    }
}

/// Setting up `memmem` costs more than searching so few bytes.
const SHORT: usize = 512;
/// So many places that begin as the needle does are tried one by one.
const TRIES: usize = 8;

/// Tries the places where the needle's first byte stands; the error says from where on nothing was tried.
fn find_trying(hay: &[u8], needle: &[u8]) -> Result<Option<usize>, usize> {
    let Some(last) = hay.len().checked_sub(needle.len()) else { return Ok(None) };
    let mut at = 0;
    for _ in 0..TRIES {
        match memchr::memchr(needle[0], &hay[at..=last]) {
            Some(past) if hay[at + past..].starts_with(needle) => return Ok(Some(at + past)),
            Some(past) if at + past < last => at += past + 1,
            _ => return Ok(None),
        }
    }
    Err(at)
}

impl Search for u16 {
    fn find(hay: &[u16], needle: &[u16]) -> Option<usize> {
        find_wide(hay, needle)
    }

    fn rfind(hay: &[u16], needle: &[u16]) -> Option<usize> {
        rfind_wide(hay, needle)
    }

    fn each_match(hay: &[u16], needle: &[u16], max: usize, emit: impl FnMut(usize)) {
        each_wide_match(hay, needle, max, emit);
    }
}

impl Search for u32 {
    fn find(hay: &[u32], needle: &[u32]) -> Option<usize> {
        find_wide(hay, needle)
    }

    fn rfind(hay: &[u32], needle: &[u32]) -> Option<usize> {
        rfind_wide(hay, needle)
    }

    fn each_match(hay: &[u32], needle: &[u32], max: usize, emit: impl FnMut(usize)) {
        each_wide_match(hay, needle, max, emit);
    }
}

/// How many units are looked at in one go for the needle's first: enough for the compiler to use vectors.
const STRIDE: usize = 16;
/// Comparing may cost this many units for each one passed, before the search changes its way.
const PATIENCE: usize = 8;

fn each_wide_match<U: Unit>(hay: &[U], needle: &[U], max: usize, mut emit: impl FnMut(usize)) {
    let mut at = 0;
    for _ in 0..max {
        let Some(found) = find_wide(&hay[at..], needle) else { return };
        emit(at + found);
        at += found + needle.len();
    }
}

fn find_wide<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let last = hay.len().checked_sub(needle.len())?;
    let mut compared = 0;
    let mut at = 0;
    while at <= last {
        at += position(&hay[at..=last], needle[0])?;
        let equal = common_prefix(&hay[at..], needle);
        if equal == needle.len() {
            return Some(at);
        }
        compared += equal;
        at += 1;
        if compared > PATIENCE * (at + needle.len()) {
            return find_knuth(&hay[at..], needle).map(|found| at + found);
        }
    }
    None
}

fn rfind_wide<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let last = hay.len().checked_sub(needle.len())?;
    let mut compared = 0;
    for at in (0..=last).rev() {
        let equal = common_prefix(&hay[at..], needle);
        if equal == needle.len() {
            return Some(at);
        }
        compared += equal;
        if compared > PATIENCE * (hay.len() - at) {
            let hay: Vec<U> = hay[..at + needle.len() - 1].iter().rev().copied().collect();
            let needle: Vec<U> = needle.iter().rev().copied().collect();
            return find_knuth(&hay, &needle).map(|found| hay.len() - found - needle.len());
        }
    }
    None
}

fn position<U: Unit>(hay: &[U], wanted: U) -> Option<usize> {
    first(hay, |u| u == wanted)
}

/// The first unit of which `test` holds. It looks at whole strides first, which a compiler turns into vectors.
pub(super) fn position_where<U: Unit>(hay: &[U], test: impl Fn(u32) -> bool) -> Option<usize> {
    first(hay, |u| test(u.wide()))
}

fn first<U: Unit>(hay: &[U], test: impl Fn(U) -> bool) -> Option<usize> {
    let whole = hay.chunks_exact(STRIDE);
    let rest = whole.remainder();
    for (i, chunk) in whole.enumerate() {
        if chunk.iter().fold(false, |found, &u| found | test(u)) {
            return chunk.iter().position(|&u| test(u)).map(|found| i * STRIDE + found);
        }
    }
    let tail = hay.len() - rest.len();
    rest.iter().position(|&u| test(u)).map(|found| tail + found)
}

fn common_prefix<U: Unit>(a: &[U], b: &[U]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

fn find_knuth<U: Unit>(hay: &[U], needle: &[U]) -> Option<usize> {
    let borders = borders(needle);
    let mut matched = 0;
    for (i, &unit) in hay.iter().enumerate() {
        while matched > 0 && needle[matched] != unit {
            matched = borders[matched - 1];
        }
        if needle[matched] == unit {
            matched += 1;
        }
        if matched == needle.len() {
            return Some(i + 1 - matched);
        }
    }
    None
}

/// For every prefix of `needle`, the length of the longest proper prefix that it also ends with.
fn borders<U: Unit>(needle: &[U]) -> Vec<usize> {
    let mut borders = vec![0; needle.len()];
    let mut matched = 0;
    for i in 1..needle.len() {
        while matched > 0 && needle[matched] != needle[i] {
            matched = borders[matched - 1];
        }
        if needle[matched] == needle[i] {
            matched += 1;
        }
        borders[i] = matched;
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every needle over {a, b} up to five long, in every haystack up to nine: all searches agree with the obvious one.
    #[test]
    fn wide_searches_agree_with_the_obvious_one() {
        for hay in words(9) {
            for needle in words(5).into_iter().filter(|needle| !needle.is_empty()) {
                let all: Vec<usize> = (0..hay.len()).filter(|&i| hay[i..].starts_with(&needle)).collect();
                assert_eq!(find_wide(&hay, &needle), all.first().copied());
                assert_eq!(find_knuth(&hay, &needle), all.first().copied());
                assert_eq!(rfind_wide(&hay, &needle), all.last().copied());
            }
        }
    }

    #[test]
    fn a_periodic_haystack_falls_back() {
        let mut hay = vec![7u16; 100_000];
        let mut needle = vec![7u16; 5_000];
        needle[2_500] = 8;
        assert_eq!((find_wide(&hay, &needle), rfind_wide(&hay, &needle)), (None, None));
        hay[50_000] = 8;
        assert_eq!((find_wide(&hay, &needle), rfind_wide(&hay, &needle)), (Some(47_500), Some(47_500)));
    }

    fn words(longest: u32) -> Vec<Vec<u16>> {
        (0..=longest)
            .flat_map(|n| (0..1u32 << n).map(move |bits| (0..n).map(|i| (bits >> i & 1) as u16).collect()))
            .collect()
    }
}
