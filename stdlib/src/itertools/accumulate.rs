//! `accumulate`: running totals.
//!
//! In: an iterable, perhaps a function of two and a first total. Out: each total. The one invariant: the first item is its own
//! total unless `initial` came before it.

use crate::native::{enter, is_number, made, put, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::turn::{steps_alone, turn_if};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "iterable, func=None, *, initial=None", new);
    let spec = ClassSpec::new::<Accumulate>(h, "itertools", "accumulate").constructor(h, &NEW);
    let class = spec.methods(h, &METHODS).iterator(h, next).build(h);
    enter(h, module, &class);
}

/// `accumulate(iterable, func, initial=...)`.
pub struct Accumulate {
    source: Value,
    /// `None` adds.
    function: Value,
    total: ObjCell<Option<Value>>,
    /// Nothing once it was given out.
    initial: ObjCell<Option<Value>>,
    /// Whether asking the source runs no toy code.
    alone: bool,
}

interpreter::object!(Accumulate, "accumulate", traced [source, function, total, initial]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let source = h.iter(&args[1])?;
    let function = args.opt(2).cloned().unwrap_or(Value::NONE);
    let initial = ObjCell::new(args.opt_some(3).cloned());
    let alone = steps_alone(&source);
    made(h, args, Accumulate { source, function, total: ObjCell::default(), initial, alone })
}

/// What a step has to do.
enum Step {
    Give(Value),
    /// The total so far and an item, whose sum is the next total.
    Add(Value, Value),
    End,
}

/// Numbers are added while the iterator has its turn; what may run toy code is called afterwards.
fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let sums = this::<Accumulate>(iterator);
    let total = match turn_if(sums.header(), sums.alone, || sums.step(h))? {
        Step::Give(total) => return Ok(Some(total)),
        Step::End => return Ok(None),
        Step::Add(total, item) if sums.function.is_none() => h.add(&total, &item)?,
        Step::Add(total, item) => h.call(&sums.function, &[total, item])?,
    };
    put(h, &sums.total, Some(total.clone()));
    Ok(Some(total))
}

impl Accumulate {
    fn step(&self, h: &mut Held) -> R<Step> {
        let total = match self.initial.write(h, Option::take) {
            Some(initial) => initial,
            None => {
                let Some(item) = h.next(&self.source)? else { return Ok(Step::End) };
                match self.total.read(h, Clone::clone) {
                    None => item,
                    Some(total) if self.function.is_none() && is_number(&total) && is_number(&item) => {
                        h.add(&total, &item)?
                    }
                    Some(total) => return Ok(Step::Add(total, item)),
                }
            }
        };
        put(h, &self.total, Some(total.clone()));
        Ok(Step::Give(total))
    }
}

static METHODS: [Def; 2] = [
    def("__reduce__", "", reduce),
    def("__setstate__", "state, /", |h, args| {
        put(h, &args.this::<Accumulate>().total, Some(args[1].clone()));
        Ok(Value::NONE)
    }),
];

/// A total of `None` cannot be told from none in a state: then the total goes in front of the rest instead.
fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let sums = args.this::<Accumulate>();
    let class = args[0].class().to_value();
    if let Some(initial) = sums.initial.read(h, Clone::clone) {
        let source = chained(h, initial, &sums.source)?;
        let inner = h.new_tuple(vec![source, sums.function.clone()]);
        return Ok(h.new_tuple(vec![class, inner, Value::NONE]));
    }
    let total = sums.total.read(h, Clone::clone);
    if total.as_ref().is_some_and(Value::is_none) {
        let source = chained(h, Value::NONE, &sums.source)?;
        let rest = h.call(&class, &[source, sums.function.clone()])?;
        let inner = h.new_tuple(vec![rest, h.new_int(1), Value::NONE]);
        let islice = itertools(h, "islice")?;
        return Ok(h.new_tuple(vec![islice, inner]));
    }
    let inner = h.tuple_of(&[sums.source.clone(), sums.function.clone()]);
    Ok(h.new_tuple(vec![class, inner, total.unwrap_or(Value::NONE)]))
}

/// `chain((first,), rest)`.
fn chained(h: &mut Held, first: Value, rest: &Value) -> R {
    let chain = itertools(h, "chain")?;
    let first = h.new_tuple(vec![first]);
    h.call(&chain, &[first, rest.clone()])
}

fn itertools(h: &mut Held, name: &str) -> R {
    let module = h.import_module("itertools")?;
    let name = h.intern(name);
    h.get_attr(&module, &name)
}
