//! The methods of `bytearray` that change it as those of `list` do: append, extend, insert, pop, remove, reverse, clear.
//!
//! In: ints that are bytes. Out: nothing, or what was popped. The one invariant: whatever changes the size goes through
//! `resized`.

use super::resized;
use crate::objects::bytes::ByteArray;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::bytes::{byte, make};

pub(super) static METHODS: [Def; 7] = [
    def("append", "item, /", append),
    def("extend", "iterable_of_ints, /", extend),
    def("insert", "index, item, /", insert),
    def("pop", "index=-1, /", pop),
    def("remove", "value, /", remove),
    def("reverse", "", reverse),
    def("clear", "", clear),
];

fn append(h: &mut Held, args: Args<'_>) -> R {
    let item = byte(h, &args[1])?;
    resized(h, args.this(), |data| data.push(item))?;
    Ok(Value::NONE)
}

fn extend(h: &mut Held, args: Args<'_>) -> R {
    let more = match h.buffer_to_vec(&args[1])? {
        Some(more) => more,
        None if !h.is_iterable(&args[1]) => {
            return Err(h.type_error(format!("can't extend bytearray with {}", args[1].class_name())));
        }
        None => {
            h.length_hint(&args[1])?;
            make::of_items(h, &args[1], "byte must be in range(0, 256)")?
        }
    };
    if !more.is_empty() {
        resized(h, args.this(), |data| data.extend_from_slice(&more))?;
    }
    Ok(Value::NONE)
}

fn insert(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    let item = byte(h, &args[2])?;
    resized(h, args.this(), |data| {
        let at = if at < 0 { (at + data.len() as isize).max(0) } else { at };
        data.insert((at as usize).min(data.len()), item);
    })?;
    Ok(Value::NONE)
}

fn pop(h: &mut Held, args: Args<'_>) -> R {
    let at = match args.opt(1) {
        Some(at) => h.to_isize(at)?,
        None => -1,
    };
    let array = args.this::<ByteArray>();
    let len = array.data.read(h, Vec::len);
    if len == 0 {
        return Err(h.error(Exc::IndexError, "pop from empty bytearray"));
    }
    let at = if at < 0 { at + len as isize } else { at };
    let Some(at) = usize::try_from(at).ok().filter(|&at| at < len) else {
        return Err(h.index_error("pop index out of range"));
    };
    // Without the GIL the array may be shorter by now.
    match resized(h, array, |data| (at < data.len()).then(|| data.remove(at)))? {
        Some(popped) => Ok(h.new_int(popped.into())),
        None => Err(h.index_error("pop index out of range")),
    }
}

fn remove(h: &mut Held, args: Args<'_>) -> R {
    let value = byte(h, &args[1])?;
    let array = args.this::<ByteArray>();
    let place = |data: &Vec<u8>| data.iter().position(|&byte| byte == value);
    if array.data.read(h, place).is_none() {
        return Err(h.value_error("value not found in bytearray"));
    }
    resized(h, array, |data| place(data).map(|at| data.remove(at)))?;
    Ok(Value::NONE)
}

fn reverse(h: &mut Held, args: Args<'_>) -> R {
    args.this::<ByteArray>().data.write(h, |data| data.reverse());
    Ok(Value::NONE)
}

fn clear(h: &mut Held, args: Args<'_>) -> R {
    resized(h, args.this(), Vec::clear)?;
    Ok(Value::NONE)
}
