//! Making decimals: of text, ints, floats, tuples.
//!
//! In: values. Out: numbers. The one invariant: `Decimal(...)` never rounds; `create_decimal` always does.

use super::context::{ContextData, settings};
use super::current;
use super::number::{self, Decimal, from_int, unsupported};
use super::signals::add_status;
use crate::native::class_of;
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::list::List;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_decimal::{Number, status};
use toy_text::Chars;

pub(super) static NEW: Def = def("__new__", "value='0', context=None", new);

pub(super) static CLASS_METHODS: [Def; 1] = [def("from_float", "f, /", |h, args| {
    let number = from_float(h, &args[1])?;
    let exact = number::new(h, number);
    match number::class(h).is(&args[0]) {
        true => Ok(exact),
        false => h.call(&args[0], &[exact]),
    }
})];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let given = args.opt_some(2);
    if given.is_some_and(|context| context.downcast::<ContextData>().is_none()) {
        return Err(h.type_error("optional argument must be a context"));
    }
    let class = class_of(args);
    let own = class.to_value();
    let plain = number::class(h).is(&own);
    let Some(value) = args.opt(1) else { return Ok(of_class(h, class, Number::small(0))) };
    if let Some(decimal) = value.downcast::<Decimal>() {
        return Ok(if plain && decimal.class().to_value().is(&own) {
            value.clone()
        } else {
            of_class(h, class, decimal.0.clone())
        });
    }
    let number = exactly(h, value, given)?;
    Ok(of_class(h, class, number))
}

fn of_class(h: &mut Held, class: &Obj<Class>, number: Number) -> Value {
    h.new_object(class, Decimal(number)).into_value()
}

/// The number that a value is, no digit being lost.
fn exactly(h: &mut Held, value: &Value, given: Option<&Value>) -> R<Number> {
    if let Some(int) = value.as_int() {
        return Ok(from_int(int));
    }
    let mut status = 0;
    let number = if let Some(text) = value.downcast::<Str>() {
        with_ascii(text.chars(), true, |text| Number::parse_exactly(text, &mut status))
    } else if let Some(x) = value.as_float() {
        status = status::FLOAT_OPERATION;
        Number::from_f64(x)
    } else if let Some(text) = tuple_text(h, value)? {
        Number::parse_exactly(text.as_bytes(), &mut status)
    } else {
        return Err(unsupported(h, value));
    };
    if status != 0 {
        let context = current::given(h, given)?;
        add_status(h, &context, status)?;
    }
    Ok(number)
}

/// The number that a value is, rounded to a context.
pub(super) fn rounded(h: &mut Held, value: &Value, context: &Value) -> R<Number> {
    let rules = settings(context);
    let mut status = 0;
    let number = if let Some(decimal) = value.downcast::<Decimal>() {
        let long = decimal.0.is_nan() && decimal.0.coefficient.digits() > rules.prec - rules.clamp as i64;
        if long && !decimal.0.coefficient.is_zero() {
            status = status::CONVERSION_SYNTAX;
            Number::nan()
        } else {
            decimal.0.clone().finalized(&rules, &mut status)
        }
    } else if let Some(int) = value.as_int() {
        from_int(int).finalized(&rules, &mut status)
    } else if let Some(text) = value.downcast::<Str>() {
        with_ascii(text.chars(), false, |text| Number::parse(text, &rules, &mut status))
    } else if let Some(x) = value.as_float() {
        add_status(h, context, status::FLOAT_OPERATION)?;
        Number::from_f64(x).finalized(&rules, &mut status)
    } else if let Some(text) = tuple_text(h, value)? {
        Number::parse(text.as_bytes(), &rules, &mut status)
    } else {
        return Err(unsupported(h, value));
    };
    add_status(h, context, status)?;
    Ok(number)
}

/// A float or int as a number.
pub(super) fn from_float(h: &mut Held, value: &Value) -> R<Number> {
    if let Some(int) = value.as_int() {
        return Ok(from_int(int));
    }
    match value.as_float() {
        Some(x) => Ok(Number::from_f64(x)),
        None => Err(h.type_error("argument must be int or float")),
    }
}

/// Gives text as ASCII: the digits of all scripts are digits. White space around it and underscores may be left out.
fn with_ascii<T>(chars: Chars<'_>, lenient: bool, read: impl FnOnce(&[u8]) -> T) -> T {
    if let Chars::One(bytes) = chars
        && bytes.iter().all(|&c| c.is_ascii_graphic() && c != b'_')
    {
        return read(bytes);
    }
    let mut text: Vec<u8> = chars.iter().map(ascii_of).collect();
    if lenient {
        text = text.trim_ascii().iter().copied().filter(|&c| c != b'_').collect();
    }
    read(&text)
}

fn ascii_of(c: u32) -> u8 {
    match u8::try_from(c) {
        Ok(c) if c.is_ascii() && c > b' ' => c,
        _ if toy_text::unicode::is_space(c) => b' ',
        _ => toy_text::unicode::decimal(c).map_or(0, |digit| b'0' + digit as u8),
    }
}

/// The text of `(sign, digits, exponent)`; nothing if the value is neither a tuple nor a list.
fn tuple_text(h: &mut Held, value: &Value) -> R<Option<String>> {
    let Some(items) = items_of(h, value) else { return Ok(None) };
    let [sign, digits, exponent] = items.as_slice() else {
        return Err(h.value_error("argument must be a sequence of length 3"));
    };
    let sign = match sign.as_int().and_then(|sign| sign.to_i64()) {
        Some(0) => "",
        Some(1) => "-",
        _ => return Err(h.value_error("sign must be an integer with the value 0 or 1")),
    };
    let (head, tail) = if let Some(kind) = exponent.downcast::<Str>() {
        match kind.as_ascii() {
            Some("F") => ("Inf", String::new()),
            Some("n") => ("NaN", String::new()),
            Some("N") => ("sNaN", String::new()),
            _ => return Err(h.value_error("string argument in the third position must be 'F', 'n' or 'N'")),
        }
    } else if exponent.as_int().is_some() {
        ("", format!("E{}", h.to_isize(exponent)?))
    } else {
        return Err(h.value_error("exponent must be an integer"));
    };
    let digits = digits_text(h, digits)?;
    Ok(Some(match head {
        "" if digits.is_empty() => format!("{sign}0{tail}"),
        "Inf" => format!("{sign}Inf"),
        _ => format!("{sign}{head}{digits}{tail}"),
    }))
}

fn digits_text(h: &mut Held, digits: &Value) -> R<String> {
    let items = items_of(h, digits);
    let digit =
        |item: &Value| item.as_int().and_then(|n| n.to_i64()).and_then(|n| char::from_digit(n.try_into().ok()?, 10));
    match items.and_then(|items| items.iter().map(digit).collect::<Option<String>>()) {
        Some(text) => Ok(text),
        None => Err(h.value_error("coefficient must be a tuple of digits")),
    }
}

fn items_of(h: &Held, value: &Value) -> Option<Vec<Value>> {
    match value.downcast::<Tuple>() {
        Some(tuple) => Some(tuple.items().to_vec()),
        None => value.downcast::<List>().map(|list| list.snapshot(h)),
    }
}
