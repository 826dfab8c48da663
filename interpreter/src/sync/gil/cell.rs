//! The inside of an object when there is a GIL: no lock.
//!
//! In: closures that look at or change an object's data. Out: their results. The one invariant: a closure runs no toy
//! code (it has no `Held` to run it with), so nothing else can look while it changes the data. Compare
//! `sync/free/cell.rs`.

use crate::sync::Held;
use std::cell::UnsafeCell;

/// Data of an object that any thread with a reference may reach.
#[derive(Debug, Default)]
#[repr(transparent)]
pub struct ObjCell<T>(UnsafeCell<T>);

impl<T> ObjCell<T> {
    pub const fn new(data: T) -> ObjCell<T> {
        ObjCell(UnsafeCell::new(data))
    }

    /// Looks at the data. The closure must not keep what it borrows.
    #[inline(always)]
    pub fn read<R>(&self, _held: &Held, look: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the caller holds the GIL; `look` cannot run toy code, and a writer would need `&mut Held`.
        look(unsafe { &*self.0.get() })
    }

    /// Changes the data. Values that are taken out should be returned and dropped by the caller.
    #[inline(always)]
    pub fn write<R>(&self, _held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: as in `read`; `&mut Held` excludes every other borrow made through this thread's proof.
        change(unsafe { &mut *self.0.get() })
    }

    /// The data without a proof: for the collector and the last drop, when no other thread can look.
    ///
    /// # Safety
    /// No reference to the data may be alive while a mutable use of this pointer is.
    pub unsafe fn raw(&self) -> *mut T {
        self.0.get()
    }
}
