//! Publication: what one thread made and others are about to reach becomes shared, with all that it leads to.
//!
//! In: values about to be stored where other threads can look. Out: the same, marked. The one invariant: whatever a shared object owns
//! is shared. It is kept by `ObjCell::write` and `admit`, by instances, generators and whoever starts a thread; debug
//! builds panic when a private object is touched by a thread that did not make it.
//!
//! Until the first thread starts nothing is published; then everything there is, at once (`publish_all`), and what module globals hold of
//! functions, classes and modules becomes immortal, so that calling them costs the threads nothing.
//!
//! The inverse is `retire`: what others may be using uncounted (caches own nothing) is dropped when all have passed a switch point.

use super::world;
use crate::objects::class::{Class, class_flag};
use crate::objects::code::Code;
use crate::objects::descriptor::{ClassMethod, Property, StaticMethod};
use crate::objects::frame::FrameObject;
use crate::objects::function::{Function, SharedCell};
use crate::objects::header::{Header, Kind, flag};
use crate::objects::module::Module;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::{self, attrs, heap};
use crate::sync::breaker;
use crate::vm::regs::is_object;
use parking_lot::Mutex;
use std::any::Any;
use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering, fence};

thread_local! {
    static PUBLISHING: Cell<bool> = const { Cell::new(false) };
}

/// Whether cells that are traced now are being published.
pub(super) fn is_publishing() -> bool {
    PUBLISHING.get()
}

/// Another thread may reach the value from now on.
#[inline(always)]
pub fn publish(value: &Value) {
    if let Some(header) = value.header()
        && header.count.is_private()
        && world::is_parallel()
    {
        publish_private(NonNull::from(header));
    }
}

/// As `publish`, for an object that is not held by a value.
pub(crate) fn publish_object(object: NonNull<Header>) {
    // SAFETY: the caller has the object alive.
    if unsafe { object.as_ref() }.count.is_private() && world::is_parallel() {
        publish_private(object);
    }
}

#[cold]
#[inline(never)]
fn publish_private(object: NonNull<Header>) {
    let mut todo = Vec::new();
    share(object, &mut todo);
    while let Some(object) = todo.pop() {
        trace(object, &mut |inner| share(inner, &mut todo));
    }
    // Whoever sees the word that is stored next sees the objects whole.
    fence(Ordering::Release);
}

fn share(object: NonNull<Header>, todo: &mut Vec<NonNull<Header>>) {
    // SAFETY: whoever shows the object owns a reference to it.
    if unsafe { object.as_ref() }.count.share() {
        todo.push(object);
    }
}

/// Shows all that an object owns, and publishes its cells.
fn trace(object: NonNull<Header>, visit: &mut dyn FnMut(NonNull<Header>)) {
    // SAFETY: the object is alive and no other thread can look at it yet.
    let header = unsafe { object.as_ref() };
    visit(NonNull::from(header.class().header()));
    if let Some(generator) = FrameObject::generator_of(object) {
        visit(generator);
    }
    let mut each = |value: &Value| {
        if let Some(header) = value.header() {
            visit(NonNull::from(header));
        }
    };
    if header.has(flag::SIDE_ATTRS) {
        attrs::trace(object, &mut each);
    }
    if !header.has(flag::TRACED) {
        return;
    }
    PUBLISHING.set(true);
    // SAFETY: as above.
    unsafe { (header.kind().info().trace)(object, &mut each) };
    PUBLISHING.set(false);
}

/// Another thread is about to start: everything there is becomes reachable for it.
pub(crate) fn publish_all() {
    if !world::is_free() || world::is_parallel() {
        return;
    }
    let mut lasting = Vec::new();
    heap::for_each_live(|object| {
        // SAFETY: the heap shows live objects.
        let header = unsafe { object.as_ref() };
        header.count.share();
        trace(object, &mut |_| ());
        let is_class = header.kind() == Kind::CLASS;
        if header.kind() == Kind::MODULE || header.has(flag::INTERNED) || is_class && is_builtin(object) {
            lasting.push(object);
        }
    });
    let core = objects::core();
    let common = core.latin1.iter().chain([&core.empty_str, &core.empty_tuple]);
    lasting.extend(common.filter_map(Value::header).map(NonNull::from));
    lasting.into_iter().for_each(make_immortal);
    world::set_parallel();
}

fn is_builtin(class: NonNull<Header>) -> bool {
    // SAFETY: the object is alive; the value is not dropped.
    let class = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(class.as_ptr() as u64) });
    class.downcast::<Class>().is_some_and(|class| class.has(class_flag::BUILTIN))
}

/// The object lives for ever, and so does what uses of it would count: a module's functions and classes, a class's
/// methods, a function's code and constants.
fn make_immortal(object: NonNull<Header>) {
    let mut todo = vec![object];
    while let Some(object) = todo.pop() {
        // SAFETY: the object is alive, and only one thread runs.
        let header = unsafe { object.as_ref() };
        if header.count.make_immortal() {
            // SAFETY: as above; the value is not dropped.
            let value = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(object.as_ptr() as u64) });
            Parts(&mut todo).of(&value);
        }
    }
}

/// Whether a value in a namespace is of the lasting kind.
fn lasts(value: &Value) -> bool {
    let Some(header) = value.header() else { return false };
    matches!(header.kind(), Kind::MODULE | Kind::CLASS | Kind::FUNCTION | Kind::NATIVE | Kind::CODE)
        || value.downcast::<Property>().is_some()
        || value.downcast::<StaticMethod>().is_some()
        || value.downcast::<ClassMethod>().is_some()
        || header.has(flag::INTERNED)
}

/// Collects what lives as long as a lasting object: see `make_immortal`.
struct Parts<'a>(&'a mut Vec<NonNull<Header>>);

impl Parts<'_> {
    fn add(&mut self, value: &Value) {
        self.0.extend(value.header().map(NonNull::from));
    }

    /// Adds a value of a namespace, if it is of the lasting kind.
    fn add_lasting(&mut self, value: &Value) {
        if lasts(value) {
            self.add(value);
        }
    }

    fn of(&mut self, value: &Value) {
        // SAFETY: only one thread runs, and nothing is changed.
        unsafe {
            if let Some(module) = value.downcast::<Module>() {
                module.dict.trace_values(&mut |value| self.add_lasting(value));
                self.add(module.dict.value());
            } else if let Some(class) = value.downcast::<Class>() {
                class.dict.trace_values(&mut |value| self.add_lasting(value));
                (*class.mro.raw()).iter().for_each(|base| self.add(base.value()));
                self.0.push(NonNull::from(class.class().header()));
                self.add(class.dict.value());
            } else if let Some(function) = value.downcast::<Function>() {
                self.of_function(function);
            } else if let Some(code) = value.downcast::<Code>() {
                code.consts.iter().for_each(|constant| self.add(constant));
                [&code.name, &code.qualname, &code.doc, &code.filename].into_iter().for_each(|value| self.add(value));
            } else if let Some(tuple) = value.downcast::<Tuple>() {
                tuple.items().iter().for_each(|item| self.of_tuple(item));
            } else if let Some(cell) = value.downcast::<SharedCell>() {
                (*cell.content.raw()).iter().for_each(|value| self.add_lasting(value));
            } else if let Some(property) = value.downcast::<Property>() {
                [&property.get, &property.set, &property.delete]
                    .into_iter()
                    .for_each(|part| self.add_lasting(&*part.raw()));
            } else if let Some(method) = value.downcast::<StaticMethod>() {
                self.add_lasting(&*method.function.raw());
            } else if let Some(method) = value.downcast::<ClassMethod>() {
                self.add_lasting(&*method.function.raw());
            }
        }
    }

    /// # Safety
    /// Only one thread runs.
    unsafe fn of_function(&mut self, function: &Function) {
        // SAFETY: the caller's promise.
        unsafe {
            self.add((*function.code.raw()).value());
            self.add(function.globals.value());
            self.add(function.builtins.value());
            self.add(&function.closure);
            self.add_lasting(&*function.name.raw());
            if let Some(defaults) = (*function.defaults.raw()).downcast::<Tuple>() {
                defaults.items().iter().for_each(|value| self.add_lasting(value));
            }
        }
    }

    /// An item of a tuple of constants or cells.
    fn of_tuple(&mut self, item: &Value) {
        let constant = item.downcast::<Str>().is_some() || item.downcast::<Tuple>().is_some();
        if constant || item.downcast::<SharedCell>().is_some() || lasts(item) {
            self.add(item);
        }
    }
}

/// Something that waits to be dropped.
pub(crate) struct Waiting(#[allow(dead_code)] Box<dyn Any>);

// SAFETY: the values in it are shared, and dropped by a thread that is attached.
unsafe impl Send for Waiting {}

static WAITING: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
/// How many wait, as a hint.
static COUNT: AtomicU64 = AtomicU64::new(0);
/// As soon as so many wait, the world is stopped for them.
const MANY: u64 = 1000;

/// A value is let go that others may be using, uncounted, until their next switch point.
pub(crate) fn retire<T: 'static>(value: T) {
    if !world::is_parallel() {
        return drop(value);
    }
    WAITING.lock().push(Waiting(Box::new(value)));
    if COUNT.fetch_add(1, Ordering::Relaxed) + 1 == MANY {
        breaker::set(breaker::RECLAIM);
    }
}

/// What was retired. The world stands still; it may be dropped from now on.
pub(crate) fn take_retired() -> Vec<Waiting> {
    COUNT.store(0, Ordering::Relaxed);
    std::mem::take(&mut *WAITING.lock())
}

pub(crate) fn drop_retired(retired: Vec<Waiting>) {
    drop(retired);
}

/// Changes what is in a slot that others look at with `share_slot`, as one word; the old value comes back. Whoever does has the lock of
/// what the slot belongs to.
#[inline(always)]
pub(crate) fn swap_slot(slot: &mut Option<Value>, new: Option<Value>) -> Option<Value> {
    // SAFETY: a slot is a word, and it is written by one thread at a time; what was in it is given to the caller.
    unsafe {
        let word = &*(slot as *mut Option<Value>).cast::<AtomicU64>();
        let old = word.load(Ordering::Relaxed);
        word.store(std::mem::transmute::<Option<Value>, u64>(new), Ordering::Release);
        std::mem::transmute::<u64, Option<Value>>(old)
    }
}

/// The word in a slot, with a reference of its own; zero if the slot is empty.
///
/// The slot may change at any time. Memory of objects is only ever used for objects, so the count can be raised
/// before it is known that the object is still in the slot; if it is not, the reference is given back.
///
/// # Safety
/// The slot is a register or a field that holds an `Option<Value>`.
#[inline]
pub(crate) unsafe fn share_slot(slot: *const u64) -> u64 {
    // SAFETY: the caller's promise; a word is read whole.
    let slot = unsafe { &*slot.cast::<AtomicU64>() };
    let mut tries = 0u32;
    loop {
        let bits = slot.load(Ordering::Acquire);
        if !is_object(bits) {
            return bits;
        }
        // SAFETY: see above: there is an object or was one.
        if unsafe { (*(bits as *const Header)).count.try_share() } {
            if slot.load(Ordering::Acquire) == bits {
                return bits;
            }
            // SAFETY: the reference was taken above.
            drop(unsafe { Value::from_bits(bits) });
        }
        tries += 1;
        std::hint::spin_loop();
        if tries > 100 {
            std::thread::yield_now();
        }
        debug_assert!(tries < 10_000_000, "what a shared slot holds is shared");
    }
}
