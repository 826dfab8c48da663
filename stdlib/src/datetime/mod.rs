//! `datetime`: dates, times, spans of time and time zones.
//!
//! In: numbers, text, timestamps. Out: objects of `date`, `time`, `datetime`, `timedelta` and `timezone`. The one invariant: these objects never
//! change, so that threads share them without a lock; what they remember of themselves (a hash) stands in a word of its own.

mod arguments;
mod ask;
mod calendar;
mod clock;
mod date;
mod date_class;
mod delta;
mod delta_operators;
mod iso;
mod iso_week;
mod local;
mod moment_class;
mod moment_operators;
mod moment_zone;
mod pickles;
mod replace;
mod span;
mod strftime;
mod text;
mod time_class;
mod timestamps;
mod zone;

use crate::native::enter;
use interpreter::objects::class::Class;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Object, Ref, Trace, Visitor};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// What the module has made: once, however often it is imported.
struct Made {
    date: Ref<Class>,
    datetime: Ref<Class>,
    time: Ref<Class>,
    timedelta: Ref<Class>,
    tzinfo: Ref<Class>,
    timezone: Ref<Class>,
    iso_week: Ref<Class>,
    /// `timezone.utc`.
    utc: Value,
}

impl Trace for Made {
    fn trace(&self, visit: &mut Visitor<'_>) {
        let classes = [&self.date, &self.datetime, &self.time, &self.timedelta, &self.tzinfo, &self.timezone];
        classes.into_iter().chain([&self.iso_week]).for_each(|class| class.trace(visit));
        visit(&self.utc);
    }
}

static MADE: Global<Option<Made>> = Global::new(None);

/// Something that the module has made.
fn made(h: &Held, which: impl FnOnce(&Made) -> &Value) -> Value {
    MADE.read(h, |made| made.as_ref().map_or(Value::NONE, |made| which(made).clone()))
}

/// Whether a value is one of the things that the module has made.
fn is_made(h: &Held, value: &Value, which: impl FnOnce(&Made) -> &Value) -> bool {
    MADE.read(h, |made| made.as_ref().is_some_and(|made| which(made).is(value)))
}

/// A new object of one of the module's classes.
#[inline]
fn object<T: Object>(h: &Held, which: impl FnOnce(&Made) -> &Ref<Class>, data: T) -> Value {
    MADE.read(h, |made| match made {
        Some(made) => h.new_object(which(made), data).into_value(),
        None => Value::NONE,
    })
}

/// One of the module's classes.
fn object_class(h: &Held, which: impl FnOnce(&Made) -> &Ref<Class>) -> Option<Ref<Class>> {
    MADE.read(h, |made| made.as_ref().map(|made| which(made).clone()))
}

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    if MADE.read(h, Option::is_none) {
        make(h);
    }
    let m = h.new_module("datetime");
    fill(h, &m);
    Ok(m)
}

/// The classes first, then what stands in them that is of these classes.
fn make(h: &mut Held) {
    let date = date_class::make(h);
    let datetime = moment_class::make(h, &date);
    let time = time_class::make(h);
    let timedelta = delta::make(h);
    let tzinfo = zone::make_tzinfo(h);
    let timezone = zone::make(h, &tzinfo);
    let iso_week = iso_week::make(h);
    let all = Made { date, datetime, time, timedelta, tzinfo, timezone, iso_week, utc: Value::NONE };
    let old = MADE.write(h, |made| made.replace(all));
    drop(old);
    let utc = zone::make_limits(h);
    let old = MADE.write(h, |made| made.as_mut().map(|made| std::mem::replace(&mut made.utc, utc)));
    drop(old);
    delta::add_limits(h);
    date_class::add_limits(h);
    time_class::add_limits(h);
    moment_class::add_limits(h);
}

fn fill(h: &mut Held, m: &Ref<Module>) {
    let classes = MADE.read(h, |made| match made {
        Some(made) => [&made.date, &made.datetime, &made.time, &made.timedelta, &made.timezone, &made.tzinfo]
            .map(|class| Some(class.clone())),
        None => Default::default(),
    });
    for class in classes.iter().flatten() {
        enter(h, m, class);
    }
    let all = classes.iter().flatten().map(|class| class.name_text());
    let names: Vec<Value> =
        all.chain(["MINYEAR", "MAXYEAR", "UTC"].map(String::from)).map(|name| h.intern(&name)).collect();
    let utc = made(h, |made| &made.utc);
    let values = [
        ("MINYEAR", h.new_int(calendar::MIN_YEAR.into())),
        ("MAXYEAR", h.new_int(calendar::MAX_YEAR.into())),
        ("UTC", utc),
        ("__all__", h.new_tuple(names)),
    ];
    for (name, value) in values {
        let name = h.intern(name);
        m.dict.set_str(h, &name, value);
    }
}

/// Enters `min`, `max` and `resolution` into a class.
fn set_limits(h: &mut Held, class: impl FnOnce(&Made) -> &Ref<Class>, limits: [Value; 3]) {
    let Some(class) = object_class(h, class) else { return };
    let named = ["min", "max", "resolution"].into_iter().zip(limits);
    named.fold(ClassSpec::of(&class), |spec, (name, value)| spec.value(h, name, value)).build(h);
}
