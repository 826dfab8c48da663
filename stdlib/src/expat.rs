//! `_expat`: a parser of XML that says what expat says, byte for byte.
//!
//! In: pieces of a document and a list of handlers. Out: calls of the handlers, and the number of what is wrong. The one invariant:
//! no handler runs while the parser's insides are open.
//!
//! The parser is this library's own: the crates that read XML (quick-xml, xml-rs) take documents that expat refuses and name other
//! places, and programs print those.

mod declaration;
mod dtd;
mod encoding;
mod event;
mod failure;
mod letters;
mod model;
mod names;
mod parser;
mod prolog;
mod scan;
mod show;
mod tags;

use crate::native::{enter, made, this};
use event::Event;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use names::Expanded;
use parser::Parser;

/// The data of `Parser`.
pub struct Reader {
    parser: ObjCell<Parser>,
    /// The names as values, by their numbers.
    names: ObjCell<Vec<Option<Value>>>,
}

interpreter::object!(Reader, "Parser", traced[names]);
interpreter::owns_no_values!(Parser);

static NEW: Def = def("__new__", "encoding=None, separator=None, clark=False, /", new);

static METHODS: [Def; 4] = [
    def("parse", "data, last, handlers, /", parse),
    def("position", "", |h, args| {
        let (line, column, byte) = this::<Reader>(&args[0]).parser.write(h, Parser::position);
        let items = [line, column, byte as u64].map(|number| h.new_int(number as i64));
        Ok(h.tuple_of(&items))
    }),
    def("wish", "name, value, /", wish),
    def("begun", "", |h, args| Ok(Value::bool(this::<Reader>(&args[0]).parser.read(h, |parser| parser.has_begun())))),
];

static FUNCTIONS: [Def; 2] = [
    def("message", "code, /", |h, args| {
        let code = h.to_isize(&args[0])?;
        Ok(failure::message(code as i64).map_or(Value::NONE, |message| h.new_str(message)))
    }),
    def("codes", "", |h, _| {
        let all = failure::CODES.iter().map(|(number, name, message)| {
            let items = [h.new_int(i64::from(*number)), h.new_str(name), h.new_str(message)];
            h.tuple_of(&items)
        });
        let all = all.collect();
        Ok(h.new_list(all))
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_expat");
    let class = ClassSpec::new::<Reader>(h, "_expat", "Parser").constructor(h, &NEW).methods(h, &METHODS).build(h);
    enter(h, &module, &class);
    interpreter::builtins::add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let namespaces = match args.opt_some(2).and_then(|separator| separator.downcast::<Str>()) {
        Some(_) if args.opt(3).is_some_and(|clark| clark.is(&Value::TRUE)) => Some(Expanded::Clark),
        Some(separator) => Some(Expanded::Separated(separator.text().chars().next())),
        None => None,
    };
    let mut parser = Parser::new(namespaces);
    if let Some(name) = args.opt_some(1).and_then(|name| name.downcast::<Str>()) {
        let name = name.text();
        let encoding = match encoding::known(&name) {
            Some(encoding) => encoding,
            None => table(h, &name)?,
        };
        parser.told(encoding);
    }
    made(h, args, Reader { parser: ObjCell::new(parser), names: ObjCell::new(Vec::new()) })
}

/// An encoding that Python has a codec for: one with a character a byte.
fn table(h: &mut Held, name: &str) -> R<encoding::Encoding> {
    let bytes: Vec<u8> = (0..=255).collect();
    let text = h.decode_bytes(&bytes, Some(name), Some("replace"))?;
    let chars: Vec<char> = text.downcast::<Str>().map(|text| text.text().chars().collect()).unwrap_or_default();
    match <[char; 256]>::try_from(chars) {
        Ok(chars) => Ok(encoding::Encoding::Table(Box::new(
            chars.map(|c| Some(c).filter(|&c| c != char::REPLACEMENT_CHARACTER)),
        ))),
        Err(_) => Err(h.value_error("multi-byte encodings are not supported")),
    }
}

fn wish(h: &mut Held, args: Args<'_>) -> R {
    let Some(name) = args[1].downcast::<Str>().map(|name| name.text()) else { return Ok(Value::NONE) };
    let value = h.to_isize(&args[2])?;
    this::<Reader>(&args[0]).parser.write(h, |parser| match name.as_str() {
        "triplets" => parser.wishes.triplets = value != 0,
        "merge" => parser.wishes.merge = usize::try_from(value).ok(),
        "raw" => parser.wishes.raw = value != 0,
        "keep_entities" => parser.wishes.keep_entities = value != 0,
        "foreign_dtd" => parser.wishes.foreign_dtd = value != 0,
        _ => (),
    });
    Ok(Value::NONE)
}

/// Gives the number of what is wrong, or `None`.
fn parse(h: &mut Held, args: Args<'_>) -> R {
    let reader = this::<Reader>(&args[0]);
    let Some(handlers) = args[3].downcast::<List>() else {
        return Err(h.type_error("the handlers are a list"));
    };
    let last = h.truth(&args[2])?;
    let finished = match args[1].downcast::<Str>() {
        Some(text) => {
            let text = text.text();
            reader.parser.write(h, Parser::told_text);
            feed(h, reader, text.as_bytes(), last)
        }
        None => {
            let bytes = h.with_bytes_like(&args[1], <[u8]>::to_vec)?;
            feed(h, reader, &bytes, last)
        }
    };
    if finished {
        return Ok(h.new_int(failure::Code::Finished as i64));
    }
    loop {
        match reader.parser.write(h, Parser::next) {
            Ok(None) => return Ok(Value::NONE),
            Ok(Some((Event::Encoding(name), _))) => {
                let table = table(h, &name)?;
                reader.parser.write(h, |parser| parser.recode(table));
            }
            Ok(Some((event, raw))) => {
                if !show::handle(h, reader, handlers, event, &raw)? {
                    reader.parser.write(h, |parser| parser.failed = Some(failure::Code::ExternalEntityHandling));
                }
            }
            Err(code) => return Ok(h.new_int(code as i64)),
        }
    }
}

/// Whether the document had ended before.
fn feed(h: &mut Held, reader: &Reader, bytes: &[u8], last: bool) -> bool {
    reader.parser.write(h, |parser| {
        let finished = parser.has_ended() && parser.failed.is_none();
        if !finished && parser.failed.is_none() {
            parser.feed(bytes, last);
        }
        finished
    })
}
