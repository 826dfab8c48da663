//! `_string`: the parts of a format string, for `string.Formatter`.
//!
//! In: a format, or a field's name. Out: iterators over their parts. The one invariant: an error comes when the iterator gets
//! to it, not before.

use interpreter::builtins::add_functions;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use toy_text::Chars;
use toy_text::format::FormatError;
use toy_text::format::fields::{AutoNumber, First, Markup, MarkupIter, Step, split_field_name};

/// The data of both iterators: what is left, last first, and the error that it ends with.
pub struct Parts {
    left: ObjCell<Vec<Value>>,
    error: ObjCell<Option<FormatError>>,
}

interpreter::object!(Parts, "formatteriterator", traced[left]);

static FORMATTER: Global<Option<Ref<Class>>> = Global::new(None);
static FIELD_NAME: Global<Option<Ref<Class>>> = Global::new(None);

static FUNCTIONS: [Def; 2] =
    [def("formatter_parser", "format, /", parse), def("formatter_field_name_split", "name, /", split)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_string");
    add_functions(h, &module, &FUNCTIONS);
    for (name, place) in [("formatteriterator", &FORMATTER), ("fieldnameiterator", &FIELD_NAME)] {
        let flags = class_flag::FINAL | class_flag::NO_NEW;
        let class = ClassSpec::new::<Parts>(h, "builtins", name).flags(flags).iterator(h, next).build(h);
        place.write(h, |own| *own = Some(class));
    }
    Ok(module)
}

fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(parts) = this.downcast::<Parts>() else { return Ok(None) };
    if let Some(part) = parts.left.write(h, Vec::pop) {
        return Ok(Some(part));
    }
    match parts.error.arrange(h, Option::take) {
        Some(error) => Err(h.format_error(error)),
        None => Ok(None),
    }
}

fn iterator(h: &Held, class: &Global<Option<Ref<Class>>>, mut left: Vec<Value>, error: Option<FormatError>) -> Value {
    left.reverse();
    let parts = Parts { left: ObjCell::new(left), error: ObjCell::new(error) };
    class.read(h, |class| class.as_ref().map_or(Value::NONE, |class| h.new_object(class, parts).into_value()))
}

fn text<'a>(h: &Held, value: &'a Value) -> R<Chars<'a>> {
    match value.downcast::<Str>() {
        Some(text) => Ok(text.chars()),
        None => Err(h.type_error(format!("expected str, got {}", value.class_name()))),
    }
}

/// Tuples (literal, field name, spec, conversion).
fn parse(h: &mut Held, args: Args<'_>) -> R {
    let (mut parts, mut error) = (Vec::new(), None);
    for markup in MarkupIter::new(text(h, args.at(0))?) {
        match markup {
            Ok(markup) => parts.push(markup_tuple(h, &markup)),
            Err(fault) => error = Some(fault),
        }
    }
    Ok(iterator(h, &FORMATTER, parts, error))
}

fn markup_tuple(h: &Held, markup: &Markup<'_>) -> Value {
    let literal = h.str_from_slice(markup.literal);
    let Some(field) = &markup.field else { return h.tuple_of(&[literal, Value::NONE, Value::NONE, Value::NONE]) };
    let conversion = field.conversion.map_or(Value::NONE, |c| h.str_from_char(c));
    h.tuple_of(&[literal, h.str_from_slice(field.name), h.str_from_slice(field.spec), conversion])
}

/// The start of a field's name, and an iterator of tuples (is it an attribute, its name or the key).
fn split(h: &mut Held, args: Args<'_>) -> R {
    let name = text(h, args.at(0))?;
    let (first, steps) = match split_field_name(name, &mut AutoNumber::default()) {
        Ok(parts) => parts,
        Err(error) => return Err(h.format_error(error)),
    };
    let is_automatic = name.try_get(0).is_none_or(|c| c == u32::from('.') || c == u32::from('['));
    let first = match first {
        First::Index(_) if is_automatic => h.new_str(""),
        First::Index(number) => h.new_int(number as i64),
        First::Name(name) => h.str_from_slice(name),
    };
    let (mut parts, mut error) = (Vec::new(), None);
    for step in steps {
        match step {
            Ok(Step::Attribute(name)) => parts.push(h.tuple_of(&[Value::TRUE, h.str_from_slice(name)])),
            Ok(Step::Index(number)) => parts.push(h.tuple_of(&[Value::FALSE, h.new_int(number as i64)])),
            Ok(Step::Key(key)) => parts.push(h.tuple_of(&[Value::FALSE, h.str_from_slice(key)])),
            Err(fault) => error = Some(fault),
        }
    }
    Ok(h.tuple_of(&[first, iterator(h, &FIELD_NAME, parts, error)]))
}
