//! The front end: text -> tokens -> tree.
//!
//! In: a `Source`. Out: an `ast::Module`, or a `SyntaxError` with its place. Read in this order: `source`, `token`
//! (logos), `indent`, `grammar.lalrpop`, `ast`, `checks`.

pub mod ast;
pub mod source;
