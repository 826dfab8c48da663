//! `_pickling`: pickles, at the speed that processes talk to each other with.
//!
//! In: objects; pickles of protocols 3 to 5. Out: bytes of protocols 4 and 5; the objects. The one invariant: what is not
//! known here is refused before anything has happened (`None`), and the modules written in toy do it.
//!
//! - `front`: the functions of `pickle`; `buffer`: `PickleBuffer`
//! - `save`: objects to bytes; `scan`: whether a pickle can be loaded here; `load`: bytes to objects

mod buffer;
mod front;
mod load;
mod opcode;
mod save;
mod scan;

use crate::io::args;
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 3] = [
    def("dumps", "obj, protocol, tools, /", dumps),
    def("loads", "data, tools, /", loads),
    def("front", "dump, dumps, load, loads, saving_tools, loading_tools, extensions, /", front::front),
];

/// The module `_pickling`.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_pickling");
    add_functions(h, &module, &FUNCTIONS);
    let (name, class) = (h.intern("PickleBuffer"), buffer::class(h).into_value());
    module.dict.set_str(h, &name, class);
    Ok(module)
}

/// The pickle of an object, or None for other protocols. `tools` are `save::Tools`.
fn dumps(h: &mut Held, args: Args<'_>) -> R {
    let protocol = args::int(h, &args[1])?;
    if !(4..=5).contains(&protocol) {
        return Ok(Value::NONE);
    }
    let pickle = save::dumps(h, &args[0], protocol as u8, &args[2])?;
    Ok(h.new_bytes(&pickle))
}

/// A tuple with the object of a pickle, or None. `tools` are `load::Tools`.
fn loads(h: &mut Held, args: Args<'_>) -> R {
    let data = args::bytes(h, &args[0])?;
    if !scan::is_plain(&data) {
        return Ok(Value::NONE);
    }
    let object = load::loads(h, &data, &args[1])?;
    Ok(h.new_tuple(vec![object]))
}
