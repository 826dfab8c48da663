//! Weak references: the data, and the table from an object to those that refer to it.
//!
//! In: an object. Out: the object while it lives. The one invariant: an object's header has `WEAKLY_REFERENCED` exactly
//! while the table has an entry for it; the entry goes, and the references are emptied, before the object's data.

use super::class::Class;
use super::header::{Header, Obj, Ref, allocate, flag};
use super::value::Value;
use crate::sync::{Guarded, Held, ObjCell, Word, Words, is_parallel, publish};
use rustc_hash::FxHashMap;
use std::ptr::NonNull;

/// The data of `weakref.ref` and of proxies.
pub struct WeakRef {
    /// The object, uncounted; nothing when it has ended.
    pub(crate) target: Word<Option<NonNull<Header>>>,
    pub(crate) callback: ObjCell<Option<Value>>,
    /// Of the object, remembered while it lives.
    pub(crate) hash: Words<Option<i64>>,
    /// Where it stands among the references to its object.
    place: Word<usize>,
}

crate::object!(WeakRef, "weakref", traced[callback]);

type Table = FxHashMap<usize, References>;

/// The references to one object, in the order in which they were made. One that ends leaves a hole, and where holes are many the
/// others move together: an object with a hundred thousand references loses each in the same time.
#[derive(Default)]
struct References {
    all: Vec<Option<NonNull<Obj<WeakRef>>>>,
    holes: usize,
}

impl References {
    fn add(&mut self, reference: &Obj<WeakRef>) {
        reference.place.set(self.all.len());
        self.all.push(Some(NonNull::from(reference)));
    }

    /// Takes one out; whether none is left.
    fn remove(&mut self, reference: &WeakRef) -> bool {
        self.all[reference.place.get()] = None;
        self.holes += 1;
        if self.holes * 2 > self.all.len() {
            self.all.retain(Option::is_some);
            self.holes = 0;
            for (i, known) in self.iter().enumerate() {
                // SAFETY: a reference that ends takes itself out first.
                unsafe { known.as_ref() }.place.set(i);
            }
        }
        self.all.is_empty()
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = NonNull<Obj<WeakRef>>> {
        self.all.iter().copied().flatten()
    }
}

static TABLE: Guarded<Option<Table>> = Guarded::new(None);

/// Empties all references to an object that ends; those with a callback come back, latest first.
pub(crate) fn clear(object: NonNull<Header>) -> Vec<(Value, Value)> {
    let emptied: Vec<Ref<WeakRef>> = TABLE.with(|table| {
        let references = table.as_mut().and_then(|table| table.remove(&(object.as_ptr() as usize))).unwrap_or_default();
        references
            .iter()
            .rev()
            .filter_map(|reference| {
                // SAFETY: a reference that ends takes itself out of the table first.
                let reference = unsafe { reference.as_ref() };
                reference.target.set(None);
                // The object hung on a reference that is ending itself: nobody is left to be called.
                held_still(reference)
            })
            .collect()
    });
    let take = |reference: Ref<WeakRef>| Some((reference.callback.seize(Option::take)?, reference.into_value()));
    emptied.into_iter().filter_map(take).collect()
}

/// A new owner of a reference in the table, unless it is ending.
fn held_still(reference: &Obj<WeakRef>) -> Option<Ref<WeakRef>> {
    // SAFETY: its memory is its own until it is out of the table; the count was raised for the new owner.
    unsafe {
        let alive = reference.header().count.try_inc();
        alive.then(|| Ref::assume(Value::from_bits(reference as *const Obj<WeakRef> as u64)))
    }
}

impl WeakRef {
    /// The object, if it is still alive.
    pub fn upgrade(&self) -> Option<Value> {
        if !is_parallel() {
            // SAFETY: the target is emptied before the object ends.
            return self.target.get().map(|target| unsafe { Value::share(target) });
        }
        TABLE.with(|_| {
            let target = self.target.get()?;
            // SAFETY: under the table's lock, the target is emptied before the object's memory is used again; the count was
            // raised for the new owner, unless the object is ending.
            unsafe { target.as_ref().count.try_inc().then(|| Value::from_bits(target.as_ptr() as u64)) }
        })
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        if self.target.get().is_none() {
            return;
        }
        TABLE.with(|table| {
            let (Some(target), Some(table)) = (self.target.get(), table.as_mut()) else { return };
            let key = target.as_ptr() as usize;
            if table.get_mut(&key).is_some_and(|references| references.remove(self)) {
                table.remove(&key);
                // SAFETY: the target is emptied before the object ends.
                unsafe { target.as_ref().unset(flag::WEAKLY_REFERENCED) };
            }
        });
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
        let (callback, hash, place) = (ObjCell::private(callback), Words::new(None), Word::new(0));
        let data = WeakRef { target: Word::new(Some(target)), callback, hash, place };
        let reference = allocate(class, data, 0);
        // Whoever has one of the two may come to the other.
        publish(object);
        publish(reference.value());
        TABLE.with(|table| {
            table.get_or_insert_default().entry(target.as_ptr() as usize).or_default().add(&reference);
            header.set(flag::WEAKLY_REFERENCED);
        });
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
        TABLE.with(|table| {
            let references = table.as_ref().and_then(|table| table.get(&key));
            let all = references.into_iter().flat_map(References::iter);
            // SAFETY: a reference that ends takes itself out of the table first.
            all.filter_map(|reference| held_still(unsafe { reference.as_ref() })).collect()
        })
    }
}
