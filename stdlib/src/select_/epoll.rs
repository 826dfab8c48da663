//! `select.epoll`: a set of descriptors that the system keeps.
//!
//! In: descriptors with the events that are asked for. Out: those that are ready. The one invariant: `fd` is negative exactly when it is
//! closed.

use super::{Limit, time_of};
use crate::io::args;
use crate::io::raise::{blocking_for, system};
use crate::native::{made, this};
use crate::posix::descriptor;
use crate::syscall;
use crate::syscall::poll::{epoll_create, epoll_ctl, epoll_wait};
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::Word;
use interpreter::sync::lock::GIL;
use interpreter::sync::reason::Reason;
use std::io::Error;
use std::time::Duration;

/// The data of an epoll object.
pub struct Epoll {
    fd: Word<i32>,
}

interpreter::object!(Epoll, "epoll");

impl Drop for Epoll {
    fn drop(&mut self) {
        if self.fd.get() >= 0 {
            let _ = syscall::close(self.fd.get());
        }
    }
}

/// How many events a call gives if the program does not say.
const MOST: usize = libc::FD_SETSIZE - 1;

static NEW: Def = def("__new__", "sizehint=-1, flags=0", new);

static METHODS: [Def; 8] = [
    def("close", "", close),
    def("fileno", "", |h, args| {
        let fd = opened(h, args)?;
        Ok(h.new_int(fd.into()))
    }),
    def("register", "fd, eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT", |h, args| {
        control(h, args, libc::EPOLL_CTL_ADD)
    }),
    def("modify", "fd, eventmask", |h, args| control(h, args, libc::EPOLL_CTL_MOD)),
    def("unregister", "fd", |h, args| control(h, args, libc::EPOLL_CTL_DEL)),
    def("poll", "timeout=None, maxevents=-1", wait),
    def("__enter__", "", |h, args| opened(h, args).map(|_| args[0].clone())),
    def("__exit__", "exc_type=None, exc_value=None, exc_tb=None, /", close),
];

static CLASS_METHODS: [Def; 1] = [def("fromfd", "fd, /", |h, args| {
    let fd = args::int(h, &args[1])?;
    made(h, args, Epoll { fd: Word::new(fd) })
})];

static ATTRS: [Attr; 1] = [getter("closed", |_, value| Ok(Value::bool(this::<Epoll>(value).fd.get() < 0)))];

pub fn init(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<Epoll>(h, "select", "epoll").constructor(h, &NEW);
    let class = class.methods(h, &METHODS).class_methods(h, &CLASS_METHODS).attrs(h, &ATTRS).build(h);
    crate::native::enter(h, module, &class);
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let hint = args.opt(1).map_or(Ok(-1), |hint| args::int(h, hint))?;
    let flags = args.opt(2).map_or(Ok(0), |flags| args::int(h, flags))?;
    if hint != -1 && hint <= 0 {
        return Err(h.value_error("negative sizehint"));
    }
    if flags != 0 && flags != libc::EPOLL_CLOEXEC {
        return Err(h.os_error(Error::from_raw_os_error(libc::EINVAL), None));
    }
    let fd = system(h, epoll_create)?;
    made(h, args, Epoll { fd: Word::new(fd) })
}

fn opened(h: &mut Held, args: Args<'_>) -> R<i32> {
    match args.this::<Epoll>().fd.get() {
        fd if fd >= 0 => Ok(fd),
        _ => Err(h.value_error("I/O operation on closed epoll object")),
    }
}

fn close(h: &mut Held, args: Args<'_>) -> R {
    let fd = args.this::<Epoll>().fd.replace(-1);
    if fd >= 0 {
        if let Err(error) = h.detach(|| syscall::close(fd)) {
            return Err(h.os_error(error, None));
        }
    }
    Ok(Value::NONE)
}

fn control(h: &mut Held, args: Args<'_>, action: i32) -> R {
    let epoll = opened(h, args)?;
    let fd = descriptor(h, &args[1])?;
    let events = match args.opt(2) {
        Some(events) => args::offset(h, events)? as u32,
        None => (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32,
    };
    system(h, || epoll_ctl(epoll, action, fd, events))?;
    Ok(Value::NONE)
}

fn wait(h: &mut Held, args: Args<'_>) -> R {
    let epoll = opened(h, args)?;
    let limit = match args.opt_some(1).map(|time| time_of(h, time, 1e9)).transpose() {
        Ok(limit) => limit.flatten(),
        Err(raised) if raised.is(Exc::TypeError) => {
            return Err(h.type_error("timeout must be an integer or None"));
        }
        Err(raised) => return Err(raised),
    };
    if limit.is_some_and(|limit| limit / 1e6 > f64::from(i32::MAX)) {
        return Err(h.overflow_error("timeout is too large"));
    }
    let limit = limit.filter(|&limit| limit >= 0.0).map(|nanoseconds| Duration::from_nanos(nanoseconds as u64));
    let most = match args.opt(2).map_or(Ok(-1), |most| args::int(h, most))? {
        -1 => MOST,
        most if most > 0 => most as usize,
        most => return Err(h.value_error(format!("maxevents must be greater than 0, got {most}"))),
    };
    let asked = if limit == Some(Duration::ZERO) { ask(epoll, most) } else { None };
    let limit = Limit::after(limit);
    let ready = match asked {
        Some(ready) => Ok(ready),
        None => blocking_for(h, Reason::Poll, || epoll_wait(epoll, most.min(1 << 16), milliseconds(limit.left())))?,
    };
    let ready = ready.map_err(|error| h.os_error(error, None))?;
    let pairs = ready.into_iter().map(|(fd, events)| {
        let pair = [h.new_int(fd.into()), h.new_int(events.into())];
        h.tuple_of(&pair)
    });
    let pairs = pairs.collect();
    Ok(h.new_list(pairs))
}

/// Asks without waiting, and without giving up a GIL that nobody else wants: an event loop with work to do asks each round.
fn ask(epoll: i32, most: usize) -> Option<Vec<(i32, u32)>> {
    if GIL.is_wanted() { None } else { epoll_wait(epoll, most.min(1 << 16), 0).ok() }
}

/// Rounded up, so that waiting never ends early.
fn milliseconds(left: Option<Duration>) -> i32 {
    left.map_or(-1, |left| left.as_micros().div_ceil(1000).min(i32::MAX as u128) as i32)
}
