//! Changing the order of a dict's items: what `OrderedDict` and `lru_cache` ask for.
//!
//! In: a key that is there. Out: the same dict with its item first or last. The one invariant: in front of `Table::first` no entry
//! is alive, so the first item is found at once however many were taken from the front.

use super::{Dict, Entry, Index, Table};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::{CAN_BE_FREE, Held};

impl Dict {
    /// Moves an item to the end, or to the front; false if it is not there. Runs `__hash__` and `__eq__`.
    pub fn move_to_end(&self, held: &mut Held, key: &Value, last: bool) -> R<bool> {
        let hash = held.hash(key)?;
        self.act(held, key, hash, (), |table, place, ()| place.is_some_and(|place| table.move_entry(place, last)))
    }

    /// `d[key]`, whose item becomes the last.
    pub fn get_and_move(&self, held: &mut Held, key: &Value, hash: i64) -> R<Option<Value>> {
        self.act(held, key, hash, (), |table, place, ()| {
            let value = table.value_at(place?).cloned();
            table.move_entry(place?, true);
            value
        })
    }

    /// The first item, taken out.
    pub fn pop_first(&self, held: &mut Held) -> Option<(Value, Value)> {
        let (key, value) = self.table.arrange(held, |table| {
            let from = table.first as usize;
            let place = from + table.entries.get(from..)?.iter().position(|entry| entry.value.is_some())?;
            table.first = place as u32;
            Some(table.remove(place))
        })?;
        key.zip(value)
    }
}

impl Table {
    fn move_entry(&mut self, place: usize, last: bool) -> bool {
        if self.value_at(place).is_none() {
            return false;
        }
        if last && place + 1 == self.entries.len() {
            return true;
        }
        let hash = self.entries[place].hash;
        if let (Some(key), value) = self.remove(place) {
            match last {
                true => {
                    self.push(hash, key, value);
                }
                false => self.push_front(hash, key, value),
            }
        }
        true
    }

    /// Puts an entry in front of all others, into the place of one that was deleted.
    fn push_front(&mut self, hash: i64, key: Value, value: Option<Value>) {
        if self.first == 0 || self.filled as usize >= self.index.room() {
            self.make_room_in_front();
        }
        self.layout.set(0);
        self.changed();
        let place = self.first as usize - 1;
        self.used += value.is_some() as usize;
        self.entries[place] = Entry { hash, key: Some(key), value };
        self.first = place as u32;
        self.filled += 1;
        self.index.enter(hash, place);
    }

    /// Rebuilds with as many empty places in front as there are entries.
    fn make_room_in_front(&mut self) {
        self.layout.set(0);
        self.changed();
        if CAN_BE_FREE && self.watched {
            // Others may look at the old entries where they are.
            self.grow(self.entries.len() * 2 + 8);
        }
        self.entries.retain(|entry| entry.value.is_some());
        let live = self.entries.len();
        let gap = live.max(8);
        let empty = || Entry { hash: 0, key: None, value: None };
        self.entries.splice(0..0, std::iter::repeat_with(empty).take(gap));
        self.first = gap as u32;
        self.filled = live as u32;
        self.index = Index::for_entries((gap + live) * 2);
        for (place, entry) in self.entries.iter().enumerate().skip(gap) {
            self.index.enter(entry.hash, place);
        }
    }
}
