//! `type`: classes as objects.
//!
//! In: a name, bases and a namespace. Out: a class; its attributes. The one invariant: every change of a class's namespace,
//! bases or order goes through `modified`.

use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::descriptor::{Attr, field, getset, getter};
use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::{Kind, Obj, Ref};
use crate::objects::make_class::{ClassSpec, NewClass, linearize, recompute};
use crate::objects::names::n;
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::R;
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::sync::{publish, retire};

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new);
    ClassSpec::of(&core().type_)
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .build(h);
}

static METHODS: [Def; 12] = [
    def("__init__", "*args, **kwargs", init_type),
    def("__call__", "*args, **kwargs", call),
    def("__repr__", "", repr),
    def("__getattribute__", "name, /", getattribute),
    def("__setattr__", "name, value, /", setattr),
    def("__delattr__", "name, /", delattr),
    def("mro", "", mro),
    def("__subclasses__", "", |h, args| {
        Ok({
            let all = args.this::<Class>().subclasses(h);
            h.new_list(all)
        })
    }),
    def("__instancecheck__", "instance, /", |h, args| {
        h.is_instance_plain(&args[1], args.this::<Class>()).map(Value::bool)
    }),
    def("__subclasscheck__", "subclass, /", |h, args| {
        h.is_subclass_plain(&args[1], args.this::<Class>()).map(Value::bool)
    }),
    def("__dir__", "", dir),
    def("__sizeof__", "", |h, _| Ok(h.new_int(size_of::<Obj<Class>>() as i64))),
];

static CLASS_METHODS: [Def; 1] = [def("__prepare__", "*args, **kwargs", |h, _| Ok(h.new_dict().into_value()))];

static ATTRS: [Attr; 12] = [
    getset("__name__", |h, class| Ok(this(class).name.read(h, Clone::clone)), set_name),
    getset("__qualname__", |h, class| Ok(this(class).qualname.read(h, Clone::clone)), set_qualname),
    getset("__module__", module, set_module),
    getset("__bases__", bases, set_bases),
    getter("__base__", base),
    field("__mro__", |h, class| {
        let order = this(class).mro.read(h, |mro| mro.iter().map(|class| class.value().clone()).collect());
        Ok(h.new_tuple(order))
    }),
    getter("__dict__", |h, class| Ok(h.new_mapping_proxy(this(class).dict.value().clone()))),
    getset("__doc__", doc, set_doc),
    getset("__abstractmethods__", abstract_methods, set_abstract_methods),
    getset("__annotations__", annotations, set_annotations),
    getter("__flags__", flags),
    // Native classes whose constructor's parameters are told have it in their namespace.
    getter("__text_signature__", |h, value| {
        let own = value.downcast::<Class>().map(|class| class.dict.get_str(h, n::__text_signature__.value()));
        Ok(own.flatten().unwrap_or(Value::NONE))
    }),
];

/// The class that a descriptor of `type` is asked for.
fn this(class: &Value) -> &Obj<Class> {
    match class.downcast::<Class>() {
        Some(class) => class,
        None => panic!("a descriptor of type is asked with a class"),
    }
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let given = args.rest(1).to_vec();
    let keywords = args[2].clone();
    let meta = args[0].clone();
    let [name, bases, namespace] = &given[..] else {
        return Err(h.type_error(if given.len() == 1 || given.is_empty() {
            format!("type.__new__() takes exactly 3 arguments ({} given)", given.len())
        } else {
            "type() takes 1 or 3 arguments".to_owned()
        }));
    };
    if name.downcast::<Str>().is_none() {
        return Err(wrong(h, 1, "str", name));
    }
    let Some(base_tuple) = bases.downcast::<Tuple>() else { return Err(wrong(h, 2, "tuple", bases)) };
    let Some(namespace) = namespace.downcast::<Dict>() else { return Err(wrong(h, 3, "dict", namespace)) };
    if name.downcast::<Str>().is_some_and(|name| name.chars().iter().any(|c| c == 0)) {
        return Err(h.value_error("type name must not contain null characters"));
    }
    let base_list = base_tuple.items().to_vec();
    let meta = h.most_derived_meta(meta.clone(), &base_list).map(|winner| (winner.is(&meta), winner))?;
    if !meta.0 {
        let new = h.get(&meta.1, n::__new__)?;
        let own = h.get(core().type_.value(), n::__new__)?;
        if !new.is(&own) && meta.1.downcast::<Class>().is_some_and(|meta| !is_types_own_new(h, meta)) {
            let keywords = match keywords.downcast::<Dict>() {
                Some(keywords) => keywords.to_ref(),
                None => h.new_dict(),
            };
            let mut all = vec![meta.1.clone()];
            all.extend(given);
            return h.call_with_dict(&new, &all, &keywords);
        }
    }
    let mut classes = Vec::new();
    for base in &base_list {
        match base.clone().into_ref::<Class>() {
            Ok(class) => classes.push(class),
            Err(base) if h.find_attr(&base, n::__mro_entries__.value())?.is_some() => {
                let message = "type() doesn't support MRO entry resolution; use types.new_class()";
                return Err(h.type_error(message));
            }
            Err(_) => return Err(h.type_error("bases must be types")),
        }
    }
    let Ok(meta) = meta.1.into_ref::<Class>() else { return Err(h.type_error("metaclass is not a type")) };
    let namespace = h.dict_from(namespace.copy(h));
    let class = h.make_class(NewClass { meta, name: name.clone(), bases: classes, namespace })?;
    own_mro(h, &class)?;
    set_names(h, &class)?;
    init_subclass(h, &class, &keywords)?;
    Ok(class.into_value())
}

fn is_types_own_new(h: &Held, meta: &Obj<Class>) -> bool {
    let own = core().type_.lookup(h, n::__new__.value());
    meta.lookup(h, n::__new__.value()).zip(own).is_some_and(|(found, own)| found.is(&own))
}

#[cold]
fn wrong(h: &Held, position: usize, wanted: &str, got: &Value) -> crate::runtime::error::Raised {
    h.type_error(format!("type.__new__() argument {position} must be {wanted}, not {}", got.given_name()))
}

/// A metaclass may define `mro()`.
fn own_mro(h: &mut Held, class: &Ref<Class>) -> R<()> {
    if let Some(order) = asked_order(h, class)? {
        drop(set_order(h, class, order));
    }
    Ok(())
}

/// What the `mro()` of a metaclass gives, if it is not `type`'s.
fn asked_order(h: &mut Held, class: &Ref<Class>) -> R<Option<Vec<Ref<Class>>>> {
    let name = h.intern("mro");
    let meta = class.class();
    let own = core().type_.lookup(h, &name);
    let found = meta.lookup(h, &name);
    let (Some(found), Some(own)) = (found, own) else { return Ok(None) };
    if found.is(&own) {
        return Ok(None);
    }
    let order = h.call_unbound(&found, class.value(), &[])?;
    let mut classes = Vec::new();
    for item in h.collect(&order)? {
        match item.into_ref::<Class>() {
            Ok(base) if !can_precede(class, &base) => {
                let got = base.full_name();
                return Err(h.type_error(format!("mro() returned base with unsuitable layout ('{got}')")));
            }
            Ok(base) => classes.push(base),
            Err(other) => {
                let got = other.class_name();
                return Err(h.type_error(format!("mro() returned a non-class ('{got}')")));
            }
        }
    }
    if classes.is_empty() {
        return Err(h.type_error("type MRO must not be empty"));
    }
    Ok(Some(classes))
}

/// Whether methods of `base` may be given instances of `class`.
fn can_precede(class: &Obj<Class>, base: &Obj<Class>) -> bool {
    [class.kind.get(), Kind::INSTANCE].contains(&base.kind.get())
}

/// `__set_name__` of everything in the namespace.
fn set_names(h: &mut Held, class: &Ref<Class>) -> R<()> {
    for (name, value) in class.dict.items(h) {
        let Some(method) = h.special(&value, n::__set_name__) else { continue };
        if let Err(raised) = h.call_unbound(&method, &value, &[class.value().clone(), name.clone()]) {
            let (of, name) = (class.name_text(), h.repr_text(&name)?);
            let error = h.runtime_error(format!(
                "Error calling __set_name__ on '{}' instance {name} in '{of}'",
                value.class_name()
            ));
            let cause = raised.into_value();
            error.exception().cause.write(h, |own| *own = Some(cause.clone()));
            error.exception().context.write(h, |own| *own = Some(cause));
            error.exception().suppress_context.set(true);
            return Err(error);
        }
    }
    Ok(())
}

/// `super(cls, cls).__init_subclass__(**keywords)`.
fn init_subclass(h: &mut Held, class: &Ref<Class>, keywords: &Value) -> R<()> {
    let parent = class.mro.read(h, |mro| mro.get(1..).map(<[_]>::to_vec)).unwrap_or_default();
    let name = n::__init_subclass__.value();
    let Some(found) = parent.iter().find_map(|base| base.dict.get_str(h, name)) else { return Ok(()) };
    let method = h.descriptor_get(&found, None, class.value())?;
    match keywords.downcast::<Dict>() {
        Some(keywords) => h.call_with_dict(&method, &[], keywords)?,
        None => h.call(&method, &[])?,
    };
    Ok(())
}

fn init_type(h: &mut Held, args: Args<'_>) -> R {
    let count = args.rest(1).len();
    if count != 1 && count != 3 {
        return Err(h.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(Value::NONE)
}

fn call(h: &mut Held, args: Args<'_>) -> R {
    let mut regs: Vec<Reg> = args.rest(1).iter().cloned().map(Some).collect();
    let mut names = Vec::new();
    if let Some(keywords) = args[2].downcast::<Dict>() {
        for (name, value) in keywords.items(h) {
            names.push(name);
            regs.push(Some(value));
        }
    }
    h.type_call(&args[0], &regs, &names)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let qualname = class.qualname.read(h, text_of);
    let module = module(h, &args[0]).ok().filter(|module| module.downcast::<Str>().is_some());
    let title = match module.map(|module| text_of(&module)) {
        Some(module) if module != "builtins" => format!("{module}.{qualname}"),
        _ => qualname,
    };
    Ok(h.new_str(&format!("<class '{title}'>")))
}

fn getattribute(h: &mut Held, args: Args<'_>) -> R {
    let name = super::object::attribute_name(h, &args[1])?;
    h.generic_get_attr(&args[0], &name)
}

fn setattr(h: &mut Held, args: Args<'_>) -> R {
    let name = super::object::attribute_name(h, &args[1])?;
    h.generic_set_attr(&args[0], &name, Some(args[2].clone()))?;
    Ok(Value::NONE)
}

fn delattr(h: &mut Held, args: Args<'_>) -> R {
    let name = super::object::attribute_name(h, &args[1])?;
    h.generic_set_attr(&args[0], &name, None)?;
    Ok(Value::NONE)
}

fn mro(h: &mut Held, args: Args<'_>) -> R {
    let class = args.this::<Class>();
    let bases = class.bases.read(h, Clone::clone);
    let Some(rest) = linearize(h, &bases) else { return Err(h.inconsistent_order(&bases)) };
    let order = std::iter::once(args[0].clone()).chain(rest.into_iter().map(Ref::into_value)).collect();
    Ok(h.new_list(order))
}

/// The names of the class and its bases.
fn dir(h: &mut Held, args: Args<'_>) -> R {
    let names = h.class_names(args.this::<Class>());
    Ok(h.new_list(names))
}

fn module(h: &mut Held, class: &Value) -> R {
    let of = this(class);
    match of.dict.get_str(h, n::__module__.value()) {
        Some(module) if !of.has(class_flag::BUILTIN) || module.downcast::<Str>().is_some() => Ok(module),
        _ if of.has(class_flag::BUILTIN) => Ok(h.intern("builtins")),
        _ => {
            let name = n::__module__.value();
            Err(h.attribute_error("__module__", class, name))
        }
    }
}

fn check_settable(h: &mut Held, class: &Value, what: &str, value: Option<&Value>) -> R<()> {
    let of = this(class);
    if of.has(class_flag::BUILTIN) {
        let name = of.name_text();
        return Err(h.type_error(format!("cannot set '{what}' attribute of immutable type '{name}'")));
    }
    if value.is_none() {
        let name = of.name_text();
        return Err(h.type_error(format!("cannot delete '{what}' attribute of type '{name}'")));
    }
    Ok(())
}

fn set_name(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    check_settable(h, class, "__name__", value)?;
    let name = check_name(h, class, "__name__", value)?;
    let old = this(class).name.replace_rarely(h, name);
    drop(old);
    Ok(())
}

fn set_qualname(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    check_settable(h, class, "__qualname__", value)?;
    let name = check_name(h, class, "__qualname__", value)?;
    let old = this(class).qualname.replace_rarely(h, name);
    drop(old);
    Ok(())
}

fn check_name(h: &mut Held, class: &Value, what: &str, value: Option<&Value>) -> R {
    let value = value.cloned().unwrap_or(Value::NONE);
    if value.downcast::<Str>().is_some() {
        return Ok(value);
    }
    let (of, got) = (this(class).name_text(), value.class_name());
    Err(h.type_error(format!("can only assign string to {of}.{what}, not '{got}'")))
}

fn put(h: &mut Held, class: &Value, name: &Value, value: Option<&Value>) -> Option<Value> {
    let of = this(class);
    let old = match value {
        Some(value) => of.dict.set_str(h, name, value.clone()),
        None => of.dict.remove_str(h, name),
    };
    of.modified();
    old
}

fn set_module(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    check_settable(h, class, "__module__", value)?;
    drop(put(h, class, n::__module__.value(), value));
    Ok(())
}

fn doc(h: &mut Held, class: &Value) -> R {
    match this(class).dict.get_str(h, n::__doc__.value()) {
        Some(doc) => h.descriptor_get(&doc, None, class),
        None => Ok(Value::NONE),
    }
}

fn set_doc(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    check_settable(h, class, "__doc__", value)?;
    drop(put(h, class, n::__doc__.value(), value));
    Ok(())
}

fn abstract_methods(h: &mut Held, class: &Value) -> R {
    let name = n::__abstractmethods__.value();
    match this(class).dict.get_str(h, name).filter(|_| !class.is(core().type_.value())) {
        Some(value) => Ok(value),
        None => Err(h.attribute_error("__abstractmethods__", class, name)),
    }
}

fn set_abstract_methods(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    let name = n::__abstractmethods__.value();
    if put(h, class, name, value).is_none() && value.is_none() {
        return Err(h.attribute_error("__abstractmethods__", class, name));
    }
    crate::objects::make_class::update_flags(h, this(class), name);
    Ok(())
}

fn annotations(h: &mut Held, class: &Value) -> R {
    let name = n::__annotations__.value();
    let of = this(class);
    if let Some(own) = of.dict.get_str(h, name) {
        return h.descriptor_get(&own, None, class);
    }
    if of.has(class_flag::BUILTIN) {
        let message = format!("type object '{}' has no attribute '__annotations__'", of.name_text());
        return Err(h.attribute_error(message, class, name));
    }
    let dict = h.new_dict().into_value();
    drop(put(h, class, name, Some(&dict)));
    Ok(dict)
}

fn set_annotations(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    let name = n::__annotations__.value();
    if this(class).has(class_flag::BUILTIN) {
        return check_settable(h, class, "__annotations__", value);
    }
    if put(h, class, name, value).is_none() && value.is_none() {
        return Err(h.attribute_error("__annotations__", class, name));
    }
    Ok(())
}

fn bases(h: &mut Held, class: &Value) -> R {
    let bases = this(class).bases.read(h, |bases| bases.iter().map(|base| base.value().clone()).collect());
    Ok(h.new_tuple(bases))
}

fn base(h: &mut Held, class: &Value) -> R {
    let bases = this(class).bases.read(h, Clone::clone);
    let kind = this(class).kind.get();
    let best = bases.iter().find(|base| base.kind.get() == kind && kind != Kind::INSTANCE).or(bases.first());
    Ok(best.map_or(Value::NONE, |base| base.value().clone()))
}

/// `cls.__bases__ = (...)`: new orders for the class and all below it.
fn set_bases(h: &mut Held, class: &Value, value: Option<&Value>) -> R<()> {
    check_settable(h, class, "__bases__", value)?;
    let of = this(class);
    let title = of.name_text();
    let Some(tuple) = value.and_then(|value| value.downcast::<Tuple>()) else {
        let got = value.map_or_else(String::new, Value::class_name);
        return Err(h.type_error(format!("can only assign tuple to {title}.__bases__, not {got}")));
    };
    if tuple.items().is_empty() {
        return Err(h.type_error(format!("can only assign non-empty tuple to {title}.__bases__, not ()")));
    }
    let mut bases = Vec::new();
    for base in tuple.items() {
        let Ok(base) = base.clone().into_ref::<Class>() else {
            let got = base.class_name();
            return Err(h.type_error(format!("{title}.__bases__ must be tuple of classes, not '{got}'")));
        };
        if base.is_subclass_of(of) {
            return Err(h.type_error("a __bases__ item causes an inheritance cycle"));
        }
        bases.push(base);
    }
    let best = h.best_base(&bases)?;
    if best.kind.get() != of.kind.get() {
        let (new, old) = (best.name_text(), of.bases.read(h, |bases| bases.first().map(|base| base.name_text())));
        let old = old.unwrap_or_default();
        return Err(h.type_error(format!("__bases__ assignment: '{new}' object layout differs from '{old}'")));
    }
    if linearize(h, &bases).is_none() {
        return Err(h.inconsistent_order(&bases));
    }
    let old = of.bases.replace_rarely(h, bases.clone());
    let mut undo = Vec::new();
    if let Err(raised) = reorder(h, of, &mut undo) {
        for (class, order) in undo.into_iter().rev() {
            set_order(h, &class, order);
        }
        let_go(of.bases.replace_rarely(h, old));
        return Err(raised);
    }
    old.iter().for_each(|base| base.remove_subclass(of));
    bases.iter().for_each(|base| base.add_subclass(of));
    let_go(old);
    undo.into_iter().for_each(|(class, order)| {
        let_go(order);
        let_go(vec![class]);
    });
    Ok(())
}

/// Others may still be looking at these classes, and another thread will drop them.
fn let_go(classes: Vec<Ref<Class>>) {
    classes.iter().for_each(|class| publish(class.value()));
    retire(classes);
}

type Orders = Vec<(Ref<Class>, Vec<Ref<Class>>)>;

/// Gives a class and all below it their new orders; `undo` has the old ones.
fn reorder(h: &mut Held, class: &Obj<Class>, undo: &mut Orders) -> R<()> {
    h.check_native_stack("")?;
    let class = class.to_ref();
    let order = match asked_order(h, &class)? {
        Some(order) => order,
        None => {
            let bases = class.bases.read(h, Clone::clone);
            let Some(rest) = linearize(h, &bases) else { return Err(h.inconsistent_order(&bases)) };
            std::iter::once(class.clone()).chain(rest).collect()
        }
    };
    let old = set_order(h, &class, order);
    undo.push((class.clone(), old));
    for sub in class.subclasses(h) {
        if let Some(sub) = sub.downcast::<Class>() {
            reorder(h, sub, undo)?;
        }
    }
    Ok(())
}

fn set_order(h: &mut Held, class: &Ref<Class>, order: Vec<Ref<Class>>) -> Vec<Ref<Class>> {
    let old = class.mro.replace_rarely(h, order);
    class.modified();
    recompute(h, class);
    old
}

/// CPython's `Py_TPFLAGS` as far as programs look at them.
fn flags(h: &mut Held, class: &Value) -> R {
    let of = this(class);
    let bits = [
        (of.has(class_flag::HEAP), 1 << 9),
        (!of.has(class_flag::FINAL), 1 << 10),
        (of.has(class_flag::ABSTRACT), 1 << 20),
        (of.has(class_flag::SEQUENCE), 1 << 5),
        (of.has(class_flag::MAPPING), 1 << 6),
        (of.is_subclass_of(&core().int), 1 << 24),
        (of.is_subclass_of(&core().list), 1 << 25),
        (of.is_subclass_of(&core().tuple), 1 << 26),
        (of.is_subclass_of(&core().bytes), 1 << 27),
        (of.is_subclass_of(&core().str), 1 << 28),
        (of.is_subclass_of(&core().dict), 1 << 29),
        (of.is_subclass_of(crate::objects::exception::Exc::BaseException.class()), 1 << 30),
        (of.is_subclass_of(&core().type_), 1 << 31),
    ];
    let flags = bits.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum::<i64>();
    Ok(h.new_int(flags | 1 << 12 | 1 << 18))
}

impl Held {
    /// The most derived of a metaclass and those of the bases.
    pub(crate) fn most_derived_meta(&mut self, meta: Value, bases: &[Value]) -> R {
        let mut winner = meta;
        for base in bases {
            let other = base.class();
            let Some(best) = winner.downcast::<Class>() else { return Ok(winner) };
            if best.is_subclass_of(other) {
                continue;
            }
            if !other.is_subclass_of(best) {
                return Err(self.type_error(
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                     metaclasses of all its bases",
                ));
            }
            winner = other.to_value();
        }
        Ok(winner)
    }

    /// The names that a class and its bases define, each once.
    pub fn class_names(&mut self, class: &Obj<Class>) -> Vec<Value> {
        let order = class.mro.read(self, Clone::clone);
        let seen = self.new_dict();
        for class in order {
            for name in class.dict.keys(self) {
                if name.downcast::<Str>().is_some() {
                    seen.set_str(self, &name, Value::NONE);
                }
            }
        }
        seen.keys(self)
    }
}
