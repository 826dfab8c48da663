//! `BytesIO`: a file of bytes in memory.
//!
//! In: bytes. Out: bytes. The one invariant: the bytes stand in a bytearray, so a memoryview of them (`getbuffer`) keeps them from being
//! resized, as one of any bytearray does.

use super::args;
use super::raise::closed;
use interpreter::objects::bytes::ByteArray;
use interpreter::objects::class::Class;
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

/// The data of a file in memory.
#[derive(Default)]
pub struct BytesIo {
    /// Nothing when closed.
    array: ObjCell<Option<Ref<ByteArray>>>,
    at: Word<usize>,
}

interpreter::object!(BytesIo, "BytesIO", traced[array]);

pub fn make(h: &mut Held, base: &Ref<Class>) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => {
            let array = ObjCell::new(Some(h.new_bytearray(Vec::new())));
            Ok(h.new_object(class, BytesIo { array, at: Word::new(0) }).into_value())
        }
        None => Err(h.type_error("__new__() needs a class")),
    });
    ClassSpec::with_base::<BytesIo>(h, "_io", "BytesIO", base)
        .doc(h, "A file of bytes in memory.")
        .constructor(h, &NEW)
        .iterator(h, next)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

static METHODS: [Def; 21] = [
    def("__init__", "initial_bytes=b''", init),
    def("read", "size=-1, /", read),
    def("read1", "size=-1, /", read),
    def("readline", "size=-1, /", |h, args| {
        let limit = args::size(h, args.opt(1))?;
        let line = take_line(h, args.this(), limit.unwrap_or(usize::MAX))?;
        Ok(h.new_bytes(&line))
    }),
    def("readlines", "size=None, /", readlines),
    def("readinto", "buffer, /", readinto),
    def("readinto1", "buffer, /", readinto),
    def("write", "b, /", write),
    def("seek", "pos, whence=0, /", seek),
    def("tell", "", |h, args| {
        open(h, args.this())?;
        Ok(h.new_int(args.this::<BytesIo>().at.get() as i64))
    }),
    def("truncate", "size=None, /", truncate),
    def("getvalue", "", |h, args| {
        let array = open(h, args.this())?;
        Ok(array.data.read(h, |data| h.new_bytes(data)))
    }),
    def("getbuffer", "", |h, args| {
        let array = open(h, args.this())?;
        h.call(core().memoryview.value(), &[array.into_value()])
    }),
    def("close", "", close),
    def("flush", "", |h, args| open(h, args.this()).map(|_| Value::NONE)),
    def("readable", "", |h, args| open(h, args.this()).map(|_| Value::TRUE)),
    def("writable", "", |h, args| open(h, args.this()).map(|_| Value::TRUE)),
    def("seekable", "", |h, args| open(h, args.this()).map(|_| Value::TRUE)),
    def("isatty", "", |h, args| open(h, args.this()).map(|_| Value::FALSE)),
    def("__getstate__", "", getstate),
    def("__setstate__", "state, /", setstate),
];

static ATTRS: [Attr; 1] = [getter("closed", |h, this| {
    Ok(Value::bool(this.downcast::<BytesIo>().is_none_or(|this| this.array.read(h, Option::is_none))))
})];

/// The bytes of an open file.
fn open(h: &Held, this: &BytesIo) -> R<Ref<ByteArray>> {
    this.array.read(h, Clone::clone).ok_or_else(|| closed(h))
}

/// Changes the bytes, which no view may look at.
fn resized<T>(h: &mut Held, this: &BytesIo, change: impl FnOnce(&mut Vec<u8>) -> T) -> R<T> {
    let array = open(h, this)?;
    array
        .resize(h, change)
        .ok_or_else(|| h.error(Exc::BufferError, "Existing exports of data: object cannot be re-sized"))
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    let data = match args.opt_some(1) {
        Some(initial) => args::bytes(h, initial)?,
        None => Vec::new(),
    };
    resized(h, this, |own| {
        *own = data;
        this.at.set(0);
    })?;
    Ok(Value::NONE)
}

/// Takes bytes from the current position on.
fn take(h: &mut Held, this: &BytesIo, most: usize) -> R<Vec<u8>> {
    take_by(h, this, |rest| rest.len().min(most))
}

fn take_line(h: &mut Held, this: &BytesIo, limit: usize) -> R<Vec<u8>> {
    let end = |rest: &[u8]| memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    take_by(h, this, |rest| end(rest).min(limit))
}

/// Takes as many bytes as a function says of those that are left.
fn take_by(h: &mut Held, this: &BytesIo, count: impl FnOnce(&[u8]) -> usize) -> R<Vec<u8>> {
    let array = open(h, this)?;
    Ok(array.data.read(h, |data| {
        let at = this.at.get();
        let rest = data.get(at..).unwrap_or_default();
        let taken = rest[..count(rest)].to_vec();
        this.at.set(at + taken.len());
        taken
    }))
}

fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(this) = this.downcast::<BytesIo>() else { return Ok(None) };
    let line = take_line(h, this, usize::MAX)?;
    Ok(if line.is_empty() { None } else { Some(h.new_bytes(&line)) })
}

fn read(h: &mut Held, args: Args<'_>) -> R {
    let size = args::size(h, args.opt(1))?;
    let data = take(h, args.this(), size.unwrap_or(usize::MAX))?;
    Ok(h.new_bytes(&data))
}

fn readlines(h: &mut Held, args: Args<'_>) -> R {
    let hint = args::size(h, args.opt(1))?.filter(|&hint| hint > 0);
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        let line = take_line(h, args.this(), usize::MAX)?;
        if line.is_empty() {
            return Ok(h.new_list(lines));
        }
        total += line.len();
        lines.push(h.new_bytes(&line));
        if hint.is_some_and(|hint| total >= hint) {
            return Ok(h.new_list(lines));
        }
    }
}

fn readinto(h: &mut Held, args: Args<'_>) -> R {
    let room = args::room(h, "readinto", &args[1])?;
    let data = take(h, args.this(), room)?;
    args::fill(h, &args[1], &data)?;
    Ok(h.new_int(data.len() as i64))
}

fn write(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    open(h, this)?;
    let data = args::bytes(h, &args[1])?;
    let fits = resized(h, this, |own| {
        let at = this.at.get();
        if !data.is_empty() {
            if at > own.len() && own.try_reserve(at + data.len() - own.len()).is_err() {
                return false;
            }
            if at > own.len() {
                own.resize(at, 0);
            }
            let over = data.len().min(own.len() - at);
            own[at..at + over].copy_from_slice(&data[..over]);
            own.extend_from_slice(&data[over..]);
            this.at.set(at + data.len());
        }
        true
    })?;
    if !fits {
        return Err(h.memory_error());
    }
    Ok(h.new_int(data.len() as i64))
}

fn seek(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    let array = open(h, this)?;
    let offset = args::offset(h, &args[1])?;
    let start = match args::whence(h, args.opt(2))? {
        0 if offset < 0 => return Err(h.value_error(format!("negative seek value {offset}"))),
        0 => 0,
        1 => this.at.get() as i64,
        2 => array.data.read(h, Vec::len) as i64,
        whence => return Err(h.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(at) = start.checked_add(offset) else { return Err(h.overflow_error("new position too large")) };
    this.at.set(at.max(0) as usize);
    Ok(h.new_int(at.max(0)))
}

fn truncate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    resized(h, this, |_| ())?;
    let size = match args.opt_some(1) {
        Some(size) => h.to_isize(size)?,
        None => this.at.get() as isize,
    };
    if size < 0 {
        return Err(h.value_error(format!("negative size value {size}")));
    }
    resized(h, this, |data| data.truncate(size as usize))?;
    Ok(h.new_int(size as i64))
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    if this.array.read(h, Option::is_some) {
        resized(h, this, |_| ())?;
    }
    drop(this.array.write(h, Option::take));
    Ok(Value::NONE)
}

fn getstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    let array = open(h, this)?;
    let data = array.data.read(h, |data| h.new_bytes(data));
    let at = h.new_int(this.at.get() as i64);
    let attrs = super::own_attributes(h, &args[0]);
    Ok(h.tuple_of(&[data, at, attrs]))
}

fn setstate(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<BytesIo> = args.this();
    let items = args[1].downcast::<Tuple>().map(|state| state.items()).unwrap_or_default();
    let [data, at, attrs] = items else {
        let (class, got) = (args[0].class_name(), args[1].class_name());
        return Err(h.type_error(format!("{class}.__setstate__ argument should be 3-tuple, got {got}")));
    };
    let data = args::bytes(h, data)?;
    resized(h, this, |own| *own = data)?;
    let at = h.to_isize(at)?;
    if at < 0 {
        return Err(h.value_error("position value cannot be negative"));
    }
    this.at.set(at as usize);
    if let (Some(attrs), Some(own)) = (attrs.downcast::<interpreter::objects::dict::Dict>(), h.attr_dict(&args[0]))
        && let Some(own) = own.downcast::<interpreter::objects::dict::Dict>()
    {
        attrs.copy_into(h, own)?;
    }
    Ok(Value::NONE)
}
