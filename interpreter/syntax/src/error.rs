//! What is wrong with a text, and where.
//!
//! In: a message and a span of the source. Out: the fields of CPython's `SyntaxError` (and its subclasses), with the
//! offending line. The one invariant: lines and offsets count from 1, in characters, as CPython's do; an `end_offset` of
//! -1 is CPython's way to say that only the beginning is known.

use crate::source::{Source, Span};

/// Which exception to raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    Syntax,
    Indentation,
    Tab,
    Value,
    Recursion,
    Memory,
    UnicodeDecode,
}

impl ErrorKind {
    /// The name of the exception's class.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Syntax => "SyntaxError",
            ErrorKind::Indentation => "IndentationError",
            ErrorKind::Tab => "TabError",
            ErrorKind::Value => "ValueError",
            ErrorKind::Recursion => "RecursionError",
            ErrorKind::Memory => "MemoryError",
            ErrorKind::UnicodeDecode => "UnicodeDecodeError",
        }
    }

    /// Whether the exception carries a place.
    pub fn is_syntax(self) -> bool {
        matches!(self, ErrorKind::Syntax | ErrorKind::Indentation | ErrorKind::Tab)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub message: String,
    /// `lineno`; 0 if the text was never read.
    pub line: u32,
    /// `offset`.
    pub offset: u32,
    pub end_line: u32,
    pub end_offset: i32,
    /// The line as the traceback shows it; in an f-string, CPython 3.11 shows the parenthesized expression alone.
    pub text: Option<String>,
    /// More input could mend it: a REPL asks for another line.
    pub incomplete: bool,
    pub stage: Stage,
}

/// Who found an error: CPython's exceptions tell by their `text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The line comes without its newline.
    Lexer,
    /// The line ends in a newline, even where the source does not.
    Parser,
    /// The line is read from the file again, so that there is none if the source is no file.
    Compiler,
}

impl SyntaxError {
    /// An error about a stretch of the source.
    pub fn new(kind: ErrorKind, message: impl Into<String>, span: Span, source: &Source) -> SyntaxError {
        let (start, end) = (source.place(span.start), source.place(span.end));
        SyntaxError {
            kind,
            message: message.into(),
            line: start.line,
            offset: start.column + 1,
            end_line: end.line,
            end_offset: end.column as i32 + 1,
            text: source.line_text(start.line).map(str::to_owned),
            incomplete: false,
            stage: Stage::Parser,
        }
    }

    /// An error at a place: it ends where it begins.
    pub fn point(kind: ErrorKind, message: impl Into<String>, at: u32, source: &Source) -> SyntaxError {
        SyntaxError::new(kind, message, Span { start: at, end: at }, source)
    }

    /// As CPython's parser reports it: on another line than the first, the end is cut to the first line's length.
    pub fn cut(self) -> SyntaxError {
        let length = self.text.as_ref().map_or(0, |text| text.chars().count() as i32 + 1);
        let end_offset = if self.end_line > self.line { self.end_offset.min(length) } else { self.end_offset };
        SyntaxError { end_offset, ..self }
    }

    /// An error that has no place: the text as a whole is refused.
    pub fn whole(kind: ErrorKind, message: impl Into<String>) -> SyntaxError {
        SyntaxError {
            kind,
            message: message.into(),
            line: 0,
            offset: 0,
            end_line: 0,
            end_offset: 0,
            text: None,
            incomplete: false,
            stage: Stage::Parser,
        }
    }

    /// Tells that the tokens were at fault, not their order.
    pub(crate) fn of_lexer(self) -> SyntaxError {
        let is_parsers = !matches!(self.kind, ErrorKind::Syntax) || self.message.starts_with("unexpected ");
        SyntaxError { stage: if is_parsers { Stage::Parser } else { Stage::Lexer }, ..self }
    }

    /// Tells that the text is well formed and yet means nothing.
    pub fn of_compiler(self) -> SyntaxError {
        SyntaxError { stage: Stage::Compiler, ..self }
    }

    /// The `text` of the exception, where `in_file` tells whether the source can be read again.
    pub fn text_of_exception(&self, source: &str, in_file: bool) -> Option<String> {
        let line = self.text.as_ref()?;
        let later_lines = source.lines().skip(self.line as usize).any(|line| !line.trim().is_empty());
        match self.stage {
            Stage::Lexer => Some(line.trim_end_matches('\n').to_owned()),
            Stage::Parser if self.message.ends_with("was never closed") && later_lines => Some(line.clone()),
            Stage::Compiler if !in_file => None,
            Stage::Parser | Stage::Compiler => Some(format!("{}\n", line.trim_end_matches('\n'))),
        }
    }

    /// The report as CPython prints it, beginning with the line `  File "...", line N`.
    pub fn report(&self, filename: &str) -> String {
        let mut out = String::new();
        if self.kind.is_syntax() && self.line > 0 {
            out += &format!("  File \"{filename}\", line {}\n", self.line);
            out += &self.excerpt();
        }
        out += self.kind.name();
        if !self.message.is_empty() {
            out += &format!(": {}", self.message);
        }
        out
    }

    /// The offending line without its indentation, and carets under the offending part.
    fn excerpt(&self) -> String {
        let Some(text) = &self.text else { return String::new() };
        let line = text.trim_end_matches('\n').trim_start_matches([' ', '\n', '\x0c']);
        let stripped = text.trim_end_matches('\n').chars().count() - line.chars().count();
        let mut out = format!("    {line}\n");
        let end = if self.end_line != self.line { text.chars().count() as i32 + 1 } else { self.end_offset };
        let end = if end <= self.offset as i32 { self.offset as i32 + 1 } else { end };
        let start = self.offset as i32 - 1 - stripped as i32;
        if start >= 0 {
            let blank = |c: char| if c.is_whitespace() { c } else { ' ' };
            let before: String = line.chars().map(blank).chain(std::iter::repeat(' ')).take(start as usize).collect();
            let carets = "^".repeat((end - self.offset as i32) as usize);
            out += &format!("    {before}{carets}\n");
        }
        out
    }
}

/// What CPython warns of when it compiles; the category is `DeprecationWarning` or `SyntaxWarning`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub category: &'static str,
    pub message: String,
    pub span: Span,
}
