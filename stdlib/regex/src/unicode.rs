//! What the parser asks about characters: categories, cases, identifiers, all from `tables`.
//! In: code points and flags. Out: sets and mappings.
//! Invariant: answers are those of the Unicode version in `tables`, whatever Rust's own is.
use std::sync::OnceLock;

use crate::charset::{CharSet, holds};
use crate::tables::{ALNUM, ALPHA, CASED, DECIMAL, ID_CONTINUE, ID_START, LOWER, SAME_UPPER, SPACE};

/// How IGNORECASE folds, which depends on the other flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    None,
    Ascii,
    Unicode,
    /// LOCALE; the locale is C's.
    Locale,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Category {
    Digit,
    Space,
    Word,
}

impl Category {
    pub fn set(self, unicode: bool) -> CharSet {
        static SETS: [OnceLock<CharSet>; 3] = [const { OnceLock::new() }; 3];
        let new = |ranges: &[(u32, u32)]| CharSet::new(ranges.to_vec());
        match (self, unicode) {
            (Category::Digit, false) => CharSet::one_range(48, 57),
            (Category::Space, false) => new(&[(9, 13), (32, 32)]),
            (Category::Word, false) => new(&[(48, 57), (65, 90), (95, 95), (97, 122)]),
            (Category::Digit, true) => SETS[0].get_or_init(|| new(DECIMAL)).clone(),
            (Category::Space, true) => SETS[1].get_or_init(|| new(SPACE)).clone(),
            (Category::Word, true) => SETS[2].get_or_init(|| new(ALNUM).union(&CharSet::one(95))).clone(),
        }
    }
}

/// Simple lowercase, Py_UNICODE_TOLOWER.
pub(crate) fn lower(c: u32) -> u32 {
    if c < 128 {
        return ascii_lower(c);
    }
    let after = LOWER.partition_point(|r| r.0 <= c);
    match LOWER[..after].last() {
        Some(&(first, last, step, delta)) if c <= last && (step == 1 || (c - first) & 1 == 0) => {
            c.wrapping_add_signed(delta)
        }
        _ => c,
    }
}

pub(crate) fn ascii_lower(c: u32) -> u32 {
    if (65..=90).contains(&c) { c + 32 } else { c }
}

pub(crate) fn is_cased(c: u32) -> bool {
    holds(CASED, c)
}

pub(crate) fn is_alpha(c: u32) -> bool {
    holds(ALPHA, c)
}

/// The other lowercased characters with the same uppercase.
pub(crate) fn same_upper(c: u32) -> impl Iterator<Item = u32> {
    let start = SAME_UPPER.partition_point(|p| p.0 < c);
    SAME_UPPER[start..].iter().take_while(move |p| p.0 == c).map(|p| p.1)
}

/// str.isidentifier.
pub(crate) fn is_identifier(name: &[u32]) -> bool {
    name.first().is_some_and(|&c| holds(ID_START, c)) && name[1..].iter().all(|&c| holds(ID_CONTINUE, c))
}

/// The value of a decimal digit of any script.
pub(crate) fn decimal_value(c: u32) -> Option<u32> {
    let after = DECIMAL.partition_point(|r| r.0 <= c);
    let &(first, last) = DECIMAL[..after].last()?;
    (c <= last).then_some((c - first) % 10)
}

/// All (upper, lower) pairs of the simple lowercase mapping.
pub(crate) fn lower_pairs() -> impl Iterator<Item = (u32, u32)> {
    LOWER.iter().flat_map(|&(first, last, step, delta)| {
        (first..=last).step_by(step as usize).map(move |c| (c, c.wrapping_add_signed(delta)))
    })
}

/// The characters whose folded form is in `set`: what IGNORECASE matching tests, turned into a plain set.
pub(crate) fn unfold(set: &CharSet, fold: Fold) -> CharSet {
    let ascii = || (65..=90).map(|c| (c, c + 32));
    match fold {
        Fold::None => set.clone(),
        Fold::Ascii => preimage(set, &mut ascii()),
        Fold::Unicode => preimage(set, &mut lower_pairs()),
        Fold::Locale => preimage(set, &mut ascii()).union(&preimage(set, &mut ascii().map(|(u, l)| (l, u)))),
    }
}

fn preimage(set: &CharSet, pairs: &mut dyn Iterator<Item = (u32, u32)>) -> CharSet {
    if set.is_full() || set.is_empty() {
        return set.clone();
    }
    let (mut gone, mut come) = (vec![], vec![]);
    for (from, to) in pairs {
        match (set.contains(from), set.contains(to)) {
            (true, false) => gone.push((from, from)),
            (false, true) => come.push((from, from)),
            _ => {}
        }
    }
    let kept = if gone.is_empty() { set.clone() } else { subtract(set, gone) };
    kept.union(&CharSet::new(come))
}

fn subtract(set: &CharSet, gone: Vec<(u32, u32)>) -> CharSet {
    set.negate().union(&CharSet::new(gone)).negate()
}
