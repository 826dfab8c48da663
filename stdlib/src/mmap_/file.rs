//! Maps as files: reading, writing, seeking, searching.
//!
//! In: sizes, bytes, places. Out: bytes and places. The one invariant: nothing behind the end is touched.

use super::{Map, change, len, look};
use crate::io::args;
use crate::io::raise::system;
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::os::fd::AsRawFd;

pub(super) static METHODS: [Def; 14] = [
    def("read", "n=None, /", read),
    def("read_byte", "", read_byte),
    def("readline", "", read_line),
    def("write", "bytes, /", write),
    def("write_byte", "byte, /", write_byte),
    def("seek", "pos, whence=0, /", seek),
    def("tell", "", |h, args| {
        len(h, args.this())?;
        Ok(h.new_int(args.this::<Map>().at.get() as i64))
    }),
    def("size", "", size),
    def("find", "sub, start=None, end=None, /", |h, args| find(h, args, false)),
    def("rfind", "sub, start=None, end=None, /", |h, args| find(h, args, true)),
    def("flush", "offset=0, size=None, /", flush),
    def("madvise", "option, start=0, length=None, /", advise),
    def("move", "dest, src, count, /", move_bytes),
    def("__sizeof__", "", |h, _| Ok(h.new_int(size_of::<Map>() as i64))),
];

/// The next bytes, `n` at most.
fn take(h: &mut Held, map: &Obj<Map>, n: usize) -> R {
    let at = map.at.get();
    let bytes = look(h, map, |bytes| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest[..n.min(rest.len())].to_vec()
    })?;
    map.at.set(at + bytes.len());
    Ok(h.new_bytes(&bytes))
}

fn read(h: &mut Held, args: Args<'_>) -> R {
    len(h, args.this())?;
    let n = args::size(h, args.opt(1))?;
    take(h, args.this(), n.unwrap_or(usize::MAX))
}

fn read_byte(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let at = map.at.get();
    match look(h, map, |bytes| bytes.get(at).copied())? {
        Some(byte) => {
            map.at.set(at + 1);
            Ok(h.new_int(byte.into()))
        }
        None => Err(h.value_error("read byte out of range")),
    }
}

fn read_line(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let n = look(h, map, |bytes| memchr::memchr(b'\n', bytes.get(map.at.get()..).unwrap_or_default()))?;
    take(h, map, n.map_or(usize::MAX, |n| n + 1))
}

fn write(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let data = args::bytes(h, &args[1])?;
    let at = map.at.get();
    let written = change(h, map, |bytes| match bytes.get_mut(at..).and_then(|rest| rest.get_mut(..data.len())) {
        Some(room) => {
            room.copy_from_slice(&data);
            true
        }
        None => false,
    })?;
    if !written {
        return Err(h.value_error("data out of range"));
    }
    map.at.set(at + data.len());
    Ok(h.new_int(data.len() as i64))
}

fn write_byte(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let byte = args::int(h, &args[1])? as u8;
    let at = map.at.get();
    let written = change(h, map, |bytes| bytes.get_mut(at).map(|place| *place = byte).is_some())?;
    if !written {
        return Err(h.value_error("write byte out of range"));
    }
    map.at.set(at + 1);
    Ok(Value::NONE)
}

fn seek(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let size = len(h, map)? as i64;
    let (by, whence) = (args::offset(h, &args[1])?, args.opt(2).map_or(Ok(0), |whence| args::int(h, whence))?);
    let from = match whence {
        0 => 0,
        1 => map.at.get() as i64,
        2 => size,
        _ => return Err(h.value_error("unknown seek type")),
    };
    match from.checked_add(by).filter(|at| (0..=size).contains(at)) {
        Some(at) => map.at.set(at as usize),
        None => return Err(h.value_error("seek out of range")),
    }
    Ok(Value::NONE)
}

/// The size of the file; memory that is no file has none.
fn size(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    len(h, map)?;
    let fd = map.file.read(h, |file| file.as_ref().map_or(-1, AsRawFd::as_raw_fd));
    system(h, || crate::syscall::fstat(fd)).map(|stat| h.new_int(stat.size))
}

/// A place that may be left out, as slices count: negative from the end, then inside.
fn place(h: &mut Held, value: Option<&Value>, default: usize, size: usize) -> R<usize> {
    let Some(value) = value.filter(|value| !value.is_none()) else { return Ok(default.min(size)) };
    let at = h.to_isize_clamped(value)?;
    let at = if at < 0 { at.saturating_add(size as isize) } else { at };
    Ok((at.max(0) as usize).min(size))
}

fn find(h: &mut Held, args: Args<'_>, last: bool) -> R {
    let map = args.this::<Map>();
    let size = len(h, map)?;
    let sub = args::bytes(h, &args[1])?;
    let start = place(h, args.opt(2), map.at.get(), size)?;
    let end = place(h, args.opt(3), size, size)?;
    let found = look(h, map, |bytes| {
        let window = bytes.get(start..end)?;
        if last { memchr::memmem::rfind(window, &sub) } else { memchr::memmem::find(window, &sub) }
    })?;
    Ok(h.new_int(found.map_or(-1, |at| (start + at) as i64)))
}

fn flush(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let all = len(h, map)? as i64;
    let offset = args.opt(1).map_or(Ok(0), |offset| args::offset(h, offset))?;
    let size = args.opt(2).map_or(Ok(all), |size| args::offset(h, size))?;
    if offset < 0 || size < 0 || all - offset < size {
        return Err(h.value_error("flush values out of range"));
    }
    let synced = map.pages.read(h, |pages| {
        pages.as_ref().filter(|pages| pages.is_writable()).map_or(Ok(()), |p| p.sync(offset as usize, size as usize))
    });
    synced.map_err(|error| h.os_error(error, None)).map(|()| Value::NONE)
}

fn advise(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let all = len(h, map)? as i64;
    let advice = args::int(h, &args[1])?;
    let start = args.opt(2).map_or(Ok(0), |start| args::offset(h, start))?;
    let size = args.opt(3).map_or(Ok(all), |size| args::offset(h, size))?;
    if !(0..all).contains(&start) {
        return Err(h.value_error("madvise start out of bounds"));
    }
    if size < 0 {
        return Err(h.value_error("madvise length invalid"));
    }
    let size = size.min(all - start);
    let advised = map
        .pages
        .read(h, |pages| pages.as_ref().map_or(Ok(()), |pages| pages.advise(advice, start as usize, size as usize)));
    advised.map_err(|error| h.os_error(error, None)).map(|()| Value::NONE)
}

fn move_bytes(h: &mut Held, args: Args<'_>) -> R {
    let map = args.this::<Map>();
    let mut numbers = [0; 3];
    for (i, number) in numbers.iter_mut().enumerate() {
        *number = usize::try_from(args::offset(h, &args[i + 1])?).unwrap_or(usize::MAX);
    }
    let [to, from, count] = numbers;
    let moved = change(h, map, |bytes| {
        let fits = |at: usize| at.checked_add(count).is_some_and(|end| end <= bytes.len());
        let both = fits(to) && fits(from);
        if both {
            bytes.copy_within(from..from + count, to);
        }
        both
    })?;
    if !moved {
        return Err(h.value_error("source, destination, or count out of range"));
    }
    Ok(Value::NONE)
}
