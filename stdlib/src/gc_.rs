//! `gc`: the cycle collector as programs see it.
//!
//! In: wishes. Out: collections, and who refers to whom. The one invariant: there is one generation; the numbers of the others are
//! kept for show.

use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::gc;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("gc");
    add_functions(h, &m, &FUNCTIONS);
    for name in ["callbacks", "garbage"] {
        let (name, empty) = (h.intern(name), h.new_list(Vec::new()));
        m.dict.set_str(h, &name, empty);
    }
    let flags = [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ];
    for (name, flag) in flags {
        let (name, flag) = (h.intern(name), h.new_int(flag));
        m.dict.set_str(h, &name, flag);
    }
    Ok(m)
}

static FUNCTIONS: [Def; 18] = [
    def("collect", "generation=2", collect),
    def("enable", "", |_, _| {
        gc::set_enabled(true);
        Ok(Value::NONE)
    }),
    def("disable", "", |_, _| {
        gc::set_enabled(false);
        Ok(Value::NONE)
    }),
    def("isenabled", "", |_, _| Ok(Value::bool(gc::is_enabled()))),
    def("get_threshold", "", |h, _| Ok(triple(h, [0, 1, 2].map(|i| THRESHOLDS[i].load(Ordering::Relaxed))))),
    def("set_threshold", "threshold0, threshold1=10, threshold2=10, /", set_threshold),
    def("get_count", "", |h, _| {
        let count = h.traced_count() as i64;
        Ok(triple(h, [count, 0, 0]))
    }),
    def("get_stats", "", get_stats),
    def("get_objects", "generation=None", |h, args| {
        if let Some(generation) = args.opt_some(0) {
            check_generation(h, generation)?;
        }
        let all = h.traced_objects();
        Ok(h.new_list(all))
    }),
    def("get_referrers", "*objs", |h, args| {
        let mut found = h.referrers(args.rest(0));
        found.retain(|object| !object.is(&args[0]));
        Ok(h.new_list(found))
    }),
    def("get_referents", "*objs", |h, args| {
        let found = args.rest(0).iter().flat_map(|object| h.referents(object)).collect();
        Ok(h.new_list(found))
    }),
    def("is_tracked", "obj, /", |h, args| Ok(Value::bool(h.is_tracked(&args[0])))),
    def("is_finalized", "obj, /", |h, args| Ok(Value::bool(h.is_finalized(&args[0])))),
    def("freeze", "", |h, _| {
        FROZEN.store(h.traced_count(), Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("unfreeze", "", |_, _| {
        FROZEN.store(0, Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("get_freeze_count", "", |h, _| Ok(h.new_uint(FROZEN.load(Ordering::Relaxed)))),
    def("set_debug", "flags, /", |h, args| {
        let flags = h.to_isize(&args[0])?;
        DEBUG.store(flags as i64, Ordering::Relaxed);
        Ok(Value::NONE)
    }),
    def("get_debug", "", |h, _| Ok(h.new_int(DEBUG.load(Ordering::Relaxed)))),
];

static THRESHOLDS: [AtomicI64; 3] = [AtomicI64::new(700), AtomicI64::new(10), AtomicI64::new(10)];
/// How many objects were alive when `freeze` was called: the collector walks them all the same.
static FROZEN: AtomicU64 = AtomicU64::new(0);
static DEBUG: AtomicI64 = AtomicI64::new(0);

fn triple(h: &Held, numbers: [i64; 3]) -> Value {
    h.tuple_of(&numbers.map(|number| h.new_int(number)))
}

fn check_generation(h: &mut Held, generation: &Value) -> R<()> {
    let number = h.to_isize(generation)?;
    match number {
        0..=2 => Ok(()),
        _ => Err(h.value_error("invalid generation")),
    }
}

/// A collection between the calls of `gc.callbacks`.
fn collect(h: &mut Held, args: Args<'_>) -> R {
    let two = h.new_int(2);
    let generation = args.opt(0).unwrap_or(&two);
    check_generation(h, generation)?;
    call_back(h, "start", generation, 0);
    let found = gc::collect(h);
    call_back(h, "stop", generation, found);
    Ok(h.new_int(found as i64))
}

fn call_back(h: &mut Held, phase: &str, generation: &Value, found: usize) {
    let (module, name) = (h.intern("gc"), h.intern("callbacks"));
    let module = h.modules().get_str(h, &module);
    let callbacks = module.and_then(|module| module.downcast::<Module>()?.dict.get_str(h, &name));
    let callbacks = callbacks.as_ref().and_then(|all| all.downcast::<List>()).map(|all| all.snapshot(h));
    for callback in callbacks.unwrap_or_default() {
        let info = h.new_dict();
        let values = [("generation", generation.clone()), ("collected", h.new_int(found as i64))];
        for (name, value) in values.into_iter().chain([("uncollectable", h.new_int(0))]) {
            let name = h.intern(name);
            info.set_str(h, &name, value);
        }
        let phase = h.new_str(phase);
        if let Err(raised) = h.call(&callback, &[phase, info.into_value()]) {
            h.unraisable(raised, "Exception ignored in", &callback);
        }
    }
}

/// No objects between two collections at all means that none is to start by itself.
fn set_threshold(h: &mut Held, args: Args<'_>) -> R {
    for (i, threshold) in THRESHOLDS.iter().enumerate() {
        if let Some(given) = args.opt(i) {
            threshold.store(h.to_isize(given)? as i64, Ordering::Relaxed);
        }
    }
    Ok(Value::NONE)
}

fn get_stats(h: &mut Held, _: Args<'_>) -> R {
    let (collections, collected) = gc::statistics();
    let all = [(0, 0), (0, 0), (collections, collected)].map(|(collections, collected)| {
        let one = h.new_dict();
        for (name, number) in [("collections", collections), ("collected", collected), ("uncollectable", 0)] {
            let (name, number) = (h.intern(name), h.new_uint(number));
            one.set_str(h, &name, number);
        }
        one.into_value()
    });
    Ok(h.new_list(all.to_vec()))
}
