//! Without the GIL: compare each file with its namesake in `gil/`.

pub(super) mod cell;
pub(super) mod count;
pub(super) mod credit;
pub(super) mod publish;
pub(super) mod readers;
pub(crate) mod word;
pub(super) mod world;

/// Whether this build can run without the GIL.
pub const CAN_BE_FREE: bool = true;

/// Whether it does so if nobody says otherwise.
const FREE_BY_DEFAULT: bool = true;
