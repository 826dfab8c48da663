//! `dict_keys`, `dict_values` and `dict_items`: the methods.
//!
//! In: a view and, for the operations of sets, any iterable. Out: sets and truths. The one invariant: results are built in
//! CPython's order of insertion, which the order of a set shows.

use super::sequence::push_repr;
use crate::objects::core;
use crate::objects::descriptor::{Attr, getter};
use crate::objects::dict_view::{DictView, What};
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::set::Set;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::vm::CmpOp;
use toy_text::CharsBuf;

pub(super) fn init(h: &mut Held) {
    for what in [What::Keys, What::Values, What::Items] {
        let spec = ClassSpec::of(what.view_class()).methods(h, &METHODS).attrs(h, ATTRS);
        match what {
            What::Values => drop(spec.build(h)),
            _ => {
                let spec = spec.methods(h, &SET_METHODS).methods(h, &COMPARISONS);
                spec.value(h, "__hash__", Value::NONE).build(h);
            }
        }
    }
}

static ATTRS: &[Attr] = &[getter("mapping", |h, view| match view.downcast::<DictView>() {
    Some(view) => Ok(h.new_mapping_proxy(view.dict.value().clone())),
    None => Ok(Value::NONE),
})];

static METHODS: [Def; 4] = [
    def("__len__", "", |h, args| Ok(h.new_int(args.this::<DictView>().dict.len(h) as i64))),
    def("__iter__", "", |h, args| {
        let view = args.this::<DictView>();
        Ok(h.new_dict_iter(&view.dict, view.what, false))
    }),
    def("__reversed__", "", |h, args| {
        let view = args.this::<DictView>();
        Ok(h.new_dict_iter(&view.dict, view.what, true))
    }),
    def("__repr__", "", repr),
];

static SET_METHODS: [Def; 10] = [
    def("__contains__", "key, /", |h, args| Ok(Value::bool(contains(h, args.this::<DictView>(), &args[1])?))),
    def("isdisjoint", "other, /", isdisjoint),
    def("__and__", "value, /", |h, args| by_sets(h, &args[0], &args[1], intersection)),
    def("__rand__", "value, /", |h, args| by_sets(h, &args[1], &args[0], intersection)),
    def("__or__", "value, /", |h, args| by_sets(h, &args[0], &args[1], union)),
    def("__ror__", "value, /", |h, args| by_sets(h, &args[1], &args[0], union)),
    def("__sub__", "value, /", |h, args| by_sets(h, &args[0], &args[1], difference)),
    def("__rsub__", "value, /", |h, args| by_sets(h, &args[1], &args[0], difference)),
    def("__xor__", "value, /", |h, args| by_sets(h, &args[0], &args[1], symmetric_difference)),
    def("__rxor__", "value, /", |h, args| by_sets(h, &args[1], &args[0], symmetric_difference)),
];

static COMPARISONS: [Def; 6] = crate::comparisons!(compare);

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let view = args.this::<DictView>();
    let name = args[0].class_name();
    let done = h.in_repr(&args[0], |h| {
        let mut text = CharsBuf::new();
        text.push_str(&format!("{name}(["));
        let mut from = 0;
        let mut first = true;
        while let Some((at, key, value)) = view.dict.next_item(h, from) {
            if !std::mem::replace(&mut first, false) {
                text.push_str(", ");
            }
            let item = view.what.part(h, key, value);
            push_repr(h, &mut text, &item)?;
            from = at + 1;
        }
        text.push_str("])");
        Ok(h.str_from_owned(&text.finish()))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str("...")))
}

fn contains(h: &mut Held, view: &Obj<DictView>, item: &Value) -> R<bool> {
    if view.what == What::Keys {
        return view.dict.contains(h, item);
    }
    let Some([key, value]) = item.downcast::<Tuple>().map(|pair| pair.items()) else { return Ok(false) };
    match view.dict.get(h, key)? {
        Some(found) => h.eq(&found, value),
        None => Ok(false),
    }
}

fn is_set_like(value: &Value) -> bool {
    value.downcast::<Set>().is_some() || value.downcast::<DictView>().is_some_and(|view| view.what != What::Values)
}

/// Whether every item of `a` is in `b`.
fn all_contained(h: &mut Held, a: &Value, b: &Value) -> R<bool> {
    let iterator = h.iter(a)?;
    while let Some(item) = h.next(&iterator)? {
        if !h.contains(b, &item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let (a, b) = (&args[0], &args[1]);
    if !is_set_like(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (of_a, of_b) = (h.len(a)?, h.len(b)?);
    let result = match op {
        CmpOp::Eq | CmpOp::NotEq => {
            let equal = of_a == of_b && all_contained(h, a, b)?;
            equal == (op == CmpOp::Eq)
        }
        CmpOp::Lt => of_a < of_b && all_contained(h, a, b)?,
        CmpOp::LtE => of_a <= of_b && all_contained(h, a, b)?,
        CmpOp::Gt => of_a > of_b && all_contained(h, b, a)?,
        _ => of_a >= of_b && all_contained(h, b, a)?,
    };
    Ok(Value::bool(result))
}

/// `a op b` where at least one is a view and the other must be iterable.
fn by_sets(h: &mut Held, a: &Value, b: &Value, operation: fn(&mut Held, &Value, &Value) -> R<Ref<Set>>) -> R {
    operation(h, a, b).map(Ref::into_value)
}

/// A new set of the items.
fn to_set(h: &mut Held, items: &Value) -> R<Ref<Set>> {
    // Keys are taken from the dict itself, which makes room for all of them at once.
    let keys = items.downcast::<DictView>().filter(|view| view.what == What::Keys).map(|view| view.dict.value());
    super::set_algebra::from_iterable(h, &core().set, keys.unwrap_or(items))
}

fn union(h: &mut Held, a: &Value, b: &Value) -> R<Ref<Set>> {
    let set = to_set(h, a)?;
    super::set_algebra::update(h, &set, b)?;
    Ok(set)
}

fn difference(h: &mut Held, a: &Value, b: &Value) -> R<Ref<Set>> {
    let set = to_set(h, a)?;
    super::set_algebra::difference_update(h, &set, b)?;
    Ok(set)
}

fn symmetric_difference(h: &mut Held, a: &Value, b: &Value) -> R<Ref<Set>> {
    let set = to_set(h, a)?;
    super::set_algebra::symmetric_difference_update(h, &set, b)?;
    Ok(set)
}

/// The smaller of two views is walked; an exact set is walked if it is no smaller than the view.
fn intersection(h: &mut Held, a: &Value, b: &Value) -> R<Ref<Set>> {
    // Python has it that a reflected call comes with the operands swapped back: the view is asked what it contains.
    let (mut view, mut other) = if a.downcast::<DictView>().is_some() { (a, b) } else { (b, a) };
    if other.downcast::<DictView>().is_some() && h.len(other)? > h.len(view)? {
        std::mem::swap(&mut view, &mut other);
    }
    if let Some(set) = other.exactly::<Set>().filter(|set| set.class().is(core().set.value()))
        && h.len(view)? <= set.len(h)
    {
        return super::set_algebra::intersection(h, set, view);
    }
    let result = h.set_of_class(&core().set);
    let iterator = h.iter(other)?;
    while let Some(item) = h.next(&iterator)? {
        if h.contains(view, &item)? {
            result.add(h, item)?;
        }
    }
    Ok(result)
}

fn isdisjoint(h: &mut Held, args: Args<'_>) -> R {
    let (mut view, mut other) = (&args[0], &args[1]);
    if view.is(other) {
        return Ok(Value::bool(h.len(view)? == 0));
    }
    if is_set_like(other) && h.len(other)? > h.len(view)? {
        std::mem::swap(&mut view, &mut other);
    }
    let iterator = h.iter(other)?;
    while let Some(item) = h.next(&iterator)? {
        if h.contains(view, &item)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
