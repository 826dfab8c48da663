//! The methods of the builtin types, one type a file.
//!
//! In: the bare classes of `objects::core`. Out: the same with methods. The one invariant: a method is given instances of
//! its class only, for the call checks the receiver.

use crate::sync::Held;

pub mod object;

/// Adds the methods of all builtin types.
pub(crate) fn init(h: &mut Held) {
    object::init(h);
}
