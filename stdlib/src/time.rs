//! `time`: clocks, the calendar, sleeping.
//!
//! In: seconds since 1970, broken-down times, formats. Out: the same in another form. The one invariant: nothing blocks while
//! the GIL is held.

pub(crate) mod calendar;
mod clocks;
mod format;
mod sleep;

pub(crate) use calendar::{of_fields, to_c_int};
pub(crate) use sleep::to_nanoseconds;

use crate::clib;
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

/// `time.struct_time`.
static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

const FIELDS: [&str; 11] = [
    "tm_year",
    "tm_mon",
    "tm_mday",
    "tm_hour",
    "tm_min",
    "tm_sec",
    "tm_wday",
    "tm_yday",
    "tm_isdst",
    "tm_zone",
    "tm_gmtoff",
];
/// How many of them are items.
const VISIBLE: usize = 9;

static FUNCTIONS: [Def; 1] = [def("tzset", "", set_zone)];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("time");
    let class = h.new_struct_class("time", "struct_time", &FIELDS, VISIBLE);
    CLASS.write(h, |own| *own = Some(class.clone()));
    add_functions(h, &module, &FUNCTIONS);
    add_functions(h, &module, &calendar::FUNCTIONS);
    add_functions(h, &module, &clocks::FUNCTIONS);
    add_functions(h, &module, &format::FUNCTIONS);
    add_functions(h, &module, &sleep::FUNCTIONS);
    set(h, &module, "struct_time", class.into_value());
    for (name, id) in clocks::IDS {
        let id = h.new_int(i64::from(id));
        set(h, &module, name, id);
    }
    let count = h.new_int(FIELDS.len() as i64);
    set(h, &module, "_STRUCT_TM_ITEMS", count);
    enter_zone(h, &module);
    Ok(module)
}

fn set(h: &mut Held, module: &Module, name: &str, value: Value) {
    let name = h.intern(name);
    module.dict.set_str(h, &name, value);
}

fn set_zone(h: &mut Held, _: Args<'_>) -> R {
    let module = h.import_module("time")?;
    if let Some(module) = module.downcast::<Module>() {
        enter_zone(h, module);
    }
    Ok(Value::NONE)
}

/// The local zone in January and July of this year, of which the one further west is the standard time.
fn enter_zone(h: &mut Held, module: &Obj<Module>) {
    const YEAR: i64 = (365 * 24 + 6) * 3600;
    clib::read_zone();
    let start = clib::clock(libc::CLOCK_REALTIME).unwrap_or(0) / 1_000_000_000 / YEAR * YEAR;
    let at = |seconds| clib::local(seconds).unwrap_or_default();
    let (january, july) = (at(start), at(start + YEAR / 2));
    let (standard, other) = if january.offset <= july.offset { (january, july) } else { (july, january) };
    let names = [&standard, &other].map(|zone| h.new_str(&zone.zone));
    let names = h.new_tuple(names.to_vec());
    set(h, module, "tzname", names);
    let daylight = i64::from(standard.offset != other.offset);
    for (name, number) in [("timezone", -standard.offset), ("altzone", -other.offset), ("daylight", daylight)] {
        let number = h.new_int(number);
        set(h, module, name, number);
    }
}
