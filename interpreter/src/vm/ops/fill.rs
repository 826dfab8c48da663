//! Filling the inline caches of attributes.
//!
//! In: an object and a site that knows nothing of it. Out: the site's cache, filled if one id can tell all that the answer depends on. The one
//! invariant: the id is read before the lookup, so what changes meanwhile makes the entry stale and not wrong.

use super::attr::*;
use super::shape_cache::Use;
use crate::objects::class::{Class, class_flag};
use crate::objects::code::{Cache, Site};
use crate::objects::descriptor::{ClassMethod, GetSet, Property, StaticMethod};
use crate::objects::function::Native;
use crate::objects::header::{Kind, Obj};
use crate::objects::instance::{FIRST_SLOT, Instance};
use crate::objects::module::Module;
use crate::objects::names::n;
use crate::objects::shape::Shape;
use crate::objects::value::{Reg, Value};
use crate::sync::Held;
use std::ptr::NonNull;

/// Remembers where the attribute of such an object stands, if that can be told by one id.
pub(super) fn fill_get(h: &mut Held, object: &Value, site: &Site) {
    let name = &site.name;
    let class = object.class();
    // Read before anything is looked up: whatever changes meanwhile renews it.
    let shape = shape_of(object);
    let id = shape.id();
    if class.has(class_flag::GETATTRIBUTE | class_flag::GETATTR) {
        return;
    }
    if let Some(module) = object.downcast::<Module>() {
        if module.dict.get_str(h, name).is_some()
            && let Some((layout, place)) = module.dict.place_for(h, name, false)
        {
            set_cache(site, Cache { id: u64::MAX, at: place as u64, extra: layout, tag: GLOBAL });
        }
        return;
    }
    if let Some(of) = object.downcast::<Class>() {
        return fill_of_class(h, object, of, site);
    }
    let of_class = class.lookup(h, name);
    if let Some(instance) = object.downcast::<Instance>() {
        if shape.dict_mode() {
            return;
        }
        let member = of_class.as_ref().and_then(|found| found.downcast::<crate::objects::descriptor::Member>());
        let key = member.map_or(name, |member| &member.key);
        let hidden = member.is_none() && of_class.as_ref().is_some_and(|found| h.is_data_descriptor(found));
        if let Some(i) = shape.slot(key).filter(|_| !hidden) {
            set_cache(site, slot_cache(shape, id, i));
            return;
        }
        debug_assert!(instance.header().kind() == Kind::INSTANCE);
    }
    let beside = class.has(class_flag::HAS_DICT) && !object.is_kind(Kind::INSTANCE);
    let Some(found) = of_class else { return };
    if class.finds_volatile(h, name) {
        return set_cache(site, Cache { id: u64::MAX, at: 0, extra: id, tag: NOTHING });
    }
    if name.is(n::__class__.value()) && h.is_class_attr_of_object(&found) {
        let at = class as *const Obj<Class> as u64;
        return set_cache(site, Cache { id: u64::MAX, at, extra: id, tag: CLASS_VALUE });
    }
    if beside {
        if how_found(h, &found, class) == Some(METHOD) {
            set_cache(site, Cache { id: u64::MAX, at: found.bits(), extra: id, tag: METHOD_BESIDE });
        }
        return;
    }
    let (at, tag) = match (
        how_found(h, &found, class),
        found.exactly::<Property>().is_some() || found.exactly::<GetSet>().is_some(),
    ) {
        (Some(tag), _) => (found.bits(), tag),
        (None, true) => (found.bits(), PROPERTY),
        (None, false) => (0, NOTHING),
    };
    set_cache(site, Cache { id: u64::MAX, at, extra: id, tag });
}

/// Where slot `i` of a shape, which had this id, stands.
fn slot_cache(shape: &Shape, id: u64, i: usize) -> Cache {
    match i < shape.inline_slots() {
        true => Cache { id, at: (FIRST_SLOT + i * size_of::<Reg>()) as u64, extra: 0, tag: SLOT },
        false => Cache { id: u64::MAX, at: i as u64, extra: id, tag: OVERFLOW },
    }
}

/// How a value of a class is given by its instances, if no code needs to run for it.
fn how_found(h: &Held, found: &Value, class: &Obj<Class>) -> Option<u32> {
    let Some(header) = found.header() else { return Some(CLASS_VALUE) };
    if header.kind() == Kind::FUNCTION {
        return Some(METHOD);
    }
    if let Some(native) = found.downcast::<Native>() {
        // A method of another class (`join = str.join`) is refused by name when it is bound.
        let fits = || native.owner.downcast::<Class>().is_some_and(|owner| class.is_subclass_of(owner));
        return if native.is_method() { fits().then_some(METHOD) } else { Some(CLASS_VALUE) };
    }
    h.is_plain_of_class(found).then_some(CLASS_VALUE)
}

fn fill_of_class(h: &mut Held, object: &Value, of: &Obj<Class>, site: &Site) {
    let meta = object.class();
    let version = of.version();
    if meta.lookup(h, &site.name).is_some() {
        return;
    }
    let Some(found) = of.lookup(h, &site.name) else { return };
    if of.finds_volatile(h, &site.name) {
        return set_cache(site, Cache { id: u64::MAX, at: 0, extra: version, tag: NOTHING });
    }
    let tag = if how_found(h, &found, of).is_some() {
        OF_CLASS
    } else if found.exactly::<StaticMethod>().is_some() {
        STATIC_OF_CLASS
    } else if found.exactly::<ClassMethod>().is_some() {
        CLASS_METHOD_OF_CLASS
    } else {
        return;
    };
    set_cache(site, Cache { id: u64::MAX, at: found.bits(), extra: version, tag });
}

/// Remembers a plain store into a slot, new or known.
pub(super) fn fill_set(h: &mut Held, object: &Value, (before, id): (NonNull<Shape>, u64), site: &Site) {
    let class = object.class();
    let Some(instance) = object.downcast::<Instance>() else { return };
    let after = instance.header().shape();
    if class.has(class_flag::SETATTR) || after.dict_mode() {
        return;
    }
    let of_class = class.lookup(h, &site.name);
    let member = of_class.as_ref().and_then(|found| found.downcast::<crate::objects::descriptor::Member>());
    if member.is_none() && of_class.as_ref().is_some_and(|found| h.is_data_descriptor(found)) {
        return;
    }
    let key = member.map_or(&site.name, |member| &member.key);
    let Some(i) = after.slot(key) else { return };
    // SAFETY: shapes live as long as their class.
    let before = unsafe { before.as_ref() };
    let known = slot_cache(after, id, i);
    if std::ptr::eq(before, after) {
        set_cache(site, known);
    } else if before.len() + 1 == after.len()
        && std::ptr::eq(before.class(), after.class())
        && !before.dict_mode()
        && known.tag == SLOT
    {
        set_cache(site, Cache { id, extra: after as *const Shape as u64, tag: ADD_SLOT, ..known });
    } else {
        return;
    }
    h.shape_cache.remember(id, site, Use::Set, cache(site));
}
