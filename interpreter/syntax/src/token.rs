//! Tokens: the table that logos makes the lexer from.
//!
//! In: source text. Out: one `Tok` a lexeme; a token is a kind and a byte range, its text stays in the source. The one
//! invariant: whatever logos refuses is explained, in CPython's words, by `faults.rs`. Newlines and indentation get their
//! meaning in `indent.rs`, the soft keywords theirs in `soft.rs`.

use crate::number;
use crate::source::Span;
use logos::{Lexer, Logos};
use unicode_normalization::UnicodeNormalization;

/// A lexeme and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Tok,
    pub start: u32,
    pub end: u32,
}

impl Token {
    pub fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// The kinds of tokens, named as in CPython's `token` module where it has a name.
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[logos(skip r"[ \t\x0c]+")]
#[logos(skip r"#[^\n]*")]
#[logos(skip r"\\\n")]
pub enum Tok {
    #[token("\n")]
    Newline,
    /// Made by `indent.rs`.
    Indent,
    Dedent,
    End,
    /// Where the lexer gave up.
    Fault,
    /// Made by the callers of the grammar: what is to be parsed.
    StartModule,
    StartInteractive,
    StartExpression,
    /// Parts that errors ask about.
    StartPart,
    StartStars,
    StartDisjunction,
    StartBitOr,
    /// Made by `soft.rs`: `match` and `case` as keywords, and the parenthesis that encloses with-items.
    Match,
    Case,
    WithParen,

    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*", is_identifier)]
    Name,
    /// Any number; `indent.rs` looks which kind it is.
    #[regex(r"[0-9]|\.[0-9]", |lexer| lexer.bump(number::length(lexer.slice(), lexer.remainder())))]
    Int,
    Float,
    Imaginary,
    #[regex(r#"([rRuUbBfF]|[bB][rR]|[rR][bB]|[fF][rR]|[rR][fF])?["']"#, short_string)]
    #[regex(r#"([rRuUbBfF]|[bB][rR]|[rR][bB]|[fF][rR]|[rR][fF])?("""|''')"#, long_string)]
    String,

    #[token("False")]
    False,
    #[token("None")]
    None,
    #[token("True")]
    True,
    #[token("and")]
    And,
    #[token("as")]
    As,
    #[token("assert")]
    Assert,
    #[token("async")]
    Async,
    #[token("await")]
    Await,
    #[token("break")]
    Break,
    #[token("class")]
    Class,
    #[token("continue")]
    Continue,
    #[token("def")]
    Def,
    #[token("del")]
    Del,
    #[token("elif")]
    Elif,
    #[token("else")]
    Else,
    #[token("except")]
    Except,
    #[token("finally")]
    Finally,
    #[token("for")]
    For,
    #[token("from")]
    From,
    #[token("global")]
    Global,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("is")]
    Is,
    #[token("lambda")]
    Lambda,
    #[token("nonlocal")]
    Nonlocal,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("pass")]
    Pass,
    #[token("raise")]
    Raise,
    #[token("return")]
    Return,
    #[token("try")]
    Try,
    #[token("while")]
    While,
    #[token("with")]
    With,
    #[token("yield")]
    Yield,

    #[token("(")]
    LPar,
    #[token(")")]
    RPar,
    #[token("[")]
    LSqb,
    #[token("]")]
    RSqb,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token(":")]
    Colon,
    #[token(",")]
    Comma,
    #[token(";")]
    Semi,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("|")]
    VBar,
    #[token("&")]
    Amper,
    #[token("<")]
    Less,
    #[token(">")]
    Greater,
    #[token("=")]
    Equal,
    #[token(".")]
    Dot,
    #[token("%")]
    Percent,
    #[token("==")]
    EqEqual,
    #[token("!=")]
    NotEqual,
    #[token("<=")]
    LessEqual,
    #[token(">=")]
    GreaterEqual,
    #[token("~")]
    Tilde,
    #[token("^")]
    Circumflex,
    #[token("<<")]
    LeftShift,
    #[token(">>")]
    RightShift,
    #[token("**")]
    DoubleStar,
    #[token("+=")]
    PlusEqual,
    #[token("-=")]
    MinEqual,
    #[token("*=")]
    StarEqual,
    #[token("/=")]
    SlashEqual,
    #[token("%=")]
    PercentEqual,
    #[token("&=")]
    AmperEqual,
    #[token("|=")]
    VBarEqual,
    #[token("^=")]
    CircumflexEqual,
    #[token("<<=")]
    LeftShiftEqual,
    #[token(">>=")]
    RightShiftEqual,
    #[token("**=")]
    DoubleStarEqual,
    #[token("//")]
    DoubleSlash,
    #[token("//=")]
    DoubleSlashEqual,
    #[token("@")]
    At,
    #[token("@=")]
    AtEqual,
    #[token("->")]
    RArrow,
    #[token("...")]
    Ellipsis,
    #[token(":=")]
    ColonEqual,
    /// Characters that are tokens without a meaning; the grammar refuses them.
    #[regex(r"[$?!`]|<>")]
    Unknown,
}

impl Tok {
    pub fn is_number(self) -> bool {
        matches!(self, Tok::Int | Tok::Float | Tok::Imaginary)
    }

    /// Whether an expression can begin with this token.
    pub fn begins_expression(self) -> bool {
        use Tok::*;
        self.is_number()
            || matches!(
                self,
                Name | String
                    | LPar
                    | LSqb
                    | LBrace
                    | Plus
                    | Minus
                    | Tilde
                    | Not
                    | Await
                    | Lambda
                    | None
                    | True
                    | False
                    | Ellipsis
            )
    }

    pub fn is_keyword(self) -> bool {
        (self as u8) >= Tok::False as u8 && (self as u8) <= Tok::Yield as u8
    }

    /// The operator of an augmented assignment.
    pub fn is_augassign(self) -> bool {
        use Tok::*;
        matches!(
            self,
            PlusEqual
                | MinEqual
                | StarEqual
                | SlashEqual
                | PercentEqual
                | AmperEqual
                | VBarEqual
                | CircumflexEqual
                | LeftShiftEqual
                | RightShiftEqual
                | DoubleStarEqual
                | DoubleSlashEqual
                | AtEqual
        )
    }
}

/// An identifier's characters are judged after NFKC, as PEP 3131 says.
fn is_identifier(lexer: &mut Lexer<Tok>) -> bool {
    let text = lexer.slice();
    text.is_ascii() || bad_character(text).is_none()
}

/// Where an identifier stops being one.
pub fn bad_character(text: &str) -> Option<usize> {
    let valid = |i: usize, c: char| {
        let good = if i == 0 { |c| c == '_' || unicode_ident::is_xid_start(c) } else { unicode_ident::is_xid_continue };
        good(c) && std::iter::once(c).nfkc().all(|c| c == '_' || unicode_ident::is_xid_continue(c))
    };
    text.char_indices().find(|&(i, c)| !valid(i, c)).map(|(i, _)| i)
}

/// Goes on to the closing quote; a newline must be escaped.
fn short_string(lexer: &mut Lexer<Tok>) -> bool {
    let quote = *lexer.slice().as_bytes().last().expect("the opening quote");
    let mut escaped = false;
    for (i, &byte) in lexer.remainder().as_bytes().iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'\n' => return false,
            _ if byte == quote => {
                lexer.bump(i + 1);
                return true;
            }
            _ => {}
        }
    }
    false
}

/// Goes on to the three closing quotes.
fn long_string(lexer: &mut Lexer<Tok>) -> bool {
    let quote = *lexer.slice().as_bytes().last().expect("the opening quote");
    let (mut escaped, mut run) = (false, 0);
    for (i, &byte) in lexer.remainder().as_bytes().iter().enumerate() {
        if !escaped && byte == quote {
            run += 1;
            if run == 3 {
                lexer.bump(i + 1);
                return true;
            }
            continue;
        }
        run = 0;
        escaped = !escaped && byte == b'\\';
    }
    false
}
