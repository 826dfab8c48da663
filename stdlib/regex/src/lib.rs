//! CPython's regular expressions: same syntax, same errors, same matches, over arrays of code points.
//!
//! A pattern goes `parser` (tree) -> `compile` (program, with `first` telling what can come next) -> `search` and
//! `matcher` (spans, with `stack` for the choices still open). `template` reads replacements, `escape` quotes text.
//! In: texts as slices of units. Out: spans. Invariant: nothing here knows of a VM's values.
#![forbid(unsafe_code)]

mod charset;
mod compile;
mod error;
mod escape;
mod first;
mod matcher;
mod parser;
mod program;
mod scanner;
mod search;
mod stack;
#[rustfmt::skip]
mod tables;
mod template;
mod text;
mod tokenizer;
mod tree;
mod unicode;

pub use error::{Error, ErrorKind, Stop, Warning};
pub use escape::{escape, needs_escape};
pub use scanner::{Captures, Scanner};
pub use search::Mode;
pub use template::{Part, Template};
pub use text::Text;

/// The flags of module `re`, with CPython's values.
pub mod flag {
    pub const TEMPLATE: u32 = 1;
    pub const IGNORECASE: u32 = 2;
    pub const LOCALE: u32 = 4;
    pub const MULTILINE: u32 = 8;
    pub const DOTALL: u32 = 16;
    pub const UNICODE: u32 = 32;
    pub const VERBOSE: u32 = 64;
    pub const DEBUG: u32 = 128;
    pub const ASCII: u32 = 256;
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Program {
    code: program::Code,
    flags: u32,
    groups: u32,
    names: Vec<(String, u32)>,
    warnings: Vec<Warning>,
    is_bytes: bool,
}

impl Program {
    /// Compiles a pattern in which no `\N{...}` is known.
    pub fn new(pattern: Text, flags: u32, is_bytes: bool) -> Result<Program, Error> {
        Program::with_names(pattern, flags, is_bytes, &|_| None)
    }

    /// Compiles a pattern; `names` finds the character of a Unicode name.
    pub fn with_names(
        pattern: Text,
        flags: u32,
        is_bytes: bool,
        names: &dyn Fn(&str) -> Option<u32>,
    ) -> Result<Program, Error> {
        let parsed = parser::parse(&pattern.codes(), !is_bytes, flags, names)?;
        let code = compile::compile(&parsed)?;
        let parser::Parsed { flags, groups, names, warnings, .. } = parsed;
        let names = names.into_iter().map(|(name, group)| (error::text(&name), group)).collect();
        Ok(Program { code, flags, groups, names, warnings, is_bytes })
    }

    /// Final flags, with the inline ones and UNICODE.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// Number of groups, without group 0.
    pub fn groups(&self) -> usize {
        self.groups as usize
    }

    /// Names and numbers of named groups, in the pattern's order.
    pub fn groupindex(&self) -> &[(String, u32)] {
        &self.names
    }

    /// What the parser has to say on stderr.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub fn is_bytes(&self) -> bool {
        self.is_bytes
    }

    /// One match. `endpos` beyond the text is its end, and so is `pos`; `interrupt` is asked now and then whether to stop.
    pub fn match_at(
        &self,
        text: Text,
        pos: usize,
        endpos: usize,
        mode: Mode,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Captures>, Stop> {
        let mut scanner = Scanner::new(pos, endpos);
        let found = scanner.next(self, text, mode, interrupt)?;
        Ok(found.then(|| scanner.captures()))
    }
}
