//! The in-place operators: `a = iadd(a, b)` is `a += b`.
//!
//! In: two operands. Out: the first, changed, or a new value. The one invariant: as for the statement, the result must be bound
//! by whoever calls.

use super::sequences;
use interpreter::runtime::signature::{Def, def};
use interpreter::vm::BinOp;

pub(super) static FUNCTIONS: [Def; 14] = [
    def("iadd", "a, b, /", |h, args| h.inplace(BinOp::Add, &args[0], &args[1])),
    def("iand", "a, b, /", |h, args| h.inplace(BinOp::BitAnd, &args[0], &args[1])),
    def("ifloordiv", "a, b, /", |h, args| h.inplace(BinOp::FloorDiv, &args[0], &args[1])),
    def("ilshift", "a, b, /", |h, args| h.inplace(BinOp::LShift, &args[0], &args[1])),
    def("imatmul", "a, b, /", |h, args| h.inplace(BinOp::MatMult, &args[0], &args[1])),
    def("imod", "a, b, /", |h, args| h.inplace(BinOp::Mod, &args[0], &args[1])),
    def("imul", "a, b, /", |h, args| h.inplace(BinOp::Mult, &args[0], &args[1])),
    def("ior", "a, b, /", |h, args| h.inplace(BinOp::BitOr, &args[0], &args[1])),
    def("ipow", "a, b, /", |h, args| h.inplace(BinOp::Pow, &args[0], &args[1])),
    def("irshift", "a, b, /", |h, args| h.inplace(BinOp::RShift, &args[0], &args[1])),
    def("isub", "a, b, /", |h, args| h.inplace(BinOp::Sub, &args[0], &args[1])),
    def("itruediv", "a, b, /", |h, args| h.inplace(BinOp::Div, &args[0], &args[1])),
    def("ixor", "a, b, /", |h, args| h.inplace(BinOp::BitXor, &args[0], &args[1])),
    def("iconcat", "a, b, /", |h, args| {
        sequences::check_both(h, args)?;
        h.inplace(BinOp::Add, &args[0], &args[1])
    }),
];
