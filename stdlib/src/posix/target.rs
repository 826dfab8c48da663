//! What functions of `posix` are given to act on: a path, a descriptor, a directory that a path is relative to.
//!
//! In: arguments. Out: words and numbers for the system, or CPython's TypeError. The one invariant: an error names the path as the
//! program gave it.

use crate::io::{args, path};
use interpreter::objects::bytes::Bytes;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use std::ffi::CString;
use std::io::Error;

/// A path, or a descriptor in its place.
pub struct Target {
    pub path: CString,
    pub fd: Option<i32>,
    /// As the program gave it.
    pub value: Value,
    pub is_bytes: bool,
}

/// What may be given besides a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    Nothing,
    Descriptor,
    DescriptorOrNone,
}

/// The argument `name` of `function`.
pub fn target(h: &mut Held, value: &Value, function: &str, name: &str, also: Also) -> R<Target> {
    let make = |path: CString, fd, is_bytes| Target { path, fd, value: value.clone(), is_bytes };
    if also == Also::DescriptorOrNone && value.is_none() {
        return Ok(make(CString::from(c"."), None, false));
    }
    let is_path = value.downcast::<Str>().is_some() || value.downcast::<Bytes>().is_some();
    if also != Also::Nothing && !is_path && (value.as_int().is_some() || h.special(value, n::__index__).is_some()) {
        let fd = args::int(h, value)?;
        return Ok(make(CString::default(), Some(fd), false));
    }
    if !is_path && h.special(value, n::__fspath__).is_none() {
        let allowed = match also {
            Also::Nothing => "string, bytes or os.PathLike",
            Also::Descriptor => "string, bytes, os.PathLike or integer",
            Also::DescriptorOrNone => "string, bytes, os.PathLike, integer or None",
        };
        let got = value.class_name();
        return Err(h.type_error(format!("{function}: {name} should be {allowed}, not {got}")));
    }
    let real = path::fspath(h, value)?;
    let is_bytes = real.downcast::<Bytes>().is_some();
    let bytes = match real.downcast::<Str>() {
        Some(text) => path::encode(h, &real, text.chars())?,
        None => args::bytes(h, &real)?,
    };
    match CString::new(bytes) {
        Ok(path) => Ok(Target { path, fd: None, value: real, is_bytes }),
        Err(_) => Err(h.value_error("embedded null byte")),
    }
}

/// `dir_fd`: the current directory if it is left out.
pub fn dir_fd(h: &mut Held, value: Option<&Value>) -> R<i32> {
    match value.filter(|value| !value.is_none()) {
        None => Ok(libc::AT_FDCWD),
        Some(value) if value.as_int().is_some() || h.special(value, n::__index__).is_some() => args::int(h, value),
        Some(value) => {
            let got = value.class_name();
            Err(h.type_error(format!("argument should be integer or None, not {got}")))
        }
    }
}

/// A descriptor, or an object that has one.
pub fn descriptor(h: &mut Held, value: &Value) -> R<i32> {
    if value.as_int().is_some() {
        let fd = args::int(h, value)?;
        return not_negative(h, fd);
    }
    let Some(fileno) = h.find_attr(value, n::fileno.value())? else {
        return Err(h.type_error("argument must be an int, or have a fileno() method."));
    };
    let fd = h.call(&fileno, &[])?;
    if fd.as_int().is_none() {
        return Err(h.type_error("fileno() returned a non-integer"));
    }
    let fd = args::int(h, &fd)?;
    not_negative(h, fd)
}

fn not_negative(h: &Held, fd: i32) -> R<i32> {
    if fd < 0 { Err(h.value_error(format!("file descriptor cannot be a negative integer ({fd})"))) } else { Ok(fd) }
}

impl Target {
    /// OSError that names the path.
    pub fn error(&self, h: &mut Held, error: Error) -> Raised {
        h.os_error(error, Some(&self.value))
    }

    /// A name read from the system, of the same type as the path.
    pub fn name(&self, h: &Held, bytes: &[u8]) -> Value {
        if self.is_bytes { h.new_bytes(bytes) } else { path::decode(h, bytes) }
    }
}

/// OSError that names two paths.
pub fn error_of_two(h: &mut Held, error: Error, from: &Target, to: &Target) -> Raised {
    match error.raw_os_error() {
        Some(errno) => h.os_error_of(errno, Some(&from.value), Some(&to.value)),
        None => h.os_error(error, Some(&from.value)),
    }
}
