//! The instruction set: what the compiler writes and the eval loop runs.
//!
//! `op` is the table of instructions, `proto` the compiled unit.

pub mod op;
pub mod proto;
