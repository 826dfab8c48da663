//! Floats to text: `repr`, and the `e`, `f`, `g` of every formatter.
//!
//! In: a float, a format code, a precision, flags. Out: ASCII text. The one invariant: every digit shown is exact;
//! only `r` is the shortest instead.

use super::digits::{Digits, fraction, shortest, significant};
use std::fmt::Write;

/// How to lay the digits out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FloatCode {
    /// The shortest digits that read back; the precision is not looked at.
    R,
    E,
    F,
    G,
}

/// CPython's `Py_DTSF_*` flags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FloatFlags {
    /// `1.0`, not `1`.
    pub add_dot_0: bool,
    /// `#`: keep the point, and with `g` the zeros.
    pub alt: bool,
    /// `z`: what rounds to zero has no sign.
    pub no_neg_0: bool,
    /// Capital `E`, `INF`, `NAN`.
    pub upper: bool,
}

/// `repr(x)`.
pub fn float_repr(x: f64) -> String {
    if (1e-4..1e16).contains(&x.abs()) {
        // Here both write the point where it is, so the text can be taken as it comes.
        return zmij::Buffer::new().format_finite(x).to_owned();
    }
    double_to_string(x, FloatCode::R, 0, FloatFlags { add_dot_0: true, ..FloatFlags::default() })
}

/// `x` as text, as CPython's `PyOS_double_to_string` does it.
pub fn double_to_string(x: f64, code: FloatCode, precision: usize, flags: FloatFlags) -> String {
    let text = if x.is_finite() { finite(x, code, precision, flags) } else { not_finite(x).to_owned() };
    if flags.upper { text.to_ascii_uppercase() } else { text }
}

fn not_finite(x: f64) -> &'static str {
    match (x.is_nan(), x > 0.0) {
        (true, _) => "nan",
        (_, true) => "inf",
        _ => "-inf",
    }
}

/// The most places that are left to Rust's formatter, which has exactly the digits wanted.
const MOST_PLACES: usize = 1100;

/// Digits and the part of them to show.
struct Layout {
    digits: Digits,
    /// The end of what is shown, counted like the point.
    end: i32,
    exponent: Option<i32>,
}

fn finite(x: f64, code: FloatCode, precision: usize, flags: FloatFlags) -> String {
    if code == FloatCode::F && precision <= MOST_PLACES && !(flags.alt || flags.no_neg_0 || flags.add_dot_0) {
        return fixed(x, precision).unwrap_or_else(|| format!("{x:.precision$}"));
    }
    let layout = lay_out(x, code, precision, flags);
    let Layout { digits: Digits { negative, digits, point }, end, exponent } = layout;
    let mut out = String::with_capacity(digits.len() + 8);
    if negative && !(flags.no_neg_0 && digits.is_empty()) {
        out.push('-');
    }
    let (shown_point, end) = match exponent {
        Some(_) => (1, end.max(1)),
        None => (point, end.max(if flags.add_dot_0 { point.max(0) + 1 } else { point.max(0) })),
    };
    push_digits(&mut out, &digits, shown_point, end, flags.alt);
    if let Some(exponent) = exponent {
        let sign = if exponent < 0 { '-' } else { '+' };
        write!(out, "e{sign}{:02}", exponent.unsigned_abs()).expect("a String takes everything");
    }
    out
}

/// Up to here a mantissa of 53 bits times a power of ten fits 128 bits.
const EXACT_PLACES: usize = 22;

/// `x` with a few places after the point, by exact integers; nothing for more places or for what is beyond 2**53.
fn fixed(x: f64, precision: usize) -> Option<String> {
    let (bits, biased) = (x.to_bits() & ((1 << 52) - 1), (x.to_bits() >> 52 & 0x7ff) as u32);
    let (mantissa, exponent) = if biased == 0 { (bits, -1074) } else { (bits | 1 << 52, biased as i32 - 1075) };
    if precision > EXACT_PLACES || exponent >= 0 {
        return None;
    }
    let scaled = u128::from(mantissa) * 10u128.pow(precision as u32);
    let rounded = match exponent.unsigned_abs() {
        128.. => 0,
        shift => {
            let (whole, rest, half) = (scaled >> shift, scaled & ((1 << shift) - 1), 1u128 << (shift - 1));
            whole + u128::from(rest > half || rest == half && whole & 1 == 1)
        }
    };
    let mut buffer = [0; 64];
    let mut at = buffer.len();
    let mut left = rounded;
    while left > 0 || buffer.len() - at <= precision + usize::from(precision > 0) {
        at -= 1;
        if precision > 0 && buffer.len() - at == precision + 1 {
            buffer[at] = b'.';
            continue;
        }
        // Most numbers fit a word, whose division is quicker.
        let digit = match u64::try_from(left) {
            Ok(word) => {
                left = u128::from(word / 10);
                (word % 10) as u8
            }
            Err(_) => {
                let digit = (left % 10) as u8;
                left /= 10;
                digit
            }
        };
        buffer[at] = b'0' + digit;
    }
    if x.is_sign_negative() {
        at -= 1;
        buffer[at] = b'-';
    }
    std::str::from_utf8(&buffer[at..]).ok().map(str::to_owned)
}

fn lay_out(x: f64, code: FloatCode, precision: usize, flags: FloatFlags) -> Layout {
    let places = i32::try_from(precision).unwrap_or(i32::MAX - 400);
    match code {
        FloatCode::R => {
            let digits = shortest(x);
            general(digits, 16, 0)
        }
        FloatCode::E => {
            let digits = significant(x, precision.saturating_add(1));
            let exponent = Some(digits.point - 1);
            Layout { digits, end: places.saturating_add(1), exponent }
        }
        FloatCode::F => {
            let digits = fraction(x, places);
            let end = digits.point.saturating_add(places);
            Layout { digits, end, exponent: None }
        }
        FloatCode::G => {
            let places = places.max(1);
            let digits = significant(x, places as usize);
            general(digits, places - i32::from(flags.add_dot_0), if flags.alt { places } else { 0 })
        }
    }
}

/// With an exponent when the number is below 1e-4 or has more than `most` digits before its point.
fn general(digits: Digits, most: i32, end: i32) -> Layout {
    let end = end.max(digits.digits.len() as i32);
    let exponent = (digits.point <= -4 || digits.point > most).then_some(digits.point - 1);
    Layout { digits, end, exponent }
}

/// The digits up to `end`, with zeros where there are none, a zero before a leading point, and the point itself if
/// something follows it or `alt` wants it.
fn push_digits(out: &mut String, digits: &str, point: i32, end: i32, alt: bool) {
    let shown = |at: i32| usize::try_from(at).unwrap_or(0);
    let (whole, rest) = digits.split_at(shown(point).min(digits.len()));
    out.push_str(if point <= 0 { "0" } else { whole });
    push_zeros(out, shown(point) - whole.len());
    if end > point || alt {
        out.push('.');
    }
    if end > point {
        let leading = shown(point.saturating_neg()).min(shown(end - point));
        push_zeros(out, leading);
        out.push_str(rest);
        push_zeros(out, shown(end - point) - leading - rest.len());
    }
}

fn push_zeros(out: &mut String, n: usize) {
    out.extend(std::iter::repeat_n('0', n));
}
