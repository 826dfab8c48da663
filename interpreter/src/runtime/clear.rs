//! Emptying an object that is garbage, so that its cycles break.
//!
//! In: an unreachable object. Out: the same without the values that it may own others by. The one invariant: every cycle
//! passes through a container, instance, cell, function, class, generator, exception or frame that is emptied here.

use crate::objects::attrs;
use crate::objects::class::Class;
use crate::objects::dict::Dict;
use crate::objects::exception::{Exception, Traceback};
use crate::objects::frame::FrameObject;
use crate::objects::function::{Function, SharedCell};
use crate::objects::generator::Generator;
use crate::objects::header::Kind;
use crate::objects::instance::Instance;
use crate::objects::list::List;
use crate::objects::set::Set;
use crate::objects::value::Value;
use crate::sync::{Guarded, Held};

/// Empties an object of a native kind.
pub type ClearFn = fn(&mut Held, &Value);

static TABLE: Guarded<Vec<(Kind, ClearFn)>> = Guarded::new(Vec::new());

/// Tells how a native kind of container is emptied.
pub fn register_clear(kind: Kind, clear: ClearFn) {
    TABLE.with(|table| table.push((kind, clear)));
}

impl Held {
    pub(crate) fn clear_object(&mut self, value: &Value) {
        if let Some(list) = value.downcast::<List>() {
            drop(list.rearrange(self, std::mem::take));
        } else if let Some(dict) = value.downcast::<Dict>() {
            dict.clear(self);
            drop(dict.extra.write(self, Option::take));
        } else if let Some(set) = value.downcast::<Set>() {
            set.clear(self);
        } else if let Some(cell) = value.downcast::<SharedCell>() {
            drop(cell.content.write(self, Option::take));
        } else if let Some(instance) = value.downcast::<Instance>() {
            let empty = self.new_dict();
            instance.replace_dict(empty);
        } else if let Some(function) = value.downcast::<Function>() {
            drop(function.defaults.write(self, |own| std::mem::replace(own, Value::NONE)));
            drop(function.kwdefaults.write(self, |own| std::mem::replace(own, Value::NONE)));
            drop(function.attrs.write(self, Option::take));
        } else if let Some(generator) = value.downcast::<Generator>() {
            if generator.state.get() != crate::objects::generator::State::Running {
                generator.clear(self);
            }
        } else if let Some(exception) = value.downcast::<Exception>() {
            self.clear_exception(exception);
        } else if let Some(traceback) = value.downcast::<Traceback>() {
            drop(traceback.frame.write(self, Option::take));
        } else if let Some(frame) = value.downcast::<FrameObject>() {
            frame.clear(self);
        } else if let Some(class) = value.downcast::<Class>() {
            class.dict.clear(self);
            drop(class.mro.write(self, std::mem::take));
        } else {
            self.clear_other(value);
        }
        if attrs::existing(self, value).is_some() {
            let empty = self.new_dict();
            attrs::replace(self, value, empty);
        }
    }

    fn clear_exception(&mut self, exception: &Exception) {
        drop(exception.traceback.write(self, Option::take));
        drop(exception.context.write(self, Option::take));
        drop(exception.cause.write(self, Option::take));
        drop(exception.fields.write(self, std::mem::take));
    }

    fn clear_other(&mut self, value: &Value) {
        let Some(kind) = value.header().map(|header| header.kind()) else { return };
        let clear = TABLE.with(|table| table.iter().find(|(known, _)| *known == kind).map(|(_, clear)| *clear));
        if let Some(clear) = clear {
            clear(self, value);
        }
    }
}
