//! The class `TextIOWrapper`.
//!
//! In: the base class. Out: the class. The one invariant: methods check first that the file was made and is not closed.

use super::super::{args, base};
use super::{TextIo, flush, position, read, setup, write};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getset, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::{Name, n};
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn make(h: &mut Held, base: &Ref<Class>) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, TextIo::default()).into_value()),
        None => Err(h.type_error("__new__() needs a class")),
    });
    ClassSpec::with_base::<TextIo>(h, "_io", "TextIOWrapper", base)
        .doc(h, "Text over a file of bytes.")
        .constructor(h, &NEW)
        .iterator(h, read::next)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

const INIT: &str = "buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False";
const RECONFIGURE: &str = "*, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None";

static METHODS: [Def; 20] = [
    def("__init__", INIT, setup::init),
    def("reconfigure", RECONFIGURE, setup::reconfigure),
    def("read", "size=-1, /", |h, args| {
        let size = args::size(h, args.opt(1))?;
        args.this::<TextIo>().buffer(h)?;
        read::read(h, args.this(), size)
    }),
    def("readline", "size=-1, /", |h, args| {
        let limit = match args.opt(1) {
            Some(limit) => usize::try_from(h.to_isize(limit)?).ok(),
            None => None,
        };
        args.this::<TextIo>().check_open(h)?;
        read::readline(h, args.this(), limit)
    }),
    def("__next__", "", next),
    def("write", "text, /", |h, args| {
        let Some(text) = args[1].downcast::<Str>() else {
            let got = args[1].given_name();
            return Err(h.type_error(format!("write() argument must be str, not {got}")));
        };
        write::write(h, args.this(), &args[1])?;
        Ok(h.new_int(text.len() as i64))
    }),
    def("flush", "", |h, args| flush(h, args.this()).map(|()| Value::NONE)),
    def("close", "", close),
    def("detach", "", detach),
    def("tell", "", |h, args| position::tell(h, args.this())),
    def("seek", "cookie, whence=0, /", |h, args| {
        let whence = args::whence(h, args.opt(2))?;
        position::seek(h, args.this(), &args[1], whence)
    }),
    def("truncate", "pos=None, /", truncate),
    def("seekable", "", |h, args| ask(h, args, n::seekable)),
    def("readable", "", |h, args| ask(h, args, n::readable)),
    def("writable", "", |h, args| ask(h, args, n::writable)),
    def("fileno", "", |h, args| ask(h, args, n::fileno)),
    def("isatty", "", |h, args| ask(h, args, n::isatty)),
    def("__repr__", "", repr),
    def("__iter__", "", |h, args| {
        args.this::<TextIo>().check_open(h)?;
        Ok(args[0].clone())
    }),
    def("__getstate__", "", |h, args| {
        let message = format!("cannot pickle '{}' object", args[0].class_name());
        Err(h.type_error(message))
    }),
];

static ATTRS: [Attr; 10] = [
    getter("encoding", |h, this| {
        let encoding = inited(h, this)?.state.read(h, |state| state.encoding.clone());
        Ok(h.new_str(&encoding))
    }),
    getter("errors", |h, this| {
        let errors = inited(h, this)?.state.read(h, |state| state.errors.clone());
        Ok(h.new_str(&errors))
    }),
    getter("buffer", |h, this| match this.downcast::<TextIo>() {
        Some(this) => Ok(this.buffer.read(h, Clone::clone).unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }),
    getter("line_buffering", |h, this| Ok(Value::bool(made(h, this)?.state.read(h, |state| state.line_buffering)))),
    getter("write_through", |h, this| Ok(Value::bool(made(h, this)?.state.read(h, |state| state.write_through)))),
    getter("_finalizing", |_, _| Ok(Value::FALSE)),
    getter("newlines", |h, this| {
        let newlines =
            made(h, this)?.state.read(h, |state| state.decoder.as_ref().and_then(|decoder| decoder.newlines));
        Ok(newlines.map_or(Value::NONE, |newlines| newlines.value(h)))
    }),
    getter("name", |h, this| of_buffer(h, this, n::name)),
    getter("closed", |h, this| of_buffer(h, this, n::closed)),
    getset("_CHUNK_SIZE", |h, this| Ok(h.new_int(made(h, this)?.chunk.get() as i64)), set_chunk),
];

/// A text file that was made, and perhaps detached since.
fn inited<'a>(h: &Held, this: &'a Value) -> R<&'a Obj<TextIo>> {
    match this.downcast::<TextIo>().filter(|text| text.phase.get() != super::Phase::Unmade) {
        Some(text) => Ok(text),
        None => Err(super::super::raise::uninitialized(h)),
    }
}

/// A text file that was made.
fn made<'a>(h: &Held, this: &'a Value) -> R<&'a Obj<TextIo>> {
    match this.downcast::<TextIo>() {
        Some(text) => text.buffer(h).map(|_| text),
        None => Err(super::super::raise::uninitialized(h)),
    }
}

fn set_chunk(h: &mut Held, this: &Value, value: Option<&Value>) -> R<()> {
    let this = made(h, this)?;
    let Some(value) = value else { return Err(h.error(Exc::AttributeError, "cannot delete attribute")) };
    let size = h.to_isize(value)?;
    if size <= 0 {
        return Err(h.value_error("a strictly positive integer is required"));
    }
    this.chunk.set(size as usize);
    Ok(())
}

fn of_buffer(h: &mut Held, this: &Value, name: Name) -> R {
    let buffer = made(h, this)?.buffer(h)?;
    h.get(&buffer, name)
}

fn ask(h: &mut Held, args: Args<'_>, question: Name) -> R {
    let buffer = args.this::<TextIo>().buffer(h)?;
    h.call_method(&buffer, question, &[])
}

/// `__next__`: a subclass's own `readline` is asked.
fn next(h: &mut Held, args: Args<'_>) -> R {
    let line = if args[0].exactly::<TextIo>().is_some() {
        read::next(h, &args[0])?
    } else {
        let line = h.call_method(&args[0], n::readline, &[])?;
        if line.downcast::<Str>().is_none() {
            let got = line.class_name();
            return Err(h.error(Exc::OSError, format!("readline() should have returned a str object, not '{got}'")));
        }
        if h.len(&line)? == 0 { None } else { Some(line) }
    };
    match line {
        Some(line) => Ok(line),
        None => Err(h.stop_iteration(Value::NONE)),
    }
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<TextIo> = args.this();
    if this.is_closed(h)? {
        return Ok(Value::NONE);
    }
    let flushed = h.call_method(&args[0], n::flush, &[]);
    let buffer = this.buffer(h)?;
    let closed = h.call_method(&buffer, n::close, &[]);
    flushed?;
    closed
}

fn detach(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<TextIo> = args.this();
    this.buffer(h)?;
    h.call_method(&args[0], n::flush, &[])?;
    let buffer = this.buffer.write(h, Option::take);
    this.phase.set(super::Phase::Detached);
    Ok(buffer.unwrap_or(Value::NONE))
}

fn truncate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<TextIo> = args.this();
    h.call_method(&args[0], n::flush, &[])?;
    let buffer = this.buffer(h)?;
    let position = args.opt(1).cloned().unwrap_or(Value::NONE);
    h.call_method(&buffer, n::truncate, &[position])
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let this = inited(h, &args[0])?;
    let mut text = String::from("<_io.TextIOWrapper");
    if let Some(name) = base::shown_name(h, &args[0])? {
        text += &format!(" name={name}");
    }
    if let Some(mode) = h.find_attr(&args[0], n::mode.value())? {
        let mode = h.repr_text(&mode)?;
        text += &format!(" mode={mode}");
    }
    let encoding = this.state.read(h, |state| state.encoding.clone());
    text += &format!(" encoding='{encoding}'>");
    Ok(h.new_str(&text))
}
