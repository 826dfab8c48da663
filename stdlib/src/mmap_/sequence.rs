//! Maps as sequences of bytes.
//!
//! In: indexes and slices. Out: ints and bytes. The one invariant: the number of bytes never changes here.

use super::{Map, change, len, look};
use crate::io::args;
use interpreter::objects::function::Args;
use interpreter::objects::names::n;
use interpreter::objects::slice::Slice;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

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

/// An index inside the map.
fn position(h: &mut Held, map: &Map, key: &Value) -> R<usize> {
    if key.as_int().is_none() && h.special(key, n::__index__).is_none() {
        return Err(h.type_error("mmap indices must be integers"));
    }
    let at = h.to_isize(key)?;
    let size = len(h, map)? as isize;
    let at = if at < 0 { at + size } else { at };
    match (0..size).contains(&at) {
        true => Ok(at as usize),
        false => Err(h.index_error("mmap index out of range")),
    }
}

fn get_item(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let size = len(h, map)?;
    if let Some(slice) = args[1].downcast::<Slice>() {
        let bounds = slice.bounds(h, size)?;
        let bytes = look(h, map, |bytes| match bounds.step {
            1 => bytes.get(bounds.start as usize..bounds.start as usize + bounds.len).unwrap_or_default().to_vec(),
            _ => bounds.indexes().filter_map(|at| bytes.get(at).copied()).collect(),
        })?;
        return Ok(h.new_bytes(&bytes));
    }
    let at = position(h, map, &args[1])?;
    let byte = look(h, map, |bytes| bytes.get(at).copied())?;
    Ok(byte.map_or(Value::NONE, |byte| h.new_int(byte.into())))
}

fn set_item(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let size = len(h, map)?;
    change(h, map, |_| ())?;
    if let Some(slice) = args[1].downcast::<Slice>() {
        let bounds = slice.bounds(h, size)?;
        let data = args::bytes(h, &args[2])?;
        if data.len() != bounds.len {
            return Err(h.index_error("mmap slice assignment is wrong size"));
        }
        change(h, map, |bytes| {
            for (at, byte) in bounds.indexes().zip(&data) {
                bytes[at] = *byte;
            }
        })?;
        return Ok(Value::NONE);
    }
    let at = position(h, map, &args[1])?;
    if args[2].as_int().is_none() && h.special(&args[2], n::__index__).is_none() {
        return Err(h.type_error("mmap item value must be an int"));
    }
    let Ok(byte) = u8::try_from(h.to_isize_clamped(&args[2])?) else {
        return Err(h.value_error("mmap item value must be in range(0, 256)"));
    };
    change(h, map, |bytes| {
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
    })?;
    Ok(Value::NONE)
}

/// Iterating gives each byte as `bytes`, as CPython does.
fn iterate(h: &mut Held, args: Args<'_>) -> R {
    let bytes = look(h, args.this(), <[u8]>::to_vec)?;
    let items = bytes.iter().map(|&byte| h.new_bytes(&[byte])).collect();
    let list = h.new_list(items);
    h.iter(&list)
}
