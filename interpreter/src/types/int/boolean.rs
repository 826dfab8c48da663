//! `bool`: what differs from `int`.
//!
//! In: any value. Out: its truth. The one invariant: `&`, `|` and `^` of two bools give a bool.

use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_syntax::ast::BinOp;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "object=False, /", new);
    let doc = "bool(object=False, /): True or False, the truth of an object.";
    ClassSpec::of(&core().bool).constructor(h, &NEW).methods(h, &METHODS).doc(h, doc).build(h);
}

static METHODS: [Def; 7] = [
    def("__repr__", "", |h, args| Ok(h.new_str(if args[0].is(&Value::TRUE) { "True" } else { "False" }))),
    def("__and__", "value, /", |h, args| logical(h, args, BinOp::BitAnd)),
    def("__rand__", "value, /", |h, args| logical(h, args, BinOp::BitAnd)),
    def("__or__", "value, /", |h, args| logical(h, args, BinOp::BitOr)),
    def("__ror__", "value, /", |h, args| logical(h, args, BinOp::BitOr)),
    def("__xor__", "value, /", |h, args| logical(h, args, BinOp::BitXor)),
    def("__rxor__", "value, /", |h, args| logical(h, args, BinOp::BitXor)),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    match args.opt(1) {
        Some(object) => h.truth(object).map(Value::bool),
        None => Ok(Value::FALSE),
    }
}

fn logical(h: &mut Held, args: Args<'_>, op: BinOp) -> R {
    let (Some(a), Some(b)) = (args[0].as_bool(), args[1].as_bool()) else {
        return super::operate(h, op, &args[0], &args[1]);
    };
    Ok(Value::bool(match op {
        BinOp::BitAnd => a & b,
        BinOp::BitOr => a | b,
        _ => a ^ b,
    }))
}
