//! Shapes: which attribute stands in which slot of an instance.
//!
//! In: names in the order in which instances of a class get them. Out: slot numbers, and one `id` that an inline cache
//! compares. The one invariant: two looks at an object that see the same `id` see the same class, the same version of it
//! and the same layout; ids are never used twice. The idea is Self's maps; the single id that also covers the class is
//! what makes one compare enough.

use super::class::{Class, operate};
use super::header::Obj;
use super::value::Value;
use crate::sync::Word;
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

/// More attributes than this make an instance keep a dict instead.
pub const MOST_SLOTS: usize = 64;
/// More different attributes than this behind the same ones make an instance keep a dict, too: shapes are searched one by one, and
/// live as long as the class.
const MOST_NEXT: usize = 64;

/// The layout of instances that got the same attributes in the same order.
pub struct Shape {
    id: Word<u64>,
    class: NonNull<Obj<Class>>,
    /// Slots inside the object itself; later ones overflow into a buffer.
    inline_slots: u32,
    /// Attributes stand in a dict, not in slots.
    dict_mode: bool,
    names: Vec<Value>,
    next: UnsafeCell<Vec<(u64, NonNull<Shape>)>>,
}

/// A number never used before. Zero is never an id.
pub fn fresh_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Shape {
    pub(super) fn root(class: NonNull<Obj<Class>>, inline_slots: u32, dict_mode: bool) -> Shape {
        let next = UnsafeCell::new(Vec::new());
        Shape { id: Word::new(fresh_id()), class, inline_slots, dict_mode, names: Vec::new(), next }
    }

    #[inline(always)]
    pub fn id(&self) -> u64 {
        self.id.get()
    }

    /// Every cache that knows the old id misses from now on.
    pub(super) fn renew(&self) {
        self.id.set(fresh_id());
    }

    #[inline(always)]
    pub fn class(&self) -> &Obj<Class> {
        // SAFETY: a class owns its shapes, so it outlives this borrow of one.
        unsafe { self.class.as_ref() }
    }

    pub fn dict_mode(&self) -> bool {
        self.dict_mode
    }

    pub fn inline_slots(&self) -> usize {
        self.inline_slots as usize
    }

    /// How many slots are in use.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn names(&self) -> &[Value] {
        &self.names
    }

    /// The slot of an interned name.
    pub fn slot(&self, name: &Value) -> Option<usize> {
        self.names.iter().position(|known| known.is(name))
    }

    /// The shape of an instance that gets one more attribute, or nothing if it should keep a dict from now on.
    pub(crate) fn with(&self, name: &Value) -> Option<NonNull<Shape>> {
        operate(|surgery| {
            // SAFETY: one thread at a time does this, and no borrow leaves here.
            let next = unsafe { &mut *self.next.get() };
            if let Some((_, shape)) = next.iter().find(|(known, _)| *known == name.bits()) {
                return Some(*shape);
            }
            if self.names.len() >= MOST_SLOTS || next.len() >= MOST_NEXT {
                return None;
            }
            let mut shape = Shape::root(self.class, self.inline_slots, self.dict_mode);
            shape.names = self.names.iter().chain([name]).cloned().collect();
            let shape = self.class().own_shape(surgery, shape);
            next.push((name.bits(), shape));
            Some(shape)
        })
    }
}
