//! One unit under construction: its registers, instructions, labels and tables.
//!
//! In: calls of the parts of the compiler that walk the tree. Out: what `assemble` makes a `Proto` of. The one invariant:
//! temps are a stack: `top` is the first free register, and what an expression leaves stands at the `top` it began with.
//!
//! Each label remembers which locals were bound at all the jumps to it, so that a local is known to be bound where every
//! path to the place has bound it. An operand that is such a local is used in place, or loaded by LOAD_FAST; any other goes through MOVE,
//! which is therefore the only instruction that meets an unbound local.

use super::consts::ConstTable;
use super::scope::Binding;
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Const, flags};
use rustc_hash::FxHashMap;
use std::rc::Rc;
use toy_syntax::ast::{Ident, Stmt};
use toy_syntax::source::Span;

pub type Reg = u8;

/// A window of registers has room for this many.
pub const REGISTERS: usize = 256;

/// An instruction before it is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Ins {
    pub op: Op,
    pub a: u8,
    pub b: u8,
    pub c: u8,
    /// The label, site, constant or number of the extra word.
    pub extra: u32,
    pub span: Span,
    /// The span of what the fused instruction looks up.
    pub lookup: Span,
    /// The innermost handler, as an index into `handlers`.
    pub handler: Option<u32>,
}

impl Ins {
    /// The label of a mark: a jump to the next instruction, which says in `a` how its line is passed (`compile/lines.rs`).
    pub const NEXT: u32 = u32::MAX;

    pub fn is_mark(&self) -> bool {
        self.op == Op::Jump && self.extra == Ins::NEXT
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(pub u32);

pub struct LabelInfo {
    /// The instruction it stands before.
    pub at: u32,
    /// What is bound at all jumps to it so far; `None` as long as there is none.
    bound: Option<Bound>,
}

#[derive(Debug, Clone, Copy)]
pub struct HandlerInfo {
    pub target: Label,
    pub depth: u8,
}

/// A set of registers: the locals that are bound on every path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bound([u64; 4]);

impl Bound {
    pub fn has(&self, r: Reg) -> bool {
        self.0[r as usize / 64] >> (r % 64) & 1 != 0
    }

    pub fn add(&mut self, r: Reg) {
        self.0[r as usize / 64] |= 1 << (r % 64)
    }

    pub fn remove(&mut self, r: Reg) {
        self.0[r as usize / 64] &= !(1 << (r % 64))
    }

    fn and(self, other: Bound) -> Bound {
        Bound(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    pub fn without(self, other: Bound) -> Bound {
        Bound(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }
}

/// What encloses a statement and must be left in order by `return`, `break` and `continue`.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    pub kind: BlockKind<'a>,
    /// The handler outside of it.
    pub handler: Option<u32>,
}

#[derive(Clone, Copy)]
pub enum BlockKind<'a> {
    Loop {
        exit: Label,
        next: Label,
        iter: Option<Reg>,
    },
    /// The body of `try` with `except` clauses: only counted.
    Try,
    /// The body and handlers of `try` with this `finally`.
    Finally(&'a [Stmt]),
    /// A handler, whose exception is in the register.
    Handler {
        exception: Reg,
        name: Option<&'a Ident>,
    },
    With {
        exit: Reg,
        span: Span,
        is_async: bool,
    },
    /// A `return` whose value waits in the register while `finally` bodies run.
    Value(Reg),
}

/// Where a variable lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    Local(Reg),
    Cell(Reg),
    Free(u16),
    /// Of a class body: the namespace first, then the free variable.
    ClassFree(u16),
    Global,
    Name,
    /// The cell with this index in the tuple of cells that `wide` holds.
    Wide(u32),
}

pub struct Unit<'a> {
    pub scope: usize,
    pub name: Ident,
    pub qualname: String,
    /// The class whose private names are mangled here.
    pub private: Option<Ident>,
    pub flags: u32,
    pub doc: Option<Const>,
    pub firstlineno: u32,

    /// The register of each symbol of the scope, given when it is first met, as CPython orders `co_varnames`.
    pub registers: Vec<Option<Reg>>,
    pub varnames: Vec<Rc<str>>,
    /// The locals with the last registers: cells that are no parameters.
    pub last_names: Vec<Rc<str>>,
    pub nlocals: usize,
    /// `argcount`, `posonlyargcount` and `kwonlyargcount`.
    pub counts: [usize; 3],
    pub cells: Vec<Reg>,
    pub frees: Vec<Ident>,
    /// The variables that have no register, and the local with the tuple of their cells.
    pub wide: FxHashMap<Ident, u32>,
    pub wide_names: Vec<Ident>,
    pub wide_cells: Reg,
    /// Locals that are deleted somewhere: what a loop or handler finds of them is not known.
    pub deletable: Bound,

    pub ins: Vec<Ins>,
    pub labels: Vec<LabelInfo>,
    /// How many instructions stood before the last label that was placed.
    pub last_label: usize,
    pub handlers: Vec<HandlerInfo>,
    pub consts: ConstTable,
    pub sites: Vec<Rc<str>>,

    pub top: usize,
    pub max_top: usize,
    /// The first temp that may be put aside when registers run out.
    pub floor: usize,
    /// The first temp of the statement.
    pub statement: usize,
    pub handler: Option<u32>,
    pub blocks: Vec<Block<'a>>,
    /// `None` where no path leads.
    pub bound: Option<Bound>,
}

impl<'a> Unit<'a> {
    pub fn new(scope: usize, name: Ident, qualname: String, firstlineno: u32) -> Unit<'a> {
        Unit {
            scope,
            name,
            qualname,
            private: None,
            flags: 0,
            doc: None,
            firstlineno,
            registers: Vec::new(),
            varnames: Vec::new(),
            last_names: Vec::new(),
            nlocals: 0,
            counts: [0; 3],
            cells: Vec::new(),
            frees: Vec::new(),
            wide: FxHashMap::default(),
            wide_names: Vec::new(),
            wide_cells: 0,
            deletable: Bound::default(),
            ins: Vec::new(),
            labels: Vec::new(),
            last_label: 0,
            handlers: Vec::new(),
            consts: ConstTable::default(),
            sites: Vec::new(),
            top: 0,
            max_top: 0,
            floor: 0,
            statement: 0,
            handler: None,
            blocks: Vec::new(),
            bound: Some(Bound::default()),
        }
    }

    /// Fixes the number of locals; what follows are temps.
    pub fn set_locals(&mut self, count: usize) {
        self.nlocals = count;
        (self.top, self.max_top, self.floor, self.statement) = (count, count, count, count)
    }

    pub fn is_temp(&self, r: Reg) -> bool {
        r as usize >= self.nlocals
    }

    pub fn reachable(&self) -> bool {
        self.bound.is_some()
    }

    pub fn site(&mut self, name: Rc<str>) -> u32 {
        self.sites.push(name);
        self.sites.len() as u32 - 1
    }

    /// The first free register, which is taken now. `top` beyond the window is an error that `finish` reports.
    pub fn alloc(&mut self) -> Reg {
        self.top += 1;
        self.max_top = self.max_top.max(self.top);
        (self.top - 1).min(REGISTERS - 1) as Reg
    }

    /// `alloc` for an instruction that writes `count` registers from the result on.
    pub fn alloc_window(&mut self, count: usize) -> Reg {
        self.max_top = self.max_top.max(self.top + count);
        self.top += count;
        (self.top - count).min(REGISTERS - 1) as Reg
    }

    /// The register at the top, which stays free.
    pub fn at_top(&mut self) -> Reg {
        let r = self.alloc();
        self.top -= 1;
        r
    }

    pub fn push(&mut self, ins: Ins) {
        if self.reachable() {
            self.ins.push(ins);
        }
    }

    pub fn emit(&mut self, op: Op, a: u8, b: u8, c: u8, span: Span) {
        self.emit_extra(op, a, b, c, 0, span)
    }

    pub fn emit_extra(&mut self, op: Op, a: u8, b: u8, c: u8, extra: u32, span: Span) {
        self.push(Ins { op, a, b, c, extra, span, lookup: span, handler: self.handler })
    }

    /// An instruction with the 16-bit operand `bx`.
    pub fn emit_wide(&mut self, op: Op, a: u8, bx: u16, span: Span) {
        self.emit(op, a, bx as u8, (bx >> 8) as u8, span)
    }

    /// An instruction that uses a name.
    pub fn emit_site(&mut self, op: Op, a: u8, b: u8, c: u8, name: Rc<str>, span: Span) {
        if self.reachable() {
            let site = self.site(name);
            self.emit_extra(op, a, b, c, site, span)
        }
    }

    /// An instruction after which nothing follows.
    pub fn emit_end(&mut self, op: Op, a: u8, b: u8, c: u8, span: Span) {
        self.emit(op, a, b, c, span);
        self.bound = None
    }

    pub fn label(&mut self) -> Label {
        self.labels.push(LabelInfo { at: u32::MAX, bound: None });
        Label(self.labels.len() as u32 - 1)
    }

    /// Puts a label here that was jumped to from above.
    pub fn place(&mut self, label: Label) {
        self.last_label = self.ins.len();
        let info = &mut self.labels[label.0 as usize];
        info.at = self.ins.len() as u32;
        self.bound = match (self.bound, info.bound) {
            (Some(here), Some(there)) => Some(here.and(there)),
            (here, there) => here.or(there),
        }
    }

    /// Puts a label here that is jumped to from below; what is bound at such a jump is at least what is bound here.
    pub fn place_loop(&mut self) -> Label {
        let label = self.label();
        self.bound = self.bound.map(|bound| bound.without(self.deletable));
        self.last_label = self.ins.len();
        self.labels[label.0 as usize].at = self.ins.len() as u32;
        label
    }

    /// After a JUMP to the test at the bottom of a loop: what is bound in the body is what was bound at the jump.
    pub fn enter_body(&mut self, test: Label) {
        self.bound = self.labels[test.0 as usize].bound
    }

    /// Notes that the path here leads to a label.
    pub fn note_jump(&mut self, label: Label) {
        let Some(here) = self.bound else { return };
        let info = &mut self.labels[label.0 as usize];
        info.bound = Some(info.bound.map_or(here, |there| there.and(here)))
    }

    pub fn jump(&mut self, label: Label, span: Span) {
        self.note_jump(label);
        self.emit_extra(Op::Jump, 0, 0, 0, label.0, span);
        self.bound = None
    }

    /// A conditional jump; `when` is the truth that jumps.
    pub fn jump_if(&mut self, op: Op, when: bool, b: u8, c: u8, label: Label, span: Span) {
        self.note_jump(label);
        self.emit_extra(op, when as u8, b, c, label.0, span)
    }

    /// Guards what follows: exceptions go to the returned handler.
    pub fn guard(&mut self, depth: usize) -> u32 {
        let target = self.label();
        self.max_top = self.max_top.max(depth + 1);
        self.handlers.push(HandlerInfo { target, depth: depth.min(REGISTERS - 1) as u8 });
        let id = self.handlers.len() as u32 - 1;
        self.handler = Some(id);
        id
    }

    /// Begins the code of a handler, given what was bound where its guard began.
    pub fn place_handler(&mut self, handler: u32, bound: Option<Bound>) {
        let HandlerInfo { target, depth } = self.handlers[handler as usize];
        self.last_label = self.ins.len();
        self.labels[target.0 as usize].at = self.ins.len() as u32;
        self.bound = bound.map(|bound| bound.without(self.deletable));
        self.top = depth as usize
    }

    /// How many parameters there are, `*args` and `**kwargs` among them.
    pub fn parameter_count(&self) -> usize {
        let rest = |flag| (self.flags & flag != 0) as usize;
        self.counts[0] + self.counts[2] + rest(flags::VARARGS) + rest(flags::VARKEYWORDS)
    }

    /// Gives a variable a place in the tuple of cells instead of a register.
    pub fn widen(&mut self, name: &Ident) {
        self.wide.insert(name.clone(), self.wide_names.len() as u32);
        self.wide_names.push(name.clone())
    }

    /// The register of a symbol, which gets its own when it is met for the first time.
    pub fn register(&mut self, symbol: usize, name: &Rc<str>, deletable: bool) -> Reg {
        if let Some(r) = self.registers[symbol] {
            return r;
        }
        let r = self.varnames.len().min(REGISTERS - 1) as Reg;
        self.varnames.push(name.clone());
        self.registers[symbol] = Some(r);
        if deletable {
            self.deletable.add(r)
        }
        r
    }
}

/// Whether a binding takes a register in a function.
pub fn is_local(binding: Binding) -> bool {
    matches!(binding, Binding::Local | Binding::Cell)
}
