//! The inside of an object without a GIL: a one-byte lock that is taken once others can look.
//!
//! In: closures that look at or change an object's data. Out: their results. The one invariant: whoever looks at the data of
//! a published cell has its lock, and what is stored there is published before the lock is given back. A closure runs no toy code, takes no
//! other lock for long and comes to no switch point. Compare `sync/gil/cell.rs`.
//!
//! | mode | who may look | what a write publishes |
//! |---|---|---|
//! | `PRIVATE` | the object's own thread, without the lock | nothing |
//! | `LOCKED` | any thread, with the lock (while threads run) | nothing: no trace has passed, so the object is private or owns no values here |
//! | `PUBLISHED` | any thread, with the lock | all that the data owns |
//! | `OPEN` | any thread that only reads, without the lock | as `PUBLISHED`, after it was closed: see `readers.rs` |

use super::readers;
use crate::objects::header::Trace;
use crate::objects::value::Value;
use crate::sync::Held;
use parking_lot::RawMutex;
use parking_lot::lock_api::RawMutex as _;
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU8, Ordering};

/// Data of an object that any thread with a reference may reach.
pub struct ObjCell<T> {
    lock: super::word::Bolt,
    mode: AtomicU8,
    /// Of a private cell, once it was looked at.
    #[cfg(debug_assertions)]
    owner: std::sync::atomic::AtomicU32,
    data: UnsafeCell<T>,
}

const PRIVATE: u8 = 0;
const LOCKED: u8 = 1;
const PUBLISHED: u8 = 2;
const OPEN: u8 = 3;

impl<T> ObjCell<T> {
    const fn with_mode(data: T, mode: u8) -> ObjCell<T> {
        ObjCell {
            lock: super::word::Bolt::new(),
            mode: AtomicU8::new(mode),
            #[cfg(debug_assertions)]
            owner: std::sync::atomic::AtomicU32::new(0),
            data: UnsafeCell::new(data),
        }
    }

    pub const fn new(data: T) -> ObjCell<T> {
        ObjCell::with_mode(data, LOCKED)
    }

    /// For a cell that its object's `traced` list names.
    pub const fn private(data: T) -> ObjCell<T> {
        ObjCell::with_mode(data, PRIVATE)
    }

    /// For a cell that every thread can reach from the start: a static.
    pub const fn shared(data: T) -> ObjCell<T> {
        ObjCell::with_mode(data, PUBLISHED)
    }

    #[inline(always)]
    fn mode(&self) -> u8 {
        self.mode.load(Ordering::Relaxed)
    }

    /// Looks at the data. The closure must not keep what it borrows.
    #[inline(always)]
    pub fn read<R>(&self, _held: &Held, look: impl FnOnce(&T) -> R) -> R {
        // SAFETY: the cell is this thread's own, or locked; `look` cannot run toy code.
        let look = || look(unsafe { &*self.data.get() });
        if self.is_private() { look() } else { self.read_shared(look) }
    }

    #[inline]
    fn read_shared<R>(&self, look: impl FnOnce() -> R) -> R {
        if self.mode() == OPEN {
            let is_open = || self.mode.load(Ordering::SeqCst) == OPEN;
            if let Some(_reading) = readers::read(self.lock.address(), is_open) {
                return look();
            }
        }
        self.lock.hold_told(|waited| {
            if waited && self.mode() == PUBLISHED && readers::met() {
                self.mode.store(OPEN, Ordering::Release);
            }
            look()
        })
    }

    /// The lock is held and the data about to be changed.
    #[inline(always)]
    fn close(&self) {
        if self.mode() == OPEN {
            self.mode.swap(PUBLISHED, Ordering::SeqCst);
            readers::wait_for_end(self.lock.address());
        }
    }

    /// Changes the data in a way that brings no values in but those that were admitted. Values that are taken out should be
    /// returned and dropped by the caller.
    #[inline(always)]
    pub fn arrange<R>(&self, _held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        self.seize(change)
    }

    /// A value is about to be stored by `arrange`.
    #[inline(always)]
    pub fn admit(&self, value: &Value) {
        if self.mode() >= PUBLISHED {
            super::publish::publish(value);
        }
    }

    /// Several values are about to be stored by `arrange`.
    #[inline(always)]
    pub fn admit_all<'a>(&self, values: impl Iterator<Item = &'a Value>) {
        if self.mode() >= PUBLISHED {
            values.for_each(super::publish::publish);
        }
    }

    /// Whether `raw` may be used without a lock.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        if self.mode() != PRIVATE {
            return !super::world::is_parallel();
        }
        self.check_owner();
        true
    }

    /// A private cell is looked at.
    #[inline(always)]
    fn check_owner(&self) {
        #[cfg(debug_assertions)]
        if super::world::is_parallel() {
            let (owner, me) = (self.owner.load(Ordering::Relaxed), super::world::me());
            assert!(owner == 0 || owner == me, "thread {me} looks into a private cell of thread {owner}");
            self.owner.store(me, Ordering::Relaxed);
        }
    }

    /// The data without a proof: for the collector, the last drop, and where `is_private` was asked.
    ///
    /// # Safety
    /// No reference to the data may be alive while a mutable use of this pointer is.
    #[inline(always)]
    pub unsafe fn raw(&self) -> *mut T {
        self.data.get()
    }

    /// Runs `change` where no `Held` is at hand: in the midst of a drop.
    #[inline(always)]
    pub fn seize<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: as in `read`, and nobody else borrows the data.
        let change = || change(unsafe { &mut *self.data.get() });
        if self.is_private() {
            return change();
        }
        self.lock.hold(|| {
            self.close();
            change()
        })
    }
}

impl<T: Trace> ObjCell<T> {
    /// Changes the data. Values that are taken out should be returned and dropped by the caller.
    #[inline(always)]
    pub fn write<R>(&self, held: &mut Held, change: impl FnOnce(&mut T) -> R) -> R {
        if self.mode() < PUBLISHED || !super::world::is_parallel() {
            return self.arrange(held, change);
        }
        self.lock.hold(|| {
            self.close();
            // SAFETY: the cell is locked.
            let data = unsafe { &mut *self.data.get() };
            let result = change(data);
            data.trace(&mut |value| super::publish::publish(value));
            result
        })
    }

    /// Replaces what other threads may look at without a lock. The old data comes back.
    pub fn replace_rarely(&self, held: &mut Held, data: T) -> T {
        if self.is_private() {
            return self.arrange(held, |own| std::mem::replace(own, data));
        }
        data.trace(&mut |value| super::publish::publish(value));
        held.alone(|held| self.arrange(held, |own| std::mem::replace(own, data)))
    }

    /// The collector, or whoever publishes an object, comes by.
    #[inline]
    pub(crate) fn note_trace(&self) {
        if super::publish::is_publishing() {
            self.mode.store(PUBLISHED, Ordering::Relaxed);
        }
    }
}

impl<T: Default> Default for ObjCell<T> {
    fn default() -> ObjCell<T> {
        ObjCell::new(T::default())
    }
}

impl<T> std::fmt::Debug for ObjCell<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ObjCell")
    }
}

/// Unlocks when it goes, in a panic too.
struct Unlock<'a>(&'a RawMutex);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        // SAFETY: made by whoever locked it.
        unsafe { self.0.unlock() }
    }
}

/// Takes the lock, runs the closure and gives the lock back. The closure is told whether another thread had it.
#[inline]
pub(super) fn hold<R>(lock: &RawMutex, work: impl FnOnce(bool) -> R) -> R {
    let waits = !lock.try_lock();
    if waits {
        wait(lock);
    }
    let _unlock = Unlock(lock);
    work(waits)
}

#[cold]
#[inline(never)]
fn wait(lock: &RawMutex) {
    #[cfg(debug_assertions)]
    {
        use parking_lot::lock_api::RawMutexTimed as _;
        assert!(lock.try_lock_for(std::time::Duration::from_secs(60)), "an object's lock is free within a minute");
    }
    #[cfg(not(debug_assertions))]
    lock.lock();
}
