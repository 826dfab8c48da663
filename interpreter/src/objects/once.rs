//! A value that a native module makes once and finds again in a static: its classes.
//!
//! In: a value, once. Out: the same, for ever. The one invariant: it is filled when the module is made, under the GIL, and
//! never changes.

use super::class::Class;
use super::header::Ref;
use super::value::Value;
use std::sync::OnceLock;

/// A static place for a value.
pub struct OnceValue(OnceLock<Value>);

// SAFETY: the value is immutable once set and its count is touched only by threads that are attached.
unsafe impl Sync for OnceValue {}
// SAFETY: as above.
unsafe impl Send for OnceValue {}

impl OnceValue {
    pub const fn new() -> OnceValue {
        OnceValue(OnceLock::new())
    }

    /// Fills it; a second value is dropped.
    pub fn set(&self, value: Value) {
        let _ = self.0.set(value);
    }

    pub fn get(&self) -> Option<&Value> {
        self.0.get()
    }

    /// The class that was put here.
    pub fn class(&self) -> Option<Ref<Class>> {
        self.0.get().and_then(|value| value.clone().into_ref().ok())
    }
}

impl Default for OnceValue {
    fn default() -> OnceValue {
        OnceValue::new()
    }
}
