//! `_contextvars`: context variables, values that belong to a flow of control and not to a thread.
//!
//! In: `ContextVar.set` in the context that is current. Out: the value there. The one invariant: a dict that somebody
//! else may look at is never changed, only replaced by another: a copy of a context shares it and costs nothing.

use crate::native::{SUBSCRIPTED, class_of, enter, put, this};
use interpreter::builtins::add_functions;
use interpreter::objects::class::class_flag;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::dict::Dict;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

/// The data of a `Context`.
pub struct Context {
    values: ObjCell<Ref<Dict>>,
    /// Somebody else may look at the dict: a copy of the context, an iterator.
    shared: Word<bool>,
    /// Somebody runs in it.
    entered: Word<bool>,
}

interpreter::object!(Context, "_contextvars.Context", traced[values]);

/// The data of a `ContextVar`.
struct ContextVar {
    name: Value,
    default: Option<Value>,
}

interpreter::object!(ContextVar, "_contextvars.ContextVar", traced [name, default]);

/// The data of a `Token`.
struct Token {
    context: Value,
    var: Value,
    /// `Token.MISSING` if there was none.
    old: Value,
    used: Word<bool>,
}

interpreter::object!(Token, "_contextvars.Token", traced [context, var, old]);

/// The class of `Token.MISSING`.
struct Missing;

interpreter::object!(Missing, "_contextvars.Token.MISSING");

/// The classes `Context` and `Token`, and `Token.MISSING`.
static MADE: Global<Option<[Value; 3]>> = Global::new(None);

static NO_PICKLE: [Def; 1] = [def("__reduce__", "", |h, args| {
    let name = args[0].class().name_text();
    Err(h.type_error(format!("cannot pickle '_contextvars.{name}' object")))
})];

static CONTEXT_NEW: Def = def("__new__", "*args, **kwargs", |h, args| {
    let named = args[2].downcast::<Dict>().is_some_and(|names| !names.is_empty(h));
    if named || !args.rest(1).is_empty() {
        return Err(h.type_error("Context() does not accept any arguments"));
    }
    let values = h.new_dict();
    Ok(h.new_object(class_of(args), context_of(values, false)).into_value())
});

static CONTEXT_METHODS: [Def; 11] = [
    def("run", "*args, **kwargs", run),
    def("copy", "", |h, args| Ok(copy(h, args.this()))),
    def("get", "key, default=None, /", |h, args| {
        let found = lookup(h, args)?;
        Ok(found.unwrap_or_else(|| args.opt(2).cloned().unwrap_or(Value::NONE)))
    }),
    def("keys", "", |h, args| mapped(h, args, "keys")),
    def("values", "", |h, args| mapped(h, args, "values")),
    def("items", "", |h, args| mapped(h, args, "items")),
    def("__iter__", "", |h, args| mapped(h, args, "keys")),
    def("__len__", "", |h, args| {
        let values = values_of(h, args.this());
        Ok(h.new_int(values.len(h) as i64))
    }),
    def("__contains__", "key, /", |h, args| Ok(Value::bool(lookup(h, args)?.is_some()))),
    def("__getitem__", "key, /", |h, args| match lookup(h, args)? {
        Some(value) => Ok(value),
        None => Err(h.key_error(&args[1])),
    }),
    def("__eq__", "other, /", |h, args| {
        let Some(other) = args[1].downcast::<Context>() else { return Ok(Value::NOT_IMPLEMENTED) };
        let (own, other) = (shared_values(h, args.this()), shared_values(h, other));
        Ok(Value::bool(h.eq(own.value(), other.value())?))
    }),
];

static VAR_NEW: Def = def("__new__", "*args, default=None", |h, args| {
    let [name] = args.rest(2) else {
        let given = args.rest(2).len();
        let how = if given > 0 { "at most" } else { "exactly" };
        return Err(h.type_error(format!("ContextVar() takes {how} 1 positional argument ({given} given)")));
    };
    if name.downcast::<Str>().is_none() {
        return Err(h.type_error("context variable name must be a str"));
    }
    let data = ContextVar { name: name.clone(), default: args.opt(1).cloned() };
    Ok(h.new_object(class_of(args), data).into_value())
});

static VAR_METHODS: [Def; 4] = [
    def("get", "default=None, /", get),
    def("set", "value, /", set),
    def("reset", "token, /", reset),
    def("__repr__", "", |h, args| {
        let var = args.this::<ContextVar>();
        let mut text = format!("<ContextVar name={}", h.repr_text(&var.name)?);
        if let Some(default) = &var.default {
            text += &format!(" default={}", h.repr_text(default)?);
        }
        Ok(h.new_str(&format!("{text} at {:#x}>", args[0].bits())))
    }),
];

static VAR_ATTRS: [Attr; 1] = [getter("name", |_, value| Ok(this::<ContextVar>(value).name.clone()))];

static TOKEN_NEW: Def =
    def("__new__", "*args, **kwargs", |h, _| Err(h.runtime_error("Tokens can only be created by ContextVars")));

static TOKEN_METHODS: [Def; 1] = [def("__repr__", "", |h, args| {
    let token = args.this::<Token>();
    let used = if token.used.get() { " used" } else { "" };
    let var = h.repr_text(&token.var)?;
    Ok(h.new_str(&format!("<Token{used} var={var} at {:#x}>", args[0].bits())))
})];

static TOKEN_ATTRS: [Attr; 2] = [
    getter("var", |_, value| Ok(this::<Token>(value).var.clone())),
    getter("old_value", |_, value| Ok(this::<Token>(value).old.clone())),
];

static MISSING_METHODS: [Def; 1] = [def("__repr__", "", |h, _| Ok(h.new_str("<Token.MISSING>")))];

static FUNCTIONS: [Def; 1] = [def("copy_context", "", |h, _| {
    let current = current(h);
    Ok(copy(h, this(&current)))
})
.doc("Return a shallow copy of the current context.")];

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_contextvars");
    let flags = class_flag::WEAKREFS | class_flag::FINAL;
    let missing = ClassSpec::new::<Missing>(h, "_contextvars", "MISSING").methods(h, &MISSING_METHODS).build(h);
    let missing = h.new_object(&missing, Missing).into_value();
    let context = ClassSpec::new::<Context>(h, "_contextvars", "Context").flags(flags).constructor(h, &CONTEXT_NEW);
    let context =
        context.methods(h, &CONTEXT_METHODS).methods(h, &NO_PICKLE).value(h, "__hash__", Value::NONE).build(h);
    let var = ClassSpec::new::<ContextVar>(h, "_contextvars", "ContextVar").flags(flags).constructor(h, &VAR_NEW);
    let var = var.methods(h, &VAR_METHODS).methods(h, &NO_PICKLE).attrs(h, &VAR_ATTRS).class_methods(h, &SUBSCRIPTED);
    let var = var.build(h);
    let token = ClassSpec::new::<Token>(h, "_contextvars", "Token").flags(flags).constructor(h, &TOKEN_NEW);
    let token = token.methods(h, &TOKEN_METHODS).methods(h, &NO_PICKLE).attrs(h, &TOKEN_ATTRS);
    let token = token.class_methods(h, &SUBSCRIPTED).value(h, "__hash__", Value::NONE);
    let token = token.value(h, "MISSING", missing.clone()).build(h);
    register_clear(Context::register_kind(), |h, context| {
        let empty = h.new_dict();
        put(h, &this::<Context>(context).values, empty);
    });
    for class in [&context, &var, &token] {
        enter(h, &m, class);
    }
    let made = [context.into_value(), token.into_value(), missing];
    MADE.write(h, |place| *place = Some(made));
    add_functions(h, &m, &FUNCTIONS);
    Ok(m)
}

/// The context in force in this thread.
pub fn current(h: &mut Held) -> Value {
    if let Some(context) = &h.context {
        return context.clone();
    }
    let values = h.new_dict();
    let context = made_context(h, context_of(values, false));
    h.context = Some(context.clone());
    context
}

/// A copy of the context in force: what a callback keeps.
pub fn copy_current(h: &mut Held) -> Value {
    let current = current(h);
    copy(h, this(&current))
}

/// A variable's value in the context in force; its default does not count.
pub fn value_of(h: &mut Held, var: &Value) -> R<Option<Value>> {
    let current = current(h);
    let value = values_of(h, this(&current)).get(h, var)?;
    let remembered = value.clone().map(|value| (var.clone(), value));
    drop(std::mem::replace(&mut h.variable, remembered));
    Ok(value)
}

/// Sets a variable in the context in force; what it was before is given back.
pub fn set_value(h: &mut Held, var: &Value, value: Value) -> R<Option<Value>> {
    drop(h.variable.take());
    let context = current(h);
    own_values(h, this(&context)).set(h, var.clone(), value)
}

/// Calls a function in a context, in which nobody else may be.
pub fn run_in<T>(h: &mut Held, context: &Value, body: impl FnOnce(&mut Held) -> R<T>) -> R<T> {
    let Some(inside) = context.downcast::<Context>() else {
        return Err(h.type_error("a Context is expected"));
    };
    if inside.entered.replace(true) {
        let text = h.repr_text(context)?;
        return Err(h.runtime_error(format!("cannot enter context: {text} is already entered")));
    }
    drop(h.variable.take());
    let previous = h.context.replace(context.clone());
    let result = body(h);
    drop(h.variable.take());
    let left = std::mem::replace(&mut h.context, previous);
    drop(left);
    inside.entered.set(false);
    result
}

fn context_of(values: Ref<Dict>, shared: bool) -> Context {
    Context { values: ObjCell::new(values), shared: Word::new(shared), entered: Word::new(false) }
}

fn made_context(h: &mut Held, data: Context) -> Value {
    match MADE.read(h, |made| made.as_ref().map(|[context, ..]| context.clone())) {
        Some(class) => h.new_object(this(&class), data).into_value(),
        None => Value::NONE,
    }
}

fn values_of(h: &Held, context: &Obj<Context>) -> Ref<Dict> {
    context.values.read(h, Clone::clone)
}

/// The dict, for somebody who keeps it.
fn shared_values(h: &Held, context: &Obj<Context>) -> Ref<Dict> {
    context.shared.set(true);
    values_of(h, context)
}

/// The dict, to be changed: another one if somebody else may look at it.
fn own_values(h: &mut Held, context: &Obj<Context>) -> Ref<Dict> {
    let values = values_of(h, context);
    if !context.shared.replace(false) {
        return values;
    }
    let copied = values.copy(h);
    let own = h.dict_from(copied);
    put(h, &context.values, own.clone());
    own
}

fn copy(h: &mut Held, context: &Obj<Context>) -> Value {
    let values = shared_values(h, context);
    made_context(h, context_of(values, true))
}

fn run(h: &mut Held, args: Args<'_>) -> R {
    let Some((function, rest)) = args.rest(1).split_first() else {
        return Err(h.type_error("run() missing 1 required positional argument"));
    };
    run_in(h, &args[0], |h| match args[2].downcast::<Dict>() {
        Some(names) if !names.is_empty(h) => h.call_with_dict(function, rest, names),
        _ => h.call(function, rest),
    })
}

fn lookup(h: &mut Held, args: Args<'_>) -> R<Option<Value>> {
    if args[1].downcast::<ContextVar>().is_none() {
        let got = h.repr_text(&args[1])?;
        return Err(h.type_error(format!("a ContextVar key was expected, got {got}")));
    }
    values_of(h, args.this()).get(h, &args[1])
}

/// An iterator over the dict's keys, values or items.
fn mapped(h: &mut Held, args: Args<'_>, method: &str) -> R {
    let values = shared_values(h, args.this());
    let name = h.intern(method);
    let view = h.call_method_named(values.value(), &name, &[])?;
    h.iter(&view)
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    let current = current(h);
    if let Some(value) = values_of(h, this(&current)).get(h, &args[0])? {
        return Ok(value);
    }
    match args.opt(1).or(args.this::<ContextVar>().default.as_ref()) {
        Some(default) => Ok(default.clone()),
        None => Err(h.error_with(Exc::LookupError, h.tuple_of(&[args[0].clone()]))),
    }
}

fn set(h: &mut Held, args: Args<'_>) -> R {
    let context = current(h);
    let old = set_value(h, &args[0], args[1].clone())?;
    let Some([_, class, missing]) = MADE.read(h, Clone::clone) else { return Ok(Value::NONE) };
    let token = Token { context, var: args[0].clone(), old: old.unwrap_or(missing), used: Word::new(false) };
    Ok(h.new_object(this(&class), token).into_value())
}

fn reset(h: &mut Held, args: Args<'_>) -> R {
    let text = h.repr_text(&args[1])?;
    let Some(token) = args[1].downcast::<Token>() else {
        return Err(h.type_error(format!("expected an instance of Token, got {text}")));
    };
    if token.used.get() {
        return Err(h.runtime_error(format!("{text} has already been used once")));
    }
    if !token.var.is(&args[0]) {
        return Err(h.value_error(format!("{text} was created by a different ContextVar")));
    }
    let context = current(h);
    if !token.context.is(&context) {
        return Err(h.value_error(format!("{text} was created in a different Context")));
    }
    token.used.set(true);
    drop(h.variable.take());
    let values = own_values(h, this(&context));
    match token.old.downcast::<Missing>() {
        Some(_) => drop(values.remove(h, &args[0])?),
        None => drop(values.set(h, args[0].clone(), token.old.clone())?),
    }
    Ok(Value::NONE)
}
