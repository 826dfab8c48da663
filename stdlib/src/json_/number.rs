//! JSON numbers.
//!
//! In: units of a text. Out: where the number that starts at a place ends, and whether it is a float. The one invariant: a point
//! or exponent without digits behind it is no part of the number.

use toy_text::chars::Unit;

/// A number in a text.
pub struct Number {
    pub end: usize,
    pub is_float: bool,
}

/// The number at `start`, if there is one.
pub fn scan<U: Unit>(text: &[U], start: usize) -> Option<Number> {
    let unit = |at: usize| text.get(at).map_or(0, |&unit| unit.wide());
    let digits = |mut at: usize| {
        while (0x30..0x3a).contains(&unit(at)) {
            at += 1;
        }
        at
    };
    let first = start + (unit(start) == 0x2d) as usize;
    let mut end = match unit(first) {
        0x30 => first + 1,
        0x31..0x3a => digits(first),
        _ => return None,
    };
    let mut is_float = false;
    if unit(end) == 0x2e && digits(end + 1) > end + 1 {
        end = digits(end + 1);
        is_float = true;
    }
    if matches!(unit(end), 0x45 | 0x65) {
        let signed = end + 1 + matches!(unit(end + 1), 0x2b | 0x2d) as usize;
        if digits(signed) > signed {
            end = digits(signed);
            is_float = true;
        }
    }
    Some(Number { end, is_float })
}

/// The number's text.
pub fn text<U: Unit>(text: &[U], start: usize, end: usize) -> String {
    text[start..end].iter().map(|unit| char::from(unit.wide() as u8)).collect()
}

/// An int of at most 18 digits.
pub fn small<U: Unit>(text: &[U], start: usize, end: usize) -> Option<i64> {
    if end - start > 18 {
        return None;
    }
    let negative = text[start].wide() == 0x2d;
    let digits = &text[start + negative as usize..end];
    let size = digits.iter().fold(0, |value, unit| value * 10 + i64::from(unit.wide() - 0x30));
    Some(if negative { -size } else { size })
}
