//! Tuples whose items also have names: `sys.version_info`, `os.stat_result`.
//!
//! In: a class name and its fields; later the values. Out: a subclass of tuple and instances of it. The one invariant: an instance has
//! as many items as its class has visible fields; fields beyond those stand in the instance's attributes, unless all of them
//! are `None`.

use crate::objects::attrs;
use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::descriptor::{GetSet, Getter};
use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::{Obj, Ref};
use crate::objects::make_class::ClassSpec;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;

static NEW: Def = def("__new__", "sequence, dict={}", new);
static METHODS: [Def; 2] = [def("__repr__", "", repr), def("__reduce__", "", reduce)];

impl Held {
    /// A class of named tuples. The first `visible` fields are items, the others attributes only.
    pub fn new_struct_class(&mut self, module: &str, name: &str, fields: &[&str], visible: usize) -> Ref<Class> {
        let mut spec = ClassSpec::with_base::<Tuple>(self, module, name, &core().tuple).flags(class_flag::HEAP);
        spec = spec.constructor(self, &NEW).methods(self, &METHODS);
        let counts = [("n_fields", fields.len()), ("n_sequence_fields", visible), ("n_unnamed_fields", 0)];
        for (name, count) in counts {
            let count = self.new_int(count as i64);
            spec = spec.value(self, name, count);
        }
        let names = fields.iter().map(|field| self.intern(field)).collect();
        let names = self.new_tuple(names);
        let matched = fields[..visible].iter().map(|field| self.intern(field)).collect();
        let matched = self.new_tuple(matched);
        spec = spec.value(self, "__match_args__", matched).value(self, "_fields_of_struct", names);
        let class = spec.build(self);
        let hidden = fields[visible..].iter().zip(HIDDEN_GETTERS);
        for (field, get) in fields[..visible].iter().zip(GETTERS).chain(hidden) {
            let name = self.intern(field);
            let getset = GetSet { name: name.clone(), get, set: None, owner: class.value().clone() };
            let getset = self.new_object(&core().getset_descriptor, getset).into_value();
            class.dict.set_str(self, &name, getset);
        }
        class
    }

    /// An instance, with a value for each field.
    pub fn new_struct(&mut self, class: &Obj<Class>, values: &[Value]) -> Value {
        let visible = int_of(self, class, "n_sequence_fields").min(values.len());
        let made = self.tuple_of_class(class, &values[..visible]).into_value();
        if values.iter().skip(visible).any(|value| !value.is_none()) {
            let hidden = attrs::make(self, &made);
            for (name, value) in names_of(self, class)[visible..].iter().zip(&values[visible..]) {
                hidden.set_str(self, name, value.clone());
            }
        }
        made
    }
}

fn item<const I: usize>(_: &mut Held, value: &Value) -> R {
    Ok(value.downcast::<Tuple>().and_then(|tuple| tuple.items().get(I).cloned()).unwrap_or(Value::NONE))
}

static GETTERS: [Getter; 20] = [
    item::<0>, item::<1>, item::<2>, item::<3>, item::<4>, item::<5>, item::<6>, item::<7>, item::<8>, item::<9>,
    item::<10>, item::<11>, item::<12>, item::<13>, item::<14>, item::<15>, item::<16>, item::<17>, item::<18>,
    item::<19>,
];

/// A field that is no item: `None` if nothing was told of any of them.
fn hidden<const I: usize>(h: &mut Held, value: &Value) -> R {
    let class = value.class().to_ref();
    let names = hidden_names(h, &class);
    let known = attrs::existing(h, value);
    let known = names.get(I).and_then(|name| known?.get_str(h, name));
    Ok(known.unwrap_or(Value::NONE))
}

static HIDDEN_GETTERS: [Getter; 16] = [
    hidden::<0>,
    hidden::<1>,
    hidden::<2>,
    hidden::<3>,
    hidden::<4>,
    hidden::<5>,
    hidden::<6>,
    hidden::<7>,
    hidden::<8>,
    hidden::<9>,
    hidden::<10>,
    hidden::<11>,
    hidden::<12>,
    hidden::<13>,
    hidden::<14>,
    hidden::<15>,
];

fn hidden_names(h: &mut Held, class: &Obj<Class>) -> Vec<Value> {
    let visible = int_of(h, class, "n_sequence_fields");
    names_of(h, class).into_iter().skip(visible).collect()
}

fn int_of(h: &mut Held, class: &Obj<Class>, name: &str) -> usize {
    let name = h.intern(name);
    class.lookup(h, &name).and_then(|count| count.as_small_int()).unwrap_or(0) as usize
}

fn names_of(h: &mut Held, class: &Obj<Class>) -> Vec<Value> {
    let name = h.intern("_fields_of_struct");
    let names = class.lookup(h, &name);
    names.and_then(|names| names.downcast::<Tuple>().map(|names| names.items().to_vec())).unwrap_or_default()
}

fn title(h: &Held, class: &Obj<Class>) -> String {
    let module = class.lookup(h, n::__module__.value()).map(|module| text_of(&module)).unwrap_or_default();
    if module == "builtins" { class.name_text() } else { format!("{module}.{}", class.name_text()) }
}

/// From a sequence that may have the hidden fields too, and a dict of those that it has not.
fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>().map(|class| class.to_ref()) else { return Ok(Value::NONE) };
    if !h.is_iterable(&args[1]) {
        return Err(h.type_error("constructor requires a sequence"));
    }
    let mut values = h.collect(&args[1])?;
    let (all, visible) = (int_of(h, &class, "n_fields"), int_of(h, &class, "n_sequence_fields"));
    let (given, title) = (values.len(), title(h, &class));
    if given < visible || given > all {
        let bound = match (all == visible, given < visible) {
            (true, _) => format!("a {all}-sequence"),
            (_, true) => format!("an at least {visible}-sequence"),
            _ => format!("an at most {all}-sequence"),
        };
        return Err(h.type_error(format!("{title}() takes {bound} ({given}-sequence given)")));
    }
    let dict = args.opt_some(2).and_then(|dict| dict.downcast::<Dict>());
    for name in names_of(h, &class).iter().skip(given) {
        values.push(dict.and_then(|dict| dict.get_str(h, name)).unwrap_or(Value::NONE));
    }
    Ok(h.new_struct(&class, &values))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let class = args[0].class().to_ref();
    let mut parts = Vec::new();
    for (name, item) in names_of(h, &class).iter().zip(args.this::<Tuple>().items()) {
        parts.push(format!("{}={}", text_of(name), h.repr_text(item)?));
    }
    let title = title(h, &class);
    Ok(h.new_str(&format!("{title}({})", parts.join(", "))))
}

fn reduce(h: &mut Held, args: Args<'_>) -> R {
    let items = h.tuple_of(args.this::<Tuple>().items());
    let (known, hidden) = (attrs::existing(h, &args[0]), h.new_dict());
    let class = args[0].class().to_ref();
    for name in hidden_names(h, &class) {
        let value = known.as_ref().and_then(|known| known.get_str(h, &name));
        hidden.set_str(h, &name, value.unwrap_or(Value::NONE));
    }
    let inner = h.new_tuple(vec![items, hidden.into_value()]);
    Ok(h.new_tuple(vec![args[0].class().to_value(), inner]))
}
