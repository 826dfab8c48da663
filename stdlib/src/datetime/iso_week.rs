//! `IsoCalendarDate`: what `isocalendar` gives, a tuple whose items have names.
//!
//! In: days. Out: year, week and weekday. The one invariant: pickles hold a plain tuple.

use super::calendar::Day;
use super::object_class;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::header::Ref;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static NEW: Def = def("__new__", "year, week, weekday", |h, args| {
    let class = crate::native::class_of(args);
    let items = [args[1].clone(), args[2].clone(), args[3].clone()];
    Ok(h.tuple_of_class(class, &items).into_value())
});

static ATTRS: [Attr; 3] = [
    getter("year", |_, this| Ok(item(this, 0))),
    getter("week", |_, this| Ok(item(this, 1))),
    getter("weekday", |_, this| Ok(item(this, 2))),
];

static METHODS: [Def; 2] = [
    def("__repr__", "", |h, args| {
        let mut parts = [String::new(), String::new(), String::new()];
        for (part, item) in parts.iter_mut().zip(args.this::<Tuple>().items()) {
            *part = h.str_text(item)?;
        }
        let [year, week, weekday] = parts;
        let name = args[0].class_name();
        Ok(h.new_str(&format!("{name}(year={year}, week={week}, weekday={weekday})")))
    }),
    def("__reduce__", "", |h, args| {
        let items = h.tuple_of(args.this::<Tuple>().items());
        let items = h.tuple_of(&[items]);
        Ok(h.new_pair(core().tuple.value().clone(), items))
    }),
];

pub fn make(h: &mut Held) -> Ref<Class> {
    let spec = ClassSpec::with_base::<Tuple>(h, "datetime", "IsoCalendarDate", &core().tuple).constructor(h, &NEW);
    let spec = spec.doc(h, "The result of date.isocalendar() or datetime.isocalendar()");
    // What is known of exact tuples does not hold for it.
    spec.methods(h, &METHODS).attrs(h, &ATTRS).flags(class_flag::HEAP).build(h)
}

fn item(this: &Value, at: usize) -> Value {
    this.downcast::<Tuple>().and_then(|tuple| tuple.items().get(at).cloned()).unwrap_or(Value::NONE)
}

/// The week of a day.
pub fn new(h: &Held, day: Day) -> Value {
    let (year, week, weekday) = day.iso();
    let items = [year, week, weekday].map(|n| h.new_int(n.into()));
    match object_class(h, |made| &made.iso_week) {
        Some(class) => h.tuple_of_class(&class, &items).into_value(),
        None => h.tuple_of(&items),
    }
}
