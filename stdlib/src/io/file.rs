//! `FileIO`: a descriptor.
//!
//! In: a name or a descriptor, and a mode. Out: bytes, one system call a method. The one invariant: `fd` is negative exactly
//! while nothing is open.

use super::raise::{blocking, blocking_for, system, uninitialized, unsupported};
use super::{args, base};
use crate::syscall;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Word;
use interpreter::sync::reason::Reason;

/// Most that a single read or write asks the system for.
pub const MOST: usize = 0x7fff_f000;

/// The data of a raw file.
#[derive(Default)]
pub struct FileIo {
    /// The descriptor plus one, so that zero is "not open".
    fd: Word<i32>,
    made: Word<bool>,
    readable: Word<bool>,
    writable: Word<bool>,
    created: Word<bool>,
    appending: Word<bool>,
    closefd: Word<bool>,
    seekable: Word<Option<bool>>,
    block_size: Word<i64>,
}

interpreter::object!(FileIo, "FileIO");

impl FileIo {
    /// The descriptor, or -1.
    pub fn fd(&self) -> i32 {
        self.fd.get() - 1
    }

    /// Has the file stand for another descriptor, of the same kind.
    pub fn lend(&self, fd: i32) {
        self.fd.set(fd + 1);
    }

    pub fn is_closed(&self) -> bool {
        self.fd() < 0
    }

    pub fn is_readable(&self) -> bool {
        self.readable.get()
    }

    pub fn is_writable(&self) -> bool {
        self.writable.get()
    }
}

pub fn make(h: &mut Held, raw: &Ref<Class>) -> Ref<Class> {
    static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
        Some(class) => Ok(h.new_object(class, FileIo::default()).into_value()),
        None => Err(h.type_error("FileIO.__new__() needs a class")),
    });
    ClassSpec::with_base::<FileIo>(h, "_io", "FileIO", raw)
        .doc(h, "A file of bytes without a buffer.")
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .build(h)
}

static METHODS: [Def; 17] = [
    def("__init__", "file, mode='r', closefd=True, opener=None", init),
    def("read", "size=-1, /", read),
    def("readall", "", |h, args| read_all(h, args.this())),
    def("readinto", "buffer, /", readinto),
    def("write", "b, /", write),
    def("seek", "pos, whence=0, /", seek),
    def("tell", "", |h, args| {
        let at = position(h, args.this(), 0, 1)?;
        Ok(h.new_int(at))
    }),
    def("truncate", "size=None, /", truncate),
    def("close", "", close),
    def("seekable", "", |h, args| seekable(h, args.this()).map(Value::bool)),
    def("readable", "", |h, args| opened(h, args.this()).map(|_| Value::bool(args.this::<FileIo>().readable.get()))),
    def("writable", "", |h, args| opened(h, args.this()).map(|_| Value::bool(args.this::<FileIo>().writable.get()))),
    def("fileno", "", |h, args| {
        let fd = opened(h, args.this())?;
        Ok(h.new_int(fd.into()))
    }),
    def("isatty", "", |h, args| {
        let fd = opened(h, args.this())?;
        Ok(Value::bool(syscall::isatty(fd)))
    }),
    def("_dealloc_warn", "source, /", |_, _| Ok(Value::NONE)),
    def("__repr__", "", repr),
    def("__getstate__", "", |h, args| {
        let message = format!("cannot pickle '{}' object", args[0].class_name());
        Err(h.type_error(message))
    }),
];

static ATTRS: [Attr; 4] = [
    getter("closed", |_, this| Ok(Value::bool(this.downcast::<FileIo>().is_none_or(|file| file.is_closed())))),
    getter("closefd", |_, this| Ok(Value::bool(this.downcast::<FileIo>().is_some_and(|file| file.closefd.get())))),
    getter("mode", |h, this| Ok(this.downcast::<FileIo>().map_or(Value::NONE, |file| h.new_str(mode(file))))),
    getter("_blksize", |h, this| {
        Ok(this.downcast::<FileIo>().map_or(Value::NONE, |file| h.new_int(file.block_size.get())))
    }),
];

fn mode(file: &FileIo) -> &'static str {
    match (file.created.get(), file.appending.get(), file.readable.get(), file.writable.get()) {
        (true, _, true, _) => "xb+",
        (true, ..) => "xb",
        (_, true, true, _) => "ab+",
        (_, true, ..) => "ab",
        (_, _, true, true) => "rb+",
        (_, _, true, false) => "rb",
        _ => "wb",
    }
}

/// The descriptor of an open file.
fn opened(h: &mut Held, file: &Obj<FileIo>) -> R<i32> {
    match file.fd() {
        fd if fd >= 0 => Ok(fd),
        _ if !file.made.get() => Err(uninitialized(h)),
        _ => Err(h.value_error("I/O operation on closed file")),
    }
}

/// How a mode opens a file.
fn parse_mode(h: &mut Held, file: &FileIo, mode: &str) -> R<i32> {
    let (mut kinds, mut plus) = (0, 0);
    let mut flags = libc::O_CLOEXEC;
    for c in mode.chars() {
        match c {
            'x' => (file.created.set(true), file.writable.set(true), flags |= libc::O_EXCL | libc::O_CREAT),
            'r' => (file.readable.set(true), (), ()),
            'w' => (file.writable.set(true), (), flags |= libc::O_CREAT | libc::O_TRUNC),
            'a' => (file.appending.set(true), file.writable.set(true), flags |= libc::O_APPEND | libc::O_CREAT),
            '+' => (plus += 1, (), ()),
            'b' => continue,
            _ => return Err(h.value_error(format!("invalid mode: {mode}"))),
        };
        kinds += (c != '+') as u32;
    }
    if kinds != 1 || plus > 1 {
        return Err(h.value_error("Must have exactly one of create/read/write/append mode and at most one plus"));
    }
    if plus == 1 {
        file.readable.set(true);
        file.writable.set(true);
    }
    Ok(flags
        | match (file.readable.get(), file.writable.get()) {
            (true, true) => libc::O_RDWR,
            (true, false) => libc::O_RDONLY,
            _ => libc::O_WRONLY,
        })
}

fn init(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    if file.fd() >= 0 {
        shut(h, file)?;
    }
    reset(file);
    let mode = match args.opt(2).map(|mode| mode.downcast::<Str>().map(|mode| mode.text())) {
        None => "r".to_owned(),
        Some(Some(mode)) => mode,
        Some(None) => {
            let got = args.at(2).given_name();
            return Err(h.type_error(format!("FileIO() argument 'mode' must be str, not {got}")));
        }
    };
    let closefd = args::flag(h, args.opt(3), true)?;
    let flags = parse_mode(h, file, &mode)?;
    let name = &args[1];
    file.made.set(true);
    let fd = match descriptor(h, name)? {
        Some(fd) => {
            file.closefd.set(closefd);
            fd
        }
        None if !closefd => return Err(h.value_error("Cannot use closefd=False with file name")),
        None => open(h, name, flags, args.opt_some(4)).inspect(|_| file.closefd.set(true))?,
    };
    file.fd.set(fd + 1);
    match adopt(h, file, name) {
        Ok(()) => Ok(Value::NONE),
        Err(raised) => {
            if descriptor(h, name)?.is_some() {
                file.fd.set(0);
            } else {
                shut(h, file)?;
            }
            Err(raised)
        }
    }
}

fn reset(file: &FileIo) {
    for flag in [&file.readable, &file.writable, &file.created, &file.appending] {
        flag.set(false);
    }
    file.seekable.set(None);
    file.block_size.set(super::DEFAULT_BUFFER_SIZE as i64);
}

/// The descriptor if a number is given instead of a name.
fn descriptor(h: &mut Held, name: &Value) -> R<Option<i32>> {
    if name.as_int().is_none() && h.special(name, n::__index__).is_none() {
        return Ok(None);
    }
    let fd = args::int(h, name)?;
    if fd < 0 { Err(h.value_error("negative file descriptor")) } else { Ok(Some(fd)) }
}

/// Opens a name, by the program's opener if there is one.
fn open(h: &mut Held, name: &Value, flags: i32, opener: Option<&Value>) -> R<i32> {
    let Some(opener) = opener else {
        let path = super::path::bytes_of(h, name)?;
        let opened = blocking(h, || syscall::open(&path, flags, 0o666))?;
        return opened.map_err(|error| h.os_error(error, Some(name)));
    };
    let flags = h.new_int(flags.into());
    let fd = h.call(opener, &[name.clone(), flags])?;
    if fd.as_int().is_none() {
        return Err(h.type_error("expected integer from opener"));
    }
    let fd = args::int(h, &fd)?;
    if fd < 0 {
        return Err(h.value_error(format!("opener returned {fd}")));
    }
    syscall::set_inheritable(fd, false).map_err(|error| h.os_error(error, None))?;
    Ok(fd)
}

/// What is to be known of a descriptor that was just opened; the name becomes an attribute.
fn adopt(h: &mut Held, file: &Obj<FileIo>, name: &Value) -> R<()> {
    match syscall::fstat(file.fd()) {
        Ok(kind) if kind.is_directory => {
            return Err(h.os_error(std::io::Error::from_raw_os_error(libc::EISDIR), Some(name)));
        }
        Ok(kind) if kind.block_size > 1 => file.block_size.set(kind.block_size),
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => return Err(h.os_error(error, None)),
        _ => (),
    }
    h.set_attr(&file.to_value(), n::name.value(), name.clone())?;
    if file.appending.get() {
        let _ = syscall::lseek(file.fd(), 0, 2);
    }
    Ok(())
}

#[cold]
fn not_open_for(h: &mut Held, action: &str) -> Raised {
    unsupported(h, &format!("File not open for {action}"))
}

/// Reads at most `most` bytes behind `to`; nothing if the descriptor would block.
pub fn read_some(h: &mut Held, fd: i32, to: &mut Vec<u8>, most: usize) -> R<Option<usize>> {
    match blocking_for(h, Reason::Read, || syscall::read_into(fd, to, most.min(MOST)))? {
        Ok(n) => Ok(Some(n)),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(h.os_error(error, None)),
    }
}

/// Writes what the system takes; nothing if the descriptor would block.
pub fn write_some(h: &mut Held, fd: i32, data: &[u8]) -> R<Option<usize>> {
    let data = &data[..data.len().min(MOST)];
    match blocking_for(h, Reason::Write, || syscall::write(fd, data))? {
        Ok(n) => Ok(Some(n)),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(h.os_error(error, None)),
    }
}

fn read(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    let fd = opened(h, file)?;
    if !file.readable.get() {
        return Err(not_open_for(h, "reading"));
    }
    let Some(size) = args::size(h, args.opt(1))? else { return read_all(h, file) };
    let mut data = Vec::new();
    if data.try_reserve(size.min(MOST)).is_err() {
        return Err(h.memory_error());
    }
    Ok(match read_some(h, fd, &mut data, size)? {
        Some(_) => h.new_bytes(&data),
        None => Value::NONE,
    })
}

fn read_all(h: &mut Held, file: &Obj<FileIo>) -> R {
    let fd = opened(h, file)?;
    if !file.readable.get() {
        return Err(not_open_for(h, "reading"));
    }
    let mut data = Vec::new();
    match drain(h, fd, &mut data)? {
        false if data.is_empty() => Ok(Value::NONE),
        _ => Ok(h.new_bytes(&data)),
    }
}

/// Reads up to the end; false if the descriptor would block before.
pub fn drain(h: &mut Held, fd: i32, data: &mut Vec<u8>) -> R<bool> {
    let left = match (syscall::fstat(fd), syscall::lseek(fd, 0, 1)) {
        (Ok(kind), Ok(at)) if kind.size > at => (kind.size - at) as usize + 1,
        _ => super::DEFAULT_BUFFER_SIZE,
    };
    let mut room = left;
    loop {
        if data.try_reserve(room).is_err() {
            return Err(h.memory_error());
        }
        match read_some(h, fd, data, room)? {
            Some(0) => return Ok(true),
            Some(_) => room = (data.capacity() - data.len()).max(super::DEFAULT_BUFFER_SIZE),
            None => return Ok(false),
        }
    }
}

fn readinto(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    let fd = opened(h, file)?;
    if !file.readable.get() {
        return Err(not_open_for(h, "reading"));
    }
    let room = args::room(h, "readinto", &args[1])?;
    let mut data = Vec::new();
    match read_some(h, fd, &mut data, room)? {
        Some(n) => {
            args::fill(h, &args[1], &data)?;
            Ok(h.new_int(n as i64))
        }
        None => Ok(Value::NONE),
    }
}

fn write(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    let fd = opened(h, file)?;
    if !file.writable.get() {
        return Err(not_open_for(h, "writing"));
    }
    let written = match args[1].downcast::<Bytes>() {
        Some(bytes) => write_some(h, fd, &bytes.data)?,
        None => {
            let data = args::bytes(h, &args[1])?;
            write_some(h, fd, &data)?
        }
    };
    Ok(written.map_or(Value::NONE, |n| h.new_int(n as i64)))
}

/// `lseek` of an open file.
pub fn position(h: &mut Held, file: &Obj<FileIo>, offset: i64, whence: i32) -> R<i64> {
    let fd = opened(h, file)?;
    let result = syscall::lseek(fd, offset, whence);
    if file.seekable.get().is_none() {
        file.seekable.set(Some(result.is_ok()));
    }
    result.map_err(|error| h.os_error(error, None))
}

fn seek(h: &mut Held, args: Args<'_>) -> R {
    opened(h, args.this())?;
    let (offset, whence) = (args::offset(h, &args[1])?, args::whence(h, args.opt(2))?);
    let at = position(h, args.this(), offset, whence)?;
    Ok(h.new_int(at))
}

pub fn seekable(h: &mut Held, file: &Obj<FileIo>) -> R<bool> {
    let fd = opened(h, file)?;
    if file.seekable.get().is_none() {
        file.seekable.set(Some(syscall::lseek(fd, 0, 1).is_ok()));
    }
    Ok(file.seekable.get() == Some(true))
}

fn truncate(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    let fd = opened(h, file)?;
    if !file.writable.get() {
        return Err(not_open_for(h, "writing"));
    }
    let size = match args.opt_some(1) {
        Some(size) => args::offset(h, size)?,
        None => position(h, file, 0, 1)?,
    };
    system(h, || syscall::ftruncate(fd, size))?;
    Ok(h.new_int(size))
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    if !file.closefd.get() {
        file.fd.set(0);
    }
    let exact = args[0].exactly::<FileIo>().is_some();
    let base = if exact { Ok(Value::NONE) } else { close_base(h, &args[0]) };
    let shut = shut(h, file);
    base?;
    shut.map(|()| Value::NONE)
}

/// `_RawIOBase.close(self)`, for subclasses that flush.
fn close_base(h: &mut Held, this: &Value) -> R {
    let close = super::known(h, &super::RAW_BASE).and_then(|class| class.lookup(h, n::close.value()));
    match close {
        Some(close) => h.call_unbound(&close, this, &[]),
        None => Ok(Value::NONE),
    }
}

impl FileIo {
    /// Whether it is open and will close its descriptor.
    pub fn closes_descriptor(&self) -> bool {
        self.fd() >= 0 && self.closefd.get()
    }
}

/// Closes the descriptor; the system's error is raised, but it is closed all the same.
pub fn shut(h: &mut Held, file: &FileIo) -> R<()> {
    let fd = file.fd();
    file.fd.set(0);
    if fd < 0 || !file.closefd.get() {
        return Ok(());
    }
    match h.detach(|| syscall::close(fd)) {
        Err(error) if error.kind() != std::io::ErrorKind::Interrupted => Err(h.os_error(error, None)),
        _ => Ok(()),
    }
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let file: &Obj<FileIo> = args.this();
    if file.is_closed() {
        return Ok(h.new_str("<_io.FileIO [closed]>"));
    }
    let closefd = if file.closefd.get() { "True" } else { "False" };
    let what = match base::shown_name(h, &args[0])? {
        Some(name) => format!("name={name}"),
        None if h.find_attr(&args[0], n::name.value())?.is_some() => {
            let message = format!("reentrant call inside {}.__repr__", args[0].class_name());
            return Err(h.error(Exc::RuntimeError, message));
        }
        None => format!("fd={}", file.fd()),
    };
    Ok(h.new_str(&format!("<_io.FileIO {what} mode='{}' closefd={closefd}>", mode(file))))
}
