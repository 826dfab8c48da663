//! The iterators of a deque.
//!
//! In: a deque. Out: its items from the left or from the right. The one invariant: a deque that changed ends the iteration
//! with a RuntimeError.

use super::deque::Deque;
use crate::native::{enter, this};
use interpreter::objects::class::Class;
use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::function::Args;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::types::sequence::Sequence;
use std::cell::Cell;

/// The data of both.
struct DequeIter {
    deque: Ref<Deque>,
    reverse: bool,
    left: Cell<usize>,
    changes: Cell<u64>,
}

interpreter::object!(DequeIter, "deque_iterator", traced [deque]);

static FORWARD: ClassCell = ClassCell::new();
static BACKWARD: ClassCell = ClassCell::new();

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW_FORWARD: Def = def("__new__", "deque, index=0, /", |h, args| make(h, args, false));
    static NEW_BACKWARD: Def = def("__new__", "deque, index=0, /", |h, args| make(h, args, true));
    let classes = [
        (&FORWARD, "_deque_iterator", &NEW_FORWARD),
        (&BACKWARD, "_deque_reverse_iterator", &NEW_BACKWARD),
    ];
    for (cell, name, constructor) in classes {
        let class = cell.get_or_make(h, |h| {
            let spec = ClassSpec::new::<DequeIter>(h, "_collections", name).constructor(h, constructor);
            spec.iterator(h, next).methods(h, &METHODS).build(h)
        });
        enter(h, module, &class);
    }
}

static METHODS: [Def; 2] = [
    def("__length_hint__", "", |h, args| Ok(h.new_int(this::<DequeIter>(&args[0]).left.get() as i64))),
    def("__reduce__", "", |h, args| {
        let iterator = this::<DequeIter>(&args[0]);
        let done = iterator.deque.size(h).saturating_sub(iterator.left.get());
        let at = h.new_int(done as i64);
        let given = h.new_pair(iterator.deque.value().clone(), at);
        Ok(h.new_pair(args[0].class().to_value(), given))
    }),
];

/// An iterator at its beginning.
pub(super) fn new(h: &Held, deque: &Obj<Deque>, reverse: bool) -> Value {
    let class: &Ref<Class> = if reverse { BACKWARD.get() } else { FORWARD.get() };
    let iterator = DequeIter {
        deque: deque.to_ref(),
        reverse,
        left: Cell::new(deque.size(h)),
        changes: Cell::new(deque.changes.get()),
    };
    h.new_object(class, iterator).into_value()
}

/// An iterator that has given some items already: what `copy` makes.
fn make(h: &mut Held, args: Args<'_>, reverse: bool) -> R {
    let Some(deque) = args[1].downcast::<Deque>() else {
        let got = args[1].class_name();
        return Err(h.type_error(format!("argument 1 must be collections.deque, not {got}")));
    };
    let skip = match args.opt(2) {
        Some(skip) => h.to_isize(skip)?.max(0) as usize,
        None => 0,
    };
    let iterator = new(h, deque, reverse);
    let data = this::<DequeIter>(&iterator);
    data.left.set(data.left.get().saturating_sub(skip));
    Ok(iterator)
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    let iterator = this::<DequeIter>(iterator);
    let (deque, left) = (&iterator.deque, iterator.left.get());
    if deque.changes.get() != iterator.changes.get() {
        iterator.left.set(0);
        return Err(h.runtime_error("deque mutated during iteration"));
    }
    if left == 0 {
        return Ok(None);
    }
    let at = if iterator.reverse { left - 1 } else { deque.size(h).saturating_sub(left) };
    iterator.left.set(left - 1);
    Ok(deque.at(h, at))
}
