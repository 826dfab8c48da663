//! `list`: a growing array of values.
//!
//! In: values. Out: the same by position. The one invariant: the vector is borrowed only inside closures that run no
//! toy code; whoever must call back works on a snapshot.

use super::class::Class;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::sync::{Held, ObjCell};

/// The data of a list.
pub struct List {
    pub(crate) items: ObjCell<Vec<Value>>,
}

crate::object!(List = super::header::Kind::LIST, "list", traced[items]);

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list ends, so nobody else looks at its items.
        drop_backwards(std::mem::take(unsafe { &mut *self.items.raw() }));
    }
}

/// Drops items that stood in a list, the last one first, as CPython does.
pub(crate) fn drop_backwards(mut items: Vec<Value>) {
    let start = items.as_mut_ptr();
    for i in (0..items.len()).rev() {
        // SAFETY: the item is in the vector, which forgets it before it is dropped.
        unsafe {
            items.set_len(i);
            if (*start.add(i)).is_object() {
                drop(start.add(i).read());
            }
        }
    }
}

impl List {
    #[inline]
    pub fn len(&self, held: &Held) -> usize {
        self.items.read(held, Vec::len)
    }

    pub fn is_empty(&self, held: &Held) -> bool {
        self.len(held) == 0
    }

    #[inline]
    pub fn get(&self, held: &Held, i: usize) -> Option<Value> {
        self.items.read(held, |items| items.get(i).cloned())
    }

    #[inline]
    pub fn push(&self, held: &mut Held, value: Value) {
        self.items.admit(&value);
        self.items.arrange(held, |items| items.push(value));
    }

    /// Changes the items in a way that brings none in but those that were `admit`ted.
    #[inline]
    pub fn rearrange<R>(&self, held: &mut Held, change: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        self.items.arrange(held, change)
    }

    /// A value is about to be stored by `rearrange`.
    #[inline]
    pub fn admit(&self, value: &Value) {
        self.items.admit(value);
    }

    /// As `admit`, of several.
    #[inline]
    pub fn admit_all(&self, values: &[Value]) {
        self.items.admit_all(values.iter());
    }

    /// All items at this moment.
    pub fn snapshot(&self, held: &Held) -> Vec<Value> {
        self.items.read(held, Vec::clone)
    }

    /// Looks at the items. The closure runs no toy code.
    #[inline]
    pub fn with<R>(&self, held: &Held, look: impl FnOnce(&[Value]) -> R) -> R {
        self.items.read(held, |items| look(items))
    }

    /// Changes the items. What is taken out is to be returned, and dropped by the caller.
    #[inline]
    pub fn with_mut<R>(&self, held: &mut Held, change: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        self.items.write(held, change)
    }
}

impl Held {
    pub fn new_list(&self, items: Vec<Value>) -> Value {
        self.list_of_class(&super::core().list, items).into_value()
    }

    pub fn list_of_class(&self, class: &Obj<Class>, items: Vec<Value>) -> Ref<List> {
        allocate(class, List { items: ObjCell::private(items) }, 0)
    }
}
