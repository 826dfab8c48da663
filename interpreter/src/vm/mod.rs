//! The machine: frames, the eval loop, and the operations it is made of.
//!
//! `eval` is the loop and nothing else; `ops` has the operations by family; `unwind` finds handlers; `trace` makes the events of `sys.settrace`; `call` binds
//! arguments and pushes frames; `operators` and its neighbours are what natives call (`held.add(...)`).

pub mod eval;
pub mod frame;
pub mod ops;
pub mod protocol;
pub mod regs;
pub mod trace;
pub mod unwind;
pub use toy_compiler::Mode;
pub use toy_syntax::ast::{BinOp, CmpOp};
