//! `_collections`: `deque`, `defaultdict`, `OrderedDict`, and what `Counter` and `namedtuple` are made with.
//!
//! In: items, factories. Out: containers. The one invariant: a container's inside is never borrowed while code of the program
//! runs; iterators notice what changed meanwhile.

mod defaultdict;
mod deque;
mod deque_iter;
mod ordered;
mod ordered_views;
mod tuplegetter;

use interpreter::builtins::add_functions;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_collections");
    add_functions(h, &module, &FUNCTIONS);
    deque::add(h, &module);
    deque_iter::add(h, &module);
    defaultdict::add(h, &module);
    ordered::add(h, &module);
    tuplegetter::add(h, &module);
    Ok(module)
}

static FUNCTIONS: [Def; 1] = [def("_count_elements", "mapping, iterable, /", count_elements)];

/// `mapping[item] = mapping.get(item, 0) + 1` for each item; a dict that leaves both alone is changed directly.
fn count_elements(h: &mut Held, args: Args<'_>) -> R {
    let mapping = &args[0];
    let one = h.new_int(1);
    if let Some(dict) = mapping.downcast::<Dict>().filter(|_| counts_plainly(h, mapping)) {
        h.for_each(&args[1], |h, item| {
            let hash = h.hash(&item)?;
            let count = match dict.get_hashed(h, &item, hash)? {
                Some(count) => h.add(&count, &one)?,
                None => one.clone(),
            };
            dict.set_hashed(h, item, hash, count).map(drop)
        })?;
        return Ok(Value::NONE);
    }
    let zero = h.new_int(0);
    let get = h.get(mapping, n::get)?;
    h.for_each(&args[1], |h, item| {
        let count = h.call(&get, &[item.clone(), zero.clone()])?;
        let count = h.add(&count, &one)?;
        h.set_item(mapping, &item, count)
    })?;
    Ok(Value::NONE)
}

/// Whether a class has `dict`'s own `get` and `__setitem__`.
fn counts_plainly(h: &Held, mapping: &Value) -> bool {
    [n::get, n::__setitem__].into_iter().all(|name| {
        let own = h.special(mapping, name);
        own.zip(core().dict.lookup(h, name.value())).is_some_and(|(own, plain)| own.is(&plain))
    })
}
