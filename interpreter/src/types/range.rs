//! `range`: the methods.
//!
//! In: a range and arguments. Out: ints and ranges. The one invariant: items are computed, never stored; numbers of any size
//! work.

use super::sequence::{self, is_index};
use crate::objects::core;
use crate::objects::descriptor::{Attr, field};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::range::{BigRange, Range, SmallRange};
use crate::objects::slice::{Slice, adjust};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;
use num_bigint::BigInt;
use num_traits::{One, Signed, ToPrimitive, Zero};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "start, stop=None, step=None, /", new);
    ClassSpec::of(&core().range).constructor(h, &NEW).methods(h, &METHODS).attrs(h, ATTRS).build(h);
}

static METHODS: [Def; 13] = [
    def("count", "value, /", count),
    def("index", "value, /", index),
    def("__len__", "", len),
    def("__bool__", "", |_, args| Ok(Value::bool(!is_empty(args.this::<Range>())))),
    def("__iter__", "", |h, args| Ok(h.iter_range(args.this::<Range>()))),
    def("__reversed__", "", reversed),
    def("__contains__", "key, /", |h, args| match int_position(h, args.this::<Range>(), &args[1]) {
        Some(at) => Ok(Value::bool(at.is_some())),
        None => {
            let items = h.iter_range(args.this::<Range>());
            contains_equal(h, &items, &args[1])
        }
    }),
    def("__getitem__", "key, /", getitem),
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
    def("__hash__", "", hash),
    def("__repr__", "", repr),
    def("__reduce__", "", |h, args| {
        let numbers = numbers(h, args.this::<Range>());
        let numbers = h.tuple_of(&numbers);
        Ok(h.new_pair(args[0].class().to_value(), numbers))
    }),
];

static ATTRS: &[Attr] = &[
    field("start", |h, range| Ok(number(h, range, 0))),
    field("stop", |h, range| Ok(number(h, range, 1))),
    field("step", |h, range| Ok(number(h, range, 2))),
];

fn number(h: &Held, range: &Value, i: usize) -> Value {
    range.downcast::<Range>().map_or(Value::NONE, |range| numbers(h, range)[i].clone())
}

/// Start, stop and step.
fn numbers(h: &Held, range: &Range) -> [Value; 3] {
    match range {
        Range::Small(small) => [small.start, small.stop, small.step].map(|i| h.new_int(i)),
        Range::Big(big) => [&big.start, &big.stop, &big.step].map(|i| h.int_from_big(i.clone())),
    }
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    if let (Some(stop), None) = (args[1].as_small_int(), args.opt(2))
        && let Some(small) = SmallRange::new(0, stop, 1)
    {
        return Ok(h.range_of(Range::Small(small)));
    }
    let (start, stop) = match args.opt(2) {
        Some(stop) => (big(h, &args[1])?, big(h, stop)?),
        None => (BigInt::zero(), big(h, &args[1])?),
    };
    let step = match args.opt(3) {
        Some(step) => big(h, step)?,
        None => BigInt::one(),
    };
    if step.is_zero() {
        return Err(h.value_error("range() arg 3 must not be zero"));
    }
    Ok(h.new_range(start, stop, step))
}

fn big(h: &mut Held, value: &Value) -> R<BigInt> {
    let index = h.index(value)?;
    Ok(index.as_int().map(|int| int.big().into_owned()).unwrap_or_default())
}

fn is_empty(range: &Range) -> bool {
    match range {
        Range::Small(small) => small.len == 0,
        Range::Big(big) => big.len.is_zero(),
    }
}

fn len(h: &mut Held, args: Args<'_>) -> R {
    let len = match args.this::<Range>().as_small() {
        Some(small) => small.len.to_i64(),
        None => args.this::<Range>().as_big().len.to_i64(),
    };
    match len {
        Some(len) => Ok(h.new_int(len)),
        None => Err(h.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The position of an exact int or bool (nothing inside if it is no item); nothing at all for other types.
fn int_position(h: &Held, range: &Range, value: &Value) -> Option<Option<Value>> {
    if !value.is_exact_int() && value.as_bool().is_none() {
        return None;
    }
    let int = value.as_int()?;
    Some(match (range, int.to_i64()) {
        (Range::Small(small), Some(i)) => small.position(i).map(|at| h.new_uint(at)),
        (Range::Small(_), None) => None,
        (Range::Big(big), _) => big.position(&int.big()).map(|at| h.int_from_big(at)),
    })
}

fn contains_equal(h: &mut Held, items: &Value, value: &Value) -> R {
    while let Some(item) = h.next(items)? {
        if h.eq(&item, value)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn count(h: &mut Held, args: Args<'_>) -> R {
    if let Some(at) = int_position(h, args.this::<Range>(), &args[1]) {
        return Ok(h.new_int(at.is_some() as i64));
    }
    let items = h.iter_range(args.this::<Range>());
    let mut found = 0;
    while let Some(item) = h.next(&items)? {
        found += h.eq(&item, &args[1])? as i64;
    }
    Ok(h.new_int(found))
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    match int_position(h, args.this::<Range>(), &args[1]) {
        Some(Some(at)) => return Ok(at),
        Some(None) => {
            let wanted = h.repr_text(&args[1])?;
            return Err(h.value_error(format!("{wanted} is not in range")));
        }
        None => (),
    }
    let items = h.iter_range(args.this::<Range>());
    let mut at = 0;
    while let Some(item) = h.next(&items)? {
        if h.eq(&item, &args[1])? {
            return Ok(h.new_int(at));
        }
        at += 1;
    }
    Err(h.value_error("sequence.index(x): x not in sequence"))
}

fn reversed(h: &mut Held, args: Args<'_>) -> R {
    match args.this::<Range>() as &Range {
        Range::Small(SmallRange { start, step, len, .. }) => {
            let last = start.wrapping_add((*len as i64).wrapping_sub(1).wrapping_mul(*step));
            Ok(h.new_range_iter(last, -step, *len).into_value())
        }
        Range::Big(big) => {
            let last = big.item(&(&big.len - 1));
            let reversed =
                BigRange { start: last, stop: &big.start - &big.step, step: -&big.step, len: big.len.clone() };
            Ok(h.new_long_range_iter(reversed))
        }
    }
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let range = args.this::<Range>();
    if let (Some(i), Some(small)) = (args[1].as_small_int(), range.as_small()) {
        return match sequence::position(i as isize, small.len as usize) {
            Some(at) => Ok(h.new_int(small.item(at as u64))),
            None => Err(sequence::out_of_range(h, "range object index")),
        };
    }
    if let Some(slice) = args[1].downcast::<Slice>() {
        return sliced(h, range, slice);
    }
    if !is_index(h, &args[1]) {
        let got = args[1].class_name();
        return Err(h.type_error(format!("range indices must be integers or slices, not {got}")));
    }
    let index = big(h, &args[1])?;
    let whole = range.as_big();
    let at = if index.is_negative() { &index + &whole.len } else { index };
    if at.is_negative() || at >= whole.len {
        return Err(sequence::out_of_range(h, "range object index"));
    }
    Ok(h.int_from_big(whole.item(&at)))
}

/// `range[start:stop:step]`: another range.
fn sliced(h: &mut Held, range: &Range, slice: &Slice) -> R {
    let whole = range.as_big();
    let (start, stop, step) = match whole.len.to_usize().filter(|&len| len <= isize::MAX as usize) {
        Some(len) => {
            let bounds = adjust(slice.unpack(h)?, len);
            (BigInt::from(bounds.start), BigInt::from(bounds.stop), BigInt::from(bounds.step))
        }
        None => super::slice::long_bounds(h, slice, &whole.len)?,
    };
    let (start, stop) = (whole.item(&start), whole.item(&stop));
    Ok(h.new_range(start, stop, step * &whole.step))
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let Some(other) = args[1].downcast::<Range>() else { return Ok(Value::NOT_IMPLEMENTED) };
    let (a, b) = (args.this::<Range>().as_big(), other.as_big());
    let _ = h;
    let equal = a.len == b.len && (a.len.is_zero() || a.start == b.start && (a.len.is_one() || a.step == b.step));
    Ok(Value::bool(equal == (op == CmpOp::Eq)))
}

/// The hash of `(len, start, step)`, where what does not matter is None.
fn hash(h: &mut Held, args: Args<'_>) -> R {
    let range = args.this::<Range>();
    let [start, _, step] = numbers(h, range);
    let len = range.as_big().len.clone();
    let parts = [
        h.int_from_big(len.clone()),
        if len.is_zero() { Value::NONE } else { start },
        if len.is_zero() || len.is_one() { Value::NONE } else { step },
    ];
    let parts = h.tuple_of(&parts);
    let hash = h.hash(&parts)?;
    Ok(h.new_int(hash))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let range: &Obj<Range> = args.this::<Range>();
    let big = range.as_big();
    Ok(h.new_str(&if big.step.is_one() {
        format!("range({}, {})", big.start, big.stop)
    } else {
        format!("range({}, {}, {})", big.start, big.stop, big.step)
    }))
}
