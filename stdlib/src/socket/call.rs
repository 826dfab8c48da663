//! Calls on a socket that may wait.
//!
//! In: a socket and a system call. Out: its result, or OSError, or TimeoutError. The one invariant: waiting gives up the GIL; after a
//! signal the handlers run, and then the rest of the time is waited (PEP 475).

use super::class::Socket;
use super::error::timed_out;
use crate::select_::Limit;
use crate::syscall::poll::{Poll, poll};
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::io::{Error, ErrorKind, Result};
use std::time::Duration;

/// What a call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    Reading,
    Writing,
    /// As writing; an error of the descriptor ends it too.
    Connecting,
}

/// How long a socket may wait for one call.
#[derive(Clone, Copy)]
pub struct Patience {
    waits: bool,
    limit: Limit,
}

impl Patience {
    pub fn of(socket: &Socket) -> Patience {
        let timeout = socket.timeout.get();
        let limit = (timeout > 0).then(|| Duration::from_nanos(timeout as u64));
        Patience { waits: timeout > 0, limit: Limit::after(limit) }
    }
}

/// Makes a call, perhaps waiting for the descriptor before.
pub fn call<T: Send>(
    h: &mut Held,
    socket: &Socket,
    what: For,
    patience: Patience,
    mut call: impl FnMut(i32) -> Result<T> + Send,
) -> R<T> {
    let fd = socket.fd.get();
    // A datagram socket counts as ready for writing although the receiver has no room: then only the clock ends it.
    let mut again = false;
    loop {
        if patience.waits {
            if again && patience.limit.left() == Some(Duration::ZERO) {
                return Err(timed_out(h));
            }
            wait(h, fd, what, patience)?;
            again = true;
        }
        match h.detach_for(Reason::Network, || call(fd)) {
            Ok(result) => return Ok(result),
            Err(error) if error.kind() == ErrorKind::Interrupted => h.check_signals()?,
            Err(error) if error.kind() == ErrorKind::WouldBlock && patience.waits => {}
            Err(error) => return Err(h.os_error(error, None)),
        }
    }
}

/// Waits until the descriptor is ready; TimeoutError if it takes too long.
pub fn wait(h: &mut Held, fd: i32, what: For, patience: Patience) -> R<()> {
    let events = match what {
        For::Reading => libc::POLLIN,
        For::Writing => libc::POLLOUT,
        For::Connecting => libc::POLLOUT | libc::POLLERR,
    };
    // The system would wait for a closed descriptor; the call itself says what is wrong.
    if fd < 0 {
        return Ok(());
    }
    loop {
        match h.detach_for(Reason::Poll, || poll(&mut [Poll::new(fd, events)], patience.limit.left())) {
            Ok(0) => return Err(timed_out(h)),
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => h.check_signals()?,
            Err(error) => return Err(h.os_error(error, None)),
        }
    }
}

/// Connects; the system's error is given back, not raised.
pub fn connect(h: &mut Held, socket: &Socket, to: &crate::syscall::sockets::Address) -> R<Result<()>> {
    let fd = socket.fd.get();
    let patience = Patience::of(socket);
    let error = match h.detach_for(Reason::Network, || crate::syscall::sockets::connect(fd, to)) {
        Ok(()) => return Ok(Ok(())),
        Err(error) => error,
    };
    let goes_on = match error.raw_os_error() {
        Some(libc::EINTR) => {
            h.check_signals()?;
            socket.timeout.get() != 0
        }
        Some(libc::EINPROGRESS) => patience.waits,
        _ => false,
    };
    if !goes_on {
        return Ok(Err(error));
    }
    wait(h, fd, For::Connecting, patience)?;
    match crate::syscall::sockets::get_number(fd, libc::SOL_SOCKET, libc::SO_ERROR) {
        Ok(0 | libc::EISCONN) => Ok(Ok(())),
        Ok(errno) => Ok(Err(Error::from_raw_os_error(errno))),
        Err(error) => Ok(Err(error)),
    }
}
