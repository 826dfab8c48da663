//! `str` as a sequence and as a key: length, items, slices, `+`, `*`, comparison, hash, iteration.
//!
//! In: strings. Out: strings, numbers, truths. The one invariant: operators give `NotImplemented` for operands of other types.

use crate::objects::core;
use crate::objects::exception::Exc;
use crate::objects::function::Args;
use crate::objects::iter::StrIter;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::slice::{Slice, Unpacked, adjust};
use crate::objects::str::Str;
use crate::objects::turn::in_turn;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::types::percent::percent;
use crate::vm::protocol::compare::ordering_is;
use toy_syntax::ast::CmpOp;
use toy_text::{Chars, CharsBuf, MAX_LEN, string};

pub(super) static METHODS: [Def; 20] = [
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<Str>().len() as i64))),
    def("__getitem__", "key, /", item),
    def("__contains__", "key, /", contains),
    def("__iter__", "", |h, args| Ok(h.new_str_iter(args[0].clone()))),
    def("__add__", "value, /", add),
    def("__mul__", "value, /", multiply),
    def("__rmul__", "value, /", multiply),
    def("__mod__", "value, /", |h, args| percent(h, &args[0], &args[1])),
    def("__rmod__", "value, /", reflected_percent),
    def("__hash__", "", |h, args| Ok(h.new_int(args.this::<Str>().hash()))),
    def("__eq__", "value, /", |_, args| Ok(compare(args, CmpOp::Eq))),
    def("__ne__", "value, /", |_, args| Ok(compare(args, CmpOp::NotEq))),
    def("__lt__", "value, /", |_, args| Ok(compare(args, CmpOp::Lt))),
    def("__le__", "value, /", |_, args| Ok(compare(args, CmpOp::LtE))),
    def("__gt__", "value, /", |_, args| Ok(compare(args, CmpOp::Gt))),
    def("__ge__", "value, /", |_, args| Ok(compare(args, CmpOp::GtE))),
    def("__str__", "", |h, args| Ok(super::exact(h, &args[0]))),
    def("__repr__", "", |h, args| Ok(h.str_from_owned(&string::repr::repr(args.this::<Str>().chars())))),
    def("__getnewargs__", "", |h, args| Ok(h.tuple_of(&[h.str_from_chars(args.this::<Str>().chars())]))),
    def("__sizeof__", "", |h, args| Ok(h.new_int(size(args.this::<Str>().chars()) as i64))),
];

fn item(h: &mut Held, args: Args<'_>) -> R {
    let chars = args.this::<Str>().chars();
    if let Some(slice) = args[1].downcast::<Slice>() {
        let unpacked = slice.unpack(h)?;
        return Ok(slice_of(h, &args[0], chars, unpacked));
    }
    if args[1].as_int().is_none() && h.special(&args[1], n::__index__).is_none() {
        let got = args[1].class_name();
        return Err(h.type_error(format!("string indices must be integers, not '{got}'")));
    }
    let i = index_of(h, &args[1])?;
    let i = if i < 0 { i + chars.len() as isize } else { i };
    match usize::try_from(i).ok().and_then(|i| chars.try_get(i)) {
        Some(c) => Ok(h.str_from_char(c)),
        None => Err(h.index_error("string index out of range")),
    }
}

/// An index as a machine word; IndexError if it is too big for one.
pub(crate) fn index_of(h: &mut Held, value: &Value) -> R<isize> {
    let index = h.index(value)?;
    match index.as_int().and_then(|index| index.to_i64()) {
        Some(i) => Ok(i as isize),
        None => Err(h.index_error(format!("cannot fit '{}' into an index-sized integer", value.class_name()))),
    }
}

/// `whole[slice]`.
pub(crate) fn slice_of(h: &mut Held, whole: &Value, chars: Chars<'_>, unpacked: Unpacked) -> Value {
    let bounds = adjust(unpacked, chars.len());
    if bounds.step == 1 {
        let start = bounds.start as usize;
        return super::part(h, whole, start..start + bounds.len);
    }
    match chars {
        Chars::One(units) => h.str_filled(bounds.len, |to| {
            to.iter_mut().zip(bounds.indexes()).for_each(|(to, at)| *to = units[at]);
        }),
        wide => {
            let mut buf = CharsBuf::with_capacity(bounds.len);
            buf.extend(bounds.indexes().map(|at| wide.get(at)));
            h.str_from_owned(&buf.finish())
        }
    }
}

fn contains(h: &mut Held, args: Args<'_>) -> R {
    let sub = super::text(h, &args[1], |got| format!("'in <string>' requires string as left operand, not {got}"))?;
    Ok(Value::bool(string::find::contains(args.this::<Str>().chars(), sub.chars())))
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    let Some(other) = args[1].downcast::<Str>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only concatenate str (not \"{got}\") to str")));
    };
    let this = args.this::<Str>();
    if other.is_empty() {
        return Ok(super::exact(h, &args[0]));
    }
    if this.is_empty() {
        return Ok(super::exact(h, &args[1]));
    }
    if this.len() + other.len() > MAX_LEN {
        return Err(h.memory_error());
    }
    Ok(h.concat(this, other, false))
}

fn multiply(h: &mut Held, args: Args<'_>) -> R {
    let times = repeat_count(h, &args[1])?;
    let chars = args.this::<Str>().chars();
    if times == 1 || chars.is_empty() {
        return Ok(super::exact(h, &args[0]));
    }
    let len = match chars.len().checked_mul(times) {
        Some(len) if len <= isize::MAX as usize => len,
        _ => return Err(h.overflow_error("repeated string is too long")),
    };
    if len > MAX_LEN {
        return Err(h.memory_error());
    }
    Ok(match chars {
        Chars::One([unit]) => h.str_filled(len, |to| to.fill(*unit)),
        Chars::One(units) => {
            h.str_filled(len, |to| to.chunks_exact_mut(units.len()).for_each(|to| to.copy_from_slice(units)))
        }
        Chars::Two(units) => h.str_from_chars(Chars::Two(&units.repeat(times))),
        Chars::Four(units) => h.str_from_chars(Chars::Four(&units.repeat(times))),
    })
}

/// What a sequence is multiplied by, at least zero; nothing if that is no integer.
pub(crate) fn repeat_count(h: &mut Held, value: &Value) -> R<usize> {
    let count = h.index(value)?;
    match count.as_int().and_then(|count| count.to_i64()) {
        Some(count) => Ok(count.max(0) as usize),
        None => {
            let message = format!("cannot fit '{}' into an index-sized integer", value.class_name());
            Err(h.error(Exc::OverflowError, message))
        }
    }
}

fn reflected_percent(h: &mut Held, args: Args<'_>) -> R {
    match args[1].downcast::<Str>() {
        Some(_) => percent(h, &args[1], &args[0]),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn compare(args: Args<'_>, op: CmpOp) -> Value {
    let Some(other) = args[1].downcast::<Str>() else { return Value::NOT_IMPLEMENTED };
    let (a, b) = (args.this::<Str>().chars(), other.chars());
    Value::bool(match op {
        CmpOp::Eq => a == b,
        CmpOp::NotEq => a != b,
        _ => ordering_is(op, a.cmp(&b)),
    })
}

/// What CPython 3.11 says that a string takes.
fn size(chars: Chars<'_>) -> usize {
    match chars {
        Chars::One(units) if units.is_ascii() => 49 + units.len(),
        Chars::One(units) => 73 + units.len(),
        Chars::Two(units) => 74 + 2 * units.len(),
        Chars::Four(units) => 76 + 4 * units.len(),
    }
}

static ITERATOR: [Def; 3] = [
    def("__length_hint__", "", length_hint),
    def("__reduce__", "", reduce),
    def("__setstate__", "state, /", set_state),
];

pub(super) fn init_iterators(h: &mut Held) {
    for class in [&core().str_iterator, &core().str_ascii_iterator] {
        ClassSpec::of(class).iterator(h, next).steps_alone(|_| true).methods(h, &ITERATOR).build(h);
    }
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, iterator))
}

fn step(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iter) = iterator.downcast::<StrIter>() else { return Ok(None) };
    let at = iter.at.get();
    let unit = iter.string.read(h, |string| string.as_ref()?.downcast::<Str>()?.chars().try_get(at));
    match unit {
        Some(c) => {
            iter.at.set(at + 1);
            Ok(Some(h.str_from_char(c)))
        }
        None => {
            let done = iter.string.write(h, Option::take);
            drop(done);
            Ok(None)
        }
    }
}

fn length_hint(h: &mut Held, args: Args<'_>) -> R {
    let iter = args.this::<StrIter>();
    let len = iter.string.read(h, |string| string.as_ref().and_then(|string| Some(string.downcast::<Str>()?.len())));
    Ok(h.new_int(len.map_or(0, |len| len.saturating_sub(iter.at.get())) as i64))
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let iter = args.this::<StrIter>();
    let name = h.intern("iter");
    let make = h.builtins().get_str(h, &name).unwrap_or(Value::NONE);
    let string = iter.string.read(h, Clone::clone);
    let at = h.new_int(iter.at.get() as i64);
    Ok(match string {
        Some(string) => h.tuple_of(&[make, h.tuple_of(&[string]), at]),
        None => h.tuple_of(&[make, h.tuple_of(&[core().empty_str.clone()])]),
    })
}

fn set_state(h: &mut Held, args: Args<'_>) -> R {
    let at = h.to_isize(&args[1])?;
    args.this::<StrIter>().at.set(at.max(0) as usize);
    Ok(Value::NONE)
}
