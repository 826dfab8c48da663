//! `bytearray`: what `bytes` does not have: changing in place, sizes, copies.
//!
//! In: bytes, ints. Out: the changed array. The one invariant: an array that a view looks at keeps its size (BufferError).

mod change;
mod items;

use crate::objects::bytes::ByteArray;
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::bytes::{self, make};
use toy_text::string::repr::bytes_repr;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    bytes::shared(h, &core().bytearray)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &change::METHODS)
        .methods(h, &items::METHODS)
        .value(h, "__hash__", Value::NONE)
        .build(h);
}

static METHODS: [Def; 9] = [
    def("__init__", "source=b'', encoding='utf-8', errors='strict'", init_array).counting(),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| {
        crate::types::bytes::sequence::warn_bytes(h, "str() on a bytearray instance")?;
        repr(h, args)
    }),
    def("__str__", "", repr),
    def("__alloc__", "", |h, args| Ok(h.new_int(allocated(h, args)))),
    def("__sizeof__", "", |h, args| Ok(h.new_int(56 + allocated(h, args)))),
    def("__reduce__", "", |h, args| reduce(h, args.at(0), 2)),
    def("__reduce_ex__", "proto=0, /", reduce_ex),
    def("copy", "", |h, args| Ok(h.new_bytearray(data_of(h, args.this())).into_value())),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.bytearray_of_class(class, Vec::new()).into_value())
}

fn init_array(h: &mut Held, args: Args<'_>) -> R {
    let data = make::of_source(h, args, "bytearray")?;
    resized(h, args.this(), |own| *own = data)?;
    Ok(Value::NONE)
}

fn data_of(h: &Held, array: &Obj<ByteArray>) -> Vec<u8> {
    array.data.read(h, Vec::clone)
}

/// Changes the size of an array, which no view may look at.
fn resized<T>(h: &mut Held, array: &Obj<ByteArray>, change: impl FnOnce(&mut Vec<u8>) -> T) -> R<T> {
    array
        .resize(h, change)
        .ok_or_else(|| h.error(Exc::BufferError, "Existing exports of data: object cannot be re-sized"))
}

/// As `CPython`'s: the bytes and a zero behind them.
fn allocated(h: &Held, args: Args<'_>) -> i64 {
    match args.this::<ByteArray>().data.read(h, Vec::len) {
        0 => 0,
        len => len as i64 + 1,
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let data = data_of(h, args.this());
    let quoted = bytes_repr(&data);
    // A single quote is escaped here even between double quotes.
    let quoted = if quoted.starts_with("b\"") { quoted.replace('\'', "\\'") } else { quoted };
    Ok(h.new_str(&format!("{}({quoted})", args[0].class_name())))
}

fn reduce_ex(h: &mut Held, args: Args<'_>) -> R {
    let protocol = match args.opt(1) {
        Some(protocol) => h.to_isize(protocol)?,
        None => 0,
    };
    reduce(h, args.at(0), protocol)
}

fn reduce(h: &mut Held, array: &Value, protocol: isize) -> R {
    let data = h.buffer_to_vec(array)?.unwrap_or_default();
    let state = match h.find_attr(array, n::__dict__.value())? {
        Some(state) => state,
        None => Value::NONE,
    };
    let parts = if protocol >= 3 {
        h.tuple_of(&[h.new_bytes(&data)])
    } else {
        h.tuple_of(&[h.str_from_chars(toy_text::Chars::One(&data)), h.new_str("latin-1")])
    };
    Ok(h.tuple_of(&[array.class().to_value(), parts, state]))
}
