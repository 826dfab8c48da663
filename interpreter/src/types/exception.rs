//! Exceptions: construction, text, attributes, tracebacks.
//!
//! In: classes and arguments. Out: what `raise` raises. The one invariant: fields of particular classes stand in
//! `Exception::fields`, in the order of their descriptors.

use crate::objects::class::Class;
use crate::objects::exception::{Exc, Exception};
use crate::objects::function::Args;
use crate::objects::make_class::ClassSpec;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    ClassSpec::of(Exc::BaseException.class()).constructor(h, &NEW).methods(h, &METHODS).build(h);
}

static METHODS: [Def; 2] = [def("__init__", "*args", init_exception), def("__str__", "", str)];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    Ok(h.new_exception(class, args[1].clone()).into_value())
}

fn init_exception(h: &mut Held, args: Args<'_>) -> R {
    let given = args[1].clone();
    let old = args.this::<Exception>().args.write(h, |own| std::mem::replace(own, given));
    drop(old);
    Ok(Value::NONE)
}

fn str(h: &mut Held, args: Args<'_>) -> R {
    let given = args.this::<Exception>().args.read(h, Clone::clone);
    match given.downcast::<Tuple>().map(|given| given.items()) {
        Some([]) | None => Ok(h.new_str("")),
        Some([only]) => h.to_str(only),
        Some(_) => h.repr(&given),
    }
}
