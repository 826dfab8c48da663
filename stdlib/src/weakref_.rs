//! `_weakref`: the natives behind `weakref`.
//!
//! In: objects. Out: references to them that do not keep them alive. The one invariant: all that is known of an object's references is
//! asked of the machine's table.

use interpreter::builtins::add_functions;
use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::objects::weakref::WeakRef;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_weakref");
    add_functions(h, &m, &FUNCTIONS);
    let core = core();
    let classes = [
        ("ref", &core.weakref),
        ("ReferenceType", &core.weakref),
        ("ProxyType", &core.weak_proxy),
        ("CallableProxyType", &core.weak_callable_proxy),
    ];
    for (name, class) in classes {
        let name = h.intern(name);
        m.dict.set_str(h, &name, class.value().clone());
    }
    Ok(m)
}

static FUNCTIONS: [Def; 4] = [
    def("proxy", "object, callback=None, /", |h, args| h.new_weak_proxy(&args[0], args.opt_some(1).cloned())),
    def("getweakrefcount", "object, /", |h, args| {
        let count = h.weakrefs(&args[0]).len();
        Ok(h.new_int(count as i64))
    }),
    def("getweakrefs", "object, /", |h, args| {
        let references = h.weakrefs(&args[0]).into_iter().map(|reference| reference.into_value()).collect();
        Ok(h.new_list(references))
    }),
    def("_remove_dead_weakref", "dct, key, /", remove_dead),
];

/// Removes an entry whose value is a dead reference; a live one was put there meanwhile and stays.
fn remove_dead(h: &mut Held, args: Args<'_>) -> R {
    let Some(dict) = args[0].downcast::<Dict>() else {
        let got = args[0].given_name();
        return Err(h.type_error(format!("_remove_dead_weakref() argument 1 must be dict, not {got}")));
    };
    let Some(value) = dict.get(h, &args[1])? else { return Ok(Value::NONE) };
    let Some(reference) = value.downcast::<WeakRef>() else { return Err(h.type_error("not a weakref")) };
    if reference.upgrade().is_none() {
        drop(dict.remove(h, &args[1])?);
    }
    Ok(Value::NONE)
}
