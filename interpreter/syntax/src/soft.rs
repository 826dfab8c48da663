//! What a lexer sees and a grammar with one token of look-ahead does not.
//!
//! In: the tokens of one logical line, just ended. Out: the same tokens, with `match` and `case` made keywords where they
//! begin a statement, and with the parenthesis marked that encloses the items of a `with`. The one invariant: a marked
//! token is one that CPython's grammar, trying its alternatives in turn, would take in the same way. Chains of `elif` are
//! counted here too, because each nests in the one before and the tree must not be deeper than recursion can bear.

use crate::ast::MAX_DEPTH;
use crate::error::{ErrorKind, SyntaxError};
use crate::source::Source;
use crate::token::{Tok, Token};

#[derive(Debug, Default)]
pub struct SoftKeywords {
    /// The indentation levels of the bodies of open `match` statements.
    matches: Vec<usize>,
    /// How many `elif`s the open statement of a level has: (level, count), and their sum.
    chains: Vec<(usize, u32)>,
    nesting: u32,
}

impl SoftKeywords {
    /// `tokens[first..]` is a whole line with its NEWLINE (a bracket left open may be in its place), standing at indentation `level`.
    pub fn settle(
        &mut self,
        source: &Source,
        tokens: &mut [Token],
        first: usize,
        level: usize,
    ) -> Result<(), SyntaxError> {
        while self.matches.last().is_some_and(|&body| body > level) {
            self.matches.pop();
        }
        let line = &mut tokens[first..];
        self.count_elif(line[0].kind, level)?;
        match line[0].kind {
            Tok::Name => self.name(source, line, level),
            Tok::With => mark_with_items(line, 1),
            Tok::Async if line.get(1).is_some_and(|next| next.kind == Tok::With) => mark_with_items(line, 2),
            _ => {}
        }
        Ok(())
    }

    fn name(&mut self, source: &Source, line: &mut [Token], level: usize) {
        match &source.text[line[0].start as usize..line[0].end as usize] {
            "case" if self.matches.last() == Some(&level) => line[0].kind = Tok::Case,
            "match" if is_match(line) => {
                line[0].kind = Tok::Match;
                self.matches.push(level + 1);
            }
            _ => {}
        }
    }

    fn count_elif(&mut self, kind: Tok, level: usize) -> Result<(), SyntaxError> {
        let ends = |&(open, _): &(usize, u32)| open > level || open == level && !matches!(kind, Tok::Elif | Tok::Else);
        while let Some((_, count)) = self.chains.pop_if(|chain| ends(chain)) {
            self.nesting -= count;
        }
        if kind != Tok::Elif {
            return Ok(());
        }
        match self.chains.last_mut() {
            Some((open, count)) if *open == level => *count += 1,
            _ => self.chains.push((level, 1)),
        }
        self.nesting += 1;
        if self.nesting < MAX_DEPTH {
            return Ok(());
        }
        Err(SyntaxError::whole(ErrorKind::Recursion, "maximum recursion depth exceeded during compilation"))
    }
}

/// `match` is a keyword if a subject follows and the line ends in a colon; nothing else can begin and end so.
fn is_match(line: &[Token]) -> bool {
    let [_, subject, .., colon, _] = line else { return false };
    colon.kind == Tok::Colon && (subject.kind.begins_expression() || subject.kind == Tok::Star)
}

/// Marks `line[at]` if it is the parenthesis of `with (a as b, c):`.
fn mark_with_items(line: &mut [Token], at: usize) {
    if line.get(at).is_some_and(|open| open.kind == Tok::LPar) && encloses_items(&line[at..]) {
        line[at].kind = Tok::WithParen;
    }
}

/// Whether the parenthesis that begins `line` closes just before the colon and holds with-items rather than one expression: a
/// generator, a starred tuple, a named or a yield expression. What the text's end cuts short is judged by what is there.
fn encloses_items(line: &[Token]) -> bool {
    let (mut depth, mut items) = (0, false);
    let mut expression = line.get(1).is_some_and(|next| next.kind == Tok::RPar);
    for pair in line.windows(2) {
        match pair[0].kind {
            Tok::LPar | Tok::LSqb | Tok::LBrace => depth += 1,
            Tok::RPar | Tok::RSqb | Tok::RBrace => depth -= 1,
            Tok::As if depth == 1 => items = true,
            Tok::For | Tok::Yield | Tok::ColonEqual if depth == 1 => expression = true,
            _ => {}
        }
        if depth == 1 && matches!(pair[0].kind, Tok::LPar | Tok::Comma) {
            expression |= pair[1].kind == Tok::Star;
        }
        if depth == 0 {
            return items && pair[1].kind == Tok::Newline || pair[1].kind == Tok::Colon && (items || !expression);
        }
    }
    items
}
