//! The replacement fields of `str.format`: `{name!conversion:spec}`.
//!
//! In: a format string, or a field's name. Out: iterators of literals and fields, and of the steps of a name. The one
//! invariant: errors come where CPython raises them, so the caller looks arguments up while it iterates; after an error
//! an iterator is at its end.
//!
//! The caller formats a field's spec first when `nested` says so, with the same arguments and numbering, two levels deep
//! at most (`recursion_error`).

use super::FormatError;
use super::spec::read_number;
use crate::chars::Chars;

/// Literal text, and the field after it unless the string ends or the text ended with a doubled brace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Markup<'a> {
    pub literal: Chars<'a>,
    pub field: Option<Field<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: Chars<'a>,
    /// `r`, `s` or `a`; anything else is `conversion_error`.
    pub conversion: Option<u32>,
    pub spec: Chars<'a>,
    /// The spec has fields of its own.
    pub nested: bool,
}

/// ValueError for a conversion that is none of `r`, `s`, `a`.
pub fn conversion_error(conversion: u32) -> FormatError {
    FormatError::value(match conversion {
        33..127 => format!("Unknown conversion specifier {}", char::from(conversion as u8)),
        _ => format!("Unknown conversion specifier \\x{conversion:x}"),
    })
}

/// ValueError for fields inside the fields of a spec.
pub fn recursion_error() -> FormatError {
    FormatError::value("Max string recursion exceeded")
}

/// Walks a format string.
#[derive(Debug, Clone)]
pub struct MarkupIter<'a> {
    s: Chars<'a>,
    pos: usize,
}

impl<'a> MarkupIter<'a> {
    pub fn new(s: Chars<'a>) -> MarkupIter<'a> {
        MarkupIter { s, pos: 0 }
    }

    fn markup(&mut self) -> Result<Markup<'a>, FormatError> {
        let start = self.pos;
        if let Chars::One(units) = self.s {
            self.pos += memchr::memchr2(b'{', b'}', &units[start..]).unwrap_or(units.len() - start);
        }
        let brace = loop {
            match self.take() {
                Some('{') => break '{',
                Some('}') => break '}',
                Some(_) => {}
                None => return Ok(Markup { literal: self.s.from(start), field: None }),
            }
        };
        let text_end = self.pos - 1;
        if self.peek() == Some(brace) {
            self.pos += 1;
            return Ok(Markup { literal: self.s.slice(start, text_end + 1), field: None });
        }
        if brace == '}' || self.peek().is_none() {
            return Err(FormatError::value(format!("Single '{brace}' encountered in format string")));
        }
        Ok(Markup { literal: self.s.slice(start, text_end), field: Some(self.field()?) })
    }

    fn field(&mut self) -> Result<Field<'a>, FormatError> {
        let start = self.pos;
        let end = self.name_end()?;
        let mut field =
            Field { name: self.s.slice(start, self.pos - 1), conversion: None, spec: Chars::default(), nested: false };
        if end == '}' || (end == '!' && self.conversion(&mut field)?) {
            return Ok(field);
        }
        self.spec(&mut field)?;
        Ok(field)
    }

    /// Passes the name and the character that ends it.
    fn name_end(&mut self) -> Result<char, FormatError> {
        while let Some(c) = self.take() {
            match c {
                '{' => return Err(FormatError::value("unexpected '{' in field name")),
                '[' => {
                    while self.peek().is_some_and(|c| c != ']') {
                        self.pos += 1;
                    }
                }
                '}' | ':' | '!' => return Ok(c),
                _ => {}
            }
        }
        Err(FormatError::value("expected '}' before end of string"))
    }

    /// True when the field ends after its conversion.
    fn conversion(&mut self, field: &mut Field<'a>) -> Result<bool, FormatError> {
        field.conversion = self.s.try_get(self.pos);
        if self.take().is_none() {
            return Err(FormatError::value("end of string while looking for conversion specifier"));
        }
        match self.take() {
            Some('}') => Ok(true),
            Some(':') => Ok(false),
            Some(_) => Err(FormatError::value("expected ':' after conversion specifier")),
            None => Err(FormatError::value("unmatched '{' in format spec")),
        }
    }

    fn spec(&mut self, field: &mut Field<'a>) -> Result<(), FormatError> {
        let start = self.pos;
        let mut open = 1;
        while let Some(c) = self.take() {
            match c {
                '{' => {
                    field.nested = true;
                    open += 1;
                }
                '}' => open -= 1,
                _ => {}
            }
            if open == 0 {
                field.spec = self.s.slice(start, self.pos - 1);
                return Ok(());
            }
        }
        Err(FormatError::value("unmatched '{' in format spec"))
    }

    /// The next character; what is no character (a surrogate) is some other one.
    fn peek(&self) -> Option<char> {
        self.s.try_get(self.pos).map(|c| char::from_u32(c).unwrap_or('\u{fffd}'))
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek();
        self.pos += usize::from(c.is_some());
        c
    }
}

impl<'a> Iterator for MarkupIter<'a> {
    type Item = Result<Markup<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.pos >= self.s.len() {
            return None;
        }
        let markup = self.markup();
        if markup.is_err() {
            self.pos = self.s.len();
        }
        Some(markup)
    }
}

/// Whether fields are numbered by themselves: one for a whole `str.format`, nested specs included.
#[derive(Debug, Clone, Default)]
pub struct AutoNumber {
    automatic: Option<bool>,
    next: usize,
}

/// What a field's name starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First<'a> {
    /// A positional argument.
    Index(usize),
    /// A keyword argument.
    Name(Chars<'a>),
}

/// What follows in a field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// `.name`
    Attribute(Chars<'a>),
    /// `[7]`
    Index(usize),
    /// `[key]`, an item by a str.
    Key(Chars<'a>),
}

/// Splits a field's name: its start, and the steps from there.
pub fn split_field_name<'a>(
    name: Chars<'a>,
    numbers: &mut AutoNumber,
) -> Result<(First<'a>, StepIter<'a>), FormatError> {
    let end = name.iter().position(|c| c == u32::from('.') || c == u32::from('[')).unwrap_or(name.len());
    let first = name.slice(0, end);
    let steps = StepIter { name, pos: end };
    let first = match whole_number(first)? {
        None if !first.is_empty() => First::Name(first),
        number => First::Index(numbers.number(number)?),
    };
    Ok((first, steps))
}

impl AutoNumber {
    /// The argument that a field means: the number it gives, or the next one.
    fn number(&mut self, given: Option<usize>) -> Result<usize, FormatError> {
        let automatic = *self.automatic.get_or_insert(given.is_none());
        match given {
            None if automatic => {
                self.next += 1;
                Ok(self.next - 1)
            }
            Some(number) if !automatic => Ok(number),
            None => {
                Err(FormatError::value("cannot switch from manual field specification to automatic field numbering"))
            }
            Some(_) => {
                Err(FormatError::value("cannot switch from automatic field numbering to manual field specification"))
            }
        }
    }
}

/// Walks a field's name after its start.
#[derive(Debug, Clone)]
pub struct StepIter<'a> {
    name: Chars<'a>,
    pos: usize,
}

impl<'a> StepIter<'a> {
    fn step(&mut self) -> Result<Step<'a>, FormatError> {
        let opener = self.name.get(self.pos);
        self.pos += 1;
        let rest = self.name.from(self.pos);
        if opener == u32::from('.') {
            let len = rest.iter().position(|c| c == u32::from('.') || c == u32::from('[')).unwrap_or(rest.len());
            self.pos += len;
            return not_empty(rest.slice(0, len)).map(Step::Attribute);
        }
        if opener != u32::from('[') {
            return Err(FormatError::value("Only '.' or '[' may follow ']' in format field specifier"));
        }
        let Some(len) = rest.iter().position(|c| c == u32::from(']')) else {
            return Err(FormatError::value("Missing ']' in format string"));
        };
        self.pos += len + 1;
        let key = rest.slice(0, len);
        let number = whole_number(key)?;
        not_empty(key).map(|key| number.map_or(Step::Key(key), Step::Index))
    }
}

impl<'a> Iterator for StepIter<'a> {
    type Item = Result<Step<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.pos >= self.name.len() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.pos = self.name.len();
        }
        Some(step)
    }
}

fn not_empty(name: Chars<'_>) -> Result<Chars<'_>, FormatError> {
    if name.is_empty() { Err(FormatError::value("Empty attribute in format string")) } else { Ok(name) }
}

/// The number that `s` is, if it is all digits.
fn whole_number(s: Chars<'_>) -> Result<Option<usize>, FormatError> {
    let (number, end) = read_number(s, 0)?;
    Ok(number.filter(|_| end == s.len()))
}
