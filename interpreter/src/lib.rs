//! The language and its machine.

pub mod builtins;
#[macro_use]
pub mod objects;
pub mod runtime;
pub mod sync;
pub mod types;
pub mod vm;

pub use toy_compiler as compiler;
pub use toy_syntax as syntax;
pub use toy_text as text;
