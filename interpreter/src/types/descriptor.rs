//! `property`, `classmethod`, `staticmethod` and native descriptors: the methods.

use crate::sync::Held;

pub(super) fn init(_h: &mut Held) {}
