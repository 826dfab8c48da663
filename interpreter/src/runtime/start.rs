//! Starting and ending the machine.
//!
//! In: the program's wish. Out: an exit status. The one invariant: everything that toy code can reach is made in `boot`, in
//! one fixed order, before any toy code runs.

use crate::objects::core;
use crate::objects::header::Ref;
use crate::objects::module::Module;
use crate::runtime::{import, signals, thread};
use crate::sync::{Held, held};
use crate::{builtins, types};

/// Native stack of the main thread. The system provides what is touched.
const MAIN_STACK: usize = 256 << 20;
/// Registers of the main thread's value stack.
const MAIN_REGISTERS: usize = 64 << 20;

/// Runs `body` as the main thread of a machine that has just started.
pub fn run(body: impl FnOnce(&mut Held) -> i32 + Send + 'static) -> i32 {
    let main = std::thread::Builder::new().stack_size(MAIN_STACK).spawn(move || {
        signals::init();
        held::attach(MAIN_STACK, MAIN_REGISTERS, |h| {
            boot(h);
            h.thread().set_name("MainThread".to_owned());
            let status = thread::registered(h, body);
            held::close(h);
            status
        })
    });
    signals::block_all();
    match main.map(|main| main.join()) {
        Ok(Ok(Ok(status))) => status,
        Ok(Ok(Err(error))) | Err(error) => {
            eprintln!("Fatal error: the machine cannot start: {error}");
            1
        }
        Ok(Err(_)) => 1,
    }
}

/// Makes the builtin classes, their methods and the module `builtins`.
fn boot(h: &mut Held) {
    core::boot(h);
    types::init(h);
    let module: Ref<Module> = builtins::make(h);
    import::init(h, module.dict.clone());
    let name = h.intern("builtins");
    h.modules().set_str(h, &name, module.into_value());
}
