//! upper, lower, title, capitalize, swapcase, casefold.
//!
//! In: a text. Out: a new one, with Unicode's full mappings. The one invariant: a capital sigma becomes a final one
//! exactly when a cased letter comes before it and none after, case-ignorable ones not counted.

use crate::chars::{Chars, CharsBuf, CharsOwned};
use crate::unicode::{is_case_ignorable, is_cased, is_lower, is_upper, mapping};

const CAPITAL_SIGMA: u32 = 0x3a3;
const SMALL_SIGMA: u32 = 0x3c3;
const FINAL_SIGMA: u32 = 0x3c2;

pub fn upper(s: Chars<'_>) -> CharsOwned {
    mapped(s, |b| b.to_ascii_uppercase(), |_, c, out| out.extend(mapping::upper(c)))
}

pub fn lower(s: Chars<'_>) -> CharsOwned {
    mapped(s, |b| b.to_ascii_lowercase(), |i, c, out| push_lower(s, i, c, out))
}

pub fn casefold(s: Chars<'_>) -> CharsOwned {
    mapped(s, |b| b.to_ascii_lowercase(), |_, c, out| out.extend(mapping::fold(c)))
}

pub fn swapcase(s: Chars<'_>) -> CharsOwned {
    let swap = |b: &u8| if b.is_ascii_uppercase() { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() };
    mapped(s, swap, |i, c, out| {
        if is_upper(c) {
            push_lower(s, i, c, out);
        } else if is_lower(c) {
            out.extend(mapping::upper(c));
        } else {
            out.push(c);
        }
    })
}

pub fn capitalize(s: Chars<'_>) -> CharsOwned {
    let mut first = true;
    let ascii = |b: &u8| if std::mem::take(&mut first) { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() };
    mapped(s, ascii, |i, c, out| {
        if i == 0 {
            out.extend(mapping::title(c));
        } else {
            push_lower(s, i, c, out);
        }
    })
}

pub fn title(s: Chars<'_>) -> CharsOwned {
    let (mut after_letter, mut in_word) = (false, false);
    let ascii = |b: &u8| match std::mem::replace(&mut after_letter, b.is_ascii_alphabetic()) {
        true => b.to_ascii_lowercase(),
        false => b.to_ascii_uppercase(),
    };
    mapped(s, ascii, |i, c, out| {
        if in_word {
            push_lower(s, i, c, out);
        } else {
            out.extend(mapping::title(c));
        }
        in_word = is_cased(c);
    })
}

/// ASCII by `ascii`, anything else one code point after the other by `each`.
fn mapped(s: Chars<'_>, ascii: impl FnMut(&u8) -> u8, each: impl FnMut(usize, u32, &mut CharsBuf)) -> CharsOwned {
    match s {
        Chars::One(bytes) if bytes.is_ascii() => CharsOwned::One(bytes.iter().map(ascii).collect()),
        _ => each_mapped(s, each),
    }
}

fn each_mapped(s: Chars<'_>, mut each: impl FnMut(usize, u32, &mut CharsBuf)) -> CharsOwned {
    let mut out = CharsBuf::with_capacity(s.len());
    s.iter().enumerate().for_each(|(i, c)| each(i, c, &mut out));
    out.finish()
}

/// The lower case of `c`, which is at `i`.
fn push_lower(s: Chars<'_>, i: usize, c: u32, out: &mut CharsBuf) {
    match c {
        CAPITAL_SIGMA if ends_word(s, i) => out.push(FINAL_SIGMA),
        CAPITAL_SIGMA => out.push(SMALL_SIGMA),
        _ => out.extend(mapping::lower(c)),
    }
}

fn ends_word(s: Chars<'_>, i: usize) -> bool {
    let before = s.slice(0, i).iter().rev().find(|&c| !is_case_ignorable(c));
    let after = s.from(i + 1).iter().find(|&c| !is_case_ignorable(c));
    before.is_some_and(is_cased) && !after.is_some_and(is_cased)
}
