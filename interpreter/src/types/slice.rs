//! `slice`: the methods.
//!
//! In: a slice, perhaps a length. Out: bounds. The one invariant: the three parts are any values; they are asked for numbers
//! only when the slice is applied.

use super::sequence;
use crate::objects::core;
use crate::objects::descriptor::{Attr, field};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::slice::Slice;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "start, stop=None, step=None, /", new);
    ClassSpec::of(&core().slice)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &COMPARISONS)
        .attrs(h, ATTRS)
        .value(h, "__hash__", Value::NONE)
        .build(h);
}

static METHODS: [Def; 3] = [
    def("indices", "len, /", indices),
    def("__repr__", "", |h, args| {
        let parts = parts(h, args.this::<Slice>());
        let Some(parts) = parts.downcast::<Tuple>() else { return Ok(Value::NONE) };
        sequence::repr_items(h, &args[0], parts, "slice(", ")")
    }),
    def("__reduce__", "", |h, args| {
        let parts = parts(h, args.this::<Slice>());
        Ok(h.new_pair(args[0].class().to_value(), parts))
    }),
];

static ATTRS: &[Attr] = &[
    field("start", |_, slice| Ok(part(slice, |slice| &slice.start))),
    field("stop", |_, slice| Ok(part(slice, |slice| &slice.stop))),
    field("step", |_, slice| Ok(part(slice, |slice| &slice.step))),
];

static COMPARISONS: [Def; 6] = crate::comparisons!(compare);

fn part(slice: &Value, take: fn(&Slice) -> &Value) -> Value {
    slice.downcast::<Slice>().map_or(Value::NONE, |slice| take(slice).clone())
}

fn parts(h: &Held, slice: &Slice) -> Value {
    h.new_tuple(vec![slice.start.clone(), slice.stop.clone(), slice.step.clone()])
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let step = args.opt(3).cloned().unwrap_or(Value::NONE);
    Ok(match args.opt(2) {
        Some(stop) => h.new_slice(args[1].clone(), stop.clone(), step),
        None => h.new_slice(Value::NONE, args[1].clone(), step),
    })
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let Some(other) = args[1].downcast::<Slice>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let this: &Obj<Slice> = args.this::<Slice>();
    let (a, b) = (parts(h, this), parts(h, other));
    match (a.downcast::<Tuple>(), b.downcast::<Tuple>()) {
        (Some(a), Some(b)) => sequence::compare(h, a, b, op),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn indices(h: &mut Held, args: Args<'_>) -> R {
    let len = h.index(&args[1])?;
    let len = len.as_int().map(|len| len.big().into_owned()).unwrap_or_default();
    if len.is_negative() {
        return Err(h.value_error("length should not be negative"));
    }
    let (start, stop, step) = long_bounds(h, args.this::<Slice>(), &len)?;
    let numbers = [start, stop, step].map(|i| h.int_from_big(i));
    Ok(h.tuple_of(&numbers))
}

/// Start, stop and step for a sequence of any length (CPython's `_PySlice_GetLongIndices`).
pub(super) fn long_bounds(h: &mut Held, slice: &Slice, len: &BigInt) -> R<(BigInt, BigInt, BigInt)> {
    let step = match slice.step.is_none() {
        true => BigInt::one(),
        false => number(h, &slice.step)?,
    };
    if step.is_zero() {
        return Err(h.value_error("slice step cannot be zero"));
    }
    let falling = step.is_negative();
    let (low, high) = if falling { (BigInt::from(-1), len - 1) } else { (BigInt::zero(), len.clone()) };
    let mut fit = |value: &Value, default: &BigInt| -> R<BigInt> {
        if value.is_none() {
            return Ok(default.clone());
        }
        let i = number(h, value)?;
        Ok(if i.is_negative() { (i + len).max(low.clone()) } else { i.min(high.clone()) })
    };
    let start = fit(&slice.start, if falling { &high } else { &low })?;
    let stop = fit(&slice.stop, if falling { &low } else { &high })?;
    Ok((start, stop, step))
}

fn number(h: &mut Held, value: &Value) -> R<BigInt> {
    if !sequence::is_index(h, value) {
        return Err(h.type_error("slice indices must be integers or None or have an __index__ method"));
    }
    let index = h.index(value)?;
    Ok(index.as_int().map(|int| int.big().into_owned()).unwrap_or_default())
}
