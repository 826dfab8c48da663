//! `None`, `NotImplemented` and `Ellipsis`: the methods.
//!
//! In: the three constants. Out: their text and truth. The one invariant: there is one of each, and `type(None)()` gives it.

use crate::objects::core;
use crate::objects::header::Ref;
use crate::objects::make_class::ClassSpec;
use crate::objects::value::Value;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

pub(super) fn init(h: &mut Held) {
    static NONE: [Def; 1] = [def("__new__", "*args, **kwargs", |h, args| {
        let named = args[2].downcast::<crate::objects::dict::Dict>().is_some_and(|keywords| !keywords.is_empty(h));
        if named || !args.rest(1).is_empty() {
            return Err(h.type_error("NoneType takes no arguments"));
        }
        Ok(Value::NONE)
    })];
    static NOT_IMPLEMENTED: [Def; 1] = [def("__new__", "", |_, _| Ok(Value::NOT_IMPLEMENTED))];
    static ELLIPSIS: [Def; 1] = [def("__new__", "", |_, _| Ok(Value::ELLIPSIS))];
    static NONE_METHODS: [Def; 2] =
        [def("__repr__", "", |h, _| Ok(h.new_str("None"))), def("__bool__", "", |_, _| Ok(Value::FALSE))];
    static NOT_IMPLEMENTED_METHODS: [Def; 3] = [
        def("__bool__", "", |h, _| {
            let message = "NotImplemented should not be used in a boolean context";
            h.warn(crate::objects::exception::Exc::DeprecationWarning, message, 1)?;
            Ok(Value::TRUE)
        }),
        def("__repr__", "", |h, _| Ok(h.new_str("NotImplemented"))),
        def("__reduce__", "", |h, _| Ok(h.new_str("NotImplemented"))),
    ];
    static ELLIPSIS_METHODS: [Def; 2] = [
        def("__repr__", "", |h, _| Ok(h.new_str("Ellipsis"))),
        def("__reduce__", "", |h, _| Ok(h.new_str("Ellipsis"))),
    ];
    let core = core();
    make(h, &core.none_type, &NONE[0], &NONE_METHODS);
    make(h, &core.not_implemented_type, &NOT_IMPLEMENTED[0], &NOT_IMPLEMENTED_METHODS);
    make(h, &core.ellipsis_type, &ELLIPSIS[0], &ELLIPSIS_METHODS);
}

fn make(h: &mut Held, class: &Ref<crate::objects::class::Class>, new: &'static Def, methods: &'static [Def]) {
    ClassSpec::of(class).constructor(h, new).methods(h, methods).build(h);
}
