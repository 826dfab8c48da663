//! Who runs when there is a GIL: its holder. Compare `sync/free/world.rs`.
//!
//! In: threads that come and go. Out: nothing to do. The one invariant: whoever holds the GIL is alone.

/// Whether threads run without the GIL in this process.
#[inline(always)]
pub const fn is_free() -> bool {
    false
}

/// Whether there are threads that run at the same time.
#[inline(always)]
pub const fn is_parallel() -> bool {
    false
}

/// Chooses at the start whether the process does without the GIL. This build cannot.
pub fn set_free(_free: bool) {}

/// The calling thread comes to objects.
pub(crate) fn enter(_serial: u64) {}

/// The calling thread leaves objects alone.
pub(crate) fn leave() {}

/// Lets a thread that asked for it be alone for a while.
pub(crate) fn pause(_serial: u64) {}

/// All other threads stand still until `resume`.
pub(crate) fn stop(_serial: u64) {}

pub(crate) fn resume() {}

/// In the child of a fork, which the calling thread alone survived.
pub(crate) fn after_fork(_threads: usize) {}
