//! Short ways: what native kinds register, so that what their methods do is done without looking for the methods.
//!
//! In: functions by kind. Out: the function for a value. The one invariant: instances of derived classes, whose methods may be others, have none.

use crate::objects::header::{Kind, flag};
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::sync::{Held, Word};
use crate::vm::{BinOp, CmpOp};

/// What a native kind of number does with an operator; nothing if its methods are to be asked.
pub type NumberFn = fn(&mut Held, BinOp, &Value, &Value) -> Option<R>;
/// How two values compare, the first of which is of the kind; nothing if the methods are to be asked.
pub type CompareFn = fn(&mut Held, CmpOp, &Value, &Value) -> Option<R>;
/// The hash of a value of the kind; nothing if its method is to be asked.
pub type HashFn = fn(&mut Held, &Value) -> Option<R<i64>>;
/// The length of a value of the kind, which has no `__bool__`.
pub type LenFn = fn(&mut Held, &Value) -> usize;
/// An iterator over a value of the kind.
pub type IterFn = fn(&mut Held, &Value) -> R;

/// A function for each kind that has one.
pub(super) struct Ways<F>([Word<Option<F>>; Kind::MOST]);

// SAFETY: with the GIL, filled and read under it; without, a `Word` is atomic.
unsafe impl<F> Sync for Ways<F> {}

impl<F: Copy> Ways<F> {
    const fn new() -> Ways<F> {
        Ways([const { Word::new(None) }; Kind::MOST])
    }

    /// The function for a value, if it is of no derived class.
    #[inline]
    pub(super) fn of(&self, value: &Value) -> Option<F> {
        let header = value.header().filter(|header| !header.has(flag::SUBCLASS))?;
        self.0[header.kind().0 as usize].get()
    }
}

pub(super) static NUMBER: Ways<NumberFn> = Ways::new();
pub(super) static COMPARE: Ways<CompareFn> = Ways::new();
pub(super) static HASH: Ways<HashFn> = Ways::new();
pub(super) static LEN: Ways<LenFn> = Ways::new();
pub(super) static ITER: Ways<IterFn> = Ways::new();

/// Tells what operators do with instances of exactly one native class, which has no in-place methods.
pub fn register_number(kind: Kind, operate: NumberFn) {
    NUMBER.0[kind.0 as usize].set(Some(operate));
}

/// Tells how instances of exactly one native class compare.
pub fn register_compare(kind: Kind, compare: CompareFn) {
    COMPARE.0[kind.0 as usize].set(Some(compare));
}

/// Tells the hash of instances of exactly one native class.
pub fn register_hash(kind: Kind, hash: HashFn) {
    HASH.0[kind.0 as usize].set(Some(hash));
}

/// Tells the length of, and an iterator over, instances of exactly one native class.
pub fn register_sequence(kind: Kind, len: LenFn, iter: IterFn) {
    LEN.0[kind.0 as usize].set(Some(len));
    ITER.0[kind.0 as usize].set(Some(iter));
}
