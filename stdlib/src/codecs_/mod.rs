//! `_codecs`: encoding and decoding by name, for the modules `codecs` and `encodings`.
//!
//! In: strings, bytes, names of encodings and of error handlers. Out: the other, with how much of it was used. The one
//! invariant: the work is `runtime::codecs`'s, as that of `str.encode`.

mod errors;
mod escape;

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use toy_text::codecs::{Codec, Endian};

static FUNCTIONS: [Def; 16] = [
    def("register", "search_function, /", register),
    def("unregister", "search_function, /", unregister),
    def("lookup", "encoding, /", lookup),
    def("encode", "obj, encoding='utf-8', errors='strict'", |h, args| by_name(h, args, "encode")),
    def("decode", "obj, encoding='utf-8', errors='strict'", |h, args| by_name(h, args, "decode")),
    def("register_error", "errors, handler, /", errors::register),
    def("lookup_error", "name, /", errors::lookup),
    def("_name", "encoding, /", name),
    def("_encode", "encoding, str, errors, /", encode_step),
    def("_decode", "encoding, data, errors, final, /", decode_step),
    def("escape_encode", "data, errors=None, /", escape::escape_encode),
    def("escape_decode", "data, errors=None, /", escape::escape_decode),
    def("unicode_escape_encode", "str, errors=None, /", |h, args| escape::unicode_encode(h, args, false)),
    def("unicode_escape_decode", "data, errors=None, final=True, /", |h, args| escape::unicode_decode(h, args, false)),
    def("raw_unicode_escape_encode", "str, errors=None, /", |h, args| escape::unicode_encode(h, args, true)),
    def("raw_unicode_escape_decode", "data, errors=None, final=True, /", |h, args| {
        escape::unicode_decode(h, args, true)
    }),
];

macro_rules! codecs {
    ($($encode:literal $decode:literal $codec:expr;)*) => {
        static ENCODERS: [Def; 9] = [$(def($encode, "str, errors=None, /", |h, args| encode_all(h, args, $codec)),)*];
        static DECODERS: [Def; 9] = [$(def($decode, "data, errors=None, final=False, /", |h, args| {
            decode_some(h, args, $codec)
        }),)*];
    };
}

codecs! {
    "utf_8_encode" "utf_8_decode" Codec::Utf8;
    "ascii_encode" "ascii_decode" Codec::Ascii;
    "latin_1_encode" "latin_1_decode" Codec::Latin1;
    "utf_16_encode" "utf_16_decode" Codec::Utf16(Endian::Marked);
    "utf_16_le_encode" "utf_16_le_decode" Codec::Utf16(Endian::Little);
    "utf_16_be_encode" "utf_16_be_decode" Codec::Utf16(Endian::Big);
    "utf_32_encode" "utf_32_decode" Codec::Utf32(Endian::Marked);
    "utf_32_le_encode" "utf_32_le_decode" Codec::Utf32(Endian::Little);
    "utf_32_be_encode" "utf_32_be_decode" Codec::Utf32(Endian::Big);
}

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_codecs");
    for functions in [&FUNCTIONS[..], &ENCODERS, &DECODERS] {
        add_functions(h, &module, functions);
    }
    Ok(module)
}

fn register(h: &mut Held, args: Args<'_>) -> R {
    if !h.is_callable(&args[0]) {
        return Err(h.type_error("argument must be callable"));
    }
    h.register_codec_search(args[0].clone());
    Ok(Value::NONE)
}

fn unregister(h: &mut Held, args: Args<'_>) -> R {
    h.unregister_codec_search(&args[0]);
    Ok(Value::NONE)
}

fn text_argument(h: &Held, value: &Value, what: &str) -> R<String> {
    match value.downcast::<Str>() {
        Some(_) => Ok(text_of(value)),
        None => Err(h.type_error(format!("{what} must be str, not {}", value.class_name()))),
    }
}

/// The CodecInfo of an encoding.
fn lookup(h: &mut Held, args: Args<'_>) -> R {
    let name = text_argument(h, &args[0], "lookup() argument")?;
    match h.search_codec(&name)? {
        Some(codec) => Ok(codec),
        None => Err(h.unknown_encoding(&name)),
    }
}

/// `codecs.encode` and `codecs.decode`: with any codec.
fn by_name(h: &mut Held, args: Args<'_>, way: &str) -> R {
    let encoding = match args.opt(1) {
        Some(encoding) => text_argument(h, encoding, &format!("{way}() argument 'encoding'"))?,
        None => "utf-8".to_owned(),
    };
    let errors = match args.opt(2) {
        Some(errors) => Some(text_argument(h, errors, &format!("{way}() argument 'errors'"))?),
        None => None,
    };
    match h.search_codec(&encoding)? {
        Some(codec) => h.run_codec(&codec, &args[0], errors.as_deref(), way),
        None => Err(h.unknown_encoding(&encoding)),
    }
}

/// The canonical name of one of the machine's own codecs, or `None`.
fn name(h: &mut Held, args: Args<'_>) -> R {
    Ok(toy_text::codecs::lookup(&text_of(&args[0])).map_or(Value::NONE, |codec| h.new_str(codec.name())))
}

fn errors_name(value: Option<&Value>) -> Option<String> {
    value.filter(|value| !value.is_none()).map(text_of)
}

/// `_encode(encoding, str, errors)`: the bytes.
fn encode_step(h: &mut Held, args: Args<'_>) -> R {
    let Some(codec) = toy_text::codecs::lookup(&text_of(&args[0])) else {
        return Err(h.unknown_encoding(&text_of(&args[0])));
    };
    encode(h, codec, &args[1], args.opt(2))
}

fn encode(h: &mut Held, codec: Codec, text: &Value, errors: Option<&Value>) -> R {
    text_argument(h, text, "encode() argument 1")?;
    let bytes = h.encode_by(codec, text, errors_name(errors).as_deref())?;
    Ok(h.new_bytes(&bytes))
}

/// `_decode(encoding, data, errors, final)`: the text, how many bytes it is made of, and the encoding of what follows.
fn decode_step(h: &mut Held, args: Args<'_>) -> R {
    let Some(codec) = toy_text::codecs::lookup(&text_of(&args[0])) else {
        return Err(h.unknown_encoding(&text_of(&args[0])));
    };
    let data = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
    let last = h.truth(&args[3])?;
    let (text, used, next) = h.decode_by(codec, &data, errors_name(args.opt(2)).as_deref(), last)?;
    Ok(h.tuple_of(&[text, h.new_int(used as i64), h.new_str(next.name())]))
}

fn encode_all(h: &mut Held, args: Args<'_>, codec: Codec) -> R {
    let bytes = encode(h, codec, &args[0], args.opt(1))?;
    let len = h.len(&args[0])?;
    Ok(h.tuple_of(&[bytes, h.new_int(len as i64)]))
}

fn decode_some(h: &mut Held, args: Args<'_>, codec: Codec) -> R {
    let data = h.with_bytes_like(&args[0], <[u8]>::to_vec)?;
    let is_stateless = matches!(codec, Codec::Ascii | Codec::Latin1);
    let last = match args.opt(2) {
        Some(last) => h.truth(last)?,
        None => false,
    };
    let (text, used, _) = h.decode_by(codec, &data, errors_name(args.opt(1)).as_deref(), last || is_stateless)?;
    Ok(h.tuple_of(&[text, h.new_int(used as i64)]))
}
