//! The module `builtins`.
//!
//! In: nothing. Out: the module with all builtin functions, classes and exceptions; `print`, `input` and `open` come with
//! the library's files. The one invariant: its dict is what
//! globals fall through to.

pub mod attributes;
mod class;
pub mod compiling;
pub mod iteration;
pub mod numbers;
pub mod objects;
pub mod site;

pub(crate) use class::enter;

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::exception::{Exc, HIERARCHY};
use crate::objects::function::{Native, Role};
use crate::objects::header::Ref;
use crate::objects::module::Module;
use crate::objects::value::Value;
use crate::runtime::signature::Def;
use crate::sync::Held;

/// Makes the module.
pub(crate) fn make(h: &mut Held) -> Ref<Module> {
    let module = h.new_module("builtins");
    add_functions(h, &module, &attributes::FUNCTIONS);
    add_functions(h, &module, &compiling::FUNCTIONS);
    add_functions(h, &module, &iteration::FUNCTIONS);
    add_functions(h, &module, &numbers::FUNCTIONS);
    add_functions(h, &module, &objects::FUNCTIONS);
    add_functions(h, &module, &site::FUNCTIONS);
    add_classes(h, &module);
    add_exceptions(h, &module);
    add_constants(h, &module);
    class::enter_all(h, &module.dict);
    site::init(h, &module);
    module
}

/// Adds native functions to a module.
pub fn add_functions(h: &mut Held, module: &Module, defs: &'static [Def]) {
    let name = module.dict.get_str(h, crate::objects::names::n::__name__.value()).unwrap_or(Value::NONE);
    for def in defs {
        let native =
            Native { def, module: name.clone(), owner: Value::NONE, receiver: Value::NONE, role: Role::Function };
        let native = h.new_native(native);
        let name = h.intern(def.name);
        module.dict.set_str(h, &name, native);
    }
}

/// Enters a class under its own name.
pub fn add_class(h: &mut Held, module: &Module, class: &Ref<Class>) {
    let name = h.intern(&class.name_text());
    module.dict.set_str(h, &name, class.value().clone());
}

fn add_classes(h: &mut Held, module: &Module) {
    let core = core();
    let classes = [
        &core.bool,
        &core.bytearray,
        &core.bytes,
        &core.classmethod,
        &core.dict,
        &core.enumerate,
        &core.filter,
        &core.float,
        &core.frozenset,
        &core.int,
        &core.list,
        &core.map,
        &core.memoryview,
        &core.object,
        &core.property,
        &core.range,
        &core.reversed,
        &core.set,
        &core.slice,
        &core.staticmethod,
        &core.str,
        &core.tuple,
        &core.type_,
        &core.zip,
    ];
    classes.into_iter().for_each(|class| add_class(h, module, class));
}

fn add_exceptions(h: &mut Held, module: &Module) {
    add_class(h, module, Exc::BaseException.class());
    for (exc, _, _) in HIERARCHY {
        add_class(h, module, exc.class());
    }
    for alias in ["EnvironmentError", "IOError"] {
        let name = h.intern(alias);
        module.dict.set_str(h, &name, Exc::OSError.class().value().clone());
    }
}

fn add_constants(h: &mut Held, module: &Module) {
    let constants = [
        ("None", Value::NONE),
        ("False", Value::FALSE),
        ("True", Value::TRUE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::TRUE),
    ];
    for (name, value) in constants {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
}
