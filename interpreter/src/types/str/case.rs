//! Upper and lower case of a `str`, and what kinds of characters it is made of.
//!
//! In: a string. Out: a string, or a truth. The one invariant: only what Unicode says.

use crate::objects::function::Args;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_text::string::{case, classify};
use toy_text::{Chars, CharsOwned};

pub(super) static METHODS: [Def; 18] = [
    def("upper", "", |h, args| changed(h, args, <[u8]>::make_ascii_uppercase, case::upper)),
    def("lower", "", |h, args| changed(h, args, <[u8]>::make_ascii_lowercase, case::lower)),
    def("casefold", "", |h, args| changed(h, args, <[u8]>::make_ascii_lowercase, case::casefold)),
    def("swapcase", "", |h, args| mapped(h, args, case::swapcase)),
    def("capitalize", "", |h, args| changed(h, args, capitalize, case::capitalize)),
    def("title", "", |h, args| mapped(h, args, case::title)),
    def("isalpha", "", |_, args| tested(args, classify::is_alpha)),
    def("isalnum", "", |_, args| tested(args, classify::is_alnum)),
    def("isascii", "", |_, args| tested(args, |chars| chars.is_ascii())),
    def("isdecimal", "", |_, args| tested(args, classify::is_decimal)),
    def("isdigit", "", |_, args| tested(args, classify::is_digit)),
    def("isnumeric", "", |_, args| tested(args, classify::is_numeric)),
    def("isspace", "", |_, args| tested(args, classify::is_space)),
    def("isprintable", "", |_, args| tested(args, classify::is_printable)),
    def("islower", "", |_, args| tested(args, classify::is_lower)),
    def("isupper", "", |_, args| tested(args, classify::is_upper)),
    def("istitle", "", |_, args| tested(args, classify::is_title)),
    def("isidentifier", "", |_, args| tested(args, classify::is_identifier)),
];

fn mapped(h: &mut Held, args: Args<'_>, map: fn(Chars<'_>) -> CharsOwned) -> R {
    Ok(h.str_from_owned(&map(args.this::<Str>().chars())))
}

/// As `mapped`, in place for ASCII.
fn changed(h: &mut Held, args: Args<'_>, ascii: fn(&mut [u8]), map: fn(Chars<'_>) -> CharsOwned) -> R {
    match args.this::<Str>().chars() {
        Chars::One(units) if units.is_ascii() => Ok(h.str_filled(units.len(), |to| {
            to.copy_from_slice(units);
            ascii(to);
        })),
        chars => Ok(h.str_from_owned(&map(chars))),
    }
}

fn capitalize(units: &mut [u8]) {
    units.make_ascii_lowercase();
    if let Some(first) = units.first_mut() {
        first.make_ascii_uppercase();
    }
}

fn tested(args: Args<'_>, test: fn(Chars<'_>) -> bool) -> R {
    Ok(Value::bool(test(args.this::<Str>().chars())))
}
