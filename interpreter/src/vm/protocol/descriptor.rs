//! Descriptors: what an attribute found in a class gives for an object, and what setting it does.
//!
//! In: a descriptor, an object and its class. Out: the bound attribute. The one invariant: a builtin descriptor acts at once,
//! an instance of a subclass of one through its methods, so that these may be overridden and called by `super()`.

use crate::objects::attrs;
use crate::objects::class::{Class, class_flag};
use crate::objects::descriptor::{ClassMethod, GetSet, Member, Property, StaticMethod, TupleGetter};
use crate::objects::exception::Exc;
use crate::objects::function::Native;
use crate::objects::header::{Kind, Obj, flag};
use crate::objects::instance::Instance;
use crate::objects::names::n;
use crate::objects::str::text_of;
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;

impl Held {
    /// What a descriptor gives, for an object or (without one) for its class.
    pub fn descriptor_get(&mut self, descriptor: &Value, object: Option<&Value>, class: &Value) -> R {
        let Some(header) = descriptor.header() else { return Ok(descriptor.clone()) };
        match (header.kind(), object) {
            (Kind::FUNCTION, Some(object)) => return Ok(self.new_bound_method(descriptor.clone(), object.clone())),
            (Kind::FUNCTION, None) => return Ok(descriptor.clone()),
            (Kind::NATIVE, Some(object)) => {
                if let Some(native) = descriptor.downcast::<Native>().filter(|native| native.is_method()) {
                    return Ok(self.bind_native(native, object.clone()));
                }
                return Ok(descriptor.clone());
            }
            (Kind::NATIVE | Kind::BIG_INT | Kind::STR | Kind::TUPLE | Kind::LIST | Kind::DICT | Kind::CLASS, _)
                if !header.has(flag::SUBCLASS) =>
            {
                return Ok(descriptor.clone());
            }
            _ => (),
        }
        self.other_descriptor_get(descriptor, object, class)
    }

    fn other_descriptor_get(&mut self, descriptor: &Value, object: Option<&Value>, class: &Value) -> R {
        if !is_of_subclass(descriptor) {
            if let Some(result) = self.native_descriptor_get(descriptor, object, class) {
                return result;
            }
        }
        match descriptor.class().lookup(self, n::__get__.value()) {
            Some(get) => {
                self.check_native_stack("")?;
                // As CPython's slot: `__get__` itself is called as it is, not bound.
                let object = object.cloned().unwrap_or(Value::NONE);
                self.call(&get, &[descriptor.clone(), object, class.clone()])
            }
            None => Ok(descriptor.clone()),
        }
    }

    /// What the `__get__` of a builtin descriptor's own class gives, whatever a subclass makes of it; `None` for others.
    pub fn native_descriptor_get(&mut self, of: &Value, object: Option<&Value>, class: &Value) -> Option<R> {
        if let Some(method) = of.downcast::<StaticMethod>() {
            return Some(Ok(method.function.read(self, Clone::clone)));
        }
        if let Some(method) = of.downcast::<ClassMethod>() {
            let function = method.function.read(self, Clone::clone);
            return Some(self.bind_class_method(&function, class));
        }
        let Some(object) = object else { return is_native_data(of).then(|| Ok(of.clone())) };
        if let Some(property) = of.downcast::<Property>() {
            return Some(self.property_get(property, object));
        }
        if let Some(getter) = of.downcast::<TupleGetter>() {
            return Some(getter.get(self, object));
        }
        if let Some(getset) = of.downcast::<GetSet>() {
            let checked = self.check_receiver(&getset.owner, &getset.name, object);
            return Some(checked.and_then(|()| (getset.get)(self, object)));
        }
        of.downcast::<Member>().map(|member| self.member_get(member, object))
    }

    fn bind_class_method(&mut self, function: &Value, class: &Value) -> R {
        if let Some(native) = function.downcast::<Native>() {
            return Ok(self.bind_native(native, class.clone()));
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
                if !header.has(flag::SUBCLASS) =>
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
    pub(super) fn has_getter(&self, descriptor: &Value) -> bool {
        descriptor.class().has(class_flag::BUILTIN) || self.special(descriptor, n::__get__).is_some()
    }

    /// Sets through a data descriptor, or deletes without a value.
    pub(crate) fn descriptor_set(&mut self, descriptor: &Value, object: &Value, value: Option<Value>) -> R<()> {
        if !is_of_subclass(descriptor) {
            if is_native_data(descriptor) {
                return self.native_descriptor_set(descriptor, object, value);
            }
        }
        let name = if value.is_some() { n::__set__ } else { n::__delete__ };
        let Some(method) = descriptor.class().lookup(self, name.value()) else {
            return Err(self.error(Exc::AttributeError, name.text()));
        };
        let args: Vec<Value> = [object.clone()].into_iter().chain(value).collect();
        self.call_unbound(&method, descriptor, &args)?;
        Ok(())
    }

    /// What `__set__` and `__delete__` of a builtin descriptor's own class do.
    pub(crate) fn native_descriptor_set(&mut self, of: &Value, object: &Value, value: Option<Value>) -> R<()> {
        if let Some(property) = of.downcast::<Property>() {
            return self.property_set(property, object, value);
        }
        if let Some(getset) = of.downcast::<GetSet>() {
            self.check_receiver(&getset.owner, &getset.name, object)?;
            let Some(set) = getset.set else {
                let (name, owner) = (text_of(&getset.name), object.class_name());
                let message = format!("attribute '{name}' of '{owner}' objects is not writable");
                return Err(self.error(Exc::AttributeError, message));
            };
            return set(self, object, value.as_ref());
        }
        match of.downcast::<Member>() {
            Some(member) => self.member_set(member, object, value),
            None => Err(self.error(Exc::AttributeError, "__set__")),
        }
    }

    fn property_set(&mut self, property: &Obj<Property>, object: &Value, value: Option<Value>) -> R<()> {
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
}

/// Whether a descriptor's class was made by a program, so that its methods must be looked up.
fn is_of_subclass(descriptor: &Value) -> bool {
    descriptor.header().is_some_and(|header| header.has(flag::SUBCLASS))
}

/// Whether a descriptor's kind is one of the builtin ones that take precedence over an object's own attributes.
fn is_native_data(of: &Value) -> bool {
    of.downcast::<Property>().is_some() || of.downcast::<GetSet>().is_some() || of.downcast::<Member>().is_some()
}
