//! `itertools`: iterators made of iterators.
//!
//! In: iterables. Out: their items chosen, repeated, grouped or combined, one at a time. The one invariant: an iterator's own
//! state is never borrowed while it asks another for an item, for that may run toy code, which may come back.

mod accumulate;
mod chain;
mod combine;
mod filter;
mod group;
mod infinite;
mod islice;
mod product;
mod tee;
mod zip;

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("itertools");
    infinite::add(h, &module);
    chain::add(h, &module);
    filter::add(h, &module);
    islice::add(h, &module);
    group::add(h, &module);
    zip::add(h, &module);
    accumulate::add(h, &module);
    product::add(h, &module);
    combine::add(h, &module);
    tee::add(h, &module);
    Ok(module)
}
