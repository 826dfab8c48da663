//! The least of the module `sys`: until the whole one is merged.
//!
//! In: how the program was started. Out: `path`, `modules`, `argv`. The one invariant: `modules` is the dict that imports use.

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::runtime::config;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("sys");
    let modules = h.modules().into_value();
    module.dict.set_str(h, n::modules.value(), modules);
    for (name, words) in [(n::path, &config::get().path), (n::argv, &config::get().argv)] {
        let words = words.iter().map(|word| h.new_str(&word.to_string_lossy())).collect();
        let words = h.new_list(words);
        module.dict.set_str(h, name.value(), words);
    }
    Ok(module)
}
