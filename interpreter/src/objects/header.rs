//! What every object begins with: a count, what kind of data follows, flags and its shape.
//!
//! In: a Rust type that implements `Object`. Out: `Obj<T>`, the counted allocation of one, and `Ref<T>`, a `Value` known
//! to be of that type. The one invariant: `kind` tells the Rust type of the data and never changes; the class (through
//! `shape`) may.

use super::class::Class;
use super::heap;
use super::shape::Shape;
use super::value::Value;
use crate::sync::{Bolt, Count, Flags, Word};
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first sixteen bytes of an object.
#[repr(C)]
pub struct Header {
    pub(crate) count: Count,
    pub(crate) kind: Kind,
    pub(crate) flags: Flags,
    /// The object's lock where there is no GIL.
    pub(crate) lock: Bolt,
    pub(crate) shape: Word<NonNull<Shape>>,
}

/// Bits of `Header::flags`.
pub mod flag {
    /// The class is a subclass written in toy: exact-type shortcuts do not apply.
    pub const SUBCLASS: u8 = 1;
    /// The class has `__del__`, which has not run yet.
    pub const FINALIZER: u8 = 2;
    /// Weak references exist.
    pub const WEAKLY_REFERENCED: u8 = 4;
    /// Attributes of an object whose data has no room for them stand in a table beside the heap.
    pub const SIDE_ATTRS: u8 = 8;
    /// A finalizer ran or is queued.
    pub const FINALIZED: u8 = 16;
    /// The collector looks into it.
    pub const TRACED: u8 = 32;
    /// A string that stands for its text in the table of interned names.
    pub const INTERNED: u8 = 64;
    /// Stands alone, not in a page: see `heap`.
    pub const LARGE: u8 = 128;
}

/// Which Rust type an object's data has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Kind(pub u16);

/// What the heap and the collector must know of a kind.
#[derive(Clone, Copy)]
pub struct KindInfo {
    pub name: &'static str,
    pub size: usize,
    /// Drops the data in place.
    pub drop: unsafe fn(NonNull<Header>),
    /// Shows every value that the data owns.
    pub trace: unsafe fn(NonNull<Header>, &mut Visitor<'_>),
    pub traced: bool,
}

/// Is shown every value that an object owns.
pub type Visitor<'a> = dyn FnMut(&Value) + 'a;

/// Data that can stand in an object. Implement it with `object!`.
///
/// # Safety
/// `kind()` must be a kind that no other type has, and `trace` must show every `Value` owned by `self` exactly once.
pub unsafe trait Object: Sized + 'static {
    const NAME: &'static str;
    /// Whether values are owned at all; if not, the collector passes the object over.
    const TRACED: bool;

    fn kind() -> Kind;

    fn trace(&self, visit: &mut Visitor<'_>);
}

/// A type that knows the values in it. Fields of objects implement it.
pub trait Trace {
    fn trace(&self, visit: &mut Visitor<'_>);
}

/// An allocation: header and data.
#[repr(C)]
pub struct Obj<T> {
    header: Header,
    data: T,
}

impl<T> Deref for Obj<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.data
    }
}

impl<T> Obj<T> {
    #[inline(always)]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// A new owner of this object.
    #[inline(always)]
    pub fn to_value(&self) -> Value {
        // SAFETY: `self` is borrowed, so it is alive.
        unsafe { Value::share(NonNull::from(&self.header)) }
    }

    pub fn to_ref(&self) -> Ref<T> {
        Ref(self.to_value(), PhantomData)
    }

    pub fn class(&self) -> &Obj<Class> {
        self.header.class()
    }

    /// Writes a new object by hand: for the first classes only.
    ///
    /// # Safety
    /// `place` has room for it and is not used yet; the header's count of one belongs to the result.
    pub(crate) unsafe fn write(place: NonNull<Obj<T>>, header: Header, data: T) -> Ref<T> {
        // SAFETY: the caller's promise.
        unsafe {
            place.as_ptr().write(Obj { header, data });
            Ref::assume(Value::from_bits(place.as_ptr() as u64))
        }
    }
}

/// A value known to be an object of type `T`.
#[repr(transparent)]
pub struct Ref<T>(Value, PhantomData<T>);

impl<T> Deref for Ref<T> {
    type Target = Obj<T>;

    #[inline(always)]
    fn deref(&self) -> &Obj<T> {
        // SAFETY: a `Ref<T>` is made only of objects of that kind.
        unsafe { &*(self.0.bits() as *const Obj<T>) }
    }
}

impl<T> Clone for Ref<T> {
    fn clone(&self) -> Ref<T> {
        Ref(self.0.clone(), PhantomData)
    }
}

impl<T> Ref<T> {
    #[inline(always)]
    pub fn value(&self) -> &Value {
        &self.0
    }

    #[inline(always)]
    pub fn into_value(self) -> Value {
        self.0
    }

    /// # Safety
    /// The value must be an object whose data is a `T`.
    pub unsafe fn assume(value: Value) -> Ref<T> {
        Ref(value, PhantomData)
    }
}

impl<T> From<Ref<T>> for Value {
    fn from(object: Ref<T>) -> Value {
        object.0
    }
}

impl Header {
    /// The shape, which leads to the class.
    #[inline(always)]
    pub fn shape(&self) -> &Shape {
        // SAFETY: an object's shape lives as long as its class, which the object keeps alive.
        unsafe { &*self.shape.get().as_ptr() }
    }

    #[inline(always)]
    pub fn class(&self) -> &Obj<Class> {
        self.shape().class()
    }

    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    #[inline(always)]
    pub fn has(&self, flag: u8) -> bool {
        self.flags.get() & flag != 0
    }

    /// All of them at once.
    #[inline(always)]
    pub(super) fn flags(&self) -> u8 {
        self.flags.get()
    }

    pub(crate) fn set(&self, flag: u8) {
        self.flags.set(flag);
    }

    pub(crate) fn unset(&self, flag: u8) {
        self.flags.unset(flag);
    }

    /// Kind and exactness in one test: an object of this kind whose class is the builtin one.
    #[inline(always)]
    pub fn is_exactly(&self, kind: Kind) -> bool {
        self.kind == kind && self.flags.get() & flag::SUBCLASS == 0
    }
}

impl Value {
    /// The data, if this is an object of type `T` (or of a subclass of its class).
    #[inline(always)]
    pub fn downcast<T: Object>(&self) -> Option<&Obj<T>> {
        let header = self.header()?;
        if header.kind == T::kind() {
            // SAFETY: the kind tells the type of the data.
            Some(unsafe { &*(header as *const Header as *const Obj<T>) })
        } else {
            None
        }
    }

    /// As `downcast`, but not for instances of subclasses.
    #[inline(always)]
    pub fn exactly<T: Object>(&self) -> Option<&Obj<T>> {
        self.downcast::<T>().filter(|object| !object.header.has(flag::SUBCLASS))
    }

    #[inline(always)]
    pub fn is_kind(&self, kind: Kind) -> bool {
        self.header().is_some_and(|header| header.kind == kind)
    }

    /// Turns an owned value into an owned `Ref`.
    pub fn into_ref<T: Object>(self) -> Result<Ref<T>, Value> {
        if self.downcast::<T>().is_some() { Ok(Ref(self, PhantomData)) } else { Err(self) }
    }
}

/// Allocates an object of a class. `extra` bytes of room follow the data.
pub(crate) fn allocate<T: Object>(class: &Obj<Class>, data: T, extra: usize) -> Ref<T> {
    let shape = class.root_shape();
    let kind = T::kind();
    // An instance of a subclass may have attributes, and its class may lead back to it.
    let traced = T::TRACED || class.has(super::class::class_flag::HEAP);
    let size = size_of::<Obj<T>>() + extra;
    let flags = class.instance_flags() | if traced { flag::TRACED } else { 0 } | heap::flag_of(size);
    let object = heap::allocate(size, traced).cast::<Obj<T>>();
    class.hold_for_instance();
    let header =
        Header { count: Count::one(), kind, flags: Flags::new(flags), lock: Bolt::new(), shape: Word::new(shape) };
    // SAFETY: the heap gave room for an `Obj<T>`, aligned to sixteen bytes.
    unsafe { object.as_ptr().write(Obj { header, data }) };
    if flags & flag::FINALIZER != 0 {
        crate::runtime::finalize::note_birth(object.cast());
    }
    // SAFETY: the count of one is owned by this value.
    unsafe { Ref::assume(Value::from_bits(object.as_ptr() as u64)) }
}

impl Kind {
    pub const BIG_INT: Kind = Kind(0);
    pub const FLOAT: Kind = Kind(1);
    pub const STR: Kind = Kind(2);
    pub const BYTES: Kind = Kind(3);
    pub const TUPLE: Kind = Kind(4);
    pub const LIST: Kind = Kind(5);
    pub const DICT: Kind = Kind(6);
    pub const SET: Kind = Kind(7);
    pub const INSTANCE: Kind = Kind(8);
    pub const CLASS: Kind = Kind(9);
    pub const FUNCTION: Kind = Kind(10);
    pub const NATIVE: Kind = Kind(11);
    pub const BOUND_METHOD: Kind = Kind(12);
    pub const CELL: Kind = Kind(13);
    pub const CODE: Kind = Kind(14);
    pub const MODULE: Kind = Kind(15);
    pub const GENERATOR: Kind = Kind(16);
    pub const EXCEPTION: Kind = Kind(17);
    pub const RANGE_ITER: Kind = Kind(18);
    pub const LIST_ITER: Kind = Kind(19);
    pub const INT_OBJECT: Kind = Kind(20);
    pub const SLICE: Kind = Kind(21);
    pub const STR_ITER: Kind = Kind(22);
    pub const DICT_ITER: Kind = Kind(23);
    pub const SET_ITER: Kind = Kind(24);
    pub const BYTES_ITER: Kind = Kind(25);
    pub const LIST_REVERSE: Kind = Kind(26);
    pub const ENUMERATE: Kind = Kind(27);
    pub const ZIP: Kind = Kind(28);
    const FIRST_FREE: u16 = 32;
    pub(crate) const MOST: usize = 1024;

    /// What the heap must know of this kind.
    #[inline]
    pub(crate) fn info(self) -> &'static KindInfo {
        // SAFETY: an entry is written once, before the first object of its kind is made, and never again.
        unsafe { (*KINDS.0.get())[self.0 as usize].as_ref().expect("the kind of a live object is registered") }
    }

    /// Drops the data of an object of this kind. What programs make and drop most is named, so that no pointer need be followed.
    ///
    /// # Safety
    /// The object has this kind and its last reference is gone.
    #[inline(always)]
    pub(crate) unsafe fn drop_data(self, object: NonNull<Header>) {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Kind::INSTANCE => drop_data::<super::instance::Instance>(object),
                Kind::TUPLE => drop_data::<super::tuple::Tuple>(object),
                Kind::LIST => drop_data::<super::list::List>(object),
                Kind::FLOAT | Kind::STR | Kind::RANGE_ITER => (),
                Kind::LIST_ITER => drop_data::<super::iter::ListIter>(object),
                Kind::BOUND_METHOD => drop_data::<super::function::BoundMethod>(object),
                _ => (self.info().drop)(object),
            }
        }
    }

    /// Registers a type under a fixed number, or the next free one.
    #[cold]
    pub fn register<T: Object>(fixed: Option<u16>, cell: &AtomicU16) -> Kind {
        static LOCK: Mutex<u16> = Mutex::new(Kind::FIRST_FREE);
        let known = cell.load(Ordering::Acquire);
        if known != u16::MAX {
            return Kind(known);
        }
        let mut next = LOCK.lock().expect("no panic while registering");
        let known = cell.load(Ordering::Acquire);
        if known != u16::MAX {
            return Kind(known);
        }
        let number = fixed.unwrap_or_else(|| {
            *next += 1;
            *next - 1
        });
        let info = KindInfo {
            name: T::NAME,
            size: size_of::<Obj<T>>(),
            drop: drop_data::<T>,
            trace: trace_data::<T>,
            traced: T::TRACED,
        };
        // SAFETY: under the lock, and nobody reads the entry before its number is published below.
        unsafe { (*KINDS.0.get())[number as usize] = Some(info) };
        cell.store(number, Ordering::Release);
        Kind(number)
    }
}

struct KindTable(std::cell::UnsafeCell<[Option<KindInfo>; Kind::MOST]>);

// SAFETY: written under the lock of `Kind::register` only, each entry once and before it is used.
unsafe impl Sync for KindTable {}

static KINDS: KindTable = KindTable(std::cell::UnsafeCell::new([None; Kind::MOST]));

#[inline(always)]
unsafe fn drop_data<T: Object>(object: NonNull<Header>) {
    // SAFETY: the kind told that the data is a `T`; the heap calls this once, when the last reference is gone.
    unsafe { std::ptr::drop_in_place(&mut (*object.cast::<Obj<T>>().as_ptr()).data) }
}

unsafe fn trace_data<T: Object>(object: NonNull<Header>, visit: &mut Visitor<'_>) {
    // SAFETY: the kind told that the data is a `T`, and the object is alive.
    unsafe { object.cast::<Obj<T>>().as_ref().data.trace(visit) }
}

/// Implements `Object` for a struct: `object!(List = Kind::LIST, "list", traced [items])` for a core type,
/// `object!(Deque, "deque", traced [items])` for others, `object!(Hash, "hash")` if it owns no values.
#[macro_export]
macro_rules! object {
    ($ty:ty = $kind:expr, $name:literal $(, traced [$($field:tt),*])?) => {
        $crate::object!(@impl $ty, Some($kind.0), $name, ($kind), [$([$($field),*])?]);
    };
    ($ty:ty, $name:literal $(, traced [$($field:tt),*])?) => {
        $crate::object!(@impl $ty, None, $name, (), [$([$($field),*])?]);
    };
    (@impl $ty:ty, $fixed:expr, $name:literal, ($($kind:expr)?), [$([$($field:tt),*])?]) => {
        // SAFETY: `kind` registers a number of its own for the type; the listed fields are those that own values.
        unsafe impl $crate::objects::header::Object for $ty {
            const NAME: &'static str = $name;
            const TRACED: bool = $crate::object!(@traced $([$($field),*])?);

            #[inline(always)]
            fn kind() -> $crate::objects::header::Kind {
                $crate::object!(@kind $ty, $fixed $(, $kind)?)
            }

            #[allow(unused_variables)]
            fn trace(&self, visit: &mut $crate::objects::header::Visitor<'_>) {
                $($($crate::objects::header::Trace::trace(&self.$field, visit);)*)?
            }
        }

        impl $ty {
            /// Makes the kind known to the heap; called when the class is made.
            #[allow(dead_code)]
            #[inline]
            pub(crate) fn register_kind() -> $crate::objects::header::Kind {
                static NUMBER: std::sync::atomic::AtomicU16 = std::sync::atomic::AtomicU16::new(u16::MAX);
                let known = NUMBER.load(std::sync::atomic::Ordering::Acquire);
                if known != u16::MAX {
                    return $crate::objects::header::Kind(known);
                }
                $crate::objects::header::Kind::register::<$ty>($fixed, &NUMBER)
            }
        }
    };
    (@traced) => { false };
    (@traced [$($field:tt),*]) => { true };
    (@kind $ty:ty, $fixed:expr, $kind:expr) => { $kind };
    (@kind $ty:ty, $fixed:expr) => { <$ty>::register_kind() };
}

impl Trace for Value {
    fn trace(&self, visit: &mut Visitor<'_>) {
        visit(self);
    }
}

impl<T> Trace for Ref<T> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        visit(&self.0);
    }
}

impl<T: Trace> Trace for Option<T> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.iter().for_each(|inner| inner.trace(visit));
    }
}

impl<T: Trace> Trace for Vec<T> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.iter().for_each(|item| item.trace(visit));
    }
}

impl<T: Trace> Trace for Box<[T]> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.iter().for_each(|item| item.trace(visit));
    }
}

impl<T: Trace> Trace for std::collections::VecDeque<T> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.iter().for_each(|item| item.trace(visit));
    }
}

impl<T: Trace, const N: usize> Trace for [T; N] {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.iter().for_each(|item| item.trace(visit));
    }
}

/// Data that owns no values: nothing to show.
#[macro_export]
macro_rules! owns_no_values {
    ($($ty:ty),* $(,)?) => {
        $(impl $crate::objects::header::Trace for $ty {
            fn trace(&self, _visit: &mut $crate::objects::header::Visitor<'_>) {}
        })*
    };
}

owns_no_values!((), bool, u8, i32, u32, i64, u64, usize, isize, String, num_bigint::BigInt, &'static str);
owns_no_values!(toy_text::CharsBuf, toy_text::random::Random, std::os::fd::OwnedFd);

impl<T: ?Sized> Trace for std::sync::Arc<T> {
    /// What is shared this way owns no values; what does has an impl of its own, for a type around it.
    fn trace(&self, _visit: &mut Visitor<'_>) {}
}

impl<K, V: Trace> Trace for std::collections::BTreeMap<K, V> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.values().for_each(|item| item.trace(visit));
    }
}

impl<K, V: Trace, S> Trace for std::collections::HashMap<K, V, S> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.values().for_each(|item| item.trace(visit));
    }
}

impl<T> Trace for *const T {
    fn trace(&self, _visit: &mut Visitor<'_>) {}
}

impl<A: Trace, B: Trace> Trace for (A, B) {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.0.trace(visit);
        self.1.trace(visit);
    }
}

impl<T: Trace> Trace for crate::sync::ObjCell<T> {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.note_trace();
        // SAFETY: the collector stopped everybody else, or the object is not shared yet; a visitor changes nothing.
        unsafe { (*self.raw()).trace(visit) }
    }
}
