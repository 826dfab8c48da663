//! `%` formatting: numbers and texts laid out by a directive.
//!
//! In: a conversion, a `PercentSpec`, a number or a text. Out: text. The one invariant: zeros fill between sign or
//! prefix and digits, spaces fill outside.

use super::FormatError;
use super::number::IntRef;
use super::percent::PercentSpec;
use crate::chars::{Chars, CharsBuf, CharsOwned};
use crate::number::float_text::{FloatCode, FloatFlags, double_to_string};

/// `%d %i %u %o %x %X`. A float was made an int by the caller, for the first three. ASCII.
pub fn percent_int(n: IntRef<'_>, conversion: char, spec: &PercentSpec, limit: usize) -> Result<String, FormatError> {
    let (base, prefix) = match conversion {
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut text = n.digits(base, limit)?;
    if conversion == 'X' {
        text.make_ascii_uppercase();
    }
    let digits = text.trim_start_matches('-');
    let zeros = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    if spec.precision.is_some_and(|precision| precision > i32::MAX as usize - 3) {
        return Err(FormatError::overflow("precision too large"));
    }
    let digits = format!("{}{digits}", "0".repeat(zeros));
    let prefix = if spec.flags.alternate { prefix } else { "" };
    Ok(lay_out(text.starts_with('-'), prefix, &digits, spec))
}

/// `%e %E %f %F %g %G`. ASCII.
pub fn percent_float(x: f64, conversion: char, spec: &PercentSpec) -> String {
    let code = match conversion.to_ascii_lowercase() {
        'e' => FloatCode::E,
        'f' => FloatCode::F,
        _ => FloatCode::G,
    };
    let flags =
        FloatFlags { alt: spec.flags.alternate, upper: conversion.is_ascii_uppercase(), ..FloatFlags::default() };
    let text = double_to_string(x, code, spec.precision.unwrap_or(6), flags);
    lay_out(text.starts_with('-'), "", text.trim_start_matches('-'), spec)
}

/// `%s %r %a` (and `%b` of bytes): the precision cuts.
pub fn percent_text(s: Chars<'_>, spec: &PercentSpec) -> CharsOwned {
    percent_char(s.slice(0, s.len().min(spec.precision.unwrap_or(usize::MAX))), spec)
}

/// `%c`: the precision says nothing.
pub fn percent_char(s: Chars<'_>, spec: &PercentSpec) -> CharsOwned {
    let margin = spec.width.saturating_sub(s.len());
    let mut out = CharsBuf::with_capacity(s.len());
    out.push_n(' '.into(), if spec.flags.left { 0 } else { margin });
    out.push_chars(s);
    out.push_n(' '.into(), if spec.flags.left { margin } else { 0 });
    out.finish()
}

fn lay_out(negative: bool, prefix: &str, digits: &str, spec: &PercentSpec) -> String {
    let sign = match negative {
        true => "-",
        false if spec.flags.plus => "+",
        false if spec.flags.space => " ",
        false => "",
    };
    let margin = spec.width.saturating_sub(sign.len() + prefix.len() + digits.len());
    match (spec.flags.left, spec.flags.zero) {
        (true, _) => format!("{sign}{prefix}{digits}{}", " ".repeat(margin)),
        (false, true) => format!("{sign}{prefix}{}{digits}", "0".repeat(margin)),
        (false, false) => format!("{}{sign}{prefix}{digits}", " ".repeat(margin)),
    }
}
