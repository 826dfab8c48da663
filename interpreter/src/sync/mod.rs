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
//!
//! # Without it
//! The build with `--features nogil` takes `free/` for `gil/`: the same files, types and functions (`diff -r gil free` is all there is
//! to see). It can still run under the GIL (`-X gil=1`, any policy); then everything below is as if it were not there. Without, attaching
//! only says that the thread is there (`world.rs`), and an object is in one of three states:
//!
//! ```text
//!   private ───────── publish ─────────► shared                    immortal
//!   its maker alone touches it           any thread does           module-level functions, classes, modules, their code and names
//!   count: load, add, store              count: atomic             count: none
//!   cells: no lock                       cells: a one-byte lock    cells: a one-byte lock
//!
//!      thread A                                   thread B
//!      x = [1, {}]      private, and the dict too
//!      shared.append(x)
//!        admit(x) ─ publish: x, then all x leads to
//!        lock(shared) push unlock  ───────────────► y = shared[0]
//!                                                   lock(shared) y = item, count + 1 (atomic) unlock
//! ```
//!
//! - **Publishing** (`publish.rs`). Whatever a shared object owns is shared. So a value is published before it is stored in a shared
//!   object: `ObjCell::write` does that for all that the cell owns afterwards, `admit` and `arrange` for one value; instances, generators and the start
//!   of a thread do it by hand. Publishing follows `trace`, so a type's `traced` list names *every* field with values. Until the first thread starts
//!   there is nothing to do; then everything alive is shared at once.
//! - **Fast paths** ask `is_private` (always true, at no cost, with the GIL) before they touch what is inside an object with `raw`.
//! - **Reading without a lock.** A slot of an instance, a cell of a closure and a cached global are words. `share_slot` loads the word,
//!   raises the object's count unless it is zero or private, and looks at the slot again: the memory of objects is only ever used for objects
//!   (`heap.rs`: pages of equal cells that are never given back), so this is safe even if the object ended in between. An inline cache is read between
//!   `Seq::begin` and `Seq::still`.
//! - **Caches own nothing** (DESIGN): what is taken out of a class goes to `retire` and is dropped when every thread has passed a switch point; so do
//!   buffers that others read without a lock.
//! - **Not taking turns.** What several cores write goes from cache to cache, a lock and a count too. So counts are kept on credit
//!   (`credit.rs`): an object that several threads used at the same time may outlive its last reference until each has blocked, ended or run some
//!   milliseconds. Readers who meet at a cell look into it at once (`readers.rs`). Each page of objects has one thread as its home (`heap/pages.rs`).
//! - **Iterators** that are native and shared take a step at a time (`objects/turn.rs`), so each item is given once; one that asks others (`enumerate`, `zip`,
//!   `itertools`) too, if those are native. Where toy code may run, no lock is held and others may come between, as with the GIL. Private ones pay a test.
//! - **Being alone** (`Held::alone`). The collector, a fork, the end of the process, and rare changes of what others read
//!   without locks (a function's code, a class's bases, an object's class) wait until every other thread is at a switch point or detached.
//! - **Locks.** No toy code, no drop of a last reference, no switch point and no other object's lock under a cell's lock.
//! - Debug builds remember who made a private object or cell, and panic when another thread touches it: a forgotten publication fails
//!   tests. Each thread has its own free lists, method cache and queue of finalizers (`per_thread!`).

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
pub(crate) use kind::credit::settle;
pub use kind::publish::publish;
pub(crate) use kind::publish::{publish_all, publish_object, retire, share_slot, swap_slot};
pub(crate) use kind::word::{Bolt, per_thread};
pub use kind::word::{Flags, Guarded, Mirror, Seq, Tally, Word, Words};
pub use kind::world::{is_free, is_parallel, set_free};
