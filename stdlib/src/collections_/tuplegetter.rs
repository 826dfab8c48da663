//! `_tuplegetter`: the attribute of a `namedtuple`'s field.
//!
//! In: a tuple. Out: its item at a fixed index. The one invariant: it is a data descriptor, so nothing in an instance can
//! stand before it.

use crate::native::{enter, made, this};
use interpreter::objects::descriptor::{Attr, getset};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

/// The data of a getter.
struct TupleGetter {
    index: usize,
    doc: ObjCell<Value>,
}

interpreter::object!(TupleGetter, "_tuplegetter", traced [doc]);

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "index, doc, /", new);
    let class = ClassSpec::new::<TupleGetter>(h, "_collections", "_tuplegetter").constructor(h, &NEW);
    let class = class.methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    enter(h, module, &class);
}

static ATTRS: [Attr; 1] = [getset(
    "__doc__",
    |h, getter| Ok(this::<TupleGetter>(getter).doc.read(h, Clone::clone)),
    |h, getter, doc| {
        crate::native::put(h, &this::<TupleGetter>(getter).doc, doc.cloned().unwrap_or(Value::NONE));
        Ok(())
    },
)];

static METHODS: [Def; 5] = [
    def("__get__", "instance, owner=None, /", get),
    def("__set__", "instance, value, /", |h, _| Err(h.error(Exc::AttributeError, "can't set attribute"))),
    def("__delete__", "instance, /", |h, _| Err(h.error(Exc::AttributeError, "can't delete attribute"))),
    def("__reduce__", "", |h, args| {
        let getter = this::<TupleGetter>(&args[0]);
        let (index, doc) = (h.new_int(getter.index as i64), getter.doc.read(h, Clone::clone));
        let given = h.new_pair(index, doc);
        Ok(h.new_pair(args[0].class().to_value(), given))
    }),
    def("__repr__", "", |h, args| {
        let getter = this::<TupleGetter>(&args[0]);
        let doc = getter.doc.read(h, Clone::clone);
        let doc = h.repr_text(&doc)?;
        Ok(h.new_str(&format!("_tuplegetter({}, {doc})", getter.index)))
    }),
];

fn new(h: &mut Held, args: Args<'_>) -> R {
    let index = h.to_isize(&args[1])?.max(0) as usize;
    made(h, args, TupleGetter { index, doc: ObjCell::new(args[2].clone()) })
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    if args[1].is_none() {
        return Ok(args[0].clone());
    }
    let index = this::<TupleGetter>(&args[0]).index;
    match args[1].downcast::<Tuple>() {
        Some(tuple) => tuple.items().get(index).cloned().ok_or_else(|| h.index_error("tuple index out of range")),
        None => {
            let got = args[1].class_name();
            Err(h.type_error(format!("descriptor for index '{index}' for tuple subclasses doesn't apply to '{got}' object")))
        }
    }
}
