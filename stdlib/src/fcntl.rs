//! The module `fcntl`: flags of descriptors, and locks on files.
//!
//! In: descriptors, commands, numbers or bytes. Out: the same, or OSError. The one invariant: waiting for a lock gives up the GIL.

use crate::io::args;
use crate::io::raise::system;
use crate::posix::descriptor;
use crate::syscall::files;
use interpreter::builtins::add_functions;
use interpreter::objects::bytes::Bytes;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64),)*] };
}

const NUMBERS: &[(&str, i64)] = numbers! {
    LOCK_SH LOCK_EX LOCK_NB LOCK_UN F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_SETFD F_GETFL F_SETFL F_GETLK F_SETLK F_SETLKW F_GETOWN
    F_SETOWN F_RDLCK F_WRLCK F_UNLCK FD_CLOEXEC F_GETPIPE_SZ F_SETPIPE_SZ
};

static FUNCTIONS: [Def; 4] = [
    def("fcntl", "fd, cmd, arg=0, /", |h, args| {
        let (fd, command) = (descriptor(h, &args[0])?, args::int(h, &args[1])?);
        control(h, args, fd, command as u32 as u64, false)
    }),
    def("ioctl", "fd, request, arg=0, mutate_flag=True, /", |h, args| {
        let (fd, command) = (descriptor(h, &args[0])?, args::offset(h, &args[1])? as u32);
        control(h, args, fd, command.into(), true)
    }),
    def("flock", "fd, operation, /", |h, args| {
        let (fd, operation) = (descriptor(h, &args[0])?, args::int(h, &args[1])?);
        system(h, || files::flock(fd, operation)).map(|()| Value::NONE)
    }),
    def("lockf", "fd, cmd, len=0, start=0, whence=0, /", lock),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("fcntl");
    add_functions(h, &module, &FUNCTIONS);
    for (name, number) in NUMBERS {
        let (name, number) = (h.intern(name), h.new_int(*number));
        module.dict.set_str(h, &name, number);
    }
    Ok(module)
}

/// A number is given as it is; of bytes the system may make others.
fn control(h: &mut Held, args: Args<'_>, fd: i32, command: u64, is_ioctl: bool) -> R {
    let name = if is_ioctl { "ioctl" } else { "fcntl" };
    let given = match args.opt(2) {
        Some(value) if value.downcast::<Str>().is_some() => h.str_text(value)?.into_bytes(),
        Some(value) if h.is_buffer(value) => args::bytes(h, value)?,
        number => {
            let number = number.map_or(Ok(0), |number| args::int(h, number))?;
            let result = match is_ioctl {
                false => system(h, || files::control(fd, command as i32, number.into()))?,
                true => return Err(h.value_error("ioctl() needs its argument as bytes")),
            };
            return Ok(h.new_int(result.into()));
        }
    };
    let mut bytes = [0; 1024];
    let Some(room) = bytes.get_mut(..given.len()) else {
        return Err(h.value_error(format!("{name} argument 3 is too long")));
    };
    room.copy_from_slice(&given);
    let result = system(h, || files::control_bytes(fd, command, &mut bytes, is_ioctl))?;
    let changes = is_ioctl && args.opt(3).map_or(Ok(true), |flag| h.truth(flag))?;
    if changes && args[2].downcast::<Bytes>().is_none() && args[2].downcast::<Str>().is_none() {
        args::fill(h, &args[2], &bytes[..given.len()])?;
        return Ok(h.new_int(result.into()));
    }
    Ok(h.new_bytes(&bytes[..given.len()]))
}

fn lock(h: &mut Held, args: Args<'_>) -> R {
    let (fd, command) = (descriptor(h, &args[0])?, args::int(h, &args[1])?);
    let len = args.opt(2).map_or(Ok(0), |len| args::offset(h, len))?;
    let start = args.opt(3).map_or(Ok(0), |start| args::offset(h, start))?;
    let whence = args.opt(4).map_or(Ok(0), |whence| args::int(h, whence))?;
    let kind = match command {
        command if command & libc::LOCK_UN != 0 => libc::F_UNLCK,
        command if command & libc::LOCK_SH != 0 => libc::F_RDLCK,
        command if command & libc::LOCK_EX != 0 => libc::F_WRLCK,
        _ => return Err(h.value_error("unrecognized lockf argument")),
    };
    let wait = command & libc::LOCK_NB == 0;
    system(h, || files::lock_range(fd, kind, (whence, start, len), wait)).map(|()| Value::NONE)
}
