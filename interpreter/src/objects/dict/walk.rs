//! Many items at once, and walks from item to item.
//!
//! In: a dict. Out: its items at one moment, or the next one after a place. The one invariant: places only grow on a walk, and what was
//! entered during it comes last, as in CPython.

use super::{Dict, Entry, Search, Step, Table};
use crate::objects::value::Value;
use crate::sync::Held;

impl Dict {
    /// A copy with the same order; runs no toy code.
    pub fn copy(&self, held: &Held) -> Dict {
        Dict::of(self.table.read(held, Table::copy))
    }

    /// Makes a dict without items, which no other thread can see, a copy of another one; false if it is no such dict.
    pub(crate) fn take_over(&self, held: &mut Held, other: &Dict) -> bool {
        if self.table.read(held, |table| !table.entries.is_empty() || table.watched) {
            return false;
        }
        let mut copy = other.table.read(held, Table::copy);
        let old = self.table.arrange(held, |table| {
            copy.stamp = table.stamp + 1;
            std::mem::replace(table, copy)
        });
        drop(old);
        true
    }

    /// All items at this moment.
    pub fn items(&self, held: &Held) -> Vec<(Value, Value)> {
        self.table.read(held, |table| {
            table.entries.iter().filter_map(|entry| entry.key.clone().zip(entry.value.clone())).collect()
        })
    }

    pub fn keys(&self, held: &Held) -> Vec<Value> {
        self.items_map(held, |key, _| key.clone())
    }

    pub fn values(&self, held: &Held) -> Vec<Value> {
        self.items_map(held, |_, value| value.clone())
    }

    fn items_map(&self, held: &Held, take: impl Fn(&Value, &Value) -> Value) -> Vec<Value> {
        self.table.read(held, |table| {
            let entries = table.entries.iter();
            entries.filter_map(|entry| Some(take(entry.key.as_ref()?, entry.value.as_ref()?))).collect()
        })
    }

    /// The first item at or after a place, and its place: how iterators walk.
    #[inline]
    pub fn next_item(&self, held: &Held, from: usize) -> Option<(usize, Value, Value)> {
        let (at, (key, value)) = self.next_with(held, from, |key, value| (key.clone(), value.clone()))?;
        Some((at, key, value))
    }

    /// What `take` makes of the first item at or after a place, and its place.
    #[inline]
    pub fn next_with<T>(&self, held: &Held, from: usize, take: impl FnOnce(&Value, &Value) -> T) -> Option<(usize, T)> {
        self.table.read(held, |table| {
            let from = from.max(table.first as usize);
            let rest = table.entries.get(from..)?;
            let (at, key, value) = rest
                .iter()
                .enumerate()
                .find_map(|(at, entry)| Some((at, entry.key.as_ref()?, entry.value.as_ref()?)))?;
            Some((from + at, take(key, value)))
        })
    }

    /// As `next_with`, with the number of items, in one look.
    #[inline(always)]
    pub(crate) fn step<T>(
        &self,
        held: &Held,
        used: usize,
        from: usize,
        take: impl FnOnce(&Value, &Value) -> T,
    ) -> Step<T> {
        self.table.read(held, |table| {
            if table.used != used {
                return Step::Changed;
            }
            let mut at = from.max(table.first as usize);
            while let Some(entry) = table.entries.get(at) {
                at += 1;
                if let (Some(key), Some(value)) = (&entry.key, &entry.value) {
                    return Step::Item(at, take(key, value));
                }
            }
            Step::End
        })
    }

    /// As `step`, of a dict that no other thread can reach; nothing for whatever is not an item.
    ///
    /// # Safety
    /// What is borrowed is shared before anything else happens.
    #[inline(always)]
    pub(crate) unsafe fn step_quickly(&self, used: usize, from: usize) -> Option<(usize, &Value, &Value)> {
        if !self.table.is_private() {
            return None;
        }
        // SAFETY: the table is this thread's, which does nothing else meanwhile.
        let table = unsafe { &*self.table.raw() };
        let at = from.max(table.first as usize);
        let entry = table.entries.get(at).filter(|_| table.used == used)?;
        Some((at + 1, entry.key.as_ref()?, entry.value.as_ref()?))
    }

    /// As `next_item`, with the key's hash.
    pub fn next_entry(&self, held: &Held, from: usize) -> Option<(usize, i64, Value, Value)> {
        self.table.read(held, |table| {
            let from = from.max(table.first as usize);
            let rest = table.entries.get(from..)?;
            let (at, hash, key, value) = rest
                .iter()
                .enumerate()
                .find_map(|(at, entry)| Some((at, entry.hash, entry.key.as_ref()?, entry.value.as_ref()?)))?;
            Some((from + at, hash, key.clone(), value.clone()))
        })
    }

    /// The last item before a place, and its place: how reversed iterators walk.
    pub fn previous_item(&self, held: &Held, before: usize) -> Option<(usize, Value, Value)> {
        self.table.read(held, |table| {
            let rest = table.entries.get(..before.min(table.entries.len()))?;
            let (at, key, value) = rest
                .iter()
                .enumerate()
                .rev()
                .find_map(|(at, entry)| Some((at, entry.key.as_ref()?, entry.value.as_ref()?)))?;
            Some((at, key.clone(), value.clone()))
        })
    }

    /// One past the last place in use.
    pub fn places(&self, held: &Held) -> usize {
        self.table.read(held, |table| table.entries.len())
    }

    /// Enters items one after the other while nobody else looks, up to the first whose place only `__eq__` can tell: how many that
    /// is, and the values that were there.
    pub(crate) fn set_plainly(&self, held: &mut Held, items: &[(i64, Value, Value)]) -> (usize, Vec<Value>) {
        self.table.admit_all(items.iter().flat_map(|(_, key, value)| [key, value]));
        self.table.arrange(held, |table| {
            let mut old = Vec::new();
            for (done, (hash, key, value)) in items.iter().enumerate() {
                match table.search(key, *hash, 0) {
                    Search::Found(place) => old.extend(table.replace(place, *hash, value.clone())),
                    Search::Missing => drop(table.push(*hash, key.clone(), Some(value.clone()))),
                    Search::Ask(_) => return (done, old),
                }
            }
            (items.len(), old)
        })
    }

    /// All items at this moment, with the hashes of the keys.
    pub(crate) fn hashed_items(&self, held: &Held) -> Vec<(i64, Value, Value)> {
        self.table.read(held, |table| {
            let item = |entry: &Entry| Some((entry.hash, entry.key.clone()?, entry.value.clone()?));
            table.entries.iter().filter_map(item).collect()
        })
    }

    /// Whether other threads may look at the dict.
    pub(crate) fn is_shared(&self) -> bool {
        !self.table.is_private()
    }
}

impl Table {
    /// The same items in the same order.
    fn copy(&self) -> Table {
        let entries = self.entries.iter().filter(|entry| entry.value.is_some());
        if self.used != self.entries.len() || self.filled as usize != self.entries.len() {
            let mut copy = Table::default();
            entries.for_each(|entry| {
                if let Some(key) = entry.key.clone() {
                    copy.push(entry.hash, key, entry.value.clone());
                }
            });
            return copy;
        }
        // Nothing was ever deleted: the index can stay as it is.
        let copy = |entry: &Entry| Entry { hash: entry.hash, key: entry.key.clone(), value: entry.value.clone() };
        let mut all = Vec::with_capacity(self.used);
        all.extend(entries.map(copy));
        Table { entries: all, index: self.index.clone(), used: self.used, filled: self.filled, ..Table::default() }
    }
}
