//! Making, moving and removing names in the file system.
//!
//! In: paths. Out: nothing, or OSError with the paths. The one invariant: each is one system call without the GIL.

use super::target::{Also, Target, dir_fd, error_of_two, target};
use crate::io::args;
use crate::io::raise::blocking;
use crate::syscall::files;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::io::Error;

pub static FUNCTIONS: [Def; 22] = [
    def("mkdir", "path, mode=511, *, dir_fd=None", |h, args| {
        let path = target(h, &args[0], "mkdir", "path", Also::Nothing)?;
        let (mode, dir) = (number(h, args.opt(1), 0o777)?, dir_fd(h, args.opt(2))?);
        run(h, &path, || files::mkdir(dir, &path.path, mode))
    }),
    def("rmdir", "path, *, dir_fd=None", |h, args| unlink(h, args, "rmdir", libc::AT_REMOVEDIR)),
    def("unlink", "path, *, dir_fd=None", |h, args| unlink(h, args, "unlink", 0)),
    def("remove", "path, *, dir_fd=None", |h, args| unlink(h, args, "remove", 0)),
    def("rename", "src, dst, *, src_dir_fd=None, dst_dir_fd=None", |h, args| rename(h, args, "rename")),
    def("replace", "src, dst, *, src_dir_fd=None, dst_dir_fd=None", |h, args| rename(h, args, "replace")),
    def("link", "src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True", |h, args| {
        let (from, to) = two(h, args, "link")?;
        let (from_dir, to_dir) = (dir_fd(h, args.opt(2))?, dir_fd(h, args.opt(3))?);
        let flags = if args::flag(h, args.opt(4), true)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
        let done = blocking(h, || files::link(from_dir, &from.path, to_dir, &to.path, flags))?;
        done.map_err(|error| error_of_two(h, error, &from, &to)).map(|()| Value::NONE)
    }),
    def("symlink", "src, dst, target_is_directory=False, *, dir_fd=None", |h, args| {
        let (from, to) = two(h, args, "symlink")?;
        let dir = dir_fd(h, args.opt(3))?;
        let done = blocking(h, || files::symlink(&from.path, dir, &to.path))?;
        done.map_err(|error| error_of_two(h, error, &from, &to)).map(|()| Value::NONE)
    }),
    def("readlink", "path, *, dir_fd=None", |h, args| {
        let path = target(h, &args[0], "readlink", "path", Also::Nothing)?;
        let dir = dir_fd(h, args.opt(1))?;
        let found = blocking(h, || files::readlink(dir, &path.path))?;
        let found = found.map_err(|error| path.error(h, error))?;
        Ok(path.name(h, &found))
    }),
    def("chmod", "path, mode, *, dir_fd=None, follow_symlinks=True", chmod),
    def("fchmod", "fd, mode", |h, args| {
        let (fd, mode) = (args::int(h, &args[0])?, number(h, args.opt(1), 0)?);
        done(h, || files::fchmod(fd, mode).map(drop))
    }),
    def("chown", "path, uid, gid, *, dir_fd=None, follow_symlinks=True", |h, args| {
        let path = target(h, &args[0], "chown", "path", Also::Descriptor)?;
        let (uid, gid) = (id(h, &args[1])?, id(h, &args[2])?);
        let dir = dir_fd(h, args.opt(3))?;
        let flags = if args::flag(h, args.opt(4), true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        run(h, &path, || match path.fd {
            Some(fd) => files::fchown(fd, uid, gid).map(drop),
            None => files::chown(dir, &path.path, uid, gid, flags),
        })
    }),
    def("lchown", "path, uid, gid", |h, args| {
        let path = target(h, &args[0], "lchown", "path", Also::Nothing)?;
        let (uid, gid) = (id(h, &args[1])?, id(h, &args[2])?);
        run(h, &path, || files::chown(libc::AT_FDCWD, &path.path, uid, gid, libc::AT_SYMLINK_NOFOLLOW))
    }),
    def("fchown", "fd, uid, gid", |h, args| {
        let (fd, uid, gid) = (args::int(h, &args[0])?, id(h, &args[1])?, id(h, &args[2])?);
        done(h, || files::fchown(fd, uid, gid).map(drop))
    }),
    def("access", "path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True", |h, args| {
        let path = target(h, &args[0], "access", "path", Also::Nothing)?;
        let (mode, dir) = (args::int(h, &args[1])?, dir_fd(h, args.opt(2))?);
        let mut flags = if args::flag(h, args.opt(3), false)? { libc::AT_EACCESS } else { 0 };
        flags |= if args::flag(h, args.opt(4), true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
        Ok(Value::bool(blocking(h, || files::access(dir, &path.path, mode, flags))?.is_ok()))
    }),
    def("mkfifo", "path, mode=438, *, dir_fd=None", |h, args| {
        let path = target(h, &args[0], "mkfifo", "path", Also::Nothing)?;
        let (mode, dir) = (number(h, args.opt(1), 0o666)?, dir_fd(h, args.opt(2))?);
        run(h, &path, || files::mkfifo(dir, &path.path, mode))
    }),
    def("mknod", "path, mode=384, device=0, *, dir_fd=None", |h, args| {
        let path = target(h, &args[0], "mknod", "path", Also::Nothing)?;
        let (mode, dir) = (number(h, args.opt(1), 0o600)?, dir_fd(h, args.opt(3))?);
        let device = args.opt(2).map_or(Ok(0), |device| args::offset(h, device))? as u64;
        run(h, &path, || files::mknod(dir, &path.path, mode, device))
    }),
    def("chdir", "path", |h, args| {
        let path = target(h, &args[0], "chdir", "path", Also::Descriptor)?;
        run(h, &path, || match path.fd {
            Some(fd) => files::fchdir(fd).map(drop),
            None => files::chdir(&path.path),
        })
    }),
    def("fchdir", "fd", |h, args| {
        let fd = super::target::descriptor(h, &args[0])?;
        done(h, || files::fchdir(fd).map(drop))
    }),
    def("getcwd", "", |h, _| {
        let folder = current_folder(h)?;
        Ok(crate::io::path::decode(h, &folder))
    }),
    def("getcwdb", "", |h, _| {
        let folder = current_folder(h)?;
        Ok(h.new_bytes(&folder))
    }),
    def("truncate", "path, length", |h, args| {
        let path = target(h, &args[0], "truncate", "path", Also::Descriptor)?;
        let size = args::offset(h, &args[1])?;
        run(h, &path, || match path.fd {
            Some(fd) => crate::syscall::ftruncate(fd, size),
            None => files::truncate(&path.path, size),
        })
    }),
];

fn current_folder(h: &mut Held) -> R<Vec<u8>> {
    use std::os::unix::ffi::OsStringExt;
    match std::env::current_dir() {
        Ok(folder) => Ok(folder.into_os_string().into_vec()),
        Err(error) => Err(h.os_error(error, None)),
    }
}

/// Makes a call; an error names the path.
fn run(h: &mut Held, path: &Target, call: impl FnMut() -> Result<(), Error> + Send) -> R {
    blocking(h, call)?.map_err(|error| path.error(h, error)).map(|()| Value::NONE)
}

/// Makes a call; an error names nothing.
pub fn done(h: &mut Held, call: impl FnMut() -> Result<(), Error> + Send) -> R {
    blocking(h, call)?.map_err(|error| h.os_error(error, None)).map(|()| Value::NONE)
}

fn number(h: &mut Held, value: Option<&Value>, default: u32) -> R<u32> {
    value.map_or(Ok(default), |value| args::int(h, value).map(|mode| mode as u32))
}

/// A user's or group's number; -1 leaves it as it is.
pub fn id(h: &mut Held, value: &Value) -> R<u32> {
    let id = args::offset(h, value)?;
    if id == -1 {
        return Ok(u32::MAX);
    }
    match u32::try_from(id) {
        Ok(id) => Ok(id),
        Err(_) if id < 0 => Err(h.overflow_error("uid is less than minimum")),
        Err(_) => Err(h.overflow_error("uid is greater than maximum")),
    }
}

fn unlink(h: &mut Held, args: Args<'_>, name: &str, flags: i32) -> R {
    let path = target(h, &args[0], name, "path", Also::Nothing)?;
    let dir = dir_fd(h, args.opt(1))?;
    run(h, &path, || files::unlink(dir, &path.path, flags))
}

fn two(h: &mut Held, args: Args<'_>, name: &str) -> R<(Target, Target)> {
    let from = target(h, &args[0], name, "src", Also::Nothing)?;
    let to = target(h, &args[1], name, "dst", Also::Nothing)?;
    Ok((from, to))
}

fn rename(h: &mut Held, args: Args<'_>, name: &str) -> R {
    let (from, to) = two(h, args, name)?;
    let (from_dir, to_dir) = (dir_fd(h, args.opt(2))?, dir_fd(h, args.opt(3))?);
    let done = blocking(h, || files::rename(from_dir, &from.path, to_dir, &to.path))?;
    done.map_err(|error| error_of_two(h, error, &from, &to)).map(|()| Value::NONE)
}

fn chmod(h: &mut Held, args: Args<'_>) -> R {
    let path = target(h, &args[0], "chmod", "path", Also::Descriptor)?;
    let (mode, dir) = (args::int(h, &args[1])? as u32, dir_fd(h, args.opt(2))?);
    let flags = if args::flag(h, args.opt(3), true)? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    run(h, &path, || match path.fd {
        Some(fd) => files::fchmod(fd, mode).map(drop),
        None => files::chmod(dir, &path.path, mode, flags),
    })
}
