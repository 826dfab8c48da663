//! Functions, classes and whatever else is written as the name under which it is found.
//!
//! In: an object, perhaps with its name. Out: the names of its module and itself, written. The one invariant: a name is only written if
//! looking it up gave the very object.

use super::super::opcode::*;
use super::{Saver, is_plain_class};
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::function::Function;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::{Str, text_of};
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

impl Saver<'_> {
    /// A class whose class is `type`: by its name, or, if it has none, by the only object of it.
    pub(super) fn class(&mut self, h: &mut Held, value: &Value) -> R<()> {
        let nameless = [Value::NONE, Value::NOT_IMPLEMENTED, Value::ELLIPSIS];
        match nameless.into_iter().find(|only| value.is(&only.class().to_value())) {
            None => self.global(h, value, None),
            Some(only) => {
                let (maker, args) = (core().type_.to_value(), h.new_tuple(vec![only]));
                self.reduced(h, &[maker, args], Some(value))
            }
        }
    }

    /// What stands in a module, by the module's name and its own.
    pub(super) fn global(&mut self, h: &mut Held, value: &Value, name: Option<&Value>) -> R<()> {
        let (module, name) = match self.found_at_once(h, value, name)? {
            Some(place) => place,
            None => self.locate(h, value, name)?,
        };
        self.save(h, &module)?;
        self.save(h, &name)?;
        self.write(&[STACK_GLOBAL]);
        self.memoize(value);
        Ok(())
    }

    /// The place of a class or a function that says which module it belongs to and stands there under its plain name.
    fn found_at_once(&mut self, h: &mut Held, value: &Value, name: Option<&Value>) -> R<Option<(Value, Value)>> {
        if name.is_some() || !(is_plain_class(value) || value.exactly::<Function>().is_some()) {
            return Ok(None);
        }
        let Some(module) = h.find_attr(value, n::__module__.value())? else { return Ok(None) };
        let Some(name) = h.find_attr(value, n::__qualname__.value())? else { return Ok(None) };
        let is_text = |value: &Value| value.exactly::<Str>().is_some();
        if !is_text(&module) || !is_text(&name) {
            return Ok(None);
        }
        let home = h.modules().get_str(h, &module);
        let found =
            home.as_ref().and_then(|home| home.downcast::<Module>()).and_then(|home| home.dict.get_str(h, &name));
        if found.is_none_or(|found| !found.is(value)) {
            return Ok(None);
        }
        let is_builtin = value.downcast::<Class>().is_some_and(|class| class.has(class_flag::BUILTIN));
        Ok(Some(if is_builtin { (self.module_name(h, module), copied(h, &name)) } else { (module, name) }))
    }

    /// The module's name as builtin classes have it in CPython: one string for all of them, but not that of functions.
    fn module_name(&mut self, h: &Held, module: Value) -> Value {
        let text = text_of(&module);
        if let Some((_, known)) = self.modules.iter().find(|(name, _)| *name == text) {
            return known.clone();
        }
        let own = copied(h, &module);
        self.modules.push((text, own.clone()));
        own
    }

    fn locate(&mut self, h: &mut Held, value: &Value, name: Option<&Value>) -> R<(Value, Value)> {
        let name = name.cloned().unwrap_or(Value::NONE);
        let place = h.call(self.tools.locate, &[value.clone(), name])?;
        match place.downcast::<Tuple>().map(|place| place.items()) {
            // What has no `__module__` was searched for: CPython then has the string that classes have.
            Some([module, name]) if h.find_attr(value, n::__module__.value())?.is_none() => {
                Ok((self.module_name(h, module.clone()), name.clone()))
            }
            Some([module, name]) => Ok((module.clone(), name.clone())),
            _ => Err(h.type_error("a place is a module's name and a name")),
        }
    }
}

/// The same text as an object of its own.
fn copied(h: &Held, text: &Value) -> Value {
    text.downcast::<Str>().map_or(Value::NONE, |text| h.str_from_slice(text.chars()))
}
