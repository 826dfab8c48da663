//! Globals, new objects and their state, where that takes nothing but what a program cannot have changed.
//!
//! In: names, classes, states. Out: what the tools written in toy would make of them. The one invariant: in a case that is not
//! known here the tool is called before anything has happened.

use super::Loader;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::descriptor::GetSet;
use interpreter::objects::dict::Dict;
use interpreter::objects::instance::Instance;
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::str::Str;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

impl Loader<'_> {
    /// What stands under a plain name in a module that has been imported.
    pub(super) fn find_class(&self, h: &mut Held, module: Value, name: Value) -> R {
        if !self.audited
            && let Some(home) = h.modules().get_str(h, &module)
            && let Some(home) = home.downcast::<Module>()
            && let Some(found) = home.dict.get_str(h, &name)
        {
            return Ok(found);
        }
        h.call(&self.tools.find_class, &[module, name])
    }

    pub(super) fn new_object(&self, h: &mut Held, class: Value, args: Value, kwargs: Value) -> R {
        if kwargs.is_none()
            && class.downcast::<Class>().is_some()
            && let Some(args) = args.downcast::<Tuple>()
        {
            let new = h.get(&class, n::__new__)?;
            let mut given = vec![class];
            given.extend_from_slice(args.items());
            return h.call(&new, &given);
        }
        h.call(&self.tools.new_object, &[class, args, kwargs])
    }

    pub(super) fn build(&self, h: &mut Held, object: Value, state: Value) -> R<()> {
        match own_state(h, &object, &state)? {
            Some(attributes) => {
                for (name, value) in attributes {
                    h.put_own_attr(&object, &name, value)?;
                }
                Ok(())
            }
            None => h.call(&self.tools.build, &[object, state]).map(drop),
        }
    }
}

/// The attributes that a state gives an instance, if nothing but that is to be done with it.
fn own_state(h: &mut Held, object: &Value, state: &Value) -> R<Option<Vec<(Value, Value)>>> {
    let class = object.class();
    let Some(state) = state.exactly::<Dict>() else { return Ok(None) };
    let has_own_dict = class.lookup(h, n::__dict__.value()).is_some_and(|of| of.downcast::<GetSet>().is_some());
    if object.downcast::<Instance>().is_none() || !class.has(class_flag::HAS_DICT) || !has_own_dict {
        return Ok(None);
    }
    if h.find_attr(object, n::__setstate__.value())?.is_some() {
        return Ok(None);
    }
    let mut attributes = state.items(h);
    if attributes.iter().any(|(name, _)| name.exactly::<Str>().is_none()) {
        return Ok(None);
    }
    attributes.iter_mut().for_each(|(name, _)| *name = h.intern_value(name));
    Ok(Some(attributes))
}
