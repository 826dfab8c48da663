//! What files raise, and blocking calls that signals may interrupt.
//!
//! In: errors of the system. Out: exceptions with CPython's classes and words. The one invariant: a call that a signal
//! interrupted is made again after the handlers ran, unless one of them raised.

use super::UNSUPPORTED;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::io::{Error, ErrorKind};

/// Makes a system call without the GIL, again and again while signals interrupt it.
pub fn blocking<T: Send>(h: &mut Held, call: impl FnMut() -> Result<T, Error> + Send) -> R<Result<T, Error>> {
    blocking_for(h, Reason::Call, call)
}

/// As `blocking`, and the ledger says what for.
pub fn blocking_for<T: Send>(
    h: &mut Held,
    why: Reason,
    mut call: impl FnMut() -> Result<T, Error> + Send,
) -> R<Result<T, Error>> {
    loop {
        match h.detach_for(why, &mut call) {
            Err(error) if error.kind() == ErrorKind::Interrupted => h.check_signals()?,
            other => return Ok(other),
        }
    }
}

/// As `blocking`, with the system's error raised.
pub fn system<T: Send>(h: &mut Held, call: impl FnMut() -> Result<T, Error> + Send) -> R<T> {
    blocking(h, call)?.map_err(|error| h.os_error(error, None))
}

/// As `system`, and the ledger says what for.
pub fn system_for<T: Send>(h: &mut Held, why: Reason, call: impl FnMut() -> Result<T, Error> + Send) -> R<T> {
    blocking_for(h, why, call)?.map_err(|error| h.os_error(error, None))
}

/// `io.UnsupportedOperation(message)`.
#[cold]
pub fn unsupported(h: &mut Held, message: &str) -> Raised {
    let message = h.new_str(message);
    let made = match super::known(h, &UNSUPPORTED) {
        Some(class) => h.call(class.value(), &[message]),
        None => return h.value_error("I/O operation is not supported"),
    };
    match made {
        Ok(exception) => Raised::new(exception),
        Err(raised) => raised,
    }
}

#[cold]
pub fn closed(h: &Held) -> Raised {
    h.value_error("I/O operation on closed file.")
}

#[cold]
pub fn uninitialized(h: &Held) -> Raised {
    h.value_error("I/O operation on uninitialized object")
}

#[cold]
pub fn detached(h: &Held, what: &str) -> Raised {
    h.value_error(format!("{what} has been detached"))
}
