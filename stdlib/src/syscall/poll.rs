//! Calls that wait for descriptors.
//!
//! In: descriptors and a time. Out: which are ready, or the system's error. The one invariant: that of `syscall`.

use super::{check, check_int};
use std::io::Result;
use std::time::Duration;

/// A descriptor, what is asked for, and what is so.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Poll(libc::pollfd);

interpreter::owns_no_values!(Poll);

impl Poll {
    pub fn new(fd: i32, events: i16) -> Poll {
        Poll(libc::pollfd { fd, events, revents: 0 })
    }

    pub fn fd(&self) -> i32 {
        self.0.fd
    }

    pub fn ready(&self) -> i16 {
        self.0.revents
    }
}

fn time(limit: Option<Duration>) -> Option<libc::timespec> {
    limit.map(|limit| libc::timespec {
        tv_sec: limit.as_secs().min(i64::MAX as u64) as libc::time_t,
        tv_nsec: limit.subsec_nanos() as libc::c_long,
    })
}

/// Waits until one is ready; no limit for `None`. Gives how many are.
pub fn poll(of: &mut [Poll], limit: Option<Duration>) -> Result<usize> {
    let limit = time(limit);
    let limit = limit.as_ref().map_or(std::ptr::null(), |limit| limit as *const libc::timespec);
    // SAFETY: the slice is valid for its length and holds what the system knows as `pollfd`; the time lives until after the call.
    check(unsafe { libc::ppoll(of.as_mut_ptr().cast(), of.len() as libc::nfds_t, limit, std::ptr::null()) } as isize)
}

/// Descriptors below `FD_SETSIZE`.
#[derive(Clone, Copy)]
pub struct FdSet(libc::fd_set);

impl FdSet {
    pub const SIZE: i32 = libc::FD_SETSIZE as i32;

    pub fn new() -> FdSet {
        // SAFETY: all zeros is the empty set.
        FdSet(unsafe { std::mem::zeroed() })
    }

    pub fn add(&mut self, fd: i32) {
        if (0..Self::SIZE).contains(&fd) {
            // SAFETY: the number is in the set's range.
            unsafe { libc::FD_SET(fd, &mut self.0) }
        }
    }

    pub fn contains(&self, fd: i32) -> bool {
        // SAFETY: the number is in the set's range.
        (0..Self::SIZE).contains(&fd) && unsafe { libc::FD_ISSET(fd, &self.0) }
    }
}

/// `select`: the sets become what is ready. `above` is one more than the greatest descriptor.
pub fn select(above: i32, sets: &mut [FdSet; 3], limit: Option<Duration>) -> Result<usize> {
    let limit = time(limit);
    let limit = limit.as_ref().map_or(std::ptr::null(), |limit| limit as *const libc::timespec);
    let [read, write, other] = sets;
    // SAFETY: the sets are valid for the call; the time lives until after it.
    check_int(unsafe { libc::pselect(above, &mut read.0, &mut write.0, &mut other.0, limit, std::ptr::null()) })
        .map(|n| n as usize)
}

pub fn epoll_create() -> Result<i32> {
    // SAFETY: a number is given.
    check_int(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })
}

/// Adds, changes or removes a descriptor.
pub fn epoll_ctl(epoll: i32, action: i32, fd: i32, events: u32) -> Result<()> {
    let mut event = libc::epoll_event { events, u64: fd as u64 };
    // SAFETY: the event is valid for the call.
    check_int(unsafe { libc::epoll_ctl(epoll, action, fd, &mut event) }).map(drop)
}

/// At most `most` ready descriptors with their events; `limit` in milliseconds, -1 for none.
pub fn epoll_wait(epoll: i32, most: usize, limit: i32) -> Result<Vec<(i32, u32)>> {
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most];
    // SAFETY: the buffer is valid for its length.
    let n = check_int(unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most as i32, limit) })?;
    Ok(events[..n as usize].iter().map(|event| (event.u64 as i32, event.events)).collect())
}
