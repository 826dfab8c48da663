//! Calls about the system: its name, its load, its limits, its users, randomness.
//!
//! In: numbers and words. Out: results, or the system's error. The one invariant: that of `syscall`.

use super::{check, check_int};
use std::ffi::{CStr, CString};
use std::io::{Error, Result};

/// System, node, release, version, machine.
pub fn uname() -> Result<[String; 5]> {
    // SAFETY: the place is valid for the call, and what it is filled with ends with nulls.
    unsafe {
        let mut name: libc::utsname = std::mem::zeroed();
        check_int(libc::uname(&mut name))?;
        let text = |field: &[libc::c_char]| CStr::from_ptr(field.as_ptr()).to_string_lossy().into_owned();
        Ok([text(&name.sysname), text(&name.nodename), text(&name.release), text(&name.version), text(&name.machine)])
    }
}

/// Nothing if the system has no limit.
pub fn sysconf(name: i32) -> Result<i64> {
    // SAFETY: numbers are given; -1 may be a result, so the error number tells.
    unsafe {
        *libc::__errno_location() = 0;
        let value = libc::sysconf(name);
        if value == -1 && *libc::__errno_location() != 0 { Err(Error::last_os_error()) } else { Ok(value) }
    }
}

pub fn fpathconf(fd: i32, name: i32) -> Result<i64> {
    // SAFETY: as in `sysconf`.
    unsafe {
        *libc::__errno_location() = 0;
        let value = libc::fpathconf(fd, name);
        if value == -1 && *libc::__errno_location() != 0 { Err(Error::last_os_error()) } else { Ok(value) }
    }
}

pub fn pathconf(path: &CStr, name: i32) -> Result<i64> {
    // SAFETY: as in `sysconf`; the path ends with a null.
    unsafe {
        *libc::__errno_location() = 0;
        let value = libc::pathconf(path.as_ptr(), name);
        if value == -1 && *libc::__errno_location() != 0 { Err(Error::last_os_error()) } else { Ok(value) }
    }
}

pub fn getloadavg() -> Option<[f64; 3]> {
    let mut loads = [0.0; 3];
    // SAFETY: there is room for three numbers.
    (unsafe { libc::getloadavg(loads.as_mut_ptr(), 3) } == 3).then_some(loads)
}

pub fn random(to: &mut [u8], flags: u32) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::getrandom(to.as_mut_ptr().cast(), to.len(), flags) })
}

pub fn sync() {
    // SAFETY: nothing is given.
    unsafe { libc::sync() }
}

/// `NAME=value` of the environment, in its order.
pub fn environment() -> Vec<(Vec<u8>, Vec<u8>)> {
    use std::os::unix::ffi::OsStringExt;
    std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec())).collect()
}

pub fn putenv(name: &CString, value: &CString) -> Result<()> {
    // SAFETY: the words end with a null; other threads that read the environment do so under the GIL, as with CPython.
    check_int(unsafe { libc::setenv(name.as_ptr(), value.as_ptr(), 1) }).map(drop)
}

pub fn unsetenv(name: &CString) -> Result<()> {
    // SAFETY: as in `putenv`.
    check_int(unsafe { libc::unsetenv(name.as_ptr()) }).map(drop)
}

/// A user: name, password, number, group, full name, home, shell.
pub struct User {
    pub name: Vec<u8>,
    pub password: Vec<u8>,
    pub uid: u32,
    pub gid: u32,
    pub gecos: Vec<u8>,
    pub home: Vec<u8>,
    pub shell: Vec<u8>,
}

/// Who is asked for.
pub enum Who<'a> {
    Name(&'a CStr),
    Uid(u32),
}

pub fn user(who: Who<'_>) -> Option<User> {
    // SAFETY: the result points into memory of the C library that the next call overwrites; it is copied at once, and
    // callers hold the GIL.
    unsafe {
        let entry = match who {
            Who::Name(name) => libc::getpwnam(name.as_ptr()),
            Who::Uid(uid) => libc::getpwuid(uid),
        };
        entry.as_ref().map(|entry| copy_user(entry))
    }
}

/// All users.
pub fn users() -> Vec<User> {
    let mut all = Vec::new();
    // SAFETY: as in `user`.
    unsafe {
        libc::setpwent();
        while let Some(entry) = libc::getpwent().as_ref() {
            all.push(copy_user(entry));
        }
        libc::endpwent();
    }
    all
}

/// # Safety
/// The entry comes from the C library.
unsafe fn copy_user(entry: &libc::passwd) -> User {
    // SAFETY: the fields end with a null, or are null pointers.
    let bytes = |field: *const libc::c_char| unsafe {
        if field.is_null() { Vec::new() } else { CStr::from_ptr(field).to_bytes().to_vec() }
    };
    User {
        name: bytes(entry.pw_name),
        password: bytes(entry.pw_passwd),
        uid: entry.pw_uid,
        gid: entry.pw_gid,
        gecos: bytes(entry.pw_gecos),
        home: bytes(entry.pw_dir),
        shell: bytes(entry.pw_shell),
    }
}
