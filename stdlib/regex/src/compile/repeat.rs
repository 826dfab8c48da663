//! Repetition: tight loops for one character, plain jumps for most others, counted loops for the rest.
//! In: bounds, greed, the body and what follows. Out: instructions.
//! Invariant: only a counted loop may have a body that matches nothing; it stops when an iteration moved nowhere.
use super::Compiler;
use crate::ErrorKind;
use crate::charset::CharSet;
use crate::error::Error;
use crate::first::{First, Follow};
use crate::program::{Loop, Op, Pc, RepeatOne};
use crate::tree::{Greed, MAXREPEAT, Node};

/// Repetitions are written out up to this many instructions.
const UNROLL: u64 = 40;

impl Compiler {
    /// A body repeated no times is compiled for its errors only.
    pub(super) fn repeat(
        &mut self,
        min: u32,
        max: u32,
        greed: Greed,
        body: &Node,
        follow: &Follow,
    ) -> Result<(), Error> {
        if self.template {
            let name = match greed {
                Greed::Greedy => "MAX_REPEAT",
                Greed::Lazy => "MIN_REPEAT",
                Greed::Possessive => "POSSESSIVE_REPEAT",
            };
            return Err(Error::plain(ErrorKind::Regex, format!("internal: unsupported template operator {name}")));
        }
        if max == 0 {
            let here = self.ops.len();
            self.node(body, follow)?;
            self.ops.truncate(here);
            return Ok(());
        }
        if let Some(set) = body.as_set() {
            self.repeat_one(min, max, greed, set, follow);
            return Ok(());
        }
        if greed == Greed::Possessive {
            return self.possessive(min, max, body);
        }
        let shape = Shape { min, max, lazy: greed == Greed::Lazy };
        self.repeat_many(shape, body, follow)
    }

    fn repeat_one(&mut self, min: u32, max: u32, greed: Greed, set: &CharSet, follow: &Follow) {
        let test = self.test(set);
        if (min, max) == (1, 1) {
            self.emit(Op::One(test));
            return;
        }
        let settled = matches!(follow, Follow::Success) || follow.excludes(set) || min == max;
        let greed = if greed == Greed::Greedy && settled { Greed::Possessive } else { greed };
        let next = match follow {
            Follow::Known { set, at_end } if greed != Greed::Possessive => Some(self.next(set, *at_end)),
            _ => None,
        };
        self.emit(Op::Repeat(Box::new(RepeatOne { test, min: min as usize, max: limit(max), greed, next })));
    }

    /// Each iteration is a region of its own, and all of them together are one.
    fn possessive(&mut self, min: u32, max: u32, body: &Node) -> Result<(), Error> {
        let item;
        let body = if min > 1 {
            item = Node::Atomic(Box::new(body.clone()));
            &item
        } else {
            body
        };
        self.emit(Op::Enter { back: 0, on_fail: None });
        self.repeat_many(Shape { min, max, lazy: false }, body, &Follow::Unknown)?;
        self.emit(Op::Commit { rewind: false });
        Ok(())
    }

    fn repeat_many(&mut self, shape: Shape, body: &Node, follow: &Follow) -> Result<(), Error> {
        let moves = body.width().lo > 0;
        let optional = shape.min == 0 && shape.max == 1;
        if (moves || optional || shape.min == shape.max) && shape.cost(body) <= UNROLL {
            return self.unrolled(shape, body, follow);
        }
        self.counted(shape, body, follow)
    }

    /// The body `min` times, then its optional copies or a loop without a counter.
    fn unrolled(&mut self, shape: Shape, body: &Node, follow: &Follow) -> Result<(), Error> {
        let again = First::of(body).then(&Follow::Unknown);
        let unbounded = shape.max == MAXREPEAT;
        let copies = if unbounded { shape.min.saturating_sub(1) } else { shape.min };
        for i in 1..=copies {
            let last = i == copies && shape.max == copies;
            let after = if last { follow.clone() } else { again.clone() };
            let after = if i == copies && !last && !unbounded { after.or(follow) } else { after };
            self.node(body, &after)?;
        }
        match unbounded {
            true if shape.min == 0 => self.star(shape.lazy, body, follow),
            true => self.plus(shape.lazy, body, follow),
            false => self.options(shape, body, follow),
        }
    }

    fn star(&mut self, lazy: bool, body: &Node, follow: &Follow) -> Result<(), Error> {
        let choice = self.emit(Op::Match);
        let enter = First::of(body).then(&Follow::Unknown);
        self.node(body, &enter.clone().or(follow))?;
        self.emit(Op::Jump(choice));
        let exit = (self.here(), follow.clone());
        self.ops[choice as usize] = self.ordered(lazy, (choice + 1, enter), exit);
        Ok(())
    }

    fn plus(&mut self, lazy: bool, body: &Node, follow: &Follow) -> Result<(), Error> {
        let top = self.here();
        let enter = First::of(body).then(&Follow::Unknown);
        self.node(body, &enter.clone().or(follow))?;
        let exit = (self.here() + 1, follow.clone());
        let choice = self.ordered(lazy, (top, enter), exit);
        self.emit(choice);
        Ok(())
    }

    /// The optional copies of a bounded repeat: each may go on or leave.
    fn options(&mut self, shape: Shape, body: &Node, follow: &Follow) -> Result<(), Error> {
        let enter = First::of(body).then(follow);
        let mut choices = vec![];
        for i in shape.min..shape.max {
            choices.push(self.emit(Op::Match));
            let last = i + 1 == shape.max;
            let after = if last { follow.clone() } else { enter.clone().or(follow) };
            self.node(body, &after)?;
        }
        let exit = (self.here(), follow.clone());
        for choice in choices {
            self.ops[choice as usize] = self.ordered(shape.lazy, (choice + 1, enter.clone()), exit.clone());
        }
        Ok(())
    }

    fn ordered(&mut self, lazy: bool, enter: (Pc, Follow), exit: (Pc, Follow)) -> Op {
        if lazy { self.choice(&[exit, enter]) } else { self.choice(&[enter, exit]) }
    }

    fn counted(&mut self, shape: Shape, body: &Node, follow: &Follow) -> Result<(), Error> {
        let slot = self.slots;
        self.slots += 1;
        self.emit(Op::LoopInit { slot });
        let over = self.emit(Op::Match);
        let top = self.here();
        let after = First::of(body).then(&Follow::Unknown).or(follow);
        self.node(body, &after)?;
        self.ops[over as usize] = Op::Jump(self.here());
        let Shape { min, max, lazy } = shape;
        self.emit(Op::Loop(Box::new(Loop { slot, min, max, lazy, body: top })));
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Shape {
    min: u32,
    max: u32,
    lazy: bool,
}

impl Shape {
    /// About how many instructions it takes to write the repetition out.
    fn cost(self, body: &Node) -> u64 {
        self.times(cost(body))
    }

    fn times(self, body: u64) -> u64 {
        let copies = if self.max == MAXREPEAT { self.min.max(1) } else { self.max };
        (body + 1).saturating_mul(copies as u64)
    }
}

fn cost(node: &Node) -> u64 {
    match node {
        Node::Set(_) | Node::At(_) | Node::Backref { .. } => 1,
        Node::Sub { body, .. } | Node::Atomic(body) | Node::Look { body, .. } => cost(body) + 2,
        Node::Cat(items) => items.iter().map(cost).sum(),
        Node::Alt(items) => items.iter().map(|i| cost(i) + 2).sum(),
        Node::Repeat { body, .. } if body.as_set().is_some() => 1,
        Node::Repeat { min, max, body, .. } => {
            let once = cost(body);
            let all = Shape { min: *min, max: *max, lazy: false }.times(once);
            if all <= UNROLL { all } else { once + 3 }
        }
        Node::Cond { yes, no, .. } => cost(yes) + no.as_ref().map_or(0, |n| cost(n)) + 2,
    }
}

fn limit(max: u32) -> usize {
    if max == MAXREPEAT { usize::MAX } else { max as usize }
}
