//! Small data outside of cells when there is a GIL: as it is.
//!
//! In: a number or pointer in an object. Out: the same. The one invariant: only the thread that holds the GIL touches it. Compare
//! `sync/free/word.rs`.

use std::cell::{Cell, UnsafeCell};

/// A number, flag or pointer that is read and written whole.
pub type Word<T> = Cell<T>;

/// Several words that belong together.
pub type Words<T> = Cell<T>;

/// A number that is counted up and down.
#[derive(Debug, Default)]
pub struct Tally(Cell<i64>);

impl Tally {
    pub const fn new(start: i64) -> Tally {
        Tally(Cell::new(start))
    }

    pub fn get(&self) -> i64 {
        self.0.get()
    }

    pub fn set(&self, to: i64) {
        self.0.set(to);
    }

    /// Adds to it and gives what it was; nothing, and nothing is done, if the sum does not fit.
    #[inline]
    pub fn add(&self, by: i64) -> Option<i64> {
        let was = self.0.get();
        self.0.set(was.checked_add(by)?);
        Some(was)
    }
}

/// Tells readers of several `Word`s whether they were changed meanwhile.
#[derive(Debug, Default)]
pub struct Seq(());

impl Seq {
    pub const fn new() -> Seq {
        Seq(())
    }

    /// To be called before the words are read.
    #[inline(always)]
    pub fn begin(&self) -> u32 {
        0
    }

    /// Whether what was read since `begin` belongs together.
    #[inline(always)]
    pub fn still(&self, _begun: u32) -> bool {
        true
    }

    /// Changes the words; false, and nothing is done, if another thread does so at the same time.
    #[inline(always)]
    pub fn change(&self, change: impl FnOnce()) -> bool {
        change();
        true
    }
}

/// A copy of where a buffer stands, for readers without a lock: there are none.
#[derive(Debug)]
pub struct Mirror<T>(std::marker::PhantomData<*const T>);

impl<T> Mirror<T> {
    #[inline(always)]
    pub fn set(&self, _start: *const T) {}

    pub fn get(&self) -> *const T {
        std::ptr::null()
    }
}

impl<T> Default for Mirror<T> {
    fn default() -> Mirror<T> {
        Mirror(std::marker::PhantomData)
    }
}

/// Bits that are set and cleared one by one.
#[derive(Debug)]
pub struct Flags(Cell<u8>);

impl Flags {
    pub const fn new(bits: u8) -> Flags {
        Flags(Cell::new(bits))
    }

    #[inline(always)]
    pub fn get(&self) -> u8 {
        self.0.get()
    }

    #[inline(always)]
    pub fn set(&self, bits: u8) {
        self.0.set(self.0.get() | bits);
    }

    #[inline(always)]
    pub fn unset(&self, bits: u8) {
        self.0.set(self.0.get() & !bits);
    }
}

/// Data of the process that is reached without a `Held`.
pub struct Guarded<T>(UnsafeCell<T>);

// SAFETY: used under the GIL only.
unsafe impl<T> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    pub const fn new(data: T) -> Guarded<T> {
        Guarded(UnsafeCell::new(data))
    }

    /// The closure must not come back here, nor drop values.
    #[inline(always)]
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: under the GIL, and the closure does not come back.
        work(unsafe { &mut *self.0.get() })
    }
}

/// An object's lock.
#[derive(Debug, Default)]
pub struct Bolt(#[allow(dead_code)] u8);

impl Bolt {
    pub const fn new() -> Bolt {
        Bolt(0)
    }

    #[inline(always)]
    pub fn hold<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

/// Data that each thread has for itself: with the GIL, the holder has it.
pub struct PerThread<T>(UnsafeCell<T>);

// SAFETY: used under the GIL only.
unsafe impl<T> Sync for PerThread<T> {}

impl<T> PerThread<T> {
    pub const fn new(data: T) -> PerThread<T> {
        PerThread(UnsafeCell::new(data))
    }

    #[inline(always)]
    pub fn get(&self) -> *mut T {
        self.0.get()
    }
}

/// Declares `fn name() -> *mut T`: the calling thread's own.
macro_rules! per_thread {
    ($vis:vis fn $name:ident() -> $ty:ty = $init:expr) => {
        #[inline(always)]
        $vis fn $name() -> *mut $ty {
            static OWN: $crate::sync::kind::word::PerThread<$ty> = $crate::sync::kind::word::PerThread::new($init);
            OWN.get()
        }
    };
}

pub(crate) use per_thread;
