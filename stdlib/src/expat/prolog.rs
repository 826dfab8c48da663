//! The tokens around the root element and in a DTD.
//!
//! In: bytes and a place, as in `scan`. Out: what stands there. The one invariant: a word that the document's end cuts off is a
//! token, anything else that is cut off is none.

use super::scan::{Found, Scan, Span, Stop, is_name, is_name_start, is_space};

/// What stands around the root element and in a DTD.
#[derive(Debug, PartialEq)]
pub enum Prolog {
    Space,
    Comment(Span),
    Instruction(Span, Span),
    XmlDecl,
    /// `<!NAME`
    Declaration(Span),
    ConditionalSection,
    InstanceStart,
    Literal(Span),
    Name(Span, Option<u8>),
    NmToken,
    Pound(Span),
    ParameterRef(Span),
    /// `)` and what repeats it.
    Close(Option<u8>),
    /// A character of its own: `, | ( [ ] > %`.
    Sign(u8),
}

impl Scan<'_> {
    /// What stands around the root element or in a DTD.
    pub fn prolog(&mut self) -> Found<Prolog> {
        let c = self.peek()?;
        match c {
            '<' => self.prolog_less(),
            '"' | '\'' => self.literal(c),
            c if is_space(c) => {
                while self.at < self.text.len() && is_space(self.peek()?) {
                    self.at += 1;
                }
                Ok(Prolog::Space)
            }
            '%' => self.percent(),
            ')' => self.close(),
            '#' => {
                self.at += 1;
                self.pound()
            }
            ']' if self.text[self.at..].starts_with(b"]]>") => {
                self.at += 3;
                Ok(Prolog::ConditionalSection)
            }
            ',' | '|' | '(' | '[' | ']' | '>' => {
                self.at += 1;
                Ok(Prolog::Sign(c as u8))
            }
            c if is_name(c) => self.word(c),
            _ => self.refuse(),
        }
    }

    /// Characters of a kind; the end of the document ends them too.
    fn run(&mut self, belongs: fn(char) -> bool) -> Found<Span> {
        let start = self.at;
        loop {
            match self.peek() {
                Ok(c) if belongs(c) => self.pass(c),
                Ok(_) => return Ok(start..self.at),
                Err(Stop::Partial) if self.last => return Ok(start..self.at),
                Err(stop) => return Err(stop),
            }
        }
    }

    fn pound(&mut self) -> Found<Prolog> {
        if !is_name_start(self.peek()?) {
            return self.refuse();
        }
        let name = self.run(is_name)?;
        match self.text.get(self.at) {
            Some(c) if !b" \t\r\n>),|%".contains(c) => self.refuse(),
            _ => Ok(Prolog::Pound(name)),
        }
    }

    fn prolog_less(&mut self) -> Found<Prolog> {
        self.at += 1;
        match self.peek()? {
            '?' => {
                self.at += 1;
                Ok(match self.instruction()? {
                    Some((target, data)) => Prolog::Instruction(target, data),
                    None => Prolog::XmlDecl,
                })
            }
            '!' => {
                self.at += 1;
                match self.peek()? {
                    '-' => self.comment().map(Prolog::Comment),
                    '[' => {
                        self.at += 1;
                        Ok(Prolog::ConditionalSection)
                    }
                    c if is_name_start(c) => self.declaration(),
                    _ => self.refuse(),
                }
            }
            c if is_name_start(c) => {
                self.at -= 1;
                Ok(Prolog::InstanceStart)
            }
            _ => self.refuse(),
        }
    }

    fn declaration(&mut self) -> Found<Prolog> {
        let start = self.at;
        while let c = self.peek()?
            && (c.is_ascii_alphabetic() || c == '_' || (c == ':' && !self.namespaces))
        {
            self.at += 1;
        }
        if !is_space(self.peek()?) && self.peek()? != '%' {
            return self.refuse();
        }
        Ok(Prolog::Declaration(start..self.at))
    }

    fn literal(&mut self, quote: char) -> Found<Prolog> {
        self.at += 1;
        let start = self.at;
        while let c = self.peek()?
            && c != quote
        {
            self.pass(c);
        }
        self.at += 1;
        let value = start..self.at - 1;
        match self.peek() {
            Err(Stop::Partial) if self.last => Ok(Prolog::Literal(value)),
            Ok(c) if is_space(c) || matches!(c, '>' | '%' | '[') => Ok(Prolog::Literal(value)),
            Ok(_) => self.refuse(),
            Err(stop) => Err(stop),
        }
    }

    fn percent(&mut self) -> Found<Prolog> {
        self.at += 1;
        match self.peek()? {
            c if is_space(c) || c == '%' => Ok(Prolog::Sign(b'%')),
            _ => {
                let name = self.loose_name(false)?;
                self.demand(';')?;
                Ok(Prolog::ParameterRef(name))
            }
        }
    }

    fn close(&mut self) -> Found<Prolog> {
        self.at += 1;
        match self.peek()? {
            c @ ('*' | '?' | '+') => {
                self.at += 1;
                Ok(Prolog::Close(Some(c as u8)))
            }
            c if is_space(c) || matches!(c, ')' | ',' | '|' | '>') => Ok(Prolog::Close(None)),
            _ => self.refuse(),
        }
    }

    /// Whether a word has colons where a name with a prefix has none.
    fn is_odd(&self, word: &Span) -> bool {
        let text = &self.text[word.clone()];
        let Some(at) = memchr::memchr(b':', text).filter(|_| self.namespaces) else { return false };
        let rest = std::str::from_utf8(&text[at + 1..]).unwrap_or_default();
        at == 0 || rest.contains(':') || !rest.starts_with(is_name_start)
    }

    fn word(&mut self, first: char) -> Found<Prolog> {
        let word = self.run(is_name)?;
        match self.text.get(self.at) {
            Some(&c @ (b'*' | b'?' | b'+')) if is_name_start(first) => {
                self.at += 1;
                Ok(Prolog::Name(word, Some(c)))
            }
            Some(c) if !b" \t\r\n>),|[%".contains(c) => self.refuse(),
            _ if is_name_start(first) && !self.is_odd(&word) => Ok(Prolog::Name(word, None)),
            _ => Ok(Prolog::NmToken),
        }
    }
}
