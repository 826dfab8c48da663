//! The three classes of buffered files.
//!
//! In: the base class. Out: `BufferedReader`, `BufferedWriter`, `BufferedRandom`. The one invariant: all share one kind of
//! data; what a class cannot do it has no method for, so the base class refuses it.

use super::{Buffered, Role, ask, close, detach, flush, init, of_raw, reader, repr, seek, tell, truncate, writer};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// Reader, writer, random.
pub fn make(h: &mut Held, base: &Ref<Class>) -> [Ref<Class>; 3] {
    static READER: Def = def("__init__", "raw, buffer_size=8192", |h, args| init(h, args, Role::Reader));
    static WRITER: Def = def("__init__", "raw, buffer_size=8192", |h, args| init(h, args, Role::Writer));
    static RANDOM: Def = def("__init__", "raw, buffer_size=8192", |h, args| init(h, args, Role::Random));
    let one = std::slice::from_ref;
    let reader = class(h, base, "BufferedReader", one(&READER), &[&READING]);
    let writer = class(h, base, "BufferedWriter", one(&WRITER), &[&WRITING]);
    let random = class(h, base, "BufferedRandom", one(&RANDOM), &[&READING, &WRITING]);
    [reader, writer, random]
}

fn class(h: &mut Held, base: &Ref<Class>, name: &str, init: &'static [Def], parts: &[&'static [Def]]) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, Buffered::default()).into_value()),
        None => Err(h.type_error("__new__() needs a class")),
    });
    let mut spec = ClassSpec::with_base::<Buffered>(h, "_io", name, base)
        .doc(h, "A file of bytes with a buffer.")
        .constructor(h, &NEW)
        .methods(h, init)
        .iterator(h, reader::next)
        .methods(h, &COMMON)
        .attrs(h, &ATTRS);
    for part in parts {
        spec = spec.methods(h, part);
    }
    spec.build(h)
}

static COMMON: [Def; 14] = [
    def("__iter__", "", |h, args| super::super::base::check_closed(h, &args[0]).map(|()| args[0].clone())),
    def("detach", "", detach),
    def("flush", "", flush),
    def("close", "", close),
    def("seekable", "", |h, args| ask(h, &args[0], n::seekable)),
    def("fileno", "", |h, args| ask(h, &args[0], n::fileno)),
    def("isatty", "", |h, args| ask(h, &args[0], n::isatty)),
    def("seek", "target, whence=0, /", seek),
    def("tell", "", tell),
    def("truncate", "pos=None, /", truncate),
    def("__repr__", "", repr),
    def("_dealloc_warn", "source, /", |_, _| Ok(Value::NONE)),
    def("__sizeof__", "", |h, args| {
        let size = args.this::<Buffered>().size.get();
        Ok(h.new_int(128 + size as i64))
    }),
    def("__getstate__", "", |h, args| {
        let message = format!("cannot pickle '{}' object", args[0].class_name());
        Err(h.type_error(message))
    }),
];

static READING: [Def; 7] = [
    def("readable", "", |h, args| ask(h, &args[0], n::readable)),
    def("read", "size=-1, /", reader::read_method),
    def("read1", "size=-1, /", reader::read1_method),
    def("readline", "size=-1, /", reader::readline_method),
    def("peek", "size=0, /", reader::peek_method),
    def("readinto", "buffer, /", |h, args| reader::readinto_method(h, args, false)),
    def("readinto1", "buffer, /", |h, args| reader::readinto_method(h, args, true)),
];

static WRITING: [Def; 2] =
    [def("writable", "", |h, args| ask(h, &args[0], n::writable)), def("write", "buffer, /", writer::write_method)];

static ATTRS: [Attr; 4] = [
    getter("closed", |h, this| of_raw(h, this, n::closed)),
    getter("name", |h, this| of_raw(h, this, n::name)),
    getter("mode", |h, this| of_raw(h, this, n::mode)),
    getter("raw", |h, this| match this.downcast::<Buffered>() {
        Some(this) => Ok(this.raw.read(h, Clone::clone).unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }),
];
