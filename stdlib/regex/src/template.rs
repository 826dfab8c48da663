//! Replacement templates of sub() and expand(): text with references to groups.
//! In: a template and the pattern it is for. Out: its parts.
//! Invariant: adjacent literals are one part, and every group in a template exists in the pattern.
use crate::error::{Error, repr};
use crate::parser::simple_escape;
use crate::tokenizer::{GroupRef, Token, Tokenizer};
use crate::{ErrorKind, Program, Text, Warning};

/// A template in order; `warnings` is what the parser has to say on stderr.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pub parts: Vec<Part>,
    pub warnings: Vec<Warning>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Code points, or bytes.
    Literal(Vec<u32>),
    /// What a group matched; nothing if it took no part.
    Group(u32),
}

impl Template {
    pub fn new(template: Text, is_bytes: bool, program: &Program) -> Result<Template, Error> {
        let source = template.codes();
        let tokens = Tokenizer::new(&source, !is_bytes)?;
        let mut reader = Reader { tokens, program, parts: vec![] };
        while let Some(token) = reader.tokens.get()? {
            match token {
                Token::Char(c) => reader.literal(c),
                Token::Escape(c) => reader.escape(c)?,
            }
        }
        Ok(Template { parts: reader.parts, warnings: reader.tokens.warnings })
    }

    /// The text, if there is no reference to a group.
    pub fn as_literal(&self) -> Option<&[u32]> {
        match &self.parts[..] {
            [] => Some(&[]),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

struct Reader<'r> {
    tokens: Tokenizer<'r>,
    program: &'r Program,
    parts: Vec<Part>,
}

impl Reader<'_> {
    fn literal(&mut self, c: u32) {
        match self.parts.last_mut() {
            Some(Part::Literal(text)) => text.push(c),
            _ => self.parts.push(Part::Literal(vec![c])),
        }
    }

    fn group(&mut self, group: u32, back: usize) -> Result<(), Error> {
        if group as usize > self.program.groups() {
            return Err(self.tokens.error(&format!("invalid group reference {group}"), back));
        }
        self.parts.push(Part::Group(group));
        Ok(())
    }

    fn escape(&mut self, c: u32) -> Result<(), Error> {
        match char::from_u32(c) {
            Some('g') => self.named_group()?,
            Some('0') => {
                let mut digits = String::from("0");
                self.tokens.digits(2, 8, &mut digits)?;
                self.literal(octal(&digits) & 0xff);
            }
            Some(digit @ '1'..='9') => self.numbered(digit)?,
            Some(letter) if letter.is_ascii_alphabetic() => match (letter, simple_escape(c)) {
                (_, Some(c)) => self.literal(c),
                ('b', _) => self.literal(8),
                _ => return Err(self.tokens.error(&format!("bad escape \\{letter}"), 2)),
            },
            Some('\\') => self.literal(c),
            _ => {
                self.literal('\\' as u32);
                self.literal(c);
            }
        }
        Ok(())
    }

    /// `\g<name>` and `\g<number>`.
    fn named_group(&mut self) -> Result<(), Error> {
        if !self.tokens.accept('<')? {
            return Err(self.tokens.error("missing <", 0));
        }
        let name = self.tokens.until('>', "group name")?;
        let len = name.len();
        let group = match self.tokens.group_ref(name, |_, _| Ok(()))? {
            GroupRef::Number(group) => group,
            GroupRef::Name(name) => {
                let text = crate::error::text(&name);
                let found = self.program.groupindex().iter().find(|n| n.0 == text);
                let unknown = || Error::plain(ErrorKind::Index, format!("unknown group name {}", repr(&name)));
                found.ok_or_else(unknown)?.1
            }
        };
        self.group(group, len + 1)
    }

    /// A group's number, or three octal digits.
    fn numbered(&mut self, first: char) -> Result<(), Error> {
        let mut digits = String::from(first);
        self.tokens.digits(1, 10, &mut digits)?;
        let octal_so_far = digits.len() == 2 && digits.chars().all(|c| c.is_digit(8));
        if !octal_so_far || self.tokens.digit(8).is_none() {
            return self.group(digits.parse().unwrap_or(u32::MAX), digits.len());
        }
        self.tokens.digits(1, 8, &mut digits)?;
        let value = octal(&digits);
        if value > 0o377 {
            let msg = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.tokens.error(&msg, digits.len() + 1));
        }
        self.literal(value);
        Ok(())
    }
}

fn octal(digits: &str) -> u32 {
    u32::from_str_radix(digits, 8).unwrap_or(u32::MAX)
}
