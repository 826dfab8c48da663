//! replace.
//!
//! In: a text, what to replace, what with, how often (`None`: always). Out: the new text, unless that is too long; or
//! `None` when nothing was there to replace, so that the caller hands back the same object. The one invariant: matches do not overlap and are
//! taken from the left.

use super::find::{count, same_width};
use super::search::Search;
use crate::chars::{Chars, CharsBuf, CharsOwned, MAX_LEN, TooLong, check_len};

pub fn replace(
    s: Chars<'_>,
    old: Chars<'_>,
    new: Chars<'_>,
    max: Option<usize>,
) -> Result<Option<CharsOwned>, TooLong> {
    let max = max.unwrap_or(usize::MAX);
    if max == 0 || old == new {
        return Ok(None);
    }
    check_result(s, old, new, max)?;
    if old.is_empty() {
        return Ok(Some(interleave(s, new, max)));
    }
    Ok(match (s, old, new) {
        (Chars::One(s), Chars::One(old), Chars::One(new)) => replace_bytes(s, old, new, max).map(CharsOwned::One),
        _ => replace_any(s, old, new, max),
    })
}

/// Counts only where the result could be too long at all.
pub(crate) fn check_result(s: Chars<'_>, old: Chars<'_>, new: Chars<'_>, max: usize) -> Result<(), TooLong> {
    let growth = new.len().saturating_sub(old.len());
    if growth.saturating_mul(s.len() + 1) > MAX_LEN {
        check_len(s.len().saturating_add(growth.saturating_mul(count(s, old).min(max))))?;
    }
    Ok(())
}

/// The narrow case, which bytes share; `old` is not empty.
pub(crate) fn replace_bytes(s: &[u8], old: &[u8], new: &[u8], max: usize) -> Option<Vec<u8>> {
    Search::find(s, old)?;
    if let ([old], [new]) = (old, new) {
        return Some(replace_one(s, *old, *new, max));
    }
    let mut out = Vec::with_capacity(s.len() + new.len());
    let mut done = 0;
    Search::each_match(s, old, max, |at| {
        out.extend_from_slice(&s[done..at]);
        out.extend_from_slice(new);
        done = at + old.len();
    });
    out.extend_from_slice(&s[done..]);
    Some(out)
}

/// `new` before each of the first `max` code points, and at the end if that leaves one to place.
pub(crate) fn interleave(s: Chars<'_>, new: Chars<'_>, max: usize) -> CharsOwned {
    let mut out = CharsBuf::with_capacity(s.len() + new.len() * max.min(s.len() + 1));
    for (i, c) in s.iter().enumerate() {
        if i < max {
            out.push_chars(new);
        }
        out.push(c);
    }
    if s.len() < max {
        out.push_chars(new);
    }
    out.finish()
}

fn replace_one(s: &[u8], old: u8, new: u8, max: usize) -> Vec<u8> {
    if max >= s.len() {
        return s.iter().map(|&b| if b == old { new } else { b }).collect();
    }
    let mut out = s.to_vec();
    memchr::memchr_iter(old, s).take(max).for_each(|at| out[at] = new);
    out
}

fn replace_any(s: Chars<'_>, old: Chars<'_>, new: Chars<'_>, max: usize) -> Option<CharsOwned> {
    let mut out = CharsBuf::new();
    let mut done = 0;
    let mut place = |at: usize| {
        out.push_chars(s.slice(done, at));
        out.push_chars(new);
        done = at + old.len();
    };
    same_width!(s, old, (), |hay, needle| Search::each_match(hay, needle, max, &mut place));
    if done == 0 {
        return None;
    }
    out.push_chars(s.from(done));
    Some(out.finish())
}
