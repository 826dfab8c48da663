//! Classes: names, bases, the method resolution order and the namespace.
//!
//! In: a name, bases and a namespace (from a class statement or a native module). Out: what `type(x)` gives; lookups
//! along the resolution order. The one invariant: whatever changes what a lookup on a class can find renews the version of the
//! class and of all its subclasses, and the ids of their shapes, before the change can free anything.

use super::dict::Dict;
use super::header::{Header, Kind, Obj, Object, Ref, Trace, Visitor, flag};
use super::shape::{Shape, fresh_id};
use super::value::Value;
use crate::sync::{Guarded, Held, ObjCell, Word, Words, publish_object};
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A class.
pub struct Class {
    pub(crate) name: ObjCell<Value>,
    pub(crate) qualname: ObjCell<Value>,
    /// What errors call instances of native classes outside `builtins`: `array.array`.
    pub(crate) full_name: OnceLock<String>,
    pub(crate) bases: ObjCell<Vec<Ref<Class>>>,
    pub(crate) mro: ObjCell<Vec<Ref<Class>>>,
    pub(crate) dict: Ref<Dict>,
    /// The data that instances have.
    pub(crate) kind: Word<Kind>,
    flags: Word<u32>,
    version: Word<u64>,
    #[allow(clippy::vec_box)] // objects point to shapes, so they must not move
    shapes: UnsafeCell<Vec<Box<Shape>>>,
    root: Word<NonNull<Shape>>,
    dict_root: Word<Option<NonNull<Shape>>>,
    /// What calling the class does, and the version under which that was found out.
    pub(crate) constructor: Words<(u64, Constructor)>,
    /// The flags that objects of the class begin with.
    of_instance: Word<u8>,
    /// Words of the names whose plain values have been replaced: no cache remembers what they stand for, so that replacing them again
    /// (a counter in a class) does not make all that is known of the class worthless.
    volatile: UnsafeCell<Vec<u64>>,
    /// Uncounted: a class takes itself out when it ends.
    subclasses: UnsafeCell<Vec<NonNull<Obj<Class>>>>,
}

crate::object!(Class = Kind::CLASS, "type", traced [name, qualname, bases, mro, dict, shapes]);

/// How often what a lookup on a metaclass can find has changed.
pub(crate) static METACLASS_CHANGES: AtomicU64 = AtomicU64::new(0);

/// What calling a class does. The words are those of functions that the class holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Constructor {
    /// Whatever `type.__call__` finds.
    Other,
    /// Makes an instance that has no `__init__`.
    Plain,
    /// Makes an instance and runs an `__init__` written in toy.
    Init(u64),
    /// Makes an exception of which `BaseException` itself keeps the arguments.
    Exception,
    /// Calls a native `__new__`, then an `__init__` if that is not zero.
    Native { new: u64, init: u64 },
}

/// Bits of `Class::flags`.
pub mod class_flag {
    /// Builtin: lives for ever and cannot be changed by programs.
    pub const BUILTIN: u32 = 1;
    /// May not be subclassed.
    pub const FINAL: u32 = 2;
    /// Instances have `__dict__` (or room for attributes).
    pub const HAS_DICT: u32 = 4;
    /// `__del__` is defined somewhere in the resolution order.
    pub const HAS_DEL: u32 = 8;
    /// `__abstractmethods__` is set and not empty.
    pub const ABSTRACT: u32 = 16;
    /// `__getattribute__`, `__getattr__`, `__setattr__` or `__delattr__` are written in toy somewhere.
    pub const GETATTRIBUTE: u32 = 32;
    pub const GETATTR: u32 = 64;
    pub const SETATTR: u32 = 128;
    /// Matched by sequence or mapping patterns.
    pub const SEQUENCE: u32 = 256;
    pub const MAPPING: u32 = 512;
    /// Instances can be weakly referenced.
    pub const WEAKREFS: u32 = 1024;
    /// Some class in the resolution order was made by a class statement.
    pub const HEAP: u32 = 2048;
    /// `__set__` or `__delete__` (a data descriptor), `__get__`: of the class's instances.
    pub const DATA_DESCRIPTOR: u32 = 4096;
    pub const DESCRIPTOR: u32 = 8192;
    /// Cannot be called to make an instance.
    pub const NO_NEW: u32 = 1 << 14;
}

/// What is needed to change the shapes, flags and subclasses of a class: one thread at a time does.
pub(crate) struct Surgery(());

static SURGERY: Guarded<Surgery> = Guarded::new(Surgery(()));

/// Lets one thread at a time change classes.
pub(crate) fn operate<T>(work: impl FnOnce(&mut Surgery) -> T) -> T {
    SURGERY.with(work)
}

impl Trace for UnsafeCell<Vec<Box<Shape>>> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        // SAFETY: the collector stopped everybody else.
        unsafe { (*self.get()).iter().for_each(|shape| shape.names().iter().for_each(&mut *visit)) }
    }
}

impl Class {
    /// The data of a class; `place` is where it is going to live.
    pub(crate) fn new(
        place: NonNull<Obj<Class>>,
        name: Value,
        qualname: Value,
        bases: Vec<Ref<Class>>,
        dict: Ref<Dict>,
        kind: Kind,
        flags: u32,
    ) -> Class {
        let root = Box::new(Shape::root(place, 0, false));
        Class {
            name: ObjCell::private(name),
            qualname: ObjCell::private(qualname),
            full_name: OnceLock::new(),
            bases: ObjCell::private(bases),
            mro: ObjCell::private(Vec::new()),
            dict,
            kind: Word::new(kind),
            flags: Word::new(flags),
            version: Word::new(fresh_id()),
            root: Word::new(NonNull::from(&*root)),
            shapes: UnsafeCell::new(vec![root]),
            dict_root: Word::new(None),
            constructor: Words::new((0, Constructor::Other)),
            of_instance: Word::new(of_instance(flags)),
            volatile: UnsafeCell::new(Vec::new()),
            subclasses: UnsafeCell::new(Vec::new()),
        }
    }

    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn flags(&self) -> u32 {
        self.flags.get()
    }

    pub(crate) fn set_flag(&self, flag: u32) {
        operate(|_| {
            self.flags.set(self.flags.get() | flag);
            self.of_instance.set(of_instance(self.flags.get()));
        });
    }

    pub(crate) fn unset_flag(&self, flag: u32) {
        operate(|_| {
            self.flags.set(self.flags.get() & !flag);
            self.of_instance.set(of_instance(self.flags.get()));
        });
    }

    #[inline(always)]
    pub fn version(&self) -> u64 {
        self.version.get()
    }

    /// The shape of a new instance.
    #[inline(always)]
    pub(crate) fn root_shape(&self) -> NonNull<Shape> {
        self.root.get()
    }

    /// The shape of instances that keep their attributes in a dict.
    pub(crate) fn dict_shape(&self) -> NonNull<Shape> {
        if let Some(shape) = self.dict_root.get() {
            return shape;
        }
        let class = self.root_ref().class();
        operate(|surgery| {
            self.dict_root.get().unwrap_or_else(|| {
                let shape = self.own_shape(surgery, Shape::root(NonNull::from(class), 0, true));
                self.dict_root.set(Some(shape));
                shape
            })
        })
    }

    fn root_ref(&self) -> &Shape {
        // SAFETY: the class owns its root shape.
        unsafe { &*self.root.get().as_ptr() }
    }

    /// Keeps a shape for as long as the class lives.
    pub(crate) fn own_shape(&self, _surgery: &mut Surgery, shape: Shape) -> NonNull<Shape> {
        let shape = Box::new(shape);
        let place = NonNull::from(&*shape);
        // SAFETY: one thread at a time does this, and no borrow of the list leaves this file.
        unsafe { (*self.shapes.get()).push(shape) };
        place
    }

    /// Later instances will have room for so many attributes inside.
    pub(crate) fn widen(&self, slots: usize) {
        if self.root_ref().inline_slots() < slots {
            let class = NonNull::from(self.root_ref().class());
            operate(|surgery| self.root.set(self.own_shape(surgery, Shape::root(class, slots as u32, false))));
        }
    }

    #[inline(always)]
    pub(crate) fn instance_flags(&self) -> u8 {
        self.of_instance.get()
    }

    /// What a lookup on this class can find has changed: no cache may believe what it knew.
    pub(crate) fn modified(&self) {
        operate(|surgery| self.renew(surgery));
    }

    #[allow(clippy::only_used_in_recursion)] // the proof that nobody else operates on classes
    fn renew(&self, surgery: &mut Surgery) {
        self.version.set(fresh_id());
        if self.kind.get() == Kind::CLASS {
            METACLASS_CHANGES.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: one thread at a time does this, and nothing below changes the lists.
        unsafe {
            (*self.shapes.get()).iter().for_each(|shape| shape.renew());
            (*self.subclasses.get()).iter().for_each(|sub| sub.as_ref().renew(surgery));
        }
    }

    /// The plain value of a name was replaced by another: the name becomes volatile, and whoever knew the value forgets it.
    pub(crate) fn replaced(&self, name: &Value) {
        operate(|surgery| {
            // SAFETY: one thread at a time does this, and no borrow of the list leaves here.
            let volatile = unsafe { &mut *self.volatile.get() };
            if !volatile.contains(&name.bits()) {
                volatile.push(name.bits());
                self.renew(surgery);
            }
        });
    }

    /// Whether a name's value in this class's own namespace is one that is replaced now and then.
    pub(crate) fn is_volatile(&self, name: &Value) -> bool {
        // SAFETY: as in `replaced`.
        operate(|_| unsafe { (*self.volatile.get()).contains(&name.bits()) })
    }

    /// The direct subclasses that are alive.
    pub fn subclasses(&self, held: &mut Held) -> Vec<Value> {
        // SAFETY: a class takes itself out of the list before it ends; nobody makes or ends one meanwhile.
        held.alone(|_| unsafe {
            (*self.subclasses.get())
                .iter()
                .map(|class| {
                    publish_object(class.cast());
                    class.as_ref().to_value()
                })
                .collect()
        })
    }

    pub(crate) fn add_subclass(&self, class: &Obj<Class>) {
        // SAFETY: one thread at a time does this.
        operate(|_| unsafe { (*self.subclasses.get()).push(NonNull::from(class)) })
    }

    pub(crate) fn remove_subclass(&self, class: *const Obj<Class>) {
        // SAFETY: one thread at a time does this.
        operate(|_| unsafe { (*self.subclasses.get()).retain(|known| !std::ptr::eq(known.as_ptr(), class)) })
    }
}

/// The flags of objects whose class has these.
fn of_instance(flags: u32) -> u8 {
    let subclass = if flags & class_flag::HEAP != 0 { flag::SUBCLASS } else { 0 };
    let finalizer = if flags & class_flag::HAS_DEL != 0 { flag::FINALIZER } else { 0 };
    subclass | finalizer
}

impl Drop for Class {
    fn drop(&mut self) {
        let place = self.root_ref().class() as *const Obj<Class>;
        // SAFETY: the class ends, so nobody else looks at its bases.
        unsafe { (*self.bases.raw()).iter().for_each(|base| base.remove_subclass(place)) }
    }
}

impl Obj<Class> {
    /// An instance begins to keep its class alive.
    #[inline(always)]
    pub(crate) fn hold_for_instance(&self) {
        self.header().count.inc();
    }

    /// Whether this is `other` or a subclass of it, by the resolution order.
    #[inline]
    pub fn is_subclass_of(&self, other: &Obj<Class>) -> bool {
        std::ptr::eq(self, other) || self.mro_contains(other)
    }

    fn mro_contains(&self, other: &Obj<Class>) -> bool {
        // SAFETY: the resolution order is replaced only by `__bases__` assignment, which no toy code can interleave here.
        unsafe { (*self.mro.raw()).iter().any(|class| std::ptr::eq(&**class, other)) }
    }

    /// The attribute of the class or of the first base that has it, without binding. `name` is interned.
    #[inline]
    pub fn lookup(&self, held: &Held, name: &Value) -> Option<Value> {
        super::lookup::lookup(self, held, name)
    }

    /// Whether the name is volatile in this class or one of its bases: what `lookup` finds may not be remembered.
    pub(crate) fn finds_volatile(&self, held: &Held, name: &Value) -> bool {
        self.mro.read(held, |mro| mro.iter().any(|class| class.is_volatile(name)))
    }

    /// The name as error messages give it: that of a native module's class stands behind the module's.
    pub fn full_name(&self) -> String {
        self.full_name.get().cloned().unwrap_or_else(|| self.name_text())
    }

    pub fn name_text(&self) -> String {
        // SAFETY: names are replaced under the GIL and the borrow ends here.
        unsafe { super::str::text_of(&*self.name.raw()) }
    }
}

/// Undoes `hold_for_instance`.
///
/// # Safety
/// An instance that held the class has just ended.
#[inline(always)]
pub(crate) unsafe fn release_from_instance(class: NonNull<Obj<Class>>) {
    // SAFETY: the class is alive by the reference that the instance owned, which ends here.
    unsafe {
        if class.as_ref().header().count.dec() {
            super::heap::release(class.cast());
        }
    }
}

/// The class of any value.
#[inline]
pub fn class_of(value: &Value) -> &Obj<Class> {
    match value.header() {
        Some(header) => header.class(),
        None => super::core::class_of_immediate(value),
    }
}

impl Value {
    #[inline]
    pub fn class(&self) -> &Obj<Class> {
        class_of(self)
    }

    /// What CPython's argument parsers call a value that does not fit.
    pub fn given_name(&self) -> String {
        if self.is_none() { "None".to_owned() } else { self.class_name() }
    }

    /// The name of the class, as error messages give it.
    pub fn class_name(&self) -> String {
        self.class().full_name()
    }
}

/// Asserts in debug builds that a kind fits what `Object::kind` says.
pub fn kind_is<T: Object>(header: &Header) -> bool {
    header.kind() == T::kind()
}
