//! `_tuplegetter`: the fields of named tuples.
//!
//! In: an index and a docstring. Out: a descriptor that reads the item at the index. The one invariant: it can be neither set nor
//! deleted through an instance.

use crate::native::{enter, made, put, this};
use interpreter::objects::descriptor::{Attr, TupleGetter, getset};
use interpreter::objects::exception::Exc;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};

pub(super) fn add(h: &mut Held, module: &Module) {
    static NEW: Def = def("__new__", "index, doc, /", |h, args| {
        let index = h.to_isize(&args[1])?;
        made(h, args, TupleGetter { index, doc: ObjCell::new(args[2].clone()) })
    });
    let spec = ClassSpec::new::<TupleGetter>(h, "_collections", "_tuplegetter").constructor(h, &NEW);
    let class = spec.methods(h, &METHODS).attrs(h, &ATTRS).build(h);
    enter(h, module, &class);
}

static ATTRS: [Attr; 1] = [getset(
    "__doc__",
    |h, getter| Ok(this::<TupleGetter>(getter).doc.read(h, Clone::clone)),
    |h, getter, doc| {
        put(h, &this::<TupleGetter>(getter).doc, doc.cloned().unwrap_or(Value::NONE));
        Ok(())
    },
)];

static METHODS: [Def; 5] = [
    def("__get__", "instance, owner=None, /", |h, args| {
        if args[1].is_none() {
            return Ok(args[0].clone());
        }
        args.this::<TupleGetter>().get(h, &args[1])
    }),
    def("__set__", "instance, value, /", |h, _| Err(h.error(Exc::AttributeError, "can't set attribute"))),
    def("__delete__", "instance, /", |h, _| Err(h.error(Exc::AttributeError, "can't delete attribute"))),
    def("__reduce__", "", |h, args| {
        let getter = args.this::<TupleGetter>();
        let inner = h.new_tuple(vec![h.new_int(getter.index as i64), getter.doc.read(h, Clone::clone)]);
        Ok(h.new_tuple(vec![args[0].class().to_value(), inner]))
    }),
    def("__repr__", "", |h, args| {
        let getter = args.this::<TupleGetter>();
        let doc = getter.doc.read(h, Clone::clone);
        let doc = h.repr_text(&doc)?;
        Ok(h.new_str(&format!("_tuplegetter({}, {doc})", getter.index)))
    }),
];
