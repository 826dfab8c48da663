//! How a search finds places worth a try.
//! In: the tree. Out: `Start`: an anchor, a literal to look for, or the set of first characters.
//! Invariant: no place where the pattern matches is passed over.
use super::{Compiler, literal_run};
use crate::charset::CharSet;
use crate::first::First;
use crate::program::{Needle, Op, Pc, Start};
use crate::tree::{At, MAXREPEAT, Node};

impl Compiler {
    pub(super) fn start(&mut self, tree: &Node) -> Start {
        match anchor(tree) {
            Some(At::Start) => return Start::Text,
            Some(At::LineStart) => return Start::Line,
            _ => {}
        }
        if let Some(set) = leading_run(tree)
            && independent(tree)
        {
            return Start::Run(self.next(set, false));
        }
        let codes = prefix(tree);
        if !codes.is_empty() {
            return Start::Literal(self.needle(codes), 0);
        }
        let codes = literal_behind(tree);
        if !codes.is_empty() {
            let back = codes.len();
            return Start::Literal(Needle { skip_to: None, ..self.needle(codes) }, back);
        }
        let first = First::of(tree);
        if first.empty || first.set.is_full() {
            return Start::Anywhere;
        }
        let next = self.next(&first.set, first.at_end);
        match few_bytes(&first.set) {
            Some(bytes) if !first.at_end => Start::Bytes(bytes, next),
            _ => Start::Next(next),
        }
    }

    fn needle(&self, codes: Vec<u32>) -> Needle {
        let bytes: Option<Vec<u8>> = codes.iter().map(|&c| u8::try_from(c).ok()).collect();
        let skipped = match self.ops[0] {
            Op::Literal { len, .. } => len as usize,
            Op::One(_) => 1,
            _ => 0,
        };
        Needle {
            skip_to: (skipped == codes.len()).then_some(1 as Pc),
            bytes: bytes.map(|b| memchr::memmem::Finder::new(&b).into_owned()),
            codes,
        }
    }
}

fn anchor(node: &Node) -> Option<At> {
    match node {
        Node::At(at) => Some(*at),
        Node::Cat(items) => items.first().and_then(anchor),
        Node::Sub { body, .. } | Node::Atomic(body) => anchor(body),
        Node::Alt(branches) => {
            let first = anchor(branches.first()?)?;
            branches.iter().all(|b| anchor(b) == Some(first)).then_some(first)
        }
        _ => None,
    }
}

/// The set, if a match begins with an unbounded repeat of it.
fn leading_run(node: &Node) -> Option<&CharSet> {
    match node {
        Node::Repeat { min: 1.., max: MAXREPEAT, body, .. } => body.as_set(),
        Node::Sub { body, .. } => leading_run(body),
        Node::Cat(items) => items.first().and_then(leading_run),
        _ => None,
    }
}

/// Whether no part of the pattern asks what a group has matched.
fn independent(node: &Node) -> bool {
    match node {
        Node::Set(_) | Node::At(_) => true,
        Node::Backref { .. } | Node::Cond { .. } => false,
        Node::Sub { body, .. } | Node::Atomic(body) | Node::Look { body, .. } | Node::Repeat { body, .. } => independent(body),
        Node::Cat(items) | Node::Alt(items) => items.iter().all(independent),
    }
}

/// The literal that a match comes behind.
fn literal_behind(node: &Node) -> Vec<u32> {
    match node {
        Node::Cat(items) => items.first().map(literal_behind).unwrap_or_default(),
        Node::Look { behind: true, negate: false, body } => {
            let items = if let Node::Cat(items) = &**body { &items[..] } else { std::slice::from_ref(&**body) };
            let run = literal_run(items);
            if run.len() == items.len() { run } else { vec![] }
        }
        _ => vec![],
    }
}

/// The characters that every match begins with.
fn prefix(node: &Node) -> Vec<u32> {
    match node {
        Node::Set(set) => set.single().into_iter().collect(),
        Node::Sub { body, .. } | Node::Atomic(body) => prefix(body),
        Node::Repeat { min: 1.., body, .. } => prefix(body),
        Node::Cat(items) => {
            let here = items.iter().take_while(|i| matches!(i, Node::At(_) | Node::Look { .. })).count();
            let items = &items[here..];
            let mut run = literal_run(items);
            if let Some(Node::Sub { body, .. }) = items.get(run.len()) {
                run.extend(prefix(body));
            } else if run.is_empty() && !items.is_empty() {
                run = prefix(&items[0]);
            }
            run
        }
        _ => vec![],
    }
}

/// The members of a set of up to three, all of them bytes.
fn few_bytes(set: &CharSet) -> Option<Vec<u8>> {
    let all = set.ranges().iter().flat_map(|&(lo, hi)| lo..=hi);
    let low: Vec<u8> = all.take_while(|&c| c < 256).take(4).map(|c| c as u8).collect();
    let small = !low.is_empty() && low.len() <= 3;
    small.then_some(low)
}
