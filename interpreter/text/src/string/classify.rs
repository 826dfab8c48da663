//! isalpha, islower, isidentifier and their kin.
//!
//! In: a text. Out: a bool. The one invariant: an empty text is none of them, but printable and ASCII.

use crate::chars::Chars;
use crate::unicode;

pub fn is_alpha(s: Chars<'_>) -> bool {
    all(s, unicode::is_alpha)
}

pub fn is_alnum(s: Chars<'_>) -> bool {
    all(s, unicode::is_alnum)
}

pub fn is_decimal(s: Chars<'_>) -> bool {
    all(s, unicode::is_decimal)
}

pub fn is_digit(s: Chars<'_>) -> bool {
    all(s, unicode::is_digit)
}

pub fn is_numeric(s: Chars<'_>) -> bool {
    all(s, unicode::is_numeric)
}

pub fn is_space(s: Chars<'_>) -> bool {
    all(s, unicode::is_space)
}

pub fn is_printable(s: Chars<'_>) -> bool {
    s.iter().all(unicode::is_printable)
}

/// Some letter is lower case and none is upper or title case.
pub fn is_lower(s: Chars<'_>) -> bool {
    s.iter().any(unicode::is_lower) && !s.iter().any(|c| unicode::is_upper(c) || unicode::is_title(c))
}

/// Some letter is upper case and none is lower or title case.
pub fn is_upper(s: Chars<'_>) -> bool {
    s.iter().any(unicode::is_upper) && !s.iter().any(|c| unicode::is_lower(c) || unicode::is_title(c))
}

/// Capitals start words and only they do; there is a word.
pub fn is_title(s: Chars<'_>) -> bool {
    let mut in_word = false;
    let mut any = false;
    for c in s.iter() {
        let capital = unicode::is_upper(c) || unicode::is_title(c);
        let small = unicode::is_lower(c);
        if (capital && in_word) || (small && !in_word) {
            return false;
        }
        in_word = capital || small;
        any |= in_word;
    }
    any
}

pub fn is_identifier(s: Chars<'_>) -> bool {
    let mut chars = s.iter();
    chars.next().is_some_and(unicode::is_xid_start) && chars.all(unicode::is_xid_continue)
}

fn all(s: Chars<'_>, test: impl Fn(u32) -> bool) -> bool {
    !s.is_empty() && s.iter().all(test)
}
