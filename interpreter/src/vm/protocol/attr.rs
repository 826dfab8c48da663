//! Attributes: `get_attr`, `set_attr`, `delete_attr` and descriptors.
//!
//! In: an object and an interned name. Out: the attribute, bound. The one invariant: the order is CPython's: data descriptor,
//! then the object's own attributes, then other class attributes, then `__getattr__`.

use crate::objects::attrs;
use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::descriptor::{ClassMethod, GetSet, Member, Property, StaticMethod, TupleGetter};
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::{Native, Role};
use crate::objects::header::{Kind, Obj};
use crate::objects::instance::Instance;
use crate::objects::module::Module;
use crate::objects::names::{Name, n};
use crate::objects::str::text_of;
use crate::objects::value::{Reg, Value};
use crate::runtime::error::{R, Raised};
use crate::sync::Held;

impl Held {
    /// `object.name`. `name` is an interned string.
    pub fn get_attr(&mut self, object: &Value, name: &Value) -> R {
        let class = object.class();
        if class.has(class_flag::GETATTRIBUTE | class_flag::GETATTR) {
            return self.get_attr_overridden(object, name);
        }
        self.generic_get_attr(object, name)
    }

    /// `object.name` for a well-known name.
    pub fn get(&mut self, object: &Value, name: Name) -> R {
        self.get_attr(object, name.value())
    }

    /// `object.name`, or nothing if there is none.
    pub fn find_attr(&mut self, object: &Value, name: &Value) -> R<Option<Value>> {
        let class = object.class();
        if !class.has(class_flag::GETATTRIBUTE | class_flag::GETATTR)
            && object.is_kind(Kind::INSTANCE)
            && let Some(instance) = object.downcast::<Instance>()
            && instance.get(self, name).is_none()
            && class.lookup(self, name).is_none()
        {
            return Ok(None);
        }
        match self.get_attr(object, name) {
            Ok(value) => Ok(Some(value)),
            Err(raised) if raised.is(Exc::AttributeError) => Ok(None),
            Err(raised) => Err(raised),
        }
    }

    #[inline(never)]
    fn get_attr_overridden(&mut self, object: &Value, name: &Value) -> R {
        if let Some(result) = crate::types::super_::attribute(self, object, name) {
            return result;
        }
        self.check_native_stack("")?;
        let class = object.class().to_ref();
        let found = match class.lookup(self, n::__getattribute__.value()) {
            Some(method) if class.has(class_flag::GETATTRIBUTE) => {
                self.call_unbound(&method, object, std::slice::from_ref(name))
            }
            _ => self.generic_get_attr(object, name),
        };
        match (found, class.lookup(self, n::__getattr__.value())) {
            (Err(raised), Some(method)) if raised.is(Exc::AttributeError) => {
                drop(raised);
                self.call_unbound(&method, object, std::slice::from_ref(name))
            }
            (found, _) => found,
        }
    }

    /// `object.__getattribute__(name)`.
    pub fn generic_get_attr(&mut self, object: &Value, name: &Value) -> R {
        match object.header().map(|header| header.kind()) {
            Some(Kind::CLASS) => return self.class_get_attr(object, name),
            Some(Kind::MODULE) => return self.module_get_attr(object, name),
            _ => (),
        }
        match self.object_get_attr(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, name)),
        }
    }

    /// The attribute of an object that is neither class nor module.
    pub(crate) fn object_get_attr(&mut self, object: &Value, name: &Value) -> R<Option<Value>> {
        let class = object.class();
        let of_class = class.lookup(self, name);
        if let Some(descriptor) = &of_class
            && self.is_data_descriptor(descriptor)
            && self.has_getter(descriptor)
        {
            let class = class.to_value();
            return self.descriptor_get(descriptor, Some(object), &class).map(Some);
        }
        if let Some(value) = self.own_attr(object, name) {
            return Ok(Some(value));
        }
        match of_class {
            Some(descriptor) => {
                let class = class.to_value();
                self.descriptor_get(&descriptor, Some(object), &class).map(Some)
            }
            None => Ok(None),
        }
    }

    /// An attribute that stands in the object itself.
    pub(crate) fn own_attr(&self, object: &Value, name: &Value) -> Option<Value> {
        if let Some(instance) = object.downcast::<Instance>() {
            return instance.get(self, name);
        }
        attrs::existing(self, object)?.get_str(self, name)
    }

    /// What a descriptor gives, for an object or (without one) for its class.
    pub fn descriptor_get(&mut self, descriptor: &Value, object: Option<&Value>, class: &Value) -> R {
        let Some(header) = descriptor.header() else { return Ok(descriptor.clone()) };
        match (header.kind(), object) {
            (Kind::FUNCTION, Some(object)) => return Ok(self.new_bound_method(descriptor.clone(), object.clone())),
            (Kind::FUNCTION, None) => return Ok(descriptor.clone()),
            (Kind::NATIVE, Some(object)) => {
                if let Some(native) = descriptor.downcast::<Native>().filter(|native| native.is_method()) {
                    return self.bind_method(native, object);
                }
                return Ok(descriptor.clone());
            }
            (Kind::NATIVE | Kind::BIG_INT | Kind::STR | Kind::TUPLE | Kind::LIST | Kind::DICT | Kind::CLASS, _)
                if !header.has(crate::objects::header::flag::SUBCLASS) =>
            {
                return Ok(descriptor.clone());
            }
            _ => (),
        }
        self.other_descriptor_get(descriptor, object, class)
    }

    fn other_descriptor_get(&mut self, descriptor: &Value, object: Option<&Value>, class: &Value) -> R {
        if descriptor.header().is_some_and(|header| !header.has(crate::objects::header::flag::SUBCLASS))
            && let Some(found) = self.wrapper_get(descriptor, object, class)?
        {
            return Ok(found);
        }
        if let (Some(getter), Some(object)) = (descriptor.exactly::<TupleGetter>(), object) {
            return getter.get(self, object);
        }
        if let Some(getset) = descriptor.downcast::<GetSet>() {
            return match object {
                Some(object) => {
                    self.check_receiver(&getset.owner, &getset.name, object)?;
                    (getset.get)(self, object)
                }
                None => Ok(descriptor.clone()),
            };
        }
        if let Some(member) = descriptor.downcast::<Member>() {
            return match object {
                Some(object) => self.member_get(member, object),
                None => Ok(descriptor.clone()),
            };
        }
        match descriptor.class().lookup(self, n::__get__.value()) {
            Some(get) => {
                let object = object.cloned().unwrap_or(Value::NONE);
                self.call_unbound(&get, descriptor, &[object, class.clone()])
            }
            None => Ok(descriptor.clone()),
        }
    }

    /// A native method of an instance of its class.
    fn bind_method(&mut self, native: &Obj<Native>, object: &Value) -> R {
        if let Some(owner) = native.owner.downcast::<Class>()
            && !object.class().is_subclass_of(owner)
        {
            let (name, of, got) = (native.def.name, owner.full_name(), object.class_name());
            let message = format!("descriptor '{name}' for '{of}' objects doesn't apply to a '{got}' object");
            return Err(self.type_error(message));
        }
        Ok(self.bind_native(native, object.clone()))
    }

    /// `__get__` of `property`, `staticmethod` and `classmethod`, whatever a subclass made of it; nothing for others.
    pub(crate) fn wrapper_get(
        &mut self,
        descriptor: &Value,
        object: Option<&Value>,
        class: &Value,
    ) -> R<Option<Value>> {
        if let Some(property) = descriptor.downcast::<Property>() {
            let Some(object) = object else { return Ok(Some(descriptor.clone())) };
            return self.property_get(property, object).map(Some);
        }
        if let Some(method) = descriptor.downcast::<StaticMethod>() {
            return Ok(Some(method.function.read(self, Clone::clone)));
        }
        let Some(method) = descriptor.downcast::<ClassMethod>() else { return Ok(None) };
        let function = method.function.read(self, Clone::clone);
        self.bind_class_method(&function, class).map(Some)
    }

    fn bind_class_method(&mut self, function: &Value, class: &Value) -> R {
        if let Some(native) = function.downcast::<Native>() {
            return match native.role {
                Role::Method => self.bind_method(native, class),
                Role::Function if native.receiver.is_none() && !native.owner.is_none() => {
                    Ok(self.bind_native(native, class.clone()))
                }
                _ => Ok(self.new_bound_method(function.clone(), class.clone())),
            };
        }
        if function.is_kind(Kind::FUNCTION) {
            return Ok(self.new_bound_method(function.clone(), class.clone()));
        }
        match function.class().lookup(self, n::__get__.value()) {
            Some(_) => self.descriptor_get(function, Some(class), class),
            None => Ok(self.new_bound_method(function.clone(), class.clone())),
        }
    }

    fn property_get(&mut self, property: &Obj<Property>, object: &Value) -> R {
        let get = property.get.read(self, Clone::clone);
        if get.is_none() {
            return Err(self.property_error(property, object, "getter"));
        }
        self.call(&get, std::slice::from_ref(object))
    }

    #[cold]
    fn property_error(&mut self, property: &Obj<Property>, object: &Value, what: &str) -> Raised {
        let name = property.name.read(self, Clone::clone);
        let owner = text_of(&object.class().qualname.read(self, Clone::clone));
        let message = match name {
            Some(name) => {
                let name = self.repr_text(&name).unwrap_or_default();
                format!("property {name} of '{owner}' object has no {what}")
            }
            None => format!("property of '{owner}' object has no {what}"),
        };
        self.error(Exc::AttributeError, message)
    }

    fn member_get(&mut self, member: &Obj<Member>, object: &Value) -> R {
        self.check_receiver(&member.owner, &member.name, object)?;
        match self.own_attr(object, &member.key) {
            Some(value) => Ok(value),
            None => Err(self.no_attribute(object, &member.name)),
        }
    }

    /// TypeError unless `object` is an instance of a descriptor's class.
    fn check_receiver(&mut self, owner: &Value, name: &Value, object: &Value) -> R<()> {
        match owner.downcast::<Class>() {
            Some(class) if !object.class().is_subclass_of(class) => {
                let (name, owner, other) = (text_of(name), class.full_name(), object.class_name());
                Err(self.type_error(format!(
                    "descriptor '{name}' for '{owner}' objects doesn't apply to a '{other}' object"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Whether a descriptor takes precedence over an object's own attributes.
    pub(crate) fn is_data_descriptor(&self, descriptor: &Value) -> bool {
        let Some(header) = descriptor.header() else { return false };
        match header.kind() {
            Kind::FUNCTION | Kind::NATIVE | Kind::STR | Kind::BIG_INT | Kind::TUPLE | Kind::LIST | Kind::DICT
                if !header.has(crate::objects::header::flag::SUBCLASS) =>
            {
                false
            }
            _ => {
                let class = header.class();
                class.lookup(self, n::__set__.value()).is_some() || class.lookup(self, n::__delete__.value()).is_some()
            }
        }
    }

    /// Whether a descriptor has `__get__`; one that only sets leaves reading to the object's own attributes.
    fn has_getter(&self, descriptor: &Value) -> bool {
        descriptor.class().has(class_flag::BUILTIN) || self.special(descriptor, n::__get__).is_some()
    }

    fn module_get_attr(&mut self, object: &Value, name: &Value) -> R {
        if let Some(value) = object.downcast::<Module>().and_then(|module| module.dict.get_str(self, name)) {
            return Ok(value);
        }
        if let Some(value) = self.object_get_attr(object, name)? {
            return Ok(value);
        }
        let Some(module) = object.downcast::<Module>() else { return Err(self.no_attribute(object, name)) };
        if let Some(hook) = module.dict.get_str(self, n::__getattr__.value()) {
            return self.call(&hook, std::slice::from_ref(name));
        }
        let of = module.dict.get_str(self, n::__name__.value());
        let message = match of {
            Some(of) => format!("module '{}' has no attribute '{}'", text_of(&of), text_of(name)),
            None => format!("module has no attribute '{}'", text_of(name)),
        };
        Err(self.attribute_error(message, object, name))
    }

    /// `cls.name`: the metaclass's data descriptors, then the class and its bases, then the metaclass.
    fn class_get_attr(&mut self, object: &Value, name: &Value) -> R {
        let Some(class) = object.downcast::<Class>() else { return Err(self.no_attribute(object, name)) };
        let meta = object.class();
        let of_meta = meta.lookup(self, name);
        if let Some(descriptor) = &of_meta
            && self.is_data_descriptor(descriptor)
        {
            let meta = meta.to_value();
            return self.descriptor_get(descriptor, Some(object), &meta);
        }
        if let Some(value) = class.lookup(self, name) {
            return self.descriptor_get(&value, None, object);
        }
        if let Some(descriptor) = of_meta {
            let meta = meta.to_value();
            return self.descriptor_get(&descriptor, Some(object), &meta);
        }
        let message = format!("type object '{}' has no attribute '{}'", class.full_name(), text_of(name));
        Err(self.attribute_error(message, object, name))
    }

    #[cold]
    pub(crate) fn no_attribute(&mut self, object: &Value, name: &Value) -> Raised {
        let message = format!("'{}' object has no attribute '{}'", object.class_name(), text_of(name));
        self.attribute_error(message, object, name)
    }

    /// `object.name = value`.
    pub fn set_attr(&mut self, object: &Value, name: &Value, value: Value) -> R<()> {
        let class = object.class();
        if class.has(class_flag::SETATTR)
            && let Some(method) = class.lookup(self, n::__setattr__.value())
        {
            self.call_unbound(&method, object, &[name.clone(), value])?;
            return Ok(());
        }
        self.generic_set_attr(object, name, Some(value))
    }

    /// `del object.name`.
    pub fn delete_attr(&mut self, object: &Value, name: &Value) -> R<()> {
        let class = object.class();
        if class.has(class_flag::SETATTR)
            && let Some(method) = class.lookup(self, n::__delattr__.value())
        {
            self.call_unbound(&method, object, std::slice::from_ref(name))?;
            return Ok(());
        }
        self.generic_set_attr(object, name, None)
    }

    /// `object.__setattr__(name, value)`, or `__delattr__` without a value.
    pub fn generic_set_attr(&mut self, object: &Value, name: &Value, value: Option<Value>) -> R<()> {
        match object.header().map(|header| header.kind()) {
            Some(Kind::CLASS) => return self.class_set_attr(object, name, value),
            Some(Kind::MODULE) => return self.module_set_attr(object, name, value),
            _ => (),
        }
        let of_class = object.class().lookup(self, name);
        if let Some(descriptor) = &of_class
            && self.is_data_descriptor(descriptor)
        {
            return self.descriptor_set(descriptor, object, value);
        }
        self.set_own_attr(object, name, value, of_class.is_some())
    }

    fn set_own_attr(&mut self, object: &Value, name: &Value, value: Option<Value>, on_class: bool) -> R<()> {
        let has_dict = object.class().has(class_flag::HAS_DICT);
        if !has_dict {
            return Err(if on_class {
                let message = format!("'{}' object attribute '{}' is read-only", object.class_name(), text_of(name));
                self.attribute_error(message, object, name)
            } else {
                self.no_attribute(object, name)
            });
        }
        let old = match (object.downcast::<Instance>(), value) {
            (Some(instance), Some(value)) => instance.set(self, name, value),
            (Some(instance), None) => match instance.remove(self, name) {
                Some(old) => Some(old),
                None => return Err(self.no_attribute(object, name)),
            },
            (None, Some(value)) => attrs::make(self, object).set_str(self, name, value),
            (None, None) => match attrs::existing(self, object).and_then(|dict| dict.remove_str(self, name)) {
                Some(old) => Some(old),
                None => return Err(self.no_attribute(object, name)),
            },
        };
        drop(old);
        Ok(())
    }

    /// Sets through a data descriptor, or deletes without a value.
    pub(crate) fn descriptor_set(&mut self, descriptor: &Value, object: &Value, value: Option<Value>) -> R<()> {
        if let Some(property) = descriptor.exactly::<Property>() {
            return self.property_set(property, object, value);
        }
        if let Some(getset) = descriptor.downcast::<GetSet>() {
            self.check_receiver(&getset.owner, &getset.name, object)?;
            let Some(set) = getset.set else {
                let owner =
                    getset.owner.downcast::<Class>().map_or_else(|| object.class_name(), |owner| owner.full_name());
                let name = text_of(&getset.name);
                let message = format!("attribute '{name}' of '{owner}' objects is not writable");
                return Err(self.error(Exc::AttributeError, message));
            };
            return set(self, object, value.as_ref());
        }
        if let Some(member) = descriptor.downcast::<Member>() {
            return self.member_set(member, object, value);
        }
        let name = if value.is_some() { n::__set__ } else { n::__delete__ };
        let Some(method) = descriptor.class().lookup(self, name.value()) else {
            return Err(self.error(Exc::AttributeError, name.text()));
        };
        let args: Vec<Value> = [object.clone()].into_iter().chain(value).collect();
        self.call_unbound(&method, descriptor, &args)?;
        Ok(())
    }

    /// `__set__` and `__delete__` of `property`.
    pub(crate) fn property_set(&mut self, property: &Obj<Property>, object: &Value, value: Option<Value>) -> R<()> {
        let cell = if value.is_some() { &property.set } else { &property.delete };
        let function = cell.read(self, Clone::clone);
        if function.is_none() {
            let what = if value.is_some() { "setter" } else { "deleter" };
            return Err(self.property_error(property, object, what));
        }
        let args: Vec<Value> = [object.clone()].into_iter().chain(value).collect();
        self.call(&function, &args)?;
        Ok(())
    }

    fn member_set(&mut self, member: &Obj<Member>, object: &Value, value: Option<Value>) -> R<()> {
        self.check_receiver(&member.owner, &member.name, object)?;
        let deleting = value.is_none();
        let old = match (object.downcast::<Instance>(), value) {
            (Some(instance), Some(value)) => instance.set(self, &member.key, value),
            (Some(instance), None) => instance.clear_slot(&member.key).or_else(|| instance.remove(self, &member.key)),
            (None, Some(value)) => attrs::make(self, object).set_str(self, &member.key, value),
            (None, None) => attrs::existing(self, object).and_then(|dict| dict.remove_str(self, &member.key)),
        };
        if deleting && old.is_none() {
            return Err(self.attribute_error(text_of(&member.name), object, &member.name));
        }
        drop(old);
        Ok(())
    }

    fn module_set_attr(&mut self, object: &Value, name: &Value, value: Option<Value>) -> R<()> {
        let Some(module) = object.downcast::<Module>() else { return Ok(()) };
        if let Some(descriptor) = object.class().lookup(self, name)
            && self.is_data_descriptor(&descriptor)
        {
            return self.descriptor_set(&descriptor, object, value);
        }
        let old = match value {
            Some(value) => module.dict.set_str(self, name, value),
            None => match module.dict.remove_str(self, name) {
                Some(old) => Some(old),
                None => return Err(self.no_attribute(object, name)),
            },
        };
        drop(old);
        Ok(())
    }

    fn class_set_attr(&mut self, object: &Value, name: &Value, value: Option<Value>) -> R<()> {
        let Some(class) = object.downcast::<Class>() else { return Ok(()) };
        if class.has(class_flag::BUILTIN) {
            let (name, of) = (text_of(name), class.full_name());
            return Err(self.type_error(format!("cannot set '{name}' attribute of immutable type '{of}'")));
        }
        if let Some(descriptor) = object.class().lookup(self, name)
            && self.is_data_descriptor(&descriptor)
        {
            return self.descriptor_set(&descriptor, object, value);
        }
        let deleting = value.is_none();
        let old = match value {
            Some(value) => class.dict.to_ref().set_str(self, name, value),
            None => class.dict.to_ref().remove_str(self, name),
        };
        class.modified();
        crate::objects::make_class::update_flags(self, class, name);
        if deleting && old.is_none() {
            let message = format!("type object '{}' has no attribute '{}'", class.full_name(), text_of(name));
            return Err(self.attribute_error(message, object, name));
        }
        drop(old);
        Ok(())
    }

    /// A method of an object's class, bound to nothing, for the machine's own calls of special methods.
    #[inline]
    pub fn special(&self, object: &Value, name: Name) -> Option<Value> {
        object.class().lookup(self, name.value())
    }

    /// Calls a special method with the object as receiver; `None` if the class has none.
    pub fn call_special(&mut self, object: &Value, name: Name, args: &[Value]) -> R<Option<Value>> {
        match self.special(object, name) {
            Some(method) => self.call_unbound(&method, object, args).map(Some),
            None => Ok(None),
        }
    }

    /// Calls what was found on `receiver`'s class: binds it first unless it is a plain function.
    pub fn call_unbound(&mut self, method: &Value, receiver: &Value, args: &[Value]) -> R {
        let native = method.downcast::<Native>().filter(|native| native.is_method());
        if native.is_some() || method.is_kind(Kind::FUNCTION) {
            let mut all = smallvec::SmallVec::<[Reg; 6]>::new();
            all.push(Some(receiver.clone()));
            all.extend(args.iter().map(|arg| Some(arg.clone())));
            return match native {
                Some(native) => self.invoke(native, &all, &[]),
                None => self.call_regs(method, &all, &[]),
            };
        }
        let class = receiver.class().to_value();
        let bound = self.descriptor_get(method, Some(receiver), &class)?;
        self.call(&bound, args)
    }

    /// Calls `object.name(*args)`.
    pub fn call_method(&mut self, object: &Value, name: Name, args: &[Value]) -> R {
        self.call_method_named(object, name.value(), args)
    }

    pub fn call_method_named(&mut self, object: &Value, name: &Value, args: &[Value]) -> R {
        let method = self.get_attr(object, name)?;
        self.call(&method, args)
    }

    /// `vars(object)`: the dict of an object's own attributes.
    pub fn attr_dict(&mut self, object: &Value) -> Option<Value> {
        if let Some(module) = object.downcast::<Module>() {
            return Some(module.dict.value().clone());
        }
        if let Some(class) = object.downcast::<Class>() {
            return Some(self.new_mapping_proxy(class.dict.value().clone()));
        }
        if !object.class().has(class_flag::HAS_DICT) {
            return None;
        }
        Some(attrs::make(self, object).into_value())
    }

    /// Whether a function is the builtin `object`'s own, for shortcuts.
    pub(crate) fn is_objects_own(&self, class: &Obj<Class>, name: Name) -> bool {
        match (class.lookup(self, name.value()), core().object.dict.get_str(self, name.value())) {
            (Some(found), Some(own)) => found.is(&own),
            _ => false,
        }
    }
}

/// Objects that choose the dict their attributes stand in, such as `_thread._local`.
impl Held {
    /// `object.name`, with the object's own attributes in `own`.
    pub fn get_attr_in(&mut self, object: &Value, name: &Value, own: &Obj<Dict>) -> R {
        let of_class = object.class().lookup(self, name);
        let class = object.class().to_value();
        match of_class {
            Some(descriptor) if self.is_data_descriptor(&descriptor) => {
                self.descriptor_get(&descriptor, Some(object), &class)
            }
            of_class => match (own.get_str(self, name), of_class) {
                (Some(value), _) => Ok(value),
                (None, Some(descriptor)) => self.descriptor_get(&descriptor, Some(object), &class),
                (None, None) => Err(self.no_attribute(object, name)),
            },
        }
    }

    /// `object.name = value`, or `del object.name` without a value.
    pub fn set_attr_in(&mut self, object: &Value, name: &Value, value: Option<Value>, own: &Obj<Dict>) -> R<()> {
        if let Some(descriptor) = object.class().lookup(self, name)
            && self.is_data_descriptor(&descriptor)
        {
            return self.descriptor_set(&descriptor, object, value);
        }
        let deleting = value.is_none();
        let old = match value {
            Some(value) => own.set_str(self, name, value),
            None => own.remove_str(self, name),
        };
        if deleting && old.is_none() {
            return Err(self.no_attribute(object, name));
        }
        drop(old);
        Ok(())
    }

    /// Whether a class has its own `__init__`.
    pub fn has_init(&self, class: &Obj<Class>) -> bool {
        !self.is_objects_own(class, n::__init__)
    }
}
