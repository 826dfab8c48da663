//! `permutations`, `combinations` and `combinations_with_replacement`.
//!
//! In: an iterable and a length. Out: tuples of its items, by position in lexicographic order. The one invariant: once started, every
//! index lies inside the pool.

use crate::native::{enter, made, state, this};
use interpreter::objects::function::Args;
use interpreter::objects::header::{Object, Trace, Visitor};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static PERMUTATIONS: Def = def("__new__", "iterable, r=None", new_permutations);
    static COMBINATIONS: Def = def("__new__", "iterable, r", |h, args| {
        let choice = Choice::new(h, args, |pool, r| r <= pool)?;
        made(h, args, Combinations(choice))
    });
    static REPLACED: Def = def("__new__", "iterable, r", |h, args| {
        let choice = Choice::new(h, args, |pool, r| pool > 0 || r == 0)?;
        made(h, args, Replaced(choice))
    });
    let spec = ClassSpec::new::<Permutations>(h, "itertools", "permutations").constructor(h, &PERMUTATIONS);
    let permutations =
        spec.methods(h, &PERMUTATIONS_METHODS).steps_alone(|_| true).iterator(h, next::<Permutations>).build(h);
    let spec = ClassSpec::new::<Combinations>(h, "itertools", "combinations").constructor(h, &COMBINATIONS);
    let combinations =
        spec.methods(h, &COMBINATIONS_METHODS).steps_alone(|_| true).iterator(h, next::<Combinations>).build(h);
    let spec = ClassSpec::new::<Replaced>(h, "itertools", "combinations_with_replacement").constructor(h, &REPLACED);
    let replaced = spec.methods(h, &REPLACED_METHODS).steps_alone(|_| true).iterator(h, next::<Replaced>).build(h);
    for class in [permutations, combinations, replaced] {
        enter(h, module, &class);
    }
}

/// What the three have: a pool, and where the last tuple's items stand in it.
pub struct Choice {
    pool: Vec<Value>,
    r: usize,
    places: ObjCell<Places>,
    started: Word<bool>,
    stopped: Word<bool>,
}

#[derive(Default)]
struct Places {
    indices: Vec<usize>,
    /// For permutations: how often each place has yet to change.
    cycles: Vec<usize>,
}

interpreter::owns_no_values!(Places);

/// `permutations(iterable, r)`.
pub struct Permutations(Choice);
/// `combinations(iterable, r)`.
pub struct Combinations(Choice);
/// `combinations_with_replacement(iterable, r)`.
pub struct Replaced(Choice);

interpreter::object!(Permutations, "permutations", traced[0]);
interpreter::object!(Combinations, "combinations", traced[0]);
interpreter::object!(Replaced, "combinations_with_replacement", traced[0]);

impl Trace for Choice {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.pool.iter().for_each(visit);
    }
}

/// How one of the three walks through its tuples.
trait Walk: Object {
    fn choice(&self) -> &Choice;
    fn start(pool: usize, r: usize) -> Places;
    /// Steps to the next tuple; false after the last.
    fn advance(pool: usize, r: usize, places: &mut Places) -> bool;
}

/// A step of one of the three.
fn next<T: Walk>(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let choice = this::<T>(iterator).choice();
    let (pool, r) = (choice.pool.len(), choice.r);
    Ok(choice.places.seize(|places| {
        if choice.stopped.get() {
            return None;
        }
        if !choice.started.replace(true) {
            *places = T::start(pool, r);
        } else if !T::advance(pool, r, places) {
            choice.stopped.set(true);
            return None;
        }
        Some(h.tuple_from_iter(r, places.indices.iter().filter_map(|i| choice.pool.get(*i).cloned())))
    }))
}

impl Walk for Permutations {
    fn choice(&self) -> &Choice {
        &self.0
    }

    fn start(pool: usize, r: usize) -> Places {
        Places { indices: (0..pool).collect(), cycles: (0..r).map(|i| pool - i).collect() }
    }

    fn advance(pool: usize, r: usize, places: &mut Places) -> bool {
        let Places { indices, cycles } = places;
        for i in (0..r).rev() {
            cycles[i] -= 1;
            if cycles[i] > 0 {
                indices.swap(i, pool - cycles[i]);
                return true;
            }
            indices[i..].rotate_left(1);
            cycles[i] = pool - i;
        }
        false
    }
}

impl Walk for Combinations {
    fn choice(&self) -> &Choice {
        &self.0
    }

    fn start(_: usize, r: usize) -> Places {
        Places { indices: (0..r).collect(), cycles: Vec::new() }
    }

    fn advance(pool: usize, r: usize, places: &mut Places) -> bool {
        let indices = &mut places.indices;
        let Some(i) = (0..r).rev().find(|i| indices[*i] != i + pool - r) else { return false };
        let first = indices[i] + 1;
        for (place, index) in indices[i..].iter_mut().zip(first..) {
            *place = index;
        }
        true
    }
}

impl Walk for Replaced {
    fn choice(&self) -> &Choice {
        &self.0
    }

    fn start(_: usize, r: usize) -> Places {
        Places { indices: vec![0; r], cycles: Vec::new() }
    }

    fn advance(pool: usize, r: usize, places: &mut Places) -> bool {
        let indices = &mut places.indices;
        let Some(i) = (0..r).rev().find(|i| indices[*i] + 1 != pool) else { return false };
        let index = indices[i] + 1;
        indices[i..].fill(index);
        true
    }
}

impl Choice {
    fn new(h: &mut Held, args: Args<'_>, any: fn(usize, usize) -> bool) -> R<Choice> {
        let r = h.to_isize(&args[2])?;
        let pool = h.collect(&args[1])?;
        Choice::of(h, pool, r, any)
    }

    fn of(h: &mut Held, pool: Vec<Value>, r: isize, any: fn(usize, usize) -> bool) -> R<Choice> {
        let Ok(r) = usize::try_from(r) else { return Err(h.value_error("r must be non-negative")) };
        let stopped = !any(pool.len(), r);
        if !stopped && (r > 1 << 37 || Vec::<usize>::new().try_reserve(r).is_err()) {
            return Err(h.memory_error());
        }
        Ok(Choice { pool, r, places: ObjCell::default(), started: Word::new(false), stopped: Word::new(stopped) })
    }

    fn reduce(&self, h: &mut Held, of: &Value, state: fn(&Held, &Places) -> Value) -> R {
        let class = of.class().to_value();
        let pool = if self.stopped.get() { h.new_tuple(Vec::new()) } else { h.tuple_of(&self.pool) };
        let mut parts = vec![class, h.new_tuple(vec![pool, h.new_uint(self.r as u64)])];
        if self.started.get() && !self.stopped.get() {
            parts.push(self.places.read(h, |places| state(h, places)));
        }
        Ok(h.new_tuple(parts))
    }

    /// Restores indices, each of which is cut to fit.
    fn set_indices(&self, h: &mut Held, state: &Value, least: impl Fn(usize) -> usize) -> R {
        let Some(items) = state.downcast::<Tuple>().filter(|items| items.items().len() == self.r) else {
            return Err(h.value_error("invalid arguments"));
        };
        let mut indices = Vec::new();
        for (i, item) in items.items().iter().enumerate() {
            let index = h.to_isize(item)?.max(0) as usize;
            indices.push(index.min(least(i)));
        }
        self.resume_at(Places { indices, cycles: Vec::new() });
        Ok(Value::NONE)
    }

    fn resume_at(&self, places: Places) {
        self.places.seize(|own| {
            *own = places;
            self.started.set(true);
        });
    }
}

fn new_permutations(h: &mut Held, args: Args<'_>) -> R {
    let pool = h.collect(&args[1])?;
    let r = match args.opt_some(2) {
        None => pool.len() as isize,
        Some(r) if r.as_int().is_some() => h.to_isize(r)?,
        Some(_) => return Err(h.type_error("Expected int as r")),
    };
    let choice = Choice::of(h, pool, r, |pool, r| r <= pool)?;
    made(h, args, Permutations(choice))
}

fn ints(h: &Held, all: &[usize]) -> Value {
    h.new_tuple(all.iter().map(|i| h.new_uint(*i as u64)).collect())
}

static PERMUTATIONS_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        args.this::<Permutations>()
            .0
            .reduce(h, &args[0], |h, places| h.new_tuple(vec![ints(h, &places.indices), ints(h, &places.cycles)]))
    }),
    def("__setstate__", "state, /", set_permutations),
];

fn set_permutations(h: &mut Held, args: Args<'_>) -> R {
    let choice = &args.this::<Permutations>().0;
    let pool = choice.pool.len();
    let [indices, cycles] = state(h, &args[1], 2, 2)? else { return Ok(Value::NONE) };
    let items = |value: &Value| value.downcast::<Tuple>().map(|tuple| tuple.items().to_vec()).unwrap_or_default();
    let (given, turns) = (items(indices), items(cycles));
    if given.len() != pool || turns.len() != choice.r {
        return Err(h.value_error("invalid arguments"));
    }
    let mut places = Places::default();
    for index in &given {
        places.indices.push(h.to_isize(index)?.clamp(0, pool as isize - 1) as usize);
    }
    for (i, turn) in turns.iter().enumerate() {
        places.cycles.push(h.to_isize(turn)?.clamp(1, (pool - i) as isize) as usize);
    }
    choice.resume_at(places);
    Ok(Value::NONE)
}

static COMBINATIONS_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        args.this::<Combinations>().0.reduce(h, &args[0], |h, places| ints(h, &places.indices))
    }),
    def("__setstate__", "state, /", |h, args| {
        let choice = &args.this::<Combinations>().0;
        let (pool, r) = (choice.pool.len(), choice.r);
        choice.set_indices(h, &args[1], |i| (i + pool).saturating_sub(r))
    }),
];

static REPLACED_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        args.this::<Replaced>().0.reduce(h, &args[0], |h, places| ints(h, &places.indices))
    }),
    def("__setstate__", "state, /", |h, args| {
        let choice = &args.this::<Replaced>().0;
        let pool = choice.pool.len();
        choice.set_indices(h, &args[1], |_| pool.saturating_sub(1))
    }),
];
