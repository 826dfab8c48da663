//! `dict`: insertion-ordered entries and an index into them.
//!
//! In: hashable keys. Out: values in the order of first insertion. The one invariant: an entry's place never changes
//! and is never used for another key while `layout` stays the same, so a cache may remember (layout, place). An entry
//! without a value is deleted, or was made by a cache for a name that may come later (`place_for`).
//!
//! Up to eight entries are searched without an index. Looking up a key may run toy code (`__eq__`): then the table is
//! checked again and the search starts over if it changed, as in CPython's `lookdict`.

mod cached;
mod order;
mod walk;

use super::class::Class;
use super::header::{Kind, Obj, Ref, Trace, Visitor, allocate};
use super::key::plain_eq;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::{CAN_BE_FREE, Held, Mirror, ObjCell, Word, retire, swap_slot};

/// The data of a dict.
pub struct Dict {
    table: ObjCell<Table>,
    /// What a native subclass keeps besides: `defaultdict` its factory, `OrderedDict` how often it was changed.
    pub extra: ObjCell<Option<Value>>,
}

crate::object!(Dict = Kind::DICT, "dict", traced [table, extra]);

impl Default for Dict {
    fn default() -> Dict {
        Dict::of(Table::default())
    }
}

/// Entries and index.
#[derive(Default)]
pub struct Table {
    entries: Vec<Entry>,
    index: Index,
    used: usize,
    /// Slots of the index that were ever entered.
    filled: u32,
    /// No entry before this place is alive.
    first: u32,
    /// Renewed when an entry moves; zero until a cache asks.
    layout: Word<u64>,
    /// Without the GIL: counts keys that come and go, for those who searched before they took the lock.
    stamp: u64,
    /// Without the GIL: a cache has asked for the layout once, so others may look at entries without a lock.
    watched: bool,
    /// Where the entries stand, for them.
    start: Mirror<Entry>,
}

/// A key with its hash, and its value unless deleted.
pub struct Entry {
    pub hash: i64,
    pub key: Option<Value>,
    pub value: Option<Value>,
}

impl Entry {
    /// What is to be said of an entry with the hash that is searched for; nothing if the search goes on.
    #[inline(always)]
    fn judge(&self, place: usize, key: &Value, skip: &mut usize) -> Option<Search> {
        let known = self.key.as_ref()?;
        if known.is(key) { Some(Search::Found(place)) } else { judge_twins(place, known, key, skip) }
    }
}

/// Two objects with the same hash.
#[inline(never)]
fn judge_twins(place: usize, known: &Value, key: &Value, skip: &mut usize) -> Option<Search> {
    match plain_eq(known, key) {
        Some(true) => Some(Search::Found(place)),
        Some(false) => None,
        None if *skip > 0 => {
            *skip -= 1;
            None
        }
        None => Some(Search::Ask(place)),
    }
}

const UNINDEXED: usize = 8;

/// Open addressing; a slot holds an entry's place plus one, or zero.
#[derive(Default, Clone)]
enum Index {
    #[default]
    None,
    Small(Box<[u8]>),
    Medium(Box<[u16]>),
    Large(Box<[u32]>),
}

impl Trace for Table {
    fn trace(&self, visit: &mut Visitor<'_>) {
        for entry in &self.entries {
            entry.key.trace(visit);
            entry.value.trace(visit);
        }
    }
}

impl Index {
    fn for_entries(entries: usize) -> Index {
        let slots = (entries * 3 / 2 + 1).next_power_of_two();
        match slots {
            0..=256 => Index::Small(vec![0; slots.min(256)].into()),
            257..=65536 => Index::Medium(vec![0; slots].into()),
            _ => Index::Large(vec![0; slots].into()),
        }
    }

    fn slots(&self) -> usize {
        match self {
            Index::None => 0,
            Index::Small(slots) => slots.len(),
            Index::Medium(slots) => slots.len(),
            Index::Large(slots) => slots.len(),
        }
    }

    /// How many entries fit before the table must grow.
    fn room(&self) -> usize {
        match self {
            Index::None => UNINDEXED,
            Index::Small(slots) => (slots.len() * 2 / 3).min(255),
            index => index.slots() * 2 / 3,
        }
    }

    #[inline]
    fn get(&self, slot: usize) -> usize {
        match self {
            Index::None => 0,
            Index::Small(slots) => slots[slot] as usize,
            Index::Medium(slots) => slots[slot] as usize,
            Index::Large(slots) => slots[slot] as usize,
        }
    }

    fn set(&mut self, slot: usize, place: usize) {
        match self {
            Index::None => (),
            Index::Small(slots) => slots[slot] = place as u8 + 1,
            Index::Medium(slots) => slots[slot] = place as u16 + 1,
            Index::Large(slots) => slots[slot] = place as u32 + 1,
        }
    }

    /// Enters a place under a hash; there is a free slot.
    fn enter(&mut self, hash: i64, place: usize) {
        if let Index::None = self {
            return;
        }
        let mut probe = Probe::new(hash, self.slots());
        while self.get(probe.slot) != 0 {
            probe.next();
        }
        self.set(probe.slot, place);
    }
}

/// The slots to look at for a hash: CPython's perturbed sequence.
struct Probe {
    slot: usize,
    mask: usize,
    perturb: u64,
}

impl Probe {
    #[inline(always)]
    fn new(hash: i64, slots: usize) -> Probe {
        let mask = slots.wrapping_sub(1);
        Probe { slot: hash as usize & mask, mask, perturb: hash as u64 }
    }

    #[inline(always)]
    fn next(&mut self) {
        self.perturb >>= 5;
        self.slot = self.slot.wrapping_mul(5).wrapping_add(self.perturb as usize).wrapping_add(1) & self.mask;
    }
}

/// What a search that runs no toy code can say.
enum Search {
    Found(usize),
    Missing,
    /// The key at this place has the same hash and only its `__eq__` can tell.
    Ask(usize),
}

impl Table {
    /// Searches for a key; `skip` counts the candidates with that hash that are known to differ.
    #[inline]
    fn search(&self, key: &Value, hash: i64, skip: usize) -> Search {
        match &self.index {
            Index::None => self.scan(key, hash, skip),
            Index::Small(slots) => self.probe(slots, key, hash, skip),
            Index::Medium(slots) => self.probe(slots, key, hash, skip),
            Index::Large(slots) => self.probe(slots, key, hash, skip),
        }
    }

    /// A search without an index.
    #[inline]
    fn scan(&self, key: &Value, hash: i64, mut skip: usize) -> Search {
        for (place, entry) in self.entries.iter().enumerate() {
            if entry.hash == hash
                && let Some(answer) = entry.judge(place, key, &mut skip)
            {
                return answer;
            }
        }
        Search::Missing
    }

    /// A search by an index.
    #[inline]
    fn probe<Place: Copy + Into<u32>>(&self, slots: &[Place], key: &Value, hash: i64, mut skip: usize) -> Search {
        let mut probe = Probe::new(hash, slots.len());
        loop {
            let place: u32 = slots[probe.slot].into();
            if place == 0 {
                return Search::Missing;
            }
            let place = place as usize - 1;
            if let Some(entry) = self.entries.get(place)
                && entry.hash == hash
                && let Some(answer) = entry.judge(place, key, &mut skip)
            {
                return answer;
            }
            probe.next();
        }
    }

    /// The place of an exact string with a known hash, where only strings need be compared.
    #[inline]
    fn search_str(&self, key: &Value, hash: i64) -> Option<usize> {
        match self.search(key, hash, 0) {
            Search::Found(place) => Some(place),
            _ => None,
        }
    }

    fn push(&mut self, hash: i64, key: Value, value: Option<Value>) -> usize {
        if self.entries.len().max(self.filled as usize) >= self.index.room() {
            self.rebuild();
        }
        let place = self.entries.len();
        self.used += value.is_some() as usize;
        self.changed();
        if CAN_BE_FREE && self.watched && place == self.entries.capacity() {
            self.grow((place * 2).max(UNINDEXED));
        }
        self.entries.push(Entry { hash, key: Some(key), value });
        self.filled += 1;
        self.index.enter(hash, place);
        place
    }

    /// A key comes or goes.
    #[inline(always)]
    fn changed(&mut self) {
        if CAN_BE_FREE {
            self.stamp += 1;
        }
    }

    /// Moves the entries to where there is room for so many. Whoever looks at the old ones without a lock finds them as they were.
    #[cold]
    fn grow(&mut self, room: usize) {
        let mut wider: Vec<Entry> = Vec::with_capacity(room);
        // SAFETY: the entries move: the old buffer forgets them.
        unsafe {
            wider.as_mut_ptr().copy_from_nonoverlapping(self.entries.as_ptr(), self.entries.len());
            wider.set_len(self.entries.len());
            self.entries.set_len(0);
        }
        let old = std::mem::replace(&mut self.entries, wider);
        self.start.set(self.entries.as_ptr());
        retire(old);
    }

    /// Takes all entries out.
    fn take_all(&mut self) -> Vec<Entry> {
        self.layout.set(0);
        self.changed();
        let stamp = self.stamp;
        let all: Vec<Entry> =
            if self.watched { self.entries.drain(..).collect() } else { std::mem::take(&mut self.entries) };
        self.index = Index::None;
        (self.used, self.filled, self.first, self.stamp) = (0, 0, 0, stamp);
        all
    }

    /// Drops deleted entries and makes room for as many again.
    fn rebuild(&mut self) {
        self.layout.set(0);
        let placeholders_only = self.used == 0;
        self.entries.retain(|entry| entry.value.is_some());
        let wanted = if placeholders_only { 0 } else { self.entries.len() * 2 + 1 };
        self.index = if wanted <= UNINDEXED { Index::None } else { Index::for_entries(wanted.max(16)) };
        (self.filled, self.first) = (self.entries.len() as u32, 0);
        for (place, entry) in self.entries.iter().enumerate() {
            self.index.enter(entry.hash, place);
        }
    }

    /// Sets a value at a place that a search found. The old value comes back.
    fn replace(&mut self, place: usize, hash: i64, value: Value) -> Option<Value> {
        let entry = &mut self.entries[place];
        if entry.value.is_some() {
            return swap_slot(&mut entry.value, Some(value));
        }
        // A placeholder: the key takes its turn in the order now.
        let key = entry.key.take();
        self.layout.set(0);
        if let Some(key) = key {
            self.push(hash, key, Some(value));
        }
        None
    }

    fn remove(&mut self, place: usize) -> (Option<Value>, Option<Value>) {
        self.changed();
        let entry = &mut self.entries[place];
        self.used -= entry.value.is_some() as usize;
        let taken = (entry.key.take(), swap_slot(&mut entry.value, None));
        if self.used == 0 && self.entries.len() > UNINDEXED {
            // An empty dict gives its room back. A small one waits for `rebuild`: an iterator over it would not see
            // that what is entered next is another key.
            self.entries.clear();
            (self.filled, self.first) = (0, 0);
            self.index = Index::None;
            self.layout.set(0);
        } else if place == self.first as usize {
            self.first += 1;
        }
        taken
    }

    fn value_at(&self, place: usize) -> Option<&Value> {
        self.entries.get(place)?.value.as_ref()
    }
}

/// What an iterator finds in a dict.
pub(crate) enum Step<T> {
    /// The place to go on from, and what was made of the item.
    Item(usize, T),
    End,
    /// The dict does not have as many items as it should.
    Changed,
}

impl Dict {
    pub fn len(&self, held: &Held) -> usize {
        self.table.read(held, |table| table.used)
    }

    pub fn is_empty(&self, held: &Held) -> bool {
        self.len(held) == 0
    }

    /// `d[key]`, or nothing. Runs `__hash__` and `__eq__`.
    pub fn get(&self, held: &mut Held, key: &Value) -> R<Option<Value>> {
        let hash = held.hash(key)?;
        self.get_hashed(held, key, hash)
    }

    #[inline]
    pub fn get_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<Option<Value>> {
        let quick = self.table.read(held, |table| match table.search(key, hash, 0) {
            Search::Found(place) => Ok(table.value_at(place).cloned()),
            Search::Missing => Ok(None),
            Search::Ask(_) => Err(()),
        });
        match quick {
            Ok(found) => Ok(found),
            Err(()) => self.get_asking(held, key, hash),
        }
    }

    fn get_asking(&self, held: &mut Held, key: &Value, hash: i64) -> R<Option<Value>> {
        self.act(held, key, hash, (), |table, place, ()| place.and_then(|place| table.value_at(place).cloned()))
    }

    pub fn contains(&self, held: &mut Held, key: &Value) -> R<bool> {
        let hash = held.hash(key)?;
        self.contains_hashed(held, key, hash)
    }

    #[inline]
    pub fn contains_hashed(&self, held: &mut Held, key: &Value, hash: i64) -> R<bool> {
        let quick = self.table.read(held, |table| match table.search(key, hash, 0) {
            Search::Found(place) => Some(table.value_at(place).is_some()),
            Search::Missing => Some(false),
            Search::Ask(_) => None,
        });
        match quick {
            Some(there) => Ok(there),
            None => Ok(self.get_asking(held, key, hash)?.is_some()),
        }
    }

    /// `d[key] = value`; gives back the value that was there.
    pub fn set(&self, held: &mut Held, key: Value, value: Value) -> R<Option<Value>> {
        let hash = held.hash(&key)?;
        self.set_hashed(held, key, hash, value)
    }

    pub fn set_hashed(&self, held: &mut Held, key: Value, hash: i64, value: Value) -> R<Option<Value>> {
        self.admit(&key, &value);
        let quick = self.table.arrange(held, |table| match table.search(&key, hash, 0) {
            Search::Found(place) => Ok((table.replace(place, hash, value), Some(key))),
            Search::Missing => {
                table.push(hash, key, Some(value));
                Ok((None, None))
            }
            Search::Ask(_) => Err((key, value)),
        });
        match quick {
            Ok((old, _key)) => Ok(old),
            Err((key, value)) => self.set_asking(held, key, hash, value),
        }
    }

    fn set_asking(&self, held: &mut Held, key: Value, hash: i64, value: Value) -> R<Option<Value>> {
        self.act(held, &key.clone(), hash, (key, value), |table, place, (key, value)| match place {
            Some(place) => table.replace(place, hash, value),
            None => {
                table.push(hash, key, Some(value));
                None
            }
        })
    }

    /// Searches for a key, asking `__eq__` where needed, and has `act` change the table when it is known where the key stands. If the
    /// table was changed in between, the search starts over.
    fn act<A, T>(
        &self,
        held: &mut Held,
        key: &Value,
        hash: i64,
        args: A,
        act: impl FnOnce(&mut Table, Option<usize>, A) -> T,
    ) -> R<T> {
        let mut todo = Some((act, args));
        loop {
            let (place, stamp) = self.find(held, key, hash)?;
            let done = self.table.arrange(held, |table| {
                if table.stamp != stamp {
                    return None;
                }
                todo.take().map(|(act, args)| act(table, place, args))
            });
            if let Some(done) = done {
                return Ok(done);
            }
        }
    }

    /// A key and a value are about to be stored.
    #[inline(always)]
    fn admit(&self, key: &Value, value: &Value) {
        self.table.admit(key);
        self.table.admit(value);
    }

    /// `d.setdefault(key, default)`.
    pub fn set_default(&self, held: &mut Held, key: &Value, default: Value) -> R<Value> {
        let hash = held.hash(key)?;
        self.admit(key, &default);
        self.act(held, key, hash, default, |table, place, default| {
            if let Some(known) = place.and_then(|place| table.value_at(place)) {
                return known.clone();
            }
            match place {
                Some(place) => drop(table.replace(place, hash, default.clone())),
                None => drop(table.push(hash, key.clone(), Some(default.clone()))),
            }
            default
        })
    }

    /// `del d[key]`: key and value, or nothing if it was not there.
    pub fn remove(&self, held: &mut Held, key: &Value) -> R<Option<(Value, Value)>> {
        let hash = held.hash(key)?;
        let (key, value) = self.act(held, key, hash, (), |table, place, ()| match place {
            Some(place) if table.value_at(place).is_some() => table.remove(place),
            _ => (None, None),
        })?;
        Ok(key.zip(value))
    }

    /// The last item, taken out.
    pub fn pop_last(&self, held: &mut Held) -> Option<(Value, Value)> {
        let (key, value) = self.table.arrange(held, |table| {
            let place = table.entries.iter().rposition(|entry| entry.value.is_some())?;
            let taken = table.remove(place);
            // What follows was deleted before: cut it off, so that popping all is linear. Slots of the index that
            // point past the end are harmless and go with the next rebuild.
            table.entries.truncate(place);
            table.first = table.first.min(place as u32);
            table.layout.set(0);
            Some(taken)
        })?;
        key.zip(value)
    }

    pub fn clear(&self, held: &mut Held) {
        let old = self.table.arrange(held, Table::take_all);
        drop(old);
    }

    /// Takes over all items of a dict that is not this one.
    pub fn copy_into(&self, held: &mut Held, other: &Obj<Dict>) -> R<()> {
        for (key, value) in self.items(held) {
            other.set(held, key, value)?;
        }
        Ok(())
    }

    fn of(table: Table) -> Dict {
        Dict { table: ObjCell::private(table), extra: ObjCell::default() }
    }

    /// Shows all values: for a trace that passes keys by. Nobody changes the dict meanwhile.
    #[allow(dead_code)] // one of the builds publishes nothing
    pub(crate) unsafe fn trace_values(&self, show: &mut dyn FnMut(&Value)) {
        // SAFETY: the caller's promise.
        unsafe { (*self.table.raw()).entries.iter().filter_map(|entry| entry.value.as_ref()).for_each(show) }
    }

    /// The place of a key that is there or was prepared, asking `__eq__` where needed, and the table's stamp.
    fn find(&self, held: &mut Held, key: &Value, hash: i64) -> R<(Option<usize>, u64)> {
        let (mut skip, mut seen) = (0, None);
        loop {
            let (found, stamp) = self.table.read(held, |table| {
                if seen.is_some_and(|seen| seen != table.stamp) {
                    skip = 0;
                }
                let found = match table.search(key, hash, skip) {
                    Search::Ask(place) => Err((place, table.entries[place].key.clone())),
                    Search::Found(place) => Ok(Some(place)),
                    Search::Missing => Ok(None),
                };
                (found, table.stamp)
            });
            seen = Some(stamp);
            let (place, candidate) = match found {
                Ok(place) => return Ok((place, stamp)),
                Err(ask) => ask,
            };
            let Some(candidate) = candidate else { return Ok((None, stamp)) };
            let equal = held.eq(&candidate, key)?;
            let unchanged = self.table.read(held, |table| {
                table
                    .entries
                    .get(place)
                    .is_some_and(|entry| entry.key.as_ref().is_some_and(|known| known.is(&candidate)))
            });
            match (unchanged, equal) {
                (true, true) => return Ok((Some(place), stamp)),
                (true, false) => skip += 1,
                (false, _) => skip = 0,
            }
        }
    }

    /// `d[name]` for an interned string; runs no toy code.
    #[inline]
    pub fn get_str(&self, held: &Held, name: &Value) -> Option<Value> {
        self.table.read(held, |table| {
            let place = table.search_str(name, super::str::hash_of(name))?;
            table.value_at(place).cloned()
        })
    }

    /// The word of `d[name]`, uncounted: for caches.
    pub(crate) fn peek(&self, held: &Held, name: &Value) -> Option<u64> {
        self.table.read(held, |table| {
            let place = table.search_str(name, super::str::hash_of(name))?;
            table.value_at(place).map(Value::bits)
        })
    }

    /// `d[name] = value` for an exact string; runs no toy code.
    pub fn set_str(&self, held: &mut Held, name: &Value, value: Value) -> Option<Value> {
        let hash = super::str::hash_of(name);
        self.admit(name, &value);
        self.table.arrange(held, |table| match table.search_str(name, hash) {
            Some(place) => table.replace(place, hash, value),
            None => {
                table.push(hash, name.clone(), Some(value));
                None
            }
        })
    }

    /// The string in this table of interned ones that equals `name`, which is entered if there is none.
    pub(super) fn intern(&self, held: &mut Held, name: &Value) -> Value {
        let hash = super::str::hash_of(name);
        self.admit(name, name);
        self.table.arrange(held, |table| match table.search_str(name, hash).and_then(|place| table.value_at(place)) {
            Some(known) => known.clone(),
            None => {
                if let Some(header) = name.header() {
                    header.set(super::header::flag::INTERNED);
                }
                table.push(hash, name.clone(), Some(name.clone()));
                name.clone()
            }
        })
    }

    /// `del d[name]` for an exact string; runs no toy code.
    pub fn remove_str(&self, held: &mut Held, name: &Value) -> Option<Value> {
        self.table.arrange(held, |table| {
            let place = table.search_str(name, super::str::hash_of(name))?;
            table.value_at(place)?;
            table.remove(place).1
        })
    }
}

impl Held {
    /// A new empty dict.
    pub fn new_dict(&self) -> Ref<Dict> {
        self.dict_of_class(&crate::objects::core().dict)
    }

    /// A dict with room for so many items.
    pub fn dict_with_room(&self, items: usize) -> Ref<Dict> {
        let index = if items > UNINDEXED { Index::for_entries(items) } else { Index::None };
        self.dict_from(Dict::of(Table { entries: Vec::with_capacity(items), index, ..Table::default() }))
    }

    pub fn dict_of_class(&self, class: &Obj<Class>) -> Ref<Dict> {
        allocate(class, Dict::default(), 0)
    }

    pub fn dict_from(&self, data: Dict) -> Ref<Dict> {
        allocate(&crate::objects::core().dict, data, 0)
    }
}
