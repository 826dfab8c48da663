//! The matcher: runs a program at one place of the subject, with an explicit stack of choices.
//! In: code, text up to its end, a place. Out: whether it matches, and the marks in `Scratch`.
//! Invariant: no recursion; a failure takes the newest choice, after undoing all that was done since.
mod test;

use crate::error::Stop;
use crate::program::{Branch, Code, Loop, Next, Op, Pc, RepeatOne, Test};
use crate::stack::{Frame, NONE, Scratch};
use crate::text::Unit;
use crate::tree::{Greed, MAXREPEAT};

/// Units of work between two looks at the interrupt: failures and ends of regions count one, long runs by length.
const POLL: u32 = 10_000;
/// Characters in a run that make a unit of work.
const RUN: usize = 64;

/// What is asked of the end of a match.
#[derive(Clone, Copy)]
pub(crate) struct Goal {
    /// It is the end of the text.
    pub full: bool,
    /// It is not this place: the match must not be empty there.
    pub not_at: usize,
}

pub(crate) struct Machine<'m, U> {
    pub code: &'m Code,
    pub text: &'m [U],
    pub scratch: &'m mut Scratch,
    pub interrupt: &'m mut dyn FnMut() -> bool,
    budget: u32,
}

/// Where to go on: an instruction and a position, or nowhere.
type Resume = Option<(Pc, usize)>;

impl<'m, U: Unit> Machine<'m, U> {
    pub fn new(
        code: &'m Code,
        text: &'m [U],
        scratch: &'m mut Scratch,
        interrupt: &'m mut dyn FnMut() -> bool,
    ) -> Self {
        scratch.prepare(code.marks, code.slots);
        Machine { code, text, scratch, interrupt, budget: POLL }
    }

    /// The end of the match that begins at an instruction and a position.
    pub fn run(&mut self, mut pc: Pc, mut pos: usize, goal: Goal) -> Result<Option<usize>, Stop> {
        let code = self.code;
        self.scratch.reset();
        loop {
            let resume = match &code.ops[pc as usize] {
                Op::One(test) => match self.text.get(pos) {
                    Some(&unit) if self.accepts(*test, unit) => Some((pc + 1, pos + 1)),
                    _ => None,
                },
                Op::Literal { start, len } => {
                    let literal = &code.literals[*start as usize..(*start + *len) as usize];
                    self.looks_like(literal, pos).then_some((pc + 1, pos + literal.len()))
                }
                Op::At(at) => self.is_at(*at, pos).then_some((pc + 1, pos)),
                Op::Mark(mark) => {
                    self.scratch.set_mark(*mark, pos)?;
                    Some((pc + 1, pos))
                }
                Op::Jump(target) => Some((*target, pos)),
                Op::Branch(branch) => self.branch(*branch, pos)?,
                Op::Repeat(repeat) => self.repeat(repeat, pc, pos)?,
                Op::LoopInit { slot } => {
                    self.scratch.set_slot(*slot, u32::MAX, NONE)?;
                    Some((pc + 1, pos))
                }
                Op::Loop(looped) => self.turn(looped, pc, pos)?,
                Op::Enter { back, on_fail } => match pos.checked_sub(*back) {
                    Some(from) => {
                        self.scratch.enter(*on_fail, pos)?;
                        Some((pc + 1, from))
                    }
                    None => on_fail.map(|pc| (pc, pos)),
                },
                Op::Commit { rewind } => {
                    self.spend(1)?;
                    let began = self.scratch.commit();
                    Some((pc + 1, if *rewind { began } else { pos }))
                }
                Op::Refute => {
                    self.scratch.refute();
                    None
                }
                Op::Backref { group, fold } => self.backref(*group, *fold, pos).map(|end| (pc + 1, end)),
                Op::Cond { group, otherwise } => match self.group(*group) {
                    Some(_) => Some((pc + 1, pos)),
                    None => Some((*otherwise, pos)),
                },
                Op::Match if pos == goal.not_at || goal.full && pos != self.text.len() => None,
                Op::Match => return Ok(Some(pos)),
            };
            let resume = match resume {
                Some(_) => resume,
                None => self.backtrack()?,
            };
            match resume {
                Some(next) => (pc, pos) = next,
                None => return Ok(None),
            }
        }
    }

    /// Takes the newest choice; None if there is none left.
    #[inline(always)]
    fn backtrack(&mut self) -> Result<Resume, Stop> {
        self.spend(1)?;
        let code = self.code;
        while let Some(frame) = self.scratch.frames.pop() {
            let resume = match frame {
                Frame::Branch { branch, pos, rest } => {
                    self.choose(&code.branches[branch as usize], branch, pos, rest)?
                }
                Frame::Greedy { pc, pos, min } => self.give_back(pc, pos, min)?,
                Frame::Lazy { pc, pos, max } => self.take_more(pc, pos, max)?,
                Frame::Leave { pc, pos } => Some((pc, pos)),
                Frame::Again { pc, pos } => Some(self.go_round(pc, pos)?),
                Frame::Region { on_fail, pos, .. } => {
                    self.scratch.undo(frame);
                    on_fail.map(|pc| (pc, pos))
                }
                undo => {
                    self.scratch.undo(undo);
                    None
                }
            };
            if resume.is_some() {
                return Ok(resume);
            }
        }
        Ok(None)
    }

    /// Counts units of work, and now and then asks whether to stop.
    #[inline(always)]
    pub fn spend(&mut self, units: u32) -> Result<(), Stop> {
        self.budget = self.budget.saturating_sub(units);
        if self.budget == 0 { self.poll() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn poll(&mut self) -> Result<(), Stop> {
        self.budget = POLL;
        if (self.interrupt)() { Err(Stop::Interrupted) } else { Ok(()) }
    }

    #[inline(always)]
    fn branch(&mut self, id: u32, pos: usize) -> Result<Resume, Stop> {
        let branch = &self.code.branches[id as usize];
        let mask = match self.text.get(pos) {
            Some(unit) => match branch.table.get(unit.code() as usize) {
                Some(&mask) => branch.masks[mask as usize],
                None => branch.wide,
            },
            None => branch.at_end,
        };
        self.choose(branch, id, pos, mask)
    }

    /// The first target of a mask, with the others left for later.
    #[inline(always)]
    fn choose(&mut self, branch: &Branch, id: u32, pos: usize, mask: u64) -> Result<Resume, Stop> {
        if mask == 0 {
            return Ok(None);
        }
        let rest = mask & (mask - 1);
        if rest != 0 {
            self.scratch.push(Frame::Branch { branch: id, pos, rest })?;
        }
        Ok(Some((branch.targets[mask.trailing_zeros() as usize], pos)))
    }

    #[inline(always)]
    fn repeat(&mut self, repeat: &RepeatOne, pc: Pc, pos: usize) -> Result<Resume, Stop> {
        let take = if repeat.greed == Greed::Lazy { repeat.min } else { repeat.max };
        let Some(rest) = self.text.get(pos..) else {
            return Ok(None);
        };
        let count = self.count(repeat.test, &rest[..rest.len().min(take)]);
        if count >= RUN {
            self.spend((count / RUN) as u32)?;
        }
        if count < repeat.min {
            return Ok(None);
        }
        let end = pos + count;
        match repeat.greed {
            Greed::Possessive => Ok(Some((pc + 1, end))),
            Greed::Greedy => self.give_back(pc, end, pos + repeat.min),
            Greed::Lazy => self.take_more(pc, end, pos.saturating_add(repeat.max)),
        }
    }

    /// Goes on behind a greedy repeat at the last place from `pos` down to `min` that is worth it.
    #[inline(always)]
    fn give_back(&mut self, pc: Pc, pos: usize, min: usize) -> Result<Resume, Stop> {
        let Op::Repeat(repeat) = &self.code.ops[pc as usize] else { unreachable!("the frame of a repeat") };
        let place = match repeat.next {
            Some(next) => self.last_place(next, min, pos),
            None => Some(pos),
        };
        let Some(place) = place else { return Ok(None) };
        if place > min {
            self.scratch.push(Frame::Greedy { pc, pos: place - 1, min })?;
        }
        Ok(Some((pc + 1, place)))
    }

    #[inline(always)]
    fn last_place(&self, next: Next, min: usize, pos: usize) -> Option<usize> {
        if next.at_end && pos == self.text.len() || self.accepts_at(next.test, pos) {
            return Some(pos);
        }
        let before = self.text.get(min..pos)?;
        let found = match next.test {
            Test::Char(c) => U::rfind(before, c),
            test => before.iter().rposition(|&u| self.accepts(test, u)),
        };
        found.map(|at| min + at)
    }

    /// Goes on behind a lazy repeat at the first place from `pos` on that is worth it.
    #[inline(always)]
    fn take_more(&mut self, pc: Pc, pos: usize, max: usize) -> Result<Resume, Stop> {
        let Op::Repeat(repeat) = &self.code.ops[pc as usize] else { unreachable!("the frame of a repeat") };
        let mut place = pos;
        if let Some(next) = repeat.next {
            while !(self.accepts_at(next.test, place) || next.at_end && place == self.text.len()) {
                if place >= max || !self.accepts_at(repeat.test, place) {
                    return Ok(None);
                }
                place += 1;
            }
        }
        if place < max && self.accepts_at(repeat.test, place) {
            self.scratch.push(Frame::Lazy { pc, pos: place + 1, max })?;
        }
        Ok(Some((pc + 1, place)))
    }

    /// The end of an iteration of a counted loop: another one, or out.
    fn turn(&mut self, looped: &Loop, pc: Pc, pos: usize) -> Result<Resume, Stop> {
        let (count, last) = self.scratch.slots[looped.slot as usize];
        let count = count.wrapping_add(1);
        if count < looped.min {
            self.scratch.set_slot(looped.slot, count, last)?;
            return Ok(Some((looped.body, pos)));
        }
        let more = (count < looped.max || looped.max == MAXREPEAT) && pos != last;
        if more && !looped.lazy {
            self.scratch.push(Frame::Leave { pc: pc + 1, pos })?;
            self.scratch.set_slot(looped.slot, count, pos)?;
            return Ok(Some((looped.body, pos)));
        }
        if more {
            self.scratch.push(Frame::Again { pc, pos })?;
        }
        Ok(Some((pc + 1, pos)))
    }

    /// Another iteration of a lazy loop, after going on behind it has failed.
    fn go_round(&mut self, pc: Pc, pos: usize) -> Result<(Pc, usize), Stop> {
        let Op::Loop(looped) = &self.code.ops[pc as usize] else { unreachable!("the frame of a loop") };
        let (count, _) = self.scratch.slots[looped.slot as usize];
        self.scratch.set_slot(looped.slot, count.wrapping_add(1), pos)?;
        Ok((looped.body, pos))
    }
}
