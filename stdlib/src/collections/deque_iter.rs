//! The iterators of deques.
//!
//! In: a deque. Out: its items from the left or from the right. The one invariant: a deque that changed ends its iterators
//! with RuntimeError.

use super::deque::{Deque, mutated};
use crate::native::{enter, made, this};
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::turn::in_turn;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Word;
use interpreter::types::sequence::Sequence;

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);
static REVERSE_CLASS: Global<Option<Ref<Class>>> = Global::new(None);

/// Both classes.
pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "deque, index=0, /", new_forward);
    static NEW_REVERSE: Def = def("__new__", "deque, index=0, /", new_backward);
    let spec = ClassSpec::new::<DequeIter>(h, "_collections", "_deque_iterator").constructor(h, &NEW);
    let forward = spec.methods(h, &METHODS).iterator(h, next).steps_alone(|_| true).build(h);
    let spec =
        ClassSpec::new::<DequeReverse>(h, "_collections", "_deque_reverse_iterator").constructor(h, &NEW_REVERSE);
    let backward = spec.methods(h, &REVERSE_METHODS).iterator(h, next_reverse).steps_alone(|_| true).build(h);
    enter(h, module, &forward);
    enter(h, module, &backward);
    CLASS.write(h, |place| *place = Some(forward));
    REVERSE_CLASS.write(h, |place| *place = Some(backward));
}

/// Where an iterator stands.
pub struct Walk {
    deque: Ref<Deque>,
    state: u64,
    /// How many items are left.
    left: Word<usize>,
    /// How many were given.
    given: Word<usize>,
}

/// From the left.
pub struct DequeIter(Walk);
/// From the right.
pub struct DequeReverse(Walk);

interpreter::object!(DequeIter, "_deque_iterator", traced[0]);
interpreter::object!(DequeReverse, "_deque_reverse_iterator", traced[0]);

impl interpreter::objects::header::Trace for Walk {
    fn trace(&self, visit: &mut interpreter::objects::header::Visitor<'_>) {
        visit(self.deque.value());
    }
}

/// `iter(deque)` or `reversed(deque)`.
pub(super) fn new_iter(h: &mut Held, deque: &Value, reverse: bool) -> R {
    let walk = Walk::new(h, this::<Deque>(deque).to_ref());
    let class = if reverse { &REVERSE_CLASS } else { &CLASS };
    match class.read(h, Clone::clone) {
        Some(class) if reverse => Ok(h.new_object(&class, DequeReverse(walk)).into_value()),
        Some(class) => Ok(h.new_object(&class, DequeIter(walk)).into_value()),
        None => Err(h.type_error("a deque without its iterator")),
    }
}

impl Walk {
    fn new(h: &Held, deque: Ref<Deque>) -> Walk {
        let (state, left) = (deque.state(), Word::new(deque.len(h)));
        Walk { deque, state, left, given: Word::new(0) }
    }

    /// As the constructor of the class makes it, some items already given.
    fn of_args(h: &mut Held, args: Args<'_>) -> R<Walk> {
        let Ok(deque) = args[1].clone().into_ref::<Deque>() else {
            let got = args[1].class_name();
            return Err(h.type_error(format!("argument 1 must be collections.deque, not {got}")));
        };
        let given = match args.opt(2) {
            Some(given) => h.to_isize(given)?.max(0) as usize,
            None => 0,
        };
        let walk = Walk::new(h, deque);
        let given = given.min(walk.left.get());
        walk.left.set(walk.left.get() - given);
        walk.given.set(given);
        Ok(walk)
    }

    #[inline]
    fn step(&self, h: &Held, reverse: bool) -> R<Option<Value>> {
        if self.deque.state() != self.state {
            self.left.set(0);
            return Err(mutated(h));
        }
        let (left, given) = (self.left.get(), self.given.get());
        if left == 0 {
            return Ok(None);
        }
        self.left.set(left - 1);
        self.given.set(given + 1);
        match (**self.deque).at(h, if reverse { left - 1 } else { given }) {
            Some(item) => Ok(Some(item)),
            None => Err(mutated(h)),
        }
    }

    fn reduce(&self, h: &Held, of: &Value) -> R {
        let inner = h.new_tuple(vec![self.deque.value().clone(), h.new_int(self.given.get() as i64)]);
        Ok(h.new_tuple(vec![of.class().to_value(), inner]))
    }
}

fn new_forward(h: &mut Held, args: Args<'_>) -> R {
    let walk = Walk::of_args(h, args)?;
    made(h, args, DequeIter(walk))
}

fn new_backward(h: &mut Held, args: Args<'_>) -> R {
    let walk = Walk::of_args(h, args)?;
    made(h, args, DequeReverse(walk))
}

fn next(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || this::<DequeIter>(iterator).0.step(h, false))
}

fn next_reverse(h: &mut Held, iterator: &Value) -> R<Option<Value>> {
    in_turn(iterator, || this::<DequeReverse>(iterator).0.step(h, true))
}

static METHODS: [Def; 2] = [
    def("__length_hint__", "", |h, args| Ok(h.new_int(args.this::<DequeIter>().0.left.get() as i64))),
    def("__reduce__", "", |h, args| args.this::<DequeIter>().0.reduce(h, &args[0])),
];

static REVERSE_METHODS: [Def; 2] = [
    def("__length_hint__", "", |h, args| Ok(h.new_int(args.this::<DequeReverse>().0.left.get() as i64))),
    def("__reduce__", "", |h, args| args.this::<DequeReverse>().0.reduce(h, &args[0])),
];
