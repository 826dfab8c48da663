//! `product`: all tuples with one item of each iterable.
//!
//! In: iterables and how often to repeat them. Out: tuples, the last item changing fastest. The one invariant: `indices` is empty
//! until the first tuple was given out, and then has one valid index a pool.

use crate::native::{enter, made, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "*iterables, repeat=1", new);
    let spec = ClassSpec::new::<Product>(h, "itertools", "product").constructor(h, &NEW).methods(h, &METHODS);
    let class = spec.iterator(h, next).steps_alone(|_| true).build(h);
    enter(h, module, &class);
}

/// `product(*iterables, repeat=1)`.
pub struct Product {
    /// Used in turn, `width` of them.
    pools: Vec<Vec<Value>>,
    width: usize,
    indices: ObjCell<Vec<usize>>,
    started: Word<bool>,
    stopped: Word<bool>,
}

interpreter::object!(Product, "product", traced[pools]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let repeat = match args.opt(1) {
        Some(repeat) => h.to_isize(repeat)?,
        None => 1,
    };
    if repeat < 0 {
        return Err(h.value_error("repeat argument cannot be negative"));
    }
    let iterables = args.rest(2);
    let Some(width) = iterables.len().checked_mul(repeat as usize).filter(|width| *width < isize::MAX as usize / 8)
    else {
        return Err(h.overflow_error("repeat argument too large"));
    };
    let mut pools = Vec::new();
    for iterable in iterables {
        pools.push(h.collect(iterable)?);
    }
    let mut indices = Vec::new();
    if width > 1 << 37 || indices.try_reserve_exact(width).is_err() {
        return Err(h.memory_error());
    }
    let stopped = Word::new(width > 0 && pools.iter().any(Vec::is_empty));
    made(h, args, Product { pools, width, indices: ObjCell::new(indices), started: Word::new(false), stopped })
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let product = this::<Product>(iterator);
    let width = product.width;
    Ok(product.indices.seize(|indices| {
        if product.stopped.get() {
            return None;
        }
        if !product.started.replace(true) {
            indices.resize(width, 0);
        } else if !product.advance(indices) {
            product.stopped.set(true);
            return None;
        }
        let mut pools = product.pools.iter().cycle();
        let items = indices.iter().filter_map(|i| pools.next()?.get(*i).cloned());
        Some(h.tuple_from_iter(width, items))
    }))
}

impl Product {
    /// Steps to the next tuple; false after the last.
    fn advance(&self, indices: &mut [usize]) -> bool {
        let pools = self.pools.len().max(1);
        for at in (0..indices.len()).rev() {
            indices[at] += 1;
            if indices[at] < self.pools[at % pools].len() {
                return true;
            }
            indices[at] = 0;
        }
        false
    }
}

static METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let product = args.this::<Product>();
        let class = args[0].class().to_value();
        if product.stopped.get() {
            let empty = h.new_tuple(Vec::new());
            let inner = h.new_tuple(vec![empty]);
            return Ok(h.new_tuple(vec![class, inner]));
        }
        let pools = product.pools.iter().cycle().take(product.width).map(|pool| h.tuple_of(pool)).collect();
        let mut parts = vec![class, h.new_tuple(pools)];
        if product.started.get() {
            let indices = product.indices.read(h, |all| all.iter().map(|i| h.new_uint(*i as u64)).collect());
            parts.push(h.new_tuple(indices));
        }
        Ok(h.new_tuple(parts))
    }),
    def("__setstate__", "state, /", |h, args| {
        let product = args.this::<Product>();
        let Some(state) = args[1].downcast::<Tuple>().filter(|state| state.items().len() == product.width) else {
            return Err(h.value_error("invalid arguments"));
        };
        let mut indices = Vec::new();
        for (at, index) in state.items().iter().enumerate() {
            let most = product.pools[at % product.pools.len().max(1)].len() as isize - 1;
            indices.push(h.to_isize(index)?.clamp(0, most.max(0)) as usize);
        }
        product.indices.seize(|own| {
            *own = indices;
            product.started.set(true);
        });
        Ok(Value::NONE)
    }),
];
