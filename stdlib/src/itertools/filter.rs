//! `compress`, `dropwhile`, `takewhile`, `filterfalse` and `starmap`.
//!
//! In: an iterable and what chooses among its items, or a function for them. Out: the chosen items; the function's results. The
//! one invariant: the source is asked for no item before one is wanted.

use crate::native::{enter, made, this};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::turn::{steps_alone, turn_if};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Word;

pub(super) fn add(h: &mut Held, module: &Module) {
    static COMPRESS: Def = def("__new__", "data, selectors", |h, args| {
        let (data, selectors) = (h.iter(&args[1])?, h.iter(&args[2])?);
        let alone = steps_alone(&data) && steps_alone(&selectors);
        made(h, args, Compress { data, selectors, alone })
    });
    static DROP: Def = def("__new__", "predicate, iterable, /", |h, args| {
        let test = Test::new(h, args)?;
        made(h, args, DropWhile(test))
    });
    static TAKE: Def = def("__new__", "predicate, iterable, /", |h, args| {
        let test = Test::new(h, args)?;
        made(h, args, TakeWhile(test))
    });
    static FALSE: Def = def("__new__", "function, iterable, /", |h, args| {
        let test = Test::new(h, args)?;
        made(h, args, FilterFalse(test))
    });
    static STAR: Def = def("__new__", "function, iterable, /", |h, args| {
        let test = Test::new(h, args)?;
        made(h, args, StarMap(test))
    });
    let compress = ClassSpec::new::<Compress>(h, "itertools", "compress").constructor(h, &COMPRESS);
    let compress = compress.methods(h, &COMPRESS_METHODS).iterator(h, next_compress).build(h);
    let drop = ClassSpec::new::<DropWhile>(h, "itertools", "dropwhile").constructor(h, &DROP);
    let drop = drop.methods(h, &DROP_METHODS).iterator(h, next_drop).build(h);
    let take = ClassSpec::new::<TakeWhile>(h, "itertools", "takewhile").constructor(h, &TAKE);
    let take = take.methods(h, &TAKE_METHODS).iterator(h, next_take).build(h);
    let not = ClassSpec::new::<FilterFalse>(h, "itertools", "filterfalse").constructor(h, &FALSE);
    let not = not.methods(h, &FALSE_METHODS).iterator(h, next_false).build(h);
    let star = ClassSpec::new::<StarMap>(h, "itertools", "starmap").constructor(h, &STAR);
    let star = star.methods(h, &STAR_METHODS).iterator(h, next_star).build(h);
    for class in [compress, drop, take, not, star] {
        enter(h, module, &class);
    }
}

/// `compress(data, selectors)`.
pub struct Compress {
    data: Value,
    selectors: Value,
    /// Whether asking both runs no toy code.
    alone: bool,
}

interpreter::object!(Compress, "compress", traced [data, selectors]);

fn next_compress(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let compress = this::<Compress>(iterator);
    loop {
        let pair = turn_if(compress.header(), compress.alone, || {
            let Some(item) = h.next(&compress.data)? else { return Ok(None) };
            let selector = h.next(&compress.selectors)?;
            Ok(selector.map(|selector| (item, selector)))
        });
        let Some((item, selector)) = pair? else { return Ok(None) };
        if h.truth(&selector)? {
            return Ok(Some(item));
        }
    }
}

static COMPRESS_METHODS: [Def; 1] = [def("__reduce__", "", |h, args| {
    let compress = args.this::<Compress>();
    let inner = h.tuple_of(&[compress.data.clone(), compress.selectors.clone()]);
    Ok(h.new_tuple(vec![args[0].class().to_value(), inner]))
})];

/// A function, an iterator, and whether the function has settled the matter.
pub struct Test {
    function: Value,
    source: Value,
    done: Word<bool>,
}

impl interpreter::objects::header::Trace for Test {
    fn trace(&self, visit: &mut interpreter::objects::header::Visitor<'_>) {
        visit(&self.function);
        visit(&self.source);
    }
}

/// `dropwhile(predicate, iterable)`.
pub struct DropWhile(Test);
/// `takewhile(predicate, iterable)`.
pub struct TakeWhile(Test);
/// `filterfalse(function, iterable)`.
pub struct FilterFalse(Test);
/// `starmap(function, iterable)`.
pub struct StarMap(Test);

interpreter::object!(DropWhile, "dropwhile", traced[0]);
interpreter::object!(TakeWhile, "takewhile", traced[0]);
interpreter::object!(FilterFalse, "filterfalse", traced[0]);
interpreter::object!(StarMap, "starmap", traced[0]);

impl Test {
    fn new(h: &mut Held, args: Args<'_>) -> R<Test> {
        let source = h.iter(&args[2])?;
        Ok(Test { function: args[1].clone(), source, done: Word::new(false) })
    }

    fn holds(&self, h: &mut Held, item: &Value) -> R<bool> {
        let result = h.call(&self.function, std::slice::from_ref(item))?;
        h.truth(&result)
    }

    fn reduce(&self, h: &Held, of: &Value, with_state: bool) -> R {
        let inner = h.tuple_of(&[self.function.clone(), self.source.clone()]);
        let mut parts = vec![of.class().to_value(), inner];
        parts.extend(with_state.then(|| h.new_int(self.done.get() as i64)));
        Ok(h.new_tuple(parts))
    }

    fn set_state(&self, h: &mut Held, state: &Value) -> R {
        let done = h.truth(state)?;
        self.done.set(done);
        Ok(Value::NONE)
    }
}

fn next_drop(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let test = &this::<DropWhile>(iterator).0;
    while let Some(item) = h.next(&test.source)? {
        if test.done.get() || !test.holds(h, &item)? {
            test.done.set(true);
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn next_take(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let test = &this::<TakeWhile>(iterator).0;
    if test.done.get() {
        return Ok(None);
    }
    let Some(item) = h.next(&test.source)? else { return Ok(None) };
    if test.holds(h, &item)? {
        return Ok(Some(item));
    }
    test.done.set(true);
    Ok(None)
}

fn next_false(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let test = &this::<FilterFalse>(iterator).0;
    let plain = test.function.is_none() || test.function.is(interpreter::objects::core().bool.value());
    while let Some(item) = h.next(&test.source)? {
        let holds = if plain { h.truth(&item)? } else { test.holds(h, &item)? };
        if !holds {
            return Ok(Some(item));
        }
    }
    Ok(None)
}

fn next_star(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let map = &this::<StarMap>(iterator).0;
    let Some(item) = h.next(&map.source)? else { return Ok(None) };
    if let Some(tuple) = item.exactly::<Tuple>() {
        return h.call(&map.function, tuple.items()).map(Some);
    }
    let all = h.collect(&item)?;
    h.call(&map.function, &all).map(Some)
}

static DROP_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| args.this::<DropWhile>().0.reduce(h, &args[0], true)),
    def("__setstate__", "state, /", |h, args| args.this::<DropWhile>().0.set_state(h, &args[1])),
];

static TAKE_METHODS: [Def; 2] = [
    def("__reduce__", "", |h, args| args.this::<TakeWhile>().0.reduce(h, &args[0], true)),
    def("__setstate__", "state, /", |h, args| args.this::<TakeWhile>().0.set_state(h, &args[1])),
];

static FALSE_METHODS: [Def; 1] =
    [def("__reduce__", "", |h, args| args.this::<FilterFalse>().0.reduce(h, &args[0], false))];

static STAR_METHODS: [Def; 1] = [def("__reduce__", "", |h, args| args.this::<StarMap>().0.reduce(h, &args[0], false))];
