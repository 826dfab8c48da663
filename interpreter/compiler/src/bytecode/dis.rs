//! The disassembler: what `toy dis FILE` prints.
//!
//! In: a `Proto`. Out: its code beside its source lines, then that of the units inside of it. The one invariant: everything it
//! knows of an instruction it has from the table in `op`.
//!
//! A line of code is: the offset, the ticks it counts, the name, the operands (locals and constants by name, temps as `t0`,
//! `t1` ...). A backward jump is a switch point; beside it stands how many ticks it closes.

use super::op::{Extra, Info, Op, Role, Shape};
use super::proto::{Const, Proto};
use std::collections::BTreeMap;
use std::fmt::Write;
use toy_syntax::ast::Constant;
use toy_syntax::repr;

pub fn dis(proto: &Proto) -> String {
    let mut out = String::new();
    let mut units = vec![proto];
    while let Some(unit) = units.pop() {
        if !out.is_empty() {
            out.push('\n')
        }
        Listing::new(unit).write(&mut out);
        units.extend(unit.consts.iter().rev().filter_map(|value| match value {
            Const::Code(inner) => Some(&**inner),
            _ => None,
        }))
    }
    out
}

struct Listing<'p> {
    proto: &'p Proto,
    /// The places that are jumped to, numbered.
    labels: BTreeMap<u32, usize>,
}

impl<'p> Listing<'p> {
    fn new(proto: &'p Proto) -> Listing<'p> {
        let mut aims: Vec<u32> = proto.handlers.iter().map(|handler| handler.target).collect();
        instructions(proto).for_each(|(pc, op)| {
            if op.info().extra == Extra::Target {
                aims.push(proto.code[pc + 1])
            }
        });
        aims.sort();
        aims.dedup();
        Listing { proto, labels: aims.into_iter().zip(1..).collect() }
    }

    fn write(&self, out: &mut String) {
        self.head(out);
        let mut line = 0;
        for (pc, op) in instructions(self.proto) {
            let here = self.proto.source.line(self.proto.spans[pc].start);
            if here != line && self.proto.spans[pc] != Default::default() {
                line = here;
                let text = self.proto.source.line_text(line).unwrap_or_default();
                let _ = writeln!(out, "{line:>5} | {}", text.trim_end());
            }
            if let Some(label) = self.labels.get(&(pc as u32)) {
                let _ = writeln!(out, "  L{label}:");
            }
            self.instruction(pc, op, out)
        }
        for handler in &self.proto.handlers {
            let label = self.labels[&handler.target];
            let depth = self.register(handler.depth as usize);
            let _ = writeln!(out, "  {}..{} raises to L{label} in {depth}", handler.start, handler.end);
        }
    }

    fn head(&self, out: &mut String) {
        let p = self.proto;
        let _ = write!(out, "{} at line {}: {} registers", p.qualname, p.firstlineno, p.nregs);
        for (what, names) in [("locals", &p.varnames), ("free", &p.freevars)] {
            if !names.is_empty() {
                let _ = write!(out, ", {what} {}", names.join(" "));
            }
        }
        out.push('\n')
    }

    fn instruction(&self, pc: usize, op: Op, out: &mut String) {
        let info = op.info();
        let (mut operands, note) = self.operands(pc, op, info);
        match info.extra {
            Extra::Nil => {}
            Extra::Target => operands.push(format!("L{}", self.labels[&self.proto.code[pc + 1]])),
            Extra::Site => operands.push(self.proto.sites[self.proto.code[pc + 1] as usize].to_string()),
            Extra::Const => operands.push(self.constant(self.proto.code[pc + 1] as usize)),
            Extra::Num => operands.push(self.proto.code[pc + 1].to_string()),
        }
        let text = format!("{pc:>9} {:>2} {:<18} {}{note}", info.ticks, info.name, operands.join(", "));
        let _ = writeln!(out, "{}", text.trim_end());
    }

    fn operands(&self, pc: usize, op: Op, info: &Info) -> (Vec<String>, String) {
        let word = self.proto.code[pc];
        let bytes = [word >> 8 & 0xff, word >> 16 & 0xff, word >> 24].map(|byte| byte as usize);
        let wide = info.shape == Shape::ABx;
        let (mut operands, mut note) = (Vec::new(), String::new());
        for (i, role) in info.roles.into_iter().enumerate() {
            let value = if wide && i == 1 { (word >> 16) as usize } else { bytes[i] };
            operands.push(match role {
                Role::Nil => continue,
                Role::Num if info.extra == Extra::Target => {
                    let (truth, ticks) = split_ticks(op, value);
                    if self.proto.code[pc + 1] as usize <= pc {
                        note = format!("  (switch point, closes {ticks} ticks)")
                    }
                    match truth {
                        Some(truth) => format!("if {truth}"),
                        None => continue,
                    }
                }
                Role::Num if op.is_call() && i == 2 => {
                    let (is_method, ticks) = if op == Op::CallKw { (value & 1, value >> 1) } else { (0, value) };
                    note = format!("  (switch point, closes {ticks} ticks)");
                    if op != Op::CallKw {
                        continue;
                    }
                    is_method.to_string()
                }
                Role::Num => value.to_string(),
                Role::Int if wide => (value as u16 as i16).to_string(),
                Role::Int => (value as u8 as i8).to_string(),
                Role::Const => self.constant(value),
                Role::Free => self.proto.freevars[value].to_string(),
                Role::Def | Role::Use | Role::Keep | Role::Edit | Role::Window => self.register(value),
            })
        }
        (operands, note)
    }

    fn register(&self, r: usize) -> String {
        match self.proto.varnames.get(r) {
            Some(name) if name.is_empty() => "namespace".into(),
            Some(name) => name.to_string(),
            None => format!("t{}", r - self.proto.nlocals()),
        }
    }

    fn constant(&self, index: usize) -> String {
        show(&self.proto.consts[index])
    }
}

/// The truth at which a conditional jump jumps, and the ticks a backward one closes.
fn split_ticks(op: Op, value: usize) -> (Option<bool>, usize) {
    match op {
        Op::JumpBack | Op::ForIter => (None, value),
        _ => (Some(value & 1 != 0), value >> 1),
    }
}

/// Offsets and operations of all instructions.
fn instructions(proto: &Proto) -> impl Iterator<Item = (usize, Op)> {
    let mut pc = 0;
    std::iter::from_fn(move || {
        let here = pc;
        let op = Op::decode(*proto.code.get(pc)?)?;
        pc += op.words();
        Some((here, op))
    })
}

/// A constant as `repr` shows it.
pub fn show(value: &Const) -> String {
    let all = |items: &[Const]| items.iter().map(show).collect::<Vec<_>>().join(", ");
    let literal = match value {
        Const::None => Constant::None,
        Const::True => Constant::True,
        Const::False => Constant::False,
        Const::Ellipsis => Constant::Ellipsis,
        Const::Int(i) => Constant::Int(*i),
        Const::BigInt { digits, radix } => Constant::BigInt { digits: digits.clone(), radix: *radix },
        Const::Float(f) => Constant::Float(*f),
        Const::Str(s) => Constant::Str(s.clone()),
        Const::Surrogates(s) => Constant::Surrogates(s.clone()),
        Const::Bytes(b) => Constant::Bytes(b.clone()),
        Const::Tuple(items) if items.len() == 1 => return format!("({},)", all(items)),
        Const::Tuple(items) => return format!("({})", all(items)),
        Const::FrozenSet(items) => return format!("frozenset({{{}}})", all(items)),
        Const::Code(proto) => return format!("<code {}>", proto.qualname),
    };
    repr::constant(&literal)
}
