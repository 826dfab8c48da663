//! `_operator` and `operator`: operators as functions.
//!
//! In: operands. Out: what the operator gives. The one invariant: `operator` has the very functions of `_operator`, under their
//! special names too.

mod functions;
mod getters;
mod inplace;
mod sequences;

use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// `_operator`.
pub fn init_native(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_operator");
    interpreter::builtins::add_functions(h, &module, &functions::FUNCTIONS);
    interpreter::builtins::add_functions(h, &module, &inplace::FUNCTIONS);
    interpreter::builtins::add_functions(h, &module, &sequences::FUNCTIONS);
    getters::add(h, &module);
    Ok(module)
}

/// `operator`.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("operator");
    let native = h.import_module("_operator")?;
    let mut public: Vec<Value> = Vec::new();
    for name in NAMES.split_whitespace() {
        let key = h.intern(name);
        let function = h.get_attr(&native, &key)?;
        if !GETTERS.contains(&name) && !PLAIN.contains(&name) {
            let special = h.intern(&format!("__{}__", name.trim_end_matches('_')));
            module.dict.set_str(h, &special, function.clone());
        }
        module.dict.set_str(h, &key, function);
        public.push(key);
    }
    let (all, public) = (h.intern("__all__"), h.new_list(public));
    module.dict.set_str(h, &all, public);
    Ok(module)
}

const NAMES: &str = "abs add and_ attrgetter call concat contains countOf delitem eq floordiv ge getitem gt iadd iand \
    iconcat ifloordiv ilshift imatmul imod imul index indexOf inv invert ior ipow irshift is_ is_not isub itemgetter \
    itruediv ixor le length_hint lshift lt matmul methodcaller mod mul ne neg not_ or_ pos pow rshift setitem sub \
    truediv truth xor";

const GETTERS: [&str; 3] = ["attrgetter", "itemgetter", "methodcaller"];
/// These have no special name.
const PLAIN: [&str; 6] = ["countOf", "indexOf", "is_", "is_not", "length_hint", "truth"];
