//! `_IOBase` and its three children: what every file can do, and what programs derive their own files from.
//!
//! In: a file that has `read`, `write`, `seek` ... of its own. Out: what follows from these. The one invariant: everything
//! goes through the methods of the object, so subclasses change all of it by changing one.

use super::raise::{closed, unsupported};
use super::{DEFAULT_BUFFER_SIZE, args};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::instance::Instance;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// The base classes.
pub struct Bases {
    pub io: Ref<Class>,
    pub raw: Ref<Class>,
    pub buffered: Ref<Class>,
    pub text: Ref<Class>,
}

pub fn make(h: &mut Held) -> Bases {
    let io = ClassSpec::with_base::<Instance>(h, "_io", "_IOBase", &core().object)
        .flags(class_flag::WEAKREFS)
        .with_dict(h)
        .doc(h, "The abstract base class of all files.")
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h);
    let raw = ClassSpec::with_base::<Instance>(h, "_io", "_RawIOBase", &io)
        .doc(h, "Base class of files of bytes without a buffer.")
        .methods(h, &RAW)
        .build(h);
    let buffered = ClassSpec::with_base::<Instance>(h, "_io", "_BufferedIOBase", &io)
        .doc(h, "Base class of files of bytes with a buffer.")
        .methods(h, &BUFFERED)
        .build(h);
    let text = ClassSpec::with_base::<Instance>(h, "_io", "_TextIOBase", &io)
        .doc(h, "Base class of text files.")
        .methods(h, &TEXT)
        .attrs(h, &TEXT_ATTRS)
        .build(h);
    Bases { io, raw, buffered, text }
}

static METHODS: [Def; 22] = [
    def("seek", "offset, whence=0, /", |h, _| Err(unsupported(h, "seek"))),
    def("tell", "", |h, args| {
        let zero = h.new_int(0);
        let one = h.new_int(1);
        h.call_method(&args[0], n::seek, &[zero, one])
    }),
    def("truncate", "size=None, /", |h, _| Err(unsupported(h, "truncate"))),
    def("flush", "", flush),
    def("close", "", close),
    def("seekable", "", |_, _| Ok(Value::FALSE)),
    def("readable", "", |_, _| Ok(Value::FALSE)),
    def("writable", "", |_, _| Ok(Value::FALSE)),
    def("_checkClosed", "message=None", |h, args| check_closed(h, &args[0]).map(|()| Value::NONE)),
    def("_checkSeekable", "message=None", |h, args| {
        check_able(h, &args[0], n::seekable, "File or stream is not seekable.")
    }),
    def("_checkReadable", "message=None", |h, args| {
        check_able(h, &args[0], n::readable, "File or stream is not readable.")
    }),
    def("_checkWritable", "message=None", |h, args| {
        check_able(h, &args[0], n::writable, "File or stream is not writable.")
    }),
    def("fileno", "", |h, _| Err(unsupported(h, "fileno"))),
    def("isatty", "", |h, args| check_closed(h, &args[0]).map(|()| Value::FALSE)),
    def("__enter__", "", |h, args| check_closed(h, &args[0]).map(|()| args[0].clone())),
    def("__exit__", "*args", |h, args| h.call_method(&args[0], n::close, &[])),
    def("__iter__", "", |h, args| check_closed(h, &args[0]).map(|()| args[0].clone())),
    def("__next__", "", |h, args| match next_line(h, &args[0])? {
        Some(line) => Ok(line),
        None => Err(h.stop_iteration(Value::NONE)),
    }),
    def("readline", "size=-1, /", readline),
    def("readlines", "hint=-1, /", readlines),
    def("writelines", "lines, /", writelines),
    def("__del__", "", finalize),
];

static ATTRS: [Attr; 1] = [getter("closed", |h, this| marked_closed(h, this).map(Value::bool))];

/// Whether `_IOBase.close` ran.
fn marked_closed(h: &mut Held, this: &Value) -> R<bool> {
    let mark = h.intern("__IOBase_closed");
    Ok(h.find_attr(this, &mark)?.is_some())
}

/// ValueError if the file says that it is closed.
pub fn check_closed(h: &mut Held, this: &Value) -> R<()> {
    let is_closed = h.get(this, n::closed)?;
    if h.truth(&is_closed)? { Err(closed(h)) } else { Ok(()) }
}

fn check_able(h: &mut Held, this: &Value, question: interpreter::objects::names::Name, message: &str) -> R {
    let answer = h.call_method(this, question, &[])?;
    if answer.is(&Value::TRUE) { Ok(answer) } else { Err(unsupported(h, message)) }
}

fn flush(h: &mut Held, args: Args<'_>) -> R {
    let shut = args[0].downcast::<super::file::FileIo>().is_some_and(|file| file.is_closed());
    if shut || marked_closed(h, &args[0])? { Err(closed(h)) } else { Ok(Value::NONE) }
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    if marked_closed(h, &args[0])? {
        return Ok(Value::NONE);
    }
    let flushed = h.call_method(&args[0], n::flush, &[]);
    let mark = h.intern("__IOBase_closed");
    let marked = h.set_attr(&args[0], &mark, Value::TRUE);
    flushed?;
    marked.map(|()| Value::NONE)
}

/// Closes a file whose last reference went. Errors are nobody's business then.
fn finalize(h: &mut Held, args: Args<'_>) -> R {
    let this = &args[0];
    let is_closed = h.get(this, n::closed).and_then(|closed| h.truth(&closed));
    if !matches!(is_closed, Ok(true)) {
        warn_unclosed(h, this);
        drop(h.call_method(this, n::close, &[]));
    }
    Ok(Value::NONE)
}

/// A program should close its files itself: a ResourceWarning about the outermost of those stacked on a descriptor.
fn warn_unclosed(h: &mut Held, this: &Value) {
    let mut innermost = this.clone();
    for name in ["buffer", "raw"] {
        let name = h.intern(name);
        if innermost.downcast::<super::file::FileIo>().is_none()
            && let Ok(Some(inner)) = h.find_attr(&innermost, &name)
        {
            innermost = inner;
        }
    }
    if innermost.downcast::<super::file::FileIo>().is_some_and(|file| file.closes_descriptor()) {
        crate::warnings_::unclosed(h, "unclosed file", this, &innermost);
    }
}

fn next_line(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let line = h.call_method(this, n::readline, &[])?;
    Ok(if h.len(&line)? == 0 { None } else { Some(line) })
}

/// A line by `read` alone: as many bytes at a time as `peek` has up to the line's end.
fn readline(h: &mut Held, args: Args<'_>) -> R {
    let this = &args[0];
    let limit = args::size(h, args.opt(1))?;
    let name = h.intern("peek");
    let peek = h.find_attr(this, &name)?;
    let mut line = Vec::new();
    while limit.is_none_or(|limit| line.len() < limit) {
        let mut want = 1;
        if let Some(peek) = &peek {
            let ahead = h.call(peek, &[h.new_int(1)])?;
            let ahead = expect_bytes(h, &ahead, "peek")?;
            let end = ahead.iter().position(|&b| b == b'\n').map_or(ahead.len(), |at| at + 1);
            want = end.max(1).min(limit.map_or(usize::MAX, |limit| limit - line.len()));
        }
        let piece = h.call_method(this, n::read, &[h.new_int(want as i64)])?;
        let piece = expect_bytes(h, &piece, "read")?;
        line.extend_from_slice(&piece);
        if piece.is_empty() || line.ends_with(b"\n") {
            break;
        }
    }
    Ok(h.new_bytes(&line))
}

fn expect_bytes(h: &mut Held, value: &Value, method: &str) -> R<Vec<u8>> {
    match value.downcast::<Bytes>() {
        Some(bytes) => Ok(bytes.data.to_vec()),
        None => {
            let got = value.class_name();
            let message = format!("{method}() should have returned a bytes object, not '{got}'");
            Err(h.error(interpreter::objects::exception::Exc::OSError, message))
        }
    }
}

fn readlines(h: &mut Held, args: Args<'_>) -> R {
    let hint = args::size(h, args.opt(1))?.filter(|&hint| hint > 0);
    let iterator = h.iter(&args[0])?;
    let (mut lines, mut total) = (Vec::new(), 0);
    while let Some(line) = h.next(&iterator)? {
        total += h.len(&line)?;
        lines.push(line);
        if hint.is_some_and(|hint| total >= hint) {
            break;
        }
    }
    Ok(h.new_list(lines))
}

fn writelines(h: &mut Held, args: Args<'_>) -> R {
    check_closed(h, &args[0])?;
    let iterator = h.iter(&args[1])?;
    while let Some(line) = h.next(&iterator)? {
        h.call_method(&args[0], n::write, &[line])?;
    }
    Ok(Value::NONE)
}

static RAW: [Def; 4] = [
    def("read", "size=-1, /", raw_read),
    def("readall", "", raw_readall),
    def("readinto", "buffer, /", |h, _| Err(h.error(interpreter::objects::exception::Exc::NotImplementedError, ""))),
    def("write", "b, /", |h, _| Err(h.error(interpreter::objects::exception::Exc::NotImplementedError, ""))),
];

fn raw_read(h: &mut Held, args: Args<'_>) -> R {
    let Some(size) = args::size(h, args.opt(1))? else { return h.call_method(&args[0], n::readall, &[]) };
    if size > 1 << 40 {
        return Err(h.memory_error());
    }
    let buffer = h.new_bytearray(vec![0; size]);
    let count = h.call_method(&args[0], n::readinto, &[buffer.value().clone()])?;
    if count.is_none() {
        return Ok(count);
    }
    let count = h.to_isize(&count)?.max(0) as usize;
    let data = buffer.data.read(h, |data| data[..count.min(data.len())].to_vec());
    Ok(h.new_bytes(&data))
}

fn raw_readall(h: &mut Held, args: Args<'_>) -> R {
    let mut all = Vec::new();
    loop {
        let piece = h.call_method(&args[0], n::read, &[h.new_int(DEFAULT_BUFFER_SIZE as i64)])?;
        if piece.is_none() && all.is_empty() {
            return Ok(piece);
        }
        let Some(bytes) = piece.downcast::<Bytes>() else {
            if piece.is_none() {
                break;
            }
            return Err(h.type_error("read() should return bytes"));
        };
        if bytes.data.is_empty() {
            break;
        }
        all.extend_from_slice(&bytes.data);
    }
    Ok(h.new_bytes(&all))
}

static BUFFERED: [Def; 6] = [
    def("detach", "", |h, _| Err(unsupported(h, "detach"))),
    def("read", "size=-1, /", |h, _| Err(unsupported(h, "read"))),
    def("read1", "size=-1, /", |h, _| Err(unsupported(h, "read1"))),
    def("write", "b, /", |h, _| Err(unsupported(h, "write"))),
    def("readinto", "buffer, /", |h, args| read_by(h, args, n::read, "readinto")),
    def("readinto1", "buffer, /", |h, args| read_by(h, args, n::read1, "readinto1")),
];

/// `readinto` by way of another method.
fn read_by(h: &mut Held, args: Args<'_>, method: interpreter::objects::names::Name, name: &str) -> R {
    let room = args::room(h, name, &args[1])?;
    let data = h.call_method(&args[0], method, &[h.new_int(room as i64)])?;
    let Some(bytes) = data.downcast::<Bytes>() else { return Err(h.type_error("read() should return bytes")) };
    if bytes.data.len() > room {
        let got = bytes.data.len();
        return Err(h.value_error(format!("read() returned too much data: {room} bytes requested, {got} returned")));
    }
    args::fill(h, &args[1], &bytes.data)?;
    Ok(h.new_int(bytes.data.len() as i64))
}

static TEXT: [Def; 4] = [
    def("detach", "", |h, _| Err(unsupported(h, "detach"))),
    def("read", "size=-1, /", |h, _| Err(unsupported(h, "read"))),
    def("readline", "size=-1, /", |h, _| Err(unsupported(h, "readline"))),
    def("write", "s, /", |h, _| Err(unsupported(h, "write"))),
];

static TEXT_ATTRS: [Attr; 3] = [
    getter("encoding", |_, _| Ok(Value::NONE)),
    getter("newlines", |_, _| Ok(Value::NONE)),
    getter("errors", |_, _| Ok(Value::NONE)),
];

/// The `name` of a file for its `repr`, if it has one that can be shown.
pub fn shown_name(h: &mut Held, this: &Value) -> R<Option<String>> {
    match h.get(this, n::name) {
        Ok(name) => h
            .in_repr(this, |h| h.repr(&name))
            .map(|text| text.map(|text| text.downcast::<Str>().map(|text| text.text()).unwrap_or_default())),
        Err(_) => Ok(None),
    }
}
