//! `__del__` and the callbacks of weak references: queued when an object ends, run at the end of the instruction.
//!
//! In: objects whose last reference went. Out: calls of their finalizers. The one invariant: dropping a value never runs toy code;
//! an object with a finalizer is brought back with one reference, which the queue owns.

use crate::objects::generator::{Generator, State};
use crate::objects::header::{Header, Ref, flag};
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::objects::weakref;
use crate::sync::Held;
use rustc_hash::FxHashMap;
use std::cell::{Cell, UnsafeCell};
use std::collections::VecDeque;
use std::ptr::NonNull;

enum Task {
    /// An object to finalize.
    Finalize(Value),
    /// A callback and the dead reference that it is given.
    Callback(Value, Value),
}

struct Queue {
    pending: Cell<bool>,
    tasks: UnsafeCell<VecDeque<Task>>,
}

// SAFETY: used under the GIL only.
unsafe impl Sync for Queue {}

static QUEUE: Queue = Queue { pending: Cell::new(false), tasks: UnsafeCell::new(VecDeque::new()) };

/// When objects of classes with `__del__` were made: the collector finalizes them in that order, as CPython does.
struct Births {
    count: Cell<u64>,
    of: UnsafeCell<Option<FxHashMap<usize, u64>>>,
}

// SAFETY: used under the GIL only.
unsafe impl Sync for Births {}

static BIRTHS: Births = Births { count: Cell::new(0), of: UnsafeCell::new(None) };

/// An object with a finalizer is made.
#[cold]
#[inline(never)]
pub(crate) fn note_birth(object: NonNull<Header>) {
    let count = BIRTHS.count.get() + 1;
    BIRTHS.count.set(count);
    // SAFETY: under the GIL.
    unsafe { (*BIRTHS.of.get()).get_or_insert_default().insert(object.as_ptr() as usize, count) };
}

/// When the object was made; those of which it is not known come last.
pub(crate) fn birth(object: &Value) -> u64 {
    // SAFETY: under the GIL.
    let births = unsafe { (*BIRTHS.of.get()).as_ref() };
    births.and_then(|births| births.get(&(object.bits() as usize)).copied()).unwrap_or(u64::MAX)
}

fn forget_birth(object: &Header) {
    // SAFETY: under the GIL.
    if let Some(births) = unsafe { (*BIRTHS.of.get()).as_mut() } {
        births.remove(&(object as *const Header as usize));
    }
}

/// Whether anything waits to be run.
#[inline(always)]
pub(crate) fn pending() -> bool {
    QUEUE.pending.get()
}

fn push(task: Task) {
    QUEUE.pending.set(true);
    // SAFETY: under the GIL; pushing drops nothing.
    unsafe { (*QUEUE.tasks.get()).push_back(task) };
}

/// All that waits, taken out: what a finalizer drops is finalized before the finalizer goes on, and nothing else is.
fn take() -> VecDeque<Task> {
    QUEUE.pending.set(false);
    // SAFETY: under the GIL; the tasks are moved out before anything is dropped.
    unsafe { std::mem::take(&mut *QUEUE.tasks.get()) }
}

/// An object's last reference went: clears its weak references and queues its finalizer. True if it lives on for that.
pub(crate) fn resurrect(object: NonNull<Header>) -> bool {
    // SAFETY: the heap calls this before it drops the data.
    let header = unsafe { object.as_ref() };
    if header.has(flag::FINALIZER) && !header.has(flag::FINALIZED) {
        header.set(flag::FINALIZED);
        forget_birth(header);
        header.count.set(1);
        // SAFETY: the count of one belongs to the queue.
        push(Task::Finalize(unsafe { Value::from_bits(object.as_ptr() as u64) }));
        return true;
    }
    if header.has(flag::WEAKLY_REFERENCED) {
        header.unset(flag::WEAKLY_REFERENCED);
        for (callback, reference) in weakref::clear(object) {
            push(Task::Callback(callback, reference));
        }
    }
    false
}

/// Queues what the collector found to be finalized.
pub(crate) fn queue(object: &Value) {
    if let Some(header) = object.header() {
        header.set(flag::FINALIZED);
        forget_birth(header);
        push(Task::Finalize(object.clone()));
    }
}

/// Queues the callback of a weak reference whose object the collector is about to free.
pub(crate) fn queue_callback(callback: Value, reference: Value) {
    push(Task::Callback(callback, reference));
}

/// Runs all that is queued. Exceptions are reported as unraisable.
#[cold]
#[inline(never)]
pub(crate) fn run(held: &mut Held) {
    let mut tasks = take();
    while let Some(task) = tasks.pop_front() {
        let handled = held.save_handled();
        match task {
            Task::Finalize(object) => finalize(held, &object),
            Task::Callback(callback, reference) => {
                if let Err(raised) = held.call(&callback, &[reference]) {
                    held.unraisable(raised, "Exception ignored in", &callback);
                }
            }
        }
        held.restore_handled(handled);
        if tasks.is_empty() {
            tasks = take();
        }
    }
}

fn finalize(held: &mut Held, object: &Value) {
    if let Some(generator) = object.downcast::<crate::objects::generator::Generator>() {
        return finalize_generator(held, &generator.to_ref(), object);
    }
    if let Some(hook) = native_hook(object) {
        return hook(held, object);
    }
    let Some(method) = object.class().lookup(held, n::__del__.value()) else { return };
    if let Err(raised) = held.call(&method, std::slice::from_ref(object)) {
        held.unraisable(raised, "Exception ignored in", &method);
    }
}

/// Closes a generator that was dropped; its event loop may want to do that itself.
fn finalize_generator(held: &mut Held, generator: &Ref<Generator>, object: &Value) {
    if generator.state.get() == State::Finished {
        return;
    }
    let finalizer = generator.finalizer.read(held, Clone::clone).filter(|_| !generator.closed.get());
    let closed = match finalizer {
        Some(finalizer) => held.call(&finalizer, std::slice::from_ref(object)).map(drop),
        None => {
            if generator.is_coroutine() && generator.state.get() == State::Created {
                held.warn_unawaited(generator);
            }
            generator.close(held)
        }
    };
    if let Err(raised) = closed {
        held.unraisable(raised, "Exception ignored in", object);
    }
}

/// What a native type wants done before its objects end (files are flushed).
pub type Hook = fn(&mut Held, &Value);

struct Hooks(UnsafeCell<Vec<(u16, Hook)>>);

// SAFETY: used under the GIL only.
unsafe impl Sync for Hooks {}

static HOOKS: Hooks = Hooks(UnsafeCell::new(Vec::new()));

/// Registers a native type's finalizer. Its objects need the flag: see `Held::wants_finalizer`.
pub fn register_hook(kind: crate::objects::header::Kind, hook: Hook) {
    // SAFETY: under the GIL.
    unsafe { (*HOOKS.0.get()).push((kind.0, hook)) };
}

fn native_hook(object: &Value) -> Option<Hook> {
    let kind = object.header()?.kind();
    if object.class().has(crate::objects::class::class_flag::HAS_DEL) {
        return None;
    }
    // SAFETY: under the GIL.
    unsafe { (*HOOKS.0.get()).iter().find(|(known, _)| *known == kind.0).map(|(_, hook)| *hook) }
}

impl Held {
    /// An object of a native type with a hook asks for it to be run when the last reference goes.
    pub fn wants_finalizer(&self, object: &Value) {
        if let Some(header) = object.header() {
            header.set(flag::FINALIZER);
        }
    }
}
