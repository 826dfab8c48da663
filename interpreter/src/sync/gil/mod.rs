//! With the GIL: compare each file with its namesake in `free/`.

pub(super) mod cell;
pub(super) mod count;

/// Whether this build can run without the GIL.
pub const IS_FREE: bool = false;
