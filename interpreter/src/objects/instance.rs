//! Instances of classes written in toy: slots laid out by a shape.
//!
//! In: attributes by name. Out: the same by slot, which inline caches remember. The one invariant: slots `0..shape.len()`
//! are those of the shape's names, the first `inline` of them inside the object; with a `dict_mode` shape all
//! attributes stand in `overflow.dict` instead. An empty slot is a deleted attribute (`__slots__` only).

use super::class::Class;
use super::dict::Dict;
use super::function::Function;
use super::header::{Kind, Obj, Object, Ref, Trace, Visitor, allocate};
use super::names::n;
use super::shape::Shape;
use super::value::{Reg, Value};
use crate::sync::{Held, publish, swap_slot};
use std::cell::UnsafeCell;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU16;

/// The data in front of the slots.
pub struct Instance {
    inline: u32,
    overflow: UnsafeCell<Option<Box<Overflow>>>,
}

#[derive(Default)]
struct Overflow {
    slots: Vec<Reg>,
    dict: Option<Ref<Dict>>,
}

// SAFETY: no other type has this kind, and every slot, overflowing one and the dict are shown.
unsafe impl Object for Instance {
    const NAME: &'static str = "object";
    const TRACED: bool = true;

    #[inline(always)]
    fn kind() -> Kind {
        Kind::INSTANCE
    }

    fn trace(&self, visit: &mut Visitor<'_>) {
        // SAFETY: the collector stopped everybody else.
        unsafe {
            for i in 0..self.inline as usize {
                (*self.inline_slot(i)).trace(visit);
            }
            if let Some(overflow) = &*self.overflow.get() {
                overflow.slots.trace(visit);
                overflow.dict.trace(visit);
            }
        }
    }
}

impl Instance {
    pub(crate) fn register_kind() -> Kind {
        static NUMBER: AtomicU16 = AtomicU16::new(u16::MAX);
        Kind::register::<Instance>(Some(Kind::INSTANCE.0), &NUMBER)
    }

    #[inline(always)]
    fn inline_slot(&self, i: usize) -> *mut Reg {
        // SAFETY: callers ask for slots below `inline`, which stand behind the data.
        unsafe { ((self as *const Instance).add(1) as *mut Reg).add(i) }
    }

    #[allow(clippy::mut_from_ref)] // the cell is the instance's own, and no two borrows overlap
    fn overflow(&self) -> &mut Overflow {
        // SAFETY: under the GIL; callers keep the borrow within one statement.
        unsafe { (*self.overflow.get()).get_or_insert_default() }
    }

    /// Where a slot stands.
    #[inline]
    pub(crate) fn slot(&self, i: usize) -> *mut Reg {
        if i < self.inline as usize {
            return self.inline_slot(i);
        }
        let slots = &mut self.overflow().slots;
        let at = i - self.inline as usize;
        if at >= slots.len() {
            slots.resize_with(at + 1, || None);
        }
        &mut slots[at]
    }

    /// The dict of a `dict_mode` instance.
    pub(crate) fn dict(&self) -> Option<&Ref<Dict>> {
        self.overflow().dict.as_ref()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        for i in 0..self.inline as usize {
            // SAFETY: the instance ends; every inline slot was written when it was made.
            unsafe { std::ptr::drop_in_place(self.inline_slot(i)) }
        }
    }
}

/// Whether a name is the private key of a `__slots__` member: attribute names are interned, keys are not.
fn is_slot_key(name: &Value) -> bool {
    name.header().is_some_and(|header| !header.has(super::header::flag::INTERNED))
}

/// Attributes beyond these stand in a buffer of their own.
const MOST_INLINE: usize = 24;

/// Bytes from the object's start to its first slot.
pub(crate) const FIRST_SLOT: usize = size_of::<Obj<Instance>>();

impl Obj<Instance> {
    /// Runs `work` while nobody else changes the instance. It runs no toy code and drops no values.
    #[inline(always)]
    fn guarded<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.header().count.is_private() { work() } else { self.header().lock.hold(work) }
    }

    /// A value is about to be stored in the instance.
    #[inline(always)]
    fn admit(&self, value: &Value) {
        if !self.header().count.is_private() {
            publish(value);
        }
    }

    /// The dict in which the attribute is to be looked for, if that is not a slot.
    fn dict_for(&self, name: &Value) -> Option<Option<Ref<Dict>>> {
        let in_dict = self.header().shape().dict_mode() && !is_slot_key(name);
        in_dict.then(|| self.dict().cloned())
    }

    /// The value of an attribute that stands in the instance.
    pub(crate) fn get(&self, held: &Held, name: &Value) -> Option<Value> {
        if self.header().count.is_private() && self.header().shape().dict_mode() && !is_slot_key(name) {
            return self.dict()?.get_str(held, name);
        }
        let found = self.guarded(|| match self.dict_for(name) {
            Some(dict) => Err(dict),
            // SAFETY: nobody changes the slot; cloned at once.
            None => Ok(self.header().shape().slot(name).and_then(|i| unsafe { (*self.slot(i)).clone() })),
        });
        match found {
            Ok(value) => value,
            Err(dict) => dict?.get_str(held, name),
        }
    }

    /// Sets an attribute in the instance; gives back the old value.
    pub(crate) fn set(&self, held: &mut Held, name: &Value, value: Value) -> Option<Value> {
        self.admit(&value);
        let done = self.guarded(|| {
            if let Some(dict) = self.dict_for(name) {
                return Err((dict, value));
            }
            let shape = self.header().shape();
            if let Some(i) = shape.slot(name) {
                // SAFETY: nobody else changes the slot.
                return Ok(swap_slot(unsafe { &mut *self.slot(i) }, Some(value)));
            }
            match shape.with(name) {
                Some(wider) => {
                    self.extend(wider, value);
                    Ok(None)
                }
                None => Err((None, value)),
            }
        });
        match done {
            Ok(old) => old,
            Err((dict, value)) => dict.unwrap_or_else(|| self.to_dict(held)).set_str(held, name, value),
        }
    }

    /// The value of a slot that is known of a shape's id; nothing if the shape has changed.
    pub(crate) fn overflowed(&self, id: u64, i: usize) -> Option<Value> {
        // SAFETY: the shape has the slot, and nobody changes it; cloned at once.
        self.guarded(|| if self.header().shape().id() == id { unsafe { (*self.slot(i)).clone() } } else { None })
    }

    /// Gives the instance its next attribute: the last of `shape`'s names.
    #[inline]
    fn extend(&self, shape: NonNull<Shape>, value: Value) {
        // SAFETY: the shape is of the same class, one name longer.
        let i = unsafe { shape.as_ref() }.len() - 1;
        // SAFETY: nobody else changes the slot, which was empty.
        drop(swap_slot(unsafe { &mut *self.slot(i) }, Some(value)));
        self.header().shape.set(shape);
        // SAFETY: as above.
        if i >= self.inline as usize && !unsafe { shape.as_ref() }.dict_mode() {
            self.class().widen((i + 1).next_multiple_of(2).min(MOST_INLINE));
        }
    }

    /// Takes an attribute out of the instance.
    pub(crate) fn remove(&self, held: &mut Held, name: &Value) -> Option<Value> {
        let known = self.guarded(|| {
            let shape = self.header().shape();
            shape.dict_mode() || shape.slot(name).is_some()
        });
        if !known {
            return None;
        }
        self.to_dict(held).remove_str(held, name)
    }

    /// Empties the slot of a `__slots__` member, whose key is never deleted from the shape.
    pub(crate) fn clear_slot(&self, name: &Value) -> Option<Value> {
        self.guarded(|| {
            let i = self.header().shape().slot(name)?;
            // SAFETY: nobody else changes the slot.
            swap_slot(unsafe { &mut *self.slot(i) }, None)
        })
    }

    /// `instance.__dict__`: from now on the attributes stand there. Slots of `__slots__` stay where they are found
    /// through the same dict under their private keys.
    pub(crate) fn to_dict(&self, held: &mut Held) -> Ref<Dict> {
        let dict = held.new_dict();
        self.guarded(|| {
            if let Some(dict) = self.dict() {
                return dict.clone();
            }
            let shape = self.header().shape();
            for (i, name) in shape.names().iter().enumerate().filter(|(_, name)| !is_slot_key(name)) {
                // SAFETY: nobody else changes the slots.
                if let Some(value) = swap_slot(unsafe { &mut *self.slot(i) }, None) {
                    dict.set_str(held, name, value);
                }
            }
            self.admit(dict.value());
            let nothing = self.put_dict(dict.clone());
            debug_assert!(nothing.0.is_none());
            dict
        })
    }

    /// The attributes, in the order in which they came; nothing if they do not all stand in slots that are attributes.
    pub(crate) fn attributes(&self) -> Option<Vec<(Value, Value)>> {
        self.guarded(|| {
            let shape = self.header().shape();
            if shape.dict_mode() || shape.names().iter().any(is_slot_key) {
                return None;
            }
            // SAFETY: nobody changes the slots; cloned at once.
            let content = |i: usize| unsafe { (*self.slot(i)).clone() };
            let names = shape.names().iter().enumerate();
            Some(names.filter_map(|(i, name)| Some((name.clone(), content(i)?))).collect())
        })
    }

    /// `instance.__dict__ = dict`.
    pub(crate) fn replace_dict(&self, dict: Ref<Dict>) {
        self.admit(dict.value());
        let old = self.guarded(|| self.put_dict(dict));
        drop(old);
    }

    /// Makes the dict the one that has the attributes; what was there comes back.
    fn put_dict(&self, dict: Ref<Dict>) -> (Option<Ref<Dict>>, Vec<(Value, Reg)>) {
        let shape = self.header().shape();
        // SAFETY: nobody else changes the slots; the values are moved out.
        let take = |i: usize| swap_slot(unsafe { &mut *self.slot(i) }, None);
        let mut old: Vec<(Value, Reg)> =
            shape.names().iter().enumerate().map(|(i, name)| (name.clone(), take(i))).collect();
        let old_dict = self.overflow().dict.replace(dict);
        self.header().shape.set(self.class().dict_shape());
        for (name, value) in &mut old {
            let wider = is_slot_key(name).then(|| self.header().shape().with(name)).flatten();
            if let Some(wider) = wider
                && let Some(value) = value.take()
            {
                self.extend(wider, value);
            }
        }
        (old_dict, old)
    }
}

impl Held {
    /// Makes room in later instances for what the `__init__`s of the class and its bases are going to set.
    pub(crate) fn foresee_slots(&self, class: &Obj<Class>) {
        let inits = class.mro.read(self, |mro| {
            let own = |class: &Ref<Class>| class.dict.get_str(self, n::__init__.value());
            mro.iter().filter_map(own).collect::<Vec<Value>>()
        });
        let codes =
            inits.iter().filter_map(|init| init.downcast::<Function>()).map(|f| f.code.read(self, Clone::clone));
        let mut names = Vec::new();
        for code in codes {
            code.attributes_of_self().for_each(|name| {
                if !names.contains(&name.bits()) {
                    names.push(name.bits());
                }
            });
        }
        if !names.is_empty() {
            class.widen(names.len().next_multiple_of(2).min(MOST_INLINE));
        }
    }

    /// A new instance without attributes.
    #[inline]
    pub fn new_instance(&self, class: &Obj<Class>) -> Ref<Instance> {
        // SAFETY: the class owns its root shape.
        let inline = unsafe { class.root_shape().as_ref() }.inline_slots();
        let data = Instance { inline: inline as u32, overflow: UnsafeCell::new(None) };
        let instance = allocate(class, data, inline * size_of::<Reg>());
        for i in 0..inline {
            // SAFETY: the allocation has room for `inline` slots; they hold nothing yet.
            unsafe { instance.inline_slot(i).write(None) };
        }
        instance
    }
}
