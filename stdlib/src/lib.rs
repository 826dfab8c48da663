//! The modules that toy programs import.
//!
//! In: the public interface of `interpreter`. Out: native modules, one a file, and the modules written in toy, carried as
//! text. The one invariant: nothing here touches the inside of the machine.

mod array;
mod bisect;
pub mod cli;
mod clib;
mod collections;
mod functools;
mod heapq;
pub mod io;
mod itertools;
mod math;
mod native;
mod operator;
mod random;
mod struct_;
mod sys_;
mod syscall;
mod thread_;
mod time;
mod types_;

use interpreter::builtins::add_functions;
use interpreter::runtime::error::R;
use interpreter::runtime::import::{self, Frozen, InitFn};
use interpreter::sync::Held;


include!(concat!(env!("OUT_DIR"), "/frozen.rs"));

/// The native modules.
static NATIVE: &[(&str, InitFn)] = &[
    ("_bisect", bisect::init),
    ("_collections", collections::init),
    ("_functools", functools::init),
    ("_heapq", heapq::init),
    ("_io", io::init),
    ("_operator", operator::init_native),
    ("_random", random::init),
    ("_struct", struct_::init),
    ("array", array::init),
    ("_thread", thread_::init),
    ("_types", types_::init),
    ("itertools", itertools::init),
    ("math", math::init),
    ("operator", operator::init),
    ("sys", sys_::init),
    ("time", time::init),
];

/// Makes all modules known to imports.
pub fn install() {
    import::add_native(NATIVE);
    import::add_frozen(FROZEN);
}

/// Makes what every program finds at its start: the standard files, and `open`, `print` and `input` among the builtins.
pub fn prepare(h: &mut Held, wishes: io::standard::Wishes) -> R<()> {
    io::standard::install(h, wishes)?;
    let module = h.import_module("builtins")?;
    if let Some(builtins) = module.downcast::<interpreter::objects::module::Module>() {
        add_functions(h, builtins, &io::print::FUNCTIONS);
        let io = h.import_module("_io")?;
        let open = h.intern("open");
        let function = h.get_attr(&io, &open)?;
        builtins.dict.set_str(h, &open, function);
    }
    h.note_start();
    Ok(())
}
