//! The instruction set: what the compiler writes and the eval loop runs.
//!
//! `op` is the table of instructions, `proto` the compiled unit, `verify` what each passes, `dis` its listing.

pub mod dis;
pub mod op;
pub mod proto;
pub mod verify;
