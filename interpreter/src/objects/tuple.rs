//! `tuple`: a fixed number of values right behind the header.
//!
//! In: values. Out: the same, borrowed as a slice, for nothing can change them. The one invariant: the length never
//! changes, and every item is valid from the moment the tuple can be seen.

use super::class::Class;
use super::header::{Kind, Obj, Object, Ref, Visitor, allocate};
use super::value::Value;
use crate::sync::Held;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU16;

/// The data in front of the items.
pub struct Tuple {
    len: usize,
}

// SAFETY: no other type has this kind, and all items are shown.
unsafe impl Object for Tuple {
    const NAME: &'static str = "tuple";
    const TRACED: bool = true;

    #[inline(always)]
    fn kind() -> Kind {
        Kind::TUPLE
    }

    fn trace(&self, visit: &mut Visitor<'_>) {
        self.as_slice().iter().for_each(visit);
    }
}

impl Tuple {
    pub(crate) fn register_kind() -> Kind {
        static NUMBER: AtomicU16 = AtomicU16::new(u16::MAX);
        Kind::register::<Tuple>(Some(Kind::TUPLE.0), &NUMBER)
    }

    #[inline(always)]
    fn as_slice(&self) -> &[Value] {
        // SAFETY: a `Tuple` exists only inside its allocation, where `len` values stand behind it.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1).cast(), self.len) }
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        let items = (self as *mut Tuple).wrapping_add(1).cast::<Value>();
        for i in (0..self.len).rev() {
            // SAFETY: as in `as_slice`; the tuple ends here, the last item first, as in CPython.
            unsafe { std::ptr::drop_in_place(items.add(i)) }
        }
    }
}

impl Obj<Tuple> {
    /// The items.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        self.as_slice()
    }
}

/// The items of an exact tuple that is given up, one by one: moved out if nobody else has it.
#[inline]
pub(crate) fn into_items(tuple: Ref<Tuple>, mut each: impl FnMut(usize, Value)) {
    if !tuple.header().count.is_sole() {
        tuple.items().iter().enumerate().for_each(|(i, item)| each(i, item.clone()));
        return;
    }
    let data = &**tuple as *const Tuple as *mut Tuple;
    // SAFETY: nobody else can see the tuple; it owns nothing any more from when its length is zero.
    unsafe {
        let len = std::mem::replace(&mut (*data).len, 0);
        for i in 0..len {
            each(i, data.add(1).cast::<Value>().add(i).read());
        }
        super::heap::free_emptied(NonNull::from(tuple.header()));
    }
    std::mem::forget(tuple);
}

/// A tuple of a class, its items taken from an iterator of known length.
#[inline]
fn make(class: &Obj<Class>, len: usize, items: impl Iterator<Item = Value>) -> Ref<Tuple> {
    let tuple = allocate(class, Tuple { len: 0 }, len * size_of::<Value>());
    let start = (&**tuple as *const Tuple).wrapping_add(1) as *mut Value;
    let mut made = 0;
    for (i, item) in items.take(len).enumerate() {
        // SAFETY: there is room for `len` values.
        unsafe { start.add(i).write(item) };
        made = i + 1;
    }
    // SAFETY: the tuple is not shared yet; `made` items were written.
    unsafe { (*(&**tuple as *const Tuple as *mut Tuple)).len = made };
    tuple
}

impl Held {
    pub fn new_tuple(&self, items: Vec<Value>) -> Value {
        if items.is_empty() {
            return super::core().empty_tuple.clone();
        }
        make(&super::core().tuple, items.len(), items.into_iter()).into_value()
    }

    /// A tuple of clones.
    pub fn tuple_of(&self, items: &[Value]) -> Value {
        if items.is_empty() {
            return super::core().empty_tuple.clone();
        }
        make(&super::core().tuple, items.len(), items.iter().cloned()).into_value()
    }

    /// A tuple of two.
    #[inline]
    pub fn new_pair(&self, a: Value, b: Value) -> Value {
        let tuple = allocate(&super::core().tuple, Tuple { len: 2 }, 2 * size_of::<Value>());
        let start = (&**tuple as *const Tuple).wrapping_add(1) as *mut Value;
        // SAFETY: there is room for two values, and the tuple is not shared yet.
        unsafe {
            start.write(a);
            start.add(1).write(b);
        }
        tuple.into_value()
    }

    pub fn tuple_of_class(&self, class: &Obj<Class>, items: &[Value]) -> Ref<Tuple> {
        make(class, items.len(), items.iter().cloned())
    }

    /// A tuple of the first `len` items of an iterator.
    pub fn tuple_from_iter(&self, len: usize, items: impl Iterator<Item = Value>) -> Value {
        if len == 0 {
            return super::core().empty_tuple.clone();
        }
        make(&super::core().tuple, len, items).into_value()
    }
}

pub(super) fn make_empty(class: &Obj<Class>) -> Value {
    make(class, 0, std::iter::empty()).into_value()
}
