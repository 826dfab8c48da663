//! `_posixshmem`: shared memory that has a name.
//!
//! In: names. Out: descriptors, or OSError with the name. The one invariant: a descriptor made here is not inherited by programs that
//! the process becomes or starts.

use crate::io::args;
use crate::syscall::semaphore::{shm_open, shm_unlink};
use interpreter::builtins::add_functions;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::module::Module;
use interpreter::objects::str::Str;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;

static FUNCTIONS: [Def; 2] = [
    def("shm_open", "path, flags, mode=511", |h, args| {
        let (name, flags) = (name(h, args, "shm_open")?, args::int(h, &args[1])?);
        let mode = args.opt(2).map_or(Ok(0o777), |mode| args::int(h, mode))?;
        match shm_open(name.as_bytes(), flags, mode as u32) {
            Ok(fd) => Ok(h.new_int(fd.into())),
            Err(error) => Err(h.os_error(error, Some(&args[0]))),
        }
    }),
    def("shm_unlink", "path", |h, args| {
        let name = name(h, args, "shm_unlink")?;
        match shm_unlink(name.as_bytes()) {
            Ok(()) => Ok(Value::NONE),
            Err(error) => Err(h.os_error(error, Some(&args[0]))),
        }
    }),
];

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_posixshmem");
    add_functions(h, &module, &FUNCTIONS);
    Ok(module)
}

fn name(h: &mut Held, args: Args<'_>, function: &str) -> R<String> {
    if args[0].downcast::<Str>().is_none() {
        let got = args[0].given_name();
        return Err(h.type_error(format!("{function}() argument 'path' must be str, not {got}")));
    }
    let name = h.str_text(&args[0])?;
    if name.contains('\0') {
        return Err(h.value_error("embedded null character"));
    }
    Ok(name)
}
