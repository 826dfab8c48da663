//! Names of code points: `unicodedata.name`, `unicodedata.lookup`, `\N{...}`.
//!
//! In: a code point, or a name in any case. Out: the other. The one invariant: only code points that Unicode 14
//! assigns have names, though the crate behind may know more.

use super::category;

/// `unicodedata.name`: `None` for controls, surrogates and what is unassigned.
pub fn name(c: u32) -> Option<String> {
    if matches!(category(c), "Cn" | "Cc" | "Co" | "Cs") {
        return None;
    }
    char::from_u32(c).and_then(unicode_names2::name).map(|name| name.to_string())
}

/// `unicodedata.lookup`.
pub fn lookup(name: &str) -> Option<u32> {
    let c = u32::from(unicode_names2::character(name)?);
    (category(c) != "Cn").then_some(c)
}
