//! What inline caches remember of a dict: the place of a name.
//!
//! In: names. Out: (layout, place) and what stands there, at the cost of a compare. The one invariant: while `layout` is the same, the
//! place is that of the name's entry.

use super::Dict;
use crate::objects::header::Header;
use crate::objects::shape::fresh_id;
use crate::objects::value::Value;
use crate::sync::{Held, swap_slot};
use crate::vm::regs::{is_object, share};
use std::sync::atomic::{AtomicU64, Ordering};

impl Dict {
    /// The layout and the place where a name stands or will stand: what a cache of a global remembers.
    pub(crate) fn place_for(&self, held: &mut Held, name: &Value, prepare: bool) -> Option<(u64, usize)> {
        let hash = crate::objects::str::hash_of(name);
        self.table.admit(name);
        self.table.arrange(held, |table| {
            let place = match table.search_str(name, hash) {
                Some(place) => place,
                None if prepare => table.push(hash, name.clone(), None),
                None => return None,
            };
            if table.layout.get() == 0 {
                table.watched = true;
                table.start.set(table.entries.as_ptr());
                table.layout.set(fresh_id());
            }
            Some((table.layout.get(), place))
        })
    }

    /// What stands at a cached place, with a reference of its own, or zero: `Err` if the layout has changed since.
    #[inline(always)]
    pub(crate) fn share_cached(&self, layout: u64, place: usize) -> Result<u64, ()> {
        if !self.table.is_private() {
            return match self.look_watched(layout, place) {
                Some(lasting) => Ok(lasting),
                None => self.share_watched(layout, place),
            };
        }
        // SAFETY: nobody else can change the table; the borrow ends here.
        let table = unsafe { &*self.table.raw() };
        if table.layout.get() != layout {
            return Err(());
        }
        // SAFETY: while the layout is the same, the place is that of an entry, which owns the value.
        Ok(unsafe { table.entries.get_unchecked(place).value.as_ref().map_or(0, |value| share(value.bits())) })
    }

    /// What stands at a cached place of a dict that others may change at the same time, if it is nothing or needs no counting: modules' functions and
    /// classes, small numbers. What `share_watched` says holds here too; a value that lasts need not be seen again, for it was there at a moment
    /// between the looks at the layout.
    #[inline(always)]
    fn look_watched(&self, layout: u64, place: usize) -> Option<u64> {
        // SAFETY: only atomic words are read, and where the entry is, see `share_watched`; an object that lasts is always there to be looked at,
        // and memory of others is only ever used for objects.
        unsafe {
            let table = self.table.raw();
            let valid = || (*table).layout.get() == layout;
            let early = valid();
            let start = (*table).start.get();
            if !early || !valid() {
                return None;
            }
            let slot = (&raw const (*start.add(place)).value).cast::<AtomicU64>();
            let bits = (*slot).load(Ordering::Acquire);
            let lasts = !is_object(bits) || (*(bits as *const Header)).count.lasts();
            (lasts && valid()).then_some(bits)
        }
    }

    /// As `share_cached`, of a dict that others may change at the same time: without its lock, unless they do.
    ///
    /// While the layout stays, entries move to wider buffers only, and old buffers are retired. So a start that was read between two
    /// looks at the same layout leads to the entry, and a value that is still there when it has been counted is the right one.
    #[inline(never)]
    fn share_watched(&self, layout: u64, place: usize) -> Result<u64, ()> {
        // SAFETY: only atomic words are read, and where the entry is, see above.
        unsafe {
            let table = self.table.raw();
            let valid = || (*table).layout.get() == layout;
            if !valid() {
                return Err(());
            }
            let start = (*table).start.get();
            if !valid() {
                return Err(());
            }
            let slot = (&raw const (*start.add(place)).value).cast::<u64>();
            let bits = (*slot.cast::<AtomicU64>()).load(Ordering::Acquire);
            if !is_object(bits) || (*(bits as *const Header)).count.try_share() {
                let same = (*slot.cast::<AtomicU64>()).load(Ordering::Acquire) == bits;
                if same && (*table).start.get() == start && valid() {
                    return Ok(bits);
                }
                if is_object(bits) {
                    drop(Value::from_bits(bits));
                }
            }
        }
        self.table.seize(|table| match table.layout.get() == layout {
            true => Ok(table.value_at(place).cloned().map_or(0, Value::into_bits)),
            false => Err(()),
        })
    }

    /// Sets what stands at a cached place that has a value; `Err` gives the new value back if it cannot.
    #[inline(always)]
    pub(crate) fn set_cached(&self, layout: u64, place: usize, value: Value) -> Result<Value, Value> {
        self.table.admit(&value);
        self.table.seize(|table| {
            if table.layout.get() != layout {
                return Err(value);
            }
            // SAFETY: while the layout is the same, the place is that of an entry.
            let slot = &mut unsafe { table.entries.get_unchecked_mut(place) }.value;
            if slot.is_none() {
                return Err(value);
            }
            swap_slot(slot, Some(value)).ok_or(Value::NONE)
        })
    }
}
