//! Looking up a name along a class's resolution order, through a cache.
//!
//! In: a class and an interned name. Out: the attribute as it stands in a namespace, not bound. The one invariant: an entry is
//! valid while the class's version is the one it was filled under, so it needs to own nothing; a volatile name has none. CPython's method cache
//! (`typeobject.c`) is the same idea.

use super::class::Class;
use super::header::Obj;
use super::value::Value;
use crate::sync::{Held, per_thread};

const ENTRIES: usize = 4096;

#[derive(Clone, Copy)]
struct Entry {
    version: u64,
    name: u64,
    /// The word of the value, uncounted; zero if there is none.
    found: u64,
}

per_thread! {
    fn cache() -> [Entry; ENTRIES] = [Entry { version: 0, name: 0, found: 0 }; ENTRIES]
}

#[inline]
pub(super) fn lookup(class: &Obj<Class>, held: &Held, name: &Value) -> Option<Value> {
    let version = class.version();
    let at = (version.wrapping_mul(31) ^ name.bits() >> 4) as usize % ENTRIES;
    // SAFETY: the cache is this thread's, and `find` below does not touch it.
    let entry = unsafe { &mut (*cache())[at] };
    if entry.version != version || entry.name != name.bits() {
        let found = find(class, held, name);
        if class.finds_volatile(held, name) {
            return owned(found);
        }
        *entry = Entry { version, name: name.bits(), found };
    }
    owned(entry.found)
}

/// The value of a word that a namespace owns, or of none.
#[inline(always)]
fn owned(word: u64) -> Option<Value> {
    if word == 0 {
        return None;
    }
    // SAFETY: the word was found under the version that the class has, so the namespace still owns the value.
    let value = std::mem::ManuallyDrop::new(unsafe { Value::from_bits(word) });
    Some((*value).clone())
}

fn find(class: &Obj<Class>, held: &Held, name: &Value) -> u64 {
    class.mro.read(held, |mro| mro.iter().find_map(|class| class.dict.peek(held, name))).unwrap_or(0)
}
