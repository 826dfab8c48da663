//! `enumerate`, `zip`, `map`, `filter` and `reversed`: the data.
//!
//! In: iterators, perhaps a function. Out: what `types/adapters.rs` steps. The one invariant: the iterators inside were made
//! by `iter`, once, when the adapter was.

use super::header::{Ref, Trace, Visitor};
use super::int::IntView;
use super::tuple::Tuple;
use super::value::Value;
use crate::runtime::error::R;
use crate::sync::Word;
use crate::sync::{Held, ObjCell};
use toy_syntax::ast::BinOp;

/// `enumerate(iterable, start)`.
pub struct Enumerate {
    pub iterator: Value,
    pub(crate) count: Counter,
    /// Whether a step runs no toy code.
    pub(crate) alone: bool,
}

crate::object!(Enumerate = super::header::Kind::ENUMERATE, "enumerate", traced [iterator, count]);

/// A count that may outgrow a machine word.
pub struct Counter {
    small: Word<i64>,
    /// Used instead once it is not `None`; an int owns nothing.
    big: ObjCell<Value>,
}

impl Trace for Counter {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.big.trace(visit);
    }
}

impl Counter {
    pub fn new(start: &Value) -> Counter {
        match start.as_int().and_then(IntView::to_i64) {
            Some(i) => Counter { small: Word::new(i), big: ObjCell::private(Value::NONE) },
            None => Counter { small: Word::new(0), big: ObjCell::private(start.clone()) },
        }
    }

    /// The count now, as an int.
    pub fn now(&self, h: &Held) -> Value {
        let big = self.big.read(h, Clone::clone);
        if big.is_none() { h.new_int(self.small.get()) } else { big }
    }

    /// The count, which goes up by one: no two threads get the same.
    #[inline]
    pub fn step(&self, h: &mut Held) -> R {
        let step = |big: &mut Value| {
            let now = self.small.get();
            let fits = now < i64::MAX - 1 && big.is_none();
            if fits {
                self.small.set(now + 1);
            }
            fits.then_some(now)
        };
        match self.big.arrange(h, step) {
            Some(now) => Ok(h.new_int(now)),
            None => self.step_of_big(h),
        }
    }

    #[cold]
    fn step_of_big(&self, h: &mut Held) -> R {
        loop {
            let (was, now) = (self.big.read(h, Clone::clone), self.now(h));
            let next = h.binary(BinOp::Add, &now, &h.new_int(1))?;
            let swap = |big: &mut Value| if big.is(&was) { Ok(std::mem::replace(big, next)) } else { Err(next) };
            match self.big.write(h, swap) {
                Ok(_) => return Ok(now),
                Err(late) => drop(late),
            }
        }
    }
}

/// `zip(*iterables, strict=False)`.
pub struct Zip {
    pub iterators: Ref<Tuple>,
    pub(crate) strict: Word<bool>,
    /// Whether a step runs no toy code.
    pub(crate) alone: bool,
}

crate::object!(Zip = super::header::Kind::ZIP, "zip", traced[iterators]);

/// `map(function, *iterables)`.
pub struct Map {
    pub function: Value,
    pub iterators: Ref<Tuple>,
}

crate::object!(Map, "map", traced [function, iterators]);

/// `filter(function, iterable)`; the function may be `None`.
pub struct Filter {
    pub function: Value,
    pub iterator: Value,
}

crate::object!(Filter, "filter", traced [function, iterator]);

/// `reversed(sequence)`, for sequences without `__reversed__`.
pub struct Reversed {
    /// Nothing when exhausted.
    pub(crate) sequence: ObjCell<Option<Value>>,
    pub(crate) at: Word<isize>,
    /// Whether a step runs no toy code.
    pub(crate) alone: bool,
}

crate::object!(Reversed, "reversed", traced[sequence]);
