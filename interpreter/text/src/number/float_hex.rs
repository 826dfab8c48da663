//! `float.hex` and `float.fromhex`.
//!
//! In: a float, or text. Out: the other. The one invariant: `fromhex` rounds half to even, once.

use crate::bytes::is_space;

/// Why `fromhex` refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HexError {
    /// ValueError.
    Invalid,
    /// OverflowError.
    TooLarge,
}

impl HexError {
    pub fn message(self) -> &'static str {
        match self {
            HexError::Invalid => "invalid hexadecimal floating-point string",
            HexError::TooLarge => "hexadecimal value too large to represent as a float",
        }
    }
}

/// `x.hex()`.
pub fn float_hex(x: f64) -> String {
    if !x.is_finite() {
        return super::float_repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let biased = (bits >> 52 & 0x7ff) as i32;
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{:013x}p{exponent:+}", bits & ((1 << 52) - 1))
}

/// `float.fromhex(s)`.
pub fn float_fromhex(s: &str) -> Result<f64, HexError> {
    let text = s.trim_matches(|c: char| u8::try_from(c).is_ok_and(is_space));
    let (negative, body) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let x = match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        lower => magnitude(lower.strip_prefix("0x").unwrap_or(lower))?,
    };
    Ok(if negative { -x } else { x })
}

/// Hexadecimal digits with a point and an exponent, lower case.
fn magnitude(body: &str) -> Result<f64, HexError> {
    let (mantissa, exponent) = match body.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(HexError::Invalid);
    }
    let mut bits = 0u64;
    let mut dropped = 0i64;
    for digit in digits() {
        let value = u64::from(char::from(digit).to_digit(16).unwrap_or(0));
        if bits >> 58 == 0 {
            bits = bits << 4 | value;
        } else {
            dropped += 4;
            bits |= u64::from(value != 0); // below every bit that counts, it only breaks a tie
        }
    }
    scaled(bits, exponent.saturating_add(dropped - 4 * fraction.len() as i64))
}

/// Clipped far outside of what floats have.
fn parse_exponent(text: &str) -> Result<i64, HexError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(HexError::Invalid);
    }
    let far = i64::MAX / 4;
    let size = digits.parse().unwrap_or(far).min(far);
    Ok(if text.starts_with('-') { -size } else { size })
}

/// `bits * 2**exponent`, rounded.
fn scaled(bits: u64, exponent: i64) -> Result<f64, HexError> {
    if bits == 0 {
        return Ok(0.0);
    }
    let top = exponent.saturating_add(64 - i64::from(bits.leading_zeros()));
    if top > 1024 {
        return Err(HexError::TooLarge);
    }
    // The place of the last bit that a float of this size has.
    let last = (top - 53).max(-1074);
    let mantissa = if last <= exponent { bits << (exponent - last) } else { round_shift(bits, last - exponent) };
    let x = mantissa as f64 * power_of_two(last);
    if x.is_finite() { Ok(x) } else { Err(HexError::TooLarge) }
}

/// `bits / 2**places`, half to even.
fn round_shift(bits: u64, places: i64) -> u64 {
    match places {
        0..64 => {
            let (kept, lost, half) = (bits >> places, bits & ((1 << places) - 1), 1 << (places - 1));
            kept + u64::from(lost > half || (lost == half && kept & 1 == 1))
        }
        64 => u64::from(bits > 1 << 63),
        _ => 0,
    }
}

/// `2**n`, for n from -1074 to 971.
fn power_of_two(n: i64) -> f64 {
    if n < -1022 { f64::from_bits(1 << (n + 1074)) } else { f64::from_bits(((n + 1023) as u64) << 52) }
}
