//! The second level of the inline caches: what a thread found of attributes by shape, for sites that see many shapes.
//!
//! In: an object's shape id and a site's name. Out: the `Cache` that was filled for that pair, to be copied into the site. The one
//! invariant: an entry is the same for every site of that name, and as a site's own cache owns nothing and is valid while the id is the
//! object's. A site alone would search again at every change of shape (a tree of four classes: 300 instructions instead of 50).

use crate::objects::code::{Cache, Site};

const ENTRIES: usize = 512;

/// What a site does with the attribute: the answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Get = 1,
    Set,
}

#[derive(Clone, Copy)]
struct Entry {
    id: u64,
    /// The name's word, with the use in the low bits.
    name: u64,
    cache: Cache,
}

/// A thread's entries, made when the first is remembered.
#[derive(Default)]
pub(crate) struct ShapeCache {
    entries: Vec<Entry>,
    /// How often an entry was used in passing.
    passed: u8,
}

/// An entry that is used in passing goes to the site only so often: a site that sees many shapes would have another at once, and one that
/// sees a new shape from now on gets it soon.
const PASSES: u8 = 16;

impl ShapeCache {
    #[inline]
    pub(crate) fn recall(&self, id: u64, site: &Site, how: Use) -> Option<Cache> {
        let name = site.name.bits() | how as u64;
        let entry = self.entries.get(place(id, name))?;
        (entry.id == id && entry.name == name).then_some(entry.cache)
    }

    /// As `recall`, for a use in passing: the site keeps what it has, but for now and then.
    #[inline]
    pub(crate) fn recall_in_passing(&mut self, id: u64, site: &Site, how: Use) -> Option<Cache> {
        let cache = self.recall(id, site, how)?;
        self.passed = self.passed.wrapping_add(1);
        if self.passed.is_multiple_of(PASSES) {
            site.cache.set(cache);
        }
        Some(cache)
    }

    pub(crate) fn remember(&mut self, id: u64, site: &Site, how: Use, cache: Cache) {
        if self.entries.is_empty() {
            self.entries = vec![Entry { id: 0, name: 0, cache: Cache::default() }; ENTRIES];
        }
        let name = site.name.bits() | how as u64;
        self.entries[place(id, name)] = Entry { id, name, cache };
    }
}

fn place(id: u64, name: u64) -> usize {
    (id.wrapping_mul(0x9e37_79b9) ^ name >> 4 ^ name) as usize % ENTRIES
}
