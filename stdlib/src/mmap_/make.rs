//! Making maps, and changing their size.
//!
//! In: descriptors and sizes. Out: maps. The one invariant: what is mapped lies inside the file as it was when it was mapped.

use super::{Access, Map, closed};
use crate::io::args;
use crate::syscall::files::fstat;
use crate::syscall::ftruncate;
use crate::syscall::map::Mapping;
use interpreter::objects::class::Class;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};
use std::io::Error;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

pub(super) static NEW: Def =
    def("__new__", "fileno, length, flags=MAP_SHARED, prot=PROT_WRITE|PROT_READ, access=ACCESS_DEFAULT, offset=0", new);

/// Whether a descriptor is a regular file, and its size.
fn regular_size(fd: i32) -> Option<i64> {
    let stat = fstat(fd).ok()?;
    (stat.mode & libc::S_IFMT == libc::S_IFREG).then_some(stat.size)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let (fd, len) = (args::int(h, &args[1])?, args::offset(h, &args[2])?);
    let flags = args.opt(3).map_or(Ok(libc::MAP_SHARED), |flags| args::int(h, flags))?;
    let given_prot = args.opt(4).map(|prot| args::int(h, prot)).transpose()?;
    let access = args.opt(5).map_or(Ok(0), |access| args::int(h, access))?;
    let offset = args.opt(6).map_or(Ok(0), |offset| args::offset(h, offset))?;
    for (number, what) in [(len, "length"), (offset, "offset")] {
        if number < 0 {
            return Err(h.overflow_error(format!("memory mapped {what} must be positive")));
        }
    }
    let both = libc::PROT_READ | libc::PROT_WRITE;
    let prot = given_prot.unwrap_or(both);
    if access != 0 && (flags != libc::MAP_SHARED || prot != both) {
        return Err(h.value_error("mmap can't specify both access and flags, prot."));
    }
    let (access, flags, prot) = match access {
        0 if prot & both == both => (Access::Default, flags, prot),
        0 if prot & libc::PROT_WRITE != 0 => (Access::Write, flags, prot),
        0 => (Access::Read, flags, prot),
        1 => (Access::Read, libc::MAP_SHARED, libc::PROT_READ),
        2 => (Access::Write, libc::MAP_SHARED, both),
        3 => (Access::Copy, libc::MAP_PRIVATE, both),
        _ => return Err(h.value_error("mmap invalid access parameter.")),
    };
    let len = match regular_size(fd) {
        Some(size) if fd != -1 => inside(h, size, len, offset)?,
        _ => len,
    };
    let made = open(fd, len as usize, prot, flags, offset);
    let (pages, file) = made.map_err(|error| h.os_error(error, None))?;
    let Some(class) = args[0].downcast::<Class>() else { return Err(closed(h)) };
    let (pages, file) = (ObjCell::new(Some(pages)), ObjCell::new(file));
    let is_shared_memory = fd == -1 && flags & libc::MAP_PRIVATE == 0;
    let data = Map { pages, file, access, offset, is_shared_memory, at: Word::new(0), exports: Word::new(0) };
    Ok(h.new_object(class, data).into_value())
}

/// How many bytes of a file of `size` bytes are mapped: 0 means all.
fn inside(h: &mut Held, size: i64, len: i64, offset: i64) -> R<i64> {
    match len {
        0 if size == 0 => Err(h.value_error("cannot mmap an empty file")),
        0 if offset >= size => Err(h.value_error("mmap offset is greater than file size")),
        0 => Ok(size - offset),
        _ if offset > size || size - offset < len => Err(h.value_error("mmap length is greater than file size")),
        _ => Ok(len),
    }
}

fn open(fd: i32, len: usize, prot: i32, flags: i32, offset: i64) -> Result<(Mapping, Option<OwnedFd>), Error> {
    if fd == -1 {
        return Ok((Mapping::new(-1, len, prot, flags | libc::MAP_ANONYMOUS, offset)?, None));
    }
    let own = duplicate(fd)?;
    Ok((Mapping::new(own.as_raw_fd(), len, prot, flags, offset)?, Some(own)))
}

fn duplicate(fd: i32) -> Result<OwnedFd, Error> {
    crate::syscall::map::borrowed(fd, |fd: BorrowedFd<'_>| fd.try_clone_to_owned())
}

/// `resize()`.
pub(super) fn resize(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    super::len(h, map)?;
    let size = args::offset(h, &args[1])?;
    if size < 0 || map.offset.checked_add(size).is_none() {
        return Err(h.value_error("new size out of range"));
    }
    if map.exports.get() > 0 {
        return Err(exported(h));
    }
    if matches!(map.access, Access::Read | Access::Copy) {
        return Err(h.type_error("mmap can't resize a readonly or copy-on-write memory map."));
    }
    if map.is_shared_memory && size as usize > super::len(h, map)? {
        return Err(h.value_error("mmap: can't expand a shared anonymous mapping on Linux"));
    }
    let fd = map.file.read(h, |file| file.as_ref().map(AsRawFd::as_raw_fd));
    // The file and what is mapped of it change as one, and only while nobody looks.
    let result = map.pages.write(h, |pages| {
        let pages = pages.as_mut().filter(|_| map.exports.get() == 0)?;
        Some(fd.map_or(Ok(()), |fd| ftruncate(fd, map.offset + size)).and_then(|()| pages.resize(size as usize)))
    });
    match result {
        Some(done) => done.map_err(|error| h.os_error(error, None)).map(|()| Value::NONE),
        None => Err(exported(h)),
    }
}

#[cold]
fn exported(h: &Held) -> Raised {
    h.error(Exc::BufferError, "mmap can't resize with extant buffers exported.")
}
