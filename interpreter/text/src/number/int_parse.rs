//! Text to int: `int("...", base)`.
//!
//! In: a text or bytes and a base. Out: an `Int`, or why not. The one invariant: exactly CPython's grammar; a machine
//! word whenever the value fits one.

use crate::bytes::split::strip_whitespace;
use crate::chars::Chars;
use crate::string::strip::Side;
use crate::unicode::{decimal, is_space};
use num_bigint::{BigInt, BigUint, Sign};
use std::borrow::Cow;

/// An int as the VM keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Int {
    Small(i64),
    Big(BigInt),
}

/// Why a text is no int. All are ValueErrors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntError {
    /// "int() base must be >= 2 and <= 36, or 0".
    Base,
    /// "invalid literal for int() with base 10: 'x'": the base as given and the argument's repr.
    Invalid,
    /// More digits than the limit: this many.
    TooManyDigits(usize),
}

/// `sys.int_info.default_max_str_digits`.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// `sys.int_info.str_digits_check_threshold`: up to here nothing is refused, whatever the limit.
pub const STR_DIGITS_CHECK_THRESHOLD: usize = 640;

impl IntError {
    /// The message; `repr` is that of the argument, of which 200 characters are shown, and `limit` that of
    /// `sys.set_int_max_str_digits`.
    pub fn message(self, base: i64, repr: &str, limit: usize) -> String {
        match self {
            IntError::Base => "int() base must be >= 2 and <= 36, or 0".to_owned(),
            IntError::Invalid => format!("invalid literal for int() with base {base}: {repr:.200}"),
            IntError::TooManyDigits(digits) => format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ),
        }
    }
}

/// `int(s, base)`. `limit` is the most decimal digits allowed, 0 for any number.
pub fn parse_int(s: Chars<'_>, base: i64, limit: usize) -> Result<Int, IntError> {
    parse_int_bytes(&ascii_number(s), base, limit)
}

/// `int(b, base)` of bytes.
pub fn parse_int_bytes(b: &[u8], base: i64, limit: usize) -> Result<Int, IntError> {
    if base != 0 && !(2..=36).contains(&base) {
        return Err(IntError::Base);
    }
    let (negative, body) = match &b[strip_whitespace(b, Side::Both)] {
        [b'-', body @ ..] => (true, body),
        [b'+', body @ ..] => (false, body),
        body => (false, body),
    };
    let (base, digits) = prefixed(body, base as u32)?;
    convert(negative, &without_underscores(digits)?, base, limit)
}

/// `s` with every digit and space beyond ASCII made ASCII, and anything else there a `?`.
pub(crate) fn ascii_number(s: Chars<'_>) -> Cow<'_, [u8]> {
    let ascii = |c: u32| match decimal(c) {
        _ if c < 128 => c as u8,
        Some(digit) => b'0' + digit as u8,
        None if is_space(c) => b' ',
        None => b'?',
    };
    match s {
        Chars::One(bytes) if bytes.is_ascii() => Cow::Borrowed(bytes),
        _ => Cow::Owned(s.iter().map(ascii).collect()),
    }
}

/// The base that counts, and what follows the prefix.
fn prefixed(body: &[u8], base: u32) -> Result<(u32, &[u8]), IntError> {
    let named = match body {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if named != 0 && (base == 0 || base == named) {
        let digits = &body[2..];
        return Ok((named, digits.strip_prefix(b"_").unwrap_or(digits)));
    }
    if base != 0 {
        return Ok((base, body));
    }
    // "0123" is neither octal nor decimal; only zeros may follow a zero.
    let zeros = body.iter().all(|digit| matches!(digit, b'0' | b'_'));
    if body.first() == Some(&b'0') && !zeros { Err(IntError::Invalid) } else { Ok((10, body)) }
}

/// Single underscores between digits go.
fn without_underscores(digits: &[u8]) -> Result<Cow<'_, [u8]>, IntError> {
    if !digits.contains(&b'_') {
        return Ok(Cow::Borrowed(digits));
    }
    let doubled = digits.windows(2).any(|pair| pair == b"__");
    if doubled || digits.first() == Some(&b'_') || digits.last() == Some(&b'_') {
        return Err(IntError::Invalid);
    }
    Ok(Cow::Owned(digits.iter().copied().filter(|&digit| digit != b'_').collect()))
}

fn convert(negative: bool, digits: &[u8], base: u32, limit: usize) -> Result<Int, IntError> {
    if digits.is_empty() || !digits.iter().all(|&digit| char::from(digit).is_digit(base)) {
        return Err(IntError::Invalid);
    }
    if !base.is_power_of_two() && exceeds_limit(digits.len(), limit) {
        return Err(IntError::TooManyDigits(digits.len()));
    }
    if let Some(size) = small(digits, base) {
        return Ok(Int::Small(if negative { -size } else { size }));
    }
    let size = BigUint::parse_bytes(digits, base).ok_or(IntError::Invalid)?;
    let value = BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, size);
    Ok(i64::try_from(&value).map_or(Int::Big(value), Int::Small))
}

/// Whether so many digits are refused under `limit`.
pub fn exceeds_limit(digits: usize, limit: usize) -> bool {
    limit != 0 && digits > limit && digits > STR_DIGITS_CHECK_THRESHOLD
}

fn small(digits: &[u8], base: u32) -> Option<i64> {
    digits.iter().try_fold(0i64, |value, &digit| {
        let digit = char::from(digit).to_digit(base)?;
        value.checked_mul(base.into())?.checked_add(digit.into())
    })
}
