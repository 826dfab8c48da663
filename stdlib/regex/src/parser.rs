//! Pattern -> tree: alternation, sequence, quantifiers; the rest is in `parser/`.
//! In: code points and flags. Out: the tree, groups and final flags, or CPython's error at CPython's place.
//! Invariant: errors are found in CPython's order, left to right with one token of lookahead.
mod escape;
mod group;
mod set;

pub(crate) use escape::simple_escape;

use crate::charset::CharSet;
use crate::error::Error;
use crate::tokenizer::{Token, Tokenizer, parse_repeat};
use crate::tree::{At, Greed, MAXREPEAT, Node, Width};
use crate::unicode::{Category, Fold, lower, same_upper, unfold};
use crate::{ErrorKind, Warning, flag};

/// Groups may nest this deep; CPython's recursion limit ends there too.
const MAX_DEPTH: u32 = 495;

/// What a parse yields.
pub(crate) struct Parsed {
    pub tree: Node,
    pub flags: u32,
    /// Number of groups, without group 0.
    pub groups: u32,
    pub names: Vec<(Vec<u32>, u32)>,
    pub warnings: Vec<Warning>,
}

/// Finds the character that `\N{name}` means.
pub(crate) type Names<'a> = &'a dyn Fn(&str) -> Option<u32>;

pub(crate) fn parse(source: &[u32], is_text: bool, flags: u32, names: Names) -> Result<Parsed, Error> {
    let tokens = Tokenizer::new(source, is_text)?;
    let mut parser = Parser {
        tokens,
        flags,
        names: vec![],
        widths: vec![None],
        lookbehind_groups: None,
        forward_refs: vec![],
        lookup: names,
        depth: 0,
    };
    let tree = parser.alternation(Scope { flags, top: true })?;
    let flags = fix_flags(is_text, parser.flags)?;
    if parser.tokens.next.is_some() {
        return Err(parser.tokens.error("unbalanced parenthesis", 0));
    }
    for &(group, pos) in &parser.forward_refs {
        if group as usize >= parser.widths.len() {
            return Err(Error::at(format!("invalid group reference {group}"), source, pos));
        }
    }
    let groups = parser.widths.len() as u32 - 1;
    Ok(Parsed { tree, flags, groups, names: parser.names, warnings: parser.tokens.warnings })
}

struct Parser<'s> {
    tokens: Tokenizer<'s>,
    /// The pattern's global flags so far.
    flags: u32,
    names: Vec<(Vec<u32>, u32)>,
    /// The width of every group, None while it is open.
    widths: Vec<Option<Width>>,
    /// The number of groups at the start of the outermost open lookbehind.
    lookbehind_groups: Option<usize>,
    /// Groups of conditions and where they were first named.
    forward_refs: Vec<(u32, usize)>,
    lookup: Names<'s>,
    depth: u32,
}

/// The flags in force in one pair of parentheses; `top` is outside of all.
#[derive(Clone, Copy)]
struct Scope {
    flags: u32,
    top: bool,
}

/// Checks that flags go together and adds UNICODE.
fn fix_flags(is_text: bool, flags: u32) -> Result<u32, Error> {
    let refuse = |msg: &str| Err(Error::plain(ErrorKind::Value, msg));
    if is_text {
        if flags & flag::LOCALE != 0 {
            return refuse("cannot use LOCALE flag with a str pattern");
        }
        if flags & flag::ASCII == 0 {
            return Ok(flags | flag::UNICODE);
        }
        if flags & flag::UNICODE != 0 {
            return refuse("ASCII and UNICODE flags are incompatible");
        }
    } else if flags & flag::UNICODE != 0 {
        return refuse("cannot use UNICODE flag with a bytes pattern");
    } else if flags & flag::LOCALE != 0 && flags & flag::ASCII != 0 {
        return refuse("ASCII and LOCALE flags are incompatible");
    }
    Ok(flags)
}

impl Parser<'_> {
    /// `a|b|c`, up to a closing parenthesis or the end.
    fn alternation(&mut self, mut scope: Scope) -> Result<Node, Error> {
        self.deeper()?;
        let mut branches = vec![];
        loop {
            let first = scope.top && branches.is_empty();
            branches.push(self.sequence(scope, first)?);
            if !self.tokens.accept('|')? {
                break;
            }
            if scope.top {
                scope.flags = self.flags;
            }
        }
        self.depth -= 1;
        Ok(if branches.len() == 1 { Node::cat(branches.remove(0)) } else { Node::alt(branches) })
    }

    /// Counts a level of nesting, and refuses the one too many.
    fn deeper(&mut self) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH + 1 {
            return Err(Error::plain(
                ErrorKind::Recursion,
                "maximum recursion depth exceeded while calling a Python object",
            ));
        }
        Ok(())
    }

    /// Items up to `|`, `)` or the end; `first` allows global flags.
    fn sequence(&mut self, mut scope: Scope, first: bool) -> Result<Vec<Node>, Error> {
        let mut items = vec![];
        while let Some(this) = self.tokens.next {
            if this.is('|') || this.is(')') {
                break;
            }
            self.tokens.get()?;
            if scope.flags & flag::VERBOSE != 0 && self.skip_verbose(this)? {
                continue;
            }
            let Some(c) = this.plain() else {
                items.push(match this {
                    Token::Escape(c) => self.escape(c, scope)?,
                    Token::Char(c) => self.literal(c, scope),
                });
                continue;
            };
            match c {
                '[' => items.push(self.set(scope)?),
                '*' | '+' | '?' | '{' => self.repeat(c, &mut items, scope)?,
                '.' => items.push(Node::Set(self.any(scope))),
                '(' => self.group(&mut items, &mut scope, first)?,
                '^' => items.push(Node::At(if scope.has(flag::MULTILINE) { At::LineStart } else { At::Start })),
                '$' => items.push(Node::At(if scope.has(flag::MULTILINE) { At::LineEnd } else { At::End })),
                _ => items.push(self.literal(c as u32, scope)),
            }
        }
        Ok(items)
    }

    /// Skips white space or a comment, and tells whether it did.
    fn skip_verbose(&mut self, this: Token) -> Result<bool, Error> {
        match this.plain() {
            Some(' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') => Ok(true),
            Some('#') => loop {
                if self.tokens.get()?.is_none_or(|t| t.is('\n')) {
                    return Ok(true);
                }
            },
            _ => Ok(false),
        }
    }

    /// A quantifier: takes the last item and puts its repetition in its place.
    fn repeat(&mut self, this: char, items: &mut Vec<Node>, scope: Scope) -> Result<(), Error> {
        let here = self.tokens.tell();
        let (min, max) = match this {
            '?' => (0, 1),
            '*' => (0, MAXREPEAT),
            '+' => (1, MAXREPEAT),
            _ => match self.bounds(here)? {
                Some(bounds) => bounds,
                None => {
                    items.push(self.literal('{' as u32, scope));
                    return Ok(());
                }
            },
        };
        let back = self.tokens.tell() - here + 1;
        let body = match items.pop() {
            None | Some(Node::At(_)) => return Err(self.tokens.error("nothing to repeat", back)),
            Some(Node::Repeat { .. }) => return Err(self.tokens.error("multiple repeat", back)),
            Some(item) => Box::new(item),
        };
        let greed = if self.tokens.accept('?')? {
            Greed::Lazy
        } else if self.tokens.accept('+')? {
            Greed::Possessive
        } else {
            Greed::Greedy
        };
        items.push(Node::Repeat { min, max, greed, body });
        Ok(())
    }

    /// `{m,n}` behind its brace; None, and nothing taken, if it is no quantifier.
    fn bounds(&mut self, here: usize) -> Result<Option<(u32, u32)>, Error> {
        if self.tokens.sees('}') {
            return Ok(None);
        }
        let (mut lo, mut hi) = (String::new(), String::new());
        self.tokens.digits(usize::MAX, 10, &mut lo)?;
        if self.tokens.accept(',')? {
            self.tokens.digits(usize::MAX, 10, &mut hi)?;
        } else {
            hi = lo.clone();
        }
        if !self.tokens.accept('}')? {
            self.tokens.seek(here)?;
            return Ok(None);
        }
        let min = if lo.is_empty() { 0 } else { parse_repeat(&lo)? };
        let max = if hi.is_empty() { MAXREPEAT } else { parse_repeat(&hi)? };
        if max < min {
            return Err(self.tokens.error("min repeat greater than max repeat", self.tokens.tell() - here));
        }
        Ok(Some((min, max)))
    }

    fn any(&self, scope: Scope) -> CharSet {
        if scope.has(flag::DOTALL) { CharSet::full() } else { CharSet::one(10).negate() }
    }

    fn literal(&self, c: u32, scope: Scope) -> Node {
        Node::Set(self.literal_set(c, scope))
    }

    /// What one character matches: itself, or what folds like it.
    fn literal_set(&self, c: u32, scope: Scope) -> CharSet {
        match self.fold(scope) {
            Fold::None => CharSet::one(c),
            Fold::Unicode => {
                let low = lower(c);
                let same = same_upper(low).map(|c| (c, c));
                unfold(&CharSet::new(same.chain([(low, low)]).collect()), Fold::Unicode)
            }
            Fold::Ascii => unfold(&CharSet::one(crate::unicode::ascii_lower(c)), Fold::Ascii),
            Fold::Locale => unfold(&CharSet::one(c), Fold::Locale),
        }
    }

    fn category(&self, category: Category, negate: bool, scope: Scope) -> CharSet {
        let set = category.set(self.unicode(scope));
        if negate { set.negate() } else { set }
    }

    fn unicode(&self, scope: Scope) -> bool {
        self.tokens.is_text && !scope.has(flag::ASCII)
    }

    fn fold(&self, scope: Scope) -> Fold {
        match () {
            _ if !scope.has(flag::IGNORECASE) => Fold::None,
            _ if scope.has(flag::LOCALE) => Fold::Locale,
            _ if self.unicode(scope) => Fold::Unicode,
            _ => Fold::Ascii,
        }
    }
}

impl Scope {
    fn has(self, flag: u32) -> bool {
        self.flags & flag != 0
    }
}
