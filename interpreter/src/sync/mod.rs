//! *** The GIL and its absence, all of it. ***
//!
//! A thread may touch objects only while it is *attached*: it has a `Held`, the proof. With the GIL, attaching takes the
//! lock (`lock.rs`), so at most one thread is attached at a time, and everything else follows: counts are plain numbers
//! (`gil/count.rs`), the insides of objects need no locks (`gil/cell.rs`).
//!
//! Two knobs decide what a program can observe:
//! - *When* must the holder let others run? A **policy** (`policy/`, one file each): after so many instructions, when a
//!   waiter's patience ends, when its quantum is used up, never.
//! - *Where* may it? The **placement** of switch points (`points.rs`): between any two instructions, at branches, at calls. It is a
//!   type parameter of the eval loop, so that each placement costs only itself.
//!
//! ```text
//!            running thread                                  waiting thread
//!   instruction ... instruction
//!   switch point: ticks -= n                                 in the queue, asleep
//!       ticks < 0 ──────────────┐                            patience ends:
//!       breaker has DROP ◄──────┼──────────────────────────── asked = true
//!                               ▼
//!   stop_by ── release(why) ── policy.handover:
//!       Free    the lock is free; one waiter is woken ─────► wakes; if the releaser was quicker: a false alarm
//!       Forced  the same, and I wait until you have it ────► takes it
//!       Direct  it is yours before you wake ───────────────► wakes as the holder
//!   acquire ─── in the queue, if another has it
//! ```
//!
//! Every way of giving the lock up has a `Reason`, and every thread a `Ledger` that counts them and adds up the time it held, waited and
//! blocked: exact, for the lock itself does the counting.
//!
//! Variables:
//! - `lock::GIL`: the lock. `holder`, `queue`, `asked`, `switches` and what they mean stand at the head of `lock.rs`.
//! - `breaker::BREAKER`: bits that ask the running thread to stop by: a waiter asks, a signal came, the collector is due, a
//!   second thread exists.
//! - `Held::ticks`: the countdown. The holder carries it, so that counting is a plain subtraction; at a release it goes into the
//!   lock and from there to the next holder. So it is one countdown for the process, unless the policy says a thread.
//!
//! Contract: blocking work happens inside `held.detach_for(reason, || ...)`, whose closure can hold no `Value`.

pub mod breaker;
pub mod fork;
pub mod held;
pub mod ledger;
pub mod lock;
pub mod points;
pub mod policy;
pub mod primitives;
pub mod reason;

#[cfg(not(feature = "nogil"))]
#[path = "gil/mod.rs"]
pub(crate) mod kind;
#[cfg(feature = "nogil")]
#[path = "free/mod.rs"]
pub(crate) mod kind;

pub use held::Held;
pub use kind::CAN_BE_FREE;
pub use kind::cell::ObjCell;
pub(crate) use kind::count::Count;
pub use kind::publish::publish;
pub(crate) use kind::publish::{publish_all, publish_object, retire, share_slot};
pub(crate) use kind::word::{Bolt, per_thread};
pub use kind::word::{Flags, Guarded, Mirror, Seq, Word, Words};
pub use kind::world::{is_free, is_parallel, set_free};
