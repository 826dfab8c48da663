//! The end of a program.
//!
//! In: its status. Out: the status of the process. The one invariant: the order is CPython's: threads, `atexit`, flush,
//! no other thread any more, modules, flush.

use crate::io::print::sys_value;
use interpreter::objects::names::{Name, n};
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::{Held, held};

/// The status if what was printed could not be written.
const FLUSH_FAILED: i32 = 120;

pub fn finish(h: &mut Held, status: i32) -> i32 {
    call_if_imported(h, "threading", "_shutdown");
    call_if_imported(h, "atexit", "_run_exitfuncs");
    let flushed = flush_all(h);
    held::close(h);
    h.finalize_modules();
    crate::gil::report_at_exit(h);
    // What could not be written once is not tried, and not reported, again.
    if flushed && flush_all(h) { status } else { FLUSH_FAILED }
}

fn call_if_imported(h: &mut Held, module: &str, function: &str) {
    let name = h.intern(module);
    let Some(module) = h.modules().get_str(h, &name).filter(|module| !module.is_none()) else { return };
    let function = h.intern(function);
    if let Err(raised) = h.call_method_named(&module, &function, &[]) {
        h.unraisable(raised, "Exception ignored in", &module);
    }
}

/// Flushes `sys.stdout` and `sys.stderr`; false if stdout could not be.
fn flush_all(h: &mut Held) -> bool {
    let flushed = flush(h, n::stdout);
    let _ = flush(h, n::stderr);
    match flushed {
        Ok(()) => true,
        Err(Failed(file, raised)) => {
            h.unraisable(raised, "Exception ignored in", &file);
            false
        }
    }
}

/// Flushes stdout between the statements of a conversation.
pub fn flush_standard(h: &mut Held) -> R<()> {
    flush(h, n::stdout).map_err(|Failed(_, raised)| raised)
}

struct Failed(Value, interpreter::runtime::error::Raised);

fn flush(h: &mut Held, name: Name) -> Result<(), Failed> {
    let file = match sys_value(h, name) {
        Ok(Some(file)) if !file.is_none() => file,
        _ => return Ok(()),
    };
    let closed: R<bool> = match h.find_attr(&file, n::closed.value()) {
        Ok(Some(closed)) => h.truth(&closed),
        Ok(None) => Ok(false),
        Err(raised) => Err(raised),
    };
    if closed.unwrap_or(false) {
        return Ok(());
    }
    match h.call_method(&file, n::flush, &[]) {
        Ok(_) => Ok(()),
        Err(raised) => Err(Failed(file, raised)),
    }
}
