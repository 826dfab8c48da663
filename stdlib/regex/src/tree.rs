//! The pattern as a tree, between parser and compiler. Flags are gone: they are worked into sets, places and folds.
//! In: nodes from the parser. Out: nodes and their widths.
//! Invariant: every `Set` matches exactly one character, tested as it stands in the subject.
use crate::charset::CharSet;
use crate::unicode::Fold;

/// CPython's MAXREPEAT: a repeat without an upper bound.
pub(crate) const MAXREPEAT: u32 = u32::MAX;
/// Widths are cut here; it is beyond any length of text.
const MAXWIDTH: u128 = 1 << 64;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    Set(CharSet),
    At(At),
    /// Parentheses; `group` is the number of a capturing pair.
    Sub {
        group: Option<u32>,
        body: Box<Node>,
    },
    Cat(Vec<Node>),
    Alt(Vec<Node>),
    Repeat {
        min: u32,
        max: u32,
        greed: Greed,
        body: Box<Node>,
    },
    Atomic(Box<Node>),
    Look {
        behind: bool,
        negate: bool,
        body: Box<Node>,
    },
    Backref {
        group: u32,
        fold: Fold,
        width: Width,
    },
    Cond {
        group: u32,
        yes: Box<Node>,
        no: Option<Box<Node>>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

/// Where a zero-width assertion holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// `\A`, and `^` without MULTILINE.
    Start,
    /// `^` with MULTILINE.
    LineStart,
    /// `$` without MULTILINE: the end or before a final newline.
    End,
    /// `$` with MULTILINE.
    LineEnd,
    /// `\Z`.
    TextEnd,
    /// `\b`, or `\B` if negated.
    Boundary { unicode: bool, negate: bool },
}

/// The least and greatest number of characters a node matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Width {
    pub lo: u128,
    pub hi: u128,
}

impl Node {
    pub fn width(&self) -> Width {
        let (lo, hi) = match self {
            Node::Set(_) => (1, 1),
            Node::At(_) | Node::Look { .. } => (0, 0),
            Node::Sub { body, .. } | Node::Atomic(body) => return body.width(),
            Node::Cat(items) => items.iter().map(Node::width).fold((0, 0), |(lo, hi), w| (lo + w.lo, hi + w.hi)),
            Node::Alt(items) => return either(items.iter().map(Node::width)),
            Node::Repeat { min, max, body, .. } => {
                let w = body.width();
                let unbounded = *max == MAXREPEAT && w.hi > 0;
                (w.lo * *min as u128, if unbounded { MAXWIDTH } else { w.hi * *max as u128 })
            }
            Node::Backref { width, .. } => (width.lo, width.hi),
            Node::Cond { yes, no, .. } => {
                let no = no.as_ref().map(|n| n.width());
                return match no {
                    Some(no) => either([yes.width(), no].into_iter()),
                    None => Width { lo: 0, hi: yes.width().hi },
                };
            }
        };
        Width { lo: lo.min(MAXWIDTH), hi: hi.min(MAXWIDTH) }
    }

    /// The set, if the node is one character test, perhaps in plain parentheses.
    pub fn as_set(&self) -> Option<&CharSet> {
        match self {
            Node::Set(set) => Some(set),
            Node::Sub { group: None, body } => body.as_set(),
            Node::Cat(items) if items.len() == 1 => items[0].as_set(),
            _ => None,
        }
    }

    /// A sequence, without a wrapper where there is one item.
    pub fn cat(mut items: Vec<Node>) -> Node {
        if items.len() == 1 { items.remove(0) } else { Node::Cat(items) }
    }

    /// `a|b|c`: takes out what the branches begin with in common, and makes one set of single characters.
    pub fn alt(mut branches: Vec<Vec<Node>>) -> Node {
        let mut out = vec![];
        while let Some(Node::Set(first)) = branches[0].first().cloned() {
            if !branches.iter().all(|b| matches!(b.first(), Some(Node::Set(set)) if *set == first)) {
                break;
            }
            branches.iter_mut().for_each(|b| drop(b.remove(0)));
            out.push(Node::Set(first));
        }
        let sets: Option<Vec<&CharSet>> =
            branches.iter().map(|b| if b.len() == 1 { b[0].as_set() } else { None }).collect();
        match sets {
            Some(sets) => {
                let ranges = sets.iter().flat_map(|s| s.ranges()).copied().collect();
                out.push(Node::Set(CharSet::new(ranges)));
            }
            None => out.push(Node::Alt(branches.into_iter().map(Node::cat).collect())),
        }
        Node::cat(out)
    }
}

fn either(widths: impl Iterator<Item = Width>) -> Width {
    let none = Width { lo: MAXWIDTH, hi: 0 };
    widths.fold(none, |a, b| Width { lo: a.lo.min(b.lo), hi: a.hi.max(b.hi) })
}
