//! Iterators of pairs, for loops that take each pair apart at once: `for i, x in enumerate(...)`.
//!
//! In: an iterator. Out: the two items without the tuple around them. The one invariant: what is given, and the errors, are those of the
//! iterator's own step, so that a loop cannot tell the difference.

use super::{adapters, dict_iter};
use crate::objects::adapters::{Enumerate, Zip};
use crate::objects::dict_view::{DictIter, What};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::Held;

/// A step of an iterator of pairs.
pub(crate) enum Pairing {
    Pair(Value, Value),
    End,
    /// It is no such iterator, and was not asked.
    Other,
}

/// The next pair of an `enumerate`, a `zip` of two, or the items of a dict.
pub(crate) fn next(h: &mut Held, iterator: &Value) -> R<Pairing> {
    let pair = if let Some(enumerate) = iterator.exactly::<Enumerate>() {
        adapters::pair_of_enumerate(h, enumerate)?
    } else if let Some(items) = iterator.exactly::<DictIter>().filter(|it| it.what == What::Items && !it.reverse) {
        dict_iter::next_pair(h, items)?
    } else if let Some(zip) = iterator.exactly::<Zip>().filter(|zip| !zip.strict.get())
        && let [a, b] = zip.iterators.items()
    {
        adapters::pair_of_zip(h, zip, a, b)?
    } else {
        return Ok(Pairing::Other);
    };
    Ok(pair.map_or(Pairing::End, |(a, b)| Pairing::Pair(a, b)))
}
