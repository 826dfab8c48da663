//! Named semaphores, and named shared memory: what processes share through the system.
//!
//! In: names. Out: semaphores, descriptors, or the system's error. The one invariant: a `Semaphore` is open as long as the value
//! lives, so that its pointer is valid; the name is somebody else's business.

use super::{c_string, check_int};
use std::io::{Error, Result};
use std::time::Duration;

/// An open semaphore.
#[derive(Debug)]
pub struct Semaphore(*mut libc::sem_t);

// SAFETY: the system's semaphores are made to be used by several threads.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

impl Semaphore {
    /// Makes one that did not exist.
    pub fn create(name: &[u8], value: u32) -> Result<Semaphore> {
        let name = c_string(name)?;
        let flags = libc::O_CREAT | libc::O_EXCL;
        // SAFETY: the name ends with a null.
        Self::checked(unsafe { libc::sem_open(name.as_ptr(), flags, 0o600 as libc::c_uint, value) })
    }

    /// Opens one that exists.
    pub fn open(name: &[u8]) -> Result<Semaphore> {
        let name = c_string(name)?;
        // SAFETY: the name ends with a null.
        Self::checked(unsafe { libc::sem_open(name.as_ptr(), 0) })
    }

    fn checked(semaphore: *mut libc::sem_t) -> Result<Semaphore> {
        if semaphore == libc::SEM_FAILED { Err(Error::last_os_error()) } else { Ok(Semaphore(semaphore)) }
    }

    /// A number that tells open semaphores apart.
    pub fn handle(&self) -> usize {
        self.0 as usize
    }

    /// Takes one if there is one.
    pub fn try_wait(&self) -> Result<()> {
        // SAFETY: the semaphore is open.
        check_int(unsafe { libc::sem_trywait(self.0) }).map(drop)
    }

    /// Waits for one until a time of the machine's calendar clock; a signal's handler ends the wait.
    pub fn wait_until(&self, deadline: Duration) -> Result<()> {
        let deadline = libc::timespec {
            tv_sec: deadline.as_secs().min(i64::MAX as u64) as libc::time_t,
            tv_nsec: deadline.subsec_nanos() as libc::c_long,
        };
        // SAFETY: the semaphore is open, and the time is valid for the call.
        check_int(unsafe { libc::sem_timedwait(self.0, &deadline) }).map(drop)
    }

    pub fn post(&self) -> Result<()> {
        // SAFETY: the semaphore is open.
        check_int(unsafe { libc::sem_post(self.0) }).map(drop)
    }

    pub fn value(&self) -> Result<i32> {
        let mut value = 0;
        // SAFETY: the semaphore is open, and the place is valid for the call.
        check_int(unsafe { libc::sem_getvalue(self.0, &mut value) })?;
        Ok(value.max(0))
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: it is open, and not used any more.
        unsafe { libc::sem_close(self.0) };
    }
}

/// Takes a semaphore's name away.
pub fn sem_unlink(name: &[u8]) -> Result<()> {
    let name = c_string(name)?;
    // SAFETY: the name ends with a null.
    check_int(unsafe { libc::sem_unlink(name.as_ptr()) }).map(drop)
}

/// Opens or makes shared memory: a descriptor.
pub fn shm_open(name: &[u8], flags: i32, mode: u32) -> Result<i32> {
    let name = c_string(name)?;
    // SAFETY: the name ends with a null.
    check_int(unsafe { libc::shm_open(name.as_ptr(), flags, mode as libc::mode_t) })
}

/// Takes the name of shared memory away.
pub fn shm_unlink(name: &[u8]) -> Result<()> {
    let name = c_string(name)?;
    // SAFETY: the name ends with a null.
    check_int(unsafe { libc::shm_unlink(name.as_ptr()) }).map(drop)
}
