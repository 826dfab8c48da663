//! The decimal digits of a float: shortest, or correctly rounded to a place. (David Gay's dtoa, modes 0, 2 and 3.)
//!
//! In: a finite float. Out: its digits and where their point is. The one invariant: digits neither start nor end with a
//! zero; zero itself has none.

/// `0.d1d2d3... * 10**point`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    pub negative: bool,
    /// ASCII digits.
    pub digits: String,
    pub point: i32,
}

/// No float has more digits than this before its zeros start.
const ALL_SIGNIFICANT: usize = 800;
const ALL_FRACTION: usize = 1100;

/// The shortest digits that read back as `x`, and of those the closest.
pub fn shortest(x: f64) -> Digits {
    let mut buffer = zmij::Buffer::new();
    read(x, buffer.format_finite(x.abs()))
}

/// `x` rounded to `n` digits, at least one.
pub fn significant(x: f64, n: usize) -> Digits {
    read(x, &format!("{:.*e}", n.clamp(1, ALL_SIGNIFICANT) - 1, x.abs()))
}

/// `x` rounded to `n` places after the point; before it, when `n` is negative.
pub fn fraction(x: f64, n: i32) -> Digits {
    match usize::try_from(n) {
        Ok(n) => read(x, &format!("{:.*}", n.min(ALL_FRACTION), x.abs())),
        Err(_) => round_tens(x, n.unsigned_abs() as usize),
    }
}

/// From `123.456e-7`, any part of which may be missing.
fn read(x: f64, text: &str) -> Digits {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().expect("an exponent is a number");
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    make(x, &[whole, fraction].concat(), exponent + whole.len() as i32)
}

fn make(x: f64, digits: &str, point: i32) -> Digits {
    let stripped = digits.trim_start_matches('0');
    let point = point - (digits.len() - stripped.len()) as i32;
    let digits = stripped.trim_end_matches('0').to_owned();
    let point = if digits.is_empty() { 1 } else { point };
    Digits { negative: x.is_sign_negative(), digits, point }
}

/// To a multiple of `10**tens`, half to even.
fn round_tens(x: f64, tens: usize) -> Digits {
    let whole = format!("{:.0}", x.abs().trunc());
    let Some(kept) = whole.len().checked_sub(tens) else { return make(x, "", 1) };
    let (head, tail) = whole.split_at(kept);
    let half = format!("5{}", "0".repeat(tens - 1));
    let odd = head.bytes().last().is_some_and(|digit| digit % 2 == 1);
    let up = *tail > *half || (*tail == *half && (odd || x.fract() != 0.0));
    let head = if up { add_one(head) } else { head.to_owned() };
    make(x, &head, (head.len() + tens) as i32)
}

fn add_one(digits: &str) -> String {
    let kept = digits.trim_end_matches('9');
    let zeros = "0".repeat(digits.len() - kept.len());
    match kept.char_indices().last() {
        Some((at, last)) => format!("{}{}{zeros}", &kept[..at], char::from(last as u8 + 1)),
        None => format!("1{zeros}"),
    }
}
