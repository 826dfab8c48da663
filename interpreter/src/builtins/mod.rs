//! The module `builtins`.
//!
//! In: nothing. Out: the module with all builtin functions, classes and exceptions. The one invariant: its dict is what
//! globals fall through to.

mod class;

pub(crate) use class::enter;

use crate::objects::core;
use crate::objects::function::{Native, Role};
use crate::objects::header::Ref;
use crate::objects::module::Module;
use crate::objects::value::Value;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

static FUNCTIONS: [Def; 2] = [
    def("print", "*args", |h, args| {
        let mut line = Vec::new();
        for value in args.rest(0) {
            line.push(h.str_text(value)?);
        }
        println!("{}", line.join(" "));
        Ok(Value::NONE)
    }),
    def("range", "n, /", |h, args| {
        let n = h.to_isize(&args[0])?;
        Ok(h.new_range(0.into(), n.into(), 1.into()))
    }),
];

/// Makes the module.
pub(crate) fn make(h: &mut Held) -> Ref<Module> {
    let module = h.new_module("builtins");
    add_functions(h, &module, &FUNCTIONS);
    class::enter_all(h, &module.dict);
    let int = h.intern("int");
    module.dict.set_str(h, &int, core().int.value().clone());
    module
}

/// Adds native functions to a module.
pub fn add_functions(h: &mut Held, module: &Module, defs: &'static [Def]) {
    let name = module.dict.get_str(h, crate::objects::names::n::__name__.value()).unwrap_or(Value::NONE);
    for def in defs {
        let native = Native {
            def,
            module: name.clone(),
            owner: Value::NONE,
            receiver: Value::NONE,
            role: Role::Function,
        };
        let native = h.new_native(native);
        let name = h.intern(def.name);
        module.dict.set_str(h, &name, native);
    }
}
