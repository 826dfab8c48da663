//! `_re`: compiled patterns and their matches, for the module `re`.
//!
//! In: patterns, and texts as strings or bytes. Out: matches, pieces, texts with replacements. The one invariant: matching
//! is the crate `toy-regex`'s; it looks at a text that no toy code can change meanwhile, and stops when a signal comes.

mod cache;
mod error;
mod matched;
mod pattern;
mod replace;
mod run;
mod scanner;
mod subject;

use interpreter::builtins::add_functions;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 3] = [
    def("_compile", "pattern, flags=0, /", cache::compile),
    def("purge", "", cache::purge).doc("Forget all compiled patterns."),
    def("escape", "pattern", subject::escape).doc("Put a backslash before all that means something in a pattern."),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_re");
    add_functions(h, &module, &FUNCTIONS);
    for (name, class) in [("Pattern", pattern::init(h)), ("Match", matched::init(h))] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, class.into_value());
    }
    scanner::init(h);
    Ok(module)
}
