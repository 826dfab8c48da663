//! The module `sys`: the least that files and imports need.
//!
//! In: nothing. Out: `path`, `modules`, `argv`. The one invariant: `modules` is the dict that imports use.

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("sys");
    let modules = h.modules().into_value();
    module.dict.set_str(h, n::modules.value(), modules);
    let empty = h.new_list(Vec::new());
    module.dict.set_str(h, n::path.value(), empty);
    let empty = h.new_list(Vec::new());
    module.dict.set_str(h, n::argv.value(), empty);
    Ok(module)
}
