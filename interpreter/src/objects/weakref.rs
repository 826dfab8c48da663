//! Weak references: the data, and the table from an object to those that refer to it.
//!
//! In: an object. Out: the object while it lives. The one invariant: an object's header has `WEAKLY_REFERENCED` exactly
//! while the table has an entry for it; the entry goes, and the references are emptied, before the object's data.

use super::class::Class;
use super::header::{Header, Obj, Ref, allocate, flag};
use super::value::Value;
use crate::sync::{Held, ObjCell};
use rustc_hash::FxHashMap;
use std::cell::{Cell, UnsafeCell};
use std::ptr::NonNull;
use std::sync::OnceLock;

/// The data of `weakref.ref` and of proxies.
pub struct WeakRef {
    /// The object, uncounted; nothing when it has ended.
    pub(crate) target: Cell<Option<NonNull<Header>>>,
    pub(crate) callback: ObjCell<Option<Value>>,
    /// Of the object, remembered while it lives.
    pub(crate) hash: Cell<Option<i64>>,
}

crate::object!(WeakRef, "weakref", traced[callback]);

type Table = FxHashMap<usize, Vec<NonNull<Obj<WeakRef>>>>;

struct Global(OnceLock<UnsafeCell<Table>>);

// SAFETY: used under the GIL only.
unsafe impl Sync for Global {}
// SAFETY: as above.
unsafe impl Send for Global {}

static TABLE: Global = Global(OnceLock::new());

fn table() -> *mut Table {
    TABLE.0.get_or_init(|| UnsafeCell::new(FxHashMap::default())).get()
}

/// Empties all references to an object that ends; those with a callback come back, latest first.
pub(crate) fn clear(object: NonNull<Header>) -> Vec<(Value, Value)> {
    // SAFETY: under the GIL; the entry is moved out.
    let references = unsafe { (*table()).remove(&(object.as_ptr() as usize)) }.unwrap_or_default();
    let mut callbacks = Vec::new();
    for reference in references.into_iter().rev() {
        // SAFETY: a reference that ends takes itself out of the table first.
        let reference = unsafe { reference.as_ref() };
        reference.target.set(None);
        // The object hung on this reference, which is ending itself: nobody is left to be called.
        if reference.header().count.get() == 0 {
            continue;
        }
        // SAFETY: under the GIL; nothing else borrows the cell.
        if let Some(callback) = unsafe { (*reference.callback.raw()).take() } {
            callbacks.push((callback, reference.to_value()));
        }
    }
    callbacks
}

impl WeakRef {
    /// The object, if it is still alive.
    pub fn upgrade(&self) -> Option<Value> {
        // SAFETY: the target is emptied before the object ends.
        self.target.get().map(|target| unsafe { Value::share(target) })
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        let Some(target) = self.target.get() else { return };
        let key = target.as_ptr() as usize;
        // SAFETY: under the GIL; `self` stands in an object behind its header.
        unsafe {
            let own = (self as *const WeakRef as usize - size_of::<Header>()) as *mut Obj<WeakRef>;
            if let Some(references) = (*table()).get_mut(&key) {
                references.retain(|known| known.as_ptr() != own);
                if references.is_empty() {
                    (*table()).remove(&key);
                    target.as_ref().unset(flag::WEAKLY_REFERENCED);
                }
            }
        }
    }
}

impl Held {
    /// A weak reference of a class (`ref` or a subclass). Nothing if the object cannot be referred to weakly.
    pub fn new_weakref(&self, class: &Obj<Class>, object: &Value, callback: Option<Value>) -> Option<Ref<WeakRef>> {
        let header = object.header()?;
        if !object.class().has(super::class::class_flag::WEAKREFS) {
            return None;
        }
        let target = NonNull::from(header);
        if callback.is_none()
            && !class.has(super::class::class_flag::HEAP)
            && let Some(known) = self
                .weakrefs_as_made(object)
                .into_iter()
                .find(|known| std::ptr::eq(known.class(), class) && known.callback.read(self, Option::is_none))
        {
            return Some(known);
        }
        let data = WeakRef { target: Cell::new(Some(target)), callback: ObjCell::new(callback), hash: Cell::new(None) };
        let reference = allocate(class, data, 0);
        // SAFETY: under the GIL.
        unsafe {
            let place = NonNull::from(&*reference);
            (*table()).entry(target.as_ptr() as usize).or_default().push(place);
        }
        header.set(flag::WEAKLY_REFERENCED);
        Some(reference)
    }

    /// All references to an object in CPython's order: the plain one, the plain proxy, then the latest first.
    pub fn weakrefs(&self, object: &Value) -> Vec<Ref<WeakRef>> {
        let mut all = self.weakrefs_as_made(object);
        all.reverse();
        all.sort_by_key(|reference| {
            let plain = reference.callback.read(self, Option::is_none);
            let class = reference.class();
            match plain {
                true if std::ptr::eq(class, &*super::core().weakref) => 0,
                true if !class.is_subclass_of(&super::core().weakref) => 1,
                _ => 2,
            }
        });
        all
    }

    fn weakrefs_as_made(&self, object: &Value) -> Vec<Ref<WeakRef>> {
        let Some(header) = object.header() else { return Vec::new() };
        let key = header as *const Header as usize;
        // SAFETY: under the GIL; references in the table are alive.
        unsafe {
            (*table()).get(&key).map(|all| all.iter().map(|it| it.as_ref().to_ref()).collect()).unwrap_or_default()
        }
    }
}
