//! The views and iterators of dicts: the data.
//!
//! In: a dict. Out: what `types/dict_views.rs` and `types/dict_iter.rs` answer for. The one invariant: the class says whether
//! keys, values or items are meant, and so does `what`.

use super::class::Class;
use super::dict::Dict;
use super::header::{Obj, Ref, allocate};
use super::value::Value;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};

/// Which part of its items a view or iterator gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Keys,
    Values,
    Items,
}

/// `d.keys()`, `d.values()` or `d.items()`.
pub struct DictView {
    pub dict: Ref<Dict>,
    pub what: What,
}

crate::object!(DictView, "dict_view", traced[dict]);

/// An iterator of a dict.
pub struct DictIter {
    /// Nothing when exhausted.
    pub(crate) dict: ObjCell<Option<Ref<Dict>>>,
    pub(crate) what: What,
    pub(crate) reverse: bool,
    /// Where to look next (for reversed ones: one past it).
    pub(crate) at: Word<usize>,
    /// How many items the dict had at the start; `usize::MAX` after it was seen changed.
    pub(crate) used: Word<usize>,
    pub(crate) left: Word<usize>,
}

crate::object!(DictIter = super::header::Kind::DICT_ITER, "dict_iterator", traced[dict]);

impl What {
    pub(crate) fn view_class(self) -> &'static Ref<Class> {
        let core = super::core();
        match self {
            What::Keys => &core.dict_keys,
            What::Values => &core.dict_values,
            What::Items => &core.dict_items,
        }
    }

    fn iterator_class(self, reverse: bool) -> &'static Ref<Class> {
        let core = super::core();
        match (self, reverse) {
            (What::Keys, false) => &core.dict_keyiterator,
            (What::Values, false) => &core.dict_valueiterator,
            (What::Items, false) => &core.dict_itemiterator,
            (What::Keys, true) => &core.dict_reversekeyiterator,
            (What::Values, true) => &core.dict_reversevalueiterator,
            (What::Items, true) => &core.dict_reverseitemiterator,
        }
    }

    /// The part of an item that stands in a dict.
    #[inline]
    pub(crate) fn share(self, h: &Held, key: &Value, value: &Value) -> Value {
        match self {
            What::Keys => key.clone(),
            What::Values => value.clone(),
            What::Items => h.new_pair(key.clone(), value.clone()),
        }
    }

    /// The part of an item.
    #[inline]
    pub fn part(self, h: &Held, key: Value, value: Value) -> Value {
        match self {
            What::Keys => key,
            What::Values => value,
            What::Items => h.new_pair(key, value),
        }
    }
}

impl Held {
    pub fn new_dict_view(&self, dict: &Obj<Dict>, what: What) -> Value {
        allocate(what.view_class(), DictView { dict: dict.to_ref(), what }, 0).into_value()
    }

    pub fn new_dict_iter(&self, dict: &Obj<Dict>, what: What, reverse: bool) -> Value {
        let len = dict.len(self);
        let at = if reverse { dict.places(self) } else { 0 };
        let iter = DictIter {
            dict: ObjCell::private(Some(dict.to_ref())),
            what,
            reverse,
            at: Word::new(at),
            used: Word::new(len),
            left: Word::new(len),
        };
        allocate(what.iterator_class(reverse), iter, 0).into_value()
    }
}
