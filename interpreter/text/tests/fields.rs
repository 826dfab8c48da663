//! `str.format` and `%` against python3: a caller of the iterators with a few values of its own.
//!
//! In: the cases of `oracle/fields.py`, whose arguments are here too. Out: a failed test for every difference. The one
//! invariant: an operation that is not known here fails.

mod common;

use common::{check, escape};
use num_bigint::BigInt;
use toy_text::format::fields::{
    AutoNumber, Field, First, MarkupIter, Step, conversion_error, recursion_error, split_field_name,
};
use toy_text::format::number::IntRef;
use toy_text::format::percent::{Amount, Directive, Flavor, PercentIter, PercentPart, PercentSpec, unsupported};
use toy_text::format::percent_apply::{percent_char, percent_float, percent_int, percent_text};
use toy_text::format::text::format_str;
use toy_text::format::{FormatError, FormatErrorKind};
use toy_text::number::float_repr;
use toy_text::number::float_round::trunc;
use toy_text::string::repr::{ascii, repr};
use toy_text::{Chars, CharsBuf, CharsOwned};

#[test]
fn fields_agree_with_python3() {
    check("fields", 200, |operation, arguments| {
        let format = arguments[0].as_chars();
        let formatted = match operation {
            "format" => format_fields(format, &mut AutoNumber::default(), 2),
            "percent" => {
                let number = |i: usize| arguments[i].as_chars().to_string_lossy().parse().expect("python3 writes ints");
                percent(format, &values()[number(1)..number(2)])
            }
            _ => panic!("unknown operation {operation}"),
        };
        match formatted {
            Ok(text) => escape(text.as_chars()),
            Err(error) => error,
        }
    });
}

/// A text, or type and message of an exception, escaped.
type Formatted = Result<CharsOwned, String>;

fn raised(error: FormatError) -> String {
    format!("{:?}: {}", error.kind, escape(error.message.as_chars()))
}

/// `format.format("abc", "\u0101xy\ud800", k="key", w="5", **{"": "empty"})`.
fn format_fields(format: Chars<'_>, numbers: &mut AutoNumber, depth: u32) -> Formatted {
    if depth == 0 {
        return Err(raised(recursion_error()));
    }
    let mut out = CharsBuf::new();
    for markup in MarkupIter::new(format) {
        let markup = markup.map_err(raised)?;
        out.push_chars(markup.literal);
        if let Some(field) = markup.field {
            out.push_chars(format_field(&field, numbers, depth)?.as_chars());
        }
    }
    Ok(out.finish())
}

fn format_field(field: &Field<'_>, numbers: &mut AutoNumber, depth: u32) -> Formatted {
    let (first, steps) = split_field_name(field.name, numbers).map_err(raised)?;
    let mut value = argument(first)?;
    for step in steps {
        value = match step.map_err(raised)? {
            Step::Attribute(name) => {
                let name = escape(name);
                return Err(format!("AttributeError: 'str' object has no attribute '{name}'"));
            }
            Step::Index(i) if i < value.as_chars().len() => value.as_chars().slice(i, i + 1).to_owned(),
            Step::Index(_) => return Err("IndexError: string index out of range".to_owned()),
            Step::Key(_) => return Err("TypeError: string indices must be integers, not 'str'".to_owned()),
        };
    }
    value = match field.conversion.map(char::from_u32) {
        None | Some(Some('s')) => value,
        Some(Some('r')) => repr(value.as_chars()),
        Some(Some('a')) => ascii(value.as_chars()),
        _ => return Err(raised(conversion_error(field.conversion.unwrap()))),
    };
    let spec = if field.nested { format_fields(field.spec, numbers, depth - 1)? } else { field.spec.to_owned() };
    format_str(value.as_chars(), spec.as_chars(), "str").map_err(raised)
}

fn argument(first: First<'_>) -> Formatted {
    match first {
        First::Index(0) => Ok("abc".into()),
        First::Index(1) => Ok(Chars::Two(&[0x101, 0x78, 0x79, 0xd800]).to_owned()),
        First::Index(i) => Err(format!("IndexError: Replacement index {i} out of range for positional args tuple")),
        First::Name(name) => match name.to_string_lossy().as_str() {
            "k" => Ok("key".into()),
            "w" => Ok("5".into()),
            _ => Err(format!("KeyError: {}", escape(repr(name).as_chars()))),
        },
    }
}

#[derive(Clone)]
enum Value {
    Int(BigInt),
    Float(f64),
    Str(&'static str),
}

fn values() -> [Value; 5] {
    let ten_20: BigInt = BigInt::from(10).pow(20);
    [Value::Int(42.into()), Value::Float(3.5), Value::Str("text"), Value::Int((-7).into()), Value::Int(ten_20)]
}

/// `format % tuple(values)`.
fn percent(format: Chars<'_>, values: &[Value]) -> Formatted {
    let mut left = values.iter();
    let mut out = CharsBuf::new();
    for part in PercentIter::new(format, Flavor::Str) {
        match part {
            PercentPart::Literal(text) => out.push_chars(text),
            PercentPart::Plain(letter) => out.push_chars(apply(Directive::plain(letter), &mut left)?.as_chars()),
            PercentPart::Directive(directive) => out.push_chars(apply(directive, &mut left)?.as_chars()),
        }
    }
    if left.next().is_some() {
        return Err("TypeError: not all arguments converted during string formatting".to_owned());
    }
    Ok(out.finish())
}

fn apply(directive: Directive<'_>, left: &mut std::slice::Iter<'_, Value>) -> Formatted {
    if directive.key.is_some() {
        return Err("TypeError: format requires a mapping".to_owned());
    }
    let star_width = star(directive.width, isize::MAX, "ssize_t", left)?;
    let star_precision = star(directive.precision, i32::MAX as isize, "int", left)?;
    let spec = PercentSpec::new(&directive, star_width, star_precision).map_err(raised)?;
    if let Some(fault) = directive.fault {
        return Err(raised(fault));
    }
    let conversion = char::from_u32(directive.conversion).unwrap_or('\u{fffd}');
    let value = next(left)?;
    match (conversion, value) {
        ('s' | 'r' | 'a', value) => Ok(percent_text(shown(conversion, value).as_chars(), &spec)),
        ('d' | 'i' | 'u', Value::Float(x)) => int(&trunc(*x), conversion, &spec),
        ('d' | 'i' | 'u', Value::Str(_)) => {
            Err(format!("TypeError: %{conversion} format: a real number is required, not str"))
        }
        ('d' | 'i' | 'u' | 'o' | 'x' | 'X', Value::Int(n)) => int(n, conversion, &spec),
        ('o' | 'x' | 'X', value) => {
            Err(format!("TypeError: %{conversion} format: an integer is required, not {}", type_name(value)))
        }
        ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Value::Str(_)) => Err("TypeError: must be real number, not str".to_owned()),
        ('e' | 'E' | 'f' | 'F' | 'g' | 'G', value) => {
            Ok(percent_float(float(value), conversion, &spec).as_str().into())
        }
        ('c', Value::Int(n)) => character(n, &spec),
        ('c', _) => Err("TypeError: %c requires int or char".to_owned()),
        _ => Err(raised(unsupported(directive.conversion, directive.at))),
    }
}

/// The int for a `*`, which must fit what C has for it.
fn star(
    amount: Option<Amount>,
    most: isize,
    c_type: &str,
    left: &mut std::slice::Iter<'_, Value>,
) -> Result<Option<isize>, String> {
    if amount != Some(Amount::Star) {
        return Ok(None);
    }
    match next(left)? {
        Value::Int(n) => match isize::try_from(n) {
            Ok(n) if n.abs() <= most => Ok(Some(n)),
            _ => Err(format!("OverflowError: Python int too large to convert to C {c_type}")),
        },
        _ => Err("TypeError: * wants int".to_owned()),
    }
}

fn next<'a>(left: &mut std::slice::Iter<'a, Value>) -> Result<&'a Value, String> {
    left.next().ok_or_else(|| "TypeError: not enough arguments for format string".to_owned())
}

fn int(n: &BigInt, conversion: char, spec: &PercentSpec) -> Formatted {
    let small = i64::try_from(n).map_or(IntRef::Big(n), IntRef::Small);
    percent_int(small, conversion, spec, 4300).map(|text| text.as_str().into()).map_err(raised)
}

fn character(n: &BigInt, spec: &PercentSpec) -> Formatted {
    match u32::try_from(n) {
        Ok(c) => Ok(percent_char(Chars::Four(&[c]), spec)),
        Err(_) => Err(raised(FormatError {
            kind: FormatErrorKind::OverflowError,
            message: "%c arg not in range(0x110000)".into(),
        })),
    }
}

fn float(value: &Value) -> f64 {
    match value {
        Value::Int(n) => IntRef::Big(n).to_float().expect("no value is that large"),
        Value::Float(x) => *x,
        Value::Str(_) => unreachable!("strs are refused before"),
    }
}

fn shown(conversion: char, value: &Value) -> CharsOwned {
    match value {
        Value::Int(n) => n.to_string().as_str().into(),
        Value::Float(x) => float_repr(*x).as_str().into(),
        Value::Str(text) if conversion == 's' => (*text).into(),
        Value::Str(text) => repr(CharsOwned::from(*text).as_chars()),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Str(_) => "str",
    }
}
