//! The compiled pattern: a flat list of instructions and the tables they name.
//! In: built by `compile`. Out: read by `matcher` and `search`.
//! Invariant: every target, class, branch and slot in an instruction is in bounds of its table.
use crate::charset::CharSet;
use crate::tree::{At, Greed};
use crate::unicode::Fold;

/// Index of an instruction.
pub(crate) type Pc = u32;

#[derive(Clone, Debug)]
pub(crate) enum Op {
    One(Test),
    /// Characters of `literals`, one after the other.
    Literal {
        start: u32,
        len: u32,
    },
    At(At),
    /// Writes a mark: 2n-2 opens group n, 2n-1 closes it.
    Mark(u32),
    Jump(Pc),
    /// Goes on at the first of several places that works.
    Branch(u32),
    /// Repeats one character test.
    Repeat(Box<RepeatOne>),
    /// Begins a counted loop: its `Loop` comes next.
    LoopInit {
        slot: u32,
    },
    /// The end of an iteration, or its beginning.
    Loop(Box<Loop>),
    /// Begins a region that is left at once by `Commit` or, if `negate`, by `Refute`; looks behind `back` characters.
    Enter {
        back: usize,
        on_fail: Option<Pc>,
    },
    /// Leaves a region and forgets the choices in it; a lookaround goes back to where it began.
    Commit {
        rewind: bool,
    },
    /// The body of a negative lookaround has matched.
    Refute,
    Backref {
        group: u32,
        fold: Fold,
    },
    /// Goes on behind if the group has matched, else at `otherwise`.
    Cond {
        group: u32,
        otherwise: Pc,
    },
    Match,
}

/// A test of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Char(u32),
    NotChar(u32),
    All,
    Class(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct RepeatOne {
    pub test: Test,
    pub min: usize,
    pub max: usize,
    pub greed: Greed,
    /// What must come next, where that is known.
    pub next: Option<Next>,
}

/// A necessary condition on the place where something begins: the next character, or the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Next {
    pub test: Test,
    pub at_end: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Loop {
    pub slot: u32,
    pub min: u32,
    pub max: u32,
    pub lazy: bool,
    pub body: Pc,
}

/// A choice: `table` and `masks` tell which targets are worth a try before a character.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub targets: Vec<Pc>,
    pub table: [u8; 256],
    pub masks: Vec<u64>,
    /// For all characters beyond the table.
    pub wide: u64,
    pub at_end: u64,
}

/// A set in the form that is fast to ask.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub table: [bool; 256],
    wide: Wide,
}

#[derive(Clone, Debug)]
enum Wide {
    None,
    All,
    Ranges(CharSet),
    /// A bit for each code point up to U+FFFF, and the set for what lies beyond.
    Bits(Box<[u64; 1024]>, CharSet),
}

/// Where a search may begin.
#[derive(Debug)]
pub(crate) enum Start {
    Anywhere,
    /// Only at the beginning of the text.
    Text,
    /// Only at the beginning of a line.
    Line,
    /// At a literal, or that many characters behind the beginning of one.
    Literal(Box<Needle>, usize),
    /// At a run of characters that pass a test; if an attempt fails there, no place in the run is any better.
    Run(Next),
    Pairs(Box<Pairs>),
    /// At one of up to three bytes, for text in bytes; `next` is for other text.
    Bytes(Vec<u8>, Next),
    Next(Next),
}

/// The first two characters of every branch: per character, a mask of the branches it may be first or second in.
#[derive(Debug)]
pub(crate) struct Pairs {
    pub first: [u8; 256],
    pub second: [u8; 256],
    /// The same for all characters beyond the tables.
    pub wide: (u8, u8),
}

/// A literal that every match begins with; `bytes` finds it in text of bytes.
#[derive(Debug)]
pub(crate) struct Needle {
    pub codes: Vec<u32>,
    pub bytes: Option<memchr::memmem::Finder<'static>>,
    /// Where to go on behind the literal, if nothing but the literal was skipped.
    pub skip_to: Option<Pc>,
}

#[derive(Debug)]
pub(crate) struct Code {
    pub ops: Vec<Op>,
    pub classes: Vec<Class>,
    pub branches: Vec<Branch>,
    pub literals: Vec<u32>,
    pub slots: usize,
    pub marks: usize,
    pub start: Start,
    /// A character that every match contains, if a search is not for it anyway.
    pub required: Option<u32>,
    /// The least number of characters of a match.
    pub min_width: usize,
}

impl Class {
    pub fn new(set: &CharSet) -> Class {
        let mut table = [false; 256];
        for &(lo, hi) in set.ranges().iter().take_while(|r| r.0 < 256) {
            table[lo as usize..=hi.min(255) as usize].fill(true);
        }
        let wide: Vec<_> = set.ranges().iter().filter(|r| r.1 > 255).map(|r| (r.0.max(256), r.1)).collect();
        let wide = match wide[..] {
            [] => Wide::None,
            [(256, crate::charset::TOP)] => Wide::All,
            _ if wide.len() <= 4 => Wide::Ranges(CharSet::new(wide)),
            _ => Wide::Bits(bits(&wide), set.clone()),
        };
        Class { table, wide }
    }

    #[inline(always)]
    pub fn contains(&self, c: u32) -> bool {
        match self.table.get(c as usize) {
            Some(&inside) => inside,
            None => self.contains_wide(c),
        }
    }

    #[inline]
    fn contains_wide(&self, c: u32) -> bool {
        match &self.wide {
            Wide::None => false,
            Wide::All => true,
            Wide::Ranges(set) => set.ranges().iter().any(|&(lo, hi)| lo <= c && c <= hi),
            Wide::Bits(bits, set) => match bits.get(c as usize / 64) {
                Some(word) => word >> (c % 64) & 1 == 1,
                None => set.contains(c),
            },
        }
    }
}

fn bits(ranges: &[(u32, u32)]) -> Box<[u64; 1024]> {
    let mut bits = Box::new([0u64; 1024]);
    for &(lo, hi) in ranges.iter().take_while(|r| r.0 < 0x10000) {
        for c in lo..=hi.min(0xffff) {
            bits[c as usize / 64] |= 1 << (c % 64);
        }
    }
    bits
}
