//! `set` and `frozenset`: a table of keys, in the order that CPython's has.
//!
//! In: hashable keys. Out: the same, each once. The one invariant: the table is CPython 3.11's to the slot (linear probes,
//! then perturbation; growth by four, later by two), because a program sees the order of its iteration.

use super::class::Class;
use super::header::{Kind, Obj, Ref, Trace, Visitor, allocate};
use super::key::{plain_eq, plain_hash};
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::Word;
use crate::sync::{CAN_BE_FREE, Held, ObjCell};

/// The data of a set.
pub struct Set {
    pub(crate) table: ObjCell<Table>,
    /// Of a frozenset; -1 until it is asked for.
    pub(crate) hash: Word<i64>,
}

crate::object!(Set = Kind::SET, "set", traced[table]);

/// A slot of the table: empty, deleted, or a key with its hash.
#[derive(Clone)]
struct Slot {
    /// Without a key: `EMPTY` or `DELETED`.
    hash: i64,
    key: Option<Value>,
}

const EMPTY: i64 = 0;
const DELETED: i64 = 1;

impl Slot {
    const fn without_key(hash: i64) -> Slot {
        Slot { hash, key: None }
    }

    fn hashed_key(&self) -> Option<(i64, Value)> {
        Some((self.hash, self.key.clone()?))
    }
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
    /// Without the GIL: counts keys that come and go, for those who searched before they took the lock.
    stamp: u64,
}

const SMALLEST: usize = 8;
const LINEAR_PROBES: usize = 9;

impl Default for Table {
    fn default() -> Table {
        Table { slots: vec![Slot::without_key(EMPTY); SMALLEST], fill: 0, used: 0, finger: 0, stamp: 0 }
    }
}

impl Trace for Table {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.slots.iter().for_each(|slot| slot.key.trace(visit));
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

    /// Asks `judge` about the slots for a hash, in order, until it answers.
    #[inline(always)]
    fn probe<T>(&self, hash: i64, mut judge: impl FnMut(usize, &Slot) -> Option<T>) -> T {
        let mask = self.mask();
        let (mut at, mut perturb) = (hash as usize & mask, hash as usize);
        loop {
            let last = if at + LINEAR_PROBES <= mask { at + LINEAR_PROBES } else { at };
            for (slot, found) in self.slots[at..=last].iter().enumerate() {
                if let Some(answer) = judge(at + slot, found) {
                    return answer;
                }
            }
            perturb >>= 5;
            at = at.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb) & mask;
        }
    }

    #[inline]
    fn search(&self, key: &Value, hash: i64, skip: usize) -> Search {
        // Most searches end where they begin.
        let at = hash as usize & self.mask();
        match &self.slots[at] {
            Slot { key: None, hash: EMPTY } => Search::Missing(at),
            Slot { key: Some(known), .. } if known.is(key) => Search::Found(at),
            _ => self.search_on(key, hash, skip),
        }
    }

    #[inline(never)]
    fn search_on(&self, key: &Value, hash: i64, mut skip: usize) -> Search {
        self.probe(hash, |at, slot| match &slot.key {
            None if slot.hash == EMPTY => Some(Search::Missing(at)),
            Some(known) if slot.hash == hash => {
                if known.is(key) {
                    return Some(Search::Found(at));
                }
                match plain_eq(known, key) {
                    Some(true) => Some(Search::Found(at)),
                    Some(false) => None,
                    None if skip > 0 => {
                        skip -= 1;
                        None
                    }
                    None => Some(Search::Ask(at)),
                }
            }
            _ => None,
        })
    }

    /// A key comes or goes.
    #[inline(always)]
    fn changed(&mut self) {
        if CAN_BE_FREE {
            self.stamp += 1;
        }
    }

    fn insert_at(&mut self, at: usize, hash: i64, key: Value) {
        self.changed();
        self.slots[at] = Slot { hash, key: Some(key) };
        self.fill += 1;
        self.used += 1;
        if self.fill * 5 >= self.mask() * 3 {
            self.resize(if self.used > 50_000 { self.used * 2 } else { self.used * 4 });
        }
    }

    /// Adds a key if no toy code is needed for that; true if it was not there.
    #[inline]
    fn add_quickly(&mut self, key: Value, hash: i64) -> Result<bool, Value> {
        match self.search(&key, hash, 0) {
            Search::Found(_) => Ok(false),
            Search::Missing(at) => {
                self.insert_at(at, hash, key);
                Ok(true)
            }
            Search::Ask(_) => Err(key),
        }
    }

    fn insert_clean(&mut self, hash: i64, key: Value) {
        let free = self.probe(hash, |at, slot| (slot.key.is_none() && slot.hash == EMPTY).then_some(at));
        self.slots[free] = Slot { hash, key: Some(key) };
    }

    fn resize(&mut self, wanted: usize) {
        let mut size = SMALLEST;
        while size <= wanted {
            size <<= 1;
        }
        self.changed();
        let old = std::mem::replace(&mut self.slots, vec![Slot::without_key(EMPTY); size]);
        self.fill = self.used;
        for slot in old {
            if let Some(key) = slot.key {
                self.insert_clean(slot.hash, key);
            }
        }
    }

    /// Takes the keys of another table over, in the way (and so the order) of CPython's `set_merge`, until toy code is needed for one.
    /// Whether that was all.
    fn merge_quickly(&mut self, theirs: &Table) -> bool {
        self.changed();
        self.reserve_for(theirs.used);
        let mut theirs_keys = theirs.slots.iter().filter_map(|slot| Some((slot.hash, slot.key.as_ref()?)));
        if self.fill > 0 {
            return theirs_keys.all(|(hash, key)| self.add_quickly(key.clone(), hash).is_ok());
        }
        if self.mask() == theirs.mask() && theirs.fill == theirs.used {
            self.slots.clone_from(&theirs.slots);
        } else {
            theirs_keys.for_each(|(hash, key)| self.insert_clean(hash, key.clone()));
        }
        (self.fill, self.used) = (theirs.used, theirs.used);
        true
    }

    /// Makes room for `more` keys of another set, as CPython's `set_merge` does.
    fn reserve_for(&mut self, more: usize) {
        if (self.fill + more) * 5 >= self.mask() * 3 {
            self.resize((self.used + more) * 2);
        }
    }
}

impl Set {
    pub fn new() -> Set {
        Set { table: ObjCell::private(Table::default()), hash: Word::new(-1) }
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

    /// Adds as many keys from the front as need no toy code to hash or compare; how many that is.
    pub(crate) fn add_plain(&self, held: &mut Held, keys: &[Value]) -> usize {
        self.table.admit_all(keys.iter());
        self.table.arrange(held, |table| {
            let added = keys.iter().take_while(|key| {
                let Some(hash) = plain_hash(key) else { return false };
                table.add_quickly((*key).clone(), hash).is_ok()
            });
            added.count()
        })
    }

    /// The hashes of all keys.
    pub(crate) fn hashes(&self, held: &Held) -> Vec<i64> {
        self.table
            .read(held, |table| table.slots.iter().filter(|slot| slot.key.is_some()).map(|slot| slot.hash).collect())
    }

    /// Whether all keys are in `other`, if no toy code is needed to tell.
    pub(crate) fn is_plainly_subset(&self, held: &Held, other: &Set) -> Option<bool> {
        if !(self.table.is_private() && other.table.is_private()) {
            // One lock at a time.
            return None;
        }
        self.table.read(held, |own| {
            other.table.read(held, |theirs| {
                for slot in &own.slots {
                    let Some(key) = &slot.key else { continue };
                    match theirs.search(key, slot.hash, 0) {
                        Search::Found(_) => (),
                        Search::Missing(_) => return Some(false),
                        Search::Ask(_) => return None,
                    }
                }
                Some(true)
            })
        })
    }

    /// A table of those keys that `other` has (or has not, if not `common`), if no toy code is needed to tell.
    fn plainly_parted(&self, held: &Held, other: &Set, common: bool) -> Option<Table> {
        if !(self.table.is_private() && other.table.is_private()) {
            // One lock at a time.
            return None;
        }
        self.table.read(held, |own| {
            other.table.read(held, |theirs| {
                let mut parted = Table::default();
                for slot in &own.slots {
                    let Some(key) = &slot.key else { continue };
                    let found = match theirs.search(key, slot.hash, 0) {
                        Search::Found(_) => true,
                        Search::Missing(_) => false,
                        Search::Ask(_) => return None,
                    };
                    if found == common {
                        parted.add_quickly(key.clone(), slot.hash).ok()?;
                    }
                }
                Some(parted)
            })
        })
    }

    /// A new set of those keys that `other` has (or has not, if not `common`), if no toy code is needed to tell.
    pub(crate) fn new_plainly_parted(
        &self,
        held: &Held,
        class: &Obj<Class>,
        other: &Set,
        common: bool,
    ) -> Option<Ref<Set>> {
        let table = self.plainly_parted(held, other, common)?;
        Some(allocate(class, Set { table: ObjCell::private(table), hash: Word::new(-1) }, 0))
    }

    /// The keys at this moment, in the table's order.
    pub fn keys(&self, held: &Held) -> Vec<Value> {
        self.hashed_keys(held).into_iter().map(|(_, key)| key).collect()
    }

    pub fn hashed_keys(&self, held: &Held) -> Vec<(i64, Value)> {
        self.table.read(held, |table| {
            let mut keys = Vec::with_capacity(table.used);
            keys.extend(table.slots.iter().filter_map(Slot::hashed_key));
            keys
        })
    }

    /// The first key at or after a slot, and its slot. An error if the set has not `used` keys any more.
    #[inline]
    pub(crate) fn next_key(&self, held: &Held, from: usize, used: usize) -> Result<Option<(usize, Value)>, ()> {
        self.table.read(held, |table| {
            if table.used != used {
                return Err(());
            }
            let rest = table.slots.get(from..).unwrap_or_default();
            let next = rest.iter().position(|slot| slot.key.is_some()).map(|past| from + past);
            Ok(next.and_then(|at| Some((at, table.slots[at].key.clone()?))))
        })
    }

    /// The slot behind the next key, and that key, of a set that no other thread can reach; nothing if there is none, or the set changed.
    ///
    /// # Safety
    /// What is borrowed is shared before anything else happens.
    #[inline(always)]
    pub(crate) unsafe fn step_quickly(&self, used: usize, from: usize) -> Option<(usize, &Value)> {
        if !self.table.is_private() {
            return None;
        }
        // SAFETY: the table is this thread's, which does nothing else meanwhile.
        let table = unsafe { &*self.table.raw() };
        let rest = table.slots.get(from..).filter(|_| table.used == used)?;
        rest.iter().zip(from + 1..).find_map(|(slot, next)| Some((next, slot.key.as_ref()?)))
    }

    /// The slot of a key, or the one where it would go, and the table's stamp.
    fn find(&self, held: &mut Held, key: &Value, hash: i64) -> R<(Result<usize, usize>, u64)> {
        let (mut skip, mut seen) = (0, None);
        loop {
            let (found, stamp) = self.table.read(held, |table| {
                if seen.is_some_and(|seen| seen != table.stamp) {
                    skip = 0;
                }
                let found = match table.search(key, hash, skip) {
                    Search::Found(at) => Ok(Ok(at)),
                    Search::Missing(at) => Ok(Err(at)),
                    Search::Ask(at) => Err((at, table.slots[at].key.clone())),
                };
                (found, table.stamp)
            });
            seen = Some(stamp);
            let (at, candidate) = match found {
                Ok(found) => return Ok((found, stamp)),
                Err(ask) => ask,
            };
            let Some(candidate) = candidate else { continue };
            let equal = held.eq(&candidate, key)?;
            let unchanged = self.table.read(held, |table| {
                let known = table.slots.get(at).and_then(|slot| slot.key.as_ref());
                known.is_some_and(|known| known.is(&candidate))
            });
            match (unchanged, equal) {
                (true, true) => return Ok((Ok(at), stamp)),
                (true, false) => skip += 1,
                (false, _) => skip = 0,
            }
        }
    }

    pub fn contains(&self, held: &mut Held, key: &Value) -> R<bool> {
        let hash = held.hash(key)?;
        self.contains_hashed(held, key, hash)
    }

    #[inline]
    pub fn contains_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        match self.table.read(held, |table| table.search(key, hash, 0)) {
            Search::Found(_) => Ok(true),
            Search::Missing(_) => Ok(false),
            Search::Ask(_) => self.contains_asking(held, key, hash),
        }
    }

    fn contains_asking(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        Ok(self.find(held, key, hash)?.0.is_ok())
    }

    /// Adds a key; false if it was there.
    pub fn add(&self, held: &mut Held, key: Value) -> R<bool> {
        let hash = held.hash(&key)?;
        self.add_hashed(held, key, hash)
    }

    pub fn add_hashed(&self, held: &mut Held, key: Value, hash: i64) -> R<bool> {
        self.table.admit(&key);
        let quick = self.table.arrange(held, |table| table.add_quickly(key, hash));
        match quick {
            Ok(added) => Ok(added),
            Err(key) => self.add_asking(held, key, hash),
        }
    }

    fn add_asking(&self, held: &mut Held, key: Value, hash: i64) -> R<bool> {
        loop {
            let (Err(at), stamp) = self.find(held, &key, hash)? else { return Ok(false) };
            let added = self.table.arrange(held, |table| {
                let same = table.stamp == stamp;
                if same {
                    table.insert_at(at, hash, key.clone());
                }
                same
            });
            if added {
                return Ok(true);
            }
        }
    }

    /// Removes a key; false if it was not there.
    pub fn discard(&self, held: &mut Held, key: &Value) -> R<bool> {
        let hash = held.hash(key)?;
        self.discard_hashed(held, key, hash)
    }

    pub fn discard_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        loop {
            let (Ok(at), stamp) = self.find(held, key, hash)? else { return Ok(false) };
            let old = self.table.arrange(held, |table| {
                (table.stamp == stamp).then(|| {
                    table.changed();
                    table.used -= 1;
                    std::mem::replace(&mut table.slots[at], Slot::without_key(DELETED))
                })
            });
            if let Some(old) = old {
                drop(old);
                return Ok(true);
            }
        }
    }

    /// `set.pop()`: the next key from where the last pop stopped.
    pub fn pop(&self, held: &mut Held) -> Option<Value> {
        self.table.arrange(held, |table| {
            if table.used == 0 {
                return None;
            }
            table.changed();
            let mask = table.mask();
            let mut at = table.finger & mask;
            while table.slots[at].key.is_none() {
                at = (at + 1) & mask;
            }
            table.finger = at + 1;
            table.used -= 1;
            std::mem::replace(&mut table.slots[at], Slot::without_key(DELETED)).key
        })
    }

    pub fn clear(&self, held: &mut Held) {
        let old = self.table.arrange(held, |table| {
            let stamp = table.stamp + CAN_BE_FREE as u64;
            std::mem::replace(table, Table { stamp, ..Table::default() })
        });
        drop(old);
    }

    /// Makes room for so many more keys, as before merging a set or dict of that size.
    pub fn reserve(&self, held: &mut Held, more: usize) {
        self.table.arrange(held, |table| table.reserve_for(more));
    }

    /// Drops deleted slots if they are more than a quarter, as CPython does after a difference.
    pub fn tidy(&self, held: &mut Held) {
        self.table.arrange(held, |table| {
            if table.fill - table.used > table.mask() / 4 {
                table.resize(if table.used > 50_000 { table.used * 2 } else { table.used * 4 });
            }
        });
    }

    /// Adds all keys of another set, in the way (and so the order) of CPython's `set_merge`.
    pub fn merge(&self, held: &mut Held, other: &Set) -> R<()> {
        if std::ptr::eq(self, other) || other.is_empty(held) {
            return Ok(());
        }
        let is_alone = self.table.is_private() && other.table.is_private();
        let snapshot = (!is_alone).then(|| other.table.read(held, Table::clone));
        // SAFETY: both tables are this thread's, and not the same; the other is only read.
        let theirs = snapshot.as_ref().unwrap_or_else(|| unsafe { &*other.table.raw() });
        self.table.admit_all(theirs.slots.iter().filter_map(|slot| slot.key.as_ref()));
        if self.table.arrange(held, |own| own.merge_quickly(theirs)) {
            return Ok(());
        }
        // The keys that are there already are found again.
        let keys: Vec<(i64, Value)> = theirs.slots.iter().filter_map(Slot::hashed_key).collect();
        keys.into_iter().try_for_each(|(hash, key)| self.add_hashed(held, key, hash).map(drop))
    }

    /// Takes over another set's table.
    pub fn replace(&self, held: &mut Held, other: &Set) {
        let table = other.table.arrange(held, |table| {
            let stamp = table.stamp + CAN_BE_FREE as u64;
            std::mem::replace(table, Table { stamp, ..Table::default() })
        });
        self.table.admit_all(table.slots.iter().filter_map(|slot| slot.key.as_ref()));
        let old = self.table.arrange(held, |own| {
            let stamp = own.stamp + CAN_BE_FREE as u64;
            std::mem::replace(own, Table { stamp, ..table })
        });
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
