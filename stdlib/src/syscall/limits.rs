//! What a process has used, and what it may use.
//!
//! In: numbers of resources. Out: figures, or the system's error. The one invariant: structures are filled by the system before they
//! are read.

use super::check_int;
use std::io::Result;

/// What `getrusage` tells.
pub fn usage(who: i32) -> Result<libc::rusage> {
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure is large enough, and zeros are valid in it.
    unsafe {
        check_int(libc::getrusage(who, usage.as_mut_ptr()))?;
        Ok(usage.assume_init())
    }
}

/// The soft and the hard limit of a process, by default this one; new ones are set if given.
pub fn limits(pid: i32, resource: u32, new: Option<(u64, u64)>) -> Result<(u64, u64)> {
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.map(|(soft, hard)| libc::rlimit { rlim_cur: soft, rlim_max: hard });
    let given = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: both structures live during the call.
    check_int(unsafe { libc::prlimit(pid, resource, given, &mut old) })?;
    Ok((old.rlim_cur, old.rlim_max))
}

/// A configuration string of the system; nothing if it has none.
pub fn configuration(name: i32) -> Option<Vec<u8>> {
    let mut text = vec![0u8; 4096];
    // SAFETY: as many bytes as are there may be written.
    let size = unsafe { libc::confstr(name, text.as_mut_ptr().cast(), text.len()) };
    text.truncate(size.checked_sub(1)?);
    Some(text)
}
