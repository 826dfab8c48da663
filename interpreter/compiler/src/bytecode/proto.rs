//! The compiled unit: a module, function, class body or comprehension as plain data.
//!
//! In: what `compile` assembled. Out: what the machine makes a code object of. The one invariant: a `Proto` has passed
//! the verifier, so the eval loop may trust every operand in it.

use std::rc::Rc;
use std::sync::Arc;
use toy_syntax::source::{Source, Span};

/// A constant of the source or of the compiler's own making.
#[derive(Debug, Clone)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt {
        digits: Rc<str>,
        radix: u32,
    },
    Float(f64),
    Str(Rc<str>),
    /// A string with lone surrogates, as code points.
    Surrogates(Rc<[u32]>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Const>),
    FrozenSet(Vec<Const>),
    Code(Rc<Proto>),
}

/// CPython's `co_flags`.
pub mod flags {
    pub const OPTIMIZED: u32 = 0x01;
    pub const NEWLOCALS: u32 = 0x02;
    pub const VARARGS: u32 = 0x04;
    pub const VARKEYWORDS: u32 = 0x08;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    /// A generator that `types.coroutine` made awaitable.
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    /// `from __future__ import annotations`.
    pub const FUTURE_ANNOTATIONS: u32 = 0x100_0000;
    /// Ours: names are looked up in the namespace in R[0] (class bodies; `exec`, `eval` and `single` code).
    pub const NAMESPACE: u32 = 0x1000_0000;
    /// Ours: the first parameter is never rebound, deleted or shared with an inner function.
    pub const STABLE_SELF: u32 = 0x2000_0000;
    /// Ours: there are more parameters than registers. Their names stand first in `Proto::wide` and not in `varnames`;
    /// at the entry R[0] is a list of their values, in the order of the names.
    pub const WIDE_PARAMETERS: u32 = 0x4000_0000;
}

/// Where a range of code is guarded: an exception in `[start, end)` drops the temps from `depth` on, puts itself into
/// the register `depth` and goes on at `target`. Inner entries stand before outer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub target: u32,
    pub depth: u8,
}

/// How a line is passed, for `line` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// An event if it is another line than before.
    Once,
    /// An event in any case: a loop asks its iterator again.
    Again,
    /// No event; but going back from the test of a loop will be one.
    Looped,
}

/// A line that is passed on the way from one instruction to another and on which none stands: `pass`, `try:`, `break`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passing {
    /// One more than the index of the instruction before; 0 at the entry.
    pub from: u32,
    /// The index of the instruction after it.
    pub to: u32,
    pub line: u32,
    pub manner: Manner,
}

/// A compiled unit.
#[derive(Debug)]
pub struct Proto {
    pub name: Rc<str>,
    pub qualname: Rc<str>,
    /// Positional parameters, positional-only ones among them.
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub flags: u32,
    /// Names of the locals by register: positional parameters, keyword-only ones, `*args`, `**kwargs`, then the rest.
    /// With `flags::NAMESPACE` register 0 is the namespace and its name is the empty string.
    pub varnames: Vec<Rc<str>>,
    /// Names of the locals that have no register because there are too many. Their cells are, in this order, in the tuple
    /// in the local named `.cells`; LOAD_CELL and DELETE_CELL get them in temps.
    pub wide: Vec<Rc<str>>,
    /// The registers of locals that hold a cell.
    pub cells: Vec<u8>,
    /// Names of the free variables, in the order of the closure tuple.
    pub freevars: Vec<Rc<str>>,
    /// Locals and temps together; at most 256.
    pub nregs: u32,
    pub consts: Vec<Const>,
    /// For each site its name. A site is one use of a name by one instruction and will carry its inline cache.
    pub sites: Vec<Rc<str>>,
    pub code: Vec<u32>,
    /// The source span of each code word. An extra word has its instruction's; of CALL_GLOBAL and CALL_METHOD
    /// the first word has the span of the lookup (what is underlined if the name is not found), the extra word the call's.
    pub spans: Vec<Span>,
    pub handlers: Vec<Handler>,
    /// In the order of `from`, then of `to`, then as they are passed.
    pub passings: Vec<Passing>,
    /// The docstring, if the body begins with one.
    pub doc: Option<Const>,
    /// The line of `def`, `class` or of its first decorator; 1 for a module.
    pub firstlineno: u32,
    pub source: Arc<Source>,
}

impl Proto {
    /// How many registers are locals.
    pub fn nlocals(&self) -> usize {
        self.varnames.len()
    }
}
