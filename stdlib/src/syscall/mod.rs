//! System calls as safe functions.
//!
//! In: descriptors and buffers. Out: results, or the system's error. The one invariant: no pointer outlives its call; a
//! descriptor is a number, and who closes it is the caller's business, as in the system itself. Here is what files need; `files`,
//! `process`, `signals` and `system` are what `posix` shows.

pub mod files;
pub mod limits;
pub mod map;
pub mod poll;
pub mod process;
pub mod semaphore;
pub mod signals;
pub mod sockets;
pub mod spawn;
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod system;

use std::ffi::{CStr, CString};
use std::io::{Error, ErrorKind, Result};

/// What `fstat` says, as far as files want to know.
pub struct Kind {
    pub is_directory: bool,
    pub block_size: i64,
    pub size: i64,
}

fn check(result: isize) -> Result<usize> {
    if result < 0 { Err(Error::last_os_error()) } else { Ok(result as usize) }
}

fn check_int(result: libc::c_int) -> Result<i32> {
    check(result as isize).map(|result| result as i32)
}

/// A path for the system; ValueError's business if it holds a null.
pub fn c_string(path: &[u8]) -> Result<CString> {
    CString::new(path).map_err(|_| Error::new(ErrorKind::InvalidInput, "embedded null byte"))
}

pub fn read(fd: i32, to: &mut [u8]) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::read(fd, to.as_mut_ptr().cast(), to.len()) })
}

/// Reads at most `most` bytes behind what `to` holds.
pub fn read_into(fd: i32, to: &mut Vec<u8>, most: usize) -> Result<usize> {
    to.reserve(most);
    // SAFETY: the reserved room is written by the system, and only what was written becomes part of the vector.
    unsafe {
        let n = check(libc::read(fd, to.as_mut_ptr().add(to.len()).cast(), most))?;
        to.set_len(to.len() + n);
        Ok(n)
    }
}

pub fn write(fd: i32, from: &[u8]) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::write(fd, from.as_ptr().cast(), from.len()) })
}

pub fn open(path: &CStr, flags: i32, mode: u32) -> Result<i32> {
    // SAFETY: the path ends with a null.
    check_int(unsafe { libc::open(path.as_ptr(), flags, mode as libc::c_uint) })
}

pub fn close(fd: i32) -> Result<()> {
    // SAFETY: a number is given.
    check_int(unsafe { libc::close(fd) }).map(drop)
}

pub fn lseek(fd: i32, offset: i64, whence: i32) -> Result<i64> {
    // SAFETY: numbers are given.
    check(unsafe { libc::lseek(fd, offset, whence) } as isize).map(|at| at as i64)
}

pub fn ftruncate(fd: i32, size: i64) -> Result<()> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::ftruncate(fd, size) }).map(drop)
}

pub fn isatty(fd: i32) -> bool {
    // SAFETY: a number is given.
    unsafe { libc::isatty(fd) == 1 }
}

pub fn fstat(fd: i32) -> Result<Kind> {
    // SAFETY: a zeroed stat is a valid place for the system to fill.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check_int(libc::fstat(fd, &mut stat))?;
        let is_directory = stat.st_mode & libc::S_IFMT == libc::S_IFDIR;
        Ok(Kind { is_directory, block_size: stat.st_blksize as i64, size: stat.st_size })
    }
}

pub fn set_inheritable(fd: i32, inheritable: bool) -> Result<()> {
    let flags = if inheritable { 0 } else { libc::FD_CLOEXEC };
    // SAFETY: numbers are given.
    check_int(unsafe { libc::fcntl(fd, libc::F_SETFD, flags) }).map(drop)
}

/// The text of an error number.
pub fn strerror(errno: i32) -> String {
    let mut text = [0u8; 256];
    // SAFETY: the buffer is valid for its length, and the call ends it with a null.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
    let text = CStr::from_bytes_until_nul(&text).unwrap_or_default();
    text.to_string_lossy().into_owned()
}

/// Ends the process at once.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: nothing of this process is used after it.
    unsafe { libc::_exit(status) }
}
