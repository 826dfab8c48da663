//! `partial`: a callable with some of its arguments given already.
//!
//! In: a callable and arguments. Out: a callable that adds them in front of its own. The one invariant: a partial of a plain
//! partial is made of the innermost callable.

use crate::native::{SUBSCRIPTED, class_of, enter, put, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::descriptor::{Attr, field};
use interpreter::objects::dict::Dict;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::{Reg, Value};
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    let spec = ClassSpec::new::<Partial>(h, "functools", "partial").flags(class_flag::WEAKREFS).with_dict(h);
    let spec = spec.constructor(h, &NEW).methods(h, &METHODS).attrs(h, &ATTRS).class_methods(h, &SUBSCRIPTED);
    let class = spec.callable(h, call).build(h);
    register_clear(Partial::register_kind(), |h, partial| {
        let keywords = h.new_dict();
        let empty = Parts { function: Value::NONE, args: Value::NONE, keywords };
        put(h, &this::<Partial>(partial).parts, empty);
    });
    enter(h, module, &class);
}

/// The data of a partial.
pub struct Partial {
    parts: ObjCell<Parts>,
}

interpreter::object!(Partial, "partial", traced[parts]);

#[derive(Clone)]
struct Parts {
    function: Value,
    /// A tuple.
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

fn items(args: &Value) -> &[Value] {
    args.downcast::<Tuple>().map_or(&[], |args| args.items())
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some((function, rest)) = args.rest(1).split_first() else {
        return Err(h.type_error("type 'partial' takes at least one argument"));
    };
    if !h.is_callable(function) {
        return Err(h.type_error("the first argument must be callable"));
    }
    let inner = match function.downcast::<Partial>() {
        Some(inner) if !overrides_call(h, function) && !has_attributes(h, function)? => {
            Some(inner.parts.read(h, Clone::clone))
        }
        _ => None,
    };
    let given = args[2].downcast::<Dict>();
    let parts = match inner {
        Some(inner) => {
            let all: Vec<Value> = items(&inner.args).iter().chain(rest).cloned().collect();
            let keywords = inner.keywords.copy(h);
            let keywords = h.dict_from(keywords);
            Parts { function: inner.function, args: h.new_tuple(all), keywords }
        }
        None => Parts { function: function.clone(), args: h.tuple_of(rest), keywords: h.new_dict() },
    };
    for (name, value) in given.map(|given| given.items(h)).unwrap_or_default() {
        parts.keywords.set(h, name, value)?;
    }
    Ok(h.new_object(class_of(args), Partial { parts: ObjCell::new(parts) }).into_value())
}

fn overrides_call(h: &Held, partial: &Value) -> bool {
    partial
        .class()
        .lookup(h, n::__call__.value())
        .is_some_and(|call| call.downcast::<interpreter::objects::function::Native>().is_none())
}

fn has_attributes(h: &mut Held, partial: &Value) -> R<bool> {
    let state = h.default_state(partial)?;
    Ok(!state.is_none())
}

fn call(h: &mut Held, partial: &Value, args: &[Reg], names: &[Value]) -> R {
    let Parts { function, args: before, keywords } = this::<Partial>(partial).parts.read(h, Clone::clone);
    let positional = args.len() - names.len();
    let mut all: Vec<Reg> = Vec::with_capacity(args.len() + 4);
    all.extend(items(&before).iter().cloned().map(Some));
    all.extend(args[..positional].iter().cloned());
    if keywords.is_empty(h) {
        all.extend(args[positional..].iter().cloned());
        return h.call_regs(&function, &all, names);
    }
    let mut all_names: Vec<Value> = Vec::new();
    let mut given: Vec<(&Value, &Reg)> = names.iter().zip(&args[positional..]).collect();
    for (name, value) in keywords.items(h) {
        if name.downcast::<Str>().is_none() {
            return Err(h.type_error("keywords must be strings"));
        }
        let value = match given.iter().position(|(other, _)| text_of(other) == text_of(&name)) {
            Some(at) => given.remove(at).1.clone(),
            None => Some(value),
        };
        all_names.push(name);
        all.push(value);
    }
    for (name, value) in given {
        all_names.push(name.clone());
        all.push(value.clone());
    }
    h.call_regs(&function, &all, &all_names)
}

fn parts(h: &Held, partial: &Value) -> Parts {
    this::<Partial>(partial).parts.read(h, Clone::clone)
}

static ATTRS: [Attr; 3] = [
    field("func", |h, partial| Ok(parts(h, partial).function)),
    field("args", |h, partial| Ok(parts(h, partial).args)),
    field("keywords", |h, partial| Ok(parts(h, partial).keywords.into_value())),
];

static METHODS: [Def; 3] = [
    def("__repr__", "", repr),
    def("__reduce__", "", |h, args| {
        let Parts { function, args: before, keywords } = parts(h, &args[0]);
        let class = args[0].class().to_value();
        let inner = h.tuple_of(std::slice::from_ref(&function));
        let attributes = h.default_state(&args[0])?;
        let state = h.new_tuple(vec![function, before, keywords.into_value(), attributes]);
        Ok(h.new_tuple(vec![class, inner, state]))
    }),
    def("__setstate__", "state, /", set_state),
];

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let done = h.in_repr(&args[0], |h| {
        let Parts { function, args: before, keywords } = parts(h, &args[0]);
        let mut text = format!("{}({}", args[0].class_name(), h.repr_text(&function)?);
        for item in items(&before) {
            text += &format!(", {}", h.repr_text(item)?);
        }
        for (name, value) in keywords.items(h) {
            text += &format!(", {}={}", h.str_text(&name)?, h.repr_text(&value)?);
        }
        text.push(')');
        Ok(h.new_str(&text))
    })?;
    Ok(done.unwrap_or_else(|| h.new_str("...")))
}

fn set_state(h: &mut Held, args: Args<'_>) -> R {
    let state = items(&args[1]).to_vec();
    let Ok([function, before, keywords, attributes]) = <[Value; 4]>::try_from(state) else {
        return Err(h.type_error("invalid partial state"));
    };
    let is_dict = keywords.downcast::<Dict>().is_some() || keywords.is_none();
    if !h.is_callable(&function) || before.downcast::<Tuple>().is_none() || !is_dict {
        return Err(h.type_error("invalid partial state"));
    }
    let before = match before.exactly::<Tuple>() {
        Some(_) => before,
        None => h.tuple_of(items(&before)),
    };
    let keywords = match keywords.downcast::<Dict>() {
        Some(keywords) if keywords.to_value().exactly::<Dict>().is_some() => keywords.to_ref(),
        Some(keywords) => {
            let copy = keywords.copy(h);
            h.dict_from(copy)
        }
        None => h.new_dict(),
    };
    put(h, &this::<Partial>(&args[0]).parts, Parts { function, args: before, keywords });
    let attributes = if attributes.is_none() { h.new_dict().into_value() } else { attributes };
    h.set_attr(&args[0], n::__dict__.value(), attributes)?;
    Ok(Value::NONE)
}
