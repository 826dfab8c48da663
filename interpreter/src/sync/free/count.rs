//! A reference count without a GIL: plain while the object is private, atomic once it is shared.
//!
//! In: `inc` and `dec` from every copy and drop of a `Value`. Out: whether the last reference went. The one invariant: a private
//! object is touched by the thread that made it and no other; debug builds remember which that is. Compare `sync/gil/count.rs`.
//!
//! | top bits | the object | counting |
//! |---|---|---|
//! | `0.` | is private | load, add, store |
//! | `10` | is shared | atomic, or on credit (`credit.rs`); whoever sees zero synchronizes with every earlier `dec`, so it alone owns the object |
//! | `11` | is immortal | none |

use std::sync::atomic::{AtomicU32, Ordering};

/// The first word of every object.
#[derive(Debug)]
#[repr(C)]
pub struct Count {
    word: AtomicU32,
    #[cfg(debug_assertions)]
    owner: AtomicU32,
}

const SHARED: u32 = 1 << 31;
const IMMORTAL: u32 = 1 << 30;
pub(super) const NUMBER: u32 = IMMORTAL - 1;

/// What other threads did before they gave their references up is seen from now on.
#[inline(always)]
pub(super) fn acquire(_word: &AtomicU32) {
    #[cfg(not(tsan))]
    std::sync::atomic::fence(Ordering::Acquire);
    // ThreadSanitizer knows no fences.
    #[cfg(tsan)]
    _word.load(Ordering::Acquire);
}

impl Count {
    #[inline(always)]
    pub fn one() -> Count {
        Count {
            word: AtomicU32::new(1),
            #[cfg(debug_assertions)]
            owner: AtomicU32::new(super::world::me()),
        }
    }

    #[inline(always)]
    fn word(&self) -> u32 {
        self.word.load(Ordering::Relaxed)
    }

    /// A private object is touched.
    #[inline(always)]
    fn check_owner(&self) {
        #[cfg(debug_assertions)]
        if super::world::is_parallel() {
            let (owner, me) = (self.owner.load(Ordering::Relaxed), super::world::me());
            assert!(owner == me, "thread {me} touches a private object of thread {owner}");
        }
    }

    #[inline(always)]
    pub fn inc(&self) {
        let word = self.word();
        if word & SHARED == 0 {
            self.check_owner();
            // Read again, so that it is one instruction.
            self.word.store(self.word() + 1, Ordering::Relaxed);
        } else if word & IMMORTAL == 0 {
            super::credit::inc(&self.word);
        }
    }

    /// Whether the object lives for ever. It may be asked of memory that was another object's.
    #[inline(always)]
    pub fn lasts(&self) -> bool {
        self.word() >= SHARED | IMMORTAL
    }

    /// As `inc`, for an object that may be about to end: false if it is.
    #[inline]
    pub fn try_inc(&self) -> bool {
        let word = self.word();
        if word & SHARED == 0 {
            let alive = word != 0;
            if alive {
                self.inc();
            }
            return alive;
        }
        self.try_share()
    }

    /// As `inc`, for memory that may be any object's by now: only a shared object that is alive is counted.
    #[inline]
    pub fn try_share(&self) -> bool {
        let mut word = self.word();
        if word >= SHARED | IMMORTAL || super::credit::take(&self.word) {
            return true;
        }
        loop {
            if word & SHARED == 0 || word & NUMBER == 0 {
                return false;
            }
            match self.word.compare_exchange_weak(word, word + 1, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => {
                    super::credit::note(&self.word);
                    return true;
                }
                Err(now) => word = now,
            }
        }
    }

    /// True if that was the last reference.
    #[inline(always)]
    pub fn dec(&self) -> bool {
        let word = self.word();
        if word & SHARED == 0 {
            self.check_owner();
            let less = word - 1;
            self.word.store(less, Ordering::Relaxed);
            return less == 0;
        }
        self.dec_shared(word)
    }

    #[inline(always)]
    fn dec_shared(&self, word: u32) -> bool {
        if word & IMMORTAL != 0 {
            return false;
        }
        super::credit::dec(&self.word)
    }

    #[inline(always)]
    pub fn get(&self) -> u32 {
        self.word() & NUMBER
    }

    /// Brings an object back from zero, or ends it: used by finalizers and the collector only.
    pub fn set(&self, count: u32) {
        self.word.store(self.word() & !NUMBER | count, Ordering::Relaxed);
    }

    /// Whether no other thread can look at the object now.
    #[inline(always)]
    pub fn is_private(&self) -> bool {
        self.word() & SHARED == 0
    }

    /// Whether there is one reference, and nobody else can make another.
    #[inline(always)]
    pub fn is_sole(&self) -> bool {
        self.word() == 1
    }

    /// The object is shared from now on; false if it was already. Its owner does this, or whoever stopped the world.
    pub(super) fn share(&self) -> bool {
        let word = self.word();
        if word & SHARED == 0 {
            self.word.store(word | SHARED, Ordering::Relaxed);
        }
        word & SHARED == 0
    }

    /// The object lives for ever; false if that was known. Only one thread runs.
    pub(super) fn make_immortal(&self) -> bool {
        let word = self.word();
        self.word.store(SHARED | IMMORTAL | (NUMBER / 2), Ordering::Relaxed);
        word & IMMORTAL == 0
    }
}
