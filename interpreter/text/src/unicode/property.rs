//! Properties of one code point: the tests behind `str.isalpha` and its kin, and `unicodedata`'s lookups.
//!
//! In: a code point. Out: a bool, a number or CPython's abbreviation. The one invariant: the answers are those of
//! CPython 3.11 for the one-character str.

use super::tables::{flag, numeric as numeric_value, record};

/// `unicodedata.unidata_version`.
pub const UNIDATA_VERSION: &str = "14.0.0";

const CATEGORIES: [&str; 30] = [
    "Cn", "Cc", "Cf", "Cs", "Co", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps",
    "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp",
];
const TITLECASE_LETTER: u8 = 7;
const BIDIRECTIONAL: [&str; 24] = [
    "", "L", "R", "AL", "EN", "ES", "ET", "AN", "CS", "NSM", "BN", "B", "S", "WS", "ON", "LRE", "LRO", "RLE", "RLO",
    "PDF", "LRI", "RLI", "FSI", "PDI",
];
const WIDTHS: [&str; 6] = ["N", "A", "H", "W", "F", "Na"];

fn has(c: u32, bit: u16) -> bool {
    record(c).flags & bit != 0
}

pub fn is_alpha(c: u32) -> bool {
    has(c, flag::ALPHA)
}

pub fn is_decimal(c: u32) -> bool {
    has(c, flag::DECIMAL)
}

pub fn is_digit(c: u32) -> bool {
    has(c, flag::DIGIT)
}

pub fn is_numeric(c: u32) -> bool {
    has(c, flag::NUMERIC)
}

pub fn is_alnum(c: u32) -> bool {
    has(c, flag::ALPHA | flag::DECIMAL | flag::DIGIT | flag::NUMERIC)
}

pub fn is_lower(c: u32) -> bool {
    has(c, flag::LOWER)
}

pub fn is_upper(c: u32) -> bool {
    has(c, flag::UPPER)
}

/// A titlecase letter (a digraph like U+01C5), not any capital.
pub fn is_title(c: u32) -> bool {
    record(c).category == TITLECASE_LETTER
}

/// Letters with a case, and marks that count as such.
pub fn is_cased(c: u32) -> bool {
    has(c, flag::CASED)
}

pub fn is_case_ignorable(c: u32) -> bool {
    has(c, flag::CASE_IGNORABLE)
}

#[inline]
pub fn is_space(c: u32) -> bool {
    match c {
        0..128 => matches!(c, 9..=13 | 28..=32),
        _ => has(c, flag::SPACE),
    }
}

/// Where `str.splitlines` cuts.
#[inline]
pub fn is_line_break(c: u32) -> bool {
    matches!(c, 10..=13 | 28..=30 | 0x85 | 0x2028 | 0x2029)
}

pub fn is_printable(c: u32) -> bool {
    match c {
        0..128 => (32..127).contains(&c),
        _ => has(c, flag::PRINTABLE),
    }
}

/// May start an identifier (the underscore too).
pub fn is_xid_start(c: u32) -> bool {
    has(c, flag::XID_START)
}

/// May continue an identifier.
pub fn is_xid_continue(c: u32) -> bool {
    has(c, flag::XID_CONTINUE)
}

/// `unicodedata.decimal`: the value of a decimal digit.
#[inline]
pub fn decimal(c: u32) -> Option<u32> {
    match c {
        0x30..=0x39 => Some(c - 0x30),
        0..128 => None,
        _ => u32::try_from(record(c).decimal).ok(),
    }
}

/// `unicodedata.digit`: also superscripts and the like.
pub fn digit(c: u32) -> Option<u32> {
    u32::try_from(record(c).digit).ok()
}

/// `unicodedata.numeric`: also fractions and ideographs.
pub fn numeric(c: u32) -> Option<f64> {
    numeric_value(c)
}

pub fn category(c: u32) -> &'static str {
    CATEGORIES[usize::from(record(c).category)]
}

pub fn bidirectional(c: u32) -> &'static str {
    BIDIRECTIONAL[usize::from(record(c).bidirectional)]
}

pub fn east_asian_width(c: u32) -> &'static str {
    WIDTHS[usize::from(record(c).east_asian_width)]
}

/// The canonical combining class.
pub fn combining(c: u32) -> u8 {
    record(c).combining
}

pub fn mirrored(c: u32) -> bool {
    has(c, flag::MIRRORED)
}
