//! Attributes: `get_attr`, `set_attr`, `delete_attr` and descriptors.
//!
//! In: an object and an interned name. Out: the attribute, bound. The one invariant: the order is CPython's: data descriptor,
//! then the object's own attributes, then other class attributes, then `__getattr__`.

use crate::objects::attrs;
use crate::objects::class::{Class, class_flag};
use crate::objects::core;
use crate::objects::dict::Dict;
use crate::objects::exception::Exc;
use crate::objects::function::{Function, Native};
use crate::objects::header::{Kind, Obj, Ref};
use crate::objects::instance::Instance;
use crate::objects::module::Module;
use crate::objects::names::{Name, n};
use crate::objects::str::{Str, text_of};
use crate::objects::value::{Value, with_row};
use crate::runtime::error::{R, Raised};
use crate::runtime::signature::Given;
use crate::sync::Held;
use crate::sync::{publish, retire};

/// Whether a name may begin with `__`: the machine itself may look at such an attribute.
fn is_special(name: &Value) -> bool {
    name.downcast::<Str>().is_none_or(|name| name.as_ascii().is_none_or(|text| text.starts_with("__")))
}

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
        let found = match class.has(class_flag::GETATTRIBUTE | class_flag::GETATTR) {
            true => self.get_attr_overridden(object, name).map(Some),
            false => self.generic_find_attr(object, name),
        };
        match found {
            Err(raised) if raised.is(Exc::AttributeError) => Ok(None),
            found => found,
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
        match self.generic_find_attr(object, name)? {
            Some(value) => Ok(value),
            None => Err(self.no_such_attribute(object, name)),
        }
    }

    /// As `generic_get_attr`; nothing if there is no such attribute.
    fn generic_find_attr(&mut self, object: &Value, name: &Value) -> R<Option<Value>> {
        match object.header().map(|header| header.kind()) {
            Some(Kind::CLASS) => self.class_get_attr(object, name),
            Some(Kind::MODULE) => self.module_get_attr(object, name),
            _ => self.object_get_attr(object, name),
        }
    }

    #[cold]
    fn no_such_attribute(&mut self, object: &Value, name: &Value) -> Raised {
        let text = text_of(name);
        let message = match (object.downcast::<Class>(), object.downcast::<Module>()) {
            (Some(class), _) => format!("type object '{}' has no attribute '{text}'", class.full_name()),
            (_, Some(module)) => match module.dict.get_str(self, n::__name__.value()) {
                Some(of) => format!("module '{}' has no attribute '{text}'", text_of(&of)),
                None => format!("module has no attribute '{text}'"),
            },
            _ => return self.no_attribute(object, name),
        };
        self.attribute_error(message, object, name)
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
    pub fn own_attr(&self, object: &Value, name: &Value) -> Option<Value> {
        if let Some(instance) = object.downcast::<Instance>() {
            return instance.get(self, name);
        }
        attrs::existing(self, object)?.get_str(self, name)
    }

    fn module_get_attr(&mut self, object: &Value, name: &Value) -> R<Option<Value>> {
        let Some(module) = object.downcast::<Module>() else { return Ok(None) };
        if let Some(value) = module.dict.get_str(self, name) {
            return Ok(Some(value));
        }
        if let Some(value) = self.object_get_attr(object, name)? {
            return Ok(Some(value));
        }
        let hook = module.dict.get_str(self, n::__getattr__.value());
        hook.map(|hook| self.call(&hook, std::slice::from_ref(name))).transpose()
    }

    /// `cls.name`: the metaclass's data descriptors, then the class and its bases, then the metaclass.
    fn class_get_attr(&mut self, object: &Value, name: &Value) -> R<Option<Value>> {
        let Some(class) = object.downcast::<Class>() else { return Ok(None) };
        let meta = object.class();
        let of_meta = meta.lookup(self, name);
        if let Some(descriptor) = &of_meta
            && self.is_data_descriptor(descriptor)
            && self.has_getter(descriptor)
        {
            let meta = meta.to_value();
            return self.descriptor_get(descriptor, Some(object), &meta).map(Some);
        }
        if let Some(value) = class.lookup(self, name) {
            return self.descriptor_get(&value, None, object).map(Some);
        }
        let meta = meta.to_value();
        of_meta.map(|descriptor| self.descriptor_get(&descriptor, Some(object), &meta)).transpose()
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

    /// `object.__dict__[name] = value`: what the class says of the name does not matter.
    pub fn put_own_attr(&mut self, object: &Value, name: &Value, value: Value) -> R<()> {
        self.set_own_attr(object, name, Some(value), false)
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
        let plain = value.as_ref().is_some_and(|value| self.is_plain_of_class(value));
        let old = match value {
            Some(value) => class.dict.to_ref().set_str(self, name, value),
            None => class.dict.to_ref().remove_str(self, name),
        };
        let replaced_plain = plain && old.as_ref().is_some_and(|old| self.is_plain_of_class(old));
        if replaced_plain && !is_special(name) {
            class.replaced(name);
            let_go(old);
            return Ok(());
        }
        class.modified();
        crate::objects::make_class::update_flags(self, class, name);
        if deleting && old.is_none() {
            let message = format!("type object '{}' has no attribute '{}'", class.full_name(), text_of(name));
            return Err(self.attribute_error(message, object, name));
        }
        let_go(old);
        Ok(())
    }

    /// Whether instances are given a value of their class as it is: it is no descriptor.
    pub(crate) fn is_plain_of_class(&self, value: &Value) -> bool {
        let Some(header) = value.header() else { return true };
        !matches!(header.kind(), Kind::FUNCTION | Kind::NATIVE)
            && header.class().lookup(self, n::__get__.value()).is_none()
            && !self.is_data_descriptor(value)
    }

    /// A method of an object's class, bound to nothing, for the machine's own calls of special methods.
    #[inline]
    pub fn special(&self, object: &Value, name: Name) -> Option<Value> {
        object.class().lookup(self, name.value())
    }

    /// The function of two parameters that a program's class has for a special method: an instruction may enter it itself.
    #[inline]
    pub(crate) fn special_function(&self, object: &Value, name: Name) -> Option<Ref<Function>> {
        if !object.is_kind(Kind::INSTANCE) {
            return None;
        }
        let method = self.special(object, name)?.into_ref::<Function>().ok()?;
        (method.simple_args.get() == 2).then_some(method)
    }

    /// Calls a special method with the object as receiver; `None` if the class has none.
    pub fn call_special(&mut self, object: &Value, name: Name, args: &[Value]) -> R<Option<Value>> {
        match self.special(object, name) {
            Some(method) => self.call_unbound(&method, object, args).map(Some),
            None => Ok(None),
        }
    }

    /// What a special method of two operands answers; nothing if the class has none, or if it is `NotImplemented`.
    pub(crate) fn answer(&mut self, receiver: &Value, name: Name, arg: &Value) -> R<Option<Value>> {
        match self.special(receiver, name) {
            Some(method) => self.answered(&method, receiver, arg),
            None => Ok(None),
        }
    }

    /// As `answer`, of the method that was found.
    pub(crate) fn answered(&mut self, method: &Value, receiver: &Value, arg: &Value) -> R<Option<Value>> {
        let answer = self.call_unbound(method, receiver, std::slice::from_ref(arg))?;
        Ok(Some(answer).filter(|answer| !answer.is(&Value::NOT_IMPLEMENTED)))
    }

    /// Calls what was found on `receiver`'s class: binds it first unless it is a plain function.
    pub fn call_unbound(&mut self, method: &Value, receiver: &Value, args: &[Value]) -> R {
        if method.is_kind(Kind::FUNCTION) {
            return with_row(receiver, args, |all| self.call_regs(method, all, &[]));
        }
        if let Some(native) = method.downcast::<Native>().filter(|native| native.is_method()) {
            if receiver.class().is(&native.owner) {
                return with_row(receiver, args, |all| {
                    self.call_def(native.def, Given { args: all, keywords: &[] }, 1, &native.owner)
                });
            }
            return with_row(receiver, args, |all| self.invoke(native, all, &[]));
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
    pub fn is_objects_own(&self, class: &Obj<Class>, name: Name) -> bool {
        match (class.lookup(self, name.value()), core().object.lookup(self, name.value())) {
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

/// What a class had is let go: others may still be looking at it. Whoever is alone with the class is alone with that, but another
/// thread will drop it.
fn let_go(old: Option<Value>) {
    if let Some(old) = old {
        publish(&old);
        retire(old);
    }
}
