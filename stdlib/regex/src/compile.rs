//! Tree -> program.
//! In: the tree. Out: `Code`, or CPython's error about a lookbehind of no fixed width.
//! Invariant: an item is compiled knowing what can follow it, so that it keeps no choice that cannot help.
mod branch;
mod repeat;
mod start;

use std::collections::HashMap;

use crate::charset::CharSet;
use crate::error::Error;
use crate::first::{First, Follow};
use crate::parser::Parsed;
use crate::program::{Branch, Class, Code, Next, Op, Pc, Start, Test};
use crate::tree::Node;
use crate::{ErrorKind, flag};

pub(crate) fn compile(parsed: &Parsed) -> Result<Code, Error> {
    let mut compiler = Compiler { template: parsed.flags & flag::TEMPLATE != 0, ..Compiler::default() };
    compiler.node(&parsed.tree, &Follow::Success)?;
    compiler.emit(Op::Match);
    let start = compiler.start(&parsed.tree);
    Ok(Code {
        ops: compiler.ops,
        classes: compiler.classes,
        branches: compiler.branches,
        literals: compiler.literals,
        slots: compiler.slots as usize,
        marks: parsed.groups as usize * 2,
        required: start::required(&parsed.tree)
            .filter(|c| !matches!(&start, Start::Literal(n, _) if n.codes.contains(c))),
        start,
        min_width: usize::try_from(parsed.tree.width().lo).unwrap_or(usize::MAX),
    })
}

#[derive(Default)]
struct Compiler {
    ops: Vec<Op>,
    classes: Vec<Class>,
    class_ids: HashMap<CharSet, u32>,
    branches: Vec<Branch>,
    literals: Vec<u32>,
    slots: u32,
    /// The TEMPLATE flag, under which repeats are refused.
    template: bool,
}

impl Compiler {
    fn emit(&mut self, op: Op) -> Pc {
        self.ops.push(op);
        self.here() - 1
    }

    fn here(&self) -> Pc {
        self.ops.len() as Pc
    }

    fn node(&mut self, node: &Node, follow: &Follow) -> Result<(), Error> {
        match node {
            Node::Set(set) => {
                let test = self.test(set);
                self.emit(Op::One(test));
            }
            Node::At(at) => {
                self.emit(Op::At(*at));
            }
            Node::Sub { group: None, body } => self.node(body, follow)?,
            Node::Sub { group: Some(group), body } => {
                self.emit(Op::Mark(group * 2 - 2));
                self.node(body, follow)?;
                self.emit(Op::Mark(group * 2 - 1));
            }
            Node::Cat(items) => self.sequence(items, follow)?,
            Node::Alt(branches) => self.alternatives(branches, follow)?,
            Node::Repeat { min, max, greed, body } => self.repeat(*min, *max, *greed, body, follow)?,
            Node::Atomic(body) => self.region(body, false)?,
            Node::Look { behind, negate, body } => self.look(*behind, *negate, body)?,
            Node::Backref { group, fold, .. } => {
                self.emit(Op::Backref { group: *group, fold: *fold });
            }
            Node::Cond { group, yes, no } => self.condition(*group, yes, no.as_deref(), follow)?,
        }
        Ok(())
    }

    fn sequence(&mut self, items: &[Node], follow: &Follow) -> Result<(), Error> {
        let mut follows = vec![follow.clone()];
        for item in items.iter().skip(1).rev() {
            let after = First::of(item).then(follows.last().unwrap_or(follow));
            follows.push(after);
        }
        let mut at = 0;
        while at < items.len() {
            let run = literal_run(&items[at..]);
            if run.len() > 1 {
                let start = self.literals.len() as u32;
                self.literals.extend_from_slice(&run);
                self.emit(Op::Literal { start, len: run.len() as u32 });
                at += run.len();
                continue;
            }
            self.node(&items[at], &follows[items.len() - 1 - at])?;
            at += 1;
        }
        Ok(())
    }

    /// A body whose choices are forgotten when it has matched.
    fn region(&mut self, body: &Node, rewind: bool) -> Result<(), Error> {
        self.emit(Op::Enter { back: 0, on_fail: None });
        self.node(body, &Follow::Success)?;
        self.emit(Op::Commit { rewind });
        Ok(())
    }

    fn look(&mut self, behind: bool, negate: bool, body: &Node) -> Result<(), Error> {
        let back = if behind { lookbehind_width(body)? } else { 0 };
        let enter = self.emit(Op::Enter { back, on_fail: None });
        self.node(body, &Follow::Success)?;
        if !negate {
            self.emit(Op::Commit { rewind: true });
            return Ok(());
        }
        self.emit(Op::Refute);
        self.ops[enter as usize] = Op::Enter { back, on_fail: Some(self.here()) };
        Ok(())
    }

    fn condition(&mut self, group: u32, yes: &Node, no: Option<&Node>, follow: &Follow) -> Result<(), Error> {
        let test = self.emit(Op::Match);
        self.node(yes, follow)?;
        let mut otherwise = self.here();
        if let Some(no) = no {
            let over = self.emit(Op::Match);
            otherwise = self.here();
            self.node(no, follow)?;
            self.ops[over as usize] = Op::Jump(self.here());
        }
        self.ops[test as usize] = Op::Cond { group, otherwise };
        Ok(())
    }

    fn test(&mut self, set: &CharSet) -> Test {
        if let Some(c) = set.single() {
            return Test::Char(c);
        }
        if set.is_full() {
            return Test::All;
        }
        if set.ranges().len() <= 2
            && let Some(c) = set.negate().single()
        {
            return Test::NotChar(c);
        }
        if let Some(&id) = self.class_ids.get(set) {
            return Test::Class(id);
        }
        let id = self.classes.len() as u32;
        self.classes.push(Class::new(set));
        self.class_ids.insert(set.clone(), id);
        Test::Class(id)
    }

    fn next(&mut self, set: &CharSet, at_end: bool) -> Next {
        Next { test: self.test(set), at_end }
    }
}

/// The single characters that items begin with.
fn literal_run(items: &[Node]) -> Vec<u32> {
    items.iter().map_while(|item| item.as_set().and_then(CharSet::single)).collect()
}

fn lookbehind_width(body: &Node) -> Result<usize, Error> {
    let width = body.width();
    let refuse = |msg: &str| Err(Error::plain(ErrorKind::Regex, msg));
    if width.lo > u32::MAX as u128 {
        return refuse("looks too much behind");
    }
    if width.lo != width.hi {
        return refuse("look-behind requires fixed-width pattern");
    }
    Ok(width.lo as usize)
}
