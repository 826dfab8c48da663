//! Ints to text: decimal with its limit, and any other base.
//!
//! In: an i64 or a `BigInt`. Out: ASCII text. The one invariant: no quadratic conversion is started for a number that the
//! limit refuses.

use super::int_parse::exceeds_limit;
use num_bigint::BigInt;

/// "Exceeds the limit ...": a ValueError, when `limit` is the one in force.
pub fn too_many_digits(limit: usize) -> String {
    format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    )
}

/// `str(n)`; `None` when it has more digits than `limit` (0: any number).
pub fn decimal(n: &BigInt, limit: usize) -> Option<String> {
    // 2**bits has more than bits * 0.301 digits.
    let at_least = (n.bits().saturating_sub(1) as f64 * 0.301) as usize;
    if exceeds_limit(at_least, limit) {
        return None;
    }
    let text = n.to_str_radix(10);
    let digits = text.len() - usize::from(text.starts_with('-'));
    (!exceeds_limit(digits, limit)).then_some(text)
}

/// `n` in `base` (2 to 36), small letters, no prefix.
pub fn to_base(n: i64, base: u32) -> String {
    let size = n.unsigned_abs();
    let sign = if n < 0 { "-" } else { "" };
    match base {
        2 => format!("{sign}{size:b}"),
        8 => format!("{sign}{size:o}"),
        10 => n.to_string(),
        16 => format!("{sign}{size:x}"),
        _ => BigInt::from(n).to_str_radix(base),
    }
}

/// `n` in `base` (2 to 36), small letters, no prefix.
pub fn big_to_base(n: &BigInt, base: u32) -> String {
    n.to_str_radix(base)
}

/// `hex(n)`, `oct(n)`, `bin(n)` from the digits: the prefix goes after the sign.
pub fn with_prefix(digits: &str, prefix: &str) -> String {
    match digits.strip_prefix('-') {
        Some(digits) => format!("-{prefix}{digits}"),
        None => format!("{prefix}{digits}"),
    }
}
