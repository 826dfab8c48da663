//! The module `_io`: files.
//!
//! In: names and descriptors. Out: the classes that `io` shows and `open`. The one invariant: whatever may block gives up the
//! GIL (`raise::blocking`), and an error that a signal handler raises ends it.
//!
//! - `base`: what every file can do; `file`: descriptors; `buffered`: bytes with a buffer; `text`: str over bytes
//! - `bytesio`, `stringio`: files in memory
//! - `open`, `print` (with `input`), `standard` (`sys.stdin` and its like)
//! - `raise`, `args`, `path`, `turn`: what these need

pub mod args;
pub mod base;
pub mod buffered;
pub mod bytesio;
pub mod file;
pub mod open;
pub mod path;
pub mod print;
pub mod raise;
pub mod standard;
pub mod stringio;
pub mod text;
pub mod turn;

use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::NewClass;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// How much buffered files hold.
pub const DEFAULT_BUFFER_SIZE: usize = 8192;

pub static UNSUPPORTED: Global<Option<Value>> = Global::new(None);
pub static RAW_BASE: Global<Option<Value>> = Global::new(None);
pub static FILE_IO: Global<Option<Value>> = Global::new(None);
pub static TEXT_IO: Global<Option<Value>> = Global::new(None);
static READER: Global<Option<Value>> = Global::new(None);
static WRITER: Global<Option<Value>> = Global::new(None);
static RANDOM: Global<Option<Value>> = Global::new(None);

/// A class that `init` made.
pub fn known(h: &Held, place: &Global<Option<Value>>) -> Option<Ref<Class>> {
    place.read(h, Clone::clone)?.into_ref().ok()
}

/// The classes of buffered files: reader, writer, random.
pub fn buffered_classes(h: &mut Held) -> R<[Ref<Class>; 3]> {
    match (known(h, &READER), known(h, &WRITER), known(h, &RANDOM)) {
        (Some(reader), Some(writer), Some(random)) => Ok([reader, writer, random]),
        _ => Err(h.runtime_error("_io is not made")),
    }
}

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_io");
    let bases = base::make(h);
    let file = file::make(h, &bases.raw);
    let [reader, writer, random] = buffered::classes::make(h, &bases.buffered);
    let pair = buffered::pair::make(h, &bases.buffered);
    let bytes = bytesio::make(h, &bases.buffered);
    let text = text::class::make(h, &bases.text);
    let string = stringio::make(h, &bases.text);
    let newlines = text::newline::make(h);
    let unsupported = make_unsupported(h)?;
    let places = [
        (&UNSUPPORTED, &unsupported),
        (&RAW_BASE, &bases.raw),
        (&FILE_IO, &file),
        (&TEXT_IO, &text),
        (&READER, &reader),
        (&WRITER, &writer),
        (&RANDOM, &random),
    ];
    for (place, class) in places {
        place.write(h, |place| *place = Some(class.value().clone()));
    }
    let all = [
        bases.io,
        bases.raw,
        bases.buffered,
        bases.text,
        file,
        reader,
        writer,
        random,
        pair,
        bytes,
        text,
        string,
        newlines,
        unsupported,
    ];
    for class in all {
        let name = h.intern(&class.name_text());
        module.dict.set_str(h, &name, class.into_value());
    }
    put(h, &module, "BlockingIOError", Exc::BlockingIOError.class().value().clone());
    let size = h.new_int(DEFAULT_BUFFER_SIZE as i64);
    put(h, &module, "DEFAULT_BUFFER_SIZE", size);
    add_functions(h, &module, &open::FUNCTIONS);
    Ok(module)
}

fn put(h: &mut Held, module: &Module, name: &str, value: Value) {
    let name = h.intern(name);
    module.dict.set_str(h, &name, value);
}

/// `class UnsupportedOperation(OSError, ValueError)`.
fn make_unsupported(h: &mut Held) -> R<Ref<Class>> {
    let namespace = h.new_dict();
    let module = h.intern("io");
    namespace.set_str(h, n::__module__.value(), module);
    let name = h.intern("UnsupportedOperation");
    let bases = vec![Exc::OSError.class().clone(), Exc::ValueError.class().clone()];
    let meta = interpreter::objects::core().type_.clone();
    h.make_class(NewClass { meta, name, bases, namespace })
}

/// The dict of an object's own attributes for its state; `None` if it has none.
fn own_attributes(h: &mut Held, object: &Value) -> Value {
    let attributes = h.attr_dict(object).unwrap_or(Value::NONE);
    let is_empty = attributes.downcast::<Dict>().is_none_or(|attributes| attributes.len(h) == 0);
    if is_empty { Value::NONE } else { attributes }
}
