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
use crate::sync::{Guarded, Held, ObjCell, publish};
use rustc_hash::FxHashMap;
use std::ptr::NonNull;

type Table = FxHashMap<usize, Ref<Dict>>;

static SIDE: Guarded<Option<Table>> = Guarded::new(None);

/// The attribute dict of an object, if it has one already. Instances are not asked here.
pub(crate) fn existing(held: &Held, object: &Value) -> Option<Ref<Dict>> {
    if let Some(own) = own_cell(object) {
        return own.read(held, Clone::clone);
    }
    let header = object.header()?;
    if !header.has(flag::SIDE_ATTRS) {
        return None;
    }
    SIDE.with(|side| side.as_ref()?.get(&(header as *const Header as usize)).cloned())
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
    match own_cell(object) {
        Some(own) => {
            own.admit(dict.value());
            own.arrange(held, |own| own.get_or_insert(dict).clone())
        }
        None => {
            insert(object, |side, key| side.entry(key).or_insert_with(|| dict.clone()).clone(), &dict).unwrap_or(dict)
        }
    }
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
    let old = insert(object, |side, key| side.insert(key, dict.clone()), &dict);
    drop(old);
}

/// Enters the dict of an object in the table.
fn insert<T>(object: &Value, enter: impl FnOnce(&mut Table, usize) -> T, dict: &Ref<Dict>) -> Option<T> {
    let header = object.header()?;
    if !header.count.is_private() {
        publish(dict.value());
    }
    let entered = SIDE.with(|side| enter(side.get_or_insert_default(), header as *const Header as usize));
    header.set(flag::SIDE_ATTRS);
    Some(entered)
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
    let old = SIDE.with(|side| side.as_mut()?.remove(&(object.as_ptr() as usize)));
    drop(old);
}

/// Shows the side attributes of an object to the collector.
pub(crate) fn trace(object: NonNull<Header>, visit: &mut Visitor<'_>) {
    let key = object.as_ptr() as usize;
    // The word is enough: the object owns the dict, and nobody changes that now.
    let word = SIDE.with(|side| side.as_ref()?.get(&key).map(|dict| dict.value().bits()));
    if let Some(word) = word {
        // SAFETY: as above.
        std::mem::ManuallyDrop::new(unsafe { Value::from_bits(word) }).trace(visit);
    }
}
