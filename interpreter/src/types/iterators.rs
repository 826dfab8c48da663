//! the iterators of loops, and `enumerate`, `zip`, `map`, `filter`, `reversed`: the methods.

use crate::sync::Held;

pub(super) fn init(_h: &mut Held) {}
