//! From the tree to verified bytecode.
//!
//! In: a checked `ast::Module`. Out: a `Proto`, plain data that the machine turns into a code object. Read
//! `bytecode/op.rs` first (the table of instructions), then `compile/`.

pub mod bytecode;
pub mod compile;

pub use compile::{Mode, compile, compile_optimized, literal};
