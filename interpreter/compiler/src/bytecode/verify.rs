//! The verifier: no code runs that has not passed it.
//!
//! In: a `Proto` of the assembler. Out: nothing, or a sentence on what is wrong with the compiler. The one invariant: in code that
//! passed, every operand is in range, and a temp holds a value where it is read and none where it is written; so the eval loop
//! checks neither.
//!
//! It runs the code on all paths with one bit a register for each temp: `alive` holds a value for sure, `maybe` on some
//! paths only, which nothing but CLEAR and unwinding may touch. States are kept at jump targets alone; a target whose state
//! changes is run again, which ends because bits only ever go from alive or dead to maybe.

use super::op::{Extra, Op, Role, Shape};
use super::proto::{Handler, Proto};

pub fn verify(proto: &Proto) -> Result<(), String> {
    let tables = Tables::new(proto)?;
    let mut run = Run { proto, states: vec![None; tables.targets.len()], work: Vec::new(), tables };
    run.flow(0, State::default()).map_err(|(pc, message)| at(proto, pc, &message))?;
    while let Some(slot) = run.work.pop() {
        run.path(slot).map_err(|(pc, message)| at(proto, pc, &message))?;
    }
    Ok(())
}

fn at(proto: &Proto, pc: usize, message: &str) -> String {
    let name = proto.code.get(pc).and_then(|&word| Op::decode(word)).map_or("?", |op| op.info().name);
    format!("{message} at {pc} {name} of {}", proto.qualname)
}

type Fault = (usize, String);

/// A set of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Set([u64; 4]);

impl Set {
    fn has(self, r: usize) -> bool {
        self.0[r / 64] >> (r % 64) & 1 != 0
    }

    fn put(&mut self, r: usize, on: bool) {
        let bit = 1 << (r % 64);
        if on { self.0[r / 64] |= bit } else { self.0[r / 64] &= !bit }
    }

    fn zip(self, other: Set, f: impl Fn(u64, u64) -> u64) -> Set {
        Set(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }

    fn below(self, r: usize) -> Set {
        let mask = |i: usize| match r.saturating_sub(i * 64) {
            0 => 0,
            n if n >= 64 => u64::MAX,
            n => (1 << n) - 1,
        };
        Set(std::array::from_fn(|i| self.0[i] & mask(i)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    alive: Set,
    maybe: Set,
}

impl State {
    fn merge(self, other: State) -> State {
        let either = |a: u64, b: u64| a | b;
        let maybe = self.maybe.zip(other.maybe, either);
        let differ = self.alive.zip(other.alive, |a, b| a ^ b);
        let maybe = maybe.zip(differ, either);
        let alive = self.alive.zip(other.alive, |a, b| a & b).zip(maybe, |a, m| a & !m);
        State { alive, maybe }
    }

    fn below(self, r: usize) -> State {
        State { alive: self.alive.below(r), maybe: self.maybe.below(r) }
    }
}

/// What is known of the code before it is run.
struct Tables {
    /// For each word: whether an instruction begins there, and its state's index if it is jumped to.
    starts: Vec<bool>,
    slots: Vec<u32>,
    targets: Vec<usize>,
    /// For each word the entry of its innermost handler.
    handlers: Vec<Option<Handler>>,
}

const NO_SLOT: u32 = u32::MAX;

impl Tables {
    fn new(proto: &Proto) -> Result<Tables, String> {
        let words = proto.code.len();
        if proto.spans.len() != words || proto.nregs > 256 || proto.nlocals() > proto.nregs as usize {
            return Err(format!("the tables of {} do not fit its code", proto.qualname));
        }
        let mut tables = Tables {
            starts: vec![false; words],
            slots: vec![NO_SLOT; words],
            targets: Vec::new(),
            handlers: vec![None; words],
        };
        let mut aims = vec![0];
        let mut pc = 0;
        while pc < words {
            tables.starts[pc] = true;
            let op = Op::decode(proto.code[pc]).ok_or_else(|| at(proto, pc, "no instruction"))?;
            if op.info().extra == Extra::Nil {
                pc += 1;
                continue;
            }
            let extra = *proto.code.get(pc + 1).ok_or_else(|| at(proto, pc, "no extra word"))?;
            if op.info().extra == Extra::Target {
                aims.push(extra as usize)
            }
            pc += 2
        }
        for handler in proto.handlers.iter().rev() {
            let range = tables.handlers.get_mut(handler.start as usize..handler.end as usize);
            range.ok_or_else(|| at(proto, handler.start as usize, "a handler's range is wrong"))?.fill(Some(*handler));
            aims.push(handler.target as usize)
        }
        for aim in aims {
            tables.add_target(proto, aim)?
        }
        Ok(tables)
    }

    fn add_target(&mut self, proto: &Proto, aim: usize) -> Result<(), String> {
        if !self.starts.get(aim).copied().unwrap_or(false) {
            return Err(at(proto, aim, "a jump into the middle of an instruction"));
        }
        if self.slots[aim] == NO_SLOT {
            self.slots[aim] = self.targets.len() as u32;
            self.targets.push(aim)
        }
        Ok(())
    }
}

struct Run<'p> {
    proto: &'p Proto,
    tables: Tables,
    states: Vec<Option<State>>,
    work: Vec<u32>,
}

impl Run<'_> {
    /// A path with this state leads to `pc`, which is a target.
    fn flow(&mut self, pc: usize, state: State) -> Result<(), Fault> {
        let slot = self.tables.slots[pc];
        let known = &mut self.states[slot as usize];
        let merged = known.map_or(state, |known| known.merge(state));
        if *known != Some(merged) {
            *known = Some(merged);
            self.work.push(slot)
        }
        Ok(())
    }

    /// Runs from a target to the next one or to the end of the path.
    fn path(&mut self, slot: u32) -> Result<(), Fault> {
        let mut pc = self.tables.targets[slot as usize];
        let Some(mut state) = self.states[slot as usize] else { return Ok(()) };
        loop {
            let Some(&word) = self.proto.code.get(pc) else { return Err((pc, "the code falls off its end".into())) };
            let mut step = Step::new(self.proto, pc, word, state);
            step.run().map_err(|message| (pc, message))?;
            self.check_handler(pc, state, &step)?;
            if let Some((target, state)) = step.jump {
                self.flow(target, state)?
            }
            if step.ends {
                return Ok(());
            }
            state = step.state;
            pc += step.op.words();
            if self.tables.slots.get(pc).is_some_and(|&slot| slot != NO_SLOT) {
                return self.flow(pc, state);
            }
        }
    }

    /// An exception in the instruction leads to its handler, which finds the temps below its depth as they are.
    fn check_handler(&mut self, pc: usize, before: State, step: &Step) -> Result<(), Fault> {
        let Some(handler) = self.tables.handlers[pc] else { return Ok(()) };
        let depth = handler.depth as usize;
        if depth < self.proto.nlocals() || depth >= self.proto.nregs as usize {
            return Err((pc, format!("a handler at depth {depth}")));
        }
        let below = before.below(depth);
        let jumped = step.jump.map_or(below, |(_, state)| state.below(depth));
        if (!step.ends && step.state.below(depth) != below) || jumped != below {
            return Err((pc, format!("temps below the handler's depth {depth} change")));
        }
        let mut entry = below;
        entry.alive.put(depth, true);
        self.flow(handler.target as usize, entry)
    }
}

/// One instruction.
struct Step<'p> {
    proto: &'p Proto,
    pc: usize,
    word: u32,
    op: Op,
    state: State,
    jump: Option<(usize, State)>,
    ends: bool,
}

impl<'p> Step<'p> {
    fn new(proto: &'p Proto, pc: usize, word: u32, state: State) -> Step<'p> {
        let op = Op::decode(word).unwrap_or(Op::Clear);
        Step { proto, pc, word, op, state, jump: None, ends: false }
    }

    fn operand(&self, i: usize) -> usize {
        (self.word >> (8 + 8 * i) & 0xff) as usize
    }

    fn bx(&self) -> usize {
        (self.word >> 16) as usize
    }

    fn extra(&self) -> usize {
        self.proto.code[self.pc + 1] as usize
    }

    fn run(&mut self) -> Result<(), String> {
        self.tables()?;
        let [a, b, c] = [0, 1, 2].map(|i| self.operand(i));
        match self.op {
            Op::Clear => self.clear(a),
            Op::MakeCell => self.make_cell(a),
            Op::ForIter => self.for_iter(a, b),
            Op::JumpIfOrPop => {
                self.keep(b)?;
                self.jump = Some((self.extra(), self.state));
                self.consume(b)
            }
            Op::YieldFrom => {
                self.keep(b)?;
                self.consume(a)
            }
            Op::Raise => {
                self.ends = true;
                (1..=a).try_for_each(|i| self.consume(self.operand(i)))
            }
            op if op.info().roles[0] == Role::Window => {
                self.use_roles()?;
                let (consumed, made) = self.window(a, b, c);
                consumed.into_iter().try_for_each(|r| self.consume(r))?;
                made.into_iter().try_for_each(|r| self.define_temp(r))
            }
            _ => {
                self.use_roles()?;
                self.define_roles()?;
                self.control()
            }
        }
    }

    /// What is consumed and what is made in the window at `a`.
    fn window(&self, a: usize, b: usize, c: usize) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        let one = a..a + 1;
        match self.op {
            Op::BuildMap => (a..a + 2 * b, one),
            Op::Call => (a..a + b + 1, one),
            Op::CallGlobal => (a + 1..a + b + 1, one),
            Op::LoadMethod | Op::BeforeWith | Op::BeforeAsyncWith | Op::LoadFast2 => (a..a, a..a + 2),
            Op::LoadFast => (a..a, one),
            Op::CallLoaded => (a..a + b + 2, one),
            Op::CallMethod => (a + 1..a + b + 2, one),
            Op::CallKw => (a..a + b + 1 + (c & 1), one),
            Op::CallEx => (a..a + 2 + b, one),
            Op::UnpackSequence => (a..a, a..a + c),
            Op::UnpackEx => (a..a, a..a + (self.extra() & 0xffff) + 1 + (self.extra() >> 16)),
            Op::MakeFunction => (a..a + b.count_ones() as usize, one),
            Op::MatchClass => (one.clone(), one),
            _ => (a..a + b, one),
        }
    }

    /// The indexes into tables.
    fn tables(&self) -> Result<(), String> {
        let info = self.op.info();
        let within = |what: &str, index: usize, size: usize| match index < size {
            true => Ok(()),
            false => Err(format!("no {what} {index}")),
        };
        let last = if info.shape == Shape::ABx { self.bx() } else { 0 };
        for (i, role) in info.roles.iter().enumerate() {
            let index = if i == 1 && info.shape == Shape::ABx { last } else { self.operand(i) };
            match role {
                Role::Const => within("constant", index, self.proto.consts.len())?,
                Role::Free => within("free variable", index, self.proto.freevars.len())?,
                _ => {}
            }
        }
        match info.extra {
            Extra::Site => within("site", self.extra(), self.proto.sites.len()),
            Extra::Const => within("constant", self.extra(), self.proto.consts.len()),
            Extra::Nil | Extra::Num | Extra::Target => Ok(()),
        }
    }

    /// Keeps first: a register that is used up may not be kept.
    fn use_roles(&mut self) -> Result<(), String> {
        let roles = self.op.info().roles;
        for (i, role) in roles.into_iter().enumerate() {
            if let Role::Keep | Role::Edit = role {
                self.keep(self.operand(i))?
            }
        }
        for (i, role) in roles.into_iter().enumerate() {
            if role == Role::Use {
                self.consume(self.operand(i))?
            }
        }
        Ok(())
    }

    fn define_roles(&mut self) -> Result<(), String> {
        let roles = self.op.info().roles;
        (0..3).filter(|&i| roles[i] == Role::Def).try_for_each(|i| self.define(self.operand(i)))
    }

    fn control(&mut self) -> Result<(), String> {
        match self.op {
            Op::Return | Op::ReturnNone => {
                self.ends = true;
                match self.state == State::default() {
                    true => Ok(()),
                    false => Err("temps are alive at a return".into()),
                }
            }
            Op::Reraise => {
                self.ends = true;
                Ok(())
            }
            op if op.info().extra == Extra::Target => {
                self.jump = Some((self.extra(), self.state));
                self.ends = matches!(op, Op::Jump | Op::JumpBack);
                let back = self.extra() <= self.pc;
                match op {
                    Op::Jump | Op::ExcMatchJump if back => Err("a jump that must go forward goes back".into()),
                    Op::JumpBack if !back => Err("a jump that must go back goes forward".into()),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn for_iter(&mut self, a: usize, b: usize) -> Result<(), String> {
        self.keep(a)?;
        let after = self.state;
        self.define(b)?;
        self.jump = Some((self.extra(), self.state));
        self.state = after;
        match self.extra() <= self.pc {
            true => self.consume(a),
            false => Err("FOR_ITER goes forward".into()),
        }
    }

    fn temp(&self, r: usize) -> Result<bool, String> {
        match r < self.proto.nregs as usize {
            true => Ok(r >= self.proto.nlocals()),
            false => Err(format!("no register {r}")),
        }
    }

    fn keep(&self, r: usize) -> Result<(), String> {
        match self.temp(r)? && !self.state.alive.has(r) {
            true => Err(format!("the temp {r} is read and is not alive")),
            false => Ok(()),
        }
    }

    fn consume(&mut self, r: usize) -> Result<(), String> {
        self.keep(r)?;
        self.state.alive.put(r, false);
        Ok(())
    }

    fn clear(&mut self, r: usize) -> Result<(), String> {
        self.temp(r)?;
        self.state.alive.put(r, false);
        self.state.maybe.put(r, false);
        Ok(())
    }

    fn define(&mut self, r: usize) -> Result<(), String> {
        if !self.temp(r)? {
            return Ok(());
        }
        if self.state.alive.has(r) || self.state.maybe.has(r) {
            return Err(format!("the temp {r} is overwritten"));
        }
        self.state.alive.put(r, true);
        Ok(())
    }

    /// What is in the register, if anything, goes into the cell.
    fn make_cell(&mut self, r: usize) -> Result<(), String> {
        match self.temp(r)? && !self.state.alive.has(r) {
            true => self.define(r),
            false => Ok(()),
        }
    }

    fn define_temp(&mut self, r: usize) -> Result<(), String> {
        match self.temp(r)? {
            true => self.define(r),
            false => Err(format!("the window at {r} is not of temps")),
        }
    }
}
