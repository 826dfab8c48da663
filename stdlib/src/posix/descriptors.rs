//! Descriptors: opening, reading, writing, copying and asking.
//!
//! In: numbers and bytes. Out: numbers and bytes, or OSError. The one invariant: descriptors made here are not inherited by
//! programs that `exec` starts, unless that is asked for.

use super::classes::{self, Kind};
use super::names::done;
use super::target::{Also, descriptor, dir_fd, target};
use crate::io::args;
use crate::io::raise::{blocking, system, system_for};
use crate::syscall::{self, files};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;

pub static FUNCTIONS: [Def; 32] = [
    def("open", "path, flags, mode=511, *, dir_fd=None", open),
    def("close", "fd", |h, args| {
        let fd = args::int(h, &args[0])?;
        match h.detach(|| syscall::close(fd)) {
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => Err(h.os_error(error, None)),
            _ => Ok(Value::NONE),
        }
    }),
    def("closerange", "fd_low, fd_high, /", |h, args| {
        for fd in args::int(h, &args[0])?.max(0)..args::int(h, &args[1])? {
            let _ = syscall::close(fd);
        }
        Ok(Value::NONE)
    }),
    def("read", "fd, length, /", |h, args| {
        let (fd, len) = (args::int(h, &args[0])?, length(h, &args[1])?);
        let mut data = room(h, len)?;
        system_for(h, Reason::Read, || syscall::read_into(fd, &mut data, len))?;
        Ok(h.new_bytes(&data))
    }),
    def("write", "fd, data, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let n = match args[1].downcast::<Bytes>() {
            Some(bytes) => {
                let data: &[u8] = &bytes.data;
                system_for(h, Reason::Write, || syscall::write(fd, data))?
            }
            None => {
                let data = args::bytes(h, &args[1])?;
                system_for(h, Reason::Write, || syscall::write(fd, &data))?
            }
        };
        Ok(h.new_int(n as i64))
    }),
    def("pread", "fd, length, offset, /", |h, args| {
        let (fd, len, at) = (args::int(h, &args[0])?, length(h, &args[1])?, args::offset(h, &args[2])?);
        let mut data = room(h, len)?;
        data.resize(len, 0);
        let n = system_for(h, Reason::Read, || files::pread(fd, &mut data, at))?;
        Ok(h.new_bytes(&data[..n]))
    }),
    def("pwrite", "fd, buffer, offset, /", |h, args| {
        let (fd, at) = (args::int(h, &args[0])?, args::offset(h, &args[2])?);
        let data = args::bytes(h, &args[1])?;
        let n = system_for(h, Reason::Write, || files::pwrite(fd, &data, at))?;
        Ok(h.new_int(n as i64))
    }),
    def("memfd_create", "name, flags=MFD_CLOEXEC", |h, args| {
        let name = crate::io::path::bytes_of(h, &args[0])?;
        let flags = args.opt(1).map_or(Ok(libc::MFD_CLOEXEC as i32), |flags| args::int(h, flags))?;
        let fd = system_for(h, Reason::Call, || files::memfd_create(&name, flags as u32))?;
        Ok(h.new_int(fd.into()))
    }),
    def("readv", "fd, buffers, /", readv),
    def("writev", "fd, buffers, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let mut data = Vec::new();
        for buffer in h.collect(&args[1])? {
            data.extend(args::bytes(h, &buffer)?);
        }
        let n = system_for(h, Reason::Write, || syscall::write(fd, &data))?;
        Ok(h.new_int(n as i64))
    }),
    def("lseek", "fd, position, how, /", |h, args| {
        let (fd, at, how) = (args::int(h, &args[0])?, args::offset(h, &args[1])?, args::int(h, &args[2])?);
        let at = system(h, || syscall::lseek(fd, at, how))?;
        Ok(h.new_int(at))
    }),
    def("pipe", "", |h, _| pipe(h, libc::O_CLOEXEC)),
    def("pipe2", "flags, /", |h, args| {
        let flags = args::int(h, &args[0])?;
        pipe(h, flags)
    }),
    def("dup", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let new = system(h, || files::dup(fd))?;
        Ok(h.new_int(new.into()))
    }),
    def("dup2", "fd, fd2, inheritable=True", |h, args| {
        let (fd, to) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        let inheritable = args::flag(h, args.opt(2), true)?;
        let new = match inheritable || fd == to {
            true => system(h, || files::dup2(fd, to))?,
            false => system(h, || files::dup3(fd, to, libc::O_CLOEXEC))?,
        };
        Ok(h.new_int(new.into()))
    }),
    def("ftruncate", "fd, length, /", |h, args| {
        let (fd, size) = (args::int(h, &args[0])?, args::offset(h, &args[1])?);
        done(h, || syscall::ftruncate(fd, size))
    }),
    def("fsync", "fd", |h, args| {
        let fd = descriptor(h, &args[0])?;
        done(h, || files::fsync(fd).map(drop))
    }),
    def("fdatasync", "fd", |h, args| {
        let fd = descriptor(h, &args[0])?;
        done(h, || files::fdatasync(fd).map(drop))
    }),
    def("isatty", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        Ok(Value::bool(syscall::isatty(fd)))
    }),
    def("ttyname", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let name = system(h, || files::ttyname(fd))?;
        Ok(crate::io::path::decode(h, &name))
    }),
    def("get_terminal_size", "fd=1, /", |h, args| {
        let fd = args.opt(0).map_or(Ok(1), |fd| args::int(h, fd))?;
        let (columns, lines) = system(h, || files::terminal_size(fd))?;
        let class = classes::get(h, Kind::TerminalSize)?;
        let values = [h.new_int(columns.into()), h.new_int(lines.into())];
        Ok(h.new_struct(&class, &values))
    }),
    def("get_inheritable", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let flags = system(h, || files::get_flags(fd, libc::F_GETFD))?;
        Ok(Value::bool(flags & libc::FD_CLOEXEC == 0))
    }),
    def("set_inheritable", "fd, inheritable, /", |h, args| {
        let (fd, inheritable) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        done(h, || syscall::set_inheritable(fd, inheritable != 0))
    }),
    def("get_blocking", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let flags = system(h, || files::get_flags(fd, libc::F_GETFL))?;
        Ok(Value::bool(flags & libc::O_NONBLOCK == 0))
    }),
    def("set_blocking", "fd, blocking, /", |h, args| {
        let (fd, blocking) = (args::int(h, &args[0])?, args::int(h, &args[1])? != 0);
        done(h, || {
            let flags = files::get_flags(fd, libc::F_GETFL)? & !libc::O_NONBLOCK;
            files::set_flags(fd, libc::F_SETFL, if blocking { flags } else { flags | libc::O_NONBLOCK })
        })
    }),
    def("sendfile", "out_fd, in_fd, offset, count", |h, args| {
        let (to, from) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        let offset = if args[2].is_none() { None } else { Some(args::offset(h, &args[2])?) };
        let count = length(h, &args[3])?;
        let n = system_for(h, Reason::Write, || files::sendfile(to, from, offset, count))?;
        Ok(h.new_int(n as i64))
    }),
    def("lockf", "fd, command, length, /", |h, args| {
        let (fd, command, len) = (args::int(h, &args[0])?, args::int(h, &args[1])?, args::offset(h, &args[2])?);
        done(h, || files::lockf(fd, command, len).map(drop))
    }),
    def("tcgetpgrp", "fd, /", |h, args| {
        let fd = args::int(h, &args[0])?;
        let group = system(h, || syscall::process::tcgetpgrp(fd))?;
        Ok(h.new_int(group.into()))
    }),
    def("tcsetpgrp", "fd, pgid, /", |h, args| {
        let (fd, group) = (args::int(h, &args[0])?, args::int(h, &args[1])?);
        done(h, || syscall::process::tcsetpgrp(fd, group).map(drop))
    }),
    def("fpathconf", "fd, name, /", |h, args| {
        let (fd, name) = (descriptor(h, &args[0])?, super::system::conf_name(h, &args[1], &super::system::PATH_NAMES)?);
        let value = system(h, || syscall::system::fpathconf(fd, name))?;
        Ok(h.new_int(value))
    }),
    def("pathconf", "path, name", |h, args| {
        let path = target(h, &args[0], "pathconf", "path", Also::Descriptor)?;
        let name = super::system::conf_name(h, &args[1], &super::system::PATH_NAMES)?;
        let value = blocking(h, || match path.fd {
            Some(fd) => syscall::system::fpathconf(fd, name),
            None => syscall::system::pathconf(&path.path, name),
        })?;
        value.map_err(|error| path.error(h, error)).map(|value| h.new_int(value))
    }),
    def("device_encoding", "fd", |h, args| {
        let fd = args::int(h, &args[0])?;
        Ok(if syscall::isatty(fd) { h.new_str("UTF-8") } else { Value::NONE })
    }),
];

fn length(h: &mut Held, value: &Value) -> R<usize> {
    match usize::try_from(h.to_isize(value)?) {
        Ok(len) => Ok(len),
        Err(_) => Err(h.os_error(std::io::Error::from_raw_os_error(libc::EINVAL), None)),
    }
}

fn room(h: &Held, len: usize) -> R<Vec<u8>> {
    let mut data = Vec::new();
    match data.try_reserve(len) {
        Ok(()) if len <= 1 << 40 => Ok(data),
        _ => Err(h.memory_error()),
    }
}

fn open(h: &mut Held, args: Args<'_>) -> R {
    let path = target(h, &args[0], "open", "path", Also::Nothing)?;
    let flags = args::int(h, &args[1])? | libc::O_CLOEXEC;
    let mode = args.opt(2).map_or(Ok(0o777), |mode| args::int(h, mode))? as u32;
    let dir = dir_fd(h, args.opt(3))?;
    let fd = blocking(h, || files::openat(dir, &path.path, flags, mode))?;
    fd.map_err(|error| path.error(h, error)).map(|fd| h.new_int(fd.into()))
}

fn pipe(h: &mut Held, flags: i32) -> R {
    let [reading, writing] = system(h, || files::pipe(flags))?;
    let ends = [h.new_int(reading.into()), h.new_int(writing.into())];
    Ok(h.tuple_of(&ends))
}

/// Reads as much as all buffers hold, and fills them one after the other.
fn readv(h: &mut Held, args: Args<'_>) -> R {
    let fd = args::int(h, &args[0])?;
    let buffers = h.collect(&args[1])?;
    let mut sizes = Vec::new();
    for buffer in &buffers {
        sizes.push(args::room(h, "readv", buffer)?);
    }
    let mut data = vec![0; sizes.iter().sum()];
    let n = system_for(h, Reason::Read, || syscall::read(fd, &mut data))?;
    let mut rest = &data[..n];
    for (buffer, size) in buffers.iter().zip(sizes) {
        let (piece, after) = rest.split_at(size.min(rest.len()));
        args::fill(h, buffer, piece)?;
        rest = after;
    }
    Ok(h.new_int(n as i64))
}
