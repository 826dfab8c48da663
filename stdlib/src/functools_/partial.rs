//! `functools.partial`.
//!
//! In: a function and some of its arguments. Out: a callable that wants the rest. The one invariant: a partial of an exact
//! partial is made of that one's function.

use crate::native::{SUBSCRIPTED, enter, put};
use interpreter::builtins::objects::is_callable;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Object, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::text_of;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

/// The data of a partial.
struct Partial {
    parts: ObjCell<Parts>,
}

/// What `__setstate__` replaces as a whole.
#[derive(Clone)]
struct Parts {
    function: Value,
    args: Value,
    keywords: Ref<Dict>,
}

impl interpreter::objects::header::Trace for Parts {
    fn trace(&self, visit: &mut interpreter::objects::header::Visitor<'_>) {
        visit(&self.function);
        visit(&self.args);
        visit(self.keywords.value());
    }
}

interpreter::object!(Partial, "partial", traced [parts]);

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "*args, **keywords", new);
    let class = ClassSpec::new::<Partial>(h, "functools", "partial")
        .flags(class_flag::HAS_DICT | class_flag::WEAKREFS)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .attrs(h, &ATTRS)
        .attrs(h, &interpreter::types::object::DICT)
        .class_methods(h, &SUBSCRIPTED)
        .build(h);
    register_clear(Partial::kind(), |h, value| {
        if let Some(partial) = value.downcast::<Partial>() {
            let empty = Parts { function: Value::NONE, args: h.new_tuple(Vec::new()), keywords: h.new_dict() };
            put(h, &partial.parts, empty);
        }
    });
    enter(h, module, &class);
}

static METHODS: [Def; 4] = [
    def("__call__", "*args, **keywords", call),
    def("__repr__", "", repr),
    def("__reduce__", "", reduce),
    def("__setstate__", "state, /", setstate),
];

static ATTRS: [Attr; 3] = [
    getter("func", |h, partial| Ok(parts(h, partial).function)),
    getter("args", |h, partial| Ok(parts(h, partial).args)),
    getter("keywords", |h, partial| Ok(parts(h, partial).keywords.into_value())),
];

fn parts(h: &Held, partial: &Value) -> Parts {
    crate::native::this::<Partial>(partial).parts.read(h, Clone::clone)
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some((function, given)) = args.rest(1).split_first() else {
        return Err(h.type_error("type 'partial' takes at least one argument"));
    };
    if !is_callable(h, function) {
        return Err(h.type_error("the first argument must be callable"));
    }
    let keywords = h.new_dict();
    let (mut function, mut all) = (function.clone(), given.to_vec());
    if let Some(inner) = plain_partial(h, &function) {
        let first = inner.args.downcast::<Tuple>().map(|args| args.items().to_vec()).unwrap_or_default();
        all.splice(0..0, first);
        inner.keywords.copy_into(h, &keywords)?;
        function = inner.function;
    }
    if let Some(given) = args[2].downcast::<Dict>() {
        given.copy_into(h, &keywords)?;
    }
    let parts = Parts { function, args: h.new_tuple(all), keywords };
    Ok(h.new_object(args.this::<Class>(), Partial { parts: ObjCell::new(parts) }).into_value())
}

/// The parts of an exact partial without attributes of its own.
fn plain_partial(h: &mut Held, function: &Value) -> Option<Parts> {
    function.exactly::<Partial>()?;
    if h.has_own_attrs(function) {
        return None;
    }
    Some(parts(h, function))
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let parts = parts(h, &args[0]);
    let first = parts.args.downcast::<Tuple>().map(|args| args.items()).unwrap_or_default();
    let given = args.at(2).downcast::<Dict>().filter(|given| !given.is_empty(h));
    let all: Vec<Value> = first.iter().chain(args.rest(1)).cloned().collect();
    if parts.keywords.is_empty(h) && given.is_none() {
        return h.call(&parts.function, &all);
    }
    let keywords = parts.keywords.copy(h);
    let keywords = h.dict_from(keywords);
    if let Some(given) = given {
        given.copy_into(h, &keywords)?;
    }
    h.call_with_dict(&parts.function, &all, &keywords)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let parts = parts(h, &args[0]);
    let exact = args[0].exactly::<Partial>().is_some();
    let name = args[0].class().name_text();
    let name = if exact { format!("functools.{name}") } else { name };
    let done = h.in_repr(&args[0], |h| {
        let mut text = vec![h.repr_text(&parts.function)?];
        for arg in parts.args.downcast::<Tuple>().map(|args| args.items()).unwrap_or_default() {
            text.push(h.repr_text(arg)?);
        }
        for (key, value) in parts.keywords.items(h) {
            let key = h.str_text(&key)?;
            text.push(format!("{key}={}", h.repr_text(&value)?));
        }
        Ok(h.new_str(&format!("{name}({})", text.join(", "))))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str("...")))
}

/// `(class, (function,), (function, args, keywords, attributes))`.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let parts = parts(h, &args[0]);
    let attrs = match h.has_own_attrs(&args[0]) {
        true => h.attr_dict(&args[0]).unwrap_or(Value::NONE),
        false => Value::NONE,
    };
    let function = h.new_tuple(vec![parts.function.clone()]);
    let state = h.new_tuple(vec![parts.function, parts.args, parts.keywords.into_value(), attrs]);
    Ok(h.new_tuple(vec![args[0].class().to_value(), function, state]))
}

fn setstate(h: &mut Held, args: Args<'_>) -> R {
    let state = args[1].downcast::<Tuple>().map(|state| state.items());
    let Some([function, given, keywords, attrs]) = state else { return Err(h.type_error("invalid partial state")) };
    let keywords = match keywords.downcast::<Dict>() {
        Some(keywords) => keywords.to_ref(),
        None if keywords.is_none() => h.new_dict(),
        None => return Err(h.type_error("invalid partial state")),
    };
    if !is_callable(h, function) || given.downcast::<Tuple>().is_none() {
        return Err(h.type_error("invalid partial state"));
    }
    let parts = Parts { function: function.clone(), args: given.clone(), keywords };
    put(h, &args.this::<Partial>().parts, parts);
    if let Some(attrs) = attrs.downcast::<Dict>() {
        for (name, value) in attrs.items(h) {
            let name = h.intern(&text_of(&name));
            h.set_attr(&args[0], &name, value)?;
        }
    }
    Ok(Value::NONE)
}
