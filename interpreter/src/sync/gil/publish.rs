//! Publication when there is a GIL: nothing need be done. Compare `sync/free/publish.rs`.
//!
//! In: values about to be reached by other threads. Out: nothing. The one invariant: the GIL makes every object safe to reach.

use crate::objects::header::Header;
use crate::objects::value::Value;
use crate::vm::regs;
use std::ptr::NonNull;

/// Another thread may reach the value from now on.
#[inline(always)]
pub fn publish(_value: &Value) {}

/// As `publish`, for an object that is not held by a value.
#[inline(always)]
pub(crate) fn publish_object(_object: NonNull<Header>) {}

/// Another thread is about to start: everything there is becomes reachable for it.
#[inline(always)]
pub(crate) fn publish_all() {}

/// A value is let go that others may be using, uncounted, until their next switch point.
#[inline(always)]
pub(crate) fn retire<T: 'static>(value: T) {
    drop(value);
}

/// Changes what is in a slot; the old value comes back.
#[inline(always)]
pub(crate) fn swap_slot(slot: &mut Option<Value>, new: Option<Value>) -> Option<Value> {
    std::mem::replace(slot, new)
}

/// The word in a slot, with a reference of its own; zero if the slot is empty.
///
/// # Safety
/// The slot is a register or a field that holds an `Option<Value>`.
#[inline(always)]
pub(crate) unsafe fn share_slot(slot: *const u64) -> u64 {
    // SAFETY: the caller's promise; the slot keeps the word alive.
    unsafe { regs::share(*slot) }
}

/// What was retired: nothing.
pub(crate) fn take_retired() {}

pub(crate) fn drop_retired(_retired: ()) {}
