//! The assembler: instructions with labels -> a `Proto`.
//!
//! In: a finished unit. Out: the code with its jumps threaded, what is unreachable removed, everything laid out in words. The one
//! invariant: it moves no instruction past another; it only leaves some out.
//!
//! Names: `kept[i]` says whether instruction `i` stays, `offset[i]` is its first word; the others stand at `Flow`.

use super::lines;
use super::scope::Scope;
use super::unit::{Ins, Unit, is_local};
use crate::bytecode::op::{Extra, Op, Role, abc};
use crate::bytecode::proto::{Handler, Proto};
use std::sync::Arc;
use toy_syntax::source::Source;

/// A threaded jump follows this many others at most.
const MAX_HOPS: usize = 32;

const NONE: usize = usize::MAX;

/// Where each instruction leads.
pub struct Flow {
    /// The instruction that it jumps to in the end.
    pub targets: Vec<usize>,
    /// Where a jump leads by itself, before others were looked at.
    pub leads: Vec<usize>,
    /// Where the way begins when it jumps, and when it does not.
    pub taken: Vec<usize>,
    pub falls: Vec<usize>,
    /// The first one that stays, from each on.
    pub next: Vec<usize>,
}

pub fn assemble(mut unit: Unit, scopes: &[Scope], source: Arc<Source>) -> Proto {
    let mut flow = thread(&mut unit);
    invert(&mut unit, &mut flow);
    let mut stay = Vec::new();
    loop {
        flow.next = sweep(&unit, &flow.targets, &stay);
        let more = lines::undecided(&unit, &flow);
        let known = stay.len();
        stay.extend(more.into_iter().filter(|mark| !stay.contains(mark)).collect::<Vec<_>>());
        if stay.len() == known {
            break;
        }
    }
    let (targets, next) = (&flow.targets, &flow.next);
    let layout = Layout::new(&unit, targets, next);
    let mut proto = Proto {
        name: unit.name.clone(),
        qualname: unit.qualname.as_str().into(),
        argcount: unit.counts[0] as u32,
        posonlyargcount: unit.counts[1] as u32,
        kwonlyargcount: unit.counts[2] as u32,
        flags: unit.flags,
        varnames: Vec::new(),
        wide: std::mem::take(&mut unit.wide_names),
        cells: std::mem::take(&mut unit.cells),
        freevars: std::mem::take(&mut unit.frees),
        nregs: unit.max_top.max(unit.nlocals) as u32,
        consts: std::mem::take(&mut unit.consts).into_values(),
        sites: std::mem::take(&mut unit.sites),
        code: Vec::with_capacity(layout.words),
        spans: Vec::with_capacity(layout.words),
        handlers: Vec::new(),
        passings: lines::passings(&unit, &flow, &layout.offset, &source),
        doc: unit.doc.take(),
        firstlineno: unit.firstlineno,
        source,
    };
    stay.iter().for_each(|&mark| unit.ins[mark].a = 0);
    layout.write(&unit, targets, next, &mut proto);
    proto.varnames = varnames(unit, scopes);
    proto
}

/// The locals in the order of their registers; those that no instruction mentions come before the cells.
fn varnames(unit: Unit, scopes: &[Scope]) -> Vec<std::rc::Rc<str>> {
    let mut names = unit.varnames;
    let scope = &scopes[unit.scope];
    if scope.is_function() {
        let unmet = scope
            .symbols
            .iter()
            .zip(&unit.registers)
            .filter(|(s, r)| r.is_none() && is_local(s.binding) && !unit.wide.contains_key(&s.name));
        names.extend(unmet.map(|(s, _)| s.name.clone()));
    }
    names.extend(unit.last_names);
    names
}

fn is_jump(op: Op) -> bool {
    op.info().extra == Extra::Target
}

/// Jumps that have their truth in operand `a` and may go back.
fn is_conditional(op: Op) -> bool {
    is_jump(op) && op.info().roles[0] == Role::Num && !matches!(op, Op::JumpBack | Op::JumpIfOrPop)
}

pub fn ends(op: Op) -> bool {
    matches!(op, Op::Jump | Op::Return | Op::ReturnNone | Op::Raise | Op::Reraise)
}

/// The first instruction from `i` on that is no mark.
fn landing(unit: &Unit, i: usize) -> usize {
    i + unit.ins.get(i..).map_or(0, |rest| rest.iter().take_while(|ins| ins.is_mark()).count())
}

/// Finds where each jump really leads: a jump to a jump goes to the end of it, a jump to a bare return is that return.
fn thread(unit: &mut Unit) -> Flow {
    let ops: Vec<Op> = unit.ins.iter().map(|ins| ins.op).collect();
    let lead = |(i, ins): (usize, &Ins)| match ins {
        ins if ins.is_mark() => i + 1,
        ins if is_jump(ins.op) => unit.labels[ins.extra as usize].at as usize,
        _ => NONE,
    };
    let leads: Vec<usize> = unit.ins.iter().enumerate().map(lead).collect();
    let land = |(ins, &i): (&Ins, &usize)| if i == NONE || ins.is_mark() { i } else { landing(unit, i) };
    let direct: Vec<usize> = unit.ins.iter().zip(&leads).map(land).collect();
    let mut targets = direct.clone();
    for (i, ins) in unit.ins.iter_mut().enumerate() {
        if !is_jump(ins.op) || ins.op == Op::ForIter || ins.is_mark() {
            continue;
        }
        let may_go_back = ins.op == Op::Jump || is_conditional(ins.op);
        for _ in 0..MAX_HOPS {
            let onward = ops.get(targets[i]) == Some(&Op::Jump);
            if !onward || !(may_go_back || direct[targets[i]] > i) {
                break;
            }
            targets[i] = direct[targets[i]]
        }
    }
    become_returns(unit, &mut targets, &ops);
    let falls = (1..=unit.ins.len()).collect();
    Flow { targets, taken: leads.clone(), leads, falls, next: Vec::new() }
}

/// A jump to a bare return is that return.
fn become_returns(unit: &mut Unit, targets: &mut [usize], ops: &[Op]) {
    for i in 0..ops.len() {
        if ops[i] == Op::Jump && !unit.ins[i].is_mark() && ops.get(targets[i]) == Some(&Op::ReturnNone) {
            let (span, lookup) = (unit.ins[targets[i]].span, unit.ins[targets[i]].lookup);
            unit.ins[i] = Ins { op: Op::ReturnNone, span, lookup, ..unit.ins[i] };
            targets[i] = NONE
        }
    }
}

/// A conditional jump over a jump becomes one jump with the opposite truth.
fn invert(unit: &mut Unit, flow: &mut Flow) {
    let ops: Vec<Op> = unit.ins.iter().map(|ins| ins.op).collect();
    let mut aimed = vec![false; unit.ins.len() + 1];
    let aims = flow.targets.iter().zip(&unit.ins).filter(|(target, ins)| **target != NONE && !ins.is_mark());
    aims.for_each(|(&target, _)| aimed[target] = true);
    unit.handlers.iter().for_each(|h| {
        if let Some(aimed) = aimed.get_mut(landing(unit, unit.labels[h.target.0 as usize].at as usize)) {
            *aimed = true
        }
    });
    for i in 0..unit.ins.len().saturating_sub(1) {
        let over = landing(unit, i + 1);
        let past = landing(unit, over + 1);
        if !is_conditional(ops[i]) || ops.get(over) != Some(&Op::Jump) || flow.targets[i] != past || aimed[over] {
            continue;
        }
        unit.ins[i].a ^= 1;
        // the jump that was jumped over leads to the next instruction now, which removes it
        flow.falls[i] = std::mem::replace(&mut flow.taken[i], i + 1);
        flow.targets[i] = std::mem::replace(&mut flow.targets[over], flow.falls[i])
    }
}

/// Decides which instructions stay, of the marks only those in `stay`; gives `next`, where `next[i] == i` says that `i` does.
fn sweep(unit: &Unit, targets: &[usize], stay: &[usize]) -> Vec<usize> {
    let count = unit.ins.len();
    let mut kept = vec![false; count];
    let mut work = vec![0];
    while let Some(mut i) = work.pop() {
        while i < count && !std::mem::replace(&mut kept[i], true) {
            let ins = &unit.ins[i];
            if targets[i] != NONE {
                work.push(targets[i])
            }
            if let Some(h) = ins.handler {
                work.push(unit.labels[unit.handlers[h as usize].target.0 as usize].at as usize)
            }
            if ends(ins.op) {
                break;
            }
            i += 1
        }
    }
    let mut next = vec![count; count + 1];
    for i in (0..count).rev() {
        let ahead = unit.ins[i].op == Op::Jump && targets[i] != NONE && targets[i] > i;
        let useless = ahead && next[targets[i]] == next[i + 1] && !stay.contains(&i);
        next[i] = if kept[i] && !useless { i } else { next[i + 1] }
    }
    next
}

struct Layout {
    offset: Vec<usize>,
    words: usize,
    /// The ticks before each instruction.
    ticks: Vec<u32>,
    /// Of these, how many the switch points before it have closed.
    closed: Vec<u32>,
}

impl Layout {
    fn new(unit: &Unit, targets: &[usize], next: &[usize]) -> Layout {
        let mut offset = Vec::with_capacity(next.len());
        let (mut ticks, mut closed) = (Vec::with_capacity(next.len()), Vec::with_capacity(next.len()));
        let (mut words, mut sum, mut last) = (0, 0u32, 0u32);
        for (i, ins) in unit.ins.iter().enumerate() {
            offset.push(words);
            ticks.push(sum);
            closed.push(last);
            if next[i] == i {
                words += ins.op.words();
                let back = ins.op == Op::Jump && next[targets[i]] <= i;
                sum = sum.saturating_add(if back { Op::JumpBack } else { ins.op }.info().ticks.into());
                if back || ins.op == Op::ForIter || ins.op.is_call() {
                    last = sum;
                }
            }
        }
        offset.push(words);
        ticks.push(sum);
        Layout { offset, words, ticks, closed }
    }

    fn write(&self, unit: &Unit, targets: &[usize], next: &[usize], proto: &mut Proto) {
        for (i, ins) in unit.ins.iter().enumerate() {
            if next[i] != i {
                continue;
            }
            let target = if targets[i] == NONE { NONE } else { next[targets[i]] };
            let (word, extra) = self.encode(i, ins, target);
            self.guard(i, ins, unit, next, proto);
            proto.code.push(word);
            proto.spans.push(ins.lookup);
            if ins.op.info().extra != Extra::Nil {
                proto.code.push(extra);
                proto.spans.push(ins.span)
            }
        }
    }

    /// The word of an instruction and its extra word.
    fn encode(&self, i: usize, ins: &Ins, target: usize) -> (u32, u32) {
        if target == NONE {
            return (abc(ins.op, ins.a, ins.b, self.third(i, ins)), ins.extra);
        }
        let is_back = target <= i;
        let since = if is_back { self.ticks[target] } else { 0 };
        let closed = self.ticks[i + 1] - since.max(self.closed[i]);
        let word = match ins.op {
            Op::Jump if is_back => abc(Op::JumpBack, closed.min(255) as u8, 0, 0),
            Op::ForIter => abc(ins.op, ins.a, ins.b, closed.min(255) as u8),
            op if is_back && is_conditional(op) => abc(op, ins.a | (closed.min(127) as u8) << 1, ins.b, ins.c),
            op => abc(op, ins.a, ins.b, ins.c),
        };
        (word, self.offset[target] as u32)
    }

    /// The third operand: a call has its ticks there.
    fn third(&self, i: usize, ins: &Ins) -> u8 {
        let closed = self.ticks[i + 1] - self.closed[i];
        match ins.op {
            Op::CallKw => ins.c | (closed.min(127) as u8) << 1,
            op if op.is_call() => closed.min(255) as u8,
            _ => ins.c,
        }
    }

    /// Adds the instruction to the range of its handler.
    fn guard(&self, i: usize, ins: &Ins, unit: &Unit, next: &[usize], proto: &mut Proto) {
        let Some(handler) = ins.handler else { return };
        let info = unit.handlers[handler as usize];
        let target = self.offset[next[unit.labels[info.target.0 as usize].at as usize]] as u32;
        let (start, end) = (self.offset[i] as u32, (self.offset[i] + ins.op.words()) as u32);
        match proto.handlers.last_mut() {
            Some(last) if last.end == start && last.target == target && last.depth == info.depth => last.end = end,
            _ => proto.handlers.push(Handler { start, end, target, depth: info.depth }),
        }
    }
}
