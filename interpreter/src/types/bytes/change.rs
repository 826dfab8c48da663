//! Changed copies of bytes: case, padding, translation; and what kinds of bytes they are.
//!
//! In: bytes. Out: bytes, or a truth. The one invariant: only ASCII letters have case.

use super::{argument, copy, like, look};
use crate::objects::function::Args;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::bytes::make::is_bytes;
use toy_text::bytes::{case, classify, narrow};
use toy_text::string::pad;
use toy_text::{Chars, CharsOwned, TooLong};

pub(super) static METHODS: [Def; 19] = [
    def("upper", "", |h, args| Ok(mapped(h, args, case::upper))),
    def("lower", "", |h, args| Ok(mapped(h, args, case::lower))),
    def("swapcase", "", |h, args| Ok(mapped(h, args, case::swapcase))),
    def("capitalize", "", |h, args| Ok(mapped(h, args, case::capitalize))),
    def("title", "", |h, args| Ok(mapped(h, args, case::title))),
    def("isalpha", "", |h, args| Ok(tested(h, args, classify::is_alpha))),
    def("isalnum", "", |h, args| Ok(tested(h, args, classify::is_alnum))),
    def("isascii", "", |h, args| Ok(tested(h, args, <[u8]>::is_ascii))),
    def("isdigit", "", |h, args| Ok(tested(h, args, classify::is_digit))),
    def("isspace", "", |h, args| Ok(tested(h, args, classify::is_space))),
    def("islower", "", |h, args| Ok(tested(h, args, classify::is_lower))),
    def("isupper", "", |h, args| Ok(tested(h, args, classify::is_upper))),
    def("istitle", "", |h, args| Ok(tested(h, args, classify::is_title))),
    def("center", "width, fillchar=b' ', /", |h, args| padded(h, args, "center", pad::center)),
    def("ljust", "width, fillchar=b' ', /", |h, args| padded(h, args, "ljust", pad::ljust)),
    def("rjust", "width, fillchar=b' ', /", |h, args| padded(h, args, "rjust", pad::rjust)),
    def("zfill", "width, /", |h, args| padded(h, args, "zfill", |chars, width, _| pad::zfill(chars, width))),
    def("expandtabs", "tabsize=8", expandtabs),
    def("translate", "table, /, delete=b''", translate),
];

pub(super) static STATIC: [Def; 1] = [def("maketrans", "frm, to, /", maketrans)];

fn mapped(h: &mut Held, args: Args<'_>, map: fn(&[u8]) -> Vec<u8>) -> Value {
    like(h, &args[0], look(h, &args[0], map))
}

fn tested(h: &mut Held, args: Args<'_>, test: fn(&[u8]) -> bool) -> Value {
    Value::bool(look(h, &args[0], test))
}

type Pad = fn(Chars<'_>, usize, u32) -> Result<CharsOwned, TooLong>;

fn padded(h: &mut Held, args: Args<'_>, name: &str, pad: Pad) -> R {
    let width = h.to_isize(&args[1])?.max(0) as usize;
    let fill = match args.opt(2) {
        Some(fill) => fill_byte(h, fill, name)?,
        None => b' ',
    };
    if width <= look(h, &args[0], <[u8]>::len) {
        return Ok(copy(h, &args[0]));
    }
    match look(h, &args[0], |data| pad(Chars::One(data), width, fill.into())) {
        Ok(text) => Ok(like(h, &args[0], narrow(text))),
        Err(TooLong) => Err(h.memory_error()),
    }
}

fn fill_byte(h: &Held, fill: &Value, name: &str) -> R<u8> {
    if is_bytes(fill)
        && let [byte] = *argument(h, fill)?
    {
        return Ok(byte);
    }
    let got = fill.given_name();
    Err(h.type_error(format!("{name}() argument 2 must be a byte string of length 1, not {got}")))
}

fn expandtabs(h: &mut Held, args: Args<'_>) -> R {
    let size = match args.opt(1) {
        Some(size) => h.to_isize(size)?,
        None => 8,
    };
    match look(h, &args[0], |data| pad::expandtabs(Chars::One(data), size)) {
        Ok(text) => Ok(like(h, &args[0], narrow(text))),
        Err(TooLong) => Err(h.memory_error()),
    }
}

fn translate(h: &mut Held, args: Args<'_>) -> R {
    let table = args.opt_some(1).map(|table| argument(h, table)).transpose()?;
    if table.as_ref().is_some_and(|table| table.len() != 256) {
        return Err(h.value_error("translation table must be 256 characters long"));
    }
    let delete = args.opt(2).map(|delete| argument(h, delete)).transpose()?.unwrap_or_default();
    let mut gone = [false; 256];
    delete.iter().for_each(|&byte| gone[usize::from(byte)] = true);
    let to = |byte: u8| table.as_ref().map_or(byte, |table| table[usize::from(byte)]);
    let kept = |data: &[u8]| data.iter().filter(|&&byte| !gone[usize::from(byte)]).map(|&byte| to(byte)).collect();
    Ok(like(h, &args[0], look(h, &args[0], kept)))
}

fn maketrans(h: &mut Held, args: Args<'_>) -> R {
    let (from, to) = (argument(h, args.at(0))?, argument(h, args.at(1))?);
    if from.len() != to.len() {
        return Err(h.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    from.iter().zip(to.iter()).for_each(|(&from, &to)| table[usize::from(from)] = to);
    Ok(h.new_bytes(&table))
}
