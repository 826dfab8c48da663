//! Why a lexeme is refused: CPython's words for what logos only calls an error.
//!
//! In: the source and the place where the lexer stopped. Out: a `SyntaxError`, or a warning for `1if x`. The one
//! invariant: none of this runs on a correct text, except `number_end`'s look at one byte.

use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::source::{Source, Span};
use crate::token::{Tok, bad_character};

/// Explains the lexeme at `at`, which no token begins with or which does not end before `end`.
#[cold]
pub fn lexeme(source: &Source, at: usize, end: usize) -> SyntaxError {
    let text = &source.text[at..end];
    let prefix = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let first = text[prefix..].chars().next().unwrap_or('\0');
    match first {
        '"' | '\'' => unterminated(source, at, text[prefix..].starts_with(&String::from(first).repeat(3))),
        '\\' if prefix == 0 => continuation(source, at),
        _ => character(source, at, text),
    }
}

fn unterminated(source: &Source, at: usize, triple: bool) -> SyntaxError {
    let last = last_line(source);
    let line = if triple { last } else { source.line(end_of_short(&source.text, at) as u32).min(last) };
    let what = if triple { "triple-quoted string" } else { "string" };
    let message = format!("unterminated {what} literal (detected at line {line})");
    let error = SyntaxError::point(ErrorKind::Syntax, message, at as u32, source);
    SyntaxError { incomplete: triple || source.text.ends_with('\\'), ..error }
}

fn last_line(source: &Source) -> u32 {
    let end = source.text.len() as u32;
    source.line(end) - (source.text.ends_with('\n') as u32)
}

/// The newline that a short string has run into.
fn end_of_short(text: &str, at: usize) -> usize {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(at) {
        match byte {
            b'\n' if !escaped => return i,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    text.len()
}

/// A backslash that no newline follows.
pub fn continuation(source: &Source, at: usize) -> SyntaxError {
    let after = at + 1;
    let at_end = matches!(&source.text[after..], "" | "\n");
    let message =
        if at_end { "unexpected EOF while parsing" } else { "unexpected character after line continuation character" };
    let error = SyntaxError::new(ErrorKind::Syntax, message, Span::new(after, after), source);
    SyntaxError { end_offset: if at_end { -1 } else { 0 }, incomplete: at_end, ..error }
}

fn character(source: &Source, at: usize, text: &str) -> SyntaxError {
    let identifier = text.find(|c: char| c.is_ascii() && c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let bad = if text.starts_with(|c: char| !c.is_ascii()) || identifier > 0 {
        bad_character(&text[..identifier]).unwrap_or(0)
    } else {
        0
    };
    let c = text[bad..].chars().next().unwrap_or('\0');
    let code = c as u32;
    let message = if printable(c) {
        format!("invalid character '{c}' (U+{code:04X})")
    } else {
        format!("invalid non-printable character U+{code:04X}")
    };
    SyntaxError::point(ErrorKind::Syntax, message, (at + bad) as u32, source)
}

/// `str.isprintable` for one character.
pub fn printable(c: char) -> bool {
    use unicode_properties::{GeneralCategory::*, UnicodeGeneralCategory};
    let hidden = matches!(
        c.general_category(),
        Control | Format | Surrogate | PrivateUse | Unassigned | LineSeparator | ParagraphSeparator | SpaceSeparator
    );
    c == ' ' || !hidden
}

/// Judges what follows a number: a keyword may, with a warning; a letter, digit or underscore may not. No integer but
/// zero begins with a zero.
#[inline]
pub fn number_end(source: &Source, kind: Tok, start: u32, end: u32) -> Result<Option<Warning>, SyntaxError> {
    let bytes = source.text.as_bytes();
    let (start, end) = (start as usize, end as usize);
    match bytes.get(end) {
        Some(&next) if next == b'_' || next.is_ascii_alphanumeric() => bad_number(source, start, end),
        _ if kind == Tok::Int && end > start + 1 && bytes[start] == b'0' => {
            leading_zeros(source, start, end).map(|()| None)
        }
        _ => Ok(None),
    }
}

#[cold]
fn bad_number(source: &Source, start: usize, end: usize) -> Result<Option<Warning>, SyntaxError> {
    let bytes = source.text.as_bytes();
    let at = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let prefixed = |name| prefixed_number(source, start, end, name);
    match at(start + 1).to_ascii_lowercase() {
        b'x' if at(start) == b'0' => prefixed("hexadecimal"),
        b'o' if at(start) == b'0' => prefixed("octal"),
        b'b' if at(start) == b'0' => prefixed("binary"),
        _ => decimal_number(source, start, end),
    }
}

fn prefixed_number(source: &Source, start: usize, end: usize, name: &str) -> Result<Option<Warning>, SyntaxError> {
    let bytes = source.text.as_bytes();
    let mut bad = end.max(start + 2);
    if bytes.get(bad) == Some(&b'_') {
        bad += 1;
    } else if end > start + 2 && follows_keyword(&source.text[end..]) {
        return Ok(Some(keyword_after(name, start, end)));
    }
    match bytes.get(bad) {
        Some(digit) if digit.is_ascii_digit() && name != "hexadecimal" => {
            let message = format!("invalid digit '{}' in {name} literal", *digit as char);
            Err(SyntaxError::point(ErrorKind::Syntax, message, bad as u32, source))
        }
        _ => Err(invalid(source, name, bad - 1)),
    }
}

fn decimal_number(source: &Source, start: usize, end: usize) -> Result<Option<Warning>, SyntaxError> {
    let (text, rest) = (&source.text[start..end], &source.text[end..]);
    let name = if text.ends_with(['j', 'J']) { "imaginary" } else { "decimal" };
    if follows_keyword(rest) {
        return Ok(Some(keyword_after(name, start, end)));
    }
    let exponent = rest.starts_with(['e', 'E']) && rest[1..].starts_with(['+', '-']);
    if !text.contains(['.', 'e', 'E', 'j', 'J']) && !rest.starts_with(['_', 'e', 'E']) {
        leading_zeros(source, start, end)?;
    }
    let at = if rest.starts_with('_') && !text.ends_with('.') {
        end
    } else if exponent {
        end + 1
    } else {
        end - 1
    };
    Err(invalid(source, name, at))
}

#[cold]
fn leading_zeros(source: &Source, start: usize, end: usize) -> Result<(), SyntaxError> {
    let text = &source.text[start..end];
    let zeros = text.len() - text.trim_start_matches(['0', '_']).len();
    if zeros == 0 || zeros == text.len() || !text.as_bytes()[1].is_ascii_digit() && text.as_bytes()[1] != b'_' {
        return Ok(());
    }
    let message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers";
    Err(SyntaxError::new(ErrorKind::Syntax, message, Span::new(start, start + zeros), source))
}

fn invalid(source: &Source, name: &str, at: usize) -> SyntaxError {
    SyntaxError::point(ErrorKind::Syntax, format!("invalid {name} literal"), at as u32, source)
}

fn follows_keyword(rest: &str) -> bool {
    ["and", "else", "for", "if", "in", "is", "or", "not"].iter().any(|keyword| rest.starts_with(keyword))
}

fn keyword_after(name: &str, start: usize, end: usize) -> Warning {
    Warning { category: "SyntaxWarning", message: format!("invalid {name} literal"), span: Span::new(start, end) }
}

/// Tabs and spaces that mean different things to different readers.
#[cold]
pub fn tabs(source: &Source, at: u32) -> SyntaxError {
    let start = source.line_span(source.line(at)).start;
    let message = "inconsistent use of tabs and spaces in indentation";
    let error = SyntaxError::new(ErrorKind::Tab, message, Span { start, end: start }, source);
    SyntaxError { end_offset: 0, ..error }
}

#[cold]
pub fn too_deep(source: &Source, at: u32) -> SyntaxError {
    let start = source.line_span(source.line(at)).start;
    let error =
        SyntaxError::new(ErrorKind::Indentation, "too many levels of indentation", Span { start, end: start }, source);
    SyntaxError { end_offset: 0, ..error }
}

/// CPython points behind the line.
#[cold]
pub fn dedent(source: &Source, at: u32) -> SyntaxError {
    let span = source.line_span(source.line(at));
    let end = span.start + source.text[span.start as usize..span.end as usize].trim_end_matches('\n').len() as u32;
    let message = "unindent does not match any outer indentation level";
    let error = SyntaxError::new(ErrorKind::Indentation, message, Span { start: end, end }, source);
    SyntaxError { end_offset: -1, ..error }
}

/// A bracket that the text's end found open.
#[cold]
pub fn never_closed(source: &Source, at: u32) -> SyntaxError {
    let bracket = source.text.as_bytes()[at as usize] as char;
    let message = format!("'{bracket}' was never closed");
    let error = SyntaxError::new(ErrorKind::Syntax, message, Span { start: at, end: at }, source);
    SyntaxError { end_offset: 0, incomplete: true, ..error }
}
