//! Attribute instructions and their inline caches.
//!
//! In: an object in a register and a site. Out: the attribute in a register, or the method and its receiver. The one
//! invariant: a cache is used only if one id matches, and that id (a shape's, a class's version, a dict's layout)
//! covers all that the answer depends on.

use super::call::{self, Called};
use super::fill::{fill_get, fill_set};
use super::shape_cache::Use;
use super::{abc, done_with, operand, put};
use crate::objects::attrs;
use crate::objects::class::Class;
use crate::objects::code::{Cache, Site};
use crate::objects::descriptor::{ClassMethod, GetSet, Property, StaticMethod};
use crate::objects::function::{Function, Native};
use crate::objects::header::{Header, Kind, Obj, Ref};
use crate::objects::instance::Instance;
use crate::objects::module::Module;
use crate::objects::shape::Shape;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::sync::{Held, publish, share_slot, swap_slot};
use crate::types::super_::Super;
use crate::vm::frame::FrameKind;
use crate::vm::regs::{Regs, is_object, share};
use std::ptr::NonNull;

/// An inline slot: `id` is the shape's, `at` the byte offset.
pub(super) const SLOT: u32 = 1;
/// SET_ATTR adds the slot at `at`; `extra` is the wider shape's address.
pub(super) const ADD_SLOT: u32 = 2;
/// A value of the class that needs no binding: `extra` is the shape's id, `at` the word.
pub(super) const CLASS_VALUE: u32 = 3;
/// A function or native method of the class: `extra` is the shape's id, `at` its word.
pub(super) const METHOD: u32 = 4;
/// An attribute of a module: `extra` is the dict's layout, `at` the place.
pub(super) const GLOBAL: u32 = 5;
/// An attribute of a class object: `extra` is its version, `at` the word.
pub(super) const OF_CLASS: u32 = 6;
/// A property or native attribute: `extra` is the shape's id, `at` the word of the descriptor.
pub(super) const PROPERTY: u32 = 7;
/// A method of an object whose own attributes, if it has any, stand beside it: they must be asked first. Else as `METHOD`.
pub(super) const METHOD_BESIDE: u32 = 9;
/// A static method of a class object, or a class method: `extra` is the class's version, `at` the word of the descriptor.
pub(super) const STATIC_OF_CLASS: u32 = 10;
pub(super) const CLASS_METHOD_OF_CLASS: u32 = 11;
/// A slot that overflowed: `extra` is the shape's id, `at` the slot's number.
pub(super) const OVERFLOW: u32 = 12;
/// A function behind a class in a resolution order: `id` is the word of the class, `extra` the version of the class whose order it is.
pub(super) const BEHIND: u32 = 13;
/// Nothing that can be cached: `extra` is the shape's id, or the class's version, under which that was found.
pub(super) const NOTHING: u32 = 8;

/// The word of a cached inline slot, with a reference of its own.
#[inline(always)]
pub(crate) unsafe fn cached_slot(object: u64, site: &Site) -> Option<u64> {
    if !is_object(object) {
        return None;
    }
    // SAFETY: the register owns the object; the shape's id vouches for the slot.
    unsafe {
        let cache = &site.cache;
        let begun = cache.begin();
        let header = &*(object as *const Header);
        let id = header.shape().id();
        if id != cache.id() {
            return None;
        }
        let slot = (object + cache.at()) as *const u64;
        if !cache.still(begun) {
            return None;
        }
        slot_word(header, id, slot)
    }
}

/// The word of a slot of an object with the shape that has this id, with a reference of its own.
#[inline(always)]
unsafe fn slot_word(header: &Header, id: u64, slot: *const u64) -> Option<u64> {
    // SAFETY: the object is alive, and its slots with it.
    unsafe {
        if !header.count.is_private() {
            return shared_slot(header, id, slot);
        }
        let bits = *slot;
        (bits != 0).then(|| share(bits))
    }
}

/// As `cached_slot`, of a site that is about slots of another shape: what the thread remembers of this one.
#[inline]
unsafe fn remembered_slot(h: &mut Held, object: u64, site: &Site) -> Option<u64> {
    if site.cache.tag() != SLOT || !is_object(object) {
        return None;
    }
    // SAFETY: as in `cached_slot`.
    unsafe {
        let header = &*(object as *const Header);
        let id = header.shape().id();
        let known = h.shape_cache.recall_in_passing(id, site, Use::Get)?;
        if known.tag != SLOT {
            return None;
        }
        slot_word(header, id, (object + known.at) as *const u64)
    }
}

/// The word of a slot of an object that others may change at the same time. A slot belongs to one name as long as the shape is the same.
#[inline]
unsafe fn shared_slot(header: &Header, id: u64, slot: *const u64) -> Option<u64> {
    // SAFETY: the object is alive, and its slots with it.
    unsafe {
        let bits = share_slot(slot);
        if bits != 0 && header.shape().id() == id {
            return Some(bits);
        }
        if bits != 0 {
            drop(Value::from_bits(bits));
        }
        None
    }
}

/// The slot that a cached SET_ATTR writes; an added one is empty.
#[inline(always)]
pub(crate) unsafe fn cached_set(object: u64, site: &Site) -> Option<*mut Reg> {
    if !is_object(object) {
        return None;
    }
    // SAFETY: as in `cached_slot`; the wider shape is alive while its class is.
    unsafe {
        let header = &*(object as *const Header);
        if !header.count.is_private() {
            return None;
        }
        let cache = &site.cache;
        let begun = cache.begin();
        if header.shape().id() != cache.id() {
            return None;
        }
        let (at, tag, extra) = (cache.at(), cache.tag(), cache.extra());
        if !cache.still(begun) {
            return None;
        }
        Some(slot_to_set(header, at, tag, extra))
    }
}

pub(super) fn cache(site: &Site) -> Cache {
    site.cache.get()
}

pub(super) fn set_cache(site: &Site, cache: Cache) {
    site.cache.set(cache);
}

/// The shape of any value.
pub(super) fn shape_of(value: &Value) -> &Shape {
    match value.header() {
        Some(header) => header.shape(),
        // SAFETY: the classes of immediates live for ever, with their shapes.
        None => unsafe { &*value.class().root_shape().as_ptr() },
    }
}

#[inline(never)]
pub(crate) fn get(h: &mut Held, r: Regs, w: u32, locals: usize, site: &Site) -> R<Called> {
    let (a, b, _) = abc(w);
    // SAFETY: the verifier checked the registers; the object stays in its own until the value has a reference.
    if let Some(bits) = unsafe { remembered_slot(h, r.bits(b), site) } {
        done_with(h, r, b, locals);
        // SAFETY: as above.
        unsafe { r.put(h, a, bits) };
        h.run_pending()?;
        return Ok(Called::Done);
    }
    let object = operand(h, r, b, locals)?;
    if let Some(value) = known_get(h, &object, site) {
        drop(object);
        return given(h, r, a, value);
    }
    if let Some(getter) = known_getter(h, &object, site) {
        // SAFETY: the result's register was checked.
        return unsafe { call::enter_method(h, getter, [object], r.slot(a), FrameKind::Normal) };
    }
    let value = uncached_get(h, &object, site)?;
    drop(object);
    given(h, r, a, value)
}

/// The attribute goes to its register.
fn given(h: &mut Held, r: Regs, a: usize, value: Value) -> R<Called> {
    put(h, r, a, value);
    h.run_pending()?;
    Ok(Called::Done)
}

/// The toy function of a cached property that takes nothing but the object.
fn known_getter(h: &Held, object: &Value, site: &Site) -> Option<Ref<Function>> {
    let known = cache(site);
    if known.tag != PROPERTY || shape_of(object).id() != known.extra {
        return None;
    }
    // SAFETY: the id vouches that the class still owns the property.
    let property = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(known.at) });
    let getter = property.exactly::<Property>()?.get.read(h, |get| get.downcast::<Function>().map(Obj::to_ref))?;
    (getter.simple_args.get() == 1).then_some(getter)
}

/// What the site's cache gives, after it was filled anew if it is not about this object.
fn known_get(h: &mut Held, object: &Value, site: &Site) -> Option<Value> {
    if let Some(value) = cached_get(h, object, site) {
        return Some(value);
    }
    refill(h, object, site).then(|| cached_get(h, object, site))?
}

/// Brings what is known of this object's attribute into the site, if the site is about another object.
fn refill(h: &mut Held, object: &Value, site: &Site) -> bool {
    let id = id_of(object);
    if is_about(id, site) {
        return false;
    }
    match h.shape_cache.recall(id, site, Use::Get) {
        Some(cache) => set_cache(site, cache),
        None => {
            fill_get(h, object, site);
            if is_about(id, site) {
                h.shape_cache.remember(id, site, Use::Get, cache(site));
            }
        }
    }
    true
}

/// Whether the site's cache is about objects with this id.
fn is_about(id: u64, site: &Site) -> bool {
    let cache = cache(site);
    cache.id == id || cache.extra == id
}

/// What tells all that can be remembered of an object's attributes: a class's version, or a shape's id.
fn id_of(object: &Value) -> u64 {
    object.downcast::<Class>().map_or_else(|| shape_of(object).id(), |class| class.version())
}

/// An attribute that code must run for, or that is not cached yet.
fn uncached_get(h: &mut Held, object: &Value, site: &Site) -> R {
    let known = cache(site);
    match known.tag {
        PROPERTY if shape_of(object).id() == known.extra => {
            // SAFETY: the id vouches that the class still owns the property.
            let property = unsafe { Value::from_bits(share(known.at)) };
            if let Some(native) = property.exactly::<GetSet>() {
                return (native.get)(h, object);
            }
            let class = object.class().to_value();
            h.descriptor_get(&property, Some(object), &class)
        }
        _ => h.get_attr(object, &site.name),
    }
}

/// What a cache that is about this object gives without running code.
fn cached_get(h: &mut Held, object: &Value, site: &Site) -> Option<Value> {
    let cache = cache(site);
    let valid = match cache.tag {
        // SAFETY: the object is borrowed; the word is shared at once.
        SLOT => return unsafe { cached_slot(object.bits(), site).map(|bits| Value::from_bits(bits)) },
        OVERFLOW => {
            let instance = object.downcast::<Instance>().filter(|_| shape_of(object).id() == cache.extra)?;
            return instance.overflowed(cache.extra, cache.at as usize);
        }
        CLASS_VALUE | METHOD => shape_of(object).id() == cache.extra,
        GLOBAL => return of_module(object, cache),
        OF_CLASS => object.downcast::<Class>()?.version() == cache.extra,
        STATIC_OF_CLASS => {
            let valid = object.downcast::<Class>()?.version() == cache.extra;
            return if valid { static_function(h, cache.at) } else { None };
        }
        _ => false,
    };
    if !valid {
        return None;
    }
    // SAFETY: the id vouches that the class still owns the value.
    let value = unsafe { Value::from_bits(share(cache.at)) };
    if cache.tag != METHOD {
        return Some(value);
    }
    Some(match value.downcast::<Native>() {
        Some(native) => h.bind_native(native, object.clone()),
        None => h.new_bound_method(value, object.clone()),
    })
}

#[inline(never)]
pub(crate) fn set(h: &mut Held, r: Regs, w: u32, locals: usize, site: &Site) -> R<()> {
    let (a, b, _) = abc(w);
    let value = operand(h, r, b, locals)?;
    let object = operand(h, r, a, locals)?;
    // SAFETY: the object is owned here; the slot is written at once.
    if let Some(slot) = unsafe { known_set(h, &object, site) } {
        // SAFETY: as above.
        let old = unsafe { (*slot).replace(value) };
        drop((old, object));
        return h.run_pending();
    }
    let value = match set_shared(&object, site, value) {
        Ok(old) => {
            drop((old, object));
            return h.run_pending();
        }
        Err(value) => value,
    };
    // SAFETY: shapes live as long as their class.
    let before = object.downcast::<Instance>().map(|instance| {
        let shape = instance.header().shape.get();
        // SAFETY: as above.
        (shape, unsafe { shape.as_ref() }.id())
    });
    h.set_attr(&object, &site.name, value)?;
    if let Some(before) = before {
        fill_set(h, &object, before, site);
    }
    drop(object);
    h.run_pending()
}

/// The slot that the site writes, after a look into the thread's cache.
///
/// # Safety
/// The slot is to be written at once.
unsafe fn known_set(h: &mut Held, object: &Value, site: &Site) -> Option<*mut Reg> {
    let instance = object.downcast::<Instance>()?;
    let header = instance.header();
    let id = header.shape().id();
    let is_private = header.count.is_private();
    let known = if is_about(id, site) {
        cache(site)
    } else if is_private {
        h.shape_cache.recall_in_passing(id, site, Use::Set)?
    } else {
        set_cache(site, h.shape_cache.recall(id, site, Use::Set)?);
        return None;
    };
    match known.tag {
        _ if !is_private => None,
        OVERFLOW if known.extra == id => Some(instance.slot(known.at as usize)),
        // SAFETY: the caller's promise.
        SLOT | ADD_SLOT if known.id == id => Some(unsafe { slot_to_set(header, known.at, known.tag, known.extra) }),
        _ => None,
    }
}

/// The slot of an object with the cached shape, which has the wider one from now on if the slot is new.
///
/// # Safety
/// The object is this thread's or locked, and the cache about it; the slot is to be written at once.
#[inline(always)]
unsafe fn slot_to_set(header: &Header, at: u64, tag: u32, extra: u64) -> *mut Reg {
    if tag == ADD_SLOT {
        // SAFETY: the wider shape is alive while its class is.
        header.shape.set(unsafe { NonNull::new_unchecked(extra as *mut Shape) });
    }
    (header as *const Header as u64 + at) as *mut Reg
}

/// A cached store into an object that others may change at the same time. The value comes back if that cannot be done.
fn set_shared(object: &Value, site: &Site, value: Value) -> Result<Option<Value>, Value> {
    let Some(header) = object.header().filter(|header| !header.count.is_private()) else { return Err(value) };
    let cache = cache(site);
    if header.shape().id() != cache.id {
        return Err(value);
    }
    publish(&value);
    header.lock.hold(|| {
        if header.shape().id() != cache.id {
            return Err(value);
        }
        // SAFETY: the shape's id vouches for the slot, and nobody else writes it; the wider shape is alive while its class is.
        unsafe {
            let old = swap_slot(&mut *((object.bits() + cache.at) as *mut Reg), Some(value));
            if cache.tag == ADD_SLOT {
                header.shape.set(NonNull::new_unchecked(cache.extra as *mut Shape));
            }
            Ok(old)
        }
    })
}

pub(crate) fn delete(h: &mut Held, r: Regs, w: u32, locals: usize, site: &Site) -> R<()> {
    let (a, _, _) = abc(w);
    let object = operand(h, r, a, locals)?;
    h.delete_attr(&object, &site.name)?;
    drop(object);
    h.run_pending()
}

/// What a method call found.
pub(crate) enum Method {
    /// A function of the class, to be called with the object in front. Uncounted: the class holds it.
    Function(u64),
    /// An attribute to be called as it is.
    Attribute(Value),
}

/// The word of a cached method, if the object's shape is the cached one.
#[inline(always)]
pub(crate) unsafe fn cached_method(object: u64, site: &Site) -> Option<u64> {
    // SAFETY: the register owns the object.
    unsafe {
        let cache = &site.cache;
        if is_object(object) {
            let header = &*(object as *const Header);
            let begun = cache.begin();
            let (found, at) = (header.shape().id() == cache.extra() && cache.tag() == METHOD, cache.at());
            return (found && cache.still(begun)).then_some(at);
        }
        None
    }
}

/// As `cached_method`, of a site that is about methods of another shape: what the thread remembers of this one.
#[inline]
pub(crate) unsafe fn remembered_method(h: &mut Held, object: u64, site: &Site) -> Option<u64> {
    if site.cache.tag() != METHOD || !is_object(object) {
        return None;
    }
    // SAFETY: the register owns the object.
    let id = unsafe { (*(object as *const Header)).shape().id() };
    let known = h.shape_cache.recall_in_passing(id, site, Use::Get)?;
    (known.tag == METHOD).then_some(known.at)
}

/// Finds what `object.name(...)` calls.
#[inline(never)]
pub(crate) fn find_method(h: &mut Held, object: &Value, site: &Site) -> R<Method> {
    if let Some(method) = known_method(h, object, site) {
        return Ok(method);
    }
    if refill(h, object, site)
        && let Some(method) = known_method(h, object, site)
    {
        return Ok(method);
    }
    Ok(Method::Attribute(h.get_attr(object, &site.name)?))
}

/// The method that a cache gives which is about this object.
fn known_method(h: &mut Held, object: &Value, site: &Site) -> Option<Method> {
    let cache_now = cache(site);
    if cache_now.tag == METHOD && shape_of(object).id() == cache_now.extra {
        return Some(Method::Function(cache_now.at));
    }
    if cache_now.tag == METHOD_BESIDE
        && shape_of(object).id() == cache_now.extra
        && attrs::existing(h, object).is_none_or(|own| own.get_str(h, &site.name).is_none())
    {
        return Some(Method::Function(cache_now.at));
    }
    if let Some(function) = cached_class_method(object, cache_now) {
        return Some(Method::Function(function));
    }
    cached_get(h, object, site).map(Method::Attribute)
}

/// What a module has, if the cache is about that.
pub(crate) fn cached_of_module(object: &Value, site: &Site) -> Option<Value> {
    let cache = cache(site);
    if cache.tag == GLOBAL { of_module(object, cache) } else { None }
}

#[inline(always)]
fn of_module(object: &Value, cache: Cache) -> Option<Value> {
    let module = object.downcast::<Module>()?;
    let bits = module.dict.share_cached(cache.extra, cache.at as usize).ok().filter(|bits| *bits != 0)?;
    // SAFETY: the word has a reference of its own.
    Some(unsafe { Value::from_bits(bits) })
}

/// The function of a static method, whose word a valid cache has.
fn static_function(h: &Held, word: u64) -> Option<Value> {
    // SAFETY: the class's version vouches that it still owns the static method.
    let method = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(word) });
    Some(method.exactly::<StaticMethod>()?.function.read(h, Clone::clone))
}

/// What `super().name(...)` calls, if that is a toy function: its word, and the object in front.
pub(crate) fn method_behind(h: &Held, object: &Value, site: &Site) -> Option<(u64, Value)> {
    let own = object.exactly::<Super>()?;
    let (this, receiver, of) = own.parts(h)?;
    if receiver.is(&of) {
        return None;
    }
    let (id, version) = (this.bits(), of.downcast::<Class>()?.version());
    let known = cache(site);
    if known.tag == BEHIND && known.id == id && known.extra == version {
        return Some((known.at, receiver));
    }
    let found = own.find_behind(h, &of, &site.name).filter(|found| found.is_kind(Kind::FUNCTION))?;
    set_cache(site, Cache { id, at: found.bits(), extra: version, tag: BEHIND });
    Some((found.bits(), receiver))
}

/// The word of the toy function of a class method that was found on the class in front.
fn cached_class_method(object: &Value, cache: Cache) -> Option<u64> {
    if cache.tag != CLASS_METHOD_OF_CLASS || object.downcast::<Class>()?.version() != cache.extra {
        return None;
    }
    // SAFETY: the version vouches that the class still owns the class method, and that its function.
    let method = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(cache.at) });
    // SAFETY: as above; the function of a class method does not change.
    let function = unsafe { &*method.exactly::<ClassMethod>()?.function.raw() };
    function.is_kind(Kind::FUNCTION).then_some(function.bits())
}

#[inline(never)]
pub(crate) fn load_method(h: &mut Held, r: Regs, w: u32, locals: usize, site: &Site) -> R<()> {
    let (a, b, _) = abc(w);
    let object = operand(h, r, b, locals)?;
    // SAFETY: the object is owned here; the class holds the method; the registers were checked.
    unsafe {
        let known = cached_method(object.bits(), site).or_else(|| remembered_method(h, object.bits(), site));
        if let Some(method) = known {
            r.put(h, a, share(method));
            r.put(h, a + 1, object.into_bits());
            return h.run_pending();
        }
    }
    if let Some((function, receiver)) = method_behind(h, &object, site) {
        // SAFETY: a class holds the function; the registers were checked.
        unsafe {
            r.put(h, a, share(function));
            r.put(h, a + 1, receiver.into_bits());
        }
        drop(object);
        return h.run_pending();
    }
    match find_method(h, &object, site)? {
        Method::Function(function) => {
            // SAFETY: the class holds the function; the registers were checked.
            unsafe {
                r.put(h, a, share(function));
                r.put(h, a + 1, object.into_bits());
            }
        }
        Method::Attribute(value) => {
            drop(object);
            // SAFETY: as above.
            unsafe { r.put(h, a, 0) };
            put(h, r, a + 1, value);
        }
    }
    h.run_pending()
}
