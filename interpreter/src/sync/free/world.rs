//! Who runs without a GIL: everybody who is attached, but for moments when one must be alone.
//!
//! In: threads that attach, detach and come to switch points; one that asks the others to stand still. Out: a stopped
//! world, in which every other thread is at a switch point or detached. The one invariant: `running` counts the threads that may touch
//! objects, and while `stopper` is set it only falls.
//!
//! The collector, a fork, the end of the process and rare changes of what others read without locks stop the world.

use crate::sync::breaker;
use crate::sync::fork::forget_waiters;
use parking_lot::{Condvar, Mutex};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

struct World {
    running: usize,
    /// The serial number of the thread that is alone or wants to be; 0 if none does.
    stopper: u64,
    /// How often it asked.
    depth: u32,
}

static WORLD: Mutex<World> = Mutex::new(World { running: 0, stopper: 0, depth: 0 });
/// The world goes on.
static RESUMED: Condvar = Condvar::new();
/// A thread has come to a stop.
static STOPPED: Condvar = Condvar::new();

static FREE: AtomicBool = AtomicBool::new(super::FREE_BY_DEFAULT);
static PARALLEL: AtomicBool = AtomicBool::new(false);

/// Whether threads run without the GIL in this process.
#[inline(always)]
pub fn is_free() -> bool {
    FREE.load(Ordering::Relaxed)
}

/// Whether there are threads that run at the same time. Once true, always.
#[inline(always)]
pub fn is_parallel() -> bool {
    PARALLEL.load(Ordering::Relaxed)
}

/// Chooses at the start whether the process does without the GIL.
pub fn set_free(free: bool) {
    FREE.store(free, Ordering::Relaxed);
}

pub(super) fn set_parallel() {
    PARALLEL.store(true, Ordering::Release);
}

/// A number of the calling thread's own.
#[inline(always)]
#[allow(dead_code)]
pub(super) fn me() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    thread_local! {
        static ME: Cell<u32> = const { Cell::new(0) };
    }
    match ME.get() {
        0 => {
            let me = NEXT.fetch_add(1, Ordering::Relaxed);
            ME.set(me);
            me
        }
        me => me,
    }
}

/// The calling thread comes to objects.
pub(crate) fn enter(serial: u64) {
    let mut world = WORLD.lock();
    while world.stopper != 0 && world.stopper != serial {
        RESUMED.wait(&mut world);
    }
    world.running += 1;
}

/// The calling thread leaves objects alone.
pub(crate) fn leave() {
    let mut world = WORLD.lock();
    world.running -= 1;
    if world.stopper != 0 {
        STOPPED.notify_all();
    }
}

/// Lets a thread that asked for it be alone for a while.
pub(crate) fn pause(serial: u64) {
    let mut world = WORLD.lock();
    stand_still(&mut world, serial);
}

fn stand_still(world: &mut parking_lot::MutexGuard<'_, World>, serial: u64) {
    if world.stopper == 0 || world.stopper == serial {
        return;
    }
    world.running -= 1;
    STOPPED.notify_all();
    while world.stopper != 0 {
        RESUMED.wait(world);
    }
    world.running += 1;
}

/// All other threads stand still until `resume`.
pub(crate) fn stop(serial: u64) {
    let mut world = WORLD.lock();
    while world.stopper != 0 && world.stopper != serial {
        stand_still(&mut world, serial);
    }
    world.stopper = serial;
    world.depth += 1;
    breaker::set(breaker::STOP);
    while world.running > 1 {
        STOPPED.wait(&mut world);
    }
}

pub(crate) fn resume() {
    let mut world = WORLD.lock();
    world.depth -= 1;
    if world.depth == 0 {
        world.stopper = 0;
        breaker::take(breaker::STOP);
        RESUMED.notify_all();
    }
}

/// In the child of a fork, which the calling thread alone survived. It had stopped the world.
pub(crate) fn after_fork(threads: usize) {
    // SAFETY: one thread exists, and it does not hold the mutex.
    unsafe {
        forget_waiters(&WORLD, &RESUMED, threads);
        forget_waiters(&WORLD, &STOPPED, threads);
    }
    WORLD.lock().running = 1;
}
