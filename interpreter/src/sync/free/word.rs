//! Small data outside of cells without a GIL: atomic words.
//!
//! In: a number or pointer in an object. Out: the same, whole. The one invariant: a `Word` never tears; several that belong together
//! are read between `Seq::begin` and `Seq::still`. Compare `sync/gil/word.rs`.

use parking_lot::{Mutex, RawMutex};
use std::cell::UnsafeCell;
use std::mem::{MaybeUninit, transmute_copy};
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering, fence};

/// A number, flag or pointer that is read and written whole.
#[repr(transparent)]
pub struct Word<T>(UnsafeCell<T>);

impl<T> Word<T> {
    pub const fn new(value: T) -> Word<T> {
        const { assert!(matches!(size_of::<T>(), 1 | 2 | 4 | 8) && align_of::<T>() == size_of::<T>()) };
        Word(UnsafeCell::new(value))
    }
}

impl<T: Copy> Word<T> {
    #[inline(always)]
    pub fn get(&self) -> T {
        let place = self.0.get();
        // SAFETY: the place holds a valid `T` of the atomic's size and alignment, written whole; only atomics touch it.
        unsafe {
            match size_of::<T>() {
                1 => transmute_copy(&(*place.cast::<AtomicU8>()).load(Ordering::Acquire)),
                2 => transmute_copy(&(*place.cast::<AtomicU16>()).load(Ordering::Acquire)),
                4 => transmute_copy(&(*place.cast::<AtomicU32>()).load(Ordering::Acquire)),
                _ => transmute_copy(&(*place.cast::<AtomicU64>()).load(Ordering::Acquire)),
            }
        }
    }

    #[inline(always)]
    pub fn set(&self, value: T) {
        let place = self.0.get();
        // SAFETY: as in `get`.
        unsafe {
            match size_of::<T>() {
                1 => (*place.cast::<AtomicU8>()).store(transmute_copy(&value), Ordering::Release),
                2 => (*place.cast::<AtomicU16>()).store(transmute_copy(&value), Ordering::Release),
                4 => (*place.cast::<AtomicU32>()).store(transmute_copy(&value), Ordering::Release),
                _ => (*place.cast::<AtomicU64>()).store(transmute_copy(&value), Ordering::Release),
            }
        }
    }

    /// Sets and gives the old value back.
    #[inline]
    pub fn replace(&self, value: T) -> T {
        let place = self.0.get();
        // SAFETY: as in `get`.
        unsafe {
            match size_of::<T>() {
                1 => transmute_copy(&(*place.cast::<AtomicU8>()).swap(transmute_copy(&value), Ordering::AcqRel)),
                2 => transmute_copy(&(*place.cast::<AtomicU16>()).swap(transmute_copy(&value), Ordering::AcqRel)),
                4 => transmute_copy(&(*place.cast::<AtomicU32>()).swap(transmute_copy(&value), Ordering::AcqRel)),
                _ => transmute_copy(&(*place.cast::<AtomicU64>()).swap(transmute_copy(&value), Ordering::AcqRel)),
            }
        }
    }
}

impl<T: Default> Default for Word<T> {
    fn default() -> Word<T> {
        Word::new(T::default())
    }
}

impl<T: Copy> Clone for Word<T> {
    fn clone(&self) -> Word<T> {
        Word(UnsafeCell::new(self.get()))
    }
}

impl<T: Copy + Default> Word<T> {
    pub fn take(&self) -> T {
        self.replace(T::default())
    }
}

impl<T: Copy + std::fmt::Debug> std::fmt::Debug for Word<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

/// Several words that belong together.
#[derive(Default)]
pub struct Words<T> {
    seq: Seq,
    words: UnsafeCell<T>,
}

impl<T: Copy> Words<T> {
    pub const fn new(words: T) -> Words<T> {
        Words { seq: Seq::new(), words: UnsafeCell::new(words) }
    }

    pub fn get(&self) -> T {
        loop {
            let begun = self.seq.begin();
            // SAFETY: what is read may be torn, and is a `T` only if it turns out not to be.
            let read = unsafe { self.words.get().cast::<MaybeUninit<T>>().read_volatile() };
            if self.seq.still(begun) {
                // SAFETY: it was not changed meanwhile.
                return unsafe { read.assume_init() };
            }
            std::thread::yield_now();
        }
    }

    pub fn set(&self, words: T) {
        // SAFETY: one thread at a time changes them, and readers notice.
        while !self.seq.change(|| unsafe { self.words.get().write_volatile(words) }) {
            std::thread::yield_now();
        }
    }
}

/// A number that is counted up and down, each step as one.
#[derive(Debug, Default)]
pub struct Tally(AtomicI64);

impl Tally {
    pub const fn new(start: i64) -> Tally {
        Tally(AtomicI64::new(start))
    }

    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }

    pub fn set(&self, to: i64) {
        self.0.store(to, Ordering::Release);
    }

    /// Adds to it and gives what it was; nothing, and nothing is done, if the sum does not fit.
    #[inline]
    pub fn add(&self, by: i64) -> Option<i64> {
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |was| was.checked_add(by)).ok()
    }
}

/// Tells readers of several `Word`s whether they were changed meanwhile: odd while somebody changes them.
#[derive(Debug, Default)]
pub struct Seq(AtomicU32);

impl Seq {
    pub const fn new() -> Seq {
        Seq(AtomicU32::new(0))
    }

    /// To be called before the words are read. An odd number is given as the one before it, so that `still` need not look at that.
    #[inline(always)]
    pub fn begin(&self) -> u32 {
        self.0.load(Ordering::Acquire) & !1
    }

    /// Whether what was read since `begin` belongs together.
    #[inline(always)]
    pub fn still(&self, begun: u32) -> bool {
        fence(Ordering::Acquire);
        self.0.load(Ordering::Relaxed) == begun
    }

    /// Changes the words; false, and nothing is done, if another thread does so at the same time.
    pub fn change(&self, change: impl FnOnce()) -> bool {
        let now = self.0.load(Ordering::Relaxed);
        if now & 1 == 1 || self.0.compare_exchange(now, now + 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return false;
        }
        fence(Ordering::Release);
        change();
        self.0.store(now.wrapping_add(2), Ordering::Release);
        true
    }
}

/// A copy of where a buffer stands, for readers without a lock.
#[derive(Debug)]
pub struct Mirror<T>(Word<*const T>);

impl<T> Mirror<T> {
    pub fn set(&self, start: *const T) {
        self.0.set(start);
    }

    pub fn get(&self) -> *const T {
        self.0.get()
    }
}

impl<T> Default for Mirror<T> {
    fn default() -> Mirror<T> {
        Mirror(Word::new(std::ptr::null()))
    }
}

/// Bits that are set and cleared one by one.
#[derive(Debug)]
pub struct Flags(AtomicU8);

impl Flags {
    pub const fn new(bits: u8) -> Flags {
        Flags(AtomicU8::new(bits))
    }

    #[inline(always)]
    pub fn get(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }

    pub fn set(&self, bits: u8) {
        self.0.fetch_or(bits, Ordering::AcqRel);
    }

    pub fn unset(&self, bits: u8) {
        self.0.fetch_and(!bits, Ordering::AcqRel);
    }
}

/// Data of the process that is reached without a `Held`.
pub struct Guarded<T>(Mutex<MaybeSend<T>>);

struct MaybeSend<T>(T);

// SAFETY: what is in it is published, or no value.
unsafe impl<T> Send for MaybeSend<T> {}

impl<T> Guarded<T> {
    pub const fn new(data: T) -> Guarded<T> {
        Guarded(Mutex::new(MaybeSend(data)))
    }

    /// The closure must not come back here, nor drop values.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        work(&mut self.0.lock().0)
    }
}

/// An object's lock.
pub struct Bolt(RawMutex);

impl Bolt {
    pub const fn new() -> Bolt {
        Bolt(<RawMutex as parking_lot::lock_api::RawMutex>::INIT)
    }

    #[inline]
    pub fn hold<R>(&self, work: impl FnOnce() -> R) -> R {
        self.hold_told(|_| work())
    }

    /// As `hold`; the closure is told whether another thread had the lock.
    #[inline]
    pub fn hold_told<R>(&self, work: impl FnOnce(bool) -> R) -> R {
        super::cell::hold(&self.0, work)
    }

    /// What tells this lock from all others.
    #[inline(always)]
    pub(super) fn address(&self) -> usize {
        &raw const self.0 as usize
    }
}

impl Default for Bolt {
    fn default() -> Bolt {
        Bolt::new()
    }
}

/// Declares `fn name() -> *mut T`: the calling thread's own. Nothing is dropped when the thread ends.
macro_rules! per_thread {
    ($vis:vis fn $name:ident() -> $ty:ty = $init:expr) => {
        #[inline(always)]
        $vis fn $name() -> *mut $ty {
            thread_local! {
                static OWN: std::cell::UnsafeCell<std::mem::ManuallyDrop<$ty>> =
                    const { std::cell::UnsafeCell::new(std::mem::ManuallyDrop::new($init)) };
            }
            OWN.with(|own| own.get().cast())
        }
    };
}

pub(crate) use per_thread;
