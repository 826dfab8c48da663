//! `int.__format__` and `float.__format__`.
//!
//! In: a number and a spec. Out: text. The one invariant: what is written is fill, sign, prefix, fill, grouped digits,
//! point and remainder, fill, in this order.

use super::FormatError;
use super::spec::{Align, FormatSpec, Grouping, Sign, parse_spec, unknown_code};
use super::text::margins;
use crate::chars::{Chars, CharsBuf, CharsOwned};
use crate::number::float_text::{FloatCode, FloatFlags, double_to_string, float_repr};
use crate::number::int_text::{big_to_base, decimal, to_base, too_many_digits};
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::borrow::Cow;

/// An int of either size, as a formatter takes it.
#[derive(Debug, Clone, Copy)]
pub enum IntRef<'a> {
    Small(i64),
    Big(&'a BigInt),
}

impl IntRef<'_> {
    /// The digits in `base`; in base 10, at most `limit` of them.
    pub fn digits(self, base: u32, limit: usize) -> Result<String, FormatError> {
        match self {
            IntRef::Small(n) => Ok(to_base(n, base)),
            IntRef::Big(n) if base == 10 => decimal(n, limit).ok_or_else(|| FormatError::value(too_many_digits(limit))),
            IntRef::Big(n) => Ok(big_to_base(n, base)),
        }
    }

    /// `float(n)`.
    pub fn to_float(self) -> Result<f64, FormatError> {
        let x = match self {
            IntRef::Small(n) => n as f64,
            IntRef::Big(n) => n.to_f64().unwrap_or(f64::INFINITY),
        };
        if x.is_finite() { Ok(x) } else { Err(FormatError::overflow("int too large to convert to float")) }
    }
}

/// `format(n, spec)`; `limit` is the most decimal digits a str may get, 0 for any number.
pub fn format_int(n: IntRef<'_>, spec: Chars<'_>, type_name: &str, limit: usize) -> Result<CharsOwned, FormatError> {
    if spec.is_empty() {
        return Ok(CharsOwned::One(n.digits(10, limit)?.into_bytes()));
    }
    let spec = parse_spec(spec, 'd'.into(), Align::Right, type_name)?;
    match char::from_u32(spec.code) {
        Some('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') => int_by_spec(n, &spec, limit),
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => float_by_spec(n.to_float()?, &spec),
        _ => Err(unknown_code(spec.code, type_name)),
    }
}

/// `format(x, spec)`.
pub fn format_float(x: f64, spec: Chars<'_>, type_name: &str) -> Result<CharsOwned, FormatError> {
    if spec.is_empty() {
        return Ok(CharsOwned::One(float_repr(x).into_bytes()));
    }
    let spec = parse_spec(spec, 0, Align::Right, type_name)?;
    match char::from_u32(spec.code) {
        Some('\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => float_by_spec(x, &spec),
        _ => Err(unknown_code(spec.code, type_name)),
    }
}

/// A number in the parts that padding and grouping treat apart.
#[derive(Default)]
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    /// What is grouped, and filled with zeros.
    digits: &'a str,
    /// The point and what follows; or the character of `c`, or `inf`.
    rest: Chars<'a>,
}

fn int_by_spec(n: IntRef<'_>, spec: &FormatSpec, limit: usize) -> Result<CharsOwned, FormatError> {
    if spec.precision.is_some() {
        return Err(FormatError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_neg_0 {
        return Err(FormatError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    let (base, prefix) = match char::from_u32(spec.code) {
        Some('c') => return char_by_spec(n, spec),
        Some('b') => (2, "0b"),
        Some('o') => (8, "0o"),
        Some('x') => (16, "0x"),
        Some('X') => (16, "0X"),
        _ => (10, ""),
    };
    let mut text = n.digits(base, limit)?;
    if spec.code == u32::from('X') {
        text.make_ascii_uppercase();
    }
    let digits = text.trim_start_matches('-');
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(lay_out(spec, &Parts { negative: text.starts_with('-'), prefix, digits, ..Parts::default() }))
}

fn char_by_spec(n: IntRef<'_>, spec: &FormatSpec) -> Result<CharsOwned, FormatError> {
    if spec.sign.is_some() {
        return Err(FormatError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(FormatError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let IntRef::Small(n) = n else {
        return Err(FormatError::overflow("Python int too large to convert to C long"));
    };
    let c = u32::try_from(n).ok().filter(|&c| c < 0x110000);
    let c = [c.ok_or_else(|| FormatError::overflow("%c arg not in range(0x110000)"))?];
    Ok(lay_out(spec, &Parts { rest: Chars::Four(&c), ..Parts::default() }))
}

fn float_by_spec(x: f64, spec: &FormatSpec) -> Result<CharsOwned, FormatError> {
    if spec.precision.is_some_and(|precision| precision > i32::MAX as usize) {
        return Err(FormatError::value("precision too big"));
    }
    let code = char::from_u32(spec.code).unwrap_or('\0');
    let flags = FloatFlags {
        add_dot_0: code == '\0',
        alt: spec.alternate,
        no_neg_0: spec.no_neg_0,
        upper: code.is_ascii_uppercase(),
    };
    let (float_code, default_precision) = match code.to_ascii_lowercase() {
        '\0' if spec.precision.is_none() => (FloatCode::R, 0),
        'e' => (FloatCode::E, 6),
        'f' | '%' => (FloatCode::F, 6),
        _ => (FloatCode::G, 6),
    };
    let shown = if code == '%' { x * 100.0 } else { x };
    let mut text = double_to_string(shown, float_code, spec.precision.unwrap_or(default_precision), flags);
    if code == '%' {
        text.push('%');
    }
    let size = text.trim_start_matches('-');
    let whole = size.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = size.split_at(whole);
    let rest = Chars::One(rest.as_bytes());
    Ok(lay_out(spec, &Parts { negative: text.starts_with('-'), prefix: "", digits, rest }))
}

fn lay_out(spec: &FormatSpec, parts: &Parts<'_>) -> CharsOwned {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (_, Some(Sign::Plus)) => "+",
        (_, Some(Sign::Space)) => " ",
        _ => "",
    };
    let around = sign.len() + parts.prefix.len() + parts.rest.len();
    let zeros = spec.fill == u32::from('0') && spec.align == Align::AfterSign;
    let least = if zeros { spec.width.unwrap_or(0).saturating_sub(around) } else { 0 };
    let digits = group(parts.digits, spec.grouping, least);
    let (left, right) = margins(spec, around + digits.len());
    let after_sign = spec.align == Align::AfterSign;
    let mut out = CharsBuf::with_capacity(left + around + digits.len() + right);
    out.push_n(spec.fill, if after_sign { 0 } else { left });
    out.push_str(sign);
    out.push_str(parts.prefix);
    out.push_n(spec.fill, if after_sign { left } else { 0 });
    out.push_str(&digits);
    out.push_chars(parts.rest);
    out.push_n(spec.fill, right);
    out.finish()
}

/// `digits` with separators, and with zeros before it until it is `least` long; a separator never comes first, so it
/// may be one longer.
fn group(digits: &str, grouping: Grouping, least: usize) -> Cow<'_, str> {
    if digits.is_empty() || (grouping == Grouping::None && digits.len() >= least) {
        return Cow::Borrowed(digits);
    }
    let (size, separator) = match grouping {
        Grouping::None => (usize::MAX, '\0'),
        Grouping::Comma => (3, ','),
        Grouping::Underscore => (3, '_'),
        Grouping::UnderscoreFours => (4, '_'),
    };
    let mut reversed = String::with_capacity(digits.len().max(least));
    let mut taken = 0;
    let mut from_right = digits.chars().rev();
    while taken < digits.len() || reversed.len() < least {
        if taken > 0 && taken % size == 0 {
            reversed.push(separator);
        }
        reversed.push(from_right.next().unwrap_or('0'));
        taken += 1;
    }
    reversed.chars().rev().collect()
}
