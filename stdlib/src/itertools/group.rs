//! `groupby`: runs of items with the same key.
//!
//! In: an iterable and a key function. Out: pairs of a key and an iterator of its run. The one invariant: all groups share
//! the one source, so a group ends as soon as its successor is asked for.

use crate::native::{enter, made, put, state, this};
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "iterable, key=None", |h, args| {
        let source = h.iter(&args[1])?;
        let key = args.opt(2).cloned().unwrap_or(Value::NONE);
        let (target, ahead) = (ObjCell::default(), ObjCell::default());
        made(h, args, GroupBy { source, key, target, ahead, group: Word::new(0) })
    });
    static NEW_GROUPER: Def = def("__new__", "parent, tgtkey, /", |h, args| {
        let Ok(parent) = args[1].clone().into_ref::<GroupBy>() else {
            let got = args[1].given_name();
            return Err(h.type_error(format!("_grouper() argument 1 must be itertools.groupby, not {got}")));
        };
        let group = parent.next_group();
        made(h, args, Grouper { parent, target: args[2].clone(), group })
    });
    let spec = ClassSpec::new::<Grouper>(h, "itertools", "_grouper").constructor(h, &NEW_GROUPER);
    let grouper = spec.methods(h, &GROUPER).iterator(h, next_grouper).build(h);
    let spec = ClassSpec::new::<GroupBy>(h, "itertools", "groupby").constructor(h, &NEW).methods(h, &GROUPBY);
    let groupby = spec.iterator(h, next_groupby).value(h, "_grouper", grouper.value().clone()).build(h);
    enter(h, module, &groupby);
    enter(h, module, &grouper);
}

/// `groupby(iterable, key)`.
pub struct GroupBy {
    source: Value,
    key: Value,
    /// The key of the group that was given out last.
    target: ObjCell<Option<Value>>,
    ahead: ObjCell<Ahead>,
    /// The number of the group that may take items; groups before it are over.
    group: Word<u64>,
}

interpreter::object!(GroupBy, "groupby", traced [source, key, target, ahead]);

/// What was read last.
#[derive(Default)]
struct Ahead {
    key: Option<Value>,
    /// Nothing if a group has taken it.
    item: Option<Value>,
}

impl interpreter::objects::header::Trace for Ahead {
    fn trace(&self, visit: &mut interpreter::objects::header::Visitor<'_>) {
        self.key.iter().chain(&self.item).for_each(visit);
    }
}

/// The iterator of a group.
pub struct Grouper {
    parent: Ref<GroupBy>,
    target: Value,
    group: u64,
}

interpreter::object!(Grouper, "_grouper", traced [parent, target]);

impl GroupBy {
    fn next_group(&self) -> u64 {
        self.group.set(self.group.get() + 1);
        self.group.get()
    }

    /// Reads an item and its key; false at the end.
    fn step(&self, h: &mut Held) -> R<bool> {
        let Some(item) = h.next(&self.source)? else { return Ok(false) };
        let key = if self.key.is_none() { item.clone() } else { h.call(&self.key, std::slice::from_ref(&item))? };
        put(h, &self.ahead, Ahead { key: Some(key), item: Some(item) });
        Ok(true)
    }

    /// The key of what was read last.
    fn key_ahead(&self, h: &Held) -> Option<Value> {
        self.ahead.read(h, |ahead| ahead.key.clone())
    }
}

fn next_groupby(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let by = this::<GroupBy>(iterator);
    by.next_group();
    let key = loop {
        if let Some(key) = by.key_ahead(h) {
            match by.target.read(h, Clone::clone) {
                None => break key,
                Some(target) if !h.eq(&target, &key)? => break key,
                Some(_) => (),
            }
        }
        if !by.step(h)? {
            return Ok(None);
        }
    };
    put(h, &by.target, Some(key.clone()));
    let name = h.intern("_grouper");
    let Some(class) = iterator.class().lookup(h, &name) else { return Ok(None) };
    let Some(class) = class.downcast::<interpreter::objects::class::Class>() else { return Ok(None) };
    let parent = by.to_ref();
    let grouper = Grouper { group: parent.next_group(), parent, target: key.clone() };
    let grouper = h.new_object(class, grouper).into_value();
    Ok(Some(h.new_tuple(vec![key, grouper])))
}

fn next_grouper(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let group = this::<Grouper>(iterator);
    let by = &group.parent;
    if by.group.get() != group.group {
        return Ok(None);
    }
    if by.ahead.read(h, |ahead| ahead.item.is_none()) && !by.step(h)? {
        return Ok(None);
    }
    let Some(key) = by.key_ahead(h) else { return Ok(None) };
    if !h.eq(&group.target, &key)? {
        return Ok(None);
    }
    Ok(by.ahead.write(h, |ahead| ahead.item.take()))
}

static GROUPBY: [Def; 2] = [
    def("__reduce__", "", |h, args| {
        let by = args.this::<GroupBy>();
        let inner = h.tuple_of(&[by.source.clone(), by.key.clone()]);
        let mut parts = vec![args[0].class().to_value(), inner];
        let (key, item) = by.ahead.read(h, |ahead| (ahead.key.clone(), ahead.item.clone()));
        if let (Some(key), Some(item), Some(target)) = (key, item, by.target.read(h, Clone::clone)) {
            parts.push(h.new_tuple(vec![item, target, key]));
        }
        Ok(h.new_tuple(parts))
    }),
    def("__setstate__", "state, /", |h, args| {
        let by = args.this::<GroupBy>();
        let [item, target, key] = state(h, &args[1], 3, 3)? else { return Ok(Value::NONE) };
        put(h, &by.ahead, Ahead { key: Some(key.clone()), item: Some(item.clone()) });
        put(h, &by.target, Some(target.clone()));
        Ok(Value::NONE)
    }),
];

static GROUPER: [Def; 1] = [def("__reduce__", "", |h, args| {
    let group = args.this::<Grouper>();
    if group.parent.group.get() != group.group {
        let name = h.intern("iter");
        let builtins = h.import_module("builtins")?;
        let iter = h.get_attr(&builtins, &name)?;
        let empty = h.new_tuple(Vec::new());
        let inner = h.new_tuple(vec![empty]);
        return Ok(h.new_tuple(vec![iter, inner]));
    }
    let inner = h.tuple_of(&[group.parent.value().clone(), group.target.clone()]);
    Ok(h.new_tuple(vec![args[0].class().to_value(), inner]))
})];
