//! Towards no GIL: compare each file with its namesake in `gil/`.
//!
//! In this build counts are atomic already. It still holds the lock: cells are those of the other build until objects are
//! private until published (DESIGN section 6). `IS_FREE` says so, and `sys._is_gil_enabled()` with it.

#[path = "../gil/cell.rs"]
pub(super) mod cell;
pub(super) mod count;

/// Whether this build can run without the GIL. Not yet.
pub const IS_FREE: bool = false;
