//! Numbers and strings.
//!
//! In: the tokens of literals, several for adjacent strings. Out: `Constant`s and f-strings. The one invariant: a bytes
//! literal is never joined with a string, and adjacent pieces of text make one constant.

use crate::ast::*;
use crate::builder::Builder;
use crate::error::Warning;
use crate::escape;
use crate::source::Span;
use crate::token::Tok;
use std::rc::Rc;

/// CPython's bound on decimal literals, whose conversion takes quadratic time.
const MAX_DIGITS: usize = 4300;

/// A string token taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Literal {
    /// Where the token begins.
    pub start: u32,
    pub body: Span,
    pub raw: bool,
    pub bytes: bool,
    pub formatted: bool,
    /// The end of the last of the adjacent literals.
    pub end: u32,
}

/// Text being put together: a string until a lone surrogate makes it an array of code points.
#[derive(Debug, Default)]
pub struct Text {
    pub narrow: String,
    pub wide: Option<Vec<u32>>,
}

impl Text {
    pub fn push_str(&mut self, text: &str) {
        match &mut self.wide {
            Some(wide) => wide.extend(text.chars().map(u32::from)),
            None => self.narrow.push_str(text),
        }
    }

    pub fn push_code(&mut self, code: u32) {
        match (char::from_u32(code), &mut self.wide) {
            (_, Some(wide)) => wide.push(code),
            (Some(c), None) => self.narrow.push(c),
            (None, None) => {
                let mut wide: Vec<u32> = self.narrow.chars().map(u32::from).collect();
                wide.push(code);
                self.wide = Some(wide);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.narrow.is_empty() && self.wide.is_none()
    }

    pub fn constant(self) -> Constant {
        match self.wide {
            Some(wide) => Constant::Surrogates(wide.into()),
            None => Constant::Str(self.narrow.into()),
        }
    }
}

impl Builder<'_> {
    pub fn constant(&mut self, l: u32, r: u32, constant: Constant) -> Expr {
        self.expr(l, r, ExprKind::Constant(constant))
    }

    pub fn int(&mut self, l: u32, r: u32) -> Expr {
        let text = self.text(Span { start: l, end: r });
        if let Ok(value) = text.parse() {
            return self.constant(l, r, Constant::Int(value));
        }
        let text = text.replace('_', "").to_ascii_lowercase();
        let (digits, radix) = match text.get(..2) {
            Some("0x") => (&text[2..], 16),
            Some("0o") => (&text[2..], 8),
            Some("0b") => (&text[2..], 2),
            _ => (&text[..], 10),
        };
        if radix == 10 && digits.len() > MAX_DIGITS {
            self.too_many_digits(digits.len(), l, r);
        }
        let constant = i64::from_str_radix(digits, radix).map(Constant::Int);
        self.constant(l, r, constant.unwrap_or_else(|_| Constant::BigInt { digits: digits.into(), radix }))
    }

    #[cold]
    fn too_many_digits(&mut self, digits: usize, l: u32, r: u32) {
        let message = format!(
            "Exceeds the limit ({MAX_DIGITS} digits) for integer string conversion: value has {digits} digits; use \
             sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals to avoid \
             decimal conversion limits."
        );
        self.fail(message, Span { start: l, end: r });
    }

    pub fn float(&mut self, l: u32, r: u32) -> Expr {
        let text = self.text(Span { start: l, end: r });
        let value = text.parse().or_else(|_| text.replace('_', "").parse());
        self.constant(l, r, Constant::Float(value.expect("the lexer takes what Rust can read")))
    }

    pub fn imaginary(&mut self, l: u32, r: u32) -> Expr {
        self.fail("complex numbers are not supported by toy", Span { start: l, end: r });
        self.constant(l, r, Constant::None)
    }

    /// Adjacent literals, joined.
    pub fn strings(&mut self, l: u32, r: u32, tokens: Vec<Span>) -> Expr {
        let literals: Vec<Literal> = tokens.iter().map(|&token| self.literal(token, r)).collect();
        let bytes = literals[0].bytes;
        if literals.iter().any(|literal| literal.bytes != bytes) {
            self.fail_after("cannot mix bytes and nonbytes literals", r);
        } else if bytes {
            return self.bytes(l, r, &literals);
        } else if literals.iter().any(|literal| literal.formatted) {
            return self.formatted(l, r, &literals);
        }
        let constant = self.plain(&literals);
        self.constant(l, r, constant)
    }

    /// Notes what is wrong with the strings that end before token `at`, which the grammar has not come to make.
    #[cold]
    pub fn read_strings_before(&mut self, at: usize) {
        let tokens = Rc::clone(&self.tokens);
        let first = tokens[..at].iter().rposition(|token| token.kind != Tok::String).map_or(0, |other| other + 1);
        let spans: Vec<Span> =
            tokens[first..at].iter().map(|token| Span { start: token.start, end: token.end }).collect();
        if let (Some(head), Some(last)) = (spans.first(), spans.last()) {
            self.strings(head.start, last.end, spans.clone());
        }
    }

    fn literal(&self, token: Span, end: u32) -> Literal {
        let text = self.text(token);
        let prefix = text.find(['"', '\'']).unwrap_or(0);
        let has = |letter: u8| text.as_bytes()[..prefix].iter().any(|b| b.eq_ignore_ascii_case(&letter));
        let quote = &text[prefix..prefix + 1];
        let quotes = if text.len() >= prefix + 6 && text[prefix..].starts_with(&quote.repeat(3)) { 3 } else { 1 };
        let body = Span { start: token.start + (prefix + quotes) as u32, end: token.end - quotes as u32 };
        Literal { start: token.start, body, raw: has(b'r'), bytes: has(b'b'), formatted: has(b'f'), end }
    }

    fn plain(&mut self, literals: &[Literal]) -> Constant {
        if let [literal] = literals {
            let body = self.text(literal.body);
            if literal.raw || !body.contains('\\') {
                return Constant::Str(Rc::from(body));
            }
        }
        let mut text = Text::default();
        literals.iter().for_each(|literal| self.decode(literal, literal.body, &mut text));
        text.constant()
    }

    /// Appends a stretch of a literal's body with its escapes resolved.
    pub fn decode(&mut self, literal: &Literal, part: Span, text: &mut Text) {
        let body = self.text(part);
        if literal.raw || !body.contains('\\') {
            return text.push_str(body);
        }
        match escape::decode(body, text) {
            Ok(None) => {}
            Ok(Some(invalid)) => self.invalid_escape(invalid, literal),
            Err(message) => self.fail_after(format!("(unicode error) {message}"), literal.end),
        }
    }

    fn invalid_escape(&mut self, escape: String, literal: &Literal) {
        let octal = escape.len() == 3 && escape.as_bytes()[0].is_ascii_digit();
        let kind = if octal { "octal escape" } else { "escape" };
        let message = format!("invalid {kind} sequence '\\{escape}'");
        let span = Span { start: literal.start, end: literal.body.end };
        self.warnings.push(Warning { category: "DeprecationWarning", message, span });
    }

    fn bytes(&mut self, l: u32, r: u32, literals: &[Literal]) -> Expr {
        let mut bytes = Vec::new();
        for literal in literals {
            let body = self.text(literal.body);
            if !body.is_ascii() {
                self.fail("bytes can only contain ASCII literal characters", Span { start: l, end: r });
            } else if literal.raw || !body.contains('\\') {
                bytes.extend_from_slice(body.as_bytes());
            } else {
                match escape::decode_bytes(body, &mut bytes) {
                    Ok(None) => {}
                    Ok(Some(invalid)) => self.invalid_escape(invalid, literal),
                    Err(message) => self.fail_after(format!("(value error) {message}"), literal.end),
                }
            }
        }
        self.constant(l, r, Constant::Bytes(bytes.into()))
    }
}
