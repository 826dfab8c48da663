//! `listdir`, `scandir` and `DirEntry`.
//!
//! In: a directory. Out: its names, or entries that know their kind without asking the system again. The one invariant: a
//! directory is read as a whole when it is opened, so nothing stays open.

use super::stat;
use super::target::{Also, Target, target};
use crate::io::raise::blocking;
use crate::syscall::files::{self, Entry};
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::collections::VecDeque;
use std::ffi::CString;

pub static FUNCTIONS: [Def; 2] = [def("listdir", "path=None", listdir), def("scandir", "path=None", scandir)];

static CLASSES: Global<Vec<Value>> = Global::new(Vec::new());

/// What `scandir` gives.
struct ScanDir {
    folder: Vec<u8>,
    /// Of a descriptor: the entries' paths are their names.
    fd: Option<i32>,
    is_bytes: bool,
    entries: ObjCell<VecDeque<Entry>>,
}

interpreter::object!(ScanDir, "ScandirIterator");

/// The data of a `DirEntry`.
struct DirEntry {
    name: Value,
    path: Value,
    kind: u8,
    ino: u64,
    /// The path for the system, relative to `dir`.
    real: CString,
    dir: i32,
    /// What `stat` told, following links or not.
    known: ObjCell<[Option<Value>; 2]>,
}

interpreter::object!(DirEntry, "DirEntry", traced [name, path, known]);

pub fn init(h: &mut Held, module: &Module) {
    let entry = ClassSpec::new::<DirEntry>(h, "posix", "DirEntry")
        .flags(interpreter::objects::class::class_flag::NO_NEW)
        .methods(h, &ENTRY_METHODS)
        .attrs(h, &ENTRY_ATTRS)
        .class_methods(h, &ENTRY_CLASS_METHODS)
        .build(h);
    let scan = ClassSpec::new::<ScanDir>(h, "posix", "ScandirIterator")
        .flags(interpreter::objects::class::class_flag::NO_NEW)
        .iterator(h, next)
        .methods(h, &SCAN_METHODS)
        .build(h);
    let name = h.intern("DirEntry");
    module.dict.set_str(h, &name, entry.value().clone());
    CLASSES.write(h, |classes| *classes = vec![entry.into_value(), scan.into_value()]);
}

fn class(h: &mut Held, i: usize) -> R<Ref<Class>> {
    match CLASSES.read(h, |classes| classes.get(i).cloned()).and_then(|class| class.into_ref().ok()) {
        Some(class) => Ok(class),
        None => Err(h.runtime_error("posix is not made")),
    }
}

fn read(h: &mut Held, args: Args<'_>, function: &str) -> R<(Target, Vec<Entry>)> {
    let none = Value::NONE;
    let path = target(h, args.opt(0).unwrap_or(&none), function, "path", Also::DescriptorOrNone)?;
    let found = match path.fd {
        Some(fd) => blocking(h, || files::read_dir(None, fd))?,
        None => blocking(h, || files::read_dir(Some(&path.path), -1))?,
    };
    match found {
        Ok(entries) => Ok((path, entries)),
        Err(error) => Err(path.error(h, error)),
    }
}

fn listdir(h: &mut Held, args: Args<'_>) -> R {
    let (path, entries) = read(h, args, "listdir")?;
    let names = entries.iter().map(|entry| path.name(h, &entry.name)).collect();
    Ok(h.new_list(names))
}

fn scandir(h: &mut Held, args: Args<'_>) -> R {
    let (path, entries) = read(h, args, "scandir")?;
    let class = class(h, 1)?;
    let folder = path.path.to_bytes().to_vec();
    let scan = ScanDir { folder, fd: path.fd, is_bytes: path.is_bytes, entries: ObjCell::new(entries.into()) };
    Ok(h.new_object(&class, scan).into_value())
}

static SCAN_METHODS: [Def; 3] = [
    def("close", "", |h, args| {
        args.this::<ScanDir>().entries.write(h, VecDeque::clear);
        Ok(Value::NONE)
    }),
    def("__enter__", "", |_, args| Ok(args[0].clone())),
    def("__exit__", "*args", |h, args| {
        args.this::<ScanDir>().entries.write(h, VecDeque::clear);
        Ok(Value::NONE)
    }),
];

fn next(h: &mut Held, this: &Value) -> R<Option<Value>> {
    let Some(scan) = this.downcast::<ScanDir>() else { return Ok(None) };
    let Some(entry) = scan.entries.write(h, VecDeque::pop_front) else { return Ok(None) };
    let show = |bytes: &[u8]| if scan.is_bytes { h.new_bytes(bytes) } else { crate::io::path::decode(h, bytes) };
    let name = show(&entry.name);
    let mut full = if scan.fd.is_some() { Vec::new() } else { scan.folder.clone() };
    if !full.is_empty() && !full.ends_with(b"/") {
        full.push(b'/');
    }
    full.extend_from_slice(&entry.name);
    let path = show(&full);
    let data = DirEntry {
        name,
        path,
        kind: entry.kind,
        ino: entry.ino,
        real: CString::new(full).unwrap_or_default(),
        dir: scan.fd.unwrap_or(libc::AT_FDCWD),
        known: ObjCell::new([None, None]),
    };
    let class = class(h, 0)?;
    Ok(Some(h.new_object(&class, data).into_value()))
}

static ENTRY_ATTRS: [Attr; 2] = [
    getter("name", |_, this| Ok(this.downcast::<DirEntry>().map_or(Value::NONE, |this| this.name.clone()))),
    getter("path", |_, this| Ok(this.downcast::<DirEntry>().map_or(Value::NONE, |this| this.path.clone()))),
];

static ENTRY_CLASS_METHODS: [Def; 1] =
    [def("__class_getitem__", "item, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];

static ENTRY_METHODS: [Def; 7] = [
    def("is_dir", "*, follow_symlinks=True", |h, args| is_kind(h, args, libc::S_IFDIR, libc::DT_DIR)),
    def("is_file", "*, follow_symlinks=True", |h, args| is_kind(h, args, libc::S_IFREG, libc::DT_REG)),
    def("is_symlink", "", |h, args| {
        let this: &Obj<DirEntry> = args.this();
        if this.kind != libc::DT_UNKNOWN {
            return Ok(Value::bool(this.kind == libc::DT_LNK));
        }
        Ok(Value::bool(mode_of(h, this, false)? & libc::S_IFMT == libc::S_IFLNK))
    }),
    def("stat", "*, follow_symlinks=True", |h, args| {
        let follow = crate::io::args::flag(h, args.opt(1), true)?;
        stat_of(h, args.this(), follow)
    }),
    def("inode", "", |h, args| Ok(h.new_uint(args.this::<DirEntry>().ino))),
    def("__fspath__", "", |_, args| Ok(args.this::<DirEntry>().path.clone())),
    def("__repr__", "", |h, args| {
        let name = h.repr_text(&args.this::<DirEntry>().name)?;
        Ok(h.new_str(&format!("<DirEntry {name}>")))
    }),
];

/// By the directory's word where it tells enough, else by `stat`.
fn is_kind(h: &mut Held, args: Args<'_>, mode: u32, kind: u8) -> R {
    let this: &Obj<DirEntry> = args.this();
    let follow = crate::io::args::flag(h, args.opt(1), true)?;
    if this.kind != libc::DT_UNKNOWN && !(follow && this.kind == libc::DT_LNK) {
        return Ok(Value::bool(this.kind == kind));
    }
    match mode_of(h, this, follow) {
        Ok(found) => Ok(Value::bool(found & libc::S_IFMT == mode)),
        Err(raised) if raised.is(Exc::FileNotFoundError) => Ok(Value::FALSE),
        Err(raised) => Err(raised),
    }
}

fn mode_of(h: &mut Held, this: &Obj<DirEntry>, follow: bool) -> R<u32> {
    let result = stat_of(h, this, follow)?;
    let mode = h.get_item(&result, &h.new_int(0))?;
    Ok(h.to_isize(&mode)? as u32)
}

fn stat_of(h: &mut Held, this: &Obj<DirEntry>, follow: bool) -> R {
    let is_link = this.kind == libc::DT_LNK || this.kind == libc::DT_UNKNOWN;
    let place = (follow && is_link) as usize;
    if let Some(known) = this.known.read(h, |known| known[place].clone()) {
        return Ok(known);
    }
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let (dir, real) = (this.dir, &this.real);
    let found = blocking(h, || files::stat(dir, real, flags))?;
    let found = found.map_err(|error| h.os_error(error, Some(&this.path)))?;
    let result = stat::result(h, &found)?;
    let old = this.known.write(h, |known| known[place].replace(result.clone()));
    drop(old);
    Ok(result)
}
