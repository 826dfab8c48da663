//! The GIL's own source under a scheduler that chooses every switch between threads.
//!
//! In: `interpreter/src/sync/lock.rs` and the policies, the same files that the machine runs. Out: what happened in every
//! interleaving that was tried: two threads at once, a thread that waits for ever, a hand-over that did not happen. The one
//! invariant: the lock touches nothing that other threads see but through `primitives`, each step of which is a choice.
//!
//! `tests/lock.rs` asks that the lock holds and that each of its mutants, made by build.rs, is caught.

pub mod breaker;
pub mod primitives;
pub mod scenario;

#[path = "../../../interpreter/src/sync/policy/mod.rs"]
pub mod policy;
#[path = "../../../interpreter/src/sync/reason.rs"]
pub mod reason;

#[path = "../../../interpreter/src/sync/lock.rs"]
pub mod lock;

use scenario::{Outcome, outcome};

model!(lock);
include!(concat!(env!("OUT_DIR"), "/mutants.rs"));

/// What the shipped lock does.
pub fn shipped() -> Outcome {
    outcome::<lock::Gil>()
}
