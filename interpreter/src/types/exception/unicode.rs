//! Errors of encoding, decoding and translating.
//!
//! In: what was converted, where it failed, why. Out: the texts that name the offending character or byte. The one
//! invariant: encoding 0, object 1, start 2, end 3, reason 4, whichever of the three it is.

use super::fields::{field, get};
use super::{no_keywords, store_args};
use crate::objects::bytes::Bytes;
use crate::objects::descriptor::{Attr, getset};
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::Args;
use crate::objects::header::Obj;
use crate::objects::make_class::ClassSpec;
use crate::objects::str::Str;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static ENCODE: [Def; 2] = [
        def("__init__", "*args, **kwargs", |h, args| init_unicode(h, args, "UOnnU", 0)),
        def("__str__", "", encode_str),
    ];
    static DECODE: [Def; 2] = [
        def("__init__", "*args, **kwargs", |h, args| init_unicode(h, args, "UBnnU", 0)),
        def("__str__", "", decode_str),
    ];
    static TRANSLATE: [Def; 2] = [
        def("__init__", "*args, **kwargs", |h, args| init_unicode(h, args, "OnnU", 1)),
        def("__str__", "", translate_str),
    ];
    let tables = [
        (Exc::UnicodeEncodeError, &ENCODE),
        (Exc::UnicodeDecodeError, &DECODE),
        (Exc::UnicodeTranslateError, &TRANSLATE),
    ];
    for (exc, methods) in tables {
        ClassSpec::of(exc.class()).methods(h, methods).attrs(h, &ATTRS).build(h);
    }
}

static ATTRS: [Attr; 5] = [
    field::<0>("encoding"),
    field::<1>("object"),
    getset("start", get::<2>, set_index::<2>),
    getset("end", get::<3>, set_index::<3>),
    field::<4>("reason"),
];

fn set_index<const I: usize>(h: &mut Held, object: &Value, value: Option<&Value>) -> R<()> {
    let Some(value) = value else { return Err(h.type_error("can't delete numeric/char attribute")) };
    let index = h.to_isize(value)?;
    let index = h.new_int(index as i64);
    if let Some(exception) = object.downcast::<Exception>() {
        exception.set_field(h, I, Some(index));
    }
    Ok(())
}

/// One letter an argument, as CPython parses them: `U` or `O` a str, `B` bytes, `n` an index; they fill the fields from `first` on.
fn init_unicode(h: &mut Held, args: Args<'_>, kinds: &str, first: usize) -> R {
    no_keywords(h, &args[0].class_name(), &args[2])?;
    let exception = args.this::<Exception>();
    store_args(h, exception, args[1].clone());
    let given = args.rest(1);
    if given.len() != kinds.len() {
        let (wanted, got) = (kinds.len(), given.len());
        return Err(h.type_error(format!("function takes exactly {wanted} arguments ({got} given)")));
    }
    for (i, (kind, value)) in kinds.chars().zip(given).enumerate() {
        let value = convert(h, kind, i + 1, value)?;
        exception.set_field(h, first + i, Some(value));
    }
    Ok(Value::NONE)
}

fn convert(h: &mut Held, kind: char, position: usize, value: &Value) -> R {
    match kind {
        'n' => {
            let index = h.to_isize(value)?;
            Ok(h.new_int(index as i64))
        }
        'B' if value.downcast::<Bytes>().is_some() => Ok(value.clone()),
        'B' => {
            if !h.is_buffer(value) {
                let got = value.class_name();
                return Err(h.type_error(format!("a bytes-like object is required, not '{got}'")));
            }
            h.call(crate::objects::core().bytes.value(), std::slice::from_ref(value))
        }
        _ if value.downcast::<Str>().is_some() => Ok(value.clone()),
        _ => {
            let got = value.class_name();
            Err(h.type_error(format!("argument {position} must be str, not {got}")))
        }
    }
}

/// Fields 2 and 3.
fn range(h: &Held, exception: &Obj<Exception>) -> (i64, i64) {
    let index = |i| exception.field(h, i).and_then(|value| value.as_small_int()).unwrap_or(0);
    (index(2), index(3))
}

fn text(h: &mut Held, exception: &Obj<Exception>, i: usize) -> R<String> {
    let value = exception.field(h, i).unwrap_or(Value::NONE);
    h.str_text(&value)
}

/// The only character between start and end, as an escape.
fn bad_character(h: &Held, exception: &Obj<Exception>) -> Option<String> {
    let (start, end) = range(h, exception);
    let object = exception.field(h, 1)?;
    let object = object.downcast::<Str>()?;
    if end != start + 1 || start < 0 || start >= object.len() as i64 {
        return None;
    }
    let c = object.chars().get(start as usize);
    Some(match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    })
}

fn encode_str(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    if exception.field(h, 1).is_none() {
        return Ok(h.new_str(""));
    }
    let (encoding, reason) = (text(h, exception, 0)?, text(h, exception, 4)?);
    let (start, end) = range(h, exception);
    let text = match bad_character(h, exception) {
        Some(c) => format!("'{encoding}' codec can't encode character '{c}' in position {start}: {reason}"),
        None => {
            let last = end - 1;
            format!("'{encoding}' codec can't encode characters in position {start}-{last}: {reason}")
        }
    };
    Ok(h.new_str(&text))
}

fn decode_str(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    let Some(object) = exception.field(h, 1) else { return Ok(h.new_str("")) };
    let (encoding, reason) = (text(h, exception, 0)?, text(h, exception, 4)?);
    let (start, end) = range(h, exception);
    let byte = object.downcast::<Bytes>().and_then(|bytes| bytes.data.get(usize::try_from(start).ok()?).copied());
    let text = match byte.filter(|_| end == start + 1) {
        Some(byte) => format!("'{encoding}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}"),
        None => {
            let last = end - 1;
            format!("'{encoding}' codec can't decode bytes in position {start}-{last}: {reason}")
        }
    };
    Ok(h.new_str(&text))
}

fn translate_str(h: &mut Held, args: Args<'_>) -> R {
    let exception = args.this::<Exception>();
    if exception.field(h, 1).is_none() {
        return Ok(h.new_str(""));
    }
    let reason = text(h, exception, 4)?;
    let (start, end) = range(h, exception);
    let text = match bad_character(h, exception) {
        Some(c) => format!("can't translate character '{c}' in position {start}: {reason}"),
        None => format!("can't translate characters in position {start}-{}: {reason}", end - 1),
    };
    Ok(h.new_str(&text))
}

impl Held {
    /// `UnicodeEncodeError(encoding, object, start, end, reason)`.
    #[cold]
    pub fn unicode_encode_error(&mut self, encoding: &str, object: &Value, at: (usize, usize), reason: &str) -> Raised {
        self.unicode_error(Exc::UnicodeEncodeError, encoding, object, at, reason)
    }

    /// `UnicodeDecodeError(encoding, object, start, end, reason)`; `object` is `bytes`.
    #[cold]
    pub fn unicode_decode_error(&mut self, encoding: &str, object: &Value, at: (usize, usize), reason: &str) -> Raised {
        self.unicode_error(Exc::UnicodeDecodeError, encoding, object, at, reason)
    }

    fn unicode_error(&mut self, exc: Exc, encoding: &str, object: &Value, at: (usize, usize), reason: &str) -> Raised {
        let items = [
            self.new_str(encoding),
            object.clone(),
            self.new_int(at.0 as i64),
            self.new_int(at.1 as i64),
            self.new_str(reason),
        ];
        let exception = self.new_exception(exc.class(), self.tuple_of(&items));
        for (i, item) in items.into_iter().enumerate() {
            exception.set_field(self, i, Some(item));
        }
        Raised::new(exception.into_value())
    }
}
