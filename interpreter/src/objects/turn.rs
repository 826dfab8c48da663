//! Iterators that threads share, one step at a time.
//!
//! In: an iterator and a step of it. Out: what the step gives. The one invariant: whoever has an iterator's turn runs no toy code and comes to no
//! switch point; the turns it asks for meanwhile are of iterators inside.
//!
//! With the GIL a step of a native iterator is one operation, if the iterators it asks are native too. So it is without: each takes its lock for
//! the whole step. An iterator that runs toy code (a generator, a class with `__next__`) or asks one that does takes no turns: there other threads
//! may come between with the GIL too.

use super::header::{Header, Kind, flag};
use super::value::Value;
use crate::sync::Word;

/// Tells of an iterator of some kind whether its steps run no toy code.
pub type StepsAlone = fn(&Value) -> bool;

struct Table([Word<Option<StepsAlone>>; Kind::MOST]);

// SAFETY: with the GIL, filled and read under it; without, a `Word` is atomic.
unsafe impl Sync for Table {}

static TABLE: Table = Table([const { Word::new(None) }; Kind::MOST]);

/// For a kind of iterator; others are taken to run toy code.
pub(crate) fn register_steps_alone(kind: Kind, alone: StepsAlone) {
    TABLE.0[kind.0 as usize].set(Some(alone));
}

/// Whether the steps of an iterator run no toy code: it is native, and so is what it asks.
pub fn steps_alone(iterator: &Value) -> bool {
    let header = iterator.header().filter(|header| !header.has(flag::SUBCLASS));
    let alone = header.and_then(|header| TABLE.0[header.kind().0 as usize].get());
    alone.is_some_and(|alone| alone(iterator))
}

/// One step of an iterator whose steps run no toy code. Threads that share it take turns, so that each item is given once.
#[inline(always)]
pub fn in_turn<T>(iterator: &Value, step: impl FnOnce() -> T) -> T {
    match iterator.header() {
        Some(header) => turn_if(header, true, step),
        None => step(),
    }
}

/// As `in_turn`, for an iterator whose steps may run toy code.
#[inline(always)]
pub fn turn_if<T>(iterator: &Header, alone: bool, step: impl FnOnce() -> T) -> T {
    if !alone || iterator.count.is_private() { step() } else { iterator.lock.hold(step) }
}
