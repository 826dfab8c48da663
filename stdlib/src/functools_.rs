//! `_functools`: partial application, reduction, comparison functions as keys, and the cache of `lru_cache`.
//!
//! In: functions. Out: callables made of them. The one invariant: nothing of an object is borrowed while a function of the
//! program runs, for that may come back.

mod cache;
mod partial;

use interpreter::builtins::add_functions;
use interpreter::objects::class_cell::ClassCell;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::vm::CmpOp;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_functools");
    add_functions(h, &module, &FUNCTIONS);
    partial::add(h, &module);
    cache::add(h, &module);
    Ok(module)
}

static FUNCTIONS: [Def; 2] = [
    def("cmp_to_key", "mycmp", |h, args| Ok(new_key(h, &args[0], None))),
    def("reduce", "function, iterable, initial=None, /", reduce),
];

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let iterator = match h.iter(&args[1]) {
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error("reduce() arg 2 must support iteration")),
        other => other?,
    };
    let first = match args.opt(2) {
        Some(initial) => Some(initial.clone()),
        None => h.next(&iterator)?,
    };
    let Some(mut result) = first else {
        return Err(h.type_error("reduce() of empty iterable with no initial value"));
    };
    while let Some(item) = h.next(&iterator)? {
        result = h.call(&args[0], &[result, item])?;
    }
    Ok(result)
}

static KEY: ClassCell = ClassCell::new();

/// What `cmp_to_key` gives: a comparison function, and the value that it compares once there is one.
struct KeyWrapper {
    compare: Value,
    object: Option<Value>,
}

interpreter::object!(KeyWrapper, "KeyWrapper", traced [compare, object]);

static KEY_METHODS: [Def; 1] = [def("__call__", "obj", |h, args| {
    let compare = args.this::<KeyWrapper>().compare.clone();
    Ok(new_key(h, &compare, Some(args[1].clone())))
})];

static KEY_ATTRS: [Attr; 1] = [getter("obj", |h, key| {
    match key.downcast::<KeyWrapper>().and_then(|key| key.object.clone()) {
        Some(object) => Ok(object),
        None => Err(h.error(Exc::AttributeError, "obj")),
    }
})];

static KEY_COMPARISONS: [Def; 6] = interpreter::comparisons!(compare_keys);

fn new_key(h: &mut Held, compare: &Value, object: Option<Value>) -> Value {
    let class = KEY.get_or_make(h, |h| {
        ClassSpec::new::<KeyWrapper>(h, "functools", "KeyWrapper")
            .methods(h, &KEY_METHODS)
            .methods(h, &KEY_COMPARISONS)
            .attrs(h, &KEY_ATTRS)
            .value(h, "__hash__", Value::NONE)
            .build(h)
    });
    h.new_object(&class, KeyWrapper { compare: compare.clone(), object }).into_value()
}

/// `mycmp(x, y) op 0`.
fn compare_keys(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let key = args.this::<KeyWrapper>();
    let Some(other) = args[1].downcast::<KeyWrapper>() else {
        return Err(h.type_error("other argument must be K instance"));
    };
    let (Some(x), Some(y)) = (&key.object, &other.object) else {
        return Err(h.error(Exc::AttributeError, "object"));
    };
    let order = h.call(&key.compare, &[x.clone(), y.clone()])?;
    let zero = h.new_int(0);
    h.rich_compare(&order, &zero, op)
}
