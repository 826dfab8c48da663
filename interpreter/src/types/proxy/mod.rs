//! `mappingproxy`, generic aliases and unions: the methods.
//!
//! In: a mapping; a class with arguments; classes joined by `|`. Out: read-only views. The one invariant: what a view shows is its
//! object's, asked each time.

mod alias;
mod parameters;
mod union;

use crate::objects::class::Class;
use crate::objects::core;
use crate::objects::function::Args;
use crate::objects::list::List;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::proxy::MappingProxy;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use toy_syntax::ast::{BinOp, CmpOp};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "mapping", new);
    static CLASS_METHODS: [Def; 1] =
        [def("__class_getitem__", "object, /", |h, args| Ok(h.new_generic_alias(args[0].clone(), args[1].clone())))];
    ClassSpec::of(&core().mapping_proxy)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .value(h, "__hash__", Value::NONE)
        .build(h);
    alias::init(h);
    union::init(h);
}

static METHODS: [Def; 22] = [
    def("__getitem__", "key, /", |h, args| h.get_item(&mapping(args), &args[1])),
    def("__contains__", "key, /", |h, args| h.contains(&mapping(args), &args[1]).map(Value::bool)),
    def("__len__", "", |h, args| {
        let len = h.len(&mapping(args))?;
        Ok(h.new_int(len as i64))
    }),
    def("__iter__", "", |h, args| h.iter(&mapping(args))),
    def("__reversed__", "", |h, args| forward(h, args, "__reversed__")),
    def("keys", "", |h, args| forward(h, args, "keys")),
    def("values", "", |h, args| forward(h, args, "values")),
    def("items", "", |h, args| forward(h, args, "items")),
    def("copy", "", |h, args| forward(h, args, "copy")),
    def("get", "key, default=None, /", |h, args| {
        let default = args.opt(2).cloned().unwrap_or(Value::NONE);
        let name = h.intern("get");
        h.call_method_named(&mapping(args), &name, &[args[1].clone(), default])
    }),
    def("__repr__", "", |h, args| {
        let inner = h.repr_text(&mapping(args))?;
        Ok(h.new_str(&format!("mappingproxy({inner})")))
    }),
    def("__str__", "", |h, args| h.to_str(&mapping(args))),
    def("__or__", "value, /", |h, args| {
        let (left, right) = (bare(&args[0]), bare(&args[1]));
        h.binary(BinOp::BitOr, &left, &right)
    }),
    def("__ror__", "value, /", |h, args| {
        let (left, right) = (bare(&args[1]), bare(&args[0]));
        h.binary(BinOp::BitOr, &left, &right)
    }),
    def("__ior__", "value, /", |h, args| {
        let got = args[0].class_name();
        Err(h.type_error(format!("'|=' is not supported by {got}; use '|' instead")))
    }),
    def("__eq__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::Eq)),
    def("__ne__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::NotEq)),
    def("__lt__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::Lt)),
    def("__le__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::LtE)),
    def("__gt__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::Gt)),
    def("__ge__", "value, /", |h, args| h.rich_compare(&mapping(args), &bare(&args[1]), CmpOp::GtE)),
    def("__reduce__", "", |h, args| {
        let got = args[0].class_name();
        Err(h.type_error(format!("cannot pickle '{got}' object")))
    }),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let is_sequence = args[1].downcast::<List>().is_some() || args[1].downcast::<Tuple>().is_some();
    if is_sequence || args[1].downcast::<Class>().is_some() || h.special(&args[1], n::__getitem__).is_none() {
        let got = args[1].class_name();
        return Err(h.type_error(format!("mappingproxy() argument must be a mapping, not {got}")));
    }
    Ok(h.new_mapping_proxy(args[1].clone()))
}

fn mapping(args: Args<'_>) -> Value {
    args.this::<MappingProxy>().mapping.clone()
}

/// What a proxy shows, or the value itself.
fn bare(value: &Value) -> Value {
    value.downcast::<MappingProxy>().map_or_else(|| value.clone(), |proxy| proxy.mapping.clone())
}

fn forward(h: &mut Held, args: Args<'_>, name: &str) -> R {
    let name = h.intern(name);
    h.call_method_named(&mapping(args), &name, &[])
}
