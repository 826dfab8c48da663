//! `Decimal`: the class and its objects.
//!
//! In: numbers. Out: objects. The one invariant: results of operations are of the class itself, whatever subclass the operands are of.

use super::signals::add_status;
use super::{construct, conversions, formatting, functions, operators};
use interpreter::objects::class::Class;
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::int::IntView;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use interpreter::vm::protocol::ways::register_number;
use std::borrow::Cow;
use toy_decimal::{Context, Number};

/// The data of a `Decimal`.
pub struct Decimal(pub Number);

interpreter::object!(Decimal, "decimal.Decimal");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static ATTRS: [Attr; 2] =
    [getter("real", |_, value| Ok(value.clone())), getter("imag", |h, _| Ok(new(h, Number::small(0))))];

/// Makes the class.
pub(super) fn make(h: &mut Held) -> Value {
    let spec = ClassSpec::new::<Decimal>(h, "decimal", "Decimal").constructor(h, &construct::NEW);
    let spec = spec.class_methods(h, &construct::CLASS_METHODS);
    let spec = spec.methods(h, &operators::ARITHMETIC).methods(h, &operators::COMPARISONS);
    let spec = spec.methods(h, &functions::UNARY).methods(h, &functions::BINARY).methods(h, &functions::OTHERS);
    let spec = spec.methods(h, &functions::PREDICATES).methods(h, &conversions::METHODS);
    let spec = spec.methods(h, &formatting::METHODS).attrs(h, &ATTRS);
    let signature = h.new_str("(value='0', context=None)");
    let spec = spec.value(h, "__text_signature__", signature);
    let class = spec.doc(h, "Decimal(value='0', context=None): a decimal floating-point number.").build(h);
    register_number(Decimal::register_kind(), operators::operate);
    let value = class.value().clone();
    let old = CLASS.write(h, |own| own.replace(class));
    drop(old);
    value
}

pub(super) fn class(h: &Held) -> Value {
    CLASS.read(h, |class| class.as_ref().map_or(Value::NONE, |class| class.value().clone()))
}

/// A new object.
#[inline]
pub(super) fn new(h: &Held, number: Number) -> Value {
    CLASS.read(h, |class| match class {
        Some(class) => h.new_object(class, Decimal(number)).into_value(),
        None => h.new_object(&core().object, Decimal(number)).into_value(),
    })
}

/// The result of an operation: flags what happened, raises what is trapped.
#[inline]
pub(super) fn finish(h: &mut Held, context: &Value, number: Number, status: u32) -> R {
    add_status(h, context, status)?;
    Ok(new(h, number))
}

/// The number that an operand is: a `Decimal` or an int.
#[inline]
pub(super) fn operand(value: &Value) -> Option<Cow<'_, Number>> {
    match value.downcast::<Decimal>() {
        Some(decimal) => Some(Cow::Borrowed(&decimal.0)),
        None => value.as_int().map(|int| Cow::Owned(from_int(int))),
    }
}

pub(super) fn from_int(int: IntView<'_>) -> Number {
    match int {
        IntView::Small(n) => Number::small(n),
        IntView::Big(n) => Number::from_big(n),
    }
}

/// As `operand`, or TypeError.
#[inline]
pub(super) fn converted<'a>(h: &mut Held, value: &'a Value) -> R<Cow<'a, Number>> {
    match operand(value) {
        Some(number) => Ok(number),
        None => Err(unsupported(h, value)),
    }
}

#[cold]
pub(super) fn unsupported(h: &mut Held, value: &Value) -> Raised {
    h.type_error(format!("conversion from {} to Decimal is not supported", value.class_name()))
}

/// What an operation of one or two numbers is.
pub(super) type Unary = fn(&Number, &Context, &mut u32) -> Number;
pub(super) type Binary = fn(&Number, &Number, &Context, &mut u32) -> Number;
