//! The tokens of XML, found as expat finds them.
//!
//! In: UTF-8 bytes and a place in them. Out: what stands there, as ranges of the bytes. The one invariant: a place that is refused
//! is the very byte at which expat refuses it, since the positions in its messages are part of programs' output.

use super::letters;
use std::ops::Range;

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stop {
    /// Not well-formed, at this byte.
    Invalid(usize),
    /// The bytes end in the middle.
    Partial,
    /// The bytes end in the middle of a character.
    PartialChar,
}

pub type Found<T> = Result<T, Stop>;

pub type Span = Range<usize>;

/// A name and a value as they stand in a tag.
#[derive(Debug)]
pub struct Attribute {
    pub name: Span,
    pub value: Span,
    /// Whether the value is the text between the quotes.
    pub plain: bool,
}

/// What stands between tags.
#[derive(Debug)]
pub enum Content {
    Start {
        name: Span,
        empty: bool,
    },
    End(Span),
    Text,
    Newline,
    /// A carriage return, or a bracket, which what comes next may add to.
    TrailingNewline,
    TrailingBracket,
    /// The number, if it is one of a character.
    CharRef(Option<char>),
    EntityRef(Span),
    Comment(Span),
    Instruction(Span, Span),
    XmlDecl,
    CdataOpen,
}

#[derive(Clone, Copy)]
pub struct Scan<'a> {
    pub text: &'a [u8],
    pub at: usize,
    /// Whether a name may have one colon only.
    pub namespaces: bool,
    /// Whether nothing follows the bytes.
    pub last: bool,
}

pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

pub fn is_name_start(c: char) -> bool {
    matches!(c, 'a'..='z' | 'A'..='Z' | '_' | ':') || (!c.is_ascii() && letters::contains(&letters::START, c))
}

pub fn is_name(c: char) -> bool {
    is_name_start(c) || matches!(c, '0'..='9' | '.' | '-') || (!c.is_ascii() && letters::contains(&letters::REST, c))
}

/// Whether XML may hold a character, by its number.
pub fn character(number: u32) -> Option<char> {
    let c = char::from_u32(number)?;
    let refused = (number < 0x20 && !is_space(c)) || matches!(number, 0xFFFE | 0xFFFF);
    (!refused).then_some(c)
}

/// The bytes that a run of text goes on over without a closer look.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x80 {
        plain[byte] = true;
        byte += 1;
    }
    plain[b'\t' as usize] = true;
    plain[b'<' as usize] = false;
    plain[b'&' as usize] = false;
    plain[b']' as usize] = false;
    plain
};

impl Scan<'_> {
    /// The character at the place.
    #[inline]
    pub fn peek(&self) -> Found<char> {
        match self.text.get(self.at) {
            Some(&byte) if (0x20..0x80).contains(&byte) => Ok(byte as char),
            None => Err(Stop::Partial),
            Some(&byte) => self.peek_rare(byte),
        }
    }

    #[cold]
    fn peek_rare(&self, byte: u8) -> Found<char> {
        let width = match byte {
            b'\t' | b'\n' | b'\r' => return Ok(byte as char),
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return Err(Stop::Invalid(self.at)),
        };
        let Some(bytes) = self.text.get(self.at..self.at + width) else { return Err(Stop::PartialChar) };
        let c = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        c.filter(|&c| character(c.into()).is_some()).ok_or(Stop::Invalid(self.at))
    }

    pub(super) fn refuse<T>(&self) -> Found<T> {
        Err(Stop::Invalid(self.at))
    }

    #[inline]
    pub(super) fn pass(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    /// Passes one character that must be this one.
    pub(super) fn demand(&mut self, wanted: char) -> Found<()> {
        match self.peek()? {
            c if c == wanted => self.pass(c),
            _ => return self.refuse(),
        }
        Ok(())
    }

    pub(super) fn spaces(&mut self) -> Found<()> {
        while is_space(self.peek()?) {
            self.at += 1;
        }
        Ok(())
    }

    /// A name; the place stands behind it.
    pub(super) fn name(&mut self) -> Found<Span> {
        let start = self.at;
        let first = self.peek()?;
        if !is_name_start(first) || (self.namespaces && first == ':') {
            return self.refuse();
        }
        self.pass(first);
        let mut colon = false;
        loop {
            let c = self.peek()?;
            if c == ':' && self.namespaces {
                if colon {
                    return self.refuse();
                }
                colon = true;
                self.at += 1;
                let next = self.peek()?;
                if next == ':' || !is_name_start(next) {
                    return self.refuse();
                }
            } else if is_name(c) {
                self.pass(c);
            } else {
                return Ok(start..self.at);
            }
        }
    }

    /// The name of an end tag, whose colons are not looked at, or of a reference, which has none.
    pub(super) fn loose_name(&mut self, colons: bool) -> Found<Span> {
        let start = self.at;
        let first = self.peek()?;
        if !is_name_start(first) || (self.namespaces && first == ':') {
            return self.refuse();
        }
        while let c = self.peek()?
            && is_name(c)
            && (c != ':' || colons || !self.namespaces)
        {
            self.pass(c);
        }
        Ok(start..self.at)
    }

    /// What stands between tags. Attributes of a tag are put into `attributes`.
    pub fn content(&mut self, attributes: &mut Vec<Attribute>) -> Found<Content> {
        match self.peek()? {
            '<' => {
                self.at += 1;
                self.less(attributes)
            }
            '&' => {
                self.at += 1;
                self.reference()
            }
            '\n' => {
                self.at += 1;
                Ok(Content::Newline)
            }
            '\r' => Ok(self.carriage_return()),
            ']' => self.bracket(),
            c => {
                self.pass(c);
                self.text_run(true)
            }
        }
    }

    fn carriage_return(&mut self) -> Content {
        self.at += 1;
        match self.text.get(self.at) {
            None => return Content::TrailingNewline,
            Some(b'\n') => self.at += 1,
            Some(_) => (),
        }
        Content::Newline
    }

    fn bracket(&mut self) -> Found<Content> {
        self.at += 1;
        match (self.text.get(self.at), self.text.get(self.at + 1)) {
            (None, _) => return Ok(Content::TrailingBracket),
            (Some(b']'), None) => {
                self.at += 1;
                return Ok(Content::TrailingBracket);
            }
            (Some(b']'), Some(b'>')) => return Err(Stop::Invalid(self.at + 1)),
            _ => (),
        }
        self.text_run(true)
    }

    /// The rest of a run of characters on a line; `]]>` may not be in it, where `closed`.
    fn text_run(&mut self, closed: bool) -> Found<Content> {
        loop {
            while self.text.get(self.at).is_some_and(|&byte| PLAIN[byte as usize]) {
                self.at += 1;
            }
            match self.text.get(self.at) {
                Some(b']') => match (self.text.get(self.at + 1), self.text.get(self.at + 2)) {
                    (Some(b']'), Some(b'>')) if closed => return Err(Stop::Invalid(self.at + 2)),
                    (Some(b']'), Some(b'>')) => break,
                    (None, _) | (Some(b']'), None) => break,
                    _ => self.at += 1,
                },
                Some(b'<' | b'&') if !closed => self.at += 1,
                Some(byte) if *byte >= 0x80 => match self.peek() {
                    Ok(c) => self.pass(c),
                    Err(_) => break,
                },
                _ => break,
            }
        }
        Ok(Content::Text)
    }

    fn less(&mut self, attributes: &mut Vec<Attribute>) -> Found<Content> {
        match self.peek()? {
            '!' => {
                self.at += 1;
                match self.peek()? {
                    '-' => self.comment().map(Content::Comment),
                    '[' => {
                        self.at += 1;
                        "CDATA[".chars().try_for_each(|c| self.demand(c))?;
                        Ok(Content::CdataOpen)
                    }
                    _ => self.refuse(),
                }
            }
            '?' => {
                self.at += 1;
                Ok(match self.instruction()? {
                    Some((target, data)) => Content::Instruction(target, data),
                    None => Content::XmlDecl,
                })
            }
            '/' => {
                self.at += 1;
                let name = self.loose_name(true)?;
                self.spaces()?;
                self.demand('>')?;
                Ok(Content::End(name))
            }
            _ => self.start_tag(attributes),
        }
    }

    fn start_tag(&mut self, attributes: &mut Vec<Attribute>) -> Found<Content> {
        let name = self.name()?;
        attributes.clear();
        loop {
            let spaced = is_space(self.peek()?);
            self.spaces()?;
            match self.peek()? {
                '>' => {
                    self.at += 1;
                    return Ok(Content::Start { name, empty: false });
                }
                '/' => {
                    self.at += 1;
                    self.demand('>')?;
                    return Ok(Content::Start { name, empty: true });
                }
                _ if !spaced => return self.refuse(),
                _ => attributes.push(self.attribute()?),
            }
        }
    }

    fn attribute(&mut self) -> Found<Attribute> {
        let name = self.name()?;
        self.spaces()?;
        self.demand('=')?;
        self.spaces()?;
        let quote = self.peek()?;
        if !matches!(quote, '"' | '\'') {
            return self.refuse();
        }
        self.at += 1;
        let start = self.at;
        let mut plain = true;
        loop {
            match self.peek()? {
                c if c == quote => break,
                '<' => return self.refuse(),
                '&' => {
                    self.at += 1;
                    self.reference()?;
                    plain = false;
                }
                c => {
                    plain &= !matches!(c, '\t' | '\r' | '\n');
                    self.pass(c);
                }
            }
        }
        self.at += 1;
        Ok(Attribute { name, value: start..self.at - 1, plain })
    }

    /// What stands behind `&`.
    pub fn reference(&mut self) -> Found<Content> {
        if self.peek()? != '#' {
            let name = self.loose_name(false)?;
            self.demand(';')?;
            return Ok(Content::EntityRef(name));
        }
        self.at += 1;
        let radix = if self.peek()? == 'x' { 16 } else { 10 };
        self.at += usize::from(radix == 16);
        if !self.peek()?.is_digit(radix) {
            return self.refuse();
        }
        let mut number = 0_u32;
        while let Some(digit) = self.peek()?.to_digit(radix) {
            number = (number * radix + digit).min(0x11_0000);
            self.at += 1;
        }
        self.demand(';')?;
        Ok(Content::CharRef(character(number)))
    }

    /// A comment, of which `<!` is passed.
    pub(super) fn comment(&mut self) -> Found<Span> {
        self.at += 1;
        self.demand('-')?;
        let start = self.at;
        loop {
            let c = self.peek()?;
            self.pass(c);
            if c == '-' && self.peek()? == '-' {
                self.at += 1;
                self.demand('>')?;
                return Ok(start..self.at - 3);
            }
        }
    }

    /// What stands behind `<?`: target and data, or nothing if it is an XML declaration.
    pub(super) fn instruction(&mut self) -> Found<Option<(Span, Span)>> {
        let target = self.name()?;
        let text = &self.text[target.clone()];
        let declaration = text == b"xml";
        let c = self.peek()?;
        if (text.eq_ignore_ascii_case(b"xml") && !declaration) || !(is_space(c) || c == '?') {
            return self.refuse();
        }
        if c == '?' {
            self.at += 1;
            self.demand('>')?;
            return Ok((!declaration).then_some((target, self.at..self.at)));
        }
        self.spaces()?;
        let start = self.at;
        loop {
            let c = self.peek()?;
            self.pass(c);
            if c == '?' && self.peek()? == '>' {
                self.at += 1;
                return Ok((!declaration).then_some((target, start..self.at - 2)));
            }
        }
    }

    /// What stands in a CDATA section: nothing for its end.
    pub fn cdata(&mut self) -> Found<Option<Content>> {
        match self.peek()? {
            '\n' => {
                self.at += 1;
                Ok(Some(Content::Newline))
            }
            '\r' if self.at + 1 == self.text.len() && !self.last => Err(Stop::Partial),
            '\r' => Ok(Some(match self.carriage_return() {
                Content::TrailingNewline => Content::Newline,
                other => other,
            })),
            ']' => match (self.text.get(self.at + 1), self.text.get(self.at + 2)) {
                (None, _) | (Some(b']'), None) => Err(Stop::Partial),
                (Some(b']'), Some(b'>')) => {
                    self.at += 3;
                    Ok(None)
                }
                _ => {
                    self.at += 1;
                    self.text_run(false).map(Some)
                }
            },
            c => {
                self.pass(c);
                self.text_run(false).map(Some)
            }
        }
    }
}
