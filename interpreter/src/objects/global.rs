//! Statics that hold values: registries that programs fill.
//!
//! In: data with values in it. Out: the same, under the GIL. The one invariant: the closures run no toy code.

use super::header::Trace;
use crate::sync::{Held, ObjCell};

/// A static that holds values.
pub struct Global<T>(ObjCell<T>);

// SAFETY: the data is reached with a `Held` only, by one thread at a time.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    pub const fn new(data: T) -> Global<T> {
        Global(ObjCell::shared(data))
    }

    pub fn read<R>(&self, held: &Held, look: impl FnOnce(&T) -> R) -> R {
        self.0.read(held, look)
    }
}

impl<T: Trace> Global<T> {
    /// Values that are taken out should be returned and dropped by the caller.
    pub fn write<R>(&self, held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        self.0.write(held, change)
    }
}
