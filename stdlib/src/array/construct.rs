//! `array(...)`, pickling and copying.
//!
//! In: a type code and what to start with. Out: an array of the class asked for. The one invariant: only known type codes are
//! let in.

use super::item::{CODES, decode, size_of_code};
use super::{Array, class, convert, make};
use interpreter::objects::bytes::{ByteArray, Bytes};
use interpreter::objects::class::Class;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub(super) static NEW: Def = def("__new__", "*args, **kwargs", new);

pub(super) static FUNCTIONS: [Def; 1] =
    [def("_array_reconstructor", "arraytype, typecode, mformat_code, items, /", reconstruct)];

const BAD_CODE: &str = "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)";

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(of) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let keywords = args.opt(2).and_then(|keywords| keywords.downcast::<Dict>());
    if of.is(class(h).value()) && keywords.is_some_and(|keywords| !keywords.is_empty(h)) {
        return Err(h.type_error("array.array() takes no keyword arguments"));
    }
    let (code, initializer) = match args.rest(1) {
        [] => return Err(h.type_error("array() takes at least 1 argument (0 given)")),
        [code] => (code, None),
        [code, initializer] => (code, Some(initializer)),
        more => return Err(h.type_error(format!("array() takes at most 2 arguments ({} given)", more.len()))),
    };
    let code = type_code(h, code)?;
    start(h, of, code, initializer)
}

fn type_code(h: &mut Held, code: &Value) -> R<u32> {
    match code.downcast::<Str>() {
        Some(string) if string.len() == 1 => Ok(string.chars().get(0)),
        _ => {
            let got = code.given_name();
            Err(h.type_error(format!("array() argument 1 must be a unicode character, not {got}")))
        }
    }
}

fn start(h: &mut Held, of: &Obj<Class>, code: u32, initializer: Option<&Value>) -> R {
    let shown = char::from_u32(code).unwrap_or('?');
    let is_text = |value: &Value| value.downcast::<Str>().is_some();
    let is_text_array = |value: &Value| value.downcast::<Array>().is_some_and(|array| array.code == b'u');
    if let Some(value) = initializer.filter(|_| shown != 'u') {
        let kind = if is_text(value) { "str" } else { "unicode array" };
        if is_text(value) || is_text_array(value) {
            let message = format!("cannot use a {kind} to initialize an array with typecode '{shown}'");
            return Err(h.type_error(message));
        }
    }
    let is_bytes = |value: &Value| value.downcast::<Bytes>().is_some() || value.downcast::<ByteArray>().is_some();
    // What cannot be iterated is refused before a code that is unknown.
    let items = match initializer {
        Some(value) if !is_bytes(value) && !is_text(value) && value.downcast::<Array>().is_none() => {
            Some(h.iter(value)?)
        }
        _ => None,
    };
    let Some(code) = u8::try_from(code).ok().filter(|&code| size_of_code(code).is_some()) else {
        return Err(h.value_error(BAD_CODE));
    };
    let array = make(h, of, code, Vec::new());
    match initializer {
        None => (),
        Some(value) if is_bytes(value) => convert::append_bytes(h, &array, value)?,
        Some(value) if is_text(value) => convert::append_text(h, &array, value)?,
        Some(value) => convert::append_items(h, &array, items.as_ref().unwrap_or(value))?,
    }
    Ok(array.into_value())
}

pub(super) fn copy(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let items = this.items.read(h, Clone::clone);
    let class = class(h);
    Ok(make(h, &class, this.code, items).into_value())
}

pub(super) fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let this = args.this::<Array>();
    let protocol = match args[1].as_int() {
        Some(protocol) => protocol.to_i64().unwrap_or(0),
        None => return Err(h.type_error("__reduce_ex__ argument should be an integer")),
    };
    let state = h.find_attr(&args[0], n::__dict__.value())?.unwrap_or(Value::NONE);
    let (class, code) = (args[0].class().to_value(), h.str_from_char(u32::from(this.code)));
    if protocol < 3 {
        let list = convert::list_of(h, this);
        let inner = h.new_tuple(vec![code, list]);
        return Ok(h.new_tuple(vec![class, inner, state]));
    }
    let module = h.import_module("array")?;
    let name = h.intern("_array_reconstructor");
    let function = h.get_attr(&module, &name)?;
    let format = FORMATS.iter().position(|(own, big)| own.contains(char::from(this.code)) && !big).unwrap_or(0);
    let bytes = this.items.read(h, |items| h.new_bytes(items));
    let inner = h.new_tuple(vec![class, code, h.new_int(format as i64), bytes]);
    Ok(h.new_tuple(vec![function, inner, state]))
}

/// What the numbers of machine formats in pickles stand for: the type codes, and whether big-endian. (18 and 19 are UTF-16.)
const FORMATS: [(&str, bool); 22] = [
    ("B", false),
    ("b", false),
    ("H", false),
    ("H", true),
    ("h", false),
    ("h", true),
    ("I", false),
    ("I", true),
    ("i", false),
    ("i", true),
    ("LQ", false),
    ("LQ", true),
    ("lq", false),
    ("lq", true),
    ("f", false),
    ("f", true),
    ("d", false),
    ("d", true),
    ("", false),
    ("", true),
    ("u", false),
    ("u", true),
];

fn reconstruct(h: &mut Held, args: Args<'_>) -> R {
    let own = class(h);
    let Some(of) = args[0].downcast::<Class>() else {
        let got = args[0].class_name();
        return Err(h.type_error(format!("first argument must be a type object, not {got}")));
    };
    if !of.is_subclass_of(&own) {
        return Err(h.type_error(format!("{} is not a subtype of array.array", of.name_text())));
    }
    let code = type_code(h, &args[1])?;
    let Some(code) = u8::try_from(code).ok().filter(|&code| size_of_code(code).is_some()) else {
        return Err(h.value_error("second argument must be a valid type code"));
    };
    let format = h.to_isize(&args[2])?;
    let Some((codes, big)) = usize::try_from(format).ok().and_then(|format| FORMATS.get(format)) else {
        return Err(h.value_error("third argument must be a valid machine format code."));
    };
    let Some(bytes) = args[3].downcast::<Bytes>() else {
        let got = args[3].class_name();
        return Err(h.type_error(format!("fourth argument should be bytes, not {got}")));
    };
    let code = best_code(code, codes);
    let array = make(h, of, code, Vec::new());
    let values = decode_all(h, codes, *big, &bytes.data)?;
    for value in values {
        convert::append(h, &array, &value)?;
    }
    Ok(array.into_value())
}

/// Ints stay what they were in the pickle, whatever `int` was where it was written.
fn best_code(code: u8, codes: &str) -> u8 {
    match codes.bytes().last() {
        Some(b'f' | b'd' | b'u') | None => code,
        Some(own) => {
            if codes.contains(char::from(code)) {
                code
            } else {
                own
            }
        }
    }
}

fn decode_all(h: &mut Held, codes: &str, big: bool, bytes: &[u8]) -> R<Vec<Value>> {
    let code = codes.bytes().next().unwrap_or(b'H');
    let size = size_of_code(code).unwrap_or(1);
    if !bytes.len().is_multiple_of(size) {
        return Err(h.value_error("string length not a multiple of item size"));
    }
    let items = bytes.chunks_exact(size).map(|item| {
        let mut item = item.to_vec();
        if big {
            item.reverse();
        }
        item
    });
    if !codes.is_empty() {
        return Ok(items.map(|item| decode(h, code, &item)).collect());
    }
    let units = items.map(|item| u16::from_le_bytes([item[0], item[1]]));
    let chars =
        char::decode_utf16(units).map(|c| c.map_or_else(|lone| u32::from(lone.unpaired_surrogate()), u32::from));
    Ok(chars.map(|c| h.str_from_char(c)).collect())
}

/// `array.typecodes`.
pub(super) fn codes(h: &Held) -> Value {
    h.new_str(CODES)
}

/// The class of an array that an operation makes.
pub(super) fn same_code(h: &mut Held, of: &Array, items: Vec<u8>) -> Ref<Array> {
    let class = class(h);
    make(h, &class, of.code, items)
}
