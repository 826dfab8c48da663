//! `chain`: one iterable after the other.
//!
//! In: iterables, or an iterable of them. Out: the items of the first, then those of the second. The one invariant: a source is
//! asked for the next iterable only when the one before is exhausted, and never again after it failed.

use crate::native::{SUBSCRIPTED, class_of, enter, made, put, state, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::turn::{steps_alone, turn_if};
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
    /// Whether asking the source runs no toy code.
    alone: bool,
}

interpreter::object!(Chain, "chain", traced [source, active]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let chain = Chain::of(h.iter(&args[1])?);
    made(h, args, chain)
}

static CLASS_METHODS: [Def; 1] = [def("from_iterable", "iterable, /", |h, args| {
    let chain = Chain::of(h.iter(&args[1])?);
    Ok(h.new_object(class_of(args), chain).into_value())
})];

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let chain = this::<Chain>(iterator);
    loop {
        let active = chain.active.read(h, Clone::clone);
        if let Some(active) = &active {
            if let Some(item) = h.next(active)? {
                return Ok(Some(item));
            }
        }
        let moved = turn_if(chain.header(), chain.alone, || chain.move_on(h, active.as_ref()));
        let moved = match moved {
            Ok(Moved::To(iterable)) => h.iter(&iterable).map(Some),
            Ok(Moved::Yes) => continue,
            Ok(Moved::AtEnd) => Ok(None),
            Err(raised) => Err(raised),
        };
        if !matches!(moved, Ok(Some(_))) {
            put(h, &chain.source, None);
            return moved;
        }
        put(h, &chain.active, moved?);
    }
}

/// Where a chain is after an iterator was exhausted.
enum Moved {
    Yes,
    /// At an iterable that has to be asked for its iterator.
    To(Value),
    AtEnd,
}

impl Chain {
    fn of(source: Value) -> Chain {
        let alone = steps_alone(&source);
        Chain { source: ObjCell::new(Some(source)), active: ObjCell::default(), alone }
    }

    /// Goes on to the next iterable, unless another thread has left the exhausted iterator too.
    fn move_on(&self, h: &mut Held, exhausted: Option<&Value>) -> R<Moved> {
        let is_active = |active: &Option<Value>| active.as_ref().map(Value::bits) == exhausted.map(Value::bits);
        if !self.active.read(h, is_active) {
            return Ok(Moved::Yes);
        }
        put(h, &self.active, None);
        let Some(source) = self.source.read(h, Clone::clone) else { return Ok(Moved::AtEnd) };
        let Some(iterable) = h.next(&source)? else { return Ok(Moved::AtEnd) };
        let Some(iterator) = h.iter_of_native(&iterable) else { return Ok(Moved::To(iterable)) };
        put(h, &self.active, Some(iterator));
        Ok(Moved::Yes)
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
