//! Lines on which no instruction stands: `pass`, `try:`, `break`, an operand that is used in place.
//!
//! In: NOPs that the other parts of the compiler leave where CPython has an instruction and we have none. Out: which lines are passed
//! on the way from one instruction to the next (`Proto::passings`), and none of the NOPs, so that nobody pays for what only
//! `sys.settrace` asks. The one invariant: from one instruction to another the same lines are passed, whatever the way; where a branch
//! that leads nowhere else would differ in its lines alone, its NOP stays.

use super::Compiler;
use super::assemble::{Flow, ends};
use super::unit::{Ins, Unit};
use crate::bytecode::op::Op;
use crate::bytecode::proto::{Manner, Passing};
use toy_syntax::source::{Source, Span};

/// A way from one instruction to another passes so many jumps at most.
const MAX_STEPS: usize = 256;

impl Compiler<'_> {
    /// The line of the span is passed here.
    pub fn pass(&mut self, span: Span) {
        if !self.stands_on(span) {
            self.pass_as(Manner::Once, span)
        }
    }

    pub fn pass_as(&mut self, manner: Manner, span: Span) {
        self.u.emit(Op::Nop, manner as u8, 0, 0, span)
    }

    /// Whether the instruction just before is on the line where the span begins, and nobody jumps in between.
    fn stands_on(&self, span: Span) -> bool {
        let Some(last) = self.u.ins.last() else { return false };
        if self.u.last_label == self.u.ins.len() || is_silent(last) {
            return false;
        }
        let (start, end) = (last.lookup.start.min(span.start), last.lookup.start.max(span.start));
        let between = self.source.text.as_bytes().get(start as usize..end as usize);
        between.is_some_and(|text| !text.contains(&b'\n'))
    }
}

/// The compiler's own additions, which begin no line.
fn is_silent(ins: &Ins) -> bool {
    ins.op.is_silent() || ins.span == Span::default()
}

/// The NOPs that must stay: those that tell falling through from a jump to the same instruction.
pub fn undecided(unit: &Unit, flow: &Flow) -> Vec<usize> {
    let mut stay = Vec::new();
    for (i, ins) in unit.ins.iter().enumerate() {
        if flow.next[i] != i || flow.targets[i] == usize::MAX || ends(ins.op) {
            continue;
        }
        if flow.next[flow.targets[i]] != flow.next[i + 1] {
            continue;
        }
        let goal = flow.next[i + 1];
        let (mut a, mut b) = (way(unit, flow, flow.taken[i], goal), way(unit, flow, flow.falls[i], goal));
        while a.last().is_some() && a.last() == b.last() {
            a.pop();
            b.pop();
        }
        stay.extend(b.into_iter().filter(|&nop| flow.next[nop] != nop))
    }
    stay
}

/// The lines that are passed between the instructions that stay; `offset` says where these stand.
pub fn passings(unit: &Unit, flow: &Flow, offset: &[usize], source: &Source) -> Vec<Passing> {
    let mut all = Vec::new();
    let mut add = |from: u32, before: Option<&Ins>, start: usize, to: usize| {
        let mut nops = way(unit, flow, start, to);
        if unit.ins.get(to).is_some_and(|ins| ins.op == Op::ReturnNone) && flow.leads[to] != usize::MAX {
            // It was a jump to a return, and lines were passed on the way.
            nops.extend(way(unit, flow, flow.leads[to], usize::MAX))
        }
        if nops.is_empty() {
            return;
        }
        let line = |ins: &Ins| if is_silent(ins) { 0 } else { source.line(ins.lookup.start) };
        let after = unit.ins.get(to).map_or(0, line);
        let mut last = before.map_or(0, line);
        let lines = nops.iter().map(|&i| (line(&unit.ins[i]), manner(unit.ins[i].a)));
        let mut lines: Vec<_> = lines.collect();
        while lines.last().is_some_and(|&(line, manner)| line == after && manner == Manner::Once) {
            lines.pop();
        }
        for (line, manner) in lines {
            if line != last || manner != Manner::Once {
                all.push(Passing { from, to: offset[to] as u32, line, manner })
            }
            last = line
        }
    };
    add(0, None, 0, flow.next[0]);
    for (i, ins) in unit.ins.iter().enumerate().filter(|(i, _)| flow.next[*i] == *i) {
        let from = offset[i] as u32 + 1;
        if !ends(ins.op) {
            add(from, Some(ins), flow.falls[i], flow.next[i + 1])
        }
        let differs = flow.targets[i] != usize::MAX && (ends(ins.op) || flow.next[flow.targets[i]] != flow.next[i + 1]);
        if differs {
            add(from, Some(ins), flow.taken[i], flow.next[flow.targets[i]])
        }
    }
    all.sort_by_key(|passing| (passing.from, passing.to));
    all
}

fn manner(number: u8) -> Manner {
    match number {
        1 => Manner::Again,
        2 => Manner::Looped,
        _ => Manner::Once,
    }
}

/// The NOPs that are met from `at` on before the instruction `goal`.
fn way(unit: &Unit, flow: &Flow, mut at: usize, goal: usize) -> Vec<usize> {
    let mut nops = Vec::new();
    for _ in 0..MAX_STEPS {
        if at == goal {
            break;
        }
        match unit.ins.get(at).map(|ins| ins.op) {
            Some(Op::Nop) => nops.push(at),
            Some(Op::Jump) => {
                at = flow.leads[at];
                continue;
            }
            _ => break,
        }
        at += 1
    }
    nops
}
