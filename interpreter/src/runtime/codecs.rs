//! Encoding and decoding by name, with the error handlers and codecs that programs register.
//!
//! In: a string or bytes, names of an encoding and of an error handler. Out: the other, or LookupError, UnicodeError. The
//! one invariant: an error handler is looked up only when there is an error, as in CPython.

use crate::objects::bytes::Bytes;
use crate::objects::exception::Exc;
use crate::objects::global::Global;
use crate::objects::header::{Trace, Visitor};
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use toy_text::codecs::{self, Codec, DecodeError, EncodeError, ErrorHandler, Replacement};
use toy_text::{Chars, CharsOwned};

/// What programs registered.
#[derive(Default)]
struct Registry {
    /// `codecs.register`.
    searches: Vec<Value>,
    /// What they found, by name.
    found: Vec<(String, Value)>,
    /// `codecs.register_error`.
    handlers: Vec<(String, Value)>,
}

impl Trace for Registry {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.searches.trace(visit);
        self.found.iter().chain(&self.handlers).for_each(|(_, value)| value.trace(visit));
    }
}

static REGISTRY: Global<Registry> =
    Global::new(Registry { searches: Vec::new(), found: Vec::new(), handlers: Vec::new() });

/// Why the machine's own codec gives up: an error that is to be raised, or one that a handler raised.
enum Failure {
    Encode(EncodeError),
    Decode(DecodeError),
    Raised(Raised),
}

impl From<EncodeError> for Failure {
    fn from(error: EncodeError) -> Failure {
        Failure::Encode(error)
    }
}

/// The names that most programs write.
fn is_utf8(name: &str) -> bool {
    matches!(name, "utf-8" | "utf8" | "UTF-8")
}

impl Held {
    /// `s.encode(encoding, errors)`.
    pub fn encode_str(&mut self, s: &Value, encoding: Option<&str>, errors: Option<&str>) -> R {
        let name = encoding.unwrap_or("utf-8");
        if let (true, Some(text)) = (is_utf8(name), s.downcast::<Str>())
            && let Some(ascii) = text.as_ascii()
        {
            return Ok(self.new_bytes(ascii.as_bytes()));
        }
        match codecs::lookup(name) {
            Some(codec) => {
                let bytes = self.encode_by(codec, s, errors)?;
                Ok(self.new_bytes(&bytes))
            }
            None => self.by_registered(name, s, errors, "encode"),
        }
    }

    /// `bytes.decode(encoding, errors)`.
    pub fn decode_bytes(&mut self, bytes: &[u8], encoding: Option<&str>, errors: Option<&str>) -> R {
        let name = encoding.unwrap_or("utf-8");
        if is_utf8(name) && bytes.is_ascii() {
            return Ok(self.str_from_chars(Chars::One(bytes)));
        }
        match codecs::lookup(name) {
            Some(codec) => Ok(self.decode_by(codec, bytes, errors, true)?.0),
            None => {
                let bytes = self.new_bytes(bytes);
                self.by_registered(name, &bytes, errors, "decode")
            }
        }
    }

    /// Encodes with one of the machine's codecs.
    pub fn encode_by(&mut self, codec: Codec, s: &Value, errors: Option<&str>) -> R<Vec<u8>> {
        let Some(text) = s.downcast::<Str>() else { return Ok(Vec::new()) };
        let chars = text.chars();
        let errors = errors.unwrap_or("strict");
        let handler = ErrorHandler::named(errors);
        let result = codecs::encode_with(codec, chars, &mut |error| match handler {
            Some(handler) => handler.encode(codec, chars, error).ok_or(Failure::Encode(*error)),
            None => self.handle_encode_error(errors, s, error).map_err(Failure::Raised),
        });
        result.map_err(|failure| self.raise_failure(failure, s))
    }

    /// Decodes with one of the machine's codecs: the text, how many bytes it is made of (all of them, if `last`), and the
    /// codec of what follows.
    pub fn decode_by(
        &mut self,
        codec: Codec,
        bytes: &[u8],
        errors: Option<&str>,
        last: bool,
    ) -> R<(Value, usize, Codec)> {
        let errors = errors.unwrap_or("strict");
        let handler = ErrorHandler::named(errors);
        let result = codecs::decode_with(codec, bytes, last, &mut |error| match handler {
            Some(handler) if !handler.decodes() => {
                Err(Failure::Raised(self.type_error("don't know how to handle UnicodeDecodeError in error callback")))
            }
            Some(handler) => handler.decode(codec, bytes, error).ok_or(Failure::Decode(*error)),
            None => self.handle_decode_error(errors, bytes, error).map_err(Failure::Raised),
        });
        match result {
            Ok(decoded) => Ok((self.str_from_owned(&decoded.text), decoded.consumed, decoded.next)),
            Err(failure) => {
                let object = self.new_bytes(bytes);
                Err(self.raise_failure(failure, &object))
            }
        }
    }

    fn raise_failure(&mut self, failure: Failure, object: &Value) -> Raised {
        match failure {
            Failure::Raised(raised) => raised,
            Failure::Encode(error) => self.encode_error(&error, object),
            Failure::Decode(error) => {
                let bytes = object.downcast::<Bytes>().map_or(&[][..], |bytes| &bytes.data[error.object_start..]);
                self.decode_error(&error, bytes)
            }
        }
    }

    fn encode_error(&mut self, error: &EncodeError, object: &Value) -> Raised {
        self.unicode_encode_error(error.encoding, object, (error.start, error.end), error.reason)
    }

    fn decode_error(&mut self, error: &DecodeError, bytes: &[u8]) -> Raised {
        let object = self.new_bytes(bytes);
        self.unicode_decode_error(error.encoding, &object, (error.start, error.end), error.reason)
    }

    fn handle_encode_error(&mut self, errors: &str, s: &Value, error: &EncodeError) -> R<(Replacement, usize)> {
        let handler = self.lookup_error(errors)?;
        let exception = self.encode_error(error, s).into_value();
        let answer = self.call(&handler, &[exception])?;
        let wanted = "encoding error handler must return (str/bytes, int) tuple";
        let (replacement, at) = self.handler_answer(&answer, wanted)?;
        let len = s.downcast::<Str>().map_or(0, |s| s.len());
        let at = self.resume_at(at, len)?;
        if let Some(text) = replacement.downcast::<Str>() {
            return Ok((Replacement::Text(text.chars().to_owned()), at));
        }
        match replacement.downcast::<Bytes>() {
            Some(bytes) => Ok((Replacement::Bytes(bytes.data.to_vec()), at)),
            None => Err(self.type_error(wanted)),
        }
    }

    fn handle_decode_error(&mut self, errors: &str, bytes: &[u8], error: &DecodeError) -> R<(CharsOwned, usize)> {
        let handler = self.lookup_error(errors)?;
        let exception = self.decode_error(error, &bytes[error.object_start..]).into_value();
        let answer = self.call(&handler, &[exception])?;
        let wanted = "decoding error handler must return (str, int) tuple";
        let (replacement, at) = self.handler_answer(&answer, wanted)?;
        let at = self.resume_at(at, bytes.len() - error.object_start)?;
        match replacement.downcast::<Str>() {
            Some(text) => Ok((text.chars().to_owned(), at)),
            None => Err(self.type_error(wanted)),
        }
    }

    fn handler_answer(&mut self, answer: &Value, wanted: &str) -> R<(Value, isize)> {
        match answer.downcast::<Tuple>().map(|answer| answer.items()) {
            Some([replacement, at]) if at.as_int().is_some() => Ok((replacement.clone(), self.int_to_isize(at)?)),
            _ => Err(self.type_error(wanted)),
        }
    }

    fn resume_at(&self, at: isize, len: usize) -> R<usize> {
        let from_start = if at < 0 { at + len as isize } else { at };
        match usize::try_from(from_start) {
            Ok(place) if place <= len => Ok(place),
            _ => Err(self.index_error(format!("position {from_start} from error handler out of bounds"))),
        }
    }

    /// `codecs.register`.
    pub fn register_codec_search(&mut self, search: Value) {
        REGISTRY.write(self, |registry| registry.searches.push(search));
    }

    /// `codecs.unregister`: forgets what was found as well.
    pub fn unregister_codec_search(&mut self, search: &Value) {
        let gone = REGISTRY.write(self, |registry| {
            let at = registry.searches.iter().position(|known| known.is(search))?;
            Some((registry.searches.remove(at), std::mem::take(&mut registry.found)))
        });
        drop(gone);
    }

    /// What the module `encodings`, or else a search function of the program, finds for an encoding; nothing if none does.
    pub fn search_codec(&mut self, name: &str) -> R<Option<Value>> {
        let name = name.to_ascii_lowercase().replace([' ', '-'], "_");
        let known = REGISTRY.read(self, |registry| {
            registry.found.iter().find(|(known, _)| *known == name).map(|(_, codec)| codec.clone())
        });
        if known.is_some() {
            return Ok(known);
        }
        let encodings = self.import_module("encodings")?;
        let own = self.intern("search_function");
        let mut searches = vec![self.get_attr(&encodings, &own)?];
        searches.extend(REGISTRY.read(self, |registry| registry.searches.clone()));
        for search in searches {
            let argument = self.new_str(&name);
            let codec = self.call(&search, &[argument])?;
            if codec.is_none() {
                continue;
            }
            if codec.downcast::<Tuple>().is_none_or(|codec| codec.items().len() != 4) {
                return Err(self.type_error("codec search functions must return 4-tuples"));
            }
            REGISTRY.write(self, |registry| registry.found.push((name, codec.clone())));
            return Ok(Some(codec));
        }
        Ok(None)
    }

    #[cold]
    pub fn unknown_encoding(&self, name: &str) -> Raised {
        self.error(Exc::LookupError, format!("unknown encoding: {name}"))
    }

    /// By a codec of the program; `way` is `encode` or `decode`.
    fn by_registered(&mut self, name: &str, object: &Value, errors: Option<&str>, way: &str) -> R {
        let Some(codec) = self.search_codec(name)? else { return Err(self.unknown_encoding(name)) };
        let is_text = self.intern("_is_text_encoding");
        if let Some(is_text) = self.find_attr(&codec, &is_text)?
            && !self.truth(&is_text)?
        {
            return Err(self.error(
                Exc::LookupError,
                format!("'{name}' is not a text encoding; use codecs.{way}() to handle arbitrary codecs"),
            ));
        }
        let result = self.run_codec(&codec, object, errors, way)?;
        let fits =
            if way == "encode" { result.downcast::<Bytes>().is_some() } else { result.downcast::<Str>().is_some() };
        if fits {
            return Ok(result);
        }
        let (wanted, got) = (if way == "encode" { "bytes" } else { "str" }, result.class_name());
        Err(self.type_error(format!(
            "'{name}' {way}r returned '{got}' instead of '{wanted}'; use codecs.{way}() to {way} to arbitrary types"
        )))
    }

    /// Calls one half of a codec's tuple and gives the first of the two values that it must return.
    pub fn run_codec(&mut self, codec: &Value, object: &Value, errors: Option<&str>, way: &str) -> R {
        let half = codec.downcast::<Tuple>().and_then(|codec| codec.items().get((way == "decode") as usize).cloned());
        let half = half.unwrap_or(Value::NONE);
        let mut args = vec![object.clone()];
        args.extend(errors.map(|errors| self.new_str(errors)));
        let answer = self.call(&half, &args)?;
        match answer.downcast::<Tuple>().map(|answer| answer.items()) {
            Some([result, _]) => Ok(result.clone()),
            _ => Err(self.type_error(format!("{way}r must return a tuple (object, integer)"))),
        }
    }

    /// `codecs.register_error`.
    pub fn register_error_handler(&mut self, name: &str, handler: Value) {
        let old =
            REGISTRY.write(self, |registry| match registry.handlers.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => Some(std::mem::replace(known, handler)),
                None => {
                    registry.handlers.push((name.to_owned(), handler));
                    None
                }
            });
        drop(old);
    }

    /// `codecs.lookup_error` of what programs registered.
    pub fn lookup_error(&mut self, name: &str) -> R {
        let known = REGISTRY.read(self, |registry| {
            registry.handlers.iter().find(|(known, _)| known == name).map(|(_, handler)| handler.clone())
        });
        known.ok_or_else(|| self.error(Exc::LookupError, format!("unknown error handler name '{name}'")))
    }

    /// The text of bytes that are UTF-8, whatever else is replaced: names and messages of the system.
    pub fn str_from_utf8_lossy(&self, bytes: &[u8]) -> Value {
        if bytes.is_ascii() {
            return self.str_from_chars(Chars::One(bytes));
        }
        self.new_str(&String::from_utf8_lossy(bytes))
    }
}
