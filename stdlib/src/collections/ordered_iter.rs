//! The iterators and views of OrderedDict.
//!
//! In: an OrderedDict. Out: its keys, values or items in order. The one invariant: a dict that changed ends its iterators with
//! RuntimeError.

use super::ordered::changes;
use crate::native::{put, this};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::dict_view::{DictView, What};
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::turn::in_turn;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

const VIEWS: [&str; 3] = ["odict_keys", "odict_values", "odict_items"];

/// Adds to the class what `new_iter` and `new_view` need.
pub(super) fn add(h: &mut Held, mut class: ClassSpec) -> ClassSpec {
    let spec =
        ClassSpec::new::<OrderedIter>(h, "builtins", "odict_iterator").flags(class_flag::FINAL | class_flag::NO_NEW);
    let iterator = spec.methods(h, &METHODS).iterator(h, next).steps_alone(|_| true).build(h);
    class = class.value(h, "_iterator", iterator.into_value()).value(h, "_is_ordered_dict", Value::TRUE);
    for (what, name) in [What::Keys, What::Values, What::Items].into_iter().zip(VIEWS) {
        let base = match what {
            What::Keys => &core().dict_keys,
            What::Values => &core().dict_values,
            What::Items => &core().dict_items,
        };
        let view = ClassSpec::with_base::<DictView>(h, "builtins", name, base).methods(h, &VIEW_METHODS).build(h);
        class = class.value(h, &format!("_{name}"), view.into_value());
    }
    class
}

/// An iterator of an OrderedDict.
pub struct OrderedIter {
    /// Nothing when exhausted.
    dict: ObjCell<Option<Ref<Dict>>>,
    what: What,
    reverse: bool,
    at: Word<usize>,
    len: usize,
    changes: i64,
}

interpreter::object!(OrderedIter, "odict_iterator", traced[dict]);

/// `iter`, or `reversed`, of an OrderedDict or its views.
pub(super) fn new_iter(h: &mut Held, dict: &Value, what: What, reverse: bool) -> R {
    let ordered = this::<Dict>(dict).to_ref();
    let (len, changes) = (ordered.len(h), changes(h, &ordered));
    let at = Word::new(if reverse { ordered.places(h) } else { 0 });
    let iterator = OrderedIter { dict: ObjCell::new(Some(ordered)), what, reverse, at, len, changes };
    let class = helper(h, dict, "_iterator")?;
    Ok(h.new_object(&class, iterator).into_value())
}

pub(super) fn new_view(h: &mut Held, dict: &Value, what: What) -> R {
    let class = helper(
        h,
        dict,
        match what {
            What::Keys => "_odict_keys",
            What::Values => "_odict_values",
            What::Items => "_odict_items",
        },
    )?;
    Ok(h.new_object(&class, DictView { dict: this::<Dict>(dict).to_ref(), what }).into_value())
}

/// A class that OrderedDict keeps for itself.
fn helper(h: &mut Held, dict: &Value, name: &str) -> R<Ref<Class>> {
    let name = h.intern(name);
    let found = dict.class().lookup(h, &name).and_then(|class| class.into_ref::<Class>().ok());
    found.ok_or_else(|| h.type_error("an OrderedDict without its iterators"))
}

static VIEW_METHODS: [Def; 2] = [
    def("__iter__", "", |h, args| {
        let view = args.this::<DictView>();
        new_iter(h, view.dict.value(), view.what, false)
    }),
    def("__reversed__", "", |h, args| {
        let view = args.this::<DictView>();
        new_iter(h, view.dict.value(), view.what, true)
    }),
];

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || step(h, this::<OrderedIter>(iterator)))
}

fn step(h: &mut Held, iterator: &OrderedIter) -> R<Option<Value>> {
    let Some(dict) = iterator.dict.read(h, Clone::clone) else { return Ok(None) };
    let problem = if changes(h, &dict) != iterator.changes {
        "OrderedDict mutated during iteration"
    } else if dict.len(h) != iterator.len {
        "OrderedDict changed size during iteration"
    } else {
        return Ok(iterator.step(h, &dict));
    };
    put(h, &iterator.dict, None);
    Err(h.runtime_error(problem))
}

impl OrderedIter {
    fn step(&self, h: &mut Held, dict: &Dict) -> Option<Value> {
        let at = self.at.get();
        let found = if self.reverse { dict.previous_item(h, at) } else { dict.next_item(h, at) };
        let Some((place, key, value)) = found else {
            put(h, &self.dict, None);
            return None;
        };
        self.at.set(if self.reverse { place } else { place + 1 });
        Some(match self.what {
            What::Keys => key,
            What::Values => value,
            What::Items => h.new_tuple(vec![key, value]),
        })
    }

    /// The items left.
    fn rest(&self, h: &mut Held) -> Vec<Value> {
        let Some(dict) = self.dict.read(h, Clone::clone) else { return Vec::new() };
        let at = self.at.get();
        let copy = OrderedIter {
            dict: ObjCell::new(Some(dict.clone())),
            what: self.what,
            reverse: self.reverse,
            at: Word::new(at),
            len: self.len,
            changes: self.changes,
        };
        std::iter::from_fn(|| copy.step(h, &dict)).collect()
    }
}

static METHODS: [Def; 1] = [def("__reduce__", "", |h, args| {
    let rest = args.this::<OrderedIter>().rest(h);
    let rest = h.new_list(rest);
    let name = h.intern("iter");
    let builtins = h.import_module("builtins")?;
    let iter = h.get_attr(&builtins, &name)?;
    let inner = h.new_tuple(vec![rest]);
    Ok(h.new_tuple(vec![iter, inner]))
})];
