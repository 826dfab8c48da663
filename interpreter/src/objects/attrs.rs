//! Attributes of objects whose data has no slots: functions, exceptions, and instances of subclasses of builtin types.
//!
//! In: any object. Out: its attribute dict, made when it is first needed. The one invariant: `SIDE_ATTRS` is set exactly
//! while the table beside the heap has an entry for the object's address.

use super::dict::Dict;
use super::exception::Exception;
use super::function::Function;
use super::header::{Header, Ref, Trace, Visitor, flag};
use super::instance::Instance;
use super::value::Value;
use crate::sync::{Held, ObjCell};
use rustc_hash::FxHashMap;
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::OnceLock;

type Table = FxHashMap<usize, Ref<Dict>>;

struct Side(OnceLock<UnsafeCell<Table>>);

// SAFETY: used under the GIL only.
unsafe impl Sync for Side {}
// SAFETY: as above.
unsafe impl Send for Side {}

static SIDE: Side = Side(OnceLock::new());

fn side() -> *mut Table {
    SIDE.0.get_or_init(|| UnsafeCell::new(FxHashMap::default())).get()
}

/// The attribute dict of an object, if it has one already. Instances are not asked here.
pub(crate) fn existing(held: &Held, object: &Value) -> Option<Ref<Dict>> {
    if let Some(own) = own_cell(object) {
        return own.read(held, Clone::clone);
    }
    let header = object.header()?;
    if !header.has(flag::SIDE_ATTRS) {
        return None;
    }
    // SAFETY: the GIL is held and nothing else borrows the table.
    unsafe { (*side()).get(&(header as *const Header as usize)).cloned() }
}

/// The attribute dict of an object, made if need be.
pub(crate) fn make(held: &mut Held, object: &Value) -> Ref<Dict> {
    if let Some(instance) = object.downcast::<Instance>() {
        return instance.to_dict(held);
    }
    if let Some(dict) = existing(held, object) {
        return dict;
    }
    let dict = held.new_dict();
    replace(held, object, dict.clone());
    dict
}

/// `object.__dict__ = dict`.
pub(crate) fn replace(held: &mut Held, object: &Value, dict: Ref<Dict>) {
    if let Some(instance) = object.downcast::<Instance>() {
        return instance.replace_dict(dict);
    }
    if let Some(own) = own_cell(object) {
        let old = own.write(held, |own| own.replace(dict));
        return drop(old);
    }
    if let Some(header) = object.header() {
        header.set(flag::SIDE_ATTRS);
        // SAFETY: as in `existing`; the old dict is dropped after the borrow ended.
        let old = unsafe { (*side()).insert(header as *const Header as usize, dict) };
        drop(old);
    }
}

fn own_cell(object: &Value) -> Option<&ObjCell<Option<Ref<Dict>>>> {
    if let Some(function) = object.downcast::<Function>() {
        return Some(&function.attrs);
    }
    object.downcast::<Exception>().map(|exception| &exception.attrs)
}

/// An object with side attributes has ended.
///
/// # Safety
/// The object's data is still whole, and nobody else knows it.
pub(crate) unsafe fn forget(object: NonNull<Header>) {
    // SAFETY: the GIL is held; the dict is dropped after the borrow ended.
    let old = unsafe { (*side()).remove(&(object.as_ptr() as usize)) };
    drop(old);
}

/// Shows the side attributes of an object to the collector.
pub(crate) fn trace(object: NonNull<Header>, visit: &mut Visitor<'_>) {
    // SAFETY: the collector stopped everybody else.
    if let Some(dict) = unsafe { (*side()).get(&(object.as_ptr() as usize)) } {
        dict.trace(visit);
    }
}
