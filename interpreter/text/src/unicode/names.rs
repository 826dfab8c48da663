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

/// `unicodedata.lookup`, but for named sequences. Names that are computed (ideographs, Hangul) are in capitals only.
pub fn lookup(wanted: &str) -> Option<u32> {
    let c = u32::from(unicode_names2::character(wanted)?);
    if category(c) == "Cn" {
        return None;
    }
    let computed = |name: &String| name.starts_with("CJK UNIFIED IDEOGRAPH-") || name.starts_with("HANGUL SYLLABLE ");
    match name(c).filter(computed) {
        Some(name) if name != wanted => None,
        _ => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back() {
        for (c, name) in (0..0x110000).filter_map(|c| Some((c, name(c)?))) {
            assert_eq!(lookup(&name), Some(c), "{name}");
        }
    }
}
