//! Memory that shows a file, or that a process shares with its children.
//!
//! In: descriptors and sizes. Out: bytes. The one invariant: a `Mapping`'s pages are mapped as long as the value lives, and its
//! length is theirs. Other processes may change the bytes at any time, as files may be changed under a reader.

use super::{check, check_int};
use std::io::{Error, Result};

/// Mapped pages.
#[derive(Debug)]
pub struct Mapping {
    start: *mut u8,
    len: usize,
    prot: i32,
}

interpreter::owns_no_values!(Mapping);

// SAFETY: the pages belong to the process, not to a thread; the owner guards the value.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `len` bytes (not 0) of a file, or of nothing if the descriptor is -1.
    pub fn new(fd: i32, len: usize, prot: i32, flags: i32, offset: i64) -> Result<Mapping> {
        // SAFETY: the system chooses the place.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), len, prot, flags, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        Ok(Mapping { start: start.cast(), len, prot })
    }

    pub fn is_writable(&self) -> bool {
        self.prot & libc::PROT_WRITE != 0
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Nothing if the pages cannot be read.
    pub fn bytes(&self) -> &[u8] {
        if self.prot & (libc::PROT_READ | libc::PROT_WRITE) == 0 {
            return &[];
        }
        // SAFETY: the pages are mapped, readable and `len` bytes long.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }

    /// Nothing if the pages cannot be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if !self.is_writable() {
            return &mut [];
        }
        // SAFETY: the pages are mapped, writable and `len` bytes long; nobody in this process borrows them meanwhile.
        unsafe { std::slice::from_raw_parts_mut(self.start, self.len) }
    }

    /// Writes a range, which starts at a page, to the file.
    pub fn sync(&self, offset: usize, size: usize) -> Result<()> {
        let Some(range) = self.inside(offset, size) else { return Err(Error::from_raw_os_error(libc::ENOMEM)) };
        // SAFETY: the range is mapped.
        check_int(unsafe { libc::msync(range.cast(), size, libc::MS_SYNC) }).map(drop)
    }

    pub fn advise(&self, advice: i32, offset: usize, size: usize) -> Result<()> {
        let Some(range) = self.inside(offset, size) else { return Err(Error::from_raw_os_error(libc::EINVAL)) };
        // SAFETY: the range is mapped.
        check_int(unsafe { libc::madvise(range.cast(), size, advice) }).map(drop)
    }

    /// Makes the mapping longer or shorter (not 0); it may move.
    pub fn resize(&mut self, len: usize) -> Result<()> {
        // SAFETY: the pages are mapped, and nobody has a pointer to them.
        let start = unsafe { libc::mremap(self.start.cast(), self.len, len, libc::MREMAP_MAYMOVE) };
        if start == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        (self.start, self.len) = (start.cast(), len);
        Ok(())
    }

    fn inside(&self, offset: usize, size: usize) -> Option<*mut u8> {
        let end = offset.checked_add(size)?;
        // SAFETY: the place is inside the pages or at their end.
        (end <= self.len).then(|| unsafe { self.start.add(offset) })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the pages are mapped, and not used any more.
        let _ = check(unsafe { libc::munmap(self.start.cast(), self.len) } as isize);
    }
}

/// Lends a descriptor that a program names by its number; -1 is none.
pub fn borrowed<T>(fd: i32, with: impl FnOnce(std::os::fd::BorrowedFd<'_>) -> Result<T>) -> Result<T> {
    if fd < 0 {
        return Err(Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: the number is not -1; if it is not open, the system says so when it is used.
    with(unsafe { std::os::fd::BorrowedFd::borrow_raw(fd) })
}
