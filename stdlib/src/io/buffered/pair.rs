//! `BufferedRWPair`: a reader and a writer that look like one file (a socket, a terminal).
//!
//! In: two raw files. Out: their methods. The one invariant: the two share no position, so there is no seeking.

use super::super::raise::uninitialized;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::{Name, n};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

/// The data of a pair.
#[derive(Default)]
pub struct Pair {
    reader: ObjCell<Option<Value>>,
    writer: ObjCell<Option<Value>>,
}

interpreter::object!(Pair, "BufferedRWPair", traced [reader, writer]);

pub fn make(h: &mut Held, base: &Ref<Class>) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, Pair::default()).into_value()),
        None => Err(h.type_error("__new__() needs a class")),
    });
    ClassSpec::with_base::<Pair>(h, "_io", "BufferedRWPair", base)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

static METHODS: [Def; 13] = [
    def("__init__", "reader, writer, buffer_size=8192, /", init),
    def("read", "*args", |h, args| forward(h, args, true, n::read)),
    def("peek", "*args", |h, args| {
        let peek = h.intern("peek");
        let reader = half(h, args.this(), true)?;
        h.call_method_named(&reader, &peek, args.rest(1))
    }),
    def("read1", "*args", |h, args| forward(h, args, true, n::read1)),
    def("readinto", "*args", |h, args| forward(h, args, true, n::readinto)),
    def("readinto1", "*args", |h, args| forward(h, args, true, n::readinto1)),
    def("write", "*args", |h, args| forward(h, args, false, n::write)),
    def("flush", "*args", |h, args| forward(h, args, false, n::flush)),
    def("readable", "*args", |h, args| forward(h, args, true, n::readable)),
    def("writable", "*args", |h, args| forward(h, args, false, n::writable)),
    def("close", "", close),
    def("isatty", "", |h, args| {
        let writer = half(h, args.this(), false)?;
        let answer = h.call_method(&writer, n::isatty, &[])?;
        if h.truth(&answer)? {
            return Ok(answer);
        }
        let reader = half(h, args.this(), true)?;
        h.call_method(&reader, n::isatty, &[])
    }),
    def("detach", "", |h, _| Err(super::super::raise::unsupported(h, "detach"))),
];

static ATTRS: [Attr; 1] = [getter("closed", |h, this| {
    let Some(this) = this.downcast::<Pair>() else { return Err(uninitialized(h)) };
    let writer = half(h, this, false)?;
    h.get(&writer, n::closed)
})];

fn init(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<Pair> = args.this();
    let [reader, writer, _] = super::super::buffered_classes(h)?;
    let size: Vec<Value> = args.opt(3).cloned().into_iter().collect();
    let made = [args[1].clone(), args[2].clone()].into_iter().zip([reader, writer]).map(|(raw, class)| {
        let all: Vec<Value> = std::iter::once(raw).chain(size.iter().cloned()).collect();
        (class, all)
    });
    let mut halves = Vec::new();
    for (class, all) in made {
        halves.push(h.call(class.value(), &all)?);
    }
    let writer = halves.pop();
    let reader = halves.pop();
    drop(this.reader.write(h, |own| std::mem::replace(own, reader)));
    drop(this.writer.write(h, |own| std::mem::replace(own, writer)));
    Ok(Value::NONE)
}

fn half(h: &mut Held, this: &Obj<Pair>, reading: bool) -> R {
    let half = if reading { &this.reader } else { &this.writer };
    half.read(h, Clone::clone).ok_or_else(|| uninitialized(h))
}

fn forward(h: &mut Held, args: Args<'_>, reading: bool, name: Name) -> R {
    let half = half(h, args.this(), reading)?;
    h.call_method(&half, name, args.rest(1))
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let (writer, reader) = (half(h, args.this(), false)?, half(h, args.this(), true)?);
    let written = h.call_method(&writer, n::close, &[]);
    let read = h.call_method(&reader, n::close, &[]);
    written?;
    read
}
