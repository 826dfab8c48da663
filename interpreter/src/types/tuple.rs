//! `tuple`: the methods.
//!
//! In: a tuple and arguments. Out: CPython's answers. The one invariant: an exact tuple is given back as it is where a copy
//! would be equal to it.

use super::list::slice_of;
use super::sequence::{self, Subscript};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::key::plain_hash;
use crate::objects::make_class::ClassSpec;
use crate::objects::slice::{Unpacked, adjust};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;
use toy_text::hash::collection::TupleHash;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "iterable=(), /", new);
    ClassSpec::of(&core().tuple)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .methods(h, &COMPARISONS)
        .class_methods(h, &super::GENERIC)
        .build(h);
}

static METHODS: [Def; 12] = [
    def("count", "value, /", |h, args| sequence::count(h, args.this::<Tuple>(), &args[1])),
    def("index", "value, start=0, stop=9223372036854775807, /", index),
    def("__repr__", "", repr),
    def("__hash__", "", hash),
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<Tuple>().items().len() as i64))),
    def("__iter__", "", |h, args| Ok(h.new_sequence_iter(args[0].clone()).into_value())),
    def("__contains__", "key, /", |h, args| sequence::contains(h, args.this::<Tuple>(), &args[1])),
    def("__getitem__", "key, /", getitem),
    def("__add__", "value, /", add),
    def("__mul__", "value, /", mul),
    def("__rmul__", "value, /", mul),
    def("__getnewargs__", "", |h, args| {
        let copy = h.tuple_of(args.this::<Tuple>().items());
        Ok(h.tuple_of(&[copy]))
    }),
];

static COMPARISONS: [Def; 6] = crate::comparisons!(compare);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let exact = std::ptr::eq(class, &*core().tuple);
    let items = match args.opt(1) {
        Some(given) if exact && given.exactly::<Tuple>().is_some() => return Ok(given.clone()),
        Some(given) => h.collect(given)?,
        None => Vec::new(),
    };
    Ok(if exact { h.new_tuple(items) } else { h.tuple_of_class(class, &items).into_value() })
}

fn index(h: &mut Held, args: Args<'_>) -> R {
    match sequence::find(h, args.this::<Tuple>(), &args[1], args.opt(2), args.opt(3))? {
        Some(at) => Ok(h.new_int(at as i64)),
        None => Err(h.value_error("tuple.index(x): x not in tuple")),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let tuple = args.this::<Tuple>();
    match tuple.items() {
        [] => Ok(h.new_str("()")),
        [_] => {
            let recursive = h.new_str("(...)");
            let text = sequence::repr_items(h, &args[0], tuple, "(", ",)")?;
            Ok(if crate::objects::str::text_of(&text) == "(...,)" { recursive } else { text })
        }
        _ => sequence::repr_items(h, &args[0], tuple, "(", ")"),
    }
}

fn hash(h: &mut Held, args: Args<'_>) -> R {
    let hash = hash_items(h, args.this::<Tuple>())?;
    Ok(h.new_int(hash))
}

/// The hash of a tuple, from those of its items.
pub(crate) fn hash_items(h: &mut Held, tuple: &Obj<Tuple>) -> R<i64> {
    let mut hash = TupleHash::new();
    for item in tuple.items() {
        hash.add(match plain_hash(item) {
            Some(hash) => hash,
            None => h.hash(item)?,
        });
    }
    Ok(hash.finish(tuple.items().len()))
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    match args[1].downcast::<Tuple>() {
        Some(other) => sequence::compare(h, args.this::<Tuple>(), other, op),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let items = args.this::<Tuple>().items();
    match sequence::subscript(h, "tuple", &args[1])? {
        Subscript::Index(i) => match sequence::position(i, items.len()) {
            Some(at) => Ok(items[at].clone()),
            None => Err(sequence::out_of_range(h, "tuple index")),
        },
        Subscript::Slice(slice) => {
            let unpacked = slice.unpack(h)?;
            Ok(get_slice(h, args.this(), unpacked))
        }
    }
}

/// `tuple[slice]`.
pub(crate) fn get_slice(h: &mut Held, tuple: &Obj<Tuple>, unpacked: Unpacked) -> Value {
    let items = tuple.items();
    let bounds = adjust(unpacked, items.len());
    if bounds.len == items.len() && bounds.step == 1 {
        return exact(h, tuple);
    }
    if bounds.step == 1 && bounds.len > 0 {
        return h.tuple_of(&items[bounds.start as usize..][..bounds.len]);
    }
    h.new_tuple(slice_of(items, bounds))
}

/// A tuple as an exact one.
fn exact(h: &Held, tuple: &Obj<Tuple>) -> Value {
    let value = tuple.to_value();
    if value.exactly::<Tuple>().is_some() { value } else { h.tuple_of(tuple.items()) }
}

fn add(h: &mut Held, args: Args<'_>) -> R {
    let Some(other) = args[1].downcast::<Tuple>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("can only concatenate tuple (not \"{got}\") to tuple")));
    };
    let tuple = args.this::<Tuple>();
    let (a, b) = (tuple.items(), other.items());
    if a.is_empty() || b.is_empty() {
        return Ok(exact(h, if a.is_empty() { other } else { tuple }));
    }
    Ok(h.tuple_from_iter(a.len() + b.len(), a.iter().chain(b).cloned()))
}

fn mul(h: &mut Held, args: Args<'_>) -> R {
    let count = sequence::repeat_count(h, &args[1])?;
    let tuple = args.this::<Tuple>();
    if count == 1 {
        return Ok(exact(h, tuple));
    }
    let items = sequence::repeat(tuple.items(), count).ok_or_else(|| h.memory_error())?;
    Ok(h.new_tuple(items))
}
