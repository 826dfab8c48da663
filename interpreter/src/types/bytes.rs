//! `bytes`: the methods.

use crate::sync::Held;

pub(super) fn init(_h: &mut Held) {}
