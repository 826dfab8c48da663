//! `object`: what every value can do.
//!
//! In: any value. Out: identity's answers. The one invariant: these are found last, by every lookup.

use crate::objects::class::{Class, class_flag};
use crate::objects::descriptor::{Attr, Member, getset};
use crate::objects::dict::Dict;
use crate::objects::function::Args;
use crate::objects::header::{Kind, Obj, Ref, flag};
use crate::objects::instance::Instance;
use crate::objects::list::List;
use crate::objects::make_class::ClassSpec;
use crate::objects::names::{Name, n};
use crate::objects::str::{Str, text_of};
use crate::objects::tuple::Tuple;
use crate::objects::value::Value;
use crate::objects::{attrs, core};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::{Def, def};
use crate::sync::Held;
use crate::sync::publish;

pub(super) fn init(h: &mut Held) {
    static NEW: Def = def("__new__", "*args, **kwargs", new).lazy_keywords();
    ClassSpec::of(&core().object)
        .doc(h, "The base class of the class hierarchy.")
        .constructor(h, &NEW)
        .methods(h, &METHODS)
        .class_methods(h, &CLASS_METHODS)
        .attrs(h, &ATTRS)
        .build(h);
}

static METHODS: [Def; 19] = [
    def("__init__", "*args, **kwargs", init_object).lazy_keywords(),
    def("__repr__", "", repr),
    def("__str__", "", |h, args| h.repr(&args[0])),
    def("__hash__", "", |h, args| Ok(h.new_int(crate::objects::hash::address_hash(args[0].bits())))),
    def("__eq__", "value, /", |_, args| Ok(if args[0].is(&args[1]) { Value::TRUE } else { Value::NOT_IMPLEMENTED })),
    def("__ne__", "value, /", not_equal),
    def("__lt__", "value, /", |_, _| Ok(Value::NOT_IMPLEMENTED)),
    def("__le__", "value, /", |_, _| Ok(Value::NOT_IMPLEMENTED)),
    def("__gt__", "value, /", |_, _| Ok(Value::NOT_IMPLEMENTED)),
    def("__ge__", "value, /", |_, _| Ok(Value::NOT_IMPLEMENTED)),
    def("__getattribute__", "name, /", getattribute),
    def("__setattr__", "name, value, /", setattr),
    def("__delattr__", "name, /", delattr),
    def("__format__", "format_spec, /", format),
    def("__dir__", "", dir),
    def("__sizeof__", "", |h, args| {
        let size = args[0].header().map_or(24, |header| header.kind().info().size);
        Ok(h.new_int(size as i64))
    }),
    def("__getstate__", "", getstate),
    def("__reduce__", "", |h, args| reduce(h, &args[0], 0)),
    def("__reduce_ex__", "protocol, /", reduce_ex),
];

static CLASS_METHODS: [Def; 2] = [
    def("__init_subclass__", "", |_, _| Ok(Value::NONE)),
    def("__subclasshook__", "*args", |_, _| Ok(Value::NOT_IMPLEMENTED)),
];

static ATTRS: [Attr; 1] = [getset("__class__", |_, value| Ok(value.class().to_value()), set_class)];

/// `__dict__` of instances, in classes whose instances have one.
pub(crate) static DICT: [Attr; 1] = [getset("__dict__", get_dict, |h, value, dict| match dict {
    Some(_) => set_dict(h, value, dict),
    None => {
        let dict = h.new_dict();
        attrs::replace(h, value, dict);
        Ok(())
    }
})];

/// `__weakref__`, where `weakref` finds nothing to set.
pub(crate) static WEAKREF: [Attr; 1] = [getset(
    "__weakref__",
    |h, value| Ok(h.weakrefs(value).into_iter().next().map_or(Value::NONE, |reference| reference.into_value())),
    |h, _, _| {
        Err(h
            .error(crate::objects::exception::Exc::AttributeError, "attribute '__weakref__' of object is not writable"))
    },
)];

fn is_own(h: &Held, class: &Obj<Class>, name: Name) -> bool {
    h.is_objects_own(class, name)
}

/// Arguments for nobody: an error unless the other of `__new__` and `__init__` takes them.
fn excess(h: &mut Held, class: &Obj<Class>, given: bool, in_new: bool) -> R<()> {
    if !given {
        return Ok(());
    }
    // A class that cannot be called has no `__new__` in CPython's eyes.
    let own_new = is_own(h, class, n::__new__) && !class.has(class_flag::NO_NEW);
    let own_init = is_own(h, class, n::__init__);
    if in_new && !own_new {
        return Err(h.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
    }
    if in_new && own_init {
        return Err(h.type_error(format!("{}() takes no arguments", class.name_text())));
    }
    if !in_new && !own_init {
        let message = "object.__init__() takes exactly one argument (the instance to initialize)";
        return Err(h.type_error(message));
    }
    if !in_new && own_new {
        return Err(h.type_error(format!(
            "{}.__init__() takes exactly one argument (the instance to initialize)",
            class.name_text()
        )));
    }
    Ok(())
}

fn any_given(h: &Held, args: Args<'_>) -> bool {
    !args.rest(1).is_empty() || args[2].downcast::<Dict>().is_some_and(|keywords| !keywords.is_empty(h))
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let Some(class) = args[0].downcast::<Class>() else { return Ok(Value::NONE) };
    let given = any_given(h, args);
    excess(h, class, given, true)?;
    if class.has(class_flag::ABSTRACT) {
        return Err(abstract_class(h, class)?);
    }
    if class.kind.get() != Kind::INSTANCE {
        return Err(h.type_error(format!("object.__new__({0}) is not safe, use {0}.__new__()", class.name_text())));
    }
    Ok(h.new_instance(class).into_value())
}

#[cold]
fn abstract_class(h: &mut Held, class: &Obj<Class>) -> R<Raised> {
    let methods = h.get_attr(&class.to_value(), n::__abstractmethods__.value())?;
    let mut names = Vec::new();
    for name in h.collect(&methods)? {
        names.push(text_of(&name));
    }
    names.sort();
    let plural = if names.len() == 1 { "" } else { "s" };
    let (title, list) = (class.name_text(), names.join(", "));
    Ok(h.type_error(format!("Can't instantiate abstract class {title} with abstract method{plural} {list}")))
}

fn init_object(h: &mut Held, args: Args<'_>) -> R {
    let given = any_given(h, args);
    excess(h, args[0].class(), given, false)?;
    Ok(Value::NONE)
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let title = title(h, args[0].class());
    Ok(h.new_str(&format!("<{title} object at {:#x}>", args[0].bits())))
}

/// `module.qualname`, without the module if it is `builtins`.
fn title(h: &mut Held, class: &Obj<Class>) -> String {
    let qualname = class.qualname.read(h, text_of);
    let module = class.lookup(h, n::__module__.value()).filter(|module| module.downcast::<Str>().is_some());
    match module.map(|module| text_of(&module)).as_deref() {
        None | Some("builtins") => qualname,
        Some(module) => format!("{module}.{qualname}"),
    }
}

fn not_equal(h: &mut Held, args: Args<'_>) -> R {
    match h.call_special(&args[0], n::__eq__, std::slice::from_ref(&args[1]))? {
        Some(equal) if !equal.is(&Value::NOT_IMPLEMENTED) => h.truth(&equal).map(|equal| Value::bool(!equal)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

pub(crate) fn attribute_name(h: &mut Held, name: &Value) -> R {
    if name.downcast::<Str>().is_some() {
        return Ok(h.intern_value(name));
    }
    Err(h.type_error(format!("attribute name must be string, not '{}'", name.class_name())))
}

fn getattribute(h: &mut Held, args: Args<'_>) -> R {
    let name = attribute_name(h, &args[1])?;
    h.generic_get_attr(&args[0], &name)
}

/// `object`'s own setters must not be used to change classes behind their metaclass's back.
fn refuse_classes(h: &mut Held, object: &Value, what: &str) -> R<()> {
    match object.is_kind(Kind::CLASS) {
        true => Err(h.type_error(format!("can't apply this {what} to {} object", object.class_name()))),
        false => Ok(()),
    }
}

fn setattr(h: &mut Held, args: Args<'_>) -> R {
    refuse_classes(h, &args[0], "__setattr__")?;
    let name = attribute_name(h, &args[1])?;
    h.generic_set_attr(&args[0], &name, Some(args[2].clone()))?;
    Ok(Value::NONE)
}

fn delattr(h: &mut Held, args: Args<'_>) -> R {
    refuse_classes(h, &args[0], "__delattr__")?;
    let name = attribute_name(h, &args[1])?;
    h.generic_set_attr(&args[0], &name, None)?;
    Ok(Value::NONE)
}

fn format(h: &mut Held, args: Args<'_>) -> R {
    match args[1].downcast::<Str>() {
        Some(spec) if spec.is_empty() => h.to_str(&args[0]),
        Some(_) => {
            let name = args[0].class_name();
            Err(h.type_error(format!("unsupported format string passed to {name}.__format__")))
        }
        None => Err(h.type_error(format!("__format__() argument must be str, not {}", args[1].given_name()))),
    }
}

/// The names in the object's dict, its class and the bases.
fn dir(h: &mut Held, args: Args<'_>) -> R {
    let names = h.new_dict();
    if let Some(own) = h.find_attr(&args[0], n::__dict__.value())?
        && let Some(own) = own.downcast::<Dict>()
    {
        for name in own.keys(h) {
            names.set(h, name, Value::NONE)?;
        }
    }
    let class = h.get(&args[0], n::__class__)?;
    if let Some(class) = class.downcast::<Class>() {
        for name in h.class_names(class) {
            names.set_str(h, &name, Value::NONE);
        }
    }
    let names = names.keys(h);
    Ok(h.new_list(names))
}

fn get_dict(h: &mut Held, value: &Value) -> R {
    match h.attr_dict(value) {
        Some(dict) => Ok(dict),
        None => Err(h.no_attribute(value, n::__dict__.value())),
    }
}

/// `object.__dict__ = dict`; deleting it leaves an instance of a program's own class without attributes.
pub(crate) fn set_dict(h: &mut Held, value: &Value, dict: Option<&Value>) -> R<()> {
    let Some(dict) = dict else {
        if value.class().has(class_flag::BUILTIN) {
            return Err(h.type_error("cannot delete __dict__"));
        }
        let empty = h.new_dict();
        attrs::replace(h, value, empty);
        return Ok(());
    };
    match dict.clone().into_ref::<Dict>() {
        Ok(dict) => {
            attrs::replace(h, value, dict);
            Ok(())
        }
        Err(other) => {
            let got = other.class_name();
            Err(h.type_error(format!("__dict__ must be set to a dictionary, not a '{got}'")))
        }
    }
}

/// `object.__class__ = other`: both classes must lay their instances out alike.
fn set_class(h: &mut Held, value: &Value, class: Option<&Value>) -> R<()> {
    let Some(class) = class else { return Err(h.type_error("can't delete __class__ attribute")) };
    let Some(new) = class.downcast::<Class>() else {
        let got = class.class_name();
        return Err(h.type_error(format!("__class__ must be set to a class, not '{got}' object")));
    };
    let old = value.class().to_ref();
    let module = value.is_kind(Kind::MODULE) && new.is_subclass_of(&core().module);
    if !module && (old.has(class_flag::BUILTIN) || new.has(class_flag::BUILTIN)) {
        return Err(h.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    let slots = |class: &Obj<Class>| class.flags() & (class_flag::HAS_DICT | class_flag::WEAKREFS);
    let alike = old.kind.get() == new.kind.get() && (module || slots(&old) == slots(new)) && same_slots(h, &old, new);
    if !alike {
        let (new, old) = (new.name_text(), old.name_text());
        return Err(h.type_error(format!("__class__ assignment: '{new}' object layout differs from '{old}'")));
    }
    change_class(h, value, new);
    Ok(())
}

/// Whether two classes add the same `__slots__`, by name, to the same bases.
fn same_slots(h: &Held, a: &Obj<Class>, b: &Obj<Class>) -> bool {
    let (a, b) = (adding_slots(h, a), adding_slots(h, b));
    let same = |a: &[Ref<Class>], b: &[Ref<Class>]| {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.value().is(b.value()))
    };
    let names = |class: &Ref<Class>| {
        let mut names: Vec<String> = own_slots(h, class).into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    match (&a[..], &b[..]) {
        ([], []) => true,
        ([a, rest_a @ ..], [b, rest_b @ ..]) => {
            same(rest_a, rest_b) && (a.value().is(b.value()) || names(a) == names(b))
        }
        _ => false,
    }
}

/// The classes in the order of resolution that have slots of their own.
fn adding_slots(h: &Held, class: &Obj<Class>) -> Vec<Ref<Class>> {
    let order = class.mro.read(h, Clone::clone);
    order.into_iter().filter(|class| !own_slots(h, class).is_empty()).collect()
}

fn own_slots(h: &Held, class: &Obj<Class>) -> Vec<(String, Value)> {
    let items = class.dict.items(h);
    let members = items.iter().filter_map(|(_, value)| value.downcast::<Member>());
    members.map(|slot| (text_of(&slot.name), slot.key.clone())).collect()
}

/// Names and keys of a class's `__slots__` members, those of its bases too, by name.
fn slots(h: &Held, class: &Obj<Class>) -> Vec<(String, Value)> {
    let mut slots: Vec<(String, Value)> =
        class.mro.read(h, Clone::clone).iter().flat_map(|class| own_slots(h, class)).collect();
    slots.sort_by(|(a, _), (b, _)| a.cmp(b));
    slots
}

fn change_class(h: &mut Held, value: &Value, new: &Obj<Class>) {
    if value.header().is_some_and(|header| !header.count.is_private()) {
        publish(&new.to_value());
    }
    h.alone(|h| put_class(h, value, new));
}

fn put_class(h: &mut Held, value: &Value, new: &Obj<Class>) {
    let old = value.class().to_ref();
    let instance = value.downcast::<Instance>();
    let held_slots: Vec<Option<Value>> = match instance {
        Some(instance) => slots(h, &old).iter().map(|(_, key)| instance.clear_slot(key)).collect(),
        None => Vec::new(),
    };
    let own = instance.filter(|_| new.has(class_flag::HAS_DICT)).map(|instance| instance.to_dict(h));
    let Some(header) = value.header() else { return };
    new.hold_for_instance();
    header.shape.set(if own.is_some() { new.dict_shape() } else { new.root_shape() });
    header.unset(flag::SUBCLASS | flag::FINALIZER);
    header.set(new.instance_flags());
    // SAFETY: the reference that the instance owned of its old class is given up; `old` still holds one.
    unsafe { crate::objects::class::release_from_instance(std::ptr::NonNull::from(&*old)) };
    let Some(instance) = instance else { return };
    for ((_, key), slot) in slots(h, new).into_iter().zip(held_slots) {
        if let Some(slot) = slot {
            instance.set(h, &key, slot);
        }
    }
}

/// The attributes, with those of slots in a second dict, as CPython's `object.__getstate__`.
fn getstate(h: &mut Held, args: Args<'_>) -> R {
    h.default_state(&args[0])
}

fn reduce_ex(h: &mut Held, args: Args<'_>) -> R {
    let protocol = h.to_isize(&args[1])?;
    if let Some(own) = args[0].class().lookup(h, n::__reduce__.value())
        && !is_own(h, args[0].class(), n::__reduce__)
    {
        return h.call_unbound(&own, &args[0], &[]);
    }
    reduce(h, &args[0], protocol)
}

fn reduce(h: &mut Held, value: &Value, protocol: isize) -> R {
    let copyreg = h.import_module("copyreg")?;
    let protocol_value = h.new_int(protocol as i64);
    if protocol < 2 {
        let name = h.intern("_reduce_ex");
        return h.call_method_named(&copyreg, &name, &[value.clone(), protocol_value]);
    }
    let class = value.class().to_value();
    let (positional, keywords) = h.new_arguments(value)?;
    let name = h.intern(if keywords.is_none() { "__newobj__" } else { "__newobj_ex__" });
    let function = h.get_attr(&copyreg, &name)?;
    let args = if keywords.is_none() {
        let mut all = vec![class];
        all.extend(h.collect(&positional)?);
        h.new_tuple(all)
    } else {
        h.new_tuple(vec![class, positional, keywords])
    };
    let state = h.call_method(value, n::__getstate__, &[])?;
    let items = |h: &mut Held, wanted: bool, method: Name| -> R {
        if !wanted {
            return Ok(Value::NONE);
        }
        let items = h.call_method(value, method, &[])?;
        h.iter(&items)
    };
    let is_list = value.is_kind(Kind::LIST);
    let list_items = if is_list { h.iter(value)? } else { Value::NONE };
    let dict_items = items(h, value.is_kind(Kind::DICT), n::items)?;
    Ok(h.new_tuple(vec![function, args, state, list_items, dict_items]))
}

impl Held {
    /// `object.__getstate__()`.
    pub fn default_state(&mut self, value: &Value) -> R {
        if let Some(attributes) = self.plain_attributes(value) {
            if attributes.is_empty() {
                return Ok(Value::NONE);
            }
            let state = self.new_dict();
            for (name, value) in attributes {
                state.set_str(self, &name, value);
            }
            return Ok(state.into_value());
        }
        let own = match self.find_attr(value, n::__dict__.value())? {
            Some(dict) => match dict.downcast::<Dict>() {
                Some(dict) if dict.is_empty(self) => Value::NONE,
                Some(dict) => {
                    let copy = dict.copy(self);
                    self.dict_from(copy).into_value()
                }
                None => dict,
            },
            None => Value::NONE,
        };
        let slots = self.slot_values(value)?;
        if slots.is_empty(self) {
            return Ok(own);
        }
        Ok(self.new_tuple(vec![own, slots.into_value()]))
    }

    /// The attributes of an instance whose `__dict__` nobody has seen yet, so that none has to be made.
    fn plain_attributes(&self, value: &Value) -> Option<Vec<(Value, Value)>> {
        let instance = value.downcast::<Instance>()?;
        let of_class = value.class().lookup(self, n::__dict__.value())?;
        of_class.downcast::<crate::objects::descriptor::GetSet>()?;
        instance.attributes()
    }

    fn slot_values(&mut self, value: &Value) -> R<crate::objects::header::Ref<Dict>> {
        let values = self.new_dict();
        for name in self.remembered_slots(value.class())? {
            if let Some(content) = self.find_attr(value, &name)? {
                values.set_str(self, &name, content);
            }
        }
        Ok(values)
    }

    /// The slots of a class and its bases, which the class remembers after the first time (`copyreg._slotnames`).
    fn remembered_slots(&mut self, class: &Obj<Class>) -> R<Vec<Value>> {
        if class.has(class_flag::BUILTIN) {
            return Ok(Vec::new());
        }
        let (known, find) = (self.intern("__slotnames__"), self.intern("_slotnames"));
        let names = match class.dict.get_str(self, &known) {
            Some(names) => names,
            None => {
                let copyreg = self.import_module("copyreg")?;
                self.call_method_named(&copyreg, &find, &[class.to_value()])?
            }
        };
        match names.downcast::<List>() {
            Some(names) => Ok(names.snapshot(self)),
            None => Ok(Vec::new()),
        }
    }

    /// What `__getnewargs_ex__` or `__getnewargs__` give: positional arguments and keywords (or `None`).
    pub fn new_arguments(&mut self, value: &Value) -> R<(Value, Value)> {
        if let Some(pair) = self.call_special(value, n::__getnewargs_ex__, &[])? {
            let Some(parts) = pair.downcast::<Tuple>().map(|pair| pair.items().to_vec()) else {
                let got = pair.class_name();
                return Err(self.type_error(format!("__getnewargs_ex__ should return a tuple, not '{got}'")));
            };
            return match &parts[..] {
                [args, _] if args.downcast::<Tuple>().is_none() => {
                    let got = args.class_name();
                    let message = "first item of the tuple returned by __getnewargs_ex__ must be a tuple";
                    Err(self.type_error(format!("{message}, not '{got}'")))
                }
                [_, keywords] if keywords.downcast::<Dict>().is_none() => {
                    let got = keywords.class_name();
                    let message = "second item of the tuple returned by __getnewargs_ex__ must be a dict";
                    Err(self.type_error(format!("{message}, not '{got}'")))
                }
                [args, keywords] => Ok((args.clone(), keywords.clone())),
                _ => Err(self
                    .value_error(format!("__getnewargs_ex__ should return a tuple of length 2, not {}", parts.len()))),
            };
        }
        if let Some(args) = self.call_special(value, n::__getnewargs__, &[])? {
            if args.downcast::<Tuple>().is_none() {
                let got = args.class_name();
                return Err(self.type_error(format!("__getnewargs__ should return a tuple, not '{got}'")));
            }
            return Ok((args, Value::NONE));
        }
        if value.class().kind.get() != Kind::INSTANCE
            && !value.is_kind(Kind::LIST)
            && !value.is_kind(Kind::DICT)
            && !value.is_kind(Kind::SET)
            && !value.is_kind(Kind::EXCEPTION)
            && self.is_objects_own(value.class(), n::__getstate__)
        {
            let name = value.class_name();
            // CPython says it in these words of what has no fixed size.
            return Err(self.type_error(match name.as_str() {
                "code" | "memoryview" => format!("cannot pickle {name} objects"),
                _ => format!("cannot pickle '{name}' object"),
            }));
        }
        Ok((self.new_tuple(Vec::new()), Value::NONE))
    }
}
