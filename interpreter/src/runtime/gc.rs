//! The cycle collector: trial deletion, as CPython's.
//!
//! In: all objects that own values (the heap walks them). Out: those that only keep each other alive are finalized and
//! freed. The one invariant: an object is garbage exactly if, after taking away the references that come from other such objects, none is
//! left and nothing that has one left reaches it. Stacks and native code count by the references they own.
//!
//! Variables: `marks` has for each object how many of its references come from other objects that are traced, or `REACHED` if it must
//! live.

use crate::objects::class::class_flag;
use crate::objects::header::{Header, flag};
use crate::objects::value::Value;
use crate::objects::{attrs, heap, weakref};
use crate::runtime::finalize;
use crate::sync::{Held, publish_object, settle};
use rustc_hash::FxHashSet;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

static ENABLED: AtomicBool = AtomicBool::new(true);
static COLLECTIONS: AtomicU64 = AtomicU64::new(0);
static COLLECTED: AtomicU64 = AtomicU64::new(0);
static RUNNING: AtomicBool = AtomicBool::new(false);

/// Fewer new objects than this never start a collection.
const LEAST: u64 = 10_000;
/// The mark of an object that something alive leads to.
const REACHED: u32 = u32::MAX;

type Object = NonNull<Header>;

pub fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::Relaxed);
}

pub fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// How often the collector ran, and how many objects it found.
pub fn statistics() -> (u64, u64) {
    (COLLECTIONS.load(Ordering::Relaxed), COLLECTED.load(Ordering::Relaxed))
}

/// The allocator asked for a collection.
pub(crate) fn collect_automatically(held: &mut Held) {
    match is_enabled() {
        true => drop(collect(held)),
        false => rearm(0),
    }
}

/// Sets when the collector is asked next: soon if it just found much, else when there are twice as many objects, so that a program
/// that only builds is not searched again and again for what it does not have. A heap that was once much larger is walked as a whole,
/// so its size counts too.
fn rearm(found: usize) {
    let alive = heap::traced_alive();
    let more = if found as u64 > alive / 8 { alive / 4 } else { alive };
    heap::rearm_collector(more.max(LEAST).max(heap::cells() / 16));
}

/// Finds and frees garbage; how many objects that was.
pub fn collect(held: &mut Held) -> usize {
    if RUNNING.swap(true, Ordering::Relaxed) {
        return 0;
    }
    COLLECTIONS.fetch_add(1, Ordering::Relaxed);
    let garbage = held.alone(|_| {
        let garbage = find_garbage();
        clear_weakrefs(&garbage);
        garbage
    });
    let found = garbage.len();
    let survivors = finalize_all(held, garbage);
    free(held, survivors);
    COLLECTED.fetch_add(found as u64, Ordering::Relaxed);
    rearm(found);
    RUNNING.store(false, Ordering::Relaxed);
    if finalize::pending() {
        finalize::run(held);
    }
    found
}

/// Every object that the collector follows from `object`.
fn trace(object: Object, visit: &mut dyn FnMut(Object)) {
    let mut each = |value: &Value| {
        if let Some(header) = value.header().filter(|header| header.has(flag::TRACED)) {
            visit(NonNull::from(header));
        }
    };
    // SAFETY: the heap shows live objects only; nothing is changed while tracing.
    unsafe {
        let header = object.as_ref();
        (header.kind().info().trace)(object, &mut each);
        if header.has(flag::SIDE_ATTRS) {
            attrs::trace(object, &mut each);
        }
        // An instance keeps its class alive by a count of its own. Builtin classes live for ever.
        if !header.class().has(class_flag::BUILTIN) {
            each(&std::mem::ManuallyDrop::new(Value::from_bits(header.class() as *const _ as u64)));
        }
    }
}

fn find_garbage() -> Vec<Value> {
    settle();
    let mut marks = heap::Marks::new();
    heap::for_each_traced(|object| trace(object, &mut |inner| *marks.of(inner) += 1));
    let mut todo: Vec<Object> = Vec::new();
    heap::for_each_traced(|object| {
        // SAFETY: the heap shows live objects only.
        if *marks.of(object) < unsafe { object.as_ref() }.count.get() {
            *marks.of(object) = REACHED;
            todo.push(object);
            reach(&mut marks, &mut todo);
        }
    });
    let mut garbage = Vec::new();
    // In the heap's order, so that finalizers run in the same order every time.
    heap::for_each_traced(|object| {
        if *marks.of(object) != REACHED {
            // It may be another thread's, and lead to what that thread goes on using.
            publish_object(object);
            // SAFETY: it is alive, held by the cycles themselves.
            garbage.push(unsafe { Value::share(object) });
        }
    });
    garbage
}

/// Marks all that the objects in `todo` lead to.
fn reach(marks: &mut heap::Marks, todo: &mut Vec<Object>) {
    while let Some(object) = todo.pop() {
        trace(object, &mut |inner| {
            let mark = marks.of(inner);
            if *mark != REACHED {
                *mark = REACHED;
                todo.push(inner);
            }
        });
    }
}

/// How often finalizers may make more garbage that has finalizers in one collection; the next one sees to the rest.
const ROUNDS: usize = 8;

/// Runs the finalizers of garbage; what is still garbage afterwards comes back. What they let go of is garbage then too, and is
/// not given back before its own finalizers have run.
fn finalize_all(held: &mut Held, mut garbage: Vec<Value>) -> Vec<Value> {
    for _ in 0..ROUNDS {
        let mut wanting: Vec<&Value> = garbage.iter().filter(|value| wants_finalizing(value)).collect();
        if wanting.is_empty() {
            return garbage;
        }
        wanting.sort_by_key(|value| finalize::birth(value));
        wanting.into_iter().for_each(finalize::queue);
        finalize::run(held);
        drop(garbage);
        garbage = held.alone(|_| {
            let garbage = find_garbage();
            clear_weakrefs(&garbage);
            garbage
        });
    }
    Vec::new()
}

fn wants_finalizing(value: &Value) -> bool {
    value.header().is_some_and(|header| header.has(flag::FINALIZER) && !header.has(flag::FINALIZED))
}

/// References to garbage are emptied; callbacks of references that are not garbage themselves are queued.
fn clear_weakrefs(garbage: &[Value]) {
    let mut called: Vec<(Value, Value)> = Vec::new();
    for value in garbage {
        let Some(header) = value.header().filter(|header| header.has(flag::WEAKLY_REFERENCED)) else { continue };
        header.unset(flag::WEAKLY_REFERENCED);
        called.append(&mut weakref::clear(NonNull::from(header)));
    }
    if called.is_empty() {
        return;
    }
    let dead: FxHashSet<u64> = garbage.iter().map(Value::bits).collect();
    for (callback, reference) in called {
        if !dead.contains(&reference.bits()) {
            finalize::queue_callback(callback, reference);
        }
    }
}

/// Breaks the cycles: drops what each object owns, then the objects go one by one.
fn free(held: &mut Held, garbage: Vec<Value>) {
    for value in &garbage {
        held.clear_object(value);
    }
    drop(garbage);
}
