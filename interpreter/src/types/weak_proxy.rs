//! Weak proxies: everything done to one is done to its object.
//!
//! In: an operation on a proxy. Out: the same on the object, or ReferenceError when that has ended. The one invariant: a proxy that is
//! an operand is replaced by its object before the operation, on both sides.

use crate::objects::class::class_flag;
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_syntax::ast::{BinOp, CmpOp};

pub(super) fn init(h: &mut Held) {
    static CALL: [Def; 1] = [def("__call__", "*args, **kwargs", call)];
    for class in [&core().weak_proxy, &core().weak_callable_proxy] {
        ClassSpec::of(class)
            .methods(h, &ACCESS)
            .methods(h, &NUMBERS)
            .methods(h, &COMPARISONS)
            .module(h, "weakref")
            .value(h, "__hash__", Value::NONE)
            .build(h);
    }
    ClassSpec::of(&core().weak_callable_proxy).methods(h, &CALL).build(h);
    for class in [&core().weak_proxy, &core().weak_callable_proxy] {
        // Native methods, but the machine has no shortcut for them.
        class.set_flag(class_flag::GETATTRIBUTE | class_flag::SETATTR);
    }
}

static ACCESS: [Def; 20] = [
    def("__getattribute__", "name, /", |h, args| {
        let (object, name) = (h.behind_proxy(&args[0])?, super::object::attribute_name(h, &args[1])?);
        h.get_attr(&object, &name)
    }),
    def("__setattr__", "name, value, /", |h, args| {
        let (object, name) = (h.behind_proxy(&args[0])?, super::object::attribute_name(h, &args[1])?);
        h.set_attr(&object, &name, args[2].clone())?;
        Ok(Value::NONE)
    }),
    def("__delattr__", "name, /", |h, args| {
        let (object, name) = (h.behind_proxy(&args[0])?, super::object::attribute_name(h, &args[1])?);
        h.delete_attr(&object, &name)?;
        Ok(Value::NONE)
    }),
    def("__str__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.to_str(&object)
    }),
    def("__repr__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        let text = format!("<weakproxy at {:#x} to {} at {:#x}>", args[0].bits(), object.class_name(), object.bits());
        Ok(h.new_str(&text))
    }),
    def("__bytes__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.call_method(&object, n::__bytes__, &[])
    }),
    def("__reversed__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.call_method(&object, n::__reversed__, &[])
    }),
    def("__bool__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.truth(&object).map(Value::bool)
    }),
    def("__len__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        let len = h.len(&object)?;
        Ok(h.new_int(len as i64))
    }),
    def("__getitem__", "key, /", |h, args| {
        let (object, key) = (h.behind_proxy(&args[0])?, h.behind_proxy(&args[1])?);
        h.get_item(&object, &key)
    }),
    def("__setitem__", "key, value, /", |h, args| {
        let (object, key) = (h.behind_proxy(&args[0])?, h.behind_proxy(&args[1])?);
        h.set_item(&object, &key, args[2].clone())?;
        Ok(Value::NONE)
    }),
    def("__delitem__", "key, /", |h, args| {
        let (object, key) = (h.behind_proxy(&args[0])?, h.behind_proxy(&args[1])?);
        h.delete_item(&object, &key)?;
        Ok(Value::NONE)
    }),
    def("__contains__", "key, /", |h, args| {
        let (object, key) = (h.behind_proxy(&args[0])?, h.behind_proxy(&args[1])?);
        h.contains(&object, &key).map(Value::bool)
    }),
    def("__iter__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.iter(&object)
    }),
    def("__next__", "", next),
    def("__neg__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.negative(&object)
    }),
    def("__pos__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.positive(&object)
    }),
    def("__invert__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.invert(&object)
    }),
    def("__index__", "", |h, args| {
        let object = h.behind_proxy(&args[0])?;
        h.index(&object)
    }),
    def("__abs__", "", |h, args| forward(h, args, n::__abs__, "bad operand type for abs()")),
];

fn next(h: &mut Held, args: Args<'_>) -> R {
    let object = h.behind_proxy(&args[0])?;
    if !h.is_iterator(&object) {
        let got = object.class_name();
        return Err(h.type_error(format!("Weakref proxy referenced a non-iterator '{got}' object")));
    }
    match h.next_raising(&object)? {
        Some(item) => Ok(item),
        None => Err(h.stop_iteration(Value::NONE)),
    }
}

fn forward(h: &mut Held, args: Args<'_>, name: crate::objects::names::Name, refusal: &str) -> R {
    let object = h.behind_proxy(&args[0])?;
    match h.call_special(&object, name, &[])? {
        Some(result) => Ok(result),
        None => {
            let got = object.class_name();
            Err(h.type_error(format!("{refusal}: '{got}'")))
        }
    }
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let object = h.behind_proxy(&args[0])?;
    match args[2].downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&object, args.rest(1), keywords),
        None => h.call(&object, args.rest(1)),
    }
}

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let (a, b) = (h.behind_proxy(&args[0])?, h.behind_proxy(&args[1])?);
    h.rich_compare(&a, &b, op)
}

static COMPARISONS: [Def; 6] = [
    def("__eq__", "value, /", |h, args| compare(h, args, CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| compare(h, args, CmpOp::NotEq)),
    def("__lt__", "value, /", |h, args| compare(h, args, CmpOp::Lt)),
    def("__le__", "value, /", |h, args| compare(h, args, CmpOp::LtE)),
    def("__gt__", "value, /", |h, args| compare(h, args, CmpOp::Gt)),
    def("__ge__", "value, /", |h, args| compare(h, args, CmpOp::GtE)),
];

/// `a op b` with both behind their proxies.
fn binary(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    let (a, b) = (h.behind_proxy(a)?, h.behind_proxy(b)?);
    h.binary(op, &a, &b)
}

fn inplace(h: &mut Held, op: BinOp, a: &Value, b: &Value) -> R {
    let (a, b) = (h.behind_proxy(a)?, h.behind_proxy(b)?);
    h.inplace(op, &a, &b)
}

macro_rules! numbers {
    ($($op:ident $plain:literal $reflected:literal $inplace:literal)*) => {
        static NUMBERS: [Def; 41] = [
            $(
                def($plain, "value, /", |h, args| binary(h, BinOp::$op, &args[0], &args[1])),
                def($reflected, "value, /", |h, args| binary(h, BinOp::$op, &args[1], &args[0])),
                def($inplace, "value, /", |h, args| inplace(h, BinOp::$op, &args[0], &args[1])),
            )*
            def("__int__", "", |h, args| {
                let object = h.behind_proxy(&args[0])?;
                h.call(core().int.value(), &[object])
            }),
            def("__float__", "", |h, args| {
                let object = h.behind_proxy(&args[0])?;
                h.call(core().float.value(), &[object])
            }),
        ];
    };
}

numbers! {
    Add "__add__" "__radd__" "__iadd__"
    Sub "__sub__" "__rsub__" "__isub__"
    Mult "__mul__" "__rmul__" "__imul__"
    Div "__truediv__" "__rtruediv__" "__itruediv__"
    FloorDiv "__floordiv__" "__rfloordiv__" "__ifloordiv__"
    Mod "__mod__" "__rmod__" "__imod__"
    Pow "__pow__" "__rpow__" "__ipow__"
    LShift "__lshift__" "__rlshift__" "__ilshift__"
    RShift "__rshift__" "__rrshift__" "__irshift__"
    BitAnd "__and__" "__rand__" "__iand__"
    BitOr "__or__" "__ror__" "__ior__"
    BitXor "__xor__" "__rxor__" "__ixor__"
    MatMult "__matmul__" "__rmatmul__" "__imatmul__"
}
