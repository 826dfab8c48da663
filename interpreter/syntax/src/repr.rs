//! Constants as Python's `repr` prints them.
//!
//! In: a `Constant`. Out: its text. The one invariant: it reads back as the same constant.

use crate::ast::Constant;
use crate::faults::printable;

pub fn constant(constant: &Constant) -> String {
    match constant {
        Constant::None => "None".into(),
        Constant::True => "True".into(),
        Constant::False => "False".into(),
        Constant::Ellipsis => "Ellipsis".into(),
        Constant::Int(value) => value.to_string(),
        Constant::BigInt { digits, radix } => decimal(digits, *radix),
        Constant::Float(value) => float(*value),
        Constant::Str(value) => string(value),
        Constant::Surrogates(codes) => quoted(codes.iter().copied(), codes.contains(&39), codes.contains(&34)),
        Constant::Bytes(bytes) => bytes_literal(bytes),
    }
}

pub fn string(text: &str) -> String {
    quoted(text.chars().map(u32::from), text.contains('\''), text.contains('"'))
}

fn quoted(codes: impl Iterator<Item = u32>, single: bool, double: bool) -> String {
    let quote = if single && !double { '"' } else { '\'' };
    let mut out = String::from(quote);
    codes.for_each(|code| escape(code, quote, &mut out));
    out.push(quote);
    out
}

fn escape(code: u32, quote: char, out: &mut String) {
    match char::from_u32(code) {
        Some('\n') => out.push_str("\\n"),
        Some('\r') => out.push_str("\\r"),
        Some('\t') => out.push_str("\\t"),
        Some(c) if c == quote || c == '\\' => out.extend(['\\', c]),
        Some(c) if printable(c) => out.push(c),
        _ if code < 0x100 => *out += &format!("\\x{code:02x}"),
        _ if code < 0x10000 => *out += &format!("\\u{code:04x}"),
        _ => *out += &format!("\\U{code:08x}"),
    }
}

fn bytes_literal(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b' '..=b'~' | b'\n' | b'\r' | b'\t' => escape(byte.into(), quote, &mut out),
            _ => out += &format!("\\x{byte:02x}"),
        }
    }
    out.push(quote);
    out
}

/// The shortest digits that read back, with an exponent where Python writes one. Of two shortest the even one is taken, as
/// Python does and Rust does not.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return "inf".into();
    }
    let shortest = format!("{value:e}");
    let digits =
        shortest.split('e').next().map_or(0, |mantissa| mantissa.trim_start_matches('-').len().saturating_sub(2));
    let rounded = format!("{value:.digits$e}");
    let scientific = if rounded.parse() == Ok(value) { rounded } else { shortest };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{value:.*}", (digits as i32 - exponent).max(0) as usize);
    if plain.contains('.') { plain } else { plain + ".0" }
}

/// Digits of any base in base 10, nine at a time.
fn decimal(digits: &str, radix: u32) -> String {
    if radix == 10 {
        return digits.trim_start_matches('0').into();
    }
    let mut limbs: Vec<u32> = vec![0];
    for digit in digits.chars().filter_map(|c| c.to_digit(radix)) {
        let mut carry = u64::from(digit);
        for limb in &mut limbs {
            carry += u64::from(*limb) * u64::from(radix);
            *limb = (carry % 1_000_000_000) as u32;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            limbs.push(carry as u32);
        }
    }
    let (first, rest) = limbs.split_last().expect("one limb at least");
    rest.iter().rev().fold(first.to_string(), |out, limb| out + &format!("{limb:09}"))
}
