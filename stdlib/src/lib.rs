//! The modules that toy programs import.
//!
//! In: the public interface of `interpreter`. Out: native modules, one a file, and the modules written in toy, carried as
//! text. The one invariant: nothing here touches the inside of the machine.

use interpreter::runtime::import::{self, Frozen, InitFn};

mod array;
mod clib;
mod math;
mod random;
mod struct_;

include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// The native modules.
static NATIVE: &[(&str, InitFn)] = &[
    ("_random", random::init),
    ("_struct", struct_::init),
    ("array", array::init),
    ("math", math::init),
];

/// Makes all modules known to imports.
pub fn install() {
    import::add_native(NATIVE);
    import::add_frozen(FROZEN);
}
