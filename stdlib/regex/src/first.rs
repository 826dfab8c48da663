//! What a part of a pattern can begin with: the analysis behind filters and possessive repeats.
//! In: tree nodes. Out: `First`, and `Follow` for what comes after a node.
//! Invariant: both are necessary conditions. Too large a set costs time; too small a one loses matches.
use crate::charset::CharSet;
use crate::tree::{At, Node};

/// Before which character (or the end of the text) a node can match.
#[derive(Clone, Debug)]
pub(crate) struct First {
    pub set: CharSet,
    pub at_end: bool,
    /// It may match nothing at all, and then what follows decides.
    pub empty: bool,
}

/// What the rest of the pattern can begin with.
#[derive(Clone, Debug)]
pub(crate) enum Follow {
    /// Nothing follows: success, whatever the next character.
    Success,
    Unknown,
    Known {
        set: CharSet,
        at_end: bool,
    },
}

impl First {
    fn nothing() -> First {
        First { set: CharSet::empty(), at_end: false, empty: true }
    }

    pub fn of(node: &Node) -> First {
        match node {
            Node::Set(set) => First { set: set.clone(), at_end: false, empty: false },
            Node::At(At::End | At::LineEnd) => First { set: CharSet::one(10), at_end: true, empty: false },
            Node::At(At::TextEnd) => First { set: CharSet::empty(), at_end: true, empty: false },
            Node::At(_) | Node::Look { .. } => First::nothing(),
            Node::Sub { body, .. } | Node::Atomic(body) => First::of(body),
            Node::Cat(items) => First::of_all(items),
            Node::Alt(branches) => branches.iter().map(First::of).reduce(First::or).unwrap_or(First::nothing()),
            Node::Repeat { max: 0, .. } => First::nothing(),
            Node::Repeat { min, body, .. } => {
                let first = First::of(body);
                First { empty: first.empty || *min == 0, ..first }
            }
            Node::Backref { .. } => First { set: CharSet::full(), at_end: true, empty: true },
            Node::Cond { yes, no, .. } => {
                let no = no.as_ref().map_or(First::nothing(), |no| First::of(no));
                First::of(yes).or(no)
            }
        }
    }

    /// Of a sequence.
    pub fn of_all(items: &[Node]) -> First {
        let mut all = First::nothing();
        for item in items {
            if !all.empty {
                break;
            }
            let first = First::of(item);
            all = First { empty: first.empty, ..all.or(first) };
        }
        all
    }

    pub fn or(self, other: First) -> First {
        First { set: self.set.union(&other.set), at_end: self.at_end || other.at_end, empty: self.empty || other.empty }
    }

    /// This, and then what follows.
    pub fn then(self, follow: &Follow) -> Follow {
        match follow {
            _ if !self.empty => Follow::Known { set: self.set, at_end: self.at_end },
            Follow::Known { set, at_end } => Follow::Known { set: self.set.union(set), at_end: self.at_end || *at_end },
            _ => Follow::Unknown,
        }
    }
}

impl Follow {
    /// Either of two continuations.
    pub fn or(self, other: &Follow) -> Follow {
        match (self, other) {
            (Follow::Known { set, at_end }, Follow::Known { set: s, at_end: e }) => {
                Follow::Known { set: set.union(s), at_end: at_end || *e }
            }
            _ => Follow::Unknown,
        }
    }

    /// Whether no member of a set can come next.
    pub fn excludes(&self, other: &CharSet) -> bool {
        matches!(self, Follow::Known { set, .. } if set.disjoint(other))
    }
}
