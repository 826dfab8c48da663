//! `decimal`: decimal floating-point numbers, in contexts that say how they are rounded and what is raised.
//!
//! In: numbers as text, ints, floats, tuples. Out: numbers. The one invariant: a number never changes, so threads share it without a
//! lock; what changes is a context, whose settings are words of their own, read once an operation.

mod construct;
mod context;
mod context_functions;
mod context_settings;
mod conversions;
mod current;
mod formatting;
mod functions;
mod number;
mod operators;
mod signal_dict;
mod signals;

use crate::native::enter;
use interpreter::builtins::add_functions;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Ref, Trace, Visitor};
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use toy_decimal::{MAX_EMAX, MAX_PREC, MIN_EMIN, MIN_ETINY, Rounding};

/// What the module has made: once, however often it is imported.
struct Made {
    /// The signals, in the order in which the first trapped one is raised.
    signals: Vec<Value>,
    /// What InvalidOperation can mean.
    conditions: Vec<Value>,
    base: Value,
    /// `None` until somebody asks for flags or traps.
    signal_dict: Value,
    context: Value,
    manager: Value,
    /// `DecimalTuple`.
    tuple: Value,
    /// The context variable.
    variable: Value,
    /// DefaultContext, BasicContext, ExtendedContext.
    templates: Vec<Value>,
}

impl Trace for Made {
    fn trace(&self, visit: &mut Visitor<'_>) {
        for list in [&self.signals, &self.conditions, &self.templates] {
            list.iter().for_each(&mut *visit);
        }
        let single = [&self.base, &self.signal_dict, &self.context, &self.manager];
        single.into_iter().chain([&self.tuple, &self.variable]).for_each(visit);
    }
}

static MADE: Global<Option<Made>> = Global::new(None);

/// Something that the module has made.
fn made(h: &Held, which: impl FnOnce(&Made) -> &Value) -> Value {
    MADE.read(h, |made| made.as_ref().map_or(Value::NONE, |made| which(made).clone()))
}

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    if MADE.read(h, Option::is_none) {
        let all = make(h)?;
        let old = MADE.write(h, |made| made.replace(all));
        drop(old);
        let templates = context::templates(h);
        let old = MADE.write(h, |made| made.as_mut().map(|made| std::mem::replace(&mut made.templates, templates)));
        drop(old);
    }
    let m = h.new_module("decimal");
    fill(h, &m);
    add_functions(h, &m, &current::FUNCTIONS);
    Ok(m)
}

fn make(h: &mut Held) -> R<Made> {
    let (base, signals, conditions) = signals::make(h)?;
    let context = context::make(h);
    let manager = current::make(h);
    let decimal = number::make(h);
    let tuple = make_tuple(h)?;
    let variable = make_variable(h)?;
    let templates = Vec::new();
    // `numbers` does this itself if it comes later.
    if let Some(numbers) = numbers(h)? {
        let (number, register) = (h.intern("Number"), h.intern("register"));
        let number = h.get_attr(&numbers, &number)?;
        h.call_method_named(&number, &register, &[decimal])?;
    }
    let signal_dict = Value::NONE;
    Ok(Made { signals, conditions, base, signal_dict, context, manager, tuple, variable, templates })
}

/// The module `numbers`, if anybody has imported it.
fn numbers(h: &mut Held) -> R<Option<Value>> {
    let (sys, modules, name) = (h.import_module("sys")?, h.intern("modules"), h.intern("numbers"));
    let modules = h.get_attr(&sys, &modules)?;
    match h.contains(&modules, &name)? {
        true => h.import_module("numbers").map(Some),
        false => Ok(None),
    }
}

/// `numbers.Rational`; nothing is one of these before `numbers` is imported.
fn rational(h: &mut Held) -> R<Option<Value>> {
    let Some(numbers) = numbers(h)? else { return Ok(None) };
    let name = h.intern("Rational");
    h.get_attr(&numbers, &name).map(Some)
}

fn make_tuple(h: &mut Held) -> R {
    let collections = h.import_module("_namedtuple")?;
    let (namedtuple, module) = (h.intern("namedtuple"), h.intern("module"));
    let make = h.get_attr(&collections, &namedtuple)?;
    let args = [h.intern("DecimalTuple"), h.new_str("sign digits exponent"), h.intern("decimal")];
    h.call_with_names(&make, &args, &[module])
}

fn make_variable(h: &mut Held) -> R {
    let module = h.import_module("_contextvars")?;
    let class = h.intern("ContextVar");
    let class = h.get_attr(&module, &class)?;
    let name = h.intern("decimal_context");
    h.call(&class, &[name])
}

fn fill(h: &mut Held, m: &Ref<Module>) {
    let set = |h: &mut Held, name: &str, value: Value| {
        let name = h.intern(name);
        m.dict.set_str(h, &name, value);
    };
    let (classes, templates) = MADE.read(h, |made| match made {
        Some(made) => {
            let single = [&made.base, &made.context].into_iter();
            let classes: Vec<Value> =
                single.chain(&made.signals).chain(made.conditions.iter().skip(1)).cloned().collect();
            (classes, made.templates.clone())
        }
        None => (Vec::new(), Vec::new()),
    });
    for class in classes.iter().chain([&number::class(h)]) {
        if let Some(class) = class.downcast() {
            enter(h, m, class);
        }
    }
    for (name, template) in ["DefaultContext", "BasicContext", "ExtendedContext"].iter().zip(templates) {
        set(h, name, template);
    }
    let tuple = made(h, |made| &made.tuple);
    set(h, "DecimalTuple", tuple);
    for (_, name) in Rounding::ALL {
        let text = h.intern(name);
        set(h, name, text);
    }
    let limits = [("MAX_PREC", MAX_PREC), ("MAX_EMAX", MAX_EMAX), ("MIN_EMIN", MIN_EMIN), ("MIN_ETINY", MIN_ETINY)];
    for (name, limit) in limits {
        let limit = h.new_int(limit);
        set(h, name, limit);
    }
    for (name, text) in [("__version__", "1.70"), ("__libmpdec_version__", "2.5.1")] {
        let text = h.new_str(text);
        set(h, name, text);
    }
    set(h, "HAVE_THREADS", Value::TRUE);
    set(h, "HAVE_CONTEXTVAR", Value::TRUE);
}
