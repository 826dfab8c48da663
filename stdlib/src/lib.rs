//! The modules that toy programs import.
//!
//! In: the public interface of `interpreter`. Out: native modules, one a file, and the modules written in toy, carried as
//! text. The one invariant: nothing here touches the inside of the machine.

mod bisect_;
mod collections_;
mod functools_;
mod heapq_;
mod operator;
mod array;
pub mod cli;
pub mod atexit_;
mod clib;
mod gc_;
pub mod io;
mod itertools;
mod math;
mod native;
mod random;
mod struct_;
mod sys_;
mod syscall;
mod thread_;
mod time;
mod types_;
mod unicodedata;
mod weakref_;

use interpreter::runtime::import::{self, Frozen, InitFn};
use interpreter::sync::Held;


include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// The native modules.
static NATIVE: &[(&str, InitFn)] = &[
    ("_io", io::init),
    ("_random", random::init),
    ("_struct", struct_::init),
    ("array", array::init),
    ("_thread", thread_::init),
    ("_types", types_::init),
    ("_weakref", weakref_::init),
    ("atexit", atexit_::init),
    ("gc", gc_::init),
    ("itertools", itertools::init),
    ("math", math::init),
    ("sys", sys_::init),
    ("time", time::init),
    ("unicodedata", unicodedata::init),
    ("_bisect", bisect_::init),
    ("_collections", collections_::init),
    ("_functools", functools_::init),
    ("_heapq", heapq_::init),
    ("_operator", operator::init),
    ("operator", operator::init_operator),
];

/// Makes all modules known to imports.
pub fn install() {
    import::add_native(NATIVE);
    import::add_frozen(FROZEN);
}
