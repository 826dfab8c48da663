//! Search: the first place from a position on where the program matches.
//! In: code, text, a position. Out: start and end of the match, with the groups in `Scratch`.
//! Invariant: places are tried from left to right; one is passed over only if no match can begin there.
use crate::error::Stop;
use crate::matcher::{Goal, Machine};
use crate::program::{Code, Needle, Next, Pairs, Start, Test};
use crate::stack::{NONE, Scratch};
use crate::text::Unit;

/// What counts as a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It begins at the position.
    Match,
    /// It begins at the position and ends at the end.
    Fullmatch,
    /// It begins at the position or later.
    Search,
}

/// Start and end.
type Span = Option<(usize, usize)>;

/// One question; `must_advance` refuses an empty match at the position itself.
#[derive(Clone, Copy)]
pub(crate) struct Query {
    pub mode: Mode,
    pub pos: usize,
    pub must_advance: bool,
}

pub(crate) fn find<U: Unit>(
    code: &Code,
    text: &[U],
    query: Query,
    scratch: &mut Scratch,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Span, Stop> {
    let mut machine = Machine::new(code, text, scratch, interrupt);
    let Query { mode, pos, must_advance } = query;
    let goal = Goal { full: mode == Mode::Fullmatch, not_at: if must_advance { pos } else { NONE } };
    if mode != Mode::Search {
        return machine.attempt(pos, goal);
    }
    match &code.start {
        _ if pos > text.len() || text.len() - pos < code.min_width => Ok(None),
        _ if code.required.is_some_and(|c| U::find(&text[pos..], c).is_none()) => Ok(None),
        Start::Text if pos > 0 => Ok(None),
        Start::Text => machine.attempt(pos, goal),
        Start::Line => machine.search_lines(pos, goal),
        Start::Literal(needle, back) => machine.search_literal(needle, *back, pos, goal),
        Start::Run(next) => machine.search_next(*next, true, pos, goal),
        Start::Pairs(pairs) => machine.search_pairs(pairs, pos, goal),
        Start::Bytes(bytes, next) => match U::as_bytes(text) {
            Some(text) => machine.search_bytes(text, bytes, pos, goal),
            None => machine.search_next(*next, false, pos, goal),
        },
        Start::Next(next) => machine.search_next(*next, false, pos, goal),
        Start::Anywhere => machine.search_all(pos, goal),
    }
}

impl<U: Unit> Machine<'_, U> {
    fn attempt(&mut self, pos: usize, goal: Goal) -> Result<Span, Stop> {
        Ok(self.run(0, pos, goal)?.map(|end| (pos, end)))
    }

    /// An attempt in a search, which asks now and then whether to stop.
    #[inline(always)]
    fn try_at(&mut self, pos: usize, goal: Goal) -> Result<Span, Stop> {
        self.spend(1)?;
        self.attempt(pos, goal)
    }

    fn search_all(&mut self, pos: usize, goal: Goal) -> Result<Span, Stop> {
        for at in pos..=self.text.len() - self.code.min_width {
            let found = self.try_at(at, goal)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    fn search_lines(&mut self, pos: usize, goal: Goal) -> Result<Span, Stop> {
        let mut at = pos;
        loop {
            let found = self.try_at(at, goal)?;
            if found.is_some() {
                return Ok(found);
            }
            match U::find(&self.text[at..], 10) {
                Some(newline) => at += newline + 1,
                None => return Ok(None),
            }
        }
    }

    /// `run`: after a failure, goes on behind the run of characters that pass the test.
    fn search_next(&mut self, next: Next, run: bool, pos: usize, goal: Goal) -> Result<Span, Stop> {
        let mut at = pos;
        let (text, code) = (self.text, self.code);
        while let Some(rest) = text.get(at..) {
            let there = match next.test {
                Test::Class(id) => {
                    let class = &code.classes[id as usize];
                    rest.iter().position(|u| class.contains(u.code()))
                }
                Test::Char(c) => U::find(rest, c),
                test => rest.iter().position(|&u| self.accepts(test, u)),
            };
            match there {
                Some(there) => at += there,
                None if next.at_end => at = text.len(),
                None => return Ok(None),
            }
            let found = self.try_at(at, goal)?;
            if found.is_some() {
                return Ok(found);
            }
            at += if run { self.count(next.test, &text[at..]) } else { 1 };
        }
        Ok(None)
    }

    fn search_pairs(&mut self, pairs: &Pairs, pos: usize, goal: Goal) -> Result<Span, Stop> {
        let mut at = pos;
        let text = self.text;
        while let Some(rest) = text.get(at..) {
            let there = rest.windows(2).position(|two| pairs.allow(two[0], two[1]));
            let Some(there) = there else { return Ok(None) };
            let found = self.try_at(at + there, goal)?;
            if found.is_some() {
                return Ok(found);
            }
            at += there + 1;
        }
        Ok(None)
    }

    fn search_bytes(&mut self, text: &[u8], bytes: &[u8], pos: usize, goal: Goal) -> Result<Span, Stop> {
        let mut at = pos;
        while let Some(rest) = text.get(at..) {
            let there = match *bytes {
                [a, b, c] => memchr::memchr3(a, b, c, rest),
                [a, b] => memchr::memchr2(a, b, rest),
                [a, ..] => memchr::memchr(a, rest),
                [] => None,
            };
            let Some(there) = there else { return Ok(None) };
            let found = self.try_at(at + there, goal)?;
            if found.is_some() {
                return Ok(found);
            }
            at += there + 1;
        }
        Ok(None)
    }

    fn search_literal(&mut self, needle: &Needle, back: usize, pos: usize, goal: Goal) -> Result<Span, Stop> {
        let mut at = pos.max(back);
        while let Some(there) = self.text.get(at - back..).and_then(|rest| needle.find(rest)) {
            at += there;
            let found = match needle.skip_to {
                Some(pc) => self.run(pc, at + needle.codes.len(), goal)?,
                None => self.run(0, at, goal)?,
            };
            if let Some(end) = found {
                return Ok(Some((at, end)));
            }
            at += 1;
        }
        Ok(None)
    }
}

impl Pairs {
    #[inline(always)]
    fn allow<U: Unit>(&self, first: U, second: U) -> bool {
        let first = self.first.get(first.code() as usize).unwrap_or(&self.wide.0);
        let second = self.second.get(second.code() as usize).unwrap_or(&self.wide.1);
        first & second != 0
    }
}

impl Needle {
    fn find<U: Unit>(&self, text: &[U]) -> Option<usize> {
        if let Some(bytes) = U::as_bytes(text) {
            return match (&self.bytes, &self.codes[..]) {
                (_, &[c]) => u8::find(bytes, c),
                (Some(finder), _) => finder.find(bytes),
                (None, _) => None,
            };
        }
        self.find_wide(text)
    }

    /// Looks at first and last character of many places at once.
    fn find_wide<U: Unit>(&self, text: &[U]) -> Option<usize> {
        const CHUNK: usize = 16;
        let (&first, &last) = (self.codes.first()?, self.codes.last()?);
        let places = text.len().checked_sub(self.codes.len() - 1)?;
        let (heads, tails) = (&text[..places], &text[self.codes.len() - 1..]);
        let found = |i: usize| text[i..i + self.codes.len()].iter().zip(&self.codes).all(|(u, &c)| u.code() == c);
        for (i, (head, tail)) in heads.chunks_exact(CHUNK).zip(tails.chunks_exact(CHUNK)).enumerate() {
            let ends = head.iter().zip(tail).map(|(h, t)| (h.code() == first) & (t.code() == last));
            if ends.fold(false, |any, both| any | both) {
                let at = i * CHUNK;
                if let Some(place) = (at..at + CHUNK).find(|&i| found(i)) {
                    return Some(place);
                }
            }
        }
        (places - places % CHUNK..places).find(|&i| found(i))
    }
}
