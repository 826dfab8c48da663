//! `mmap`: files as bytes in memory, and memory that a process shares with its children.
//!
//! In: descriptors, sizes, bytes. Out: objects that are sequences of bytes, files and buffers at once. The one invariant: the
//! pages stay where they are as long as a view of them exists, and `at` may lie behind the end but nothing is read or written there.

mod file;
mod make;
mod sequence;

use crate::syscall::map::Mapping;
use interpreter::objects::buffer::{BufferKind, register_buffer};
use interpreter::objects::class::class_flag;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use std::os::fd::OwnedFd;

/// What a program may do with the pages, as `mmap` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Default,
    Read,
    Write,
    Copy,
}

/// The data of an `mmap`.
struct Map {
    /// Nothing when closed.
    pages: ObjCell<Option<Mapping>>,
    /// The file, if it is one.
    file: ObjCell<Option<OwnedFd>>,
    access: Access,
    offset: i64,
    /// Memory that a process shares with its children: there is no more of it than was asked for.
    is_shared_memory: bool,
    /// Where the file functions are.
    at: Word<usize>,
    /// How many views look at it.
    exports: Word<isize>,
}

interpreter::object!(Map, "mmap");

static METHODS: [Def; 5] = [
    def("close", "", close),
    def("__enter__", "", |h, args| {
        len(h, args.this())?;
        Ok(args[0].clone())
    }),
    def("__exit__", "exc_type=None, exc_value=None, traceback=None, /", close),
    def("__repr__", "", repr),
    def("resize", "newsize, /", make::resize),
];

static ATTRS: [Attr; 1] = [getter("closed", |h, map| {
    let closed = map.downcast::<Map>().is_none_or(|map| map.pages.read(h, Option::is_none));
    Ok(Value::bool(closed))
})];

const CONSTANTS: &[(&str, i64)] = &[
    ("PROT_EXEC", libc::PROT_EXEC as i64),
    ("PROT_READ", libc::PROT_READ as i64),
    ("PROT_WRITE", libc::PROT_WRITE as i64),
    ("MAP_SHARED", libc::MAP_SHARED as i64),
    ("MAP_PRIVATE", libc::MAP_PRIVATE as i64),
    ("MAP_DENYWRITE", libc::MAP_DENYWRITE as i64),
    ("MAP_EXECUTABLE", libc::MAP_EXECUTABLE as i64),
    ("MAP_ANON", libc::MAP_ANON as i64),
    ("MAP_ANONYMOUS", libc::MAP_ANONYMOUS as i64),
    ("MAP_POPULATE", libc::MAP_POPULATE as i64),
    ("MAP_STACK", libc::MAP_STACK as i64),
    ("MAP_NORESERVE", libc::MAP_NORESERVE as i64),
    ("ACCESS_DEFAULT", 0),
    ("ACCESS_READ", 1),
    ("ACCESS_WRITE", 2),
    ("ACCESS_COPY", 3),
    ("MADV_NORMAL", libc::MADV_NORMAL as i64),
    ("MADV_RANDOM", libc::MADV_RANDOM as i64),
    ("MADV_SEQUENTIAL", libc::MADV_SEQUENTIAL as i64),
    ("MADV_WILLNEED", libc::MADV_WILLNEED as i64),
    ("MADV_DONTNEED", libc::MADV_DONTNEED as i64),
    ("MADV_REMOVE", libc::MADV_REMOVE as i64),
    ("MADV_DONTFORK", libc::MADV_DONTFORK as i64),
    ("MADV_DOFORK", libc::MADV_DOFORK as i64),
    ("MADV_HUGEPAGE", libc::MADV_HUGEPAGE as i64),
    ("MADV_NOHUGEPAGE", libc::MADV_NOHUGEPAGE as i64),
    ("MADV_FREE", libc::MADV_FREE as i64),
];

/// The module `mmap`.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("mmap");
    let spec = ClassSpec::new::<Map>(h, "mmap", "mmap").flags(class_flag::WEAKREFS).constructor(h, &make::NEW);
    let spec = spec.methods(h, &METHODS).methods(h, &file::METHODS).methods(h, &sequence::METHODS);
    let class = spec.attrs(h, &ATTRS).build(h);
    register_buffer(Map::kind(), BUFFER);
    let error = Exc::OSError.class().to_value();
    for (name, value) in [("mmap", class.into_value()), ("error", error)] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
    let page = crate::syscall::system::sysconf(libc::_SC_PAGESIZE).unwrap_or(4096);
    let sizes = [("PAGESIZE", page), ("ALLOCATIONGRANULARITY", page)];
    for (name, number) in CONSTANTS.iter().chain(&sizes) {
        let (name, number) = (h.intern(name), h.new_int(*number));
        module.dict.set_str(h, &name, number);
    }
    Ok(module)
}

const BUFFER: BufferKind = BufferKind {
    read: |h, value, look| {
        if let Some(map) = value.downcast::<Map>() {
            map.pages.read(h, |pages| look(pages.as_ref().map_or(&[], Mapping::bytes)));
        }
    },
    write: Some(|h, value, change| {
        if let Some(map) = value.downcast::<Map>().filter(|map| map.access != Access::Read) {
            map.pages.write(h, |pages| change(pages.as_mut().map_or(&mut [], Mapping::bytes_mut)));
        }
    }),
    layout: |_, _| ("B".to_owned(), 1),
    exported: |value, by| {
        if let Some(map) = value.downcast::<Map>() {
            map.pages.seize(|_| map.exports.set(map.exports.get() + by));
        }
    },
    instead: None,
};

/// The number of bytes; ValueError if the map is closed.
fn len(h: &Held, map: &Map) -> R<usize> {
    map.pages.read(h, |pages| pages.as_ref().map(Mapping::len)).ok_or_else(|| closed(h))
}

/// Looks at the bytes; ValueError if the map is closed.
fn look<T>(h: &Held, map: &Map, look: impl FnOnce(&[u8]) -> T) -> R<T> {
    map.pages.read(h, |pages| pages.as_ref().map(|pages| look(pages.bytes()))).ok_or_else(|| closed(h))
}

/// Changes the bytes; TypeError if that is not allowed.
fn change<T>(h: &mut Held, map: &Map, change: impl FnOnce(&mut [u8]) -> T) -> R<T> {
    let writable = map.pages.read(h, |pages| pages.as_ref().map(Mapping::is_writable)).ok_or_else(|| closed(h))?;
    if map.access == Access::Read || !writable {
        return Err(h.type_error("mmap can't modify a readonly memory map."));
    }
    let changed = map.pages.write(h, |pages| pages.as_mut().map(|pages| change(pages.bytes_mut())));
    changed.ok_or_else(|| closed(h))
}

#[cold]
fn closed(h: &Held) -> Raised {
    h.value_error("mmap closed or invalid")
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let map: &Obj<Map> = args.this();
    let closed = map.pages.write(h, |pages| (map.exports.get() == 0).then(|| pages.take()));
    if closed.is_none() {
        return Err(h.error(Exc::BufferError, "cannot close exported pointers exist"));
    }
    drop(closed);
    drop(map.file.write(h, Option::take));
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let name = args[0].class_name();
    let access = match map.access {
        Access::Default => "ACCESS_DEFAULT",
        Access::Read => "ACCESS_READ",
        Access::Write => "ACCESS_WRITE",
        Access::Copy => "ACCESS_COPY",
    };
    let text = match map.pages.read(h, |pages| pages.as_ref().map(Mapping::len)) {
        None => format!("<{name} closed=True>"),
        Some(len) => {
            let (at, offset) = (map.at.get(), map.offset);
            format!("<{name} closed=False, access={access}, length={len}, pos={at}, offset={offset}>")
        }
    };
    Ok(h.new_str(&text))
}
