//! `atexit`: what is called when the program ends.
//!
//! In: functions with arguments. Out: their calls, latest first, by `run`. The one invariant: a callback is taken out before it is
//! called, so none is called twice.

use interpreter::builtins::add_functions;
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// The list in the module's dict: tuples of function, arguments and keywords.
const CALLBACKS: &str = "_callbacks";

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("atexit");
    add_functions(h, &m, &FUNCTIONS);
    let (name, callbacks) = (h.intern(CALLBACKS), h.new_list(Vec::new()));
    m.dict.set_str(h, &name, callbacks);
    Ok(m)
}

static FUNCTIONS: [Def; 5] = [
    def("register", "func, /, *args, **kwargs", register),
    def("unregister", "func, /", unregister),
    def("_clear", "", |h, _| {
        take_all(h);
        Ok(Value::NONE)
    }),
    def("_run_exitfuncs", "", |h, _| {
        run(h);
        Ok(Value::NONE)
    }),
    def("_ncallbacks", "", |h, _| {
        let count = callbacks(h).and_then(|all| all.downcast::<List>().map(|all| all.len(h))).unwrap_or(0);
        Ok(h.new_int(count as i64))
    }),
];

/// The list, if the module is loaded.
fn callbacks(h: &mut Held) -> Option<Value> {
    let (module, name) = (h.intern("atexit"), h.intern(CALLBACKS));
    let module = h.modules().get_str(h, &module)?;
    let callbacks = module.downcast::<Module>()?.dict.get_str(h, &name)?;
    callbacks.downcast::<List>()?;
    Some(callbacks)
}

fn take_all(h: &mut Held) {
    let all = callbacks(h);
    if let Some(all) = all.as_ref().and_then(|all| all.downcast::<List>()) {
        drop(all.with_mut(h, std::mem::take));
    }
}

fn register(h: &mut Held, args: Args<'_>) -> R {
    if !h.is_callable(&args[0]) {
        return Err(h.type_error("the first argument must be callable"));
    }
    let entry = h.tuple_of(&[args[0].clone(), args[1].clone(), args[2].clone()]);
    if let Some(all) = callbacks(h).as_ref().and_then(|all| all.downcast::<List>()) {
        all.push(h, entry);
    }
    Ok(args[0].clone())
}

/// Takes out every registration of an equal function.
fn unregister(h: &mut Held, args: Args<'_>) -> R {
    let Some(all) = callbacks(h) else { return Ok(Value::NONE) };
    let Some(all) = all.downcast::<List>() else { return Ok(Value::NONE) };
    for entry in all.snapshot(h) {
        let function = entry.downcast::<Tuple>().map_or(Value::NONE, |entry| entry.items()[0].clone());
        if h.eq(&args[0], &function)? {
            let gone = all.with_mut(h, |all| all.iter().position(|known| known.is(&entry)).map(|at| all.remove(at)));
            drop(gone);
        }
    }
    Ok(Value::NONE)
}

/// Calls all, latest first; what they raise is reported and does not stop the others.
pub fn run(h: &mut Held) {
    while let Some(entry) = pop(h) {
        let Some([function, args, keywords]) = entry.downcast::<Tuple>().map(|entry| entry.items()) else { return };
        let args = args.downcast::<Tuple>().map(|args| args.items().to_vec()).unwrap_or_default();
        let called = match keywords.downcast::<Dict>() {
            Some(keywords) => h.call_with_dict(function, &args, keywords),
            None => h.call(function, &args),
        };
        if let Err(raised) = called {
            h.unraisable(raised, "Exception ignored in atexit callback", function);
        }
    }
}

fn pop(h: &mut Held) -> Option<Value> {
    let all = callbacks(h)?;
    all.downcast::<List>()?.with_mut(h, Vec::pop)
}
