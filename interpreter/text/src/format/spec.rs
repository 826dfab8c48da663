//! The format mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
//!
//! In: the specification and what its type letter defaults to. Out: a `FormatSpec`, or the error. The one invariant: a
//! spec that is handed out has a grouping that its type letter allows.

use super::FormatError;
use crate::chars::{Chars, CharsBuf, check_len};
use crate::unicode::decimal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
    Center,
    /// Between sign and digits.
    AfterSign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Only of negative numbers; the default, which asked for by name (`-`) is still a sign asked for.
    Minus,
    Plus,
    Space,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    None,
    Comma,
    Underscore,
    /// By four: `b`, `o`, `x` and `X`.
    UnderscoreFours,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormatSpec {
    pub fill: u32,
    pub align: Align,
    pub sign: Option<Sign>,
    pub no_neg_0: bool,
    pub alternate: bool,
    pub width: Option<usize>,
    pub grouping: Grouping,
    pub precision: Option<usize>,
    /// The type letter, any code point; 0 when there is none and no default.
    pub code: u32,
}

/// `spec` of an object of the type `type_name`, whose letter and alignment are those unless it says otherwise.
pub fn parse_spec(spec: Chars<'_>, code: u32, align: Align, type_name: &str) -> Result<FormatSpec, FormatError> {
    let mut at = Cursor { spec, pos: 0 };
    let mut out = FormatSpec {
        fill: ' '.into(),
        align,
        sign: None,
        no_neg_0: false,
        alternate: false,
        width: None,
        grouping: Grouping::None,
        precision: None,
        code,
    };
    parse_padding(&mut at, &mut out)?;
    out.grouping = at.grouping()?;
    if at.eat('.') {
        out.precision = at.number()?;
        if out.precision.is_none() {
            return Err(FormatError::value("Format specifier missing precision"));
        }
    }
    match at.left() {
        0 => {}
        1 => out.code = spec.get(at.pos),
        _ => return Err(invalid(spec, type_name)),
    }
    check_grouping(&mut out)?;
    Ok(out)
}

/// "Unknown format code 'd' for object of type 'float'".
pub fn unknown_code(code: u32, type_name: &str) -> FormatError {
    FormatError::value(format!("Unknown format code {} for object of type '{type_name}'", quoted_code(code)))
}

fn invalid(spec: Chars<'_>, type_name: &str) -> FormatError {
    let mut message = CharsBuf::new();
    message.push_str("Invalid format specifier '");
    message.push_chars(spec);
    message.push_str(&format!("' for object of type '{type_name}'"));
    FormatError::value(message.finish())
}

fn parse_padding(at: &mut Cursor<'_>, out: &mut FormatSpec) -> Result<(), FormatError> {
    let default_align = out.align;
    let filled = align_at(at, 1).is_some();
    if filled {
        out.fill = at.spec.get(at.pos);
        at.pos += 1;
    }
    let aligned = align_at(at, 0);
    if let Some(align) = aligned {
        out.align = align;
        at.pos += 1;
    }
    out.sign = at.sign();
    out.no_neg_0 = at.eat('z');
    out.alternate = at.eat('#');
    if !filled && at.eat('0') {
        out.fill = '0'.into();
        if aligned.is_none() && default_align == Align::Right {
            out.align = Align::AfterSign;
        }
    }
    out.width = at.number()?;
    check_len(out.width.unwrap_or(0))?;
    Ok(())
}

fn align_at(at: &Cursor<'_>, ahead: usize) -> Option<Align> {
    match at.peek(ahead)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

fn check_grouping(spec: &mut FormatSpec) -> Result<(), FormatError> {
    let separator = match spec.grouping {
        Grouping::None => return Ok(()),
        Grouping::Comma => ',',
        Grouping::Underscore | Grouping::UnderscoreFours => '_',
    };
    match char::from_u32(spec.code) {
        Some('\0' | 'd' | 'e' | 'f' | 'g' | 'E' | 'F' | 'G' | '%') => Ok(()),
        Some('b' | 'o' | 'x' | 'X') if separator == '_' => {
            spec.grouping = Grouping::UnderscoreFours;
            Ok(())
        }
        _ => Err(FormatError::value(format!("Cannot specify '{separator}' with {}.", quoted_code(spec.code)))),
    }
}

fn quoted_code(code: u32) -> String {
    match code {
        33..128 => format!("'{}'", char::from(code as u8)),
        _ => format!("'\\x{code:x}'"),
    }
}

/// A place in a specification.
struct Cursor<'a> {
    spec: Chars<'a>,
    pos: usize,
}

impl Cursor<'_> {
    fn left(&self) -> usize {
        self.spec.len() - self.pos
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.spec.try_get(self.pos + ahead).and_then(char::from_u32)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek(0) == Some(wanted);
        self.pos += usize::from(found);
        found
    }

    fn sign(&mut self) -> Option<Sign> {
        let sign = match self.peek(0)? {
            '-' => Sign::Minus,
            '+' => Sign::Plus,
            ' ' => Sign::Space,
            _ => return None,
        };
        self.pos += 1;
        Some(sign)
    }

    fn grouping(&mut self) -> Result<Grouping, FormatError> {
        let comma = self.eat(',');
        let underscore = self.eat('_');
        if underscore && (comma || self.peek(0) == Some(',')) {
            return Err(FormatError::value("Cannot specify both ',' and '_'."));
        }
        Ok(match (comma, underscore) {
            (true, _) => Grouping::Comma,
            (_, true) => Grouping::Underscore,
            _ => Grouping::None,
        })
    }

    fn number(&mut self) -> Result<Option<usize>, FormatError> {
        let (value, end) = read_number(self.spec, self.pos)?;
        self.pos = end;
        Ok(value)
    }
}

/// The decimal number at `start` and where it ends; any decimal digits of Unicode make one.
pub(crate) fn read_number(s: Chars<'_>, start: usize) -> Result<(Option<usize>, usize), FormatError> {
    let mut value = None;
    let mut at = start;
    while let Some(digit) = s.try_get(at).and_then(decimal) {
        let longer = value.unwrap_or(0usize).checked_mul(10).and_then(|v| v.checked_add(digit as usize));
        value = Some(
            longer
                .filter(|&v| v <= isize::MAX as usize)
                .ok_or_else(|| FormatError::value("Too many decimal digits in format string"))?,
        );
        at += 1;
    }
    Ok((value, at))
}
