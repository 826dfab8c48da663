//! Patterns and templates as tokens: a character, or a backslash and the character behind it.
//! In: code points. Out: tokens with one token of lookahead, and errors placed in the source.
//! Invariant: `tell()` is the offset of the token that `next` holds.
use crate::error::{Error, ascii, backslashreplace, repr, text};
use crate::unicode::{decimal_value, is_identifier};
use crate::{ErrorKind, Warning};

/// CPython's MAXGROUPS.
const MAXGROUPS: u64 = 1073741823;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Char(u32),
    Escape(u32),
}

pub(crate) struct Tokenizer<'s> {
    pub source: &'s [u32],
    pub is_text: bool,
    pub next: Option<Token>,
    pub warnings: Vec<Warning>,
    index: usize,
}

/// A group as a reference in the source names it.
pub(crate) enum GroupRef {
    Name(Vec<u32>),
    Number(u32),
}

impl Token {
    pub fn is(self, c: char) -> bool {
        self == Token::Char(c as u32)
    }

    /// The character, if the token is a plain one of ASCII.
    pub fn plain(self) -> Option<char> {
        match self {
            Token::Char(c) if c < 128 => char::from_u32(c),
            _ => None,
        }
    }

    pub fn codes(self) -> Vec<u32> {
        match self {
            Token::Char(c) => vec![c],
            Token::Escape(c) => vec!['\\' as u32, c],
        }
    }

    pub fn len(self) -> usize {
        if matches!(self, Token::Char(_)) { 1 } else { 2 }
    }

    pub fn text(self) -> String {
        text(&self.codes())
    }
}

impl<'s> Tokenizer<'s> {
    pub fn new(source: &'s [u32], is_text: bool) -> Result<Self, Error> {
        let mut new = Tokenizer { source, is_text, next: None, warnings: vec![], index: 0 };
        new.advance()?;
        Ok(new)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next = match self.source.get(self.index) {
            None => None,
            Some(92) => {
                let Some(&c) = self.source.get(self.index + 1) else {
                    return Err(Error::at("bad escape (end of pattern)", self.source, self.source.len() - 1));
                };
                Some(Token::Escape(c))
            }
            Some(&c) => Some(Token::Char(c)),
        };
        self.index += self.next.map_or(0, Token::len);
        Ok(())
    }

    pub fn get(&mut self) -> Result<Option<Token>, Error> {
        let this = self.next;
        self.advance()?;
        Ok(this)
    }

    pub fn accept(&mut self, c: char) -> Result<bool, Error> {
        let found = self.sees(c);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    pub fn sees(&self, c: char) -> bool {
        self.next.is_some_and(|t| t.is(c))
    }

    /// The next token, if it is a digit of this base.
    pub fn digit(&self, base: u32) -> Option<char> {
        self.next.and_then(Token::plain).filter(|c| c.is_digit(base))
    }

    /// Appends at most n digits of this base.
    pub fn digits(&mut self, n: usize, base: u32, to: &mut String) -> Result<(), Error> {
        for _ in 0..n {
            let Some(c) = self.digit(base) else { break };
            to.push(c);
            self.advance()?;
        }
        Ok(())
    }

    /// What stands before the terminator; `name` is what errors call it.
    pub fn until(&mut self, terminator: char, name: &str) -> Result<Vec<u32>, Error> {
        let mut found = vec![];
        loop {
            let this = self.get()?;
            let missing = |t: &Self, back| Err(t.error(&format!("missing {name}"), back));
            match this {
                None if found.is_empty() => return missing(self, 0),
                None => {
                    return Err(self.error(&format!("missing {terminator}, unterminated name"), found.len()));
                }
                Some(t) if t.is(terminator) && found.is_empty() => return missing(self, 1),
                Some(t) if t.is(terminator) => return Ok(found),
                Some(t) => found.extend(t.codes()),
            }
        }
    }

    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    pub fn seek(&mut self, index: usize) -> Result<(), Error> {
        self.index = index;
        self.advance()
    }

    /// An error that many characters before the next token.
    pub fn error(&self, msg: &str, back: usize) -> Error {
        let msg = if self.is_text { msg.to_string() } else { backslashreplace(msg) };
        Error::at(msg, self.source, self.tell() - back)
    }

    pub fn warn(&mut self, future: bool, what: &str, pos: usize) {
        self.warnings.push(Warning { future, msg: format!("{what} at position {pos}") });
    }

    /// Refuses a name that is no identifier.
    pub fn check_group_name(&mut self, name: &[u32], offset: usize) -> Result<(), Error> {
        if !is_identifier(name) {
            return Err(self.bad_group_name(name, offset));
        }
        if !self.is_text && name.iter().any(|&c| c > 127) {
            let pos = self.tell() - name.len() - offset;
            self.warn(false, &format!("bad character in group name {}", ascii(name)), pos);
        }
        Ok(())
    }

    /// A name, or what `int()` takes for a number; `check` looks at the number before warnings are given.
    pub fn group_ref(
        &mut self,
        name: Vec<u32>,
        check: impl FnOnce(&mut Self, u32) -> Result<(), Error>,
    ) -> Result<GroupRef, Error> {
        if is_identifier(&name) {
            self.check_group_name(&name, 1)?;
            return Ok(GroupRef::Name(name));
        }
        let digits = integer(&name).ok_or_else(|| self.bad_group_name(&name, 1))?;
        let number = digits.parse::<u64>().ok().filter(|&n| n < MAXGROUPS);
        let Some(number) = number else {
            return Err(self.error(&format!("invalid group reference {digits}"), name.len() + 1));
        };
        check(self, number as u32)?;
        if !name.iter().all(|c| (48..58).contains(c)) {
            let shown = if self.is_text { repr(&name) } else { ascii(&name) };
            let pos = self.tell() - name.len() - 1;
            self.warn(false, &format!("bad character in group name {shown}"), pos);
        }
        Ok(GroupRef::Number(number as u32))
    }

    fn bad_group_name(&self, name: &[u32], offset: usize) -> Error {
        self.error(&format!("bad character in group name {}", repr(name)), name.len() + offset)
    }
}

/// A number too large for a quantifier, in the kind of exception that its length asks for.
pub(crate) fn parse_repeat(digits: &str) -> Result<u32, Error> {
    if digits.len() > 4300 {
        let msg = format!(
            "Exceeds the limit (4300 digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        );
        return Err(Error::plain(ErrorKind::Value, msg));
    }
    let small = digits.parse::<u32>().ok().filter(|&n| n < crate::tree::MAXREPEAT);
    small.ok_or_else(|| Error::plain(ErrorKind::Overflow, "the repetition number is too large"))
}

/// The digits of a non-negative number that `int()` accepts, without leading zeros.
fn integer(name: &[u32]) -> Option<String> {
    let space = crate::unicode::Category::Space.set(true);
    let start = name.iter().position(|&c| !space.contains(c))?;
    let end = name.iter().rposition(|&c| !space.contains(c))? + 1;
    let (negative, body) = match &name[start..end] {
        [43, rest @ ..] => (false, rest),
        [45, rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut digits = String::new();
    let mut after_digit = false;
    for &c in body {
        match decimal_value(c) {
            Some(d) => digits.push((b'0' + d as u8) as char),
            None if c == 95 && after_digit => {}
            None => return None,
        }
        after_digit = c != 95;
    }
    if !after_digit || digits.len() > 4300 {
        return None;
    }
    let value = digits.trim_start_matches('0');
    match value {
        "" => Some("0".into()),
        _ if negative => None,
        _ => Some(value.into()),
    }
}
