//! Readers when there is a GIL: one at a time. Compare `sync/free/readers.rs`.
//!
//! In: threads that begin and end. Out: nothing. The one invariant: whoever holds the GIL is alone.

pub(crate) fn arrive() {}

pub(crate) fn depart() {}
