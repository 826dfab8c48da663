//! `code`: a compiled unit ready to run, with its constants as values and its inline caches.
//!
//! In: a verified `Proto`. Out: what frames execute. The one invariant: everything but the caches is fixed from the
//! moment it is made; the caches own nothing (DESIGN section 4).

use super::header::{Ref, allocate};
use super::value::Value;
use crate::sync::{Held, Seq, Word};
use std::rc::Rc;
use std::sync::Arc;
use toy_compiler::bytecode::op::Op;
use toy_compiler::bytecode::proto::{Const, Handler, Passing, Proto, flags};
use toy_syntax::source::{Place, Source, Span};

/// The data of a code object.
pub struct Code {
    pub code: Box<[u32]>,
    pub consts: Box<[Value]>,
    pub sites: Box<[Site]>,
    pub handlers: Box<[Handler]>,
    pub passings: Box<[Passing]>,
    pub nlocals: u32,
    pub nregs: u32,
    pub argcount: u32,
    pub posonlyargcount: u32,
    pub kwonlyargcount: u32,
    pub flags: u32,
    pub name: Value,
    pub qualname: Value,
    pub varnames: Box<[Value]>,
    pub freevars: Box<[Value]>,
    pub cells: Box<[u8]>,
    /// Names of locals that have no register (see `Proto::wide`).
    pub wide: Box<[Value]>,
    pub doc: Value,
    pub firstlineno: u32,
    pub spans: Box<[Span]>,
    pub source: Arc<Source>,
    /// Replaced names (`code.replace`) and the like stay with the unit they came from.
    pub filename: Value,
}

crate::object!(Code = super::header::Kind::CODE, "code", traced [consts, name, qualname, varnames, freevars, wide, doc, filename]);

/// One use of a name by one instruction, and what was found there last.
pub struct Site {
    pub name: Value,
    pub cache: InlineCache,
}

/// Where a site remembers a `Cache`. Whoever reads single fields asks `begin` before and `still` after, and believes nothing if
/// another thread wrote meanwhile.
pub struct InlineCache {
    seq: Seq,
    tag: Word<u32>,
    id: Word<u64>,
    at: Word<u64>,
    extra: Word<u64>,
}

impl Default for InlineCache {
    fn default() -> InlineCache {
        let Cache { id, at, extra, tag } = Cache::default();
        InlineCache {
            seq: Seq::new(),
            tag: Word::new(tag),
            id: Word::new(id),
            at: Word::new(at),
            extra: Word::new(extra),
        }
    }
}

impl InlineCache {
    #[inline(always)]
    pub fn begin(&self) -> u32 {
        self.seq.begin()
    }

    #[inline(always)]
    pub fn still(&self, begun: u32) -> bool {
        self.seq.still(begun)
    }

    #[inline(always)]
    pub fn id(&self) -> u64 {
        self.id.get()
    }

    #[inline(always)]
    pub fn at(&self) -> u64 {
        self.at.get()
    }

    #[inline(always)]
    pub fn extra(&self) -> u64 {
        self.extra.get()
    }

    #[inline(always)]
    pub fn tag(&self) -> u32 {
        self.tag.get()
    }

    /// All of it; an empty cache if another thread is writing.
    #[inline(always)]
    pub fn get(&self) -> Cache {
        let begun = self.begin();
        let cache = Cache { id: self.id(), at: self.at(), extra: self.extra(), tag: self.tag() };
        if self.still(begun) { cache } else { Cache::default() }
    }

    /// Remembers, unless another thread is writing.
    pub fn set(&self, cache: Cache) {
        self.seq.change(|| {
            self.id.set(cache.id);
            self.at.set(cache.at);
            self.extra.set(cache.extra);
            self.tag.set(cache.tag);
        });
    }
}

/// An inline cache: valid while `id` is the one that the object at hand has. It owns nothing.
#[derive(Debug, Clone, Copy)]
pub struct Cache {
    /// A shape's id, a class's version or a dict's layout; `u64::MAX`, which none of them is, in an empty cache.
    pub id: u64,
    /// As the use demands: a slot's offset, a place in a dict, an address.
    pub at: u64,
    /// A second id or address.
    pub extra: u64,
    /// What kind of thing was found; each family of instructions has its own numbers.
    pub tag: u32,
}

impl Default for Cache {
    fn default() -> Cache {
        Cache { id: u64::MAX, at: 0, extra: u64::MAX, tag: 0 }
    }
}

impl Code {
    pub fn is_generator_like(&self) -> bool {
        self.flags & (flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR) != 0
    }

    /// Positional and keyword-only parameters, `*args` and `**kwargs`.
    pub fn parameters(&self) -> usize {
        let varargs = (self.flags & flags::VARARGS != 0) as usize;
        let varkw = (self.flags & flags::VARKEYWORDS != 0) as usize;
        (self.argcount + self.kwonlyargcount) as usize + varargs + varkw
    }

    /// The names of the parameters, in order; more than registers hold stand apart.
    pub fn parameter_names(&self) -> &[Value] {
        if self.flags & flags::WIDE_PARAMETERS != 0 { &self.wide } else { &self.varnames }
    }

    /// The names of attributes that the code sets on its first local: in `__init__`, those of a new instance.
    pub(crate) fn attributes_of_self(&self) -> impl Iterator<Item = &Value> {
        let mut at = 0;
        std::iter::from_fn(move || {
            while let Some(op) = self.code.get(at).and_then(|word| Op::decode(*word)) {
                let (word, site) = (self.code[at], self.code.get(at + 1).copied());
                at += op.words();
                if op == Op::SetAttr && word >> 8 & 0xff == 0 {
                    return self.sites.get(site? as usize).map(|site| &site.name);
                }
            }
            None
        })
    }

    /// The line (from 1) of the instruction at a code index.
    pub fn line(&self, at: usize) -> u32 {
        // What the compiler put in has no place: it belongs to what stands before it.
        let before = self.spans.get(..=at).unwrap_or_default();
        let span = before.iter().rev().find(|span| **span != Span::default());
        span.map_or(self.firstlineno, |span| self.source.line(span.start))
    }

    /// Whether the instruction at a code index begins no line.
    pub fn is_silent(&self, at: usize) -> bool {
        let op = self.code.get(at).and_then(|word| Op::decode(*word));
        self.spans.get(at).is_none_or(|span| *span == Span::default()) || op.is_none_or(Op::is_silent)
    }

    /// The lines without instructions that are passed on the way from one instruction to another; `from` is one more than
    /// the index of the first, 0 at the entry.
    pub fn passings(&self, from: usize, to: usize) -> &[Passing] {
        let way = (from as u32, to as u32);
        let start = self.passings.partition_point(|passing| (passing.from, passing.to) < way);
        let all = self.passings.get(start..).unwrap_or_default();
        &all[..all.partition_point(|passing| (passing.from, passing.to) == way)]
    }

    /// Start and end place of the instruction at a code index.
    pub fn places(&self, at: usize) -> (Place, Place) {
        let span = self.spans.get(at).copied().unwrap_or_default();
        (self.source.place(span.start), self.source.place(span.end))
    }
}

impl Held {
    /// Makes a code object, and those of the functions inside, of a compiled unit.
    pub fn new_code(&mut self, proto: &Proto) -> Ref<Code> {
        let filename = self.new_str(&proto.source.filename);
        self.code_of(proto, &filename)
    }

    fn code_of(&mut self, proto: &Proto, filename: &Value) -> Ref<Code> {
        let consts = proto.consts.iter().map(|constant| self.constant(constant, filename)).collect();
        let sites =
            proto.sites.iter().map(|name| Site { name: self.intern(name), cache: Default::default() }).collect();
        let doc = match &proto.doc {
            Some(doc) => self.constant(doc, filename),
            None => Value::NONE,
        };
        let code = Code {
            code: proto.code.clone().into(),
            consts,
            sites,
            handlers: proto.handlers.clone().into(),
            passings: proto.passings.clone().into(),
            nlocals: proto.nlocals() as u32,
            nregs: proto.nregs,
            argcount: proto.argcount,
            posonlyargcount: proto.posonlyargcount,
            kwonlyargcount: proto.kwonlyargcount,
            flags: proto.flags,
            name: self.intern(&proto.name),
            qualname: self.intern(&proto.qualname),
            varnames: self.names(&proto.varnames),
            freevars: self.names(&proto.freevars),
            cells: proto.cells.clone().into(),
            wide: self.names(&proto.wide),
            doc,
            firstlineno: proto.firstlineno,
            spans: proto.spans.clone().into(),
            source: proto.source.clone(),
            filename: filename.clone(),
        };
        allocate(&super::core().code, code, 0)
    }

    fn names(&mut self, names: &[Rc<str>]) -> Box<[Value]> {
        names.iter().map(|name| self.intern(name)).collect()
    }

    /// A constant that holds no code, as a value.
    pub fn constant_of(&mut self, constant: &Const) -> Value {
        self.constant(constant, &Value::NONE)
    }

    /// A constant as a value.
    fn constant(&mut self, constant: &Const, filename: &Value) -> Value {
        match constant {
            Const::None => Value::NONE,
            Const::True => Value::TRUE,
            Const::False => Value::FALSE,
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Int(i) => self.new_int(*i),
            Const::BigInt { digits, radix } => self.int_from_digits(digits, *radix),
            Const::Float(x) => self.new_float(*x),
            Const::Str(text) if looks_like_name(text) => self.intern(text),
            Const::Str(text) => self.new_str(text),
            Const::Surrogates(points) => {
                let mut buf = toy_text::CharsBuf::new();
                points.iter().for_each(|&point| buf.push(point));
                self.str_from_owned(&buf.finish())
            }
            Const::Bytes(bytes) => self.new_bytes(bytes),
            Const::Tuple(items) => {
                let items = items.iter().map(|item| self.constant(item, filename)).collect();
                self.new_tuple(items)
            }
            Const::FrozenSet(items) => {
                let items: Vec<Value> = items.iter().map(|item| self.constant(item, filename)).collect();
                self.frozenset_of_constants(items)
            }
            Const::Code(proto) => self.code_of(proto, filename).into_value(),
        }
    }
}

/// CPython interns constants that could be names, which `is` can see.
fn looks_like_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
