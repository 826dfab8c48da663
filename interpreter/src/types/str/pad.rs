//! Making a `str` wider: center, ljust, rjust, zfill, expandtabs.
//!
//! In: a string, a width, perhaps a fill character. Out: a string. The one invariant: what is wide enough comes back as it is.

use crate::objects::function::Args;
use crate::objects::str::Str;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::string::pad;
use toy_text::{Chars, CharsOwned, TooLong};

pub(super) static METHODS: [Def; 5] = [
    def("center", "width, fillchar=' ', /", |h, args| padded(h, args, pad::center)),
    def("ljust", "width, fillchar=' ', /", |h, args| padded(h, args, pad::ljust)),
    def("rjust", "width, fillchar=' ', /", |h, args| padded(h, args, pad::rjust)),
    def("zfill", "width, /", |h, args| padded(h, args, |chars, width, _| pad::zfill(chars, width))),
    def("expandtabs", "tabsize=8", expandtabs),
];

fn padded(h: &mut Held, args: Args<'_>, pad: fn(Chars<'_>, usize, u32) -> Result<CharsOwned, TooLong>) -> R {
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
    match pad(chars, width, fill) {
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
