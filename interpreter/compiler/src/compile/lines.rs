//! Lines on which no instruction stands: `pass`, `try:`, `break`, an operand that is used in place.
//!
//! In: marks that the other parts of the compiler leave where CPython has an instruction and we have none. A mark is a jump to the next
//! instruction. Out: which lines are passed on the way from one instruction to the next (`Proto::passings`), and none of the marks, so
//! that nobody pays for what only `sys.settrace` asks. The one invariant: from one instruction to another the same lines are
//! passed, whatever the way; where two ways would differ in their lines alone, a mark stays.

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
        self.u.emit_extra(Op::Jump, manner as u8, 0, 0, Ins::NEXT, span)
    }

    /// Whether the instruction just before is on the line where the span begins, and nobody jumps in between.
    pub fn stands_on(&self, span: Span) -> bool {
        let Some(last) = self.u.ins.last() else { return false };
        if self.u.last_label == self.u.ins.len() || (is_silent(last) && !last.is_mark()) {
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

/// The marks that must stay: those that tell falling through from a jump to the same instruction.
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
        stay.extend(b.into_iter().filter(|&mark| flow.next[mark] != mark))
    }
    stay
}

/// The lines that are passed between the instructions that stay; `offset` says where these stand.
pub fn passings(unit: &Unit, flow: &Flow, offset: &[usize], source: &Source) -> Vec<Passing> {
    let mut all = Vec::new();
    let line_of = |ins: &Ins| source.line(ins.lookup.start);
    let mut add = |from: u32, before: Option<&Ins>, start: usize, to: usize| {
        let mut marks = way(unit, flow, start, to);
        if unit.ins.get(to).is_some_and(|ins| ins.op == Op::ReturnNone) && flow.leads[to] != usize::MAX {
            // It was a jump to a return, and lines were passed on the way.
            marks.extend(way(unit, flow, flow.leads[to], usize::MAX))
        }
        marks.extend(Some(to).filter(|&to| unit.ins.get(to).is_some_and(Ins::is_mark)));
        if marks.is_empty() {
            return;
        }
        let line = |ins: &Ins| if is_silent(ins) { 0 } else { line_of(ins) };
        let after = unit.ins.get(to).map_or(0, line);
        let mut last = before.map_or(0, line);
        let lines = marks.iter().map(|&i| (line_of(&unit.ins[i]), manner(unit.ins[i].a)));
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

/// The marks that are met from `at` on before the instruction `goal`.
fn way(unit: &Unit, flow: &Flow, mut at: usize, goal: usize) -> Vec<usize> {
    let mut marks = Vec::new();
    for _ in 0..MAX_STEPS {
        match unit.ins.get(at) {
            Some(ins) if at != goal && ins.op == Op::Jump => {
                marks.extend(Some(at).filter(|_| ins.is_mark()));
                at = flow.leads[at]
            }
            _ => break,
        }
    }
    marks
}
