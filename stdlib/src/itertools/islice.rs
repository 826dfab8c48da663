//! `islice`: the items of an iterable at some positions.
//!
//! In: an iterable, start, stop and step. Out: the items at start, start + step ... before stop. The one invariant: no
//! item past the last one wanted is taken, and the source is let go at the end.

use crate::native::{enter, made, put, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::turn::{steps_alone, turn_if};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "iterable, start, stop=None, step=None, /", new);
    let spec = ClassSpec::new::<ISlice>(h, "itertools", "islice").constructor(h, &NEW).methods(h, &METHODS);
    let class = spec.iterator(h, next).steps_alone(|slice| this::<ISlice>(slice).alone).build(h);
    enter(h, module, &class);
}

/// `islice(iterable, start, stop, step)`.
pub struct ISlice {
    /// Nothing when done.
    source: ObjCell<Option<Value>>,
    next: Word<usize>,
    /// `usize::MAX` if there is none.
    stop: usize,
    step: usize,
    /// How many items were taken.
    taken: Word<usize>,
    /// Whether a step runs no toy code.
    alone: bool,
}

interpreter::object!(ISlice, "islice", traced[source]);

fn new(h: &mut Held, args: Args<'_>) -> R {
    let (start, stop) = match args.opt(3) {
        None => (Some(0), stop_of(h, &args[2])?),
        Some(stop) => {
            let start = if args[2].is_none() { Some(0) } else { position(h, &args[2]) };
            (start, stop_of(h, stop)?)
        }
    };
    let (Some(start), Some(stop)) = (start, stop) else {
        return Err(h.value_error("Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize."));
    };
    let step = match args.opt_some(4) {
        None => 1,
        Some(step) => match position(h, step) {
            Some(step) if step > 0 => step,
            _ => return Err(h.value_error("Step for islice() must be a positive integer or None.")),
        },
    };
    let source = h.iter(&args[1])?;
    let alone = steps_alone(&source);
    let (source, next, taken) = (ObjCell::new(Some(source)), Word::new(start), Word::new(0));
    made(h, args, ISlice { source, next, stop, step, taken, alone })
}

/// Where to stop, if that is a valid position.
fn stop_of(h: &mut Held, value: &Value) -> R<Option<usize>> {
    if value.is_none() {
        return Ok(Some(usize::MAX));
    }
    match h.to_isize(value) {
        Err(_) | Ok(-1) => {
            Err(h.value_error("Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."))
        }
        Ok(stop) => Ok(usize::try_from(stop).ok()),
    }
}

/// A position that fits, if it is one.
fn position(h: &mut Held, value: &Value) -> Option<usize> {
    let position = h.to_isize(value).ok()?;
    usize::try_from(position).ok()
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let slice = this::<ISlice>(iterator);
    turn_if(slice.header(), slice.alone, || step(h, slice))
}

fn step(h: &mut Held, slice: &ISlice) -> R<Option<Value>> {
    let Some(source) = slice.source.read(h, Clone::clone) else { return Ok(None) };
    let item = next_of(h, slice, &source);
    if !matches!(item, Ok(Some(_))) {
        put(h, &slice.source, None);
    }
    item
}

fn next_of(h: &mut Held, slice: &ISlice, source: &Value) -> R<Option<Value>> {
    while slice.taken.get() < slice.next.get() {
        if h.next(source)?.is_none() {
            return Ok(None);
        }
        slice.taken.set(slice.taken.get() + 1);
    }
    if slice.taken.get() >= slice.stop {
        return Ok(None);
    }
    let Some(item) = h.next(source)? else { return Ok(None) };
    slice.taken.set(slice.taken.get() + 1);
    slice.next.set(slice.next.get().saturating_add(slice.step).min(slice.stop));
    Ok(Some(item))
}

static METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let slice = args.this::<ISlice>();
        let class = args[0].class().to_value();
        let (inner, taken) = match slice.source.read(h, Clone::clone) {
            Some(source) => {
                let stop = if slice.stop == usize::MAX { Value::NONE } else { h.new_uint(slice.stop as u64) };
                let (next, step) = (h.new_uint(slice.next.get() as u64), h.new_uint(slice.step as u64));
                (h.new_tuple(vec![source, next, stop, step]), slice.taken.get())
            }
            None => {
                let empty = h.new_list(Vec::new());
                let empty = h.iter(&empty)?;
                (h.new_tuple(vec![empty, h.new_int(0)]), 0)
            }
        };
        Ok(h.new_tuple(vec![class, inner, h.new_uint(taken as u64)]))
    }),
    def("__setstate__", "state, /", |h, args| {
        let taken = h.to_isize(&args[1])?;
        args.this::<ISlice>().taken.set(taken.max(0) as usize);
        Ok(Value::NONE)
    }),
];
