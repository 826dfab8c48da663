//! Setting and deleting items and slices of a `bytearray`, and growing it in place.
//!
//! In: an index or slice, and bytes. Out: nothing. The one invariant: the new bytes are settled before the array is touched,
//! and places are found with the size that it then has.

use super::resized;
use crate::objects::bytes::ByteArray;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::names::n;
use crate::objects::slice::{Bounds, Slice, Unpacked, adjust};
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::bytes::{byte, make, sequence};
use crate::types::str::sequence::{index_of, repeat_count};
use toy_text::MAX_LEN;

pub(super) static METHODS: [Def; 4] = [
    def("__setitem__", "key, value, /", set_item),
    def("__delitem__", "key, /", delete_item),
    def("__iadd__", "value, /", grow),
    def("__imul__", "value, /", repeat),
];

const RANGE: &str = "byte must be in range(0, 256)";

fn set_item(h: &mut Held, args: Args<'_>) -> R {
    let array = args.this::<ByteArray>();
    match args[1].downcast::<Slice>() {
        Some(slice) => set_slice(h, array, slice, &args[2])?,
        None => {
            let at = index(h, &args[1])?;
            let value = byte(h, &args[2])?;
            let place = |data: &mut Vec<u8>| place(at, data.len()).map(|at| data[at] = value);
            array.data.write(h, place).ok_or_else(|| out_of_range(h))?;
        }
    }
    Ok(Value::NONE)
}

fn delete_item(h: &mut Held, args: Args<'_>) -> R {
    let array = args.this::<ByteArray>();
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        delete_slice(h, array, unpacked)?;
        return Ok(Value::NONE);
    }
    let at = index(h, &args[1])?;
    if place(at, array.data.read(h, Vec::len)).is_none() {
        return Err(out_of_range(h));
    }
    match resized(h, array, |data| place(at, data.len()).map(|at| data.remove(at)))? {
        Some(_) => Ok(Value::NONE),
        None => Err(out_of_range(h)),
    }
}

fn index(h: &mut Held, key: &Value) -> R<isize> {
    if key.as_int().is_none() && h.special(key, n::__index__).is_none() {
        let got = key.class_name();
        return Err(h.type_error(format!("bytearray indices must be integers or slices, not {got}")));
    }
    index_of(h, key)
}

fn place(at: isize, len: usize) -> Option<usize> {
    let at = if at < 0 { at + len as isize } else { at };
    usize::try_from(at).ok().filter(|&at| at < len)
}

#[cold]
fn out_of_range(h: &Held) -> Raised {
    h.index_error("bytearray index out of range")
}

fn set_slice(h: &mut Held, array: &Obj<ByteArray>, slice: &Slice, value: &Value) -> R<()> {
    let new = new_bytes(h, value)?;
    let unpacked = slice.unpack(h)?;
    if unpacked.2 != 1 && new.is_empty() {
        return delete_slice(h, array, unpacked);
    }
    let given = new.len();
    let wanted = array.data.write(h, |data| overwrite(data, unpacked, &new));
    if wanted == given {
        return Ok(());
    }
    if unpacked.2 == 1 {
        return resized(h, array, |data| {
            let bounds = adjust(unpacked, data.len());
            let start = bounds.start as usize;
            drop(data.splice(start..start + bounds.len, new));
        });
    }
    let message = format!("attempt to assign bytes of size {given} to extended slice of size {wanted}");
    Err(h.value_error(message))
}

/// Puts bytes in the place of as many; gives back how many there are to replace.
fn overwrite(data: &mut [u8], unpacked: Unpacked, new: &[u8]) -> usize {
    let bounds = adjust(unpacked, data.len());
    if bounds.len == new.len() {
        bounds.indexes().zip(new).for_each(|(at, &byte)| data[at] = byte);
    }
    bounds.len
}

fn delete_slice(h: &mut Held, array: &Obj<ByteArray>, unpacked: Unpacked) -> R<()> {
    if adjust(unpacked, array.data.read(h, Vec::len)).len == 0 {
        return Ok(());
    }
    resized(h, array, |data| delete(data, adjust(unpacked, data.len())))
}

fn new_bytes(h: &mut Held, value: &Value) -> R<Vec<u8>> {
    if let Some(bytes) = h.buffer_to_vec(value)? {
        return Ok(bytes);
    }
    if value.as_int().is_some() || value.downcast::<Str>().is_some() || !h.is_iterable(value) {
        return Err(h.type_error("can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
    }
    make::of_items(h, value, RANGE)
}

fn delete(data: &mut Vec<u8>, bounds: Bounds) {
    if bounds.step == 1 {
        let start = bounds.start as usize;
        data.drain(start..start + bounds.len);
        return;
    }
    let mut gone = vec![false; data.len()];
    bounds.indexes().for_each(|at| gone[at] = true);
    let mut at = 0;
    data.retain(|_| {
        at += 1;
        !gone[at - 1]
    });
}

fn grow(h: &mut Held, args: Args<'_>) -> R {
    let Some(more) = h.buffer_to_vec(&args[1])? else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can't concat {got} to bytearray")));
    };
    let array = args.this::<ByteArray>();
    if array.data.read(h, Vec::len) + more.len() > MAX_LEN {
        return Err(h.memory_error());
    }
    if !more.is_empty() {
        resized(h, array, |data| data.extend_from_slice(&more))?;
    }
    Ok(args[0].clone())
}

fn repeat(h: &mut Held, args: Args<'_>) -> R {
    let times = repeat_count(h, &args[1])?;
    sequence::check_repeat(h, &args[0], times)?;
    if times != 1 {
        let repeated = resized(h, args.this(), |data| sequence::repeat(data, times).map(|all| *data = all))?;
        repeated.ok_or_else(|| h.memory_error())?;
    }
    Ok(args[0].clone())
}
