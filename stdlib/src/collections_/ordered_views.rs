//! The views and iterators of `OrderedDict`.
//!
//! In: an OrderedDict. Out: `odict_keys` and its like, which are those of `dict` under names of their own. The one invariant: an
//! iterator minds every change of the dict's keys.

use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::dict_view::{DictView, What};
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::cell::Cell;

static KEYS: ClassCell = ClassCell::new();
static VALUES: ClassCell = ClassCell::new();
static ITEMS: ClassCell = ClassCell::new();
static ITERATOR: ClassCell = ClassCell::new();

pub(super) fn add(h: &mut Held) {
    let core = core();
    let views = [
        (&KEYS, "odict_keys", &core.dict_keys),
        (&VALUES, "odict_values", &core.dict_values),
        (&ITEMS, "odict_items", &core.dict_items),
    ];
    for (cell, name, base) in views {
        cell.get_or_make(h, |h| ClassSpec::with_base::<DictView>(h, "builtins", name, base).methods(h, &VIEW).build(h));
    }
    ITERATOR.get_or_make(h, |h| {
        ClassSpec::new::<OrderedIter>(h, "builtins", "odict_iterator").iterator(h, next).methods(h, &OF_ITERATOR).build(h)
    });
}

pub(super) fn view(h: &Held, dict: &Obj<Dict>, what: What) -> Value {
    let class = match what {
        What::Keys => KEYS.get(),
        What::Values => VALUES.get(),
        What::Items => ITEMS.get(),
    };
    h.new_object(class, DictView { dict: dict.to_ref(), what }).into_value()
}

static VIEW: [Def; 2] = [
    def("__iter__", "", |h, args| {
        let view = args.this::<DictView>();
        Ok(iter(h, &view.dict, view.what, false))
    }),
    def("__reversed__", "", |h, args| {
        let view = args.this::<DictView>();
        Ok(iter(h, &view.dict, view.what, true))
    }),
];

/// The data of an iterator: it goes by the key that comes next, which must still be there.
struct OrderedIter {
    dict: ObjCell<Option<Ref<Dict>>>,
    what: What,
    reverse: bool,
    at: Cell<usize>,
    used: usize,
}

interpreter::object!(OrderedIter, "odict_iterator", traced [dict]);

pub(super) fn iter(h: &Held, dict: &Obj<Dict>, what: What, reverse: bool) -> Value {
    let at = Cell::new(if reverse { dict.places(h) } else { 0 });
    let iterator = OrderedIter { dict: ObjCell::new(Some(dict.to_ref())), what, reverse, at, used: dict.len(h) };
    h.new_object(ITERATOR.get(), iterator).into_value()
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let Some(iterator) = iterator.downcast::<OrderedIter>() else { return Ok(None) };
    let Some(dict) = iterator.dict.read(h, Clone::clone) else { return Ok(None) };
    if dict.len(h) != iterator.used {
        return Err(h.runtime_error("OrderedDict mutated during iteration"));
    }
    let at = iterator.at.get();
    let item = if iterator.reverse { dict.previous_item(h, at) } else { dict.next_item(h, at) };
    match item {
        Some((at, key, value)) => {
            iterator.at.set(if iterator.reverse { at } else { at + 1 });
            Ok(Some(iterator.what.part(h, key, value)))
        }
        None => {
            drop(iterator.dict.write(h, Option::take));
            Ok(None)
        }
    }
}

static OF_ITERATOR: [Def; 1] = [def("__reduce__", "", |h, args| {
    let iterator = args.this::<OrderedIter>();
    let dict = iterator.dict.read(h, Clone::clone);
    let copy = OrderedIter {
        dict: ObjCell::new(dict),
        what: iterator.what,
        reverse: iterator.reverse,
        at: iterator.at.clone(),
        used: iterator.used,
    };
    let copy = h.new_object(args[0].class(), copy).into_value();
    let items = h.collect(&copy)?;
    let items = h.new_list(items);
    let name = h.intern("iter");
    let iter = h.builtins().get_str(h, &name).unwrap_or(Value::NONE);
    let given = h.new_tuple(vec![items]);
    Ok(h.new_pair(iter, given))
})];
