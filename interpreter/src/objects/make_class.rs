//! Making classes: from class statements and from native definitions.
//!
//! In: a name, bases and a namespace; or a `ClassSpec`. Out: a class. The one invariant: flags and kind follow from the
//! resolution order, and are recomputed (`update_flags`) when the namespace changes.

use super::class::{Class, class_flag};
use super::descriptor::{Attr, GetSet};
use super::dict::Dict;

use super::function::{Args, Native, Role};
use super::header::{Header, Kind, Obj, Object, Ref, flag};
use super::heap;
use super::names::{Name, n};
use super::str::{Str, text_of};
use super::turn::{StepsAlone, register_steps_alone};
use super::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::Def;
use crate::sync::{Bolt, Count, Flags, Held, Word};
use crate::vm::protocol::call::{CallFn, call_of, register_call};
use crate::vm::protocol::iter::{NextFn, register_next};

/// A class of native data.
pub struct ClassSpec {
    class: Ref<Class>,
}

impl ClassSpec {
    /// A new class named `module.name` for data of type `T`.
    pub fn new<T: Object>(h: &mut Held, module: &str, name: &str) -> ClassSpec {
        Self::with_base::<T>(h, module, name, &super::core().object)
    }

    /// A new class with a base whose data is of the same kind, or `object`.
    pub fn with_base<T: Object>(h: &mut Held, module: &str, name: &str, base: &Ref<Class>) -> ClassSpec {
        let flags = base.flags() & INHERITED | class_flag::BUILTIN;
        let dict = h.new_dict();
        let class = allocate_class(h, &super::core().type_, name, vec![base.clone()], dict, T::kind(), flags);
        if module != "builtins" {
            let _ = class.full_name.set(format!("{module}.{name}"));
        }
        let module = h.intern(module);
        class.dict.set_str(h, n::__module__.value(), module);
        ClassSpec { class }
    }

    /// Adds to a class that exists already.
    pub fn of(class: &Ref<Class>) -> ClassSpec {
        ClassSpec { class: class.clone() }
    }

    pub fn flags(self, flags: u32) -> ClassSpec {
        self.class.set_flag(flags);
        self
    }

    /// The module of a class that is not among the builtins; messages name it too.
    pub fn module(self, h: &mut Held, module: &str) -> ClassSpec {
        let _ = self.class.full_name.set(format!("{module}.{}", self.class.name_text()));
        let module = h.intern(module);
        self.class.dict.set_str(h, n::__module__.value(), module);
        self
    }

    pub fn doc(self, h: &mut Held, doc: &str) -> ClassSpec {
        let doc = h.new_str(doc);
        self.class.dict.set_str(h, n::__doc__.value(), doc);
        self
    }

    /// `__new__`: its first parameter, the class, is not in the signature's text.
    pub fn constructor(self, h: &mut Held, def: &'static Def) -> ClassSpec {
        self.native(h, def, Role::New);
        self
    }

    pub fn methods(self, h: &mut Held, defs: &'static [Def]) -> ClassSpec {
        for def in defs {
            self.native(h, def, Role::Method);
        }
        self
    }

    fn native(&self, h: &mut Held, def: &'static Def, role: Role) {
        let owner = self.class.value().clone();
        let native = h.new_native(Native { def, module: Value::NONE, owner, receiver: Value::NONE, role });
        self.put(h, def.name, native);
    }

    pub fn class_methods(self, h: &mut Held, defs: &'static [Def]) -> ClassSpec {
        for def in defs {
            let owner = self.class.value().clone();
            let native = Native { def, module: Value::NONE, owner, receiver: Value::NONE, role: Role::Function };
            let native = h.new_native(native);
            let method = h.new_class_method(native);
            self.put(h, def.name, method);
        }
        self
    }

    pub fn static_methods(self, h: &mut Held, defs: &'static [Def]) -> ClassSpec {
        for def in defs {
            let native =
                Native { def, module: Value::NONE, owner: Value::NONE, receiver: Value::NONE, role: Role::Function };
            let native = h.new_native(native);
            let method = h.new_static_method(native);
            self.put(h, def.name, method);
        }
        self
    }

    pub fn attrs(self, h: &mut Held, attrs: &'static [Attr]) -> ClassSpec {
        for attr in attrs {
            let name = h.intern(attr.name);
            let owner = self.class.value().clone();
            let getset = GetSet { name, get: attr.get, set: attr.set, owner };
            let getset = h.new_object(&super::core().getset_descriptor, getset).into_value();
            self.put(h, attr.name, getset);
        }
        self
    }

    /// Makes it an iterator: `__iter__` gives itself, `__next__` steps it.
    pub fn iterator(self, h: &mut Held, next: NextFn) -> ClassSpec {
        register_next(self.class.kind.get(), next);
        static METHODS: [Def; 2] = [
            crate::runtime::signature::def("__iter__", "", |_, args| Ok(args[0].clone())),
            crate::runtime::signature::def("__next__", "", |h, args| step(h, &args[0])),
        ];
        self.methods(h, &METHODS)
    }

    /// Tells of an iterator whether its steps run no toy code, so that threads can take turns with it.
    pub fn steps_alone(self, alone: StepsAlone) -> ClassSpec {
        register_steps_alone(self.class.kind.get(), alone);
        self
    }

    /// Makes its instances callable: `call` is given the object and the arguments.
    pub fn callable(self, h: &mut Held, call: CallFn) -> ClassSpec {
        register_call(self.class.kind.get(), call);
        static METHODS: [Def; 1] = [crate::runtime::signature::def("__call__", "*args, **kwargs", forward)];
        self.methods(h, &METHODS)
    }

    /// Gives its instances a `__dict__`.
    pub fn with_dict(self, h: &mut Held) -> ClassSpec {
        self.class.set_flag(class_flag::HAS_DICT);
        self.attrs(h, &crate::types::object::DICT)
    }

    pub fn value(self, h: &mut Held, name: &str, value: Value) -> ClassSpec {
        self.put(h, name, value);
        self
    }

    fn put(&self, h: &mut Held, name: &str, value: Value) {
        let name = h.intern(name);
        self.class.dict.set_str(h, &name, value);
    }

    pub fn build(self, h: &mut Held) -> Ref<Class> {
        // Docstrings are not inherited.
        if self.class.dict.get_str(h, n::__doc__.value()).is_none() {
            self.class.dict.set_str(h, n::__doc__.value(), Value::NONE);
        }
        self.class.modified();
        recompute(h, &self.class);
        self.class
    }
}

/// `__next__` of a native iterator.
fn step(h: &mut Held, iterator: &Value) -> R {
    let Some(next) = crate::vm::protocol::iter::next_of(iterator) else {
        return Err(h.type_error(format!("'{}' object is not an iterator", iterator.class_name())));
    };
    match next(h, iterator)? {
        Some(item) => Ok(item),
        None => Err(h.stop_iteration(Value::NONE)),
    }
}

/// `__call__` of a native callable: also of a subclass's, whose own `__call__` came here.
fn forward(h: &mut Held, args: Args<'_>) -> R {
    let call = args[0].header().and_then(|header| call_of(header.kind()));
    let Some(call) = call else {
        return Err(h.type_error(format!("'{}' object is not callable", args[0].class_name())));
    };
    let mut all: Vec<Reg> = args.rest(1).iter().cloned().map(Some).collect();
    let mut names = Vec::new();
    if let Some(keywords) = args[2].downcast::<Dict>() {
        for (name, value) in keywords.items(h) {
            names.push(name);
            all.push(Some(value));
        }
    }
    call(h, &args[0], &all, &names)
}

/// Room for attributes in the first instances of a class; later ones get what their predecessors needed.
const FIRST_INLINE_SLOTS: usize = 4;

/// Flags that a class has if one of its bases has them.
const INHERITED: u32 = class_flag::HAS_DICT | class_flag::WEAKREFS | class_flag::HEAP | class_flag::NO_NEW;

/// What kinds of patterns `match` tries on instances; a class has at most one of them.
const PATTERNS: u32 = class_flag::SEQUENCE | class_flag::MAPPING;

/// Allocates a class object with its resolution order.
fn allocate_class(
    h: &mut Held,
    meta: &Obj<Class>,
    name: &str,
    bases: Vec<Ref<Class>>,
    dict: Ref<Dict>,
    kind: Kind,
    flags: u32,
) -> Ref<Class> {
    let mro_rest = linearize(h, &bases).unwrap_or_else(|| bases.to_vec());
    let name = h.intern(name);
    let place = heap::allocate(size_of::<Obj<Class>>(), true).cast::<Obj<Class>>();
    let data = Class::new(place, name.clone(), name, bases.clone(), dict, kind, flags);
    meta.hold_for_instance();
    let header = Header {
        count: Count::one(),
        kind: Kind::CLASS,
        flags: Flags::new(
            flag::TRACED | heap::flag_of(size_of::<Obj<Class>>()) | meta.instance_flags() & !flag::FINALIZER,
        ),
        lock: Bolt::new(),
        shape: Word::new(meta.root_shape()),
    };
    // SAFETY: the heap gave room for a class object; the reference of count one belongs to the `Ref`.
    let class = unsafe { Obj::write(place, header, data) };
    let mro: Vec<Ref<Class>> = std::iter::once(class.clone()).chain(mro_rest).collect();
    let pattern = pattern_of_bases(&mro);
    class.set_flag(pattern);
    class.mro.write(h, |own| *own = mro);
    for base in &bases {
        base.add_subclass(&class);
    }
    class
}

/// The first base that is a sequence or mapping decides for the class.
fn pattern_of_bases(mro: &[Ref<Class>]) -> u32 {
    mro.iter().map(|class| class.flags() & PATTERNS).find(|&pattern| pattern != 0).unwrap_or(0)
}

/// C3: merges the bases' orders; nothing if they contradict each other.
pub(crate) fn linearize(h: &Held, bases: &[Ref<Class>]) -> Option<Vec<Ref<Class>>> {
    let mut lists: Vec<Vec<Ref<Class>>> = bases.iter().map(|base| base.mro.read(h, Clone::clone)).collect();
    lists.push(bases.to_vec());
    let mut order = Vec::new();
    loop {
        lists.retain(|list| !list.is_empty());
        if lists.is_empty() {
            return Some(order);
        }
        let in_tail = |class: &Ref<Class>| lists.iter().any(|list| list[1..].iter().any(|other| same(other, class)));
        let next = lists.iter().map(|list| &list[0]).find(|class| !in_tail(class))?.clone();
        for list in &mut lists {
            if same(&list[0], &next) {
                list.remove(0);
            }
        }
        order.push(next);
    }
}

fn same(a: &Ref<Class>, b: &Ref<Class>) -> bool {
    a.value().is(b.value())
}

/// Recomputes what follows from the resolution order.
pub(crate) fn recompute(h: &mut Held, class: &Obj<Class>) {
    let overridden = |name: Name| {
        class
            .lookup(h, name.value())
            .is_some_and(|found| super::core().object.dict.get_str(h, name.value()).is_none_or(|own| !own.is(&found)))
    };
    // `type` and modules have their own way of getting and setting, which the machine knows by kind.
    let known_kind = matches!(class.kind.get(), Kind::CLASS | Kind::MODULE);
    let native = |name: Name| {
        known_kind && class.lookup(h, name.value()).is_some_and(|found| found.downcast::<Native>().is_some())
    };
    let set = |on: bool, bit: u32| if on { bit } else { 0 };
    let bits = set(overridden(n::__getattribute__) && !native(n::__getattribute__), class_flag::GETATTRIBUTE)
        | set(class.lookup(h, n::__getattr__.value()).is_some(), class_flag::GETATTR)
        | set(
            overridden(n::__setattr__) && !native(n::__setattr__)
                || overridden(n::__delattr__) && !native(n::__delattr__),
            class_flag::SETATTR,
        )
        | set(class.lookup(h, n::__del__.value()).is_some(), class_flag::HAS_DEL);
    class.unset_flag(class_flag::GETATTRIBUTE | class_flag::GETATTR | class_flag::SETATTR | class_flag::HAS_DEL);
    class.set_flag(bits);
}

/// A name in a class's namespace was set or deleted.
pub(crate) fn update_flags(h: &mut Held, class: &Obj<Class>, name: &Value) {
    let special = [n::__getattribute__, n::__getattr__, n::__setattr__, n::__delattr__, n::__del__];
    if special.iter().any(|known| known.value().is(name)) {
        recompute(h, class);
        for sub in class.subclasses(h) {
            if let Some(sub) = sub.downcast::<Class>() {
                update_flags(h, sub, name);
            }
        }
    }
    if n::__abc_tpflags__.value().is(name) {
        let flags = class.dict.get_str(h, name).and_then(|flags| flags.as_int()?.to_i64()).unwrap_or(0);
        let pattern = [(1 << 5, class_flag::SEQUENCE), (1 << 6, class_flag::MAPPING)];
        if let Some((_, pattern)) = pattern.into_iter().find(|(bit, _)| flags & bit != 0) {
            set_pattern(h, class, pattern);
        }
    }
    if n::__abstractmethods__.value().is(name) {
        let methods = class.dict.get_str(h, name);
        let any = methods.is_some_and(|methods| h.truth(&methods).unwrap_or(false));
        if any { class.set_flag(class_flag::ABSTRACT) } else { class.unset_flag(class_flag::ABSTRACT) }
    }
}

/// A class and its subclasses become sequences or mappings for `match`, as registering with an abstract class asks.
fn set_pattern(h: &mut Held, class: &Obj<Class>, pattern: u32) {
    if class.flags() & PATTERNS == pattern {
        return;
    }
    class.unset_flag(PATTERNS);
    class.set_flag(pattern);
    for sub in class.subclasses(h) {
        if let Some(sub) = sub.downcast::<Class>() {
            set_pattern(h, sub, pattern);
        }
    }
}

/// What `type.__new__` is given.
pub struct NewClass {
    pub meta: Ref<Class>,
    pub name: Value,
    pub bases: Vec<Ref<Class>>,
    pub namespace: Ref<Dict>,
}

impl Held {
    /// Makes the class of a class statement: the work of `type.__new__` up to `__set_name__` and `__init_subclass__`.
    pub fn make_class(&mut self, new: NewClass) -> R<Ref<Class>> {
        let NewClass { meta, name, mut bases, namespace } = new;
        if bases.is_empty() {
            bases.push(super::core().object.clone());
        }
        let best = self.best_base(&bases)?;
        if linearize(self, &bases).is_none() {
            return Err(self.inconsistent_order(&bases));
        }
        let slots = self.slot_names(&name, &namespace, &best)?;
        let inherited = bases.iter().fold(0, |flags, base| flags | base.flags() & INHERITED);
        let dictless = slots.as_ref().is_some_and(|slots| !slots.dict);
        let variable = matches!(best.kind.get(), Kind::BIG_INT | Kind::TUPLE | Kind::BYTES);
        let weakless = variable || slots.as_ref().is_some_and(|slots| !slots.weakref);
        let mut flags = inherited & !class_flag::NO_NEW | class_flag::HEAP;
        flags |= if dictless { 0 } else { class_flag::HAS_DICT };
        flags |= if weakless { 0 } else { class_flag::WEAKREFS };
        let class = allocate_class(self, &meta, &text_of(&name), bases, namespace, best.kind.get(), flags);
        let exact = self.intern_value(&name);
        class.name.write(self, |own| *own = exact.clone());
        class.qualname.write(self, |own| *own = exact);
        // Without some room inside, the attributes of the first instance would overflow, where no cache finds them.
        if best.kind.get() == Kind::INSTANCE {
            class.widen(FIRST_INLINE_SLOTS);
        }
        self.finish_namespace(&class, slots)?;
        self.add_own_attrs(&class, flags & !inherited);
        class.modified();
        recompute(self, &class);
        update_flags(self, &class, n::__abstractmethods__.value());
        update_flags(self, &class, n::__abc_tpflags__.value());
        Ok(class)
    }

    /// `__dict__` and `__weakref__` descriptors stand in the first class whose instances have them.
    fn add_own_attrs(&mut self, class: &Ref<Class>, new: u32) {
        let own = |h: &Held, name: Name| class.dict.get_str(h, name.value()).is_some();
        if new & class_flag::HAS_DICT != 0 && !own(self, n::__dict__) {
            ClassSpec::of(class).attrs(self, &crate::types::object::DICT);
        }
        if new & class_flag::WEAKREFS != 0 && !own(self, n::__weakref__) {
            ClassSpec::of(class).attrs(self, &crate::types::object::WEAKREF);
        }
    }

    /// The base whose kind of data the instances have.
    pub(crate) fn best_base(&mut self, bases: &[Ref<Class>]) -> R<Ref<Class>> {
        let mut best: Option<&Ref<Class>> = None;
        for base in bases {
            if base.has(class_flag::FINAL) {
                let name = base.full_name();
                return Err(self.type_error(format!("type '{name}' is not an acceptable base type")));
            }
            best = match best {
                None => Some(base),
                Some(known) if base.kind.get() == known.kind.get() || base.kind.get() == Kind::INSTANCE => Some(known),
                Some(known) if known.kind.get() == Kind::INSTANCE => Some(base),
                Some(_) => return Err(self.type_error("multiple bases have instance lay-out conflict")),
            };
        }
        Ok(best.unwrap_or(&super::core().object).clone())
    }

    #[cold]
    pub(crate) fn inconsistent_order(&self, bases: &[Ref<Class>]) -> Raised {
        for (i, base) in bases.iter().enumerate() {
            if bases[..i].iter().any(|other| same(other, base)) {
                return self.type_error(format!("duplicate base class {}", base.name_text()));
            }
        }
        let names: Vec<String> = bases.iter().map(|base| base.name_text()).collect();
        let list = names.join(", ");
        self.type_error(format!("Cannot create a consistent method resolution\norder (MRO) for bases {list}"))
    }

    /// The names in `__slots__`, if there is one.
    fn slot_names(&mut self, class: &Value, namespace: &Obj<Dict>, best: &Obj<Class>) -> R<Option<Slots>> {
        let Some(slots) = namespace.get_str(self, n::__slots__.value()) else { return Ok(None) };
        let given = match slots.downcast::<Str>() {
            Some(_) => vec![slots.clone()],
            None => self.collect(&slots)?,
        };
        let has_dict = best.has(class_flag::HAS_DICT);
        let mut has_weakref = best.has(class_flag::WEAKREFS) && best.kind.get() == Kind::INSTANCE;
        let mut result = Slots { names: Vec::new(), dict: false, weakref: best.has(class_flag::WEAKREFS) };
        for slot in given {
            let Some(text) = slot.downcast::<Str>().map(|slot| slot.text()) else {
                let got = slot.class_name();
                return Err(self.type_error(format!("__slots__ items must be strings, not '{got}'")));
            };
            match text.as_str() {
                "__dict__" if has_dict || result.dict => {
                    return Err(self.type_error("__dict__ slot disallowed: we already got one"));
                }
                "__weakref__" if has_weakref => {
                    return Err(
                        self.type_error("__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0")
                    );
                }
                "__dict__" => result.dict = true,
                "__weakref__" => (result.weakref, has_weakref) = (true, true),
                _ if !toy_text::string::classify::is_identifier(
                    slot.downcast::<Str>().map_or(toy_text::Chars::One(&[]), |s| s.chars()),
                ) =>
                {
                    return Err(self.type_error("__slots__ must be identifiers"));
                }
                _ => result.names.push(self.mangle(class, &text)),
            }
        }
        let variable = matches!(best.kind.get(), Kind::BIG_INT | Kind::TUPLE | Kind::BYTES);
        if variable && !result.names.is_empty() {
            let name = best.name_text();
            return Err(self.type_error(format!("nonempty __slots__ not supported for subtype of '{name}'")));
        }
        result.dict |= has_dict;
        for name in &result.names {
            let hidden = namespace.get_str(self, name).is_some() && !text_of(name).starts_with("__qualname__");
            if hidden && !n::__qualname__.value().is(name) && !n::__classcell__.value().is(name) {
                let repr = self.repr_text(name)?;
                return Err(self.value_error(format!("{repr} in __slots__ conflicts with class variable")));
            }
        }
        Ok(Some(result))
    }

    /// `__x` in a class `C` is `_C__x`.
    pub(crate) fn mangle(&mut self, class: &Value, name: &str) -> Value {
        let of = text_of(class);
        let of = of.trim_start_matches('_');
        if !name.starts_with("__") || name.ends_with("__") || of.is_empty() {
            return self.intern(name);
        }
        self.intern(&format!("_{of}{name}"))
    }

    /// Members for slots, and what `type.__new__` does to some names.
    fn finish_namespace(&mut self, class: &Ref<Class>, slots: Option<Slots>) -> R<()> {
        let dict = class.dict.clone();
        if let Some(slots) = slots {
            let mut names = slots.names;
            names.sort_by_key(text_of);
            names.dedup_by(|a, b| a.is(b));
            for name in names {
                let key = self.slot_key(&name);
                let member = self.new_member(name.clone(), key, class.value().clone());
                dict.set_str(self, &name, member);
            }
        }
        for name in [n::__init_subclass__, n::__class_getitem__] {
            if let Some(function) = dict.get_str(self, name.value()).filter(|value| value.is_kind(Kind::FUNCTION)) {
                let method = self.new_class_method(function);
                dict.set_str(self, name.value(), method);
            }
        }
        if let Some(new) = dict.get_str(self, n::__new__.value()).filter(|value| value.is_kind(Kind::FUNCTION)) {
            let method = self.new_static_method(new);
            dict.set_str(self, n::__new__.value(), method);
        }
        if let Some(qualname) = dict.remove_str(self, n::__qualname__.value()) {
            if qualname.downcast::<Str>().is_none() {
                let got = qualname.class_name();
                return Err(self.type_error(format!("type __qualname__ must be a str, not {got}")));
            }
            class.qualname.write(self, |own| *own = qualname);
        }
        if dict.get_str(self, n::__module__.value()).is_none()
            && let Some(module) = self.current_module_name()
        {
            dict.set_str(self, n::__module__.value(), module);
        }
        if dict.get_str(self, n::__eq__.value()).is_some() && dict.get_str(self, n::__hash__.value()).is_none() {
            dict.set_str(self, n::__hash__.value(), Value::NONE);
        }
        if dict.get_str(self, n::__doc__.value()).is_none() {
            dict.set_str(self, n::__doc__.value(), Value::NONE);
        }
        if let Some(cell) = dict.remove_str(self, n::__classcell__.value()) {
            let Some(cell) = cell.downcast::<super::function::SharedCell>() else {
                let got = self.repr_text(&cell.class().to_value())?;
                return Err(self.type_error(format!("type __classcell__ must be a nonlocal cell, not {got}")));
            };
            let value = class.value().clone();
            cell.content.write(self, |content| *content = Some(value));
        }
        Ok(())
    }

    /// A string of its own, which no attribute name is, for a slot's place in shapes.
    fn slot_key(&mut self, name: &Value) -> Value {
        let chars = name.downcast::<Str>().map_or(toy_text::Chars::One(&[]), |name| name.chars());
        self.str_of_class(&super::core().str, chars)
    }

    /// `__name__` of the globals of the running function.
    pub(crate) fn current_module_name(&mut self) -> Option<Value> {
        self.current_globals()?.get_str(self, n::__name__.value())
    }

    /// The globals of the running toy function.
    pub fn current_globals(&self) -> Option<Ref<Dict>> {
        if self.frame < self.frames.start() {
            return None;
        }
        // SAFETY: a frame is running.
        Some(unsafe { (*self.frame).function().globals.clone() })
    }
}

struct Slots {
    names: Vec<Value>,
    dict: bool,
    weakref: bool,
}
