//! `sys`: limits and switches of the machine.
//!
//! In: numbers. Out: what bounds recursion, conversions of ints, and coroutines' origins. The one invariant: a limit that
//! is refused leaves the old one.

use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, held};

pub(super) fn init(h: &mut Held, m: &Module) {
    add_functions(h, m, &FUNCTIONS);
}

static FUNCTIONS: [Def; 8] = [
    def("getrecursionlimit", "", |h, _| Ok(h.new_int(held::recursion_limit() as i64))),
    def("setrecursionlimit", "limit, /", setrecursionlimit),
    def("get_int_max_str_digits", "", |h, _| Ok(h.new_int(max_digits() as i64))),
    def("set_int_max_str_digits", "maxdigits", set_int_max_str_digits),
    def("get_asyncgen_hooks", "", get_asyncgen_hooks),
    def("set_asyncgen_hooks", "firstiter=None, finalizer=None", set_asyncgen_hooks),
    def("get_coroutine_origin_tracking_depth", "", |h, _| Ok(h.new_int(h.origin_depth as i64))),
    def("set_coroutine_origin_tracking_depth", "depth", set_origin_depth),
];

fn setrecursionlimit(h: &mut Held, args: Args<'_>) -> R {
    let limit = h.to_isize(&args[0])?;
    let Ok(limit) = i32::try_from(limit) else {
        let size = if limit < 0 { "less than minimum" } else { "greater than maximum" };
        return Err(h.overflow_error(format!("signed integer is {size}")));
    };
    if limit < 1 {
        return Err(h.value_error("recursion limit must be greater or equal than 1"));
    }
    let depth = h.frame_count();
    if depth >= limit as usize {
        return Err(h.error(
            Exc::RecursionError,
            format!("cannot set the recursion limit to {limit} at the recursion depth {depth}: the limit is too low"),
        ));
    }
    held::set_recursion_limit(limit as u32);
    Ok(Value::NONE)
}

fn max_digits() -> usize {
    interpreter::objects::int::max_str_digits()
}

fn set_int_max_str_digits(h: &mut Held, args: Args<'_>) -> R {
    let digits = h.to_isize(&args[0])?;
    if digits != 0 && digits < 640 {
        return Err(h.value_error("maxdigits must be 0 or larger than 640"));
    }
    interpreter::objects::int::set_max_str_digits(digits as usize);
    Ok(Value::NONE)
}

fn get_asyncgen_hooks(h: &mut Held, _: Args<'_>) -> R {
    let class = h.new_struct_class("builtins", "asyncgen_hooks", &["firstiter", "finalizer"], 2);
    let [first, finalizer] = h.asyncgen_hooks.clone().map(|hook| hook.unwrap_or(Value::NONE));
    Ok(h.new_struct(&class, &[first, finalizer]))
}

fn set_asyncgen_hooks(h: &mut Held, args: Args<'_>) -> R {
    for (i, name) in ["firstiter", "finalizer"].into_iter().enumerate() {
        if let Some(hook) = args.opt_some(i)
            && !h.is_callable(hook)
        {
            let got = hook.class_name();
            return Err(h.type_error(format!("callable {name} expected, got {got}")));
        }
    }
    for i in 0..2 {
        if let Some(hook) = args.opt(i) {
            let hook = Some(hook.clone()).filter(|hook| !hook.is_none());
            drop(std::mem::replace(&mut h.asyncgen_hooks[i], hook));
        }
    }
    Ok(Value::NONE)
}

fn set_origin_depth(h: &mut Held, args: Args<'_>) -> R {
    let depth = h.to_isize(&args[0])?;
    if depth < 0 {
        return Err(h.value_error("depth must be >= 0"));
    }
    h.origin_depth = depth as usize;
    Ok(Value::NONE)
}
