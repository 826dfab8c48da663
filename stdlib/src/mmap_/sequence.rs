//! Maps as sequences of bytes.
//!
//! In: indexes and slices. Out: ints and bytes. The one invariant: the number of bytes never changes here.

use super::{Map, change, len, look};
use crate::io::args;
use interpreter::objects::function::Args;
use interpreter::objects::names::n;
use interpreter::objects::slice::{Slice, adjust};
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::types::sequence::position;

pub(super) static METHODS: [Def; 5] = [
    def("__len__", "", |h, args| len(h, args.this()).map(|len| h.new_int(len as i64))),
    def("__getitem__", "key, /", get_item),
    def("__setitem__", "key, value, /", set_item),
    def("__delitem__", "key, /", |h, args| {
        let what = if args[1].downcast::<Slice>().is_some() { "slice" } else { "item" };
        Err(h.type_error(format!("mmap object doesn't support {what} deletion")))
    }),
    def("__iter__", "", iterate),
];

/// An index, which may lie outside of the map.
fn index(h: &mut Held, key: &Value) -> R<isize> {
    if key.as_int().is_none() && h.special(key, n::__index__).is_none() {
        return Err(h.type_error("mmap indices must be integers"));
    }
    h.to_isize(key)
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.index_error("mmap index out of range")
}

fn get_item(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    len(h, map)?;
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        let bytes: Vec<u8> =
            look(h, map, |bytes| adjust(unpacked, bytes.len()).indexes().map(|at| bytes[at]).collect())?;
        return Ok(h.new_bytes(&bytes));
    }
    let at = index(h, &args[1])?;
    match look(h, map, |bytes| position(at, bytes.len()).map(|at| bytes[at]))? {
        Some(byte) => Ok(h.new_int(byte.into())),
        None => Err(out_of_range(h)),
    }
}

fn set_item(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    change(h, map, |_| ())?;
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        let data = args::bytes(h, &args[2])?;
        let fits = change(h, map, |bytes| {
            let bounds = adjust(unpacked, bytes.len());
            if data.len() == bounds.len {
                bounds.indexes().zip(&data).for_each(|(at, byte)| bytes[at] = *byte);
            }
            data.len() == bounds.len
        })?;
        return if fits { Ok(Value::NONE) } else { Err(h.index_error("mmap slice assignment is wrong size")) };
    }
    let at = index(h, &args[1])?;
    if position(at, len(h, map)?).is_none() {
        return Err(out_of_range(h));
    }
    if args[2].as_int().is_none() && h.special(&args[2], n::__index__).is_none() {
        return Err(h.type_error("mmap item value must be an int"));
    }
    let Ok(byte) = u8::try_from(h.to_isize_clamped(&args[2])?) else {
        return Err(h.value_error("mmap item value must be in range(0, 256)"));
    };
    let done = change(h, map, |bytes| position(at, bytes.len()).map(|at| bytes[at] = byte))?;
    done.map(|()| Value::NONE).ok_or_else(|| out_of_range(h))
}

/// Iterating gives each byte as `bytes`, as CPython does.
fn iterate(h: &mut Held, args: Args<'_>) -> R {
    let bytes = look(h, args.this(), <[u8]>::to_vec)?;
    let items = bytes.iter().map(|&byte| h.new_bytes(&[byte])).collect();
    let list = h.new_list(items);
    h.iter(&list)
}
