//! Making a `str` wider: center, ljust, rjust, zfill, expandtabs.
//!
//! In: a string, a width, perhaps a fill character. Out: a string. The one invariant: what is wide enough comes back as it is.

use crate::objects::function::Args;
use crate::objects::str::Str;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::string::pad;
use toy_text::{Chars, CharsBuf, MAX_LEN, TooLong};

pub(super) static METHODS: [Def; 5] = [
    def("center", "width, fillchar=' ', /", |h, args| {
        padded(h, args, |margin, width| margin / 2 + (margin & width & 1))
    }),
    def("ljust", "width, fillchar=' ', /", |h, args| padded(h, args, |_, _| 0)),
    def("rjust", "width, fillchar=' ', /", |h, args| padded(h, args, |margin, _| margin)),
    def("zfill", "width, /", zfill),
    def("expandtabs", "tabsize=8", expandtabs),
];

/// `left` is told the margin and the width.
fn padded(h: &mut Held, args: Args<'_>, left: fn(usize, usize) -> usize) -> R {
    let width = h.to_isize(&args[1])?.max(0) as usize;
    let fill = match args.opt(2) {
        Some(fill) => {
            let fill =
                super::text(h, fill, |got| format!("The fill character must be a unicode character, not {got}"))?;
            if fill.len() != 1 {
                return Err(h.type_error("The fill character must be exactly one character long"));
            }
            fill.chars().get(0)
        }
        None => ' '.into(),
    };
    let chars = args.this::<Str>().chars();
    if width <= chars.len() {
        return Ok(super::exact(h, &args[0]));
    }
    if width > MAX_LEN {
        return Err(h.memory_error());
    }
    let margin = width - chars.len();
    let left = left(margin, width);
    if let (Chars::One(units), Ok(fill)) = (chars, u8::try_from(fill)) {
        return Ok(h.str_filled(width, |to| {
            to.fill(fill);
            to[left..left + units.len()].copy_from_slice(units);
        }));
    }
    let mut out = CharsBuf::with_capacity(width);
    out.push_n(fill, left);
    out.push_chars(chars);
    out.push_n(fill, margin - left);
    Ok(h.str_from_owned(&out.finish()))
}

fn zfill(h: &mut Held, args: Args<'_>) -> R {
    let width = h.to_isize(&args[1])?.max(0) as usize;
    let chars = args.this::<Str>().chars();
    if width <= chars.len() {
        return Ok(super::exact(h, &args[0]));
    }
    if let (Chars::One(units), true) = (chars, width <= MAX_LEN) {
        let sign = matches!(units.first(), Some(b'+' | b'-')) as usize;
        return Ok(h.str_filled(width, |to| {
            to.fill(b'0');
            to[..sign].copy_from_slice(&units[..sign]);
            to[width - units.len() + sign..].copy_from_slice(&units[sign..]);
        }));
    }
    match pad::zfill(chars, width) {
        Ok(text) => Ok(h.str_from_owned(&text)),
        Err(TooLong) => Err(h.memory_error()),
    }
}

fn expandtabs(h: &mut Held, args: Args<'_>) -> R {
    let size = match args.opt(1) {
        Some(size) => h.to_isize(size)?,
        None => 8,
    };
    match pad::expandtabs(args.this::<Str>().chars(), size) {
        Ok(text) => Ok(h.str_from_owned(&text)),
        Err(TooLong) => Err(h.memory_error()),
    }
}
