//! The module `posix`: the system, for `os`.
//!
//! In: names, numbers, bytes. Out: the same, or OSError. The one invariant: a call that may block gives up the GIL, and one that a
//! signal interrupted is made again (PEP 475).
//!
//! - `target`: arguments; `names`, `stat`, `directory`: the file system; `descriptors`
//! - `process`, `system`, `constants`; `classes`: results

mod classes;
mod constants;
mod descriptors;
mod directory;
mod names;
mod process;
mod stat;
mod system;
mod target;

pub use process::fork_machine;
pub use target::descriptor;

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("posix");
    add_functions(h, &module, &names::FUNCTIONS);
    add_functions(h, &module, &stat::FUNCTIONS);
    add_functions(h, &module, &directory::FUNCTIONS);
    add_functions(h, &module, &descriptors::FUNCTIONS);
    add_functions(h, &module, &process::IDS);
    add_functions(h, &module, &process::FUNCTIONS);
    add_functions(h, &module, &process::STATUS);
    add_functions(h, &module, &system::FUNCTIONS);
    constants::init(h, &module);
    classes::init(h, &module);
    directory::init(h, &module);
    system::init(h, &module);
    let error = h.intern("error");
    module.dict.set_str(h, &error, Exc::OSError.class().value().clone());
    Ok(module)
}

/// A user's or group's number, or `None`.
pub fn optional_id(h: &mut Held, value: &Value) -> R<Option<u32>> {
    if value.is_none() { Ok(None) } else { names::id(h, value).map(Some) }
}
