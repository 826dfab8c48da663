//! `_json`: the fast halves of the package `json`.
//!
//! In: JSON text and a decoder's hooks; or values and an encoder's. Out: the other. The one invariant: text, errors and the
//! order of calls to hooks are those of CPython's `_json`.

mod encode;
mod number;
mod quote;
mod scan;
mod string;

use interpreter::builtins::add_functions;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 3] = [
    def("scanstring", "string, end, strict=True, /", string::scanstring),
    def("encode_basestring", "string, /", |h, args| quote::function(h, &args[0], false)),
    def("encode_basestring_ascii", "string, /", |h, args| quote::function(h, &args[0], true)),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_json");
    add_functions(h, &module, &FUNCTIONS);
    for (name, class) in [("make_scanner", scan::init(h)), ("make_encoder", encode::init(h))] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, class.into_value());
    }
    Ok(module)
}
