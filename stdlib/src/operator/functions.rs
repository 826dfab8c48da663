//! Comparison, arithmetic and truth.
//!
//! In: one or two operands. Out: the operator's result. The one invariant: there is nothing here that the operator does not do.

use interpreter::objects::function::Args;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::{BinOp, CmpOp};

pub(super) static FUNCTIONS: [Def; 31] = [
    def("lt", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::Lt)),
    def("le", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::LtE)),
    def("eq", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::Eq)),
    def("ne", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::NotEq)),
    def("ge", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::GtE)),
    def("gt", "a, b, /", |h, args| h.rich_compare(&args[0], &args[1], CmpOp::Gt)),
    def("not_", "a, /", |h, args| Ok(Value::bool(!h.truth(&args[0])?))),
    def("truth", "a, /", |h, args| Ok(Value::bool(h.truth(&args[0])?))),
    def("is_", "a, b, /", |_, args| Ok(Value::bool(args[0].is(&args[1])))),
    def("is_not", "a, b, /", |_, args| Ok(Value::bool(!args[0].is(&args[1])))),
    def("abs", "a, /", abs),
    def("neg", "a, /", |h, args| h.negative(&args[0])),
    def("pos", "a, /", |h, args| h.positive(&args[0])),
    def("inv", "a, /", |h, args| h.invert(&args[0])),
    def("invert", "a, /", |h, args| h.invert(&args[0])),
    def("index", "a, /", |h, args| h.index(&args[0])),
    def("add", "a, b, /", |h, args| h.binary(BinOp::Add, &args[0], &args[1])),
    def("sub", "a, b, /", |h, args| h.binary(BinOp::Sub, &args[0], &args[1])),
    def("mul", "a, b, /", |h, args| h.binary(BinOp::Mult, &args[0], &args[1])),
    def("matmul", "a, b, /", |h, args| h.binary(BinOp::MatMult, &args[0], &args[1])),
    def("truediv", "a, b, /", |h, args| h.binary(BinOp::Div, &args[0], &args[1])),
    def("floordiv", "a, b, /", |h, args| h.binary(BinOp::FloorDiv, &args[0], &args[1])),
    def("mod", "a, b, /", |h, args| h.binary(BinOp::Mod, &args[0], &args[1])),
    def("pow", "a, b, /", |h, args| h.binary(BinOp::Pow, &args[0], &args[1])),
    def("lshift", "a, b, /", |h, args| h.binary(BinOp::LShift, &args[0], &args[1])),
    def("rshift", "a, b, /", |h, args| h.binary(BinOp::RShift, &args[0], &args[1])),
    def("and_", "a, b, /", |h, args| h.binary(BinOp::BitAnd, &args[0], &args[1])),
    def("or_", "a, b, /", |h, args| h.binary(BinOp::BitOr, &args[0], &args[1])),
    def("xor", "a, b, /", |h, args| h.binary(BinOp::BitXor, &args[0], &args[1])),
    def("call", "obj, /, *args, **kwargs", call),
    def("_compare_digest", "a, b, /", super::sequences::compare_digest),
];

fn abs(h: &mut Held, args: Args<'_>) -> R {
    match h.call_special(&args[0], n::__abs__, &[])? {
        Some(result) => Ok(result),
        None => Err(h.type_error(format!("bad operand type for abs(): '{}'", args[0].class_name()))),
    }
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    match args[2].downcast() {
        Some(keywords) => h.call_with_dict(&args[0], args.rest(1), keywords),
        None => h.call(&args[0], args.rest(1)),
    }
}
