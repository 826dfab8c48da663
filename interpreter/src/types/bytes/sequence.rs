//! `bytes` and `bytearray` as sequences: length, items, slices, `+`, `*`, `%`, comparison, hash, iteration.
//!
//! In: bytes. Out: bytes, numbers, truths. The one invariant: `bytes` compares with `bytes` only, `bytearray` with whatever
//! has bytes; the other operand is asked otherwise.

use super::{copy, like, look, part};
use crate::objects::bytes::{ByteArray, Bytes, MemoryView};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::header::Ref;
use crate::objects::iter::BytesIter;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::slice::{Slice, Unpacked, adjust};
use crate::objects::turn::in_turn;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::percent::bytes_percent;
use crate::types::str::sequence::{index_of, repeat_count};
use crate::vm::protocol::compare::ordering_is;
use toy_syntax::ast::CmpOp;
use toy_text::string::find;
use toy_text::{Chars, MAX_LEN};

pub(super) static METHODS: [Def; 15] = [
    def("__len__", "", |h, args| Ok(h.new_int(look(h, &args[0], <[u8]>::len) as i64))),
    def("__getitem__", "key, /", item),
    def("__contains__", "key, /", contains),
    def("__iter__", "", |h, args| Ok(h.new_bytes_iter(args[0].clone()))),
    def("__add__", "value, /", add),
    def("__mul__", "value, /", multiply),
    def("__rmul__", "value, /", multiply),
    def("__mod__", "value, /", percent),
    def("__rmod__", "value, /", reflected_percent),
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
    def("__lt__", "value, /", |h, args| compare(h, args, CmpOp::Lt)),
    def("__le__", "value, /", |h, args| compare(h, args, CmpOp::LtE)),
    def("__gt__", "value, /", |h, args| compare(h, args, CmpOp::Gt)),
    def("__ge__", "value, /", |h, args| compare(h, args, CmpOp::GtE)),
];

pub(super) static BYTES_ONLY: [Def; 6] = [
    def("__hash__", "", |h, args| Ok(h.new_int(hash_of(args.this::<Bytes>())))),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| {
        warn_bytes(h, "str() on a bytes instance")?;
        repr(h, args)
    }),
    def("__bytes__", "", |h, args| Ok(copy(h, &args[0]))),
    def("__getnewargs__", "", |h, args| Ok(h.tuple_of(&[h.new_bytes(&args.this::<Bytes>().data)]))),
    def("__sizeof__", "", |h, args| Ok(h.new_int(33 + args.this::<Bytes>().data.len() as i64))),
];

/// The hash, computed once.
pub(crate) fn hash_of(bytes: &Bytes) -> i64 {
    if bytes.hash.get() == -1 {
        bytes.hash.set(crate::objects::hash::bytes_hash(&bytes.data));
    }
    bytes.hash.get()
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    Ok(h.new_str(&toy_text::string::repr::bytes_repr(&args.this::<Bytes>().data)))
}

fn item(h: &mut Held, args: Args<'_>) -> R {
    let (this, key) = (&args[0], &args[1]);
    if let Some(slice) = key.downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        return Ok(slice_of(h, this, unpacked));
    }
    let is_array = this.downcast::<ByteArray>().is_some();
    if key.as_int().is_none() && h.special(key, n::__index__).is_none() {
        let (kind, got) = (if is_array { "bytearray" } else { "byte" }, key.class_name());
        return Err(h.type_error(format!("{kind} indices must be integers or slices, not {got}")));
    }
    let at = index_of(h, key)?;
    let byte = look(h, this, |data| {
        let at = if at < 0 { at + data.len() as isize } else { at };
        usize::try_from(at).ok().and_then(|at| data.get(at).copied())
    });
    match byte {
        Some(byte) => Ok(h.new_int(byte.into())),
        None => Err(h.index_error(if is_array { "bytearray index out of range" } else { "index out of range" })),
    }
}

/// `this[slice]`.
pub(crate) fn slice_of(h: &Held, this: &Value, unpacked: Unpacked) -> Value {
    if unpacked.2 != 1 {
        return like(
            h,
            this,
            look(h, this, |data| adjust(unpacked, data.len()).indexes().map(|at| data[at]).collect()),
        );
    }
    part(h, this, |data| {
        let bounds = adjust(unpacked, data.len());
        bounds.start as usize..bounds.start as usize + bounds.len
    })
}

fn contains(h: &mut Held, args: Args<'_>) -> R {
    let key = &args[1];
    if key.as_int().is_some() || h.special(key, n::__index__).is_some() {
        let byte = super::byte(h, key)?;
        return Ok(Value::bool(look(h, &args[0], |data| data.contains(&byte))));
    }
    let sub = super::argument(h, args.at(1))?;
    Ok(Value::bool(look(h, &args[0], |data| find::contains(Chars::One(data), Chars::One(&sub)))))
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    if !h.is_buffer(&args[1]) {
        let (got, own) = (args[1].class_name(), args[0].class_name());
        return Err(h.type_error(format!("can't concat {got} to {own}")));
    }
    let other = super::argument(h, args.at(1))?;
    if look(h, &args[0], <[u8]>::len) + other.len() > MAX_LEN {
        return Err(h.memory_error());
    }
    if other.is_empty() {
        return Ok(copy(h, &args[0]));
    }
    Ok(like(h, &args[0], look(h, &args[0], |data| [data, &other].concat())))
}

fn multiply(h: &mut Held, args: Args<'_>) -> R {
    let times = repeat_count(h, &args[1])?;
    let len = check_repeat(h, &args[0], times)?;
    if times == 1 || len == 0 && times > 0 {
        return Ok(copy(h, &args[0]));
    }
    let repeated = look(h, &args[0], |data| repeat(data, times)).ok_or_else(|| h.memory_error())?;
    Ok(like(h, &args[0], repeated))
}

/// The bytes so many times; nothing if there is no room for them.
pub(crate) fn repeat(data: &[u8], times: usize) -> Option<Vec<u8>> {
    let len = data.len().checked_mul(times).filter(|&len| len <= MAX_LEN)?;
    Vec::<u8>::new().try_reserve_exact(len).ok()?;
    Some(data.repeat(times))
}

/// The length after repeating.
pub(crate) fn check_repeat(h: &Held, this: &Value, times: usize) -> R<usize> {
    let len = look(h, this, <[u8]>::len);
    match len.checked_mul(times) {
        Some(len) if len <= MAX_LEN => {
            super::make::check_size(h, len)?;
            Ok(len)
        }
        Some(len) if len <= isize::MAX as usize => Err(h.memory_error()),
        _ if this.downcast::<Bytes>().is_some() => Err(h.overflow_error("repeated bytes are too long")),
        _ => Err(h.memory_error()),
    }
}

fn percent(h: &mut Held, args: Args<'_>) -> R {
    let format = look(h, &args[0], <[u8]>::to_vec);
    let made = bytes_percent(h, &format, &args[1])?;
    Ok(like(h, &args[0], made))
}

fn reflected_percent(h: &mut Held, args: Args<'_>) -> R {
    if std::ptr::eq(args[0].class(), args[1].class()) || args[1].class().is_subclass_of(args[0].class()) {
        let format = look(h, &args[1], <[u8]>::to_vec);
        let made = bytes_percent(h, &format, &args[0])?;
        return Ok(like(h, &args[1], made));
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    if let (Some(a), Some(b)) = (args[0].downcast::<Bytes>(), args[1].downcast::<Bytes>()) {
        return Ok(Value::bool(ordering_is(op, a.data.cmp(&b.data))));
    }
    if args[0].downcast::<Bytes>().is_some() || !h.is_buffer(&args[1]) {
        if matches!(op, CmpOp::Eq | CmpOp::NotEq) {
            warn_of_comparison(h, &args[1])?;
        }
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let other = super::argument(h, args.at(1))?;
    Ok(Value::bool(look(h, &args[0], |data| ordering_is(op, data.cmp(&other)))))
}

fn warn_of_comparison(h: &mut Held, other: &Value) -> R<()> {
    if other.downcast::<crate::objects::str::Str>().is_some() {
        return warn_bytes(h, "Comparison between bytes and string");
    }
    if other.as_int().is_some() { warn_bytes(h, "Comparison between bytes and int") } else { Ok(()) }
}

/// A BytesWarning, if `-b` was given.
pub(crate) fn warn_bytes(h: &mut Held, message: &str) -> R<()> {
    if crate::runtime::config::flag("bytes_warning") == 0 {
        return Ok(());
    }
    h.warn(crate::objects::exception::Exc::BytesWarning, message, 1)
}

static ITERATOR: [Def; 3] = [
    def("__length_hint__", "", length_hint),
    def("__reduce__", "", reduce),
    def("__setstate__", "state, /", set_state),
];

pub(super) fn init_iterator(h: &mut Held, class: &Ref<Class>) {
    ClassSpec::of(class).iterator(h, next).steps_alone(|_| true).methods(h, &ITERATOR).build(h);
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, iterator))
}

fn step(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iter) = iterator.downcast::<BytesIter>() else { return Ok(None) };
    let at = iter.at.get();
    let byte = iter.source.read(h, |source| source.as_ref()?.downcast::<Bytes>()?.data.get(at).copied());
    if let Some(byte) = byte {
        iter.at.set(at + 1);
        return Ok(Some(h.new_int(byte.into())));
    }
    let Some(source) = iter.source.read(h, Clone::clone) else { return Ok(None) };
    let item = match source.downcast::<MemoryView>() {
        Some(view) => crate::types::memoryview::item::nth(h, view, at)?,
        None => look(h, &source, |data| data.get(at).copied()).map(|byte| h.new_int(byte.into())),
    };
    match item {
        Some(_) => iter.at.set(at + 1),
        None => drop(iter.source.write(h, Option::take)),
    }
    Ok(item)
}

fn length_hint(h: &mut Held, args: Args<'_>) -> R {
    let iter = args.this::<BytesIter>();
    let len = match iter.source.read(h, Clone::clone) {
        Some(source) => h.len(&source)?,
        None => 0,
    };
    Ok(h.new_int(len.saturating_sub(iter.at.get()) as i64))
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let iter = args.this::<BytesIter>();
    let name = h.intern("iter");
    let make = h.builtins().get_str(h, &name).unwrap_or(Value::NONE);
    let at = h.new_int(iter.at.get() as i64);
    Ok(match iter.source.read(h, Clone::clone) {
        Some(source) => h.tuple_of(&[make, h.tuple_of(&[source]), at]),
        None => h.tuple_of(&[make, h.tuple_of(&[core().empty_tuple.clone()])]),
    })
}

fn set_state(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    args.this::<BytesIter>().at.set(at.max(0) as usize);
    Ok(Value::NONE)
}
