//! `_collections`: deque, defaultdict, OrderedDict, and what `Counter` and `namedtuple` are made with.
//!
//! In: iterables, factories, mappings. Out: containers. The one invariant: `defaultdict` and `OrderedDict` are dicts to the
//! machine; what they add stands in `Dict::extra`.

mod count;
mod defaultdict;
pub mod deque;
mod deque_iter;
mod deque_operators;
mod ordered;
mod ordered_iter;
mod tuplegetter;

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_collections");
    deque::add(h, &module);
    defaultdict::add(h, &module);
    ordered::add(h, &module);
    tuplegetter::add(h, &module);
    interpreter::builtins::add_functions(h, &module, &count::FUNCTIONS);
    Ok(module)
}
