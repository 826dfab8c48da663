//! The module `_warnings`: `warn` and `warn_explicit` without frames of their own.
//!
//! In: what `warnings` decides. Out: the warning, raised where the program called, if a filter makes it an error. The one
//! invariant: both work to the end of the program, when `warnings` may be gone from `sys.modules` already.

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// What `warnings` does for the two functions: shows the warning, or gives it back to be raised.
static DECIDERS: Global<Option<(Value, Value)>> = Global::new(None);

static FUNCTIONS: [Def; 3] = [
    def("warn", "message, category=None, stacklevel=1, source=None", |h, args| {
        let Some((warn, _)) = deciders(h) else { return Ok(Value::NONE) };
        let defaults = [Value::NONE, h.new_int(1), Value::NONE];
        decide(h, &warn, args, 1, &defaults)
    }),
    def(
        "warn_explicit",
        "message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None",
        |h, args| {
            let Some((_, warn_explicit)) = deciders(h) else { return Ok(Value::NONE) };
            decide(h, &warn_explicit, args, 4, &[Value::NONE, Value::NONE, Value::NONE, Value::NONE])
        },
    ),
    def("_set_deciders", "warn, warn_explicit, /", |h, args| {
        let new = Some((args[0].clone(), args[1].clone()));
        let old = DECIDERS.write(h, |own| std::mem::replace(own, new));
        drop(old);
        Ok(Value::NONE)
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_warnings");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn deciders(h: &Held) -> Option<(Value, Value)> {
    DECIDERS.read(h, Clone::clone)
}

/// Calls with the arguments given, or the defaults of those that are not required.
fn decide(h: &mut Held, decider: &Value, args: Args<'_>, required: usize, defaults: &[Value]) -> R {
    let given = (0..required).map(|i| args[i].clone());
    let optional = (required..).zip(defaults).map(|(i, default)| args.opt(i).unwrap_or(default).clone());
    let all: Vec<Value> = given.chain(optional).collect();
    let error = h.call(decider, &all)?;
    if error.is_none() { Ok(Value::NONE) } else { Err(Raised::new(error)) }
}

/// A ResourceWarning about something that the program forgot to close, if `warnings` is in use at all; what goes wrong is
/// reported as ignored in `object`. The words before what it is are `kind`.
pub fn unclosed(h: &mut Held, kind: &str, what: &Value, object: &Value) {
    let Some((warn, _)) = deciders(h) else { return };
    if let Err(raised) = try_unclosed(h, &warn, kind, what) {
        h.unraisable(raised, "Exception ignored in", object);
    }
}

fn try_unclosed(h: &mut Held, warn: &Value, kind: &str, what: &Value) -> R<()> {
    let text = h.repr_text(what)?;
    let message = h.new_str(&format!("{kind} {text}"));
    let category = Exc::ResourceWarning.class().value().clone();
    let error = h.call(warn, &[message, category, h.new_int(1), what.clone()])?;
    if error.is_none() { Ok(()) } else { Err(Raised::new(error)) }
}
