//! `tee`: several iterators of one source.
//!
//! In: an iterable. Out: iterators that each give all its items. The one invariant: an item is read once, into the last block of
//! a chain; a block goes when no iterator stands in it or before it.

use crate::native::{class_of, enter, made, put, state, this};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::list::List;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::turn::{steps_alone, turn_if};
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

const BLOCK: usize = 57;

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "iterable, /", |h, args| {
        let made = tee_of(h, class_of(args), &args[1])?;
        Ok(made)
    });
    static NEW_BLOCK: Def = def("__new__", "it, values, next, /", new_block);
    let spec = ClassSpec::new::<Block>(h, "itertools", "_tee_dataobject").constructor(h, &NEW_BLOCK);
    let block = spec.methods(h, &BLOCK_METHODS).build(h);
    let spec = ClassSpec::new::<Tee>(h, "itertools", "_tee").constructor(h, &NEW).methods(h, &TEE);
    let spec = spec.flags(class_flag::WEAKREFS).value(h, "_block", block.value().clone());
    let alone = |tee: &Value| this::<Tee>(tee).block.seize(|block| block.as_ref().is_none_or(|block| block.alone));
    let tee = spec.iterator(h, next).steps_alone(alone).build(h);
    register_clear(Tee::register_kind(), |h, tee| this::<Tee>(tee).let_go(h));
    enter(h, module, &tee);
    enter(h, module, &block);
    interpreter::builtins::add_functions(h, module, &FUNCTIONS);
}

/// An iterator that `tee` gives.
pub struct Tee {
    /// Nothing once the collector has emptied it.
    block: ObjCell<Option<Ref<Block>>>,
    at: Word<usize>,
}

interpreter::object!(Tee, "_tee", traced[block]);

/// Items that were read.
pub struct Block {
    source: Value,
    items: ObjCell<Vec<Value>>,
    next: ObjCell<Option<Ref<Block>>>,
    running: Word<bool>,
    /// Whether asking the source runs no toy code.
    alone: bool,
}

interpreter::object!(Block, "_tee_dataobject", traced [source, items, next]);

impl Tee {
    fn let_go(&self, h: &mut Held) {
        put(h, &self.block, None);
    }
}

static FUNCTIONS: [Def; 1] = [def("tee", "iterable, n=2, /", |h, args| {
    let count = match args.opt(1) {
        Some(count) => h.to_isize(count)?,
        None => 2,
    };
    let Ok(count) = usize::try_from(count) else { return Err(h.value_error("n must be >= 0")) };
    if count > 1 << 37 {
        return Err(h.memory_error());
    }
    if count == 0 {
        return Ok(h.new_tuple(Vec::new()));
    }
    let source = h.iter(&args[0])?;
    let first = match h.find_attr(&source, n::__copy__.value())? {
        Some(_) => source,
        None => {
            let module = h.import_module("itertools")?;
            let name = h.intern("_tee");
            let class = h.get_attr(&module, &name)?;
            h.call(&class, &[source])?
        }
    };
    let mut all = vec![first.clone()];
    for _ in 1..count {
        let copy = h.call_method(&first, n::__copy__, &[])?;
        all.push(copy);
    }
    Ok(h.new_tuple(all))
})];

fn tee_of(h: &mut Held, class: &Obj<Class>, iterable: &Value) -> R {
    let source = h.iter(iterable)?;
    if let Some(other) = source.exactly::<Tee>() {
        return copy_of(h, class, other);
    }
    let name = h.intern("_block");
    let block_class = class.lookup(h, &name);
    let Some(block_class) = block_class.as_ref().and_then(|class| class.downcast::<Class>()) else {
        return Err(h.type_error("_tee has no blocks"));
    };
    let block = h.new_object(block_class, Block::empty(source));
    Ok(h.new_object(class, Tee { block: ObjCell::new(Some(block)), at: Word::new(0) }).into_value())
}

fn copy_of(h: &mut Held, class: &Obj<Class>, other: &Obj<Tee>) -> R {
    let block = ObjCell::new(other.block.read(h, Clone::clone));
    Ok(h.new_object(class, Tee { block, at: Word::new(other.at.get()) }).into_value())
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let tee = this::<Tee>(iterator);
    loop {
        let Some(block) = tee.block.read(h, Clone::clone) else { return Ok(None) };
        let alone = block.alone;
        if let Some(item) = turn_if(tee.header(), alone, || tee.step(h, block))? {
            return Ok(item);
        }
    }
}

impl Tee {
    /// The item after the last from the source; nothing at all if another thread has brought the iterator elsewhere.
    fn step(&self, h: &mut Held, mut block: Ref<Block>) -> R<Option<Option<Value>>> {
        let stands_in = |own: &Option<Ref<Block>>| own.as_ref().is_some_and(|own| own.value().is(block.value()));
        if !self.block.read(h, stands_in) {
            return Ok(None);
        }
        if self.at.get() >= BLOCK {
            block = block.following(h);
            put(h, &self.block, Some(block.clone()));
            self.at.set(0);
        }
        let item = turn_if(block.header(), block.alone, || block.item(h, self.at.get()))?;
        self.at.set(self.at.get() + item.is_some() as usize);
        Ok(Some(item))
    }
}

impl Block {
    fn empty(source: Value) -> Block {
        let alone = steps_alone(&source);
        Block { source, items: ObjCell::default(), next: ObjCell::default(), running: Word::new(false), alone }
    }

    /// An item of the block, read from the source if it is the first that has not been.
    fn item(&self, h: &mut Held, at: usize) -> R<Option<Value>> {
        if let Some(item) = self.items.read(h, |items| items.get(at).cloned()) {
            return Ok(Some(item));
        }
        if self.running.replace(true) {
            return Err(h.runtime_error("cannot re-enter the tee iterator"));
        }
        let item = h.next(&self.source);
        if let Ok(Some(item)) = &item {
            self.items.write(h, |items| items.push(item.clone()));
        }
        self.running.set(false);
        item
    }
}

trait Following {
    /// The next block, made if need be.
    fn following(&self, h: &mut Held) -> Ref<Block>;
}

impl Following for Ref<Block> {
    fn following(&self, h: &mut Held) -> Ref<Block> {
        if let Some(next) = self.next.read(h, Clone::clone) {
            return next;
        }
        let next = h.new_object(self.class(), Block::empty(self.source.clone()));
        // Another thread may have been first.
        self.next.write(h, |own| own.get_or_insert(next).clone())
    }
}

static TEE: [Def; 3] = [
    def("__copy__", "", |h, args| copy_of(h, args[0].class(), args.this::<Tee>())),
    def("__reduce__", "", |h, args| {
        let tee = args.this::<Tee>();
        let empty = h.new_tuple(Vec::new());
        let inner = h.new_tuple(vec![empty]);
        let block = tee.block.read(h, Clone::clone).map_or(Value::NONE, Ref::into_value);
        let state = h.new_tuple(vec![block, h.new_uint(tee.at.get() as u64)]);
        Ok(h.new_tuple(vec![args[0].class().to_value(), inner, state]))
    }),
    def("__setstate__", "state, /", |h, args| {
        let tee = args.this::<Tee>();
        let [block, at] = state(h, &args[1], 2, 2)? else { return Ok(Value::NONE) };
        let Ok(block) = block.clone().into_ref::<Block>() else { return Err(h.type_error("state is not a tuple")) };
        let at = h.to_isize(at)?;
        if !(0..=BLOCK as isize).contains(&at) {
            return Err(h.value_error("Index out of range"));
        }
        put(h, &tee.block, Some(block));
        tee.at.set(at as usize);
        Ok(Value::NONE)
    }),
];

fn new_block(h: &mut Held, args: Args<'_>) -> R {
    let Some(items) = args[2].downcast::<List>().map(|list| list.snapshot(h)) else {
        let got = args[2].given_name();
        return Err(h.type_error(format!("teedataobject() argument 2 must be list, not {got}")));
    };
    let next = match args[3].clone().into_ref::<Block>() {
        Ok(next) if items.len() == BLOCK => Some(next),
        Err(none) if none.is_none() && items.len() <= BLOCK => None,
        _ => return Err(h.value_error("Invalid arguments")),
    };
    let block = Block { items: ObjCell::new(items), next: ObjCell::new(next), ..Block::empty(args[1].clone()) };
    made(h, args, block)
}

static BLOCK_METHODS: [Def; 1] = [def("__reduce__", "", |h, args| {
    let block = args.this::<Block>();
    let items = block.items.read(h, Clone::clone);
    let items = h.new_list(items);
    let next = block.next.read(h, Clone::clone).map_or(Value::NONE, Ref::into_value);
    let inner = h.new_tuple(vec![block.source.clone(), items, next]);
    Ok(h.new_tuple(vec![args[0].class().to_value(), inner]))
})];
