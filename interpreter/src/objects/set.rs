//! `set` and `frozenset`: a table of keys, in the order that CPython's has.
//!
//! In: hashable keys. Out: the same, each once. The one invariant: the table is CPython 3.11's to the slot (linear probes,
//! then perturbation; growth by four, later by two), because a program sees the order of its iteration.

use super::class::Class;
use super::header::{Kind, Obj, Ref, Trace, Visitor, allocate};
use super::str::Str;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::{Held, ObjCell};
use std::cell::Cell;

/// The data of a set.
pub struct Set {
    pub(crate) table: ObjCell<Table>,
    /// Of a frozenset; -1 until it is asked for.
    pub(crate) hash: Cell<i64>,
}

crate::object!(Set = Kind::SET, "set", traced[table]);

/// A slot of the table.
#[derive(Clone, Default)]
pub enum Slot {
    #[default]
    Empty,
    Deleted,
    Key(i64, Value),
}

/// The table.
#[derive(Clone)]
pub struct Table {
    slots: Vec<Slot>,
    /// Slots that are not empty.
    fill: usize,
    used: usize,
    /// Where `pop` looks next.
    finger: usize,
}

const SMALLEST: usize = 8;
const LINEAR_PROBES: usize = 9;

impl Default for Table {
    fn default() -> Table {
        Table { slots: vec![Slot::Empty; SMALLEST], fill: 0, used: 0, finger: 0 }
    }
}

impl Trace for Table {
    fn trace(&self, visit: &mut Visitor<'_>) {
        for slot in &self.slots {
            if let Slot::Key(_, key) = slot {
                visit(key);
            }
        }
    }
}

/// What a search that runs no toy code can say.
enum Search {
    Found(usize),
    /// An empty slot, where the key would go.
    Missing(usize),
    Ask(usize),
}

impl Table {
    fn mask(&self) -> usize {
        self.slots.len() - 1
    }

    /// The slots for a hash, in order.
    fn probes(&self, hash: i64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.mask();
        let (mut at, mut perturb, mut left) = (hash as usize & mask, hash as u64 as usize, usize::MAX);
        std::iter::from_fn(move || {
            if left == usize::MAX {
                left = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
                return Some(at);
            }
            if left > 0 {
                left -= 1;
                let within = if at + LINEAR_PROBES <= mask { LINEAR_PROBES - left } else { 0 };
                return Some(at + within);
            }
            perturb >>= 5;
            at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
            left = if at + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            Some(at)
        })
    }

    fn search(&self, key: &Value, hash: i64, mut skip: usize) -> Search {
        for at in self.probes(hash) {
            match &self.slots[at] {
                Slot::Empty => return Search::Missing(at),
                Slot::Key(known_hash, known) if *known_hash == hash => {
                    if known.is(key) {
                        return Search::Found(at);
                    }
                    match quick_eq(known, key) {
                        Some(true) => return Search::Found(at),
                        Some(false) => (),
                        None if skip > 0 => skip -= 1,
                        None => return Search::Ask(at),
                    }
                }
                _ => (),
            }
        }
        unreachable!("a table has empty slots")
    }

    fn insert_at(&mut self, at: usize, hash: i64, key: Value) {
        self.slots[at] = Slot::Key(hash, key);
        self.fill += 1;
        self.used += 1;
        if self.fill * 5 >= self.mask() * 3 {
            self.resize(if self.used > 50_000 { self.used * 2 } else { self.used * 4 });
        }
    }

    fn insert_clean(&mut self, hash: i64, key: Value) {
        let free = self.probes(hash).find(|&at| matches!(self.slots[at], Slot::Empty));
        if let Some(at) = free {
            self.slots[at] = Slot::Key(hash, key);
        }
    }

    fn resize(&mut self, wanted: usize) {
        let mut size = SMALLEST;
        while size <= wanted {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, vec![Slot::Empty; size]);
        self.fill = self.used;
        for slot in old {
            if let Slot::Key(hash, key) = slot {
                self.insert_clean(hash, key);
            }
        }
    }

    /// Makes room for `more` keys of another set, as CPython's `set_merge` does.
    fn reserve_for(&mut self, more: usize) {
        if (self.fill + more) * 5 >= self.mask() * 3 {
            self.resize((self.used + more) * 2);
        }
    }
}

fn quick_eq(a: &Value, b: &Value) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.exactly::<Str>(), b.exactly::<Str>()) {
        return Some(a.chars() == b.chars());
    }
    (a.is_int_word() && b.is_int_word()).then_some(false)
}

impl Set {
    pub fn new() -> Set {
        Set { table: ObjCell::new(Table::default()), hash: Cell::new(-1) }
    }

    pub fn len(&self, held: &Held) -> usize {
        self.table.read(held, |table| table.used)
    }

    pub fn is_empty(&self, held: &Held) -> bool {
        self.len(held) == 0
    }

    /// How many slots the table has: iterators notice when it changes.
    pub fn size(&self, held: &Held) -> usize {
        self.table.read(held, |table| table.slots.len())
    }

    /// The keys at this moment, in the table's order.
    pub fn keys(&self, held: &Held) -> Vec<Value> {
        self.hashed_keys(held).into_iter().map(|(_, key)| key).collect()
    }

    pub fn hashed_keys(&self, held: &Held) -> Vec<(i64, Value)> {
        self.table.read(held, |table| {
            let keys = table.slots.iter();
            keys.filter_map(|slot| if let Slot::Key(hash, key) = slot { Some((*hash, key.clone())) } else { None })
                .collect()
        })
    }

    /// The first key at or after a slot, and its slot.
    pub fn next_key(&self, held: &Held, from: usize) -> Option<(usize, Value)> {
        self.table.read(held, |table| {
            let rest = table.slots.get(from..)?.iter().enumerate();
            rest.into_iter()
                .find_map(|(at, slot)| if let Slot::Key(_, key) = slot { Some((from + at, key.clone())) } else { None })
        })
    }

    fn find(&self, held: &mut Held, key: &Value, hash: i64) -> R<Result<usize, usize>> {
        let mut skip = 0;
        loop {
            let (at, candidate) = match self.table.read(held, |table| match table.search(key, hash, skip) {
                Search::Found(at) => Ok(Ok(at)),
                Search::Missing(at) => Ok(Err(at)),
                Search::Ask(at) => Err((at, table.slots[at].clone())),
            }) {
                Ok(found) => return Ok(found),
                Err(ask) => ask,
            };
            let Slot::Key(_, candidate) = candidate else { continue };
            let equal = held.eq(&candidate, key)?;
            let unchanged = self
                .table
                .read(held, |table| matches!(table.slots.get(at), Some(Slot::Key(_, known)) if known.is(&candidate)));
            match (unchanged, equal) {
                (true, true) => return Ok(Ok(at)),
                (true, false) => skip += 1,
                (false, _) => skip = 0,
            }
        }
    }

    pub fn contains(&self, held: &mut Held, key: &Value) -> R<bool> {
        let hash = held.hash(key)?;
        self.contains_hashed(held, key, hash)
    }

    pub fn contains_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        Ok(self.find(held, key, hash)?.is_ok())
    }

    /// Adds a key; false if it was there.
    pub fn add(&self, held: &mut Held, key: Value) -> R<bool> {
        let hash = held.hash(&key)?;
        self.add_hashed(held, key, hash)
    }

    pub fn add_hashed(&self, held: &mut Held, key: Value, hash: i64) -> R<bool> {
        match self.find(held, &key, hash)? {
            Ok(_) => Ok(false),
            Err(at) => {
                self.table.write(held, |table| table.insert_at(at, hash, key));
                Ok(true)
            }
        }
    }

    /// Removes a key; false if it was not there.
    pub fn discard(&self, held: &mut Held, key: &Value) -> R<bool> {
        let hash = held.hash(key)?;
        self.discard_hashed(held, key, hash)
    }

    pub fn discard_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        let Ok(at) = self.find(held, key, hash)? else { return Ok(false) };
        let old = self.table.write(held, |table| {
            table.used -= 1;
            std::mem::replace(&mut table.slots[at], Slot::Deleted)
        });
        drop(old);
        Ok(true)
    }

    /// `set.pop()`: the next key from where the last pop stopped.
    pub fn pop(&self, held: &mut Held) -> Option<Value> {
        self.table.write(held, |table| {
            if table.used == 0 {
                return None;
            }
            let mask = table.mask();
            let mut at = table.finger & mask;
            while !matches!(table.slots[at], Slot::Key(..)) {
                at = (at + 1) & mask;
            }
            table.finger = at + 1;
            table.used -= 1;
            match std::mem::replace(&mut table.slots[at], Slot::Deleted) {
                Slot::Key(_, key) => Some(key),
                _ => None,
            }
        })
    }

    pub fn clear(&self, held: &mut Held) {
        let old = self.table.write(held, std::mem::take);
        drop(old);
    }

    /// Makes room for so many more keys, as before merging a set or dict of that size.
    pub fn reserve(&self, held: &mut Held, more: usize) {
        self.table.write(held, |table| table.reserve_for(more));
    }

    /// Drops deleted slots if they are more than a quarter, as CPython does after a difference.
    pub fn tidy(&self, held: &mut Held) {
        self.table.write(held, |table| {
            if table.fill - table.used > table.mask() / 4 {
                table.resize(if table.used > 50_000 { table.used * 2 } else { table.used * 4 });
            }
        });
    }

    /// Adds all keys of another set, in the way (and so the order) of CPython's `set_merge`.
    pub fn merge(&self, held: &mut Held, other: &Set) -> R<()> {
        let keys = other.hashed_keys(held);
        if keys.is_empty() {
            return Ok(());
        }
        self.table.write(held, |table| table.reserve_for(keys.len()));
        let copied = self.table.write(held, |own| {
            // SAFETY: the other table is only read, and it is not this one, which is empty while the other is not.
            let theirs = unsafe { &*other.table.raw() };
            if own.fill == 0 && own.mask() == theirs.mask() && theirs.fill == theirs.used {
                own.slots.clone_from(&theirs.slots);
                (own.fill, own.used) = (theirs.fill, theirs.used);
                return true;
            }
            if own.fill == 0 {
                for (hash, key) in &keys {
                    own.insert_clean(*hash, key.clone());
                }
                (own.fill, own.used) = (keys.len(), keys.len());
                return true;
            }
            false
        });
        if !copied {
            for (hash, key) in keys {
                self.add_hashed(held, key, hash)?;
            }
        }
        Ok(())
    }

    /// Takes over another set's table.
    pub fn replace(&self, held: &mut Held, other: &Set) {
        let table = other.table.write(held, std::mem::take);
        let old = self.table.write(held, |own| std::mem::replace(own, table));
        drop(old);
    }
}

impl Default for Set {
    fn default() -> Set {
        Set::new()
    }
}

impl Held {
    /// A set of a display: `{a, b}`.
    pub fn new_set(&mut self, items: Vec<Value>) -> R {
        let set = self.set_of_class(&super::core().set);
        for item in items {
            set.add(self, item)?;
        }
        Ok(set.into_value())
    }

    /// An empty set or frozenset of a class.
    pub fn set_of_class(&self, class: &Obj<Class>) -> Ref<Set> {
        allocate(class, Set::new(), 0)
    }

    pub(crate) fn set_add(&mut self, set: &Value, item: Value) -> R<()> {
        if let Some(set) = set.downcast::<Set>() {
            set.add(self, item)?;
        }
        Ok(())
    }

    /// A frozenset of constants, whose hashing and comparing runs no toy code.
    pub fn frozenset_of_constants(&mut self, items: Vec<Value>) -> Value {
        let set = self.set_of_class(&super::core().frozenset);
        for item in items {
            let added = set.add(self, item);
            debug_assert!(added.is_ok());
        }
        set.into_value()
    }
}
