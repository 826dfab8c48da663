//! The matcher's questions to the text: one character, a place, a group.
//! In: tests and positions. Out: answers; nothing changes.
//! Invariant: positions beyond the text fail every test of a character.
use std::sync::OnceLock;

use super::Machine;
use crate::program::{Class, Test};
use crate::stack::NONE;
use crate::text::Unit;
use crate::tree::At;
use crate::unicode::{Category, Fold, ascii_lower, lower};

/// Runs this short are counted without the help of memchr.
const SHORT: usize = 16;

impl<U: Unit> Machine<'_, U> {
    #[inline(always)]
    pub(crate) fn accepts(&self, test: Test, unit: U) -> bool {
        match test {
            Test::Char(c) => unit.code() == c,
            Test::NotChar(c) => unit.code() != c,
            Test::All => true,
            Test::Class(id) => self.code.classes[id as usize].contains(unit.code()),
        }
    }

    #[inline(always)]
    pub(crate) fn accepts_at(&self, test: Test, pos: usize) -> bool {
        self.text.get(pos).is_some_and(|&unit| self.accepts(test, unit))
    }

    /// How many units at the beginning pass a test.
    #[inline(always)]
    pub(crate) fn count(&self, test: Test, rest: &[U]) -> usize {
        let found = match test {
            Test::All => None,
            Test::Char(c) => rest.iter().position(|u| u.code() != c),
            Test::NotChar(c) => {
                let (near, far) = rest.split_at(rest.len().min(SHORT));
                let found = near.iter().position(|u| u.code() == c);
                found.or_else(|| U::find(far, c).map(|at| at + near.len()))
            }
            Test::Class(id) => {
                let class = &self.code.classes[id as usize];
                rest.iter().position(|u| !class.contains(u.code()))
            }
        };
        found.unwrap_or(rest.len())
    }

    #[inline(always)]
    pub(super) fn looks_like(&self, literal: &[u32], pos: usize) -> bool {
        let there = self.text.get(pos..pos + literal.len());
        there.is_some_and(|there| there.iter().zip(literal).all(|(u, &c)| u.code() == c))
    }

    #[inline(always)]
    pub(super) fn is_at(&self, at: At, pos: usize) -> bool {
        let end = self.text.len();
        let newline = |pos: usize| self.text.get(pos).is_some_and(|u| u.code() == 10);
        match at {
            At::Start => pos == 0,
            At::LineStart => pos == 0 || newline(pos - 1),
            At::End => pos == end || pos + 1 == end && newline(pos),
            At::LineEnd => pos == end || newline(pos),
            At::TextEnd => pos == end,
            At::Boundary { unicode, negate } => {
                let before = pos > 0 && self.is_word(unicode, pos - 1);
                end > 0 && (before != self.is_word(unicode, pos)) != negate
            }
        }
    }

    #[inline(always)]
    fn is_word(&self, unicode: bool, pos: usize) -> bool {
        let Some(unit) = self.text.get(pos) else {
            return false;
        };
        match unit.code() {
            c @ 0..128 => WORDS[c as usize],
            c => unicode && wide_words().contains(c),
        }
    }

    /// Start and end of a group that has matched.
    pub(super) fn group(&self, group: u32) -> Option<(usize, usize)> {
        let at = group as usize * 2 - 2;
        let span = (*self.scratch.marks.get(at)?, *self.scratch.marks.get(at + 1)?);
        (span.0 != NONE && span.1 != NONE && span.0 <= span.1).then_some(span)
    }

    /// The end of a repetition of what a group matched.
    pub(super) fn backref(&self, group: u32, fold: Fold, pos: usize) -> Option<usize> {
        let (start, end) = self.group(group)?;
        let there = self.text.get(pos..pos + (end - start))?;
        let same = |a: &U, b: &U| {
            let (a, b) = (a.code(), b.code());
            a == b
                || match fold {
                    Fold::None => false,
                    Fold::Unicode => lower(a) == lower(b),
                    Fold::Ascii | Fold::Locale => ascii_lower(a) == ascii_lower(b),
                }
        };
        self.text[start..end].iter().zip(there).all(|(a, b)| same(a, b)).then_some(pos + (end - start))
    }
}

/// What `\w` matches, for boundaries beyond ASCII.
fn wide_words() -> &'static Class {
    static CLASS: OnceLock<Class> = OnceLock::new();
    CLASS.get_or_init(|| Class::new(&Category::Word.set(true)))
}

const WORDS: [bool; 128] = {
    let mut words = [false; 128];
    let mut c = 0;
    while c < 128 {
        words[c] = (c as u8).is_ascii_alphanumeric() || c == b'_' as usize;
        c += 1;
    }
    words
};
