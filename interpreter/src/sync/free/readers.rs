//! Readers who look into a cell at the same time, without its lock.
//!
//! In: a cell that readers were seen to wait for. Out: they look at once. The one invariant: a writer changes an `OPEN` cell only after it has
//! closed it and no slot shows it any more.
//!
//! A lock that only readers take still goes from cache to cache with each of them. So a cell at which they meet is opened: a
//! reader shows in a slot of its own what it looks at, and looks if the cell is still open then. A writer takes the cell's lock, closes it and
//! waits until the slots are clear of it. ("BRAVO", Dice and Kogan, 2019.)

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What a thread looks at, if anything. Two cache lines, for they are fetched in pairs.
#[repr(align(128))]
struct Slot {
    cell: AtomicUsize,
    taken: AtomicBool,
}

/// Threads beyond so many take locks.
const SLOTS: usize = 64;
static ALL: [Slot; SLOTS] = [const { Slot { cell: AtomicUsize::new(0), taken: AtomicBool::new(false) } }; SLOTS];
/// Slots from here on were never taken.
static END: AtomicUsize = AtomicUsize::new(0);
/// A thread opens a cell once it has waited so often in all: one that is often changed is not opened each time.
const PATIENCE: u32 = 16;

thread_local! {
    static OWN: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    static WAITED: Cell<u32> = const { Cell::new(0) };
}

/// The calling thread begins.
pub(crate) fn arrive() {
    let free = |slot: &Slot| !slot.taken.swap(true, Ordering::AcqRel);
    let Some(i) = ALL.iter().position(free) else { return };
    END.fetch_max(i + 1, Ordering::SeqCst);
    OWN.set(Some(&ALL[i]));
}

/// The calling thread ends.
pub(crate) fn depart() {
    if let Some(slot) = OWN.take() {
        slot.taken.store(false, Ordering::Release);
    }
}

/// A thread looks at a cell, until this goes.
pub(super) struct Reading(&'static Slot);

impl Drop for Reading {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.cell.store(0, Ordering::Release);
    }
}

/// Looks at a cell from now on, if it is open then. Who looks at one already takes the other's lock.
#[inline(always)]
pub(super) fn read(cell: usize, is_open: impl FnOnce() -> bool) -> Option<Reading> {
    let slot = OWN.get().filter(|slot| slot.cell.load(Ordering::Relaxed) == 0)?;
    slot.cell.swap(cell, Ordering::SeqCst);
    let reading = Reading(slot);
    is_open().then_some(reading)
}

/// A reader had to wait for a cell's lock: whether to open the cell.
#[cold]
pub(super) fn met() -> bool {
    WAITED.set(WAITED.get().wrapping_add(1));
    WAITED.get().is_multiple_of(PATIENCE)
}

/// Waits until nobody looks at a cell that was just closed.
#[cold]
pub(super) fn wait_for_end(cell: usize) {
    for slot in &ALL[..END.load(Ordering::SeqCst)] {
        let mut tries = 0u32;
        while slot.cell.load(Ordering::SeqCst) == cell {
            tries += 1;
            std::hint::spin_loop();
            if tries > 100 {
                std::thread::yield_now();
            }
        }
    }
}
