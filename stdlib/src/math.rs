//! `math`: functions of reals and of integers.
//!
//! In: numbers. Out: floats and ints. The one invariant: a result that is no number of finite arguments is a ValueError
//! ("math domain error"), one that is too large an OverflowError ("math range error").

mod fsum;
mod gamma;
mod integer;
mod norm;
mod real;

use interpreter::builtins::add_functions;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("math");
    add_functions(h, &module, &real::FUNCTIONS);
    add_functions(h, &module, &integer::FUNCTIONS);
    add_functions(h, &module, &norm::FUNCTIONS);
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, x) in constants {
        let name = h.intern(name);
        let x = h.new_float(x);
        module.dict.set_str(h, &name, x);
    }
    Ok(module)
}

#[cold]
fn domain_error(h: &Held) -> Raised {
    h.value_error("math domain error")
}

#[cold]
fn range_error(h: &Held) -> Raised {
    h.overflow_error("math range error")
}
