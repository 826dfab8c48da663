//! `cmp_to_key`: a key function made of a comparing one.
//!
//! In: a function that gives a negative, zero or positive result for two objects. Out: wrappers that compare by it. The one invariant: a
//! wrapper compares with wrappers only.

use crate::native::{put, this};
use interpreter::objects::class::class_flag;
use interpreter::objects::descriptor::{Attr, getset};
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::str::text_of;
use interpreter::objects::value::{Reg, Value};
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use interpreter::vm::CmpOp;

pub(super) fn add(h: &mut Held, module: &Module) {
    let spec = ClassSpec::new::<KeyWrapper>(h, "functools", "KeyWrapper").flags(class_flag::FINAL | class_flag::NO_NEW);
    let spec = spec.methods(h, &COMPARISONS).attrs(h, &ATTRS).callable(h, wrap);
    let class = spec.value(h, "__hash__", Value::NONE).build(h);
    let name = h.intern("_KeyWrapper");
    module.dict.set_str(h, &name, class.into_value());
    interpreter::builtins::add_functions(h, module, &FUNCTIONS);
}

/// The key function (without an object) and the keys that it makes.
pub struct KeyWrapper {
    compare: Value,
    object: ObjCell<Option<Value>>,
}

interpreter::object!(KeyWrapper, "KeyWrapper", traced [compare, object]);

static FUNCTIONS: [Def; 1] = [def("cmp_to_key", "mycmp", |h, args| {
    let module = h.import_module("_functools")?;
    let name = h.intern("_KeyWrapper");
    let class = h.get_attr(&module, &name)?;
    let Some(class) = class.downcast() else { return Err(h.type_error("_KeyWrapper is not a class")) };
    let wrapper = KeyWrapper { compare: args[0].clone(), object: ObjCell::default() };
    Ok(h.new_object(class, wrapper).into_value())
})];

/// `key(obj)`.
fn wrap(h: &mut Held, key: &Value, args: &[Reg], names: &[Value]) -> R {
    let object = match (args, names) {
        ([Some(object)], []) => object.clone(),
        ([Some(object)], [name]) if text_of(name) == "obj" => object.clone(),
        ([], _) => return Err(h.type_error("K() missing required argument 'obj' (pos 1)")),
        ([_], [_]) => return Err(h.type_error("K() missing required argument 'obj' (pos 1)")),
        _ => return Err(h.type_error(format!("K() takes at most 1 argument ({} given)", args.len()))),
    };
    let compare = this::<KeyWrapper>(key).compare.clone();
    Ok(h.new_object(key.class(), KeyWrapper { compare, object: ObjCell::new(Some(object)) }).into_value())
}

static ATTRS: [Attr; 1] = [getset(
    "obj",
    |h, key| Ok(this::<KeyWrapper>(key).object.read(h, Clone::clone).unwrap_or(Value::NONE)),
    |h, key, object| {
        put(h, &this::<KeyWrapper>(key).object, object.cloned());
        Ok(())
    },
)];

static COMPARISONS: [Def; 6] = interpreter::comparisons!(compare);

fn compare(h: &mut Held, args: Args<'_>, op: CmpOp) -> R {
    let own = args.this::<KeyWrapper>();
    let Some(other) = args[1].downcast::<KeyWrapper>() else {
        return Err(h.type_error("other argument must be K instance"));
    };
    let pair = (own.object.read(h, Clone::clone), other.object.read(h, Clone::clone));
    let (Some(a), Some(b)) = pair else {
        return Err(h.error(interpreter::objects::exception::Exc::AttributeError, "object"));
    };
    let result = h.call(&own.compare, &[a, b])?;
    let zero = h.new_int(0);
    h.rich_compare(&result, &zero, op)
}
