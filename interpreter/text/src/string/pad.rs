//! center, ljust, rjust, zfill, expandtabs.
//!
//! In: a text and a width. Out: the wider text, unless that is too long. The one invariant: a text already wide enough
//! comes back as it was.

use crate::chars::{Chars, CharsBuf, CharsOwned, TooLong, check_len};

/// `s.ljust(width, fill)`.
pub fn ljust(s: Chars<'_>, width: usize, fill: u32) -> Result<CharsOwned, TooLong> {
    padded(s, 0, width.saturating_sub(s.len()), fill)
}

/// `s.rjust(width, fill)`.
pub fn rjust(s: Chars<'_>, width: usize, fill: u32) -> Result<CharsOwned, TooLong> {
    padded(s, width.saturating_sub(s.len()), 0, fill)
}

/// `s.center(width, fill)`: of an odd margin the left half is bigger where `width` is odd.
pub fn center(s: Chars<'_>, width: usize, fill: u32) -> Result<CharsOwned, TooLong> {
    let margin = width.saturating_sub(s.len());
    let left = margin / 2 + (margin & width & 1);
    padded(s, left, margin - left, fill)
}

/// `s.zfill(width)`: zeros go after a sign.
pub fn zfill(s: Chars<'_>, width: usize) -> Result<CharsOwned, TooLong> {
    let zeros = width.saturating_sub(s.len());
    let sign = usize::from(matches!(s.try_get(0), Some(0x2b | 0x2d)));
    let mut out = CharsBuf::with_capacity(check_len(s.len() + zeros)?);
    out.push_chars(s.slice(0, sign));
    out.push_n('0'.into(), zeros);
    out.push_chars(s.from(sign));
    Ok(out.finish())
}

/// `s.expandtabs(size)`; a size of zero or less removes the tabs.
pub fn expandtabs(s: Chars<'_>, size: isize) -> Result<CharsOwned, TooLong> {
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = CharsBuf::with_capacity(s.len());
    let mut column = 0;
    for c in s.iter() {
        if c == 9 && size > 0 {
            let spaces = size - column % size;
            check_len(out.len().saturating_add(spaces))?;
            column += spaces;
            out.push_n(' '.into(), spaces);
        } else if c != 9 {
            column = if matches!(c, 10 | 13) { 0 } else { column + 1 };
            out.push(c);
        }
    }
    Ok(out.finish())
}

fn padded(s: Chars<'_>, left: usize, right: usize, fill: u32) -> Result<CharsOwned, TooLong> {
    let mut out = CharsBuf::with_capacity(check_len(s.len() + left + right)?);
    out.push_n(fill, left);
    out.push_chars(s);
    out.push_n(fill, right);
    Ok(out.finish())
}
