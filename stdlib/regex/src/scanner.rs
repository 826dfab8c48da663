//! One match after the other: what findall, finditer, sub, split and scanner() go by.
//! In: a program, the same text each time. Out: spans of all groups.
//! Invariant: a match begins where the one before ended or later, and no two are empty at one place.
use crate::Program;
use crate::error::Stop;
use crate::search::{Mode, Query, find};
use crate::stack::{NONE, Scratch};
use crate::text::{Text, Unit};

/// The spans of a match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    captures: Captures,
}

impl Scanner {
    pub fn new(pos: usize, endpos: usize) -> Scanner {
        let (scratch, captures) = Default::default();
        Scanner {
            pos,
            endpos,
            must_advance: false,
            done: false,
            scratch,
            captures,
        }
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
            Some(span) => self.accept(program, span),
            None => self.done = true,
        }
        Ok(found.is_some())
    }

    /// The match found last.
    pub fn captures(&self) -> &Captures {
        &self.captures
    }

    pub(crate) fn into_captures(self) -> Captures {
        self.captures
    }

    fn step<U: Unit>(
        &mut self,
        program: &Program,
        text: &[U],
        mode: Mode,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<(usize, usize)>, Stop> {
        let query = Query {
            mode,
            pos: self.pos.min(text.len()),
            must_advance: self.must_advance,
        };
        let text = &text[..self.endpos.min(text.len())];
        find(&program.code, text, query, &mut self.scratch, interrupt)
    }

    #[inline]
    fn accept(&mut self, program: &Program, (start, end): (usize, usize)) {
        let spans = &mut self.captures.spans;
        spans.clear();
        spans.push(Some((start, end)));
        for group in 0..program.groups() {
            let span = (
                self.scratch.marks[group * 2],
                self.scratch.marks[group * 2 + 1],
            );
            spans.push((span.0 != NONE && span.1 != NONE).then_some(span));
        }
        self.captures.last_index = (self.scratch.last_index > 0).then_some(self.scratch.last_index);
        self.must_advance = start == end;
        self.pos = end;
    }
}
