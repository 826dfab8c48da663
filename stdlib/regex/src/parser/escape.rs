//! Escapes, in a pattern and in a character class.
//! In: the character behind the backslash, already taken. Out: a node, or a class item.
//! Invariant: an escape of an ASCII letter without meaning is an error, never the letter.
use super::{Parser, Scope};
use crate::error::{Error, repr, text};
use crate::tree::{At, Node};
use crate::unicode::Category;

/// What an escape means in a class.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum ClassEscape {
    Literal(u32),
    Category(Category, bool),
}

impl Parser<'_> {
    pub(super) fn escape(&mut self, c: u32, scope: Scope) -> Result<Node, Error> {
        let known = char::from_u32(c).unwrap_or('\0');
        if let Some((category, negate)) = category(known) {
            return Ok(Node::Set(self.category(category, negate, scope)));
        }
        let unicode = self.unicode(scope);
        match known {
            'A' => return Ok(Node::At(At::Start)),
            'Z' => return Ok(Node::At(At::TextEnd)),
            'b' | 'B' => {
                return Ok(Node::At(At::Boundary { unicode, negate: known == 'B' }));
            }
            _ => {}
        }
        let value = match known {
            '0' => {
                let mut digits = String::from("0");
                self.tokens.digits(2, 8, &mut digits)?;
                octal(&digits)
            }
            '1'..='9' => match self.group_or_octal(known)? {
                Ok(value) => value,
                Err(group) => return self.backref(group, scope),
            },
            _ => self.character_escape(c)?,
        };
        Ok(self.literal(value, scope))
    }

    pub(super) fn class_escape(&mut self, c: u32) -> Result<ClassEscape, Error> {
        let known = char::from_u32(c).unwrap_or('\0');
        if let Some((category, negate)) = category(known) {
            return Ok(ClassEscape::Category(category, negate));
        }
        let value = match known {
            'b' => 8,
            '0'..='7' => {
                let mut digits = String::from(known);
                self.tokens.digits(2, 8, &mut digits)?;
                self.checked_octal(&digits)?
            }
            '8' | '9' => return Err(self.bad_escape(&known.to_string())),
            _ => self.character_escape(c)?,
        };
        Ok(ClassEscape::Literal(value))
    }

    /// A group's number, or three octal digits: Err is the digits of the group.
    fn group_or_octal(&mut self, first: char) -> Result<Result<u32, String>, Error> {
        let mut digits = String::from(first);
        if self.tokens.digit(10).is_some() {
            self.tokens.digits(1, 10, &mut digits)?;
            if digits.chars().all(|c| c.is_digit(8)) && self.tokens.digit(8).is_some() {
                self.tokens.digits(1, 8, &mut digits)?;
                return self.checked_octal(&digits).map(Ok);
            }
        }
        Ok(Err(digits))
    }

    fn backref(&mut self, digits: String, scope: Scope) -> Result<Node, Error> {
        let group: u32 = digits.parse().unwrap_or(u32::MAX);
        if group as usize >= self.widths.len() {
            return Err(self.tokens.error(&format!("invalid group reference {group}"), digits.len()));
        }
        self.reference(group, digits.len() + 1, scope)
    }

    /// A reference to a group that exists; `back` is the length of its source, for errors.
    pub(super) fn reference(&mut self, group: u32, back: usize, scope: Scope) -> Result<Node, Error> {
        let Some(width) = self.widths[group as usize] else {
            return Err(self.tokens.error("cannot refer to an open group", back));
        };
        self.check_lookbehind_group(group)?;
        Ok(Node::Backref { group, fold: self.fold(scope), width })
    }

    /// Inside a lookbehind, only groups closed before it began can be meant.
    pub(super) fn check_lookbehind_group(&self, group: u32) -> Result<(), Error> {
        let Some(limit) = self.lookbehind_groups else {
            return Ok(());
        };
        let group = group as usize;
        if self.widths.get(group).is_none_or(|w| w.is_none()) {
            return Err(self.tokens.error("cannot refer to an open group", 0));
        }
        if group >= limit {
            return Err(self.tokens.error("cannot refer to group defined in the same lookbehind subpattern", 0));
        }
        Ok(())
    }

    /// Escapes that mean one character, in a class and outside.
    fn character_escape(&mut self, c: u32) -> Result<u32, Error> {
        let text = self.tokens.is_text;
        match char::from_u32(c) {
            Some('x') => self.hex_escape('x', 2),
            Some('u') if text => self.hex_escape('u', 4),
            Some('U') if text => self.hex_escape('U', 8),
            Some('N') if text => self.named_escape(),
            Some(letter) if letter.is_ascii_alphabetic() => {
                simple_escape(c).ok_or_else(|| self.bad_escape(&letter.to_string()))
            }
            _ => Ok(c),
        }
    }

    fn hex_escape(&mut self, letter: char, n: usize) -> Result<u32, Error> {
        let mut digits = String::new();
        self.tokens.digits(n, 16, &mut digits)?;
        if digits.len() < n {
            let msg = format!("incomplete escape \\{letter}{digits}");
            return Err(self.tokens.error(&msg, digits.len() + 2));
        }
        let value = u32::from_str_radix(&digits, 16).unwrap_or(u32::MAX);
        if value > crate::charset::TOP {
            return Err(self.bad_escape(&format!("{letter}{digits}")));
        }
        Ok(value)
    }

    fn named_escape(&mut self) -> Result<u32, Error> {
        if !self.tokens.accept('{')? {
            return Err(self.tokens.error("missing {", 0));
        }
        let name = self.tokens.until('}', "character name")?;
        (self.lookup)(&text(&name)).ok_or_else(|| {
            let msg = format!("undefined character name {}", repr(&name));
            self.tokens.error(&msg, name.len() + 4)
        })
    }

    fn checked_octal(&self, digits: &str) -> Result<u32, Error> {
        let value = octal(digits);
        if value > 0o377 {
            let msg = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.tokens.error(&msg, digits.len() + 1));
        }
        Ok(value)
    }

    fn bad_escape(&self, escape: &str) -> Error {
        self.tokens.error(&format!("bad escape \\{escape}"), escape.chars().count() + 1)
    }
}

/// `\n` and its like: the escapes of a letter that mean one control character.
pub(crate) fn simple_escape(c: u32) -> Option<u32> {
    let letter = char::from_u32(c)?;
    let (_, value) =
        [('a', 7), ('f', 12), ('n', 10), ('r', 13), ('t', 9), ('v', 11)].into_iter().find(|e| e.0 == letter)?;
    Some(value)
}

fn category(c: char) -> Option<(Category, bool)> {
    let category = match c.to_ascii_lowercase() {
        'd' => Category::Digit,
        's' => Category::Space,
        'w' => Category::Word,
        _ => return None,
    };
    Some((category, c.is_ascii_uppercase()))
}

fn octal(digits: &str) -> u32 {
    u32::from_str_radix(digits, 8).unwrap_or(u32::MAX)
}
