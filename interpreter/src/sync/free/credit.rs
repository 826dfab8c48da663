//! References that a thread keeps for the next time: what lets threads use the same objects without taking turns.
//!
//! In: `inc` and `dec` of shared objects. Out: the same, mostly without an atomic operation. The one invariant: an object's count is at least
//! the number of its real references; what it is more are credits of threads.
//!
//! A counter that several cores write goes from cache to cache, at the cost of a hundred plain additions. So a thread that
//! gives up a reference to a shared object it took a moment ago does not count down but keeps it, as a credit, and takes it from
//! there the next time. A thread whose own references and credits are all there are gives them up at once, so an object that one thread
//! uses ends when it should. One that several use at the same time may live on until each has settled:
//! when it blocks or ends, before the world stops, and every `ROUND` ticks.

use super::count::{NUMBER, acquire};
use super::publish::retire;
use super::word::per_thread;
use crate::objects::header::{Header, flag};
use crate::objects::heap;
use crate::objects::value::Value;
use crate::sync::breaker;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// Ticks of a thread that runs on and on after which it settles: some milliseconds.
pub(crate) const ROUND: i64 = 1_000_000;

const ENTRIES: usize = 2048;
/// What one thread keeps of one object.
const MOST: u64 = 8;
/// An object's address leaves the low bits for the number of credits.
const CREDITS: u64 = 15;

/// What a thread keeps.
struct Credits {
    /// Each the address of a shared object the thread counted, and its credits; the place follows from the address.
    entries: [u64; ENTRIES],
    /// The places that are not empty.
    used: [u16; ENTRIES],
    count: usize,
}

per_thread! {
    fn credits() -> Credits = Credits { entries: [0; ENTRIES], used: [0; ENTRIES], count: 0 }
}

/// Objects that stand in a row come to different places (Fibonacci hashing).
#[inline(always)]
fn place(address: u64) -> usize {
    (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - ENTRIES.trailing_zeros())) as usize
}

/// Takes a credit; false if there is none.
#[inline]
pub(super) fn take(word: &AtomicU32) -> bool {
    let address = word.as_ptr() as u64;
    // SAFETY: the credits are this thread's.
    let entry = unsafe { &mut (*credits()).entries[place(address)] };
    let there = *entry & !CREDITS == address && *entry & CREDITS != 0;
    *entry -= there as u64;
    there
}

/// The thread counted a reference to the object, and may keep it later. What it kept of another with the same place it gives up, so that what it uses
/// most has its place most of the time.
#[inline]
pub(super) fn note(word: &AtomicU32) {
    let (address, credits) = (word.as_ptr() as u64, credits());
    // SAFETY: the credits are this thread's.
    unsafe {
        let entry = &mut (*credits).entries[place(address)];
        if *entry == 0 {
            (*credits).used[(*credits).count] = place(address) as u16;
            (*credits).count += 1;
        }
        let kept = *entry;
        if kept & CREDITS == 0 || kept & !CREDITS != address {
            *entry = address;
            give_back(kept, end_later);
        }
    }
}

#[inline(never)]
pub(super) fn inc(word: &AtomicU32) {
    if !take(word) {
        word.fetch_add(1, Ordering::Relaxed);
        note(word);
    }
}

/// Gives a reference up, or keeps it; true if it was the last.
#[inline(never)]
pub(super) fn dec(word: &AtomicU32) -> bool {
    let address = word.as_ptr() as u64;
    // SAFETY: the credits are this thread's.
    let entry = unsafe { &mut (*credits()).entries[place(address)] };
    let mut given = 1;
    if *entry & !CREDITS == address {
        let own = *entry & CREDITS;
        if u64::from(word.load(Ordering::Relaxed) & NUMBER) == own + 1 {
            given += own as u32;
            *entry = address;
        } else if own < MOST {
            *entry += 1;
            return false;
        }
    }
    give_up(word, given)
}

fn give_up(word: &AtomicU32, references: u32) -> bool {
    let last = word.fetch_sub(references, Ordering::Release) & NUMBER == references;
    if last {
        acquire(word);
    }
    last
}

/// Gives all credits up. Objects may end, so no lock of one is held.
pub(crate) fn settle() {
    // SAFETY: the count is zero, so nobody knows the object any more.
    give_up_all(|object| unsafe { heap::release(object) });
}

/// As `settle`, for a thread that is about to block: what ends and may have a finalizer is left to those who run.
pub(crate) fn leave() {
    give_up_all(end_later);
}

/// Ends an object, but what may have a finalizer or leads to others only when the world next stands still: locks may be held now.
fn end_later(object: NonNull<Header>) {
    // SAFETY: the count is zero, so nobody knows the object any more; it is whole, and the new count belongs to the value.
    unsafe {
        if !object.as_ref().has(flag::TRACED | flag::FINALIZER | flag::WEAKLY_REFERENCED) {
            return heap::release(object);
        }
        object.as_ref().count.set(1);
        retire(Value::from_bits(object.as_ptr() as u64));
        breaker::set(breaker::RECLAIM);
    }
}

fn give_up_all(end: impl Fn(NonNull<Header>)) {
    let credits = credits();
    // SAFETY: the credits are this thread's, and borrowed for no longer than a line.
    unsafe {
        while (*credits).count > 0 {
            (*credits).count -= 1;
            let place = (*credits).used[(*credits).count] as usize;
            give_back(std::mem::take(&mut (*credits).entries[place]), &end);
        }
    }
}

/// Gives up the credits of an entry that was taken out.
#[inline]
fn give_back(entry: u64, end: impl Fn(NonNull<Header>)) {
    let object = NonNull::new((entry & !CREDITS) as *mut Header);
    if let Some(object) = object.filter(|_| entry & CREDITS != 0) {
        // SAFETY: a credit is a reference, so the object lives; its count is its first word.
        let last = give_up(unsafe { &*object.as_ptr().cast::<AtomicU32>() }, (entry & CREDITS) as u32);
        if last {
            end(object);
        }
    }
}
