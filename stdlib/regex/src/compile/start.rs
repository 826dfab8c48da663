//! How a search finds places worth a try.
//! In: the tree. Out: `Start`: an anchor, a literal to look for, or the set of first characters.
//! Invariant: no place where the pattern matches is passed over.
use super::{Compiler, literal_run};
use crate::charset::CharSet;
use crate::first::First;
use crate::program::{Needle, Op, Pairs, Pc, Start};
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
            return Start::Literal(Box::new(self.needle(codes)), 0);
        }
        let codes = literal_behind(tree);
        if !codes.is_empty() {
            let back = codes.len();
            let needle = Needle { skip_to: None, ..self.needle(codes) };
            return Start::Literal(Box::new(needle), back);
        }
        if let Some(pairs) = pairs(tree) {
            return Start::Pairs(Box::new(pairs));
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

/// The character in every match that is likely to be the rarest.
pub(super) fn required(node: &Node) -> Option<u32> {
    match node {
        Node::Set(set) => set.single(),
        Node::Sub { body, .. } | Node::Atomic(body) | Node::Repeat { min: 1.., body, .. } => required(body),
        Node::Cat(items) => items.iter().filter_map(required).max_by_key(|&c| rarity(c)),
        _ => None,
    }
}

/// A guess that holds for prose and for programs.
fn rarity(c: u32) -> u32 {
    match char::from_u32(c) {
        Some(' ' | '\n' | 'e' | 't' | 'a' | 'o' | 'i' | 'n') => 0,
        Some('a'..='z') => 1,
        Some('.' | ',' | '0'..='9' | '(' | ')' | '"' | '\'') => 2,
        _ => 3,
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
        Node::Sub { body, .. } | Node::Atomic(body) | Node::Look { body, .. } | Node::Repeat { body, .. } => {
            independent(body)
        }
        Node::Cat(items) | Node::Alt(items) => items.iter().all(independent),
    }
}

/// The tables for branches that all begin with two characters; branches share the eight bits of a mask.
fn pairs(node: &Node) -> Option<Pairs> {
    let branches = match node {
        Node::Sub { body, .. } => return pairs(body),
        Node::Cat(items) if matches!(items.first()?, Node::Sub { .. } | Node::Alt(_)) => {
            return pairs(&items[0]);
        }
        Node::Alt(branches) => &branches[..],
        _ => return None,
    };
    let mut pairs = Pairs { first: [0; 256], second: [0; 256], wide: (0, 0) };
    for (i, branch) in branches.iter().enumerate() {
        let Node::Cat(items) = branch else {
            return None;
        };
        let bit = 1 << (i % 8);
        add_bit(bit, items.first()?.as_set()?, &mut pairs.first, &mut pairs.wide.0);
        add_bit(bit, items.get(1)?.as_set()?, &mut pairs.second, &mut pairs.wide.1);
    }
    Some(pairs)
}

fn add_bit(bit: u8, set: &CharSet, table: &mut [u8; 256], wide: &mut u8) {
    for &(lo, hi) in set.ranges() {
        table.iter_mut().take(hi as usize + 1).skip(lo as usize).for_each(|m| *m |= bit);
        *wide |= if hi > 255 { bit } else { 0 };
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
