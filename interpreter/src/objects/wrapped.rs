//! What an async generator yields, told apart from what it awaits.
//!
//! In: a value that was yielded. Out: the same, unwrapped by `asend`. The one invariant: no program sees a wrapper.

use super::header::allocate;
use super::value::Value;
use crate::sync::Held;

/// A yielded value.
pub struct Wrapped {
    pub value: Value,
}

crate::object!(Wrapped, "async_generator_wrapped_value", traced[value]);

impl Held {
    pub(crate) fn new_wrapped(&self, value: Value) -> Value {
        allocate(&super::core().wrapped, Wrapped { value }, 0).into_value()
    }
}
