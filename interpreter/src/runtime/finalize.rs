//! `__del__` and the callbacks of weak references: queued when an object ends, run at the end of the instruction.
//!
//! In: objects whose last reference went. Out: calls of their finalizers. The one invariant: dropping a value never runs toy code;
//! an object with a finalizer is brought back with one reference, which the queue owns.

use crate::objects::generator::{Generator, State};
use crate::objects::header::{Header, Ref, flag};
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::objects::weakref;
use crate::sync::{Guarded, Held, per_thread};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::ptr::NonNull;

enum Task {
    /// An object to finalize.
    Finalize(Value),
    /// A callback and the dead reference that it is given.
    Callback(Value, Value),
}

struct Queue {
    pending: bool,
    tasks: VecDeque<Task>,
}

per_thread! {
    fn queued() -> Queue = Queue { pending: false, tasks: VecDeque::new() }
}

/// When objects of classes with `__del__` were made: the collector finalizes them in that order, as CPython does.
struct Births {
    count: u64,
    of: Option<FxHashMap<usize, u64>>,
}

static BIRTHS: Guarded<Births> = Guarded::new(Births { count: 0, of: None });

/// An object with a finalizer is made.
#[cold]
#[inline(never)]
pub(crate) fn note_birth(object: NonNull<Header>) {
    BIRTHS.with(|births| {
        births.count += 1;
        let count = births.count;
        births.of.get_or_insert_default().insert(object.as_ptr() as usize, count);
    });
}

/// When the object was made; those of which it is not known come last.
pub(crate) fn birth(object: &Value) -> u64 {
    BIRTHS.with(|births| births.of.as_ref()?.get(&(object.bits() as usize)).copied()).unwrap_or(u64::MAX)
}

fn forget_birth(object: &Header) {
    BIRTHS.with(|births| births.of.as_mut()?.remove(&(object as *const Header as usize)));
}

/// Whether anything waits to be run.
#[inline(always)]
pub(crate) fn pending() -> bool {
    // SAFETY: the queue is this thread's.
    unsafe { (*queued()).pending }
}

fn push(task: Task) {
    // SAFETY: the queue is this thread's; pushing drops nothing.
    unsafe {
        (*queued()).pending = true;
        (*queued()).tasks.push_back(task);
    }
}

/// All that waits, taken out: what a finalizer drops is finalized before the finalizer goes on, and nothing else is.
fn take() -> VecDeque<Task> {
    // SAFETY: the queue is this thread's; the tasks are moved out before anything is dropped.
    unsafe {
        (*queued()).pending = false;
        std::mem::take(&mut (*queued()).tasks)
    }
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

static HOOKS: Guarded<Vec<(u16, Hook)>> = Guarded::new(Vec::new());

/// Registers a native type's finalizer. Its objects need the flag: see `Held::wants_finalizer`.
pub fn register_hook(kind: crate::objects::header::Kind, hook: Hook) {
    HOOKS.with(|hooks| hooks.push((kind.0, hook)));
}

fn native_hook(object: &Value) -> Option<Hook> {
    let kind = object.header()?.kind();
    if object.class().has(crate::objects::class::class_flag::HAS_DEL) {
        return None;
    }
    HOOKS.with(|hooks| hooks.iter().find(|(known, _)| *known == kind.0).map(|(_, hook)| *hook))
}

impl Held {
    /// An object of a native type with a hook asks for it to be run when the last reference goes.
    pub fn wants_finalizer(&self, object: &Value) {
        if let Some(header) = object.header() {
            header.set(flag::FINALIZER);
        }
    }
}
