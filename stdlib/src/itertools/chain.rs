//! `chain`: one iterable after the other.
//!
//! In: iterables, or an iterable of them. Out: the items of the first, then those of the second. The one invariant: a source is
//! asked for the next iterable only when the one before is exhausted, and never again after it failed.

use crate::native::{SUBSCRIPTED, class_of, enter, made, put, state, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "*iterables", new);
    let spec = ClassSpec::new::<Chain>(h, "itertools", "chain").constructor(h, &NEW).methods(h, &METHODS);
    let spec = spec.class_methods(h, &CLASS_METHODS).class_methods(h, &SUBSCRIPTED);
    let class = spec.iterator(h, next).build(h);
    enter(h, module, &class);
}

/// `chain(*iterables)`.
pub struct Chain {
    /// Gives the iterables; nothing when exhausted.
    source: ObjCell<Option<Value>>,
    active: ObjCell<Option<Value>>,
}

interpreter::object!(Chain, "chain", traced [source, active]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let source = h.iter(&args[1])?;
    made(h, args, Chain { source: ObjCell::new(Some(source)), active: ObjCell::default() })
}

static CLASS_METHODS: [Def; 1] = [def("from_iterable", "iterable, /", |h, args| {
    let source = h.iter(&args[1])?;
    let chain = Chain { source: ObjCell::new(Some(source)), active: ObjCell::default() };
    Ok(h.new_object(class_of(args), chain).into_value())
})];

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let chain = this::<Chain>(iterator);
    loop {
        if let Some(active) = chain.active.read(h, Clone::clone) {
            if let Some(item) = h.next(&active)? {
                return Ok(Some(item));
            }
            put(h, &chain.active, None);
        }
        let following = following(h, chain);
        if !matches!(following, Ok(Some(_))) {
            put(h, &chain.source, None);
            return following;
        }
        put(h, &chain.active, following?);
    }
}

/// An iterator of the next iterable.
fn following(h: &mut Held, chain: &Chain) -> R<Option<Value>> {
    let Some(source) = chain.source.read(h, Clone::clone) else { return Ok(None) };
    match h.next(&source)? {
        Some(iterable) => h.iter(&iterable).map(Some),
        None => Ok(None),
    }
}

static METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let chain = args.this::<Chain>();
        let (class, none) = (args[0].class().to_value(), h.new_tuple(Vec::new()));
        let mut parts = vec![class, none];
        if let Some(source) = chain.source.read(h, Clone::clone) {
            let active = chain.active.read(h, Clone::clone);
            let state = [source].into_iter().chain(active).collect();
            parts.push(h.new_tuple(state));
        }
        Ok(h.new_tuple(parts))
    }),
    def("__setstate__", "state, /", |h, args| {
        let chain = args.this::<Chain>();
        let items = state(h, &args[1], 1, 2)?;
        if items.iter().any(|item| !h.is_iterator(item)) {
            return Err(h.type_error("Arguments must be iterators."));
        }
        put(h, &chain.source, items.first().cloned());
        put(h, &chain.active, items.get(1).cloned());
        Ok(Value::NONE)
    }),
];
