//! Error handlers as functions: CPython's own ones, and those that programs register.
//!
//! In: a name, or a UnicodeError. Out: a handler, or what it puts instead and where to go on. The one invariant: the own
//! handlers answer as encoding and decoding with their names does.

use interpreter::objects::exception::{Exc, Exception};
use interpreter::objects::function::{Args, Native, Role};
use interpreter::objects::names::n;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_text::codecs::{Codec, DecodeError, EncodeError, ErrorHandler, Replacement};

static HANDLERS: [Def; 8] = [
    def("strict_errors", "exception, /", strict),
    def("ignore_errors", "exception, /", |h, args| handle(h, args, ErrorHandler::Ignore)),
    def("replace_errors", "exception, /", |h, args| handle(h, args, ErrorHandler::Replace)),
    def("backslashreplace_errors", "exception, /", |h, args| handle(h, args, ErrorHandler::BackslashReplace)),
    def("xmlcharrefreplace_errors", "exception, /", |h, args| handle(h, args, ErrorHandler::XmlCharRefReplace)),
    def("namereplace_errors", "exception, /", |h, args| handle(h, args, ErrorHandler::NameReplace)),
    def("surrogateescape", "exception, /", |h, args| handle(h, args, ErrorHandler::SurrogateEscape)),
    def("surrogatepass", "exception, /", |h, args| handle(h, args, ErrorHandler::SurrogatePass)),
];

pub fn register(h: &mut Held, args: Args<'_>) -> R {
    let name = super::text_argument(h, &args[0], "register_error() argument 1")?;
    if !h.is_callable(&args[1]) {
        return Err(h.type_error("handler must be callable"));
    }
    h.register_error_handler(&name, args[1].clone());
    Ok(Value::NONE)
}

pub fn lookup(h: &mut Held, args: Args<'_>) -> R {
    let name = super::text_argument(h, &args[0], "lookup_error() argument")?;
    let own = HANDLERS.iter().find(|def| def.name.trim_end_matches("_errors") == name);
    match own {
        Some(def) => Ok(h.new_native(Native {
            def,
            module: Value::NONE,
            owner: Value::NONE,
            receiver: Value::NONE,
            role: Role::Function,
        })),
        None => h.lookup_error(&name),
    }
}

fn strict(h: &mut Held, args: Args<'_>) -> R {
    match args[0].downcast::<Exception>() {
        Some(_) => Err(interpreter::runtime::error::Raised::new(args[0].clone())),
        None => Err(h.type_error("codec must pass exception instance")),
    }
}

fn handle(h: &mut Held, args: Args<'_>, handler: ErrorHandler) -> R {
    let exception = &args[0];
    let is = |exc: Exc| exception.class().is_subclass_of(exc.class());
    let answer = if is(Exc::UnicodeEncodeError) {
        encoding(h, exception, handler)?
    } else if is(Exc::UnicodeDecodeError) && handler.decodes() {
        decoding(h, exception, handler)?
    } else if is(Exc::UnicodeTranslateError) {
        translating(h, exception, handler)?
    } else {
        let got = exception.class_name();
        return Err(h.type_error(format!("don't know how to handle {got} in error callback")));
    };
    match answer {
        Some((replacement, at)) => Ok(h.tuple_of(&[replacement, h.new_int(at as i64)])),
        None => Err(interpreter::runtime::error::Raised::new(exception.clone())),
    }
}

/// The codec, object and range of a UnicodeError.
fn fields(h: &mut Held, exception: &Value, len: impl FnOnce(&Value) -> usize) -> R<(Codec, Value, usize, usize)> {
    let codec = match h.find_attr(exception, n::encoding.value())? {
        Some(encoding) => toy_text::codecs::lookup(&text_of(&encoding)).unwrap_or(Codec::Utf8),
        None => Codec::Utf8,
    };
    let object = h.get(exception, n::object)?;
    let (start, end) = (h.get(exception, n::start)?, h.get(exception, n::end)?);
    let len = len(&object);
    let end = (h.to_isize(&end)?.max(0) as usize).min(len);
    let start = (h.to_isize(&start)?.max(0) as usize).min(end);
    Ok((codec, object, start, end))
}

fn str_len(object: &Value) -> usize {
    object.downcast::<Str>().map_or(0, |text| text.len())
}

type Answer = Option<(Value, usize)>;

fn encoding(h: &mut Held, exception: &Value, handler: ErrorHandler) -> R<Answer> {
    let (codec, object, start, end) = fields(h, exception, str_len)?;
    let Some(text) = object.downcast::<Str>() else { return Ok(None) };
    let error = EncodeError { encoding: codec.name(), start, end, reason: "" };
    Ok(handler.encode(codec, text.chars(), &error).map(|(replacement, at)| {
        let value = match replacement {
            Replacement::Bytes(bytes) => h.new_bytes(&bytes),
            Replacement::Text(text) => h.str_from_owned(&text),
        };
        (value, at)
    }))
}

fn decoding(h: &mut Held, exception: &Value, handler: ErrorHandler) -> R<Answer> {
    let object = h.get(exception, n::object)?;
    let data = h.with_bytes_like(&object, <[u8]>::to_vec)?;
    let (codec, _, start, end) = fields(h, exception, |_| data.len())?;
    let error = DecodeError { encoding: codec.name(), start, end, reason: "", object_start: 0 };
    Ok(handler.decode(codec, &data, &error).map(|(text, at)| (h.str_from_owned(&text), at)))
}

fn translating(h: &mut Held, exception: &Value, handler: ErrorHandler) -> R<Answer> {
    let (_, _, start, end) = fields(h, exception, str_len)?;
    let text = match handler {
        ErrorHandler::Replace => "\u{fffd}".repeat(end - start),
        ErrorHandler::Ignore => String::new(),
        _ => return Ok(None),
    };
    Ok(Some((h.new_str(&text), end)))
}
