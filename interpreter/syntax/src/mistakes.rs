//! Why the grammar does not go on.

use crate::error::{ErrorKind, SyntaxError};
use crate::faults;
use crate::source::Source;
use crate::token::{Tok, Token};

/// The error for a text whose token `at` does not fit.
#[cold]
pub fn explain(source: &Source, tokens: &[Token], at: usize, unclosed: Option<u32>, _start: Tok) -> SyntaxError {
    let token = tokens[at];
    if let Some(open) = unclosed {
        if token.kind == Tok::End || source.line(token.start) > source.line(open) {
            return faults::never_closed(source, open);
        }
    }
    SyntaxError::new(ErrorKind::Syntax, "invalid syntax", token.visible(), source)
}
