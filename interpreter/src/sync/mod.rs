//! *** The GIL and its absence, all of it. ***
//!
//! A thread may touch objects only while it is *attached*: it has a `Held`, the proof. With the GIL, attaching takes the
//! lock (`lock.rs`), so at most one thread is attached at a time, and everything else follows: counts are plain numbers
//! (`gil/count.rs`), the insides of objects need no locks (`gil/cell.rs`).
//!
//! When a thread must let others run is a *policy* (`policy.rs`); where it may is the *placement* of switch points. Both
//! meet in `breaker`: one word that the eval loop looks at on every back edge and call.
//!
//! Variables:
//! - `lock::GIL`: the lock: `locked` (is somebody attached) and `waiters` (how many want to be).
//! - `breaker::BREAKER`: bits that ask the running thread to stop by: a signal came, the collector is due, a second
//!   thread exists.
//! - `policy::TICKS`: the countdown of the process: at zero, release and at once acquire again.
//!
//! Contract: blocking work happens inside `held.detach(|| ...)`, whose closure can hold no `Value`.

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
mod kind;
#[cfg(feature = "nogil")]
#[path = "free/mod.rs"]
mod kind;

pub use held::Held;
pub use kind::IS_FREE;
pub use kind::cell::ObjCell;
pub(crate) use kind::count::Count;
