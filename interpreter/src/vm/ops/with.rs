//! `with`: entering and leaving context managers.
//!
//! In: a manager. Out: its bound exit function and what entering gave. The one invariant: `__enter__` is called only when
//! `__exit__` was found, as in CPython.

use super::{abc, keep, operand, put};
use crate::objects::exception::Exception;
use crate::objects::names::{Name, n};
use crate::objects::value::Value;
use crate::runtime::error::{R, Raised};
use crate::sync::Held;
use crate::vm::regs::Regs;

/// BEFORE_WITH.
pub(crate) fn before(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    enter(h, r, w, locals, n::__enter__, n::__exit__, "context manager")
}

/// BEFORE_ASYNC_WITH.
pub(crate) fn before_async(h: &mut Held, r: Regs, w: u32, locals: usize) -> R<()> {
    enter(h, r, w, locals, n::__aenter__, n::__aexit__, "asynchronous context manager")
}

fn enter(h: &mut Held, r: Regs, w: u32, locals: usize, enter: Name, exit: Name, protocol: &str) -> R<()> {
    let (a, b, _) = abc(w);
    let manager = operand(h, r, b, locals)?;
    let Some(enter) = h.special(&manager, enter) else { return Err(unsupported(h, &manager, protocol, None)) };
    let Some(exit_method) = h.special(&manager, exit) else {
        return Err(unsupported(h, &manager, protocol, Some(exit.text())));
    };
    let class = manager.class().to_value();
    let bound = h.descriptor_get(&exit_method, Some(&manager), &class)?;
    let entered = h.call_unbound(&enter, &manager, &[])?;
    drop(manager);
    put(h, r, a, bound);
    put(h, r, a + 1, entered);
    h.run_pending()
}

#[cold]
fn unsupported(h: &Held, manager: &Value, protocol: &str, missed: Option<&str>) -> Raised {
    let name = manager.class_name();
    let detail = missed.map(|missed| format!(" (missed {missed} method)")).unwrap_or_default();
    h.type_error(format!("'{name}' object does not support the {protocol} protocol{detail}"))
}

/// WITH_EXCEPT: asks the exit function whether it swallows the exception.
pub(crate) fn except(h: &mut Held, r: Regs, w: u32) -> R<()> {
    let (a, b, c) = abc(w);
    let exit = keep(h, r, b)?.clone();
    let exception = keep(h, r, c)?.clone();
    let traceback = exception.downcast::<Exception>().and_then(|exception| exception.traceback.read(h, Clone::clone));
    let class = exception.class().to_value();
    let result = h.call(&exit, &[class, exception, traceback.unwrap_or(Value::NONE)])?;
    put(h, r, a, result);
    h.run_pending()
}
