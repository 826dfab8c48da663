//! The environment, the system's name and limits, times and randomness.
//!
//! In: names and numbers. Out: what the system tells. The one invariant: `environ` is the environment at the start; `os`
//! keeps it and the process's in step.

use super::classes::{self, Kind};
use super::names::done;
use crate::io::args;
use crate::io::raise::system;
use crate::syscall::{self, process, system as calls};
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::ffi::CString;

pub static FUNCTIONS: [Def; 15] = [
    def("putenv", "name, value, /", |h, args| {
        let (name, value) = (variable(h, &args[0])?, crate::io::path::bytes_of(h, &args[1])?);
        calls::putenv(&name, &value).map_err(|error| h.os_error(error, None))?;
        Ok(Value::NONE)
    }),
    def("unsetenv", "name, /", |h, args| {
        let name = crate::io::path::bytes_of(h, &args[0])?;
        calls::unsetenv(&name).map_err(|error| h.os_error(error, None))?;
        Ok(Value::NONE)
    }),
    def("fspath", "path", |h, args| crate::io::path::fspath(h, &args[0])),
    def("strerror", "code, /", |h, args| {
        let code = args::int(h, &args[0])?;
        Ok(h.new_str(&syscall::strerror(code)))
    }),
    def("urandom", "size, /", |h, args| random(h, &args[0], 0)),
    def("getrandom", "size, flags=0", |h, args| {
        let flags = args.opt(1).map_or(Ok(0), |flags| args::int(h, flags))? as u32;
        random(h, &args[0], flags)
    }),
    def("cpu_count", "", |h, _| match std::thread::available_parallelism() {
        _ if calls::sysconf(libc::_SC_NPROCESSORS_ONLN).is_ok_and(|n| n > 0) => {
            Ok(h.new_int(calls::sysconf(libc::_SC_NPROCESSORS_ONLN).unwrap_or(1)))
        }
        Ok(n) => Ok(h.new_int(n.get() as i64)),
        Err(_) => Ok(Value::NONE),
    }),
    def("uname", "", |h, _| {
        let name = system(h, calls::uname)?;
        let values: Vec<Value> = name.iter().map(|part| h.new_str(part)).collect();
        let class = classes::get(h, Kind::Uname)?;
        Ok(h.new_struct(&class, &values))
    }),
    def("times", "", |h, _| {
        let ticks = calls::sysconf(libc::_SC_CLK_TCK).unwrap_or(100).max(1) as f64;
        let values: Vec<Value> = process::times().iter().map(|&time| h.new_float(time as f64 / ticks)).collect();
        let class = classes::get(h, Kind::Times)?;
        Ok(h.new_struct(&class, &values))
    }),
    def("getloadavg", "", |h, _| match calls::getloadavg() {
        Some(loads) => {
            let loads = loads.map(|load| h.new_float(load));
            Ok(h.tuple_of(&loads))
        }
        None => Err(h.error(interpreter::objects::exception::Exc::OSError, "Load averages are unobtainable")),
    }),
    def("sysconf", "name, /", |h, args| {
        let name = conf_name(h, &args[0], &NAMES)?;
        let value = system(h, || calls::sysconf(name))?;
        Ok(h.new_int(value))
    }),
    def("getlogin", "", |h, _| match calls::user(calls::Who::Uid(process::getuid() as u32)) {
        Some(user) => Ok(crate::io::path::decode(h, &user.name)),
        None => Err(h.os_error(std::io::Error::from_raw_os_error(libc::ENXIO), None)),
    }),
    def("ctermid", "", |h, _| Ok(h.new_str("/dev/tty"))),
    def("sync", "", |h, _| {
        done(h, || {
            calls::sync();
            Ok(())
        })
    }),
    def("_path_normpath", "path", |h, args| {
        let posixpath = h.import_module("posixpath")?;
        let name = h.intern("normpath");
        h.call_method_named(&posixpath, &name, &[args[0].clone()])
    }),
];

/// Names that `sysconf` knows.
pub const NAMES: [(&str, i32); 16] = [
    ("SC_ARG_MAX", libc::_SC_ARG_MAX),
    ("SC_CHILD_MAX", libc::_SC_CHILD_MAX),
    ("SC_CLK_TCK", libc::_SC_CLK_TCK),
    ("SC_NGROUPS_MAX", libc::_SC_NGROUPS_MAX),
    ("SC_OPEN_MAX", libc::_SC_OPEN_MAX),
    ("SC_PAGESIZE", libc::_SC_PAGESIZE),
    ("SC_PAGE_SIZE", libc::_SC_PAGESIZE),
    ("SC_NPROCESSORS_CONF", libc::_SC_NPROCESSORS_CONF),
    ("SC_NPROCESSORS_ONLN", libc::_SC_NPROCESSORS_ONLN),
    ("SC_PHYS_PAGES", libc::_SC_PHYS_PAGES),
    ("SC_AVPHYS_PAGES", libc::_SC_AVPHYS_PAGES),
    ("SC_IOV_MAX", libc::_SC_IOV_MAX),
    ("SC_SEM_NSEMS_MAX", libc::_SC_SEM_NSEMS_MAX),
    ("SC_HOST_NAME_MAX", libc::_SC_HOST_NAME_MAX),
    ("SC_LOGIN_NAME_MAX", libc::_SC_LOGIN_NAME_MAX),
    ("SC_THREAD_STACK_MIN", libc::_SC_THREAD_STACK_MIN),
];

/// Names that `pathconf` knows.
pub const PATH_NAMES: [(&str, i32); 5] = [
    ("PC_LINK_MAX", libc::_PC_LINK_MAX),
    ("PC_NAME_MAX", libc::_PC_NAME_MAX),
    ("PC_PATH_MAX", libc::_PC_PATH_MAX),
    ("PC_PIPE_BUF", libc::_PC_PIPE_BUF),
    ("PC_MAX_INPUT", libc::_PC_MAX_INPUT),
];

pub fn init(h: &mut Held, module: &Module) {
    let environ = h.new_dict();
    for (name, value) in calls::environment() {
        let (name, value) = (h.new_bytes(&name), h.new_bytes(&value));
        let _ = environ.set(h, name, value);
    }
    for (name, names) in [("sysconf_names", &NAMES[..]), ("pathconf_names", &PATH_NAMES[..])] {
        let dict = h.new_dict();
        for (known, number) in names {
            let known = h.intern(known);
            let number = h.new_int((*number).into());
            dict.set_str(h, &known, number);
        }
        let name = h.intern(name);
        module.dict.set_str(h, &name, dict.into_value());
    }
    let name = h.intern("environ");
    module.dict.set_str(h, &name, environ.into_value());
}

/// A name of `sysconf` or `pathconf`, or its number.
pub fn conf_name(h: &mut Held, value: &Value, names: &[(&str, i32)]) -> R<i32> {
    if value.as_int().is_some() {
        return args::int(h, value);
    }
    let Some(name) = value.downcast::<Str>().map(|name| name.text()) else {
        return Err(h.type_error("configuration names must be strings or integers"));
    };
    match names.iter().find(|(known, _)| *known == name) {
        Some((_, number)) => Ok(*number),
        None => Err(h.value_error("unrecognized configuration name")),
    }
}

/// The name of an environment variable.
fn variable(h: &mut Held, value: &Value) -> R<CString> {
    let name = crate::io::path::bytes_of(h, value)?;
    if name.as_bytes().is_empty() || name.as_bytes().contains(&b'=') {
        return Err(h.value_error("illegal environment variable name"));
    }
    Ok(name)
}

fn random(h: &mut Held, size: &Value, flags: u32) -> R {
    let size = h.to_isize(size)?;
    let Ok(size) = usize::try_from(size) else { return Err(h.value_error("negative argument not allowed")) };
    let mut data = Vec::new();
    if size > 1 << 40 || data.try_reserve(size).is_err() {
        return Err(h.memory_error());
    }
    data.resize(size, 0);
    let mut filled = 0;
    while filled < size {
        filled += system(h, || calls::random(&mut data[filled..], flags))?;
    }
    Ok(h.new_bytes(&data))
}
