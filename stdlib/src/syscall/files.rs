//! Calls about names in the file system, and descriptors beyond reading and writing.
//!
//! In: paths, relative to a directory's descriptor (`AT_FDCWD` for the current one). Out: results, or the system's error.
//! The one invariant: that of `syscall`.

use super::{check, check_int};
use std::ffi::CStr;
use std::io::Result;

/// What `stat` tells; times in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Stat {
    pub mode: u32,
    pub ino: u64,
    pub dev: u64,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    pub size: i64,
    /// Access, modification, change: seconds and nanoseconds.
    pub times: [(i64, i64); 3],
    pub blksize: i64,
    pub blocks: i64,
    pub rdev: u64,
}

impl Stat {
    fn of(stat: &libc::stat) -> Stat {
        Stat {
            mode: stat.st_mode,
            ino: stat.st_ino,
            dev: stat.st_dev,
            nlink: stat.st_nlink,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: stat.st_size,
            times: [
                (stat.st_atime, stat.st_atime_nsec),
                (stat.st_mtime, stat.st_mtime_nsec),
                (stat.st_ctime, stat.st_ctime_nsec),
            ],
            blksize: stat.st_blksize,
            blocks: stat.st_blocks,
            rdev: stat.st_rdev,
        }
    }
}

pub fn stat(dir: i32, path: &CStr, flags: i32) -> Result<Stat> {
    // SAFETY: the path ends with a null; a zeroed stat is a valid place for the system to fill.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check_int(libc::fstatat(dir, path.as_ptr(), &mut stat, flags))?;
        Ok(Stat::of(&stat))
    }
}

pub fn fstat(fd: i32) -> Result<Stat> {
    // SAFETY: as in `stat`.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        check_int(libc::fstat(fd, &mut stat))?;
        Ok(Stat::of(&stat))
    }
}

/// Functions of a directory, a path and a number or two.
macro_rules! path_calls {
    ($($name:ident($($arg:ident: $ty:ty),*) = $call:expr;)*) => {
        $(pub fn $name(dir: i32, path: &CStr, $($arg: $ty),*) -> Result<()> {
            // SAFETY: the path ends with a null; the rest are numbers.
            check_int(unsafe { $call(dir, path.as_ptr(), $($arg as _),*) }).map(drop)
        })*
    };
}

path_calls! {
    mkdir(mode: u32) = libc::mkdirat;
    unlink(flags: i32) = libc::unlinkat;
    chmod(mode: u32, flags: i32) = libc::fchmodat;
    chown(uid: u32, gid: u32, flags: i32) = libc::fchownat;
    access(mode: i32, flags: i32) = libc::faccessat;
    mkfifo(mode: u32) = libc::mkfifoat;
    mknod(mode: u32, device: u64) = libc::mknodat;
}

pub fn openat(dir: i32, path: &CStr, flags: i32, mode: u32) -> Result<i32> {
    // SAFETY: the path ends with a null.
    check_int(unsafe { libc::openat(dir, path.as_ptr(), flags, mode as libc::c_uint) })
}

pub fn rename(from_dir: i32, from: &CStr, to_dir: i32, to: &CStr) -> Result<()> {
    // SAFETY: the paths end with a null.
    check_int(unsafe { libc::renameat(from_dir, from.as_ptr(), to_dir, to.as_ptr()) }).map(drop)
}

pub fn link(from_dir: i32, from: &CStr, to_dir: i32, to: &CStr, flags: i32) -> Result<()> {
    // SAFETY: the paths end with a null.
    check_int(unsafe { libc::linkat(from_dir, from.as_ptr(), to_dir, to.as_ptr(), flags) }).map(drop)
}

pub fn symlink(target: &CStr, dir: i32, path: &CStr) -> Result<()> {
    // SAFETY: the paths end with a null.
    check_int(unsafe { libc::symlinkat(target.as_ptr(), dir, path.as_ptr()) }).map(drop)
}

pub fn readlink(dir: i32, path: &CStr) -> Result<Vec<u8>> {
    let mut target = vec![0u8; libc::PATH_MAX as usize];
    // SAFETY: the path ends with a null; the buffer is valid for its length.
    let len = check(unsafe { libc::readlinkat(dir, path.as_ptr(), target.as_mut_ptr().cast(), target.len()) })?;
    target.truncate(len);
    Ok(target)
}

/// Sets access and modification time; `None` for now.
pub fn utime(dir: i32, path: Option<&CStr>, times: Option<[(i64, i64); 2]>, flags: i32) -> Result<()> {
    let spec = |(sec, nsec): (i64, i64)| libc::timespec { tv_sec: sec, tv_nsec: nsec as _ };
    let times = times.map(|[access, modification]| [spec(access), spec(modification)]);
    let times = times.as_ref().map_or(std::ptr::null(), |times| times.as_ptr());
    // SAFETY: the path ends with a null; the times, if any, are two and live until after the call.
    check_int(unsafe {
        match path {
            Some(path) => libc::utimensat(dir, path.as_ptr(), times, flags),
            None => libc::futimens(dir, times),
        }
    })
    .map(drop)
}

/// Functions of a path alone or of a descriptor and numbers.
macro_rules! calls {
    ($($name:ident($($arg:ident: $ty:ty),*) = $call:expr;)*) => {
        $(pub fn $name($($arg: $ty),*) -> Result<i32> {
            // SAFETY: numbers are given.
            check_int(unsafe { $call($($arg as _),*) })
        })*
    };
}

calls! {
    fchdir(fd: i32) = libc::fchdir;
    fchmod(fd: i32, mode: u32) = libc::fchmod;
    fchown(fd: i32, uid: u32, gid: u32) = libc::fchown;
    fsync(fd: i32) = libc::fsync;
    fdatasync(fd: i32) = libc::fdatasync;
    dup(fd: i32) = dup_cloexec;
    dup2(fd: i32, to: i32) = libc::dup2;
    dup3(fd: i32, to: i32, flags: i32) = libc::dup3;
    lockf(fd: i32, command: i32, len: i64) = libc::lockf;
}

/// A new descriptor that programs run by `exec` do not inherit.
///
/// # Safety
/// None needed: numbers are given.
unsafe fn dup_cloexec(fd: i32) -> i32 {
    // SAFETY: numbers are given.
    unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) }
}

pub fn chdir(path: &CStr) -> Result<()> {
    // SAFETY: the path ends with a null.
    check_int(unsafe { libc::chdir(path.as_ptr()) }).map(drop)
}

pub fn truncate(path: &CStr, size: i64) -> Result<()> {
    // SAFETY: the path ends with a null.
    check_int(unsafe { libc::truncate(path.as_ptr(), size) }).map(drop)
}

pub fn pipe(flags: i32) -> Result<[i32; 2]> {
    let mut ends = [0; 2];
    // SAFETY: there is room for two numbers.
    check_int(unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    Ok(ends)
}

/// A descriptor of memory that has no name in the file system.
pub fn memfd_create(name: &CStr, flags: u32) -> Result<i32> {
    // SAFETY: the name ends with a null.
    check_int(unsafe { libc::memfd_create(name.as_ptr(), flags) })
}

pub fn pread(fd: i32, to: &mut [u8], offset: i64) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::pread(fd, to.as_mut_ptr().cast(), to.len(), offset) })
}

pub fn pwrite(fd: i32, from: &[u8], offset: i64) -> Result<usize> {
    // SAFETY: the buffer is valid for its length.
    check(unsafe { libc::pwrite(fd, from.as_ptr().cast(), from.len(), offset) })
}

pub fn sendfile(to: i32, from: i32, offset: Option<i64>, count: usize) -> Result<usize> {
    let mut place = offset.unwrap_or(0);
    let place = if offset.is_some() { &mut place as *mut i64 } else { std::ptr::null_mut() };
    // SAFETY: the place, if given, lives until after the call.
    check(unsafe { libc::sendfile(to, from, place, count) })
}

/// Status flags (`F_GETFL`) or descriptor flags (`F_GETFD`).
pub fn get_flags(fd: i32, which: i32) -> Result<i32> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::fcntl(fd, which) })
}

pub fn set_flags(fd: i32, which: i32, flags: i32) -> Result<()> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::fcntl(fd, which, flags) }).map(drop)
}

/// `fcntl` with a number.
pub fn control(fd: i32, command: i32, argument: i64) -> Result<i32> {
    // SAFETY: commands that want a pointer are given numbers that are none, and fail.
    check_int(unsafe { libc::fcntl(fd, command, argument) })
}

/// `fcntl` or `ioctl` with bytes, which the system may change; some commands write up to 1,024 of them.
pub fn control_bytes(fd: i32, command: u64, bytes: &mut [u8; 1024], is_ioctl: bool) -> Result<i32> {
    // SAFETY: the buffer is as large as any command of the system wants it.
    check_int(unsafe {
        match is_ioctl {
            true => libc::ioctl(fd, command as _, bytes.as_mut_ptr()),
            false => libc::fcntl(fd, command as i32, bytes.as_mut_ptr()),
        }
    })
}

pub fn flock(fd: i32, operation: i32) -> Result<()> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::flock(fd, operation) }).map(drop)
}

/// Locks or unlocks a range of a file: kind (`F_RDLCK` ...), whence, start, length; waits for it if wanted.
pub fn lock_range(fd: i32, kind: i32, (whence, start, len): (i32, i64, i64), wait: bool) -> Result<()> {
    // SAFETY: a zeroed lock is valid, and lives until after the call.
    unsafe {
        let mut lock: libc::flock = std::mem::zeroed();
        (lock.l_type, lock.l_whence, lock.l_start, lock.l_len) = (kind as _, whence as _, start, len);
        check_int(libc::fcntl(fd, if wait { libc::F_SETLKW } else { libc::F_SETLK }, &lock)).map(drop)
    }
}

/// Columns and lines of a terminal.
pub fn terminal_size(fd: i32) -> Result<(u16, u16)> {
    // SAFETY: a zeroed size is a valid place for the system to fill.
    unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        check_int(libc::ioctl(fd, libc::TIOCGWINSZ, &mut size))?;
        Ok((size.ws_col, size.ws_row))
    }
}

pub fn ttyname(fd: i32) -> Result<Vec<u8>> {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is valid for its length.
    match unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(CStr::from_bytes_until_nul(&name).unwrap_or_default().to_bytes().to_vec()),
        errno => Err(std::io::Error::from_raw_os_error(errno)),
    }
}

/// What `statvfs` tells, in the order of `os.statvfs_result`, the file system's id last.
pub fn statvfs(path: Option<&CStr>, fd: i32) -> Result<[u64; 11]> {
    // SAFETY: the path ends with a null; a zeroed place is valid for the system to fill.
    let stat = unsafe {
        let mut stat: libc::statvfs = std::mem::zeroed();
        check_int(match path {
            Some(path) => libc::statvfs(path.as_ptr(), &mut stat),
            None => libc::fstatvfs(fd, &mut stat),
        })?;
        stat
    };
    Ok([
        stat.f_bsize,
        stat.f_frsize,
        stat.f_blocks,
        stat.f_bfree,
        stat.f_bavail,
        stat.f_files,
        stat.f_ffree,
        stat.f_favail,
        stat.f_flag,
        stat.f_namemax,
        stat.f_fsid,
    ])
}

/// An entry of a directory: its name, kind (`DT_*`) and number.
pub struct Entry {
    pub name: Vec<u8>,
    pub kind: u8,
    pub ino: u64,
}

interpreter::owns_no_values!(Entry);

/// All entries of a directory but `.` and `..`; of a path, or of a descriptor, which stays open.
pub fn read_dir(path: Option<&CStr>, fd: i32) -> Result<Vec<Entry>> {
    // SAFETY: the stream is closed at the end; each entry is read before the next call.
    unsafe {
        let stream = match path {
            Some(path) => libc::opendir(path.as_ptr()),
            None => libc::fdopendir(dup(fd)?),
        };
        if stream.is_null() {
            return Err(std::io::Error::last_os_error());
        }
        if path.is_none() {
            libc::rewinddir(stream);
        }
        let mut entries = Vec::new();
        loop {
            let entry = libc::readdir64(stream);
            if entry.is_null() {
                break;
            }
            let name = CStr::from_ptr((*entry).d_name.as_ptr()).to_bytes().to_vec();
            if name != b"." && name != b".." {
                entries.push(Entry { name, kind: (*entry).d_type, ino: (*entry).d_ino });
            }
        }
        libc::closedir(stream);
        Ok(entries)
    }
}
