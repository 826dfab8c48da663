//! `dump`, `dumps`, `load` and `loads` of `pickle`: builtin functions, as in CPython, in front of what is written in toy.
//!
//! In: their arguments. Out: pickles and objects. The one invariant: whatever is not written or read natively gets to the function of
//! that name written in toy, with the arguments as they were given.

use super::{load, save, scan};
use crate::io::args;
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 4] = [
    def("dump", "obj, file, protocol=None, *, fix_imports=True, buffer_callback=None", |h, args| {
        in_toy(h, DUMP, args, 2, &["protocol", "fix_imports", "buffer_callback"])
    }),
    def("dumps", "obj, protocol=None, *, fix_imports=True, buffer_callback=None", dumps),
    def("load", "file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=()", |h, args| {
        in_toy(h, LOAD, args, 1, &READING)
    }),
    def("loads", "data, /, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=()", loads),
];

const READING: [&str; 4] = ["fix_imports", "encoding", "errors", "buffers"];

/// The places of what `front` was given.
const DUMP: usize = 0;
const DUMPS: usize = 1;
const LOAD: usize = 2;
const LOADS: usize = 3;
const SAVING_TOOLS: usize = 4;
const LOADING_TOOLS: usize = 5;
const EXTENSIONS: usize = 6;

static BEHIND: Global<Vec<Value>> = Global::new(Vec::new());

/// `_pickling.front(dump, dumps, load, loads, saving tools, loading tools, extension registry)`: a module with the four functions.
pub fn front(h: &mut Held, args: Args<'_>) -> R {
    let given = (0..=EXTENSIONS).map(|i| args[i].clone()).collect();
    let old = BEHIND.write(h, |behind| std::mem::replace(behind, given));
    drop(old);
    let module = h.new_module("_pickle");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module.into_value())
}

fn behind(h: &mut Held, place: usize) -> R {
    match BEHIND.read(h, |behind| behind.get(place).cloned()) {
        Some(value) => Ok(value),
        None => Err(h.runtime_error("pickle is not imported")),
    }
}

/// Calls the function written in toy; from `first` on, arguments are passed by these names.
fn in_toy(h: &mut Held, place: usize, args: Args<'_>, first: usize, names: &[&str]) -> R {
    let function = behind(h, place)?;
    let mut all: Vec<Value> = (0..first).map(|i| args[i].clone()).collect();
    let mut given = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if let Some(value) = args.opt(first + i) {
            all.push(value.clone());
            given.push(h.intern(name));
        }
    }
    h.call_with_names(&function, &all, &given)
}

fn dumps(h: &mut Held, args: Args<'_>) -> R {
    let protocol = match args.opt_some(1) {
        None => Some(4),
        Some(protocol) => {
            protocol.as_int().and_then(|protocol| protocol.to_i64()).filter(|protocol| (4..=5).contains(protocol))
        }
    };
    if let (Some(protocol), None) = (protocol, args.opt_some(3)) {
        let extensions = behind(h, EXTENSIONS)?;
        if h.len(&extensions)? == 0 {
            let tools = behind(h, SAVING_TOOLS)?;
            let pickle = save::dumps(h, &args[0], protocol as u8, &tools)?;
            return Ok(h.new_bytes(&pickle));
        }
    }
    in_toy(h, DUMPS, args, 1, &["protocol", "fix_imports", "buffer_callback"])
}

fn loads(h: &mut Held, args: Args<'_>) -> R {
    if args[0].downcast::<Str>().is_none() {
        let data = args::bytes(h, &args[0])?;
        if scan::is_plain(&data) {
            let tools = behind(h, LOADING_TOOLS)?;
            return load::loads(h, &data, &tools);
        }
    }
    in_toy(h, LOADS, args, 1, &READING)
}
