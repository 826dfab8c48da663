//! `stat` and its family, `statvfs`, `utime`.
//!
//! In: paths or descriptors. Out: `stat_result` and the like. The one invariant: times are ints as items and floats as attributes,
//! as CPython has them.

use super::target::{Also, Target, descriptor, dir_fd, target};
use super::{classes, classes::Kind};
use crate::io::args;
use crate::io::raise::blocking;
use crate::syscall::files::{self, Stat};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::function::Args;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub static FUNCTIONS: [Def; 6] = [
    def("stat", "path, *, dir_fd=None, follow_symlinks=True", |h, args| {
        let follow = args::flag(h, args.opt(2), true)?;
        let dir = dir_fd(h, args.opt(1))?;
        let path = target(h, &args[0], "stat", "path", Also::Descriptor)?;
        stat(h, &path, dir, follow)
    }),
    def("lstat", "path, *, dir_fd=None", |h, args| {
        let dir = dir_fd(h, args.opt(1))?;
        let path = target(h, &args[0], "lstat", "path", Also::Nothing)?;
        stat(h, &path, dir, false)
    }),
    def("fstat", "fd", |h, args| {
        let fd = args::int(h, &args[0])?;
        let stat = blocking(h, || files::fstat(fd))?.map_err(|error| h.os_error(error, None))?;
        result(h, &stat)
    }),
    def("statvfs", "path", |h, args| {
        let path = target(h, &args[0], "statvfs", "path", Also::Descriptor)?;
        statvfs(h, &path)
    }),
    def("fstatvfs", "fd", |h, args| {
        let fd = descriptor(h, &args[0])?;
        let number = h.new_int(fd.into());
        let path = target(h, &number, "fstatvfs", "fd", Also::Descriptor)?;
        statvfs(h, &path)
    }),
    def("utime", "path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True", utime),
];

/// Fields of `stat_result`: ten items, then attributes.
pub const FIELDS: [&str; 19] = [
    "st_mode",
    "st_ino",
    "st_dev",
    "st_nlink",
    "st_uid",
    "st_gid",
    "st_size",
    "st_atime",
    "st_mtime",
    "st_ctime",
    "_atime",
    "_mtime",
    "_ctime",
    "st_atime_ns",
    "st_mtime_ns",
    "st_ctime_ns",
    "st_blksize",
    "st_blocks",
    "st_rdev",
];

/// The times as floats, in front of the items of the same names.
pub static TIMES: [Attr; 3] = [
    getter("st_atime", |h, this| float_time(h, this, "_atime", 7)),
    getter("st_mtime", |h, this| float_time(h, this, "_mtime", 8)),
    getter("st_ctime", |h, this| float_time(h, this, "_ctime", 9)),
];

fn float_time(h: &mut Held, this: &Value, name: &str, item: usize) -> R {
    let name = h.intern(name);
    if let Some(time) = h.find_attr(this, &name)?.filter(|time| !time.is_none()) {
        return Ok(time);
    }
    Ok(this.downcast::<Tuple>().and_then(|this| this.items().get(item).cloned()).unwrap_or(Value::NONE))
}

pub fn stat(h: &mut Held, path: &Target, dir: i32, follow: bool) -> R {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let name = &path.path;
    let found = match path.fd {
        Some(_) if dir != libc::AT_FDCWD => {
            return Err(h.value_error("stat: can't specify dir_fd without matching path"));
        }
        Some(_) if !follow => return Err(h.value_error("stat: cannot use fd and follow_symlinks together")),
        Some(fd) => blocking(h, || files::fstat(fd))?,
        None => blocking(h, || files::stat(dir, name, flags))?,
    };
    let stat = found.map_err(|error| path.error(h, error))?;
    result(h, &stat)
}

/// The object for what the system told.
pub fn result(h: &mut Held, stat: &Stat) -> R {
    let mut values = vec![
        h.new_int(stat.mode.into()),
        h.new_uint(stat.ino),
        h.new_uint(stat.dev),
        h.new_uint(stat.nlink),
        h.new_int(stat.uid.into()),
        h.new_int(stat.gid.into()),
        h.new_int(stat.size),
    ];
    values.extend(stat.times.map(|(seconds, _)| h.new_int(seconds)));
    values.extend(stat.times.map(|(seconds, ns)| h.new_float(seconds as f64 + 1e-9 * ns as f64)));
    for (seconds, ns) in stat.times {
        let total = i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        values.push(h.int_from_big(total.into()));
    }
    values.extend([h.new_int(stat.blksize), h.new_int(stat.blocks), h.new_uint(stat.rdev)]);
    let class = classes::get(h, Kind::Stat)?;
    Ok(h.new_struct(&class, &values))
}

fn statvfs(h: &mut Held, path: &Target) -> R {
    let name = &path.path;
    let found = match path.fd {
        Some(fd) => blocking(h, || files::statvfs(None, fd))?,
        None => blocking(h, || files::statvfs(Some(name), -1))?,
    };
    let found = found.map_err(|error| path.error(h, error))?;
    let values: Vec<Value> = found.iter().map(|&value| h.new_uint(value)).collect();
    let class = classes::get(h, Kind::StatVfs)?;
    Ok(h.new_struct(&class, &values))
}

fn utime(h: &mut Held, args: Args<'_>) -> R {
    let path = target(h, &args[0], "utime", "path", Also::Descriptor)?;
    let dir = dir_fd(h, args.opt(3))?;
    let follow = args::flag(h, args.opt(4), true)?;
    let times = match (args.opt_some(1), args.opt_some(2)) {
        (Some(_), Some(_)) => {
            return Err(h.value_error("utime: you may specify either 'times' or 'ns' but not both"));
        }
        (Some(times), None) => {
            Some(pair(h, times, "utime: 'times' must be either a tuple of two ints or None", seconds)?)
        }
        (None, Some(ns)) => Some(pair(h, ns, "utime: 'ns' must be a tuple of two ints", nanoseconds)?),
        (None, None) => None,
    };
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let done = match path.fd {
        Some(fd) => blocking(h, || files::utime(fd, None, times, 0))?,
        None => blocking(h, || files::utime(dir, Some(&path.path), times, flags))?,
    };
    done.map_err(|error| h.os_error(error, None))?;
    Ok(Value::NONE)
}

type Time = (i64, i64);

fn pair(h: &mut Held, value: &Value, message: &str, read: fn(&mut Held, &Value) -> R<Time>) -> R<[Time; 2]> {
    match value.downcast::<Tuple>().map(|tuple| tuple.items()) {
        Some([access, modification]) => Ok([read(h, access)?, read(h, modification)?]),
        _ => Err(h.type_error(message)),
    }
}

/// A number of seconds, rounded down to nanoseconds.
fn seconds(h: &mut Held, value: &Value) -> R<Time> {
    if value.as_int().is_some() {
        return Ok((args::offset(h, value)?, 0));
    }
    let seconds = h.to_f64(value)?;
    if seconds.is_nan() {
        return Err(h.value_error("Invalid value NaN (not a number)"));
    }
    let whole = seconds.floor();
    if !(-9.2e18..9.2e18).contains(&whole) {
        return Err(h.overflow_error("timestamp out of range for platform time_t"));
    }
    Ok((whole as i64, ((seconds - whole) * 1e9).floor() as i64))
}

fn nanoseconds(h: &mut Held, value: &Value) -> R<Time> {
    let ns = args::offset(h, value)?;
    Ok((ns.div_euclid(1_000_000_000), ns.rem_euclid(1_000_000_000)))
}
