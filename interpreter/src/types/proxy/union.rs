//! `types.UnionType`: `int | None`.
//!
//! In: classes, `None` and generic aliases joined by `|`. Out: what `isinstance` and annotations take. The one invariant: the
//! members are distinct, at least two, and none is a union itself.

use super::alias::repr_item;
use super::parameters::{parameters_of, substitute};
use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::descriptor::{Attr, getter};
use crate::objects::function::Args;
use crate::objects::header::allocate;
use crate::objects::make_class::ClassSpec;
use crate::objects::proxy::{GenericAlias, UnionType};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    ClassSpec::of(&core().union_type).methods(h, &METHODS).attrs(h, &ATTRS).module(h, "types").build(h);
    static OF_CLASSES: [Def; 2] = [
        def("__or__", "value, /", |h, args| or(h, &args[0], &args[1])),
        def("__ror__", "value, /", |h, args| or(h, &args[1], &args[0])),
    ];
    ClassSpec::of(&core().type_).methods(h, &OF_CLASSES).build(h);
}

static ATTRS: [Attr; 2] = [
    getter("__args__", |h, value| Ok(h.new_tuple(members(value)))),
    getter("__parameters__", |h, value| {
        let args = h.new_tuple(members(value));
        let parameters = parameters_of(h, &args)?;
        Ok(h.new_tuple(parameters))
    }),
];

static METHODS: [Def; 8] = [
    def("__repr__", "", repr),
    def("__hash__", "", |h, args| {
        let set = member_set(h, &args[0])?;
        let hash = h.hash(&set)?;
        Ok(h.new_int(hash))
    }),
    def("__eq__", "value, /", |h, args| {
        if args[1].downcast::<UnionType>().is_none() {
            return Ok(Value::NOT_IMPLEMENTED);
        }
        let (a, b) = (member_set(h, &args[0])?, member_set(h, &args[1])?);
        h.eq(&a, &b).map(Value::bool)
    }),
    def("__or__", "value, /", |h, args| or(h, &args[0], &args[1])),
    def("__ror__", "value, /", |h, args| or(h, &args[1], &args[0])),
    def("__instancecheck__", "instance, /", |h, args| check(h, args, "isinstance", Held::is_instance)),
    def("__subclasscheck__", "cls, /", |h, args| check(h, args, "issubclass", Held::is_subclass)),
    def("__getitem__", "key, /", getitem),
];

fn members(value: &Value) -> Vec<Value> {
    let args = value.downcast::<UnionType>().map(|union| &union.args);
    args.and_then(|args| args.downcast::<Tuple>()).map(|args| args.items().to_vec()).unwrap_or_default()
}

fn member_set(h: &mut Held, value: &Value) -> R {
    let members = h.new_list(members(value));
    h.call(core().frozenset.value(), &[members])
}

fn is_unionable(value: &Value) -> bool {
    value.is_none()
        || value.downcast::<Class>().is_some()
        || value.downcast::<GenericAlias>().is_some()
        || value.downcast::<UnionType>().is_some()
}

/// `a | b`, or `NotImplemented`.
pub(super) fn or(h: &mut Held, a: &Value, b: &Value) -> R {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    join(h, &[a.clone(), b.clone()])
}

/// The union of values that can stand in one; a single one is itself.
fn join(h: &mut Held, parts: &[Value]) -> R {
    let mut distinct: Vec<Value> = Vec::new();
    for part in parts {
        let flat = if part.downcast::<UnionType>().is_some() { members(part) } else { vec![part.clone()] };
        for member in flat {
            let member = if member.is_none() { core().none_type.value().clone() } else { member };
            if !is_among(h, &member, &distinct)? {
                distinct.push(member);
            }
        }
    }
    if let [only] = &distinct[..] {
        return Ok(only.clone());
    }
    let args = h.new_tuple(distinct);
    Ok(allocate(&core().union_type, UnionType { args }, 0).into_value())
}

/// Aliases are compared by value, all else by identity.
fn is_among(h: &mut Held, member: &Value, known: &[Value]) -> R<bool> {
    for other in known {
        let aliases = member.downcast::<GenericAlias>().is_some() && other.downcast::<GenericAlias>().is_some();
        if member.is(other) || aliases && h.eq(member, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let mut parts = Vec::new();
    for member in members(&args[0]) {
        let is_none = member.is(core().none_type.value());
        parts.push(if is_none { "None".to_owned() } else { repr_item(h, &member)? });
    }
    Ok(h.new_str(&parts.join(" | ")))
}

fn check(h: &mut Held, args: Args<'_>, name: &str, test: fn(&mut Held, &Value, &Value) -> R<bool>) -> R {
    for member in members(&args[0]) {
        if member.downcast::<GenericAlias>().is_some() {
            return Err(h.type_error(format!("{name}() argument 2 cannot be a parameterized generic")));
        }
        if test(h, &args[1], &member)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

fn getitem(h: &mut Held, args: Args<'_>) -> R {
    let own = h.new_tuple(members(&args[0]));
    let given = substitute(h, &args[0], &own, &args[1])?;
    let given = given.downcast::<Tuple>().map(|given| given.items().to_vec()).unwrap_or_default();
    let mut result = given.first().cloned().unwrap_or(Value::NONE);
    for next in &given[1..] {
        result = h.binary(toy_syntax::ast::BinOp::BitOr, &result, next)?;
    }
    Ok(result)
}
