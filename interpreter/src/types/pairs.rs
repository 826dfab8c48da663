//! Iterators of pairs, for loops that take each pair apart at once: `for i, x in enumerate(...)`.
//!
//! In: an iterator. Out: the two items without the tuple around them. The one invariant: what is given, and the errors, are those of the
//! iterator's own step, so that a loop cannot tell the difference.

use super::{adapters, dict_iter};
use crate::objects::adapters::{Enumerate, Zip};
use crate::objects::dict_view::{DictIter, What};
use crate::objects::header::{Kind, flag};
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
    let pair = match iterator.header().filter(|header| !header.has(flag::SUBCLASS)).map(|header| header.kind()) {
        Some(Kind::ENUMERATE) => match iterator.downcast::<Enumerate>() {
            Some(enumerate) => adapters::pair_of_enumerate(h, enumerate)?,
            None => return Ok(Pairing::Other),
        },
        Some(Kind::DICT_ITER) => match iterator.downcast::<DictIter>() {
            Some(items) if items.what == What::Items && !items.reverse => dict_iter::next_pair(h, items)?,
            _ => return Ok(Pairing::Other),
        },
        Some(Kind::ZIP) => match iterator.downcast::<Zip>().map(|zip| (zip, zip.iterators.items())) {
            Some((zip, [a, b])) if !zip.strict.get() => adapters::pair_of_zip(h, zip, a, b)?,
            _ => return Ok(Pairing::Other),
        },
        _ => return Ok(Pairing::Other),
    };
    Ok(pair.map_or(Pairing::End, |(a, b)| Pairing::Pair(a, b)))
}
