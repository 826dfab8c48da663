//! The context in force: getcontext, setcontext, localcontext.
//!
//! In: contexts. Out: the one that this thread or task computes in. The one invariant: it stands in a context variable, so tasks and
//! threads have their own.

use super::context::{self, ContextData};
use super::context_settings::{NAMES, give};
use super::{MADE, made};
use crate::contextvars_;
use crate::native::this;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// The data of what `localcontext` gives.
struct Manager {
    local: Value,
    /// What was in force before.
    global: Value,
}

interpreter::object!(Manager, "decimal.ContextManager", traced [local, global]);

static METHODS: [Def; 2] = [
    def("__enter__", "", |h, args| {
        let local = args.this::<Manager>().local.clone();
        put_in_force(h, &local)?;
        Ok(local)
    }),
    def("__exit__", "*args", |h, args| {
        let global = args.this::<Manager>().global.clone();
        put_in_force(h, &global)?;
        Ok(Value::FALSE)
    }),
];

pub(super) fn make(h: &mut Held) -> Value {
    let spec = ClassSpec::new::<Manager>(h, "decimal", "ContextManager").flags(class_flag::NO_NEW);
    spec.methods(h, &METHODS).build(h).into_value()
}

pub(super) static FUNCTIONS: [Def; 3] = [
    def("getcontext", "", |h, _| current(h)).doc("The context of this thread or task."),
    def("setcontext", "context, /", set_context).doc("Makes a context the current one."),
    def("localcontext", "ctx=None, **kwargs", local_context)
        .doc("A copy of a context for a `with`, in which settings can be changed."),
];

/// The context in force; a copy of the default one if there is none yet.
#[inline]
pub(super) fn current(h: &mut Held) -> R {
    if let Some((variable, context)) = &h.variable
        && MADE.read(h, |made| made.as_ref().is_some_and(|made| made.variable.is(variable)))
        && context.downcast::<ContextData>().is_some()
    {
        return Ok(context.clone());
    }
    looked_up(h)
}

#[cold]
fn looked_up(h: &mut Held) -> R {
    let variable = made(h, |made| &made.variable);
    match contextvars_::value_of(h, &variable)? {
        Some(context) if context.downcast::<ContextData>().is_some() => Ok(context),
        _ => {
            let context = context::fresh(h);
            put_in_force(h, &context)?;
            Ok(context)
        }
    }
}

fn put_in_force(h: &mut Held, context: &Value) -> R<()> {
    let variable = made(h, |made| &made.variable);
    contextvars_::set_value(h, &variable, context.clone()).map(drop)
}

/// The context that an argument gives, or the one in force.
#[inline]
pub(super) fn given(h: &mut Held, argument: Option<&Value>) -> R {
    match argument {
        None => current(h),
        Some(value) if value.is_none() => current(h),
        Some(value) if value.downcast::<ContextData>().is_some() => Ok(value.clone()),
        Some(_) => Err(h.type_error("optional argument must be a context")),
    }
}

fn set_context(h: &mut Held, args: Args<'_>) -> R {
    let Some(data) = args[0].downcast::<ContextData>() else {
        return Err(h.type_error("argument must be a context"));
    };
    let wanted = if context::is_template(h, &args[0]) { context::copy(h, data, false) } else { args[0].clone() };
    put_in_force(h, &wanted)?;
    Ok(Value::NONE)
}

fn local_context(h: &mut Held, args: Args<'_>) -> R {
    let global = current(h)?;
    let base = match args.opt_some(0) {
        Some(base) if base.downcast::<ContextData>().is_some() => base.clone(),
        Some(_) => return Err(h.type_error("optional argument must be a context")),
        None => global.clone(),
    };
    let local = context::copy(h, this(&base), true);
    if let Some(settings) = args[1].downcast::<Dict>() {
        for (name, value) in settings.items(h) {
            let text = name.downcast::<Str>().map(|name| name.text()).unwrap_or_default();
            if !NAMES.contains(&text.as_str()) {
                return Err(h.type_error(format!("'{text}' is an invalid keyword argument for this function")));
            }
            if !value.is_none() {
                give(h, &local, &text, &value, true)?;
            }
        }
    }
    let class = made(h, |made| &made.manager);
    Ok(h.new_object(this::<Class>(&class), Manager { local, global }).into_value())
}
