//! `%` formatting, of str and bytes: the directives of a format.
//!
//! In: a format (bytes as `Chars::One`). Out: an iterator of literals and directives. The one
//! invariant: what CPython raises in the middle of reading a directive waits in it (`key`, `fault`) until the caller has
//! fetched what comes before it.
//!
//! The caller, for each directive: the key (TypeError("format requires a mapping") before its own error), the `*` of
//! the width, the `*` of the precision, `fault`, and the argument; then
//! it applies the conversion with `percent_apply`, or raises `unsupported`.

use super::FormatError;
use crate::chars::{Chars, check_len};

/// Whose `%` it is: messages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    Str,
    Bytes,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PercentPart<'a> {
    Literal(Chars<'a>),
    /// `%d`, `%s` or `%r`: the letter.
    Plain(u8),
    Directive(Directive<'a>),
}

/// A number in the directive, or a `*` that takes it from the arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Given(usize),
    Star,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directive<'a> {
    /// `%(key)s`.
    pub key: Option<Result<Chars<'a>, FormatError>>,
    pub flags: Flags,
    pub width: Option<Amount>,
    pub precision: Option<Amount>,
    /// The letter, any code point; nothing is checked yet.
    pub conversion: u32,
    /// Where the letter is, for `unsupported`.
    pub at: usize,
    /// To be raised before the argument is fetched.
    pub fault: Option<FormatError>,
}

impl Directive<'_> {
    /// A letter and nothing else.
    pub fn plain(letter: u8) -> Directive<'static> {
        Directive { conversion: letter.into(), ..Directive::default() }
    }

    /// No flags, width or precision.
    pub fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && self.flags == Flags::default()
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub left: bool,
    pub plus: bool,
    pub space: bool,
    pub alternate: bool,
    pub zero: bool,
}

/// Flags, width and precision once the stars are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PercentSpec {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
}

impl PercentSpec {
    /// From a directive and the ints that its stars took. A negative width means left.
    pub fn new(
        directive: &Directive<'_>,
        star_width: Option<isize>,
        star_precision: Option<isize>,
    ) -> Result<PercentSpec, FormatError> {
        let mut flags = directive.flags;
        let width = match (directive.width, star_width) {
            (Some(Amount::Given(width)), _) => width,
            (Some(Amount::Star), Some(width)) => {
                flags.left |= width < 0;
                width.unsigned_abs()
            }
            _ => 0,
        };
        let precision = directive.precision.map(|precision| match precision {
            Amount::Given(precision) => precision,
            Amount::Star => star_precision.and_then(|n| usize::try_from(n).ok()).unwrap_or(0),
        });
        Ok(PercentSpec { flags, width: check_len(width)?, precision })
    }
}

/// ValueError for a letter that is no conversion.
pub fn unsupported(conversion: u32, at: usize) -> FormatError {
    let shown = if (31..127).contains(&conversion) { char::from(conversion as u8) } else { '?' };
    FormatError::value(format!("unsupported format character '{shown}' (0x{conversion:x}) at index {at}"))
}

/// Walks a format.
#[derive(Debug, Clone)]
pub struct PercentIter<'a> {
    format: Chars<'a>,
    pos: usize,
    flavor: Flavor,
}

impl<'a> PercentIter<'a> {
    pub fn new(format: Chars<'a>, flavor: Flavor) -> PercentIter<'a> {
        PercentIter { format, pos: 0, flavor }
    }

    fn directive(&mut self) -> Directive<'a> {
        let key = (self.peek() == Some('(')).then(|| self.key());
        let mut out = Directive { key, ..Directive::default() };
        if let Err(fault) = self.rest_of_directive(&mut out) {
            out.fault = Some(fault);
        }
        out
    }

    /// Up to the parenthesis that matches.
    fn key(&mut self) -> Result<Chars<'a>, FormatError> {
        let start = self.pos + 1;
        let mut open = 0usize;
        while let Some(c) = self.peek() {
            self.pos += 1;
            match c {
                '(' => open += 1,
                ')' => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(self.format.slice(start, self.pos - 1));
            }
        }
        Err(FormatError::value("incomplete format key"))
    }

    fn rest_of_directive(&mut self, out: &mut Directive<'a>) -> Result<(), FormatError> {
        self.flags(&mut out.flags);
        out.width = self.amount(isize::MAX as usize, "width too big")?;
        if self.eat('.') {
            let too_big = if self.flavor == Flavor::Str { "precision too big" } else { "prec too big" };
            out.precision = Some(self.amount(i32::MAX as usize, too_big)?.unwrap_or(Amount::Given(0)));
        }
        if matches!(self.peek(), Some('h' | 'l' | 'L')) {
            self.pos += 1;
        }
        out.conversion = self.format.try_get(self.pos).ok_or_else(|| FormatError::value("incomplete format"))?;
        out.at = self.pos;
        self.pos += 1;
        Ok(())
    }

    fn flags(&mut self, flags: &mut Flags) {
        loop {
            match self.peek() {
                Some('-') => flags.left = true,
                Some('+') => flags.plus = true,
                Some(' ') => flags.space = true,
                Some('#') => flags.alternate = true,
                Some('0') => flags.zero = true,
                _ => return,
            }
            self.pos += 1;
        }
    }

    fn amount(&mut self, most: usize, too_big: &str) -> Result<Option<Amount>, FormatError> {
        if self.eat('*') {
            return Ok(Some(Amount::Star));
        }
        let mut amount = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = amount.unwrap_or(0usize).checked_mul(10).and_then(|n| n.checked_add(digit as usize));
            amount = Some(longer.filter(|&n| n <= most).ok_or_else(|| FormatError::value(too_big))?);
            self.pos += 1;
        }
        Ok(amount.map(Amount::Given))
    }

    fn peek(&self) -> Option<char> {
        self.format.try_get(self.pos).map(|c| char::from_u32(c).unwrap_or('\u{fffd}'))
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.pos += usize::from(found);
        found
    }
}

impl<'a> Iterator for PercentIter<'a> {
    type Item = PercentPart<'a>;

    /// `%%` is a literal. A directive with an error in it ends the iteration, as nothing after it has a meaning.
    fn next(&mut self) -> Option<PercentPart<'a>> {
        let rest = self.format.from(self.pos);
        let len = match rest {
            Chars::One(units) => memchr::memchr(b'%', units),
            wide => wide.iter().position(|c| c == u32::from('%')),
        };
        let len = len.unwrap_or(rest.len());
        if len > 0 {
            self.pos += len;
            return Some(PercentPart::Literal(rest.slice(0, len)));
        }
        if !self.eat('%') {
            return None;
        }
        if self.eat('%') {
            return Some(PercentPart::Literal(self.format.slice(self.pos - 1, self.pos)));
        }
        if let Chars::One(units) = self.format
            && let Some(letter @ (b'd' | b's' | b'r')) = units.get(self.pos)
        {
            self.pos += 1;
            return Some(PercentPart::Plain(*letter));
        }
        let directive = self.directive();
        if directive.fault.is_some() || matches!(directive.key, Some(Err(_))) {
            self.pos = self.format.len();
        }
        Some(PercentPart::Directive(directive))
    }
}
