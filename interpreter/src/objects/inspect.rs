//! What `sys` and `gc` ask of the machine: counts, sizes, who refers to whom.
//!
//! In: a value. Out: facts about its object. The one invariant: nothing is changed by looking.

use crate::objects::header::{Header, flag};
use crate::objects::value::Value;
use crate::objects::{attrs, heap};
use crate::sync::{Held, publish_object, settle};
use std::ptr::NonNull;

impl Held {
    /// How many references there are; constants and small ints, which are not counted, have many.
    pub fn reference_count(&self, value: &Value) -> u64 {
        settle();
        value.header().map_or(u32::MAX as u64, |header| header.count.get() as u64)
    }

    /// The bytes of an object itself, without what its data owns elsewhere.
    pub fn size_of(&self, value: &Value) -> usize {
        value.header().map_or(size_of::<Value>(), |header| header.kind().info().size)
    }

    /// Whether the collector looks into an object.
    pub fn is_tracked(&self, value: &Value) -> bool {
        value.header().is_some_and(|header| header.has(flag::TRACED))
    }

    /// Whether an object's finalizer ran.
    pub fn is_finalized(&self, value: &Value) -> bool {
        value.header().is_some_and(|header| header.has(flag::FINALIZED))
    }

    /// What an object refers to directly, its class included.
    pub fn referents(&mut self, value: &Value) -> Vec<Value> {
        self.alone(|h| h.referents_now(value))
    }

    fn referents_now(&self, value: &Value) -> Vec<Value> {
        let mut found = Vec::new();
        let Some(header) = value.header() else { return found };
        let object = NonNull::from(header);
        let mut visit = |inner: &Value| {
            if let Some(header) = inner.header() {
                publish_object(NonNull::from(header));
                found.push(inner.clone());
            }
        };
        // SAFETY: `value` keeps the object alive, and a visitor changes nothing.
        unsafe { (header.kind().info().trace)(object, &mut visit) };
        if header.has(flag::SIDE_ATTRS) {
            attrs::trace(object, &mut visit);
        }
        found.push(header.class().to_value());
        found
    }

    /// Every object that the collector looks into.
    pub fn traced_objects(&mut self) -> Vec<Value> {
        self.alone(|h| h.traced_now())
    }

    fn traced_now(&self) -> Vec<Value> {
        let mut objects: Vec<NonNull<Header>> = Vec::new();
        heap::for_each_traced(|object| {
            publish_object(object);
            objects.push(object);
        });
        // SAFETY: the heap shows live objects; none ended since, for nothing was dropped.
        objects.into_iter().map(|object| unsafe { Value::share(object) }).collect()
    }

    /// The objects that refer directly to one of `targets`.
    pub fn referrers(&mut self, targets: &[Value]) -> Vec<Value> {
        let wanted = |inner: &Value| targets.iter().any(|target| target.is(inner));
        self.alone(|h| h.traced_now().into_iter().filter(|object| h.referents_now(object).iter().any(wanted)).collect())
    }

    /// How many objects the collector looks into are alive.
    pub fn traced_count(&self) -> u64 {
        heap::traced_alive()
    }
}
