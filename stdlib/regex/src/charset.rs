//! Sets of characters as sorted ranges: the algebra that parser and compiler work with.
//! In: ranges, in any order. Out: sets, cheap to clone, exact over all code points.
//! Invariant: ranges are sorted, do not overlap and do not touch.
use std::sync::Arc;

/// The last code point.
pub(crate) const TOP: u32 = 0x10ffff;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CharSet(Arc<[(u32, u32)]>);

impl CharSet {
    pub fn new(mut ranges: Vec<(u32, u32)>) -> CharSet {
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (lo, hi) in ranges {
            match out.last_mut() {
                Some(last) if lo <= last.1.saturating_add(1) => last.1 = last.1.max(hi),
                _ => out.push((lo, hi)),
            }
        }
        CharSet(out.into())
    }

    pub fn empty() -> CharSet {
        CharSet::new(vec![])
    }

    pub fn full() -> CharSet {
        CharSet::one_range(0, TOP)
    }

    pub fn one(c: u32) -> CharSet {
        CharSet::one_range(c, c)
    }

    pub fn one_range(lo: u32, hi: u32) -> CharSet {
        CharSet(Arc::new([(lo, hi)]))
    }

    pub fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    pub fn contains(&self, c: u32) -> bool {
        holds(&self.0, c)
    }

    /// The only member, if there is one.
    pub fn single(&self) -> Option<u32> {
        match *self.0 {
            [(lo, hi)] if lo == hi => Some(lo),
            _ => None,
        }
    }

    pub fn is_full(&self) -> bool {
        *self.0 == [(0, TOP)]
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn union(&self, other: &CharSet) -> CharSet {
        if self.is_empty() || other.is_full() {
            return other.clone();
        }
        if other.is_empty() || self.is_full() || self == other {
            return self.clone();
        }
        CharSet::new(self.0.iter().chain(other.0.iter()).copied().collect())
    }

    pub fn negate(&self) -> CharSet {
        let mut out = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for &(lo, hi) in self.0.iter() {
            if lo > next {
                out.push((next, lo - 1));
            }
            next = hi + 1;
        }
        if next <= TOP {
            out.push((next, TOP));
        }
        CharSet(out.into())
    }

    pub fn disjoint(&self, other: &CharSet) -> bool {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            if x.1 < y.0 {
                a.next();
            } else if y.1 < x.0 {
                b.next();
            } else {
                return false;
            }
        }
        true
    }
}

/// Whether sorted ranges hold a code point.
pub(crate) fn holds(ranges: &[(u32, u32)], c: u32) -> bool {
    let after = ranges.partition_point(|r| r.0 <= c);
    after > 0 && c <= ranges[after - 1].1
}
