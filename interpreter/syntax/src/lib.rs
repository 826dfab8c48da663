//! The front end: text -> tokens -> tree.
//!
//! In: a `Source`. Out: an `ast::Module`, or a `SyntaxError` with its place. Read in this order: `source`, `token`
//! (logos), `indent`, `soft`, `grammar.lalrpop` with its helper `builder`, `ast`, `checks`. `parse` puts them in a row.

#![deny(unsafe_code)]

pub mod ast;
pub mod error;
pub mod source;
pub mod token;

mod arguments;
mod builder;
mod checks;
mod decode;
mod escape;
mod faults;
mod fstring;
mod indent;
mod literal;
mod match_checks;
mod mistakes;
mod nodes;
mod number;
mod parse;
mod patterns;
mod placement;
pub mod repr;
mod soft;
mod statements;
mod suspicions;
mod symtable;
mod targets;
pub mod tree;

pub use decode::{decode, decode_file, newlines};
pub use error::{ErrorKind, SyntaxError, Warning};
pub use parse::{Interactive, parse_expression, parse_interactive, parse_module, tokens};
pub use source::{Place, Source, Span};
pub use tree::dump;

#[allow(clippy::all, unused, unreachable_pub)]
mod grammar {
    //! The parser that lalrpop made of `grammar.lalrpop`.
    include!(concat!(env!("OUT_DIR"), "/grammar.rs"));
}
