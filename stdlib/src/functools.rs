//! `_functools`: partial application, reduction, comparison keys and caches of calls.
//!
//! In: functions. Out: other callables. The one invariant: arguments are passed on in the registers they came in.

mod compare;
mod lru;
mod partial;

use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_functools");
    partial::add(h, &module);
    compare::add(h, &module);
    lru::add(h, &module);
    interpreter::builtins::add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

static FUNCTIONS: [Def; 1] = [def("reduce", "function, iterable, initial=<unrepresentable>, /", reduce)];

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let items = match h.iter(&args[1]) {
        Err(raised) if raised.is(interpreter::objects::exception::Exc::TypeError) => {
            return Err(h.type_error("reduce() arg 2 must support iteration"));
        }
        items => items?,
    };
    let mut result = args.opt(2).cloned();
    while let Some(item) = h.next(&items)? {
        result = Some(match result {
            Some(so_far) => h.call(&args[0], &[so_far, item])?,
            None => item,
        });
    }
    result.ok_or_else(|| h.type_error("reduce() of empty iterable with no initial value"))
}
