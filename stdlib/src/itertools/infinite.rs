//! `count`, `cycle` and `repeat`.
//!
//! In: a start and a step; an iterable; a value. Out: items without end. The one invariant: a count that fits the machine's
//! word is kept in one, and becomes an object for good when it no longer does.

use crate::native::{self, class_of, enter, made, put, state, this};
use interpreter::objects::function::Args;
use interpreter::objects::int::IntView;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::turn::{in_turn, steps_alone, turn_if};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::sync::{Tally, Word, Words};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW_COUNT: Def = def("__new__", "start=0, step=1", new_count);
    static NEW_CYCLE: Def = def("__new__", "iterable, /", new_cycle);
    static NEW_REPEAT: Def = def("__new__", "object, times=None", new_repeat);
    let count = ClassSpec::new::<Count>(h, "itertools", "count").constructor(h, &NEW_COUNT).methods(h, &COUNT);
    let count = count.iterator(h, next_count).steps_alone(|count| this::<Count>(count).alone).build(h);
    let cycle = ClassSpec::new::<Cycle>(h, "itertools", "cycle").constructor(h, &NEW_CYCLE).methods(h, &CYCLE);
    let cycle = cycle.iterator(h, next_cycle).steps_alone(|cycle| this::<Cycle>(cycle).alone).build(h);
    let repeat = ClassSpec::new::<Repeat>(h, "itertools", "repeat").constructor(h, &NEW_REPEAT).methods(h, &REPEAT);
    let repeat = repeat.iterator(h, next_repeat).steps_alone(|_| true).build(h);
    for class in [count, cycle, repeat] {
        enter(h, module, &class);
    }
}

/// `count(start, step)`.
pub struct Count {
    small: Tally,
    small_step: i64,
    /// Used instead of `small` once it is not `None`.
    now: ObjCell<Value>,
    step: Value,
    /// Whether a step runs no toy code: it adds numbers.
    alone: bool,
}

interpreter::object!(Count, "count", traced [now, step]);

fn new_count(h: &mut Held, args: Args<'_>) -> R {
    let one = h.new_int(1);
    let start = args.opt(1).cloned().unwrap_or_else(|| h.new_int(0));
    let step = args.opt(2).cloned().unwrap_or(one);
    if !is_number(h, &start) || !is_number(h, &step) {
        return Err(h.type_error("a number is required"));
    }
    let word = |value: &Value| value.as_int().and_then(IntView::to_i64);
    let small = match (word(&start), word(&step)) {
        (Some(start_word), Some(step_word)) if start.is_exact_int() || step_word == 1 => Some((start_word, step_word)),
        _ => None,
    };
    let (small, small_step) = small.unwrap_or_default();
    let alone = native::is_number(&start) && native::is_number(&step);
    let now = if small_step == 0 { start } else { Value::NONE };
    made(h, args, Count { small: Tally::new(small), small_step, now: ObjCell::new(now), step, alone })
}

fn is_number(h: &Held, value: &Value) -> bool {
    value.as_int().is_some()
        || value.as_float().is_some()
        || value.class_name() == "complex"
        || [n::__index__, n::__int__, n::__float__].iter().any(|name| h.special(value, *name).is_some())
}

fn next_count(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let count = this::<Count>(iterator);
    if count.small_step != 0 {
        if let Some(now) = count.small.add(count.small_step) {
            return Ok(Some(h.new_int(now)));
        }
    }
    turn_if(count.header(), count.alone, || {
        let now = count.now(h);
        let next = h.add(&now, &count.step)?;
        put(h, &count.now, next);
        Ok(Some(now))
    })
}

impl Count {
    fn now(&self, h: &Held) -> Value {
        let now = self.now.read(h, Clone::clone);
        if now.is_none() { h.new_int(self.small.get()) } else { now }
    }

    fn counts_by_one(&self) -> bool {
        self.step.as_int().and_then(IntView::to_i64) == Some(1)
    }
}

static COUNT: [Def; 2] = [
    def("__repr__", "", |h, args| {
        let count = args.this::<Count>();
        let now = count.now(h);
        let now = h.repr_text(&now)?;
        let name = args[0].class().name_text();
        if count.counts_by_one() {
            return Ok(h.new_str(&format!("{name}({now})")));
        }
        let step = h.repr_text(&count.step)?;
        Ok(h.new_str(&format!("{name}({now}, {step})")))
    }),
    def("__reduce__", "", |h, args| {
        let count = args.this::<Count>();
        let mut all = vec![count.now(h)];
        if !count.counts_by_one() {
            all.push(count.step.clone());
        }
        let all = h.new_tuple(all);
        Ok(h.new_tuple(vec![args[0].class().to_value(), all]))
    }),
];

/// `cycle(iterable)`.
pub struct Cycle {
    /// Nothing once it is exhausted.
    source: ObjCell<Option<Value>>,
    saved: ObjCell<Vec<Value>>,
    at: Word<usize>,
    /// The source's items are all saved already, for the state was restored.
    complete: Word<bool>,
    /// Whether a step runs no toy code.
    alone: bool,
}

interpreter::object!(Cycle, "cycle", traced [source, saved]);

fn new_cycle(h: &mut Held, args: Args<'_>) -> R {
    let source = h.iter(&args[1])?;
    let alone = steps_alone(&source);
    let (source, at, complete) = (ObjCell::new(Some(source)), Word::new(0), Word::new(false));
    made(h, args, Cycle { source, saved: ObjCell::default(), at, complete, alone })
}

fn next_cycle(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let cycle = this::<Cycle>(iterator);
    turn_if(cycle.header(), cycle.alone, || step_of_cycle(h, cycle))
}

fn step_of_cycle(h: &mut Held, cycle: &Cycle) -> R<Option<Value>> {
    if let Some(source) = cycle.source.read(h, Clone::clone) {
        if let Some(item) = h.next(&source)? {
            if !cycle.complete.get() {
                cycle.saved.write(h, |saved| saved.push(item.clone()));
            }
            return Ok(Some(item));
        }
        put(h, &cycle.source, None);
    }
    let at = cycle.at.get();
    let item = cycle.saved.read(h, |saved| saved.get(at).cloned());
    let len = cycle.saved.read(h, Vec::len);
    cycle.at.set(if at + 1 < len { at + 1 } else { 0 });
    Ok(item)
}

static CYCLE: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let cycle = args.this::<Cycle>();
        let class = args[0].class().to_value();
        let saved = cycle.saved.read(h, Clone::clone);
        let at = cycle.at.get();
        let (source, complete) = match cycle.source.read(h, Clone::clone) {
            Some(source) => (source, cycle.complete.get()),
            None => {
                let rest = h.new_list(saved[at.min(saved.len())..].to_vec());
                (h.iter(&rest)?, true)
            }
        };
        let saved = h.new_list(saved);
        let (args, state) = (h.new_tuple(vec![source]), h.new_tuple(vec![saved, Value::bool(complete)]));
        Ok(h.new_tuple(vec![class, args, state]))
    }),
    def("__setstate__", "state, /", |h, args| {
        let cycle = args.this::<Cycle>();
        let [saved, complete] = state(h, &args[1], 2, 2)? else { return Ok(Value::NONE) };
        let Some(saved) = saved.downcast::<interpreter::objects::list::List>().map(|saved| saved.snapshot(h)) else {
            return Err(h.type_error(format!("argument 1 must be list, not {}", saved.class_name())));
        };
        let complete = h.truth(complete)?;
        put(h, &cycle.saved, saved);
        cycle.complete.set(complete);
        cycle.at.set(0);
        Ok(Value::NONE)
    }),
];

/// `repeat(object, times)`.
pub struct Repeat {
    object: Value,
    /// Nothing means without end.
    left: Words<Option<u64>>,
}

interpreter::object!(Repeat, "repeat", traced[object]);

fn new_repeat(h: &mut Held, args: Args<'_>) -> R {
    let left = match args.opt(2) {
        Some(times) => Some(h.to_isize(times)?.max(0) as u64),
        None => None,
    };
    let repeat = Repeat { object: args[1].clone(), left: Words::new(left) };
    Ok(h.new_object(class_of(args), repeat).into_value())
}

fn next_repeat(_: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let repeat = this::<Repeat>(iterator);
    let given = in_turn(iterator, || match repeat.left.get() {
        Some(0) => false,
        left => {
            repeat.left.set(left.map(|left| left - 1));
            true
        }
    });
    Ok(given.then(|| repeat.object.clone()))
}

static REPEAT: [Def; 3] = [
    def("__repr__", "", |h, args| {
        let repeat = args.this::<Repeat>();
        let object = h.repr_text(&repeat.object)?;
        let name = args[0].class().name_text();
        Ok(h.new_str(&match repeat.left.get() {
            Some(left) => format!("{name}({object}, {left})"),
            None => format!("{name}({object})"),
        }))
    }),
    def("__length_hint__", "", |h, args| match args.this::<Repeat>().left.get() {
        Some(left) => Ok(h.new_uint(left)),
        None => Err(h.type_error("len() of unsized object")),
    }),
    def("__reduce__", "", |h, args| {
        let repeat = args.this::<Repeat>();
        let mut all = vec![repeat.object.clone()];
        all.extend(repeat.left.get().map(|left| h.new_uint(left)));
        let all = h.new_tuple(all);
        Ok(h.new_tuple(vec![args[0].class().to_value(), all]))
    }),
];
