//! `zip_longest` and `pairwise`.
//!
//! In: iterables. Out: tuples of their items. The one invariant: an exhausted iterator is let go at once and never asked again.

use crate::native::{enter, made, put, this};
use interpreter::objects::dict::Dict;
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
    static LONGEST: Def = def("__new__", "*iterables, **kwargs", new_longest);
    static PAIRWISE: Def = def("__new__", "iterable, /", |h, args| {
        let source = h.iter(&args[1])?;
        let alone = steps_alone(&source);
        made(h, args, Pairwise { source: ObjCell::new(Some(source)), old: ObjCell::default(), alone })
    });
    let spec = ClassSpec::new::<ZipLongest>(h, "itertools", "zip_longest").constructor(h, &LONGEST);
    let longest =
        spec.methods(h, &LONGEST_METHODS).iterator(h, next_longest).steps_alone(|zip| this::<ZipLongest>(zip).alone);
    let longest = longest.build(h);
    let spec = ClassSpec::new::<Pairwise>(h, "itertools", "pairwise").constructor(h, &PAIRWISE);
    let pairwise = spec.iterator(h, next_pair).steps_alone(|pairs| this::<Pairwise>(pairs).alone).build(h);
    enter(h, module, &longest);
    enter(h, module, &pairwise);
}

/// `zip_longest(*iterables, fillvalue=None)`.
pub struct ZipLongest {
    iterators: ObjCell<Vec<Option<Value>>>,
    width: usize,
    /// How many iterators are not exhausted.
    active: Word<usize>,
    fill: ObjCell<Value>,
    /// Whether a step runs no toy code.
    alone: bool,
}

interpreter::object!(ZipLongest, "zip_longest", traced [iterators, fill]);

fn new_longest(h: &mut Held, args: Args<'_>) -> R {
    let mut fill = Value::NONE;
    if let Some(keywords) = args[2].downcast::<Dict>() {
        let name = h.intern("fillvalue");
        let given = keywords.get_str(h, &name);
        if given.is_some() as usize != keywords.len(h) {
            return Err(h.type_error("zip_longest() got an unexpected keyword argument"));
        }
        fill = given.unwrap_or(Value::NONE);
    }
    let mut iterators = Vec::new();
    for iterable in args.rest(1) {
        iterators.push(Some(h.iter(iterable)?));
    }
    let alone = iterators.iter().flatten().all(steps_alone);
    let (width, active) = (iterators.len(), Word::new(iterators.len()));
    let (iterators, fill) = (ObjCell::new(iterators), ObjCell::new(fill));
    made(h, args, ZipLongest { iterators, width, active, fill, alone })
}

fn next_longest(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let zip = this::<ZipLongest>(iterator);
    turn_if(zip.header(), zip.alone, || step_of_longest(h, zip))
}

fn step_of_longest(h: &mut Held, zip: &ZipLongest) -> R<Option<Value>> {
    if zip.active.get() == 0 {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(zip.width);
    for i in 0..zip.width {
        match zip.item(h, i)? {
            Some(item) => items.push(item),
            None if zip.active.get() == 0 => return Ok(None),
            None => items.push(zip.fill.read(h, Clone::clone)),
        }
    }
    Ok(Some(h.new_tuple(items)))
}

impl ZipLongest {
    /// The next item of an iterator, which is let go at its end.
    fn item(&self, h: &mut Held, i: usize) -> R<Option<Value>> {
        let Some(source) = self.iterators.read(h, |all| all.get(i).cloned().flatten()) else { return Ok(None) };
        match h.next(&source) {
            Ok(None) => {
                self.active.set(self.active.get().saturating_sub(1));
                if self.active.get() == 0 {
                    return Ok(None);
                }
                let old = self.iterators.write(h, |all| all.get_mut(i).and_then(Option::take));
                drop(old);
                Ok(None)
            }
            Err(raised) => {
                self.active.set(0);
                Err(raised)
            }
            item => item,
        }
    }
}

static LONGEST_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let zip = args.this::<ZipLongest>();
        let empty = h.new_tuple(Vec::new());
        let iterators = zip.iterators.read(h, Clone::clone);
        let inner = iterators.into_iter().map(|source| source.unwrap_or_else(|| empty.clone())).collect();
        let inner = h.new_tuple(inner);
        let fill = zip.fill.read(h, Clone::clone);
        Ok(h.new_tuple(vec![args[0].class().to_value(), inner, fill]))
    }),
    def("__setstate__", "state, /", |h, args| {
        put(h, &args.this::<ZipLongest>().fill, args[1].clone());
        Ok(Value::NONE)
    }),
];

/// `pairwise(iterable)`.
pub struct Pairwise {
    /// Nothing when done.
    source: ObjCell<Option<Value>>,
    old: ObjCell<Option<Value>>,
    /// Whether a step runs no toy code.
    alone: bool,
}

interpreter::object!(Pairwise, "pairwise", traced [source, old]);

fn next_pair(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let pairs = this::<Pairwise>(iterator);
    turn_if(pairs.header(), pairs.alone, || step_of_pairs(h, pairs))
}

fn step_of_pairs(h: &mut Held, pairs: &Pairwise) -> R<Option<Value>> {
    let Some(source) = pairs.source.read(h, Clone::clone) else { return Ok(None) };
    if pairs.old.read(h, Option::is_none) {
        let first = pairs.item(h, &source)?;
        put(h, &pairs.old, first);
    }
    // Asking for the first item may have come back here and ended it.
    let Some(old) = pairs.old.read(h, Clone::clone) else { return Ok(None) };
    let Some(new) = pairs.item(h, &source)? else { return Ok(None) };
    put(h, &pairs.old, Some(new.clone()));
    Ok(Some(h.new_tuple(vec![old, new])))
}

impl Pairwise {
    /// The source's next item; without one, and after an error, all is let go.
    fn item(&self, h: &mut Held, source: &Value) -> R<Option<Value>> {
        let item = h.next(source);
        if !matches!(item, Ok(Some(_))) {
            put(h, &self.source, None);
            put(h, &self.old, None);
        }
        item
    }
}
