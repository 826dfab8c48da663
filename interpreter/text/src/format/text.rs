//! `str.__format__`, and the padding that all of `__format__` shares.
//!
//! In: a text and a spec. Out: text. The one invariant: width and precision count code points.

use super::FormatError;
use super::spec::{Align, FormatSpec, Sign, parse_spec, unknown_code};
use crate::chars::{Chars, CharsBuf, CharsOwned};

/// `format(s, spec)`; `type_name` is that of `s` for the messages.
pub fn format_str(s: Chars<'_>, spec: Chars<'_>, type_name: &str) -> Result<CharsOwned, FormatError> {
    if spec.is_empty() {
        return Ok(s.to_owned());
    }
    let spec = parse_spec(spec, 's'.into(), Align::Left, type_name)?;
    if spec.code != u32::from('s') {
        return Err(unknown_code(spec.code, type_name));
    }
    check(&spec)?;
    let shown = s.slice(0, s.len().min(spec.precision.unwrap_or(usize::MAX)));
    let mut out = CharsBuf::with_capacity(shown.len());
    let (left, right) = margins(&spec, shown.len());
    out.push_n(spec.fill, left);
    out.push_chars(shown);
    out.push_n(spec.fill, right);
    Ok(out.finish())
}

/// How much fill goes before and after something `len` long. What goes after the sign counts as before.
pub(crate) fn margins(spec: &FormatSpec, len: usize) -> (usize, usize) {
    let margin = spec.width.unwrap_or(0).saturating_sub(len);
    match spec.align {
        Align::Left => (0, margin),
        Align::Right | Align::AfterSign => (margin, 0),
        Align::Center => (margin / 2, margin - margin / 2),
    }
}

fn check(spec: &FormatSpec) -> Result<(), FormatError> {
    let refused = if spec.sign == Some(Sign::Space) {
        "Space not allowed in string format specifier"
    } else if spec.sign.is_some() {
        "Sign not allowed in string format specifier"
    } else if spec.no_neg_0 {
        "Negative zero coercion (z) not allowed in string format specifier"
    } else if spec.alternate {
        "Alternate form (#) not allowed in string format specifier"
    } else if spec.align == Align::AfterSign {
        "'=' alignment not allowed in string format specifier"
    } else {
        return Ok(());
    };
    Err(FormatError::value(refused))
}
