//! The inside of an object when there is a GIL: no lock.
//!
//! In: closures that look at or change an object's data. Out: their results. The one invariant: a closure runs no toy
//! code (it has no `Held` to run it with), so nothing else can look while it changes the data. Compare
//! `sync/free/cell.rs`.

use crate::objects::header::Trace;
use crate::objects::value::Value;
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

    /// For a cell that its object's `traced` list names.
    pub const fn private(data: T) -> ObjCell<T> {
        ObjCell::new(data)
    }

    /// For a cell that every thread can reach from the start: a static.
    pub const fn shared(data: T) -> ObjCell<T> {
        ObjCell::new(data)
    }

    /// Looks at the data. The closure must not keep what it borrows.
    #[inline(always)]
    pub fn read<R>(&self, _held: &Held, look: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the caller holds the GIL; `look` cannot run toy code, and a writer would need `&mut Held`.
        look(unsafe { &*self.0.get() })
    }

    /// Changes the data in a way that brings no values in but those that were admitted. Values that are taken out should be
    /// returned and dropped by the caller.
    #[inline(always)]
    pub fn arrange<R>(&self, _held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: as in `read`; `&mut Held` excludes every other borrow made through this thread's proof.
        change(unsafe { &mut *self.0.get() })
    }

    /// A value is about to be stored by `arrange`.
    #[inline(always)]
    pub fn admit(&self, _value: &Value) {}

    /// Several values are about to be stored by `arrange`.
    #[inline(always)]
    pub fn admit_all<'a>(&self, _values: impl Iterator<Item = &'a Value>) {}

    /// Whether `raw` may be used without a lock.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        true
    }

    /// The data without a proof: for the collector, the last drop, and where `is_private` was asked.
    ///
    /// # Safety
    /// No reference to the data may be alive while a mutable use of this pointer is.
    #[inline(always)]
    pub unsafe fn raw(&self) -> *mut T {
        self.0.get()
    }

    /// Runs `change` where no `Held` is at hand: in the midst of a drop.
    #[inline(always)]
    pub fn seize<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: as in `arrange`; a drop runs no toy code.
        change(unsafe { &mut *self.0.get() })
    }
}

impl<T: Trace> ObjCell<T> {
    /// Changes the data. Values that are taken out should be returned and dropped by the caller.
    #[inline(always)]
    pub fn write<R>(&self, held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        self.arrange(held, change)
    }

    /// Replaces what other threads may look at without a lock. The old data comes back.
    #[inline(always)]
    pub fn replace_rarely(&self, held: &mut Held, data: T) -> T {
        self.arrange(held, |own| std::mem::replace(own, data))
    }

    /// The collector, or whoever publishes an object, comes by.
    #[inline(always)]
    pub(crate) fn note_trace(&self) {}
}
