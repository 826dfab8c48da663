//! Texts into trees: what other crates call.
//!
//! In: a `Source`. Out: the tree and CPython's warnings, or the one error that CPython would report. The one invariant:
//! errors are found in CPython's order: those of tokens, those of the grammar, and then those that only the whole tree shows.

use crate::ast::{Expr, Module, Stmt};
use crate::builder::Builder;
use crate::error::{ErrorKind, SyntaxError, Warning};
use crate::grammar::TopParser;
use crate::indent::{self, Lexed};
use crate::source::{Source, Span};
use crate::token::{Tok, Token};
use crate::{checks, faults, mistakes};
use lalrpop_util::ParseError;
use std::rc::Rc;

/// What the grammar makes.
pub enum Parsed {
    Module(Vec<Stmt>),
    Expr(Expr),
}

/// One statement for a REPL.
#[derive(Debug)]
pub struct Interactive {
    pub module: Module,
    pub warnings: Vec<Warning>,
    /// The statement may go on: it is compound, and no newline ends the text. (A REPL joins the lines that were typed with
    /// newlines; so an empty line ends a block.)
    pub open_block: bool,
}

/// A program.
pub fn parse_module(source: &Source) -> Result<(Module, Vec<Warning>), SyntaxError> {
    let (parsed, mut warnings) = parse(source, Tok::StartModule)?;
    let Parsed::Module(body) = parsed else { unreachable!("asked for a module") };
    let module = Module { body };
    warnings.extend(checks::module(&module, source).map_err(SyntaxError::of_compiler)?);
    Ok((module, warnings))
}

/// One expression, as `eval` takes it: blanks may stand before it and newlines behind.
pub fn parse_expression(source: &Source) -> Result<(Expr, Vec<Warning>), SyntaxError> {
    let (parsed, mut warnings) = parse(source, Tok::StartExpression)?;
    let Parsed::Expr(expr) = parsed else { unreachable!("asked for an expression") };
    warnings.extend(checks::expression(&expr, source).map_err(SyntaxError::of_compiler)?);
    Ok((expr, warnings))
}

/// One statement, or several on a line. An error that another line may mend says so in `incomplete`.
pub fn parse_interactive(source: &Source) -> Result<Interactive, SyntaxError> {
    let (parsed, mut warnings) = parse(source, Tok::StartInteractive)?;
    let Parsed::Module(body) = parsed else { unreachable!("asked for a statement") };
    let module = Module { body };
    warnings.extend(checks::module(&module, source).map_err(SyntaxError::of_compiler)?);
    let open_block = module.body.last().is_some_and(|stmt| stmt.is_compound()) && !source.text.ends_with('\n');
    Ok(Interactive { module, warnings, open_block })
}

/// The tokens of a program.
pub fn tokens(source: &Source) -> Result<Vec<Token>, SyntaxError> {
    let lexed = indent::lex(source);
    match lexed.fault.or_else(|| lexed.unclosed.map(|open| faults::never_closed(source, open))) {
        Some(fault) => Err(fault.of_lexer()),
        None => Ok(lexed.tokens),
    }
}

fn parse(source: &Source, start: Tok) -> Result<(Parsed, Vec<Warning>), SyntaxError> {
    let mut builder = Builder::new(source);
    let mut lexed = match start {
        Tok::StartExpression => indent::lex_unindented(source),
        _ => indent::lex(source),
    };
    builder.warnings = std::mem::take(&mut lexed.warnings);
    builder.tokens = Rc::new(std::mem::take(&mut lexed.tokens));
    if start == Tok::StartInteractive && matches!(builder.tokens[..], [Token { kind: Tok::End, .. }]) {
        return Ok((Parsed::Module(Vec::new()), builder.warnings));
    }
    match run(&mut builder, start) {
        Ok(parsed) if builder.error.is_none() => Ok((parsed, builder.warnings)),
        Ok(_) => Err(refused(builder, None, lexed)),
        Err(stop) => Err(refused(builder, Some(stop), lexed)),
    }
}

/// Of what is wrong with a text, what CPython reports: what the parser noted, or why it stopped, or what the lexer found
/// further on.
#[cold]
fn refused(mut builder: Builder, stop: Option<Stop>, lexed: Lexed) -> SyntaxError {
    let source = builder.source;
    if let Some(stop) = &stop {
        builder.read_strings_before(stop.at);
    }
    let error = match (builder.error, stop) {
        (None, Some(stop)) if stop.is_behind_statement() => {
            let message = "multiple statements found while compiling a single statement";
            SyntaxError::new(ErrorKind::Syntax, message, builder.tokens[stop.at - 1].span(), source)
        }
        (Some(error), _) => mistakes::unless_unclosed(*error, source, lexed.unclosed),
        (None, Some(stop)) => match mistakes::explain(source, &builder.tokens, stop, lexed.unclosed) {
            Ok(error) => error,
            Err(mistakes::LooksAtFault) => return lexed.fault.expect("a Fault token has a fault").of_lexer(),
        },
        (None, None) => unreachable!("a text is refused for a reason"),
    };
    match lexed.fault {
        Some(fault) if mistakes::outweighs(&fault, &error) => fault.of_lexer(),
        _ => error,
    }
}

/// Where the grammar could not go on.
pub struct Stop {
    /// The index of the token that does not fit.
    pub at: usize,
    /// What would have fitted, as the grammar spells it.
    pub expected: Vec<String>,
}

impl Stop {
    /// One simple statement was asked for, and it is complete.
    fn is_behind_statement(&self) -> bool {
        self.expected.len() == 1 && self.expected[0] == "\"end\""
    }
}

/// Runs the grammar over the builder's tokens.
fn run(builder: &mut Builder, start: Tok) -> Result<Parsed, Stop> {
    let tokens = Rc::clone(&builder.tokens);
    let mut next = 0usize;
    let feed = std::iter::once(Token { kind: start, start: 0, end: 0 }).chain(tokens.iter().copied()).map(|token| {
        next += 1;
        Ok((token.start, token.kind, token.end))
    });
    let parsed = TopParser::new().parse(builder, feed);
    parsed.map_err(|error| Stop {
        at: next.saturating_sub(2),
        expected: match error {
            ParseError::UnrecognizedToken { expected, .. } | ParseError::UnrecognizedEof { expected, .. } => expected,
            _ => Vec::new(),
        },
    })
}

/// Where the grammar stops in a module of such tokens.
pub fn stop(source: &Source, tokens: &[Token]) -> Option<Stop> {
    let mut builder = Builder::new(source);
    builder.tokens = Rc::new(tokens.to_vec());
    run(&mut builder, Tok::StartModule).err()
}

/// An expression made of all of `tokens`, for the rules of `mistakes`; fails with the index of the token that does not fit.
pub fn part(source: &Source, start: Tok, tokens: &[Token]) -> Result<Expr, usize> {
    let mut builder = Builder::new(source);
    let mut tokens = tokens.to_vec();
    let end = tokens.last().map_or(0, |token| token.end);
    tokens.push(Token { kind: Tok::End, start: end, end });
    builder.tokens = Rc::new(tokens);
    match run(&mut builder, start) {
        Ok(Parsed::Expr(expr)) => Ok(expr),
        Ok(Parsed::Module(_)) => unreachable!("asked for an expression"),
        Err(stop) => Err(stop.at),
    }
}

/// Parses the stretch of an f-string between its braces; an error is noted and shown as CPython 3.11 does, with that
/// stretch alone in parentheses.
pub fn embedded(builder: &mut Builder, inner: Span) -> Option<Expr> {
    let lexed = match indent::lex_enclosed(builder.source, inner) {
        Ok(lexed) => lexed,
        Err(error) => {
            builder.note(shown_alone(error, builder.source, inner));
            return None;
        }
    };
    let outer = std::mem::replace(&mut builder.tokens, Rc::new(lexed.tokens));
    builder.warnings.extend(lexed.warnings);
    let parsed = run(builder, Tok::StartExpression);
    if let Err(stop) = &parsed {
        builder.read_strings_before(stop.at);
    }
    let tokens = std::mem::replace(&mut builder.tokens, outer);
    let error = match (builder.error.take(), parsed) {
        (None, Ok(Parsed::Expr(expr))) => return Some(expr),
        (Some(error), _) if error.text.as_deref() != builder.source.line_text(error.line) => {
            builder.note(*error);
            return None;
        }
        (Some(error), _) => *error,
        (None, Err(stop)) => mistakes::explain(builder.source, &tokens, stop, None)
            .unwrap_or_else(|_| unreachable!("the lexer had no fault")),
        (None, Ok(Parsed::Module(_))) => unreachable!("asked for an expression"),
    };
    let message = format!("f-string: {}", error.message);
    builder.note(shown_alone(SyntaxError { message, ..error }, builder.source, inner));
    None
}

/// Rewrites an error's text and columns so that they are those of `(` + the stretch + `)`.
fn shown_alone(error: SyntaxError, source: &Source, inner: Span) -> SyntaxError {
    let (open, close) = (source.place(inner.start), source.place(inner.end));
    let Some(line) = source.line_text(error.line).filter(|line| error.text.as_deref() == Some(*line)) else {
        return error;
    };
    let first = error.line == open.line;
    let skipped = if first { open.column } else { 0 };
    let kept = if error.line == close.line { close.column - skipped } else { u32::MAX };
    let mut text: String = line.chars().skip(skipped as usize).take(kept as usize).collect();
    if first {
        text.insert(0, '(');
    }
    if error.line == close.line {
        text.push(')');
    }
    let blank = source.text[inner.start as usize..].trim_start_matches([' ', '\t', '\x0c']).starts_with('\n');
    let shift = |offset: i32| if blank { offset } else { (offset - open.column as i32 + 1).max(0) };
    let end_offset = if error.end_offset > 0 { shift(error.end_offset) } else { error.end_offset };
    SyntaxError { offset: shift(error.offset as i32) as u32, end_offset, text: Some(text), ..error }
}
