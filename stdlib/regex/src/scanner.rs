//! One match after the other: what findall, finditer, sub, split and scanner() go by.
//! In: a program, the same text each time. Out: spans of all groups.
//! Invariant: a match begins where the one before ended or later, and no two are empty at one place.
use crate::Program;
use crate::error::Stop;
use crate::search::{Mode, Query, find};
use crate::stack::{NONE, Scratch};
use crate::text::{Text, Unit};

/// The spans of a match, to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captures {
    /// Of group 0, 1, ...: None for a group that took no part.
    pub spans: Vec<Option<(usize, usize)>>,
    /// The group closed last.
    pub last_index: Option<u32>,
}

/// The state between matches. It holds no text, so it can live in an iterator object.
#[derive(Debug)]
pub struct Scanner {
    pos: usize,
    endpos: usize,
    must_advance: bool,
    done: bool,
    scratch: Scratch,
    /// The match found last.
    span: (usize, usize),
}

impl Scanner {
    pub fn new(pos: usize, endpos: usize) -> Scanner {
        let scratch = Scratch::default();
        Scanner { pos, endpos, must_advance: false, done: false, scratch, span: (0, 0) }
    }

    /// Bounds the backtrack stack; it is a gigabyte unless this says otherwise.
    pub fn limit_memory(&mut self, bytes: usize) {
        self.scratch.set_limit(bytes);
    }

    /// Begins anew, with the memory already there.
    pub fn restart(&mut self, pos: usize, endpos: usize) {
        (self.pos, self.endpos) = (pos, endpos);
        (self.must_advance, self.done) = (false, false);
    }

    /// Finds the next match and tells whether there is one; after the last, there is none for ever.
    pub fn next(
        &mut self,
        program: &Program,
        text: Text,
        mode: Mode,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<bool, Stop> {
        if self.done {
            return Ok(false);
        }
        let found = match text {
            Text::One(s) => self.step(program, s, mode, interrupt),
            Text::Two(s) => self.step(program, s, mode, interrupt),
            Text::Four(s) => self.step(program, s, mode, interrupt),
        }?;
        match found {
            Some((start, end)) => {
                self.span = (start, end);
                self.must_advance = start == end;
                self.pos = end;
            }
            None => self.done = true,
        }
        Ok(found.is_some())
    }

    /// Start and end of the match found last.
    #[inline]
    pub fn span(&self) -> (usize, usize) {
        self.span
    }

    /// Start and end of group 1, 2, ... of the match found last; None if it took no part, or does not exist.
    #[inline]
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        let at = number.checked_sub(1)? * 2;
        let (start, end) = (*self.scratch.marks.get(at)?, *self.scratch.marks.get(at + 1)?);
        (start != NONE && end != NONE).then_some((start, end))
    }

    /// The group closed last in the match found last.
    pub fn last_index(&self) -> Option<u32> {
        (self.scratch.last_index > 0).then_some(self.scratch.last_index)
    }

    /// All of the match found last.
    pub fn captures(&self) -> Captures {
        let groups = (1..=self.scratch.marks.len() / 2).map(|number| self.group(number));
        let spans = std::iter::once(Some(self.span)).chain(groups).collect();
        Captures { spans, last_index: self.last_index() }
    }

    fn step<U: Unit>(
        &mut self,
        program: &Program,
        text: &[U],
        mode: Mode,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<(usize, usize)>, Stop> {
        let query = Query { mode, pos: self.pos.min(text.len()), must_advance: self.must_advance };
        let text = &text[..self.endpos.min(text.len())];
        find(&program.code, text, query, &mut self.scratch, interrupt)
    }
}
