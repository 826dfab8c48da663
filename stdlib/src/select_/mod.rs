//! The module `select`: waiting until one of many descriptors is ready.
//!
//! In: descriptors, or objects that have one, and a time. Out: those that are ready. The one invariant: waiting gives up the GIL; a
//! signal's handler runs meanwhile, and then the rest of the time is waited (PEP 475).

mod epoll;
mod poll;

use crate::io::raise::blocking_for;
use crate::posix::descriptor;
use crate::syscall::poll::{FdSet, select};
use interpreter::builtins::add_functions;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::header::Ref;
use interpreter::objects::list::List;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::time::{Duration, Instant};

static FUNCTIONS: [Def; 1] = [def("select", "rlist, wlist, xlist, timeout=None, /", wait)];

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64),)*] };
}

const NUMBERS: &[(&str, i64)] = numbers! {
    POLLIN POLLPRI POLLOUT POLLERR POLLHUP POLLNVAL POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLRDHUP
    EPOLLIN EPOLLPRI EPOLLOUT EPOLLERR EPOLLHUP EPOLLRDHUP EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND EPOLLMSG
    EPOLLONESHOT EPOLLEXCLUSIVE EPOLL_CLOEXEC PIPE_BUF
};

pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("select");
    add_functions(h, &module, &FUNCTIONS);
    poll::init(h, &module);
    epoll::init(h, &module);
    let edge = ("EPOLLET", i64::from(libc::EPOLLET as u32));
    let message = ("POLLMSG", 1024);
    for &(name, number) in NUMBERS.iter().chain([&edge, &message]) {
        let (name, number) = (h.intern(name), h.new_int(number));
        module.dict.set_str(h, &name, number);
    }
    let error = h.intern("error");
    module.dict.set_str(h, &error, Exc::OSError.class().value().clone());
    Ok(module)
}

/// Until when to wait.
#[derive(Clone, Copy)]
pub struct Limit(Option<Instant>);

impl Limit {
    /// No limit for `None`, and for times beyond all clocks.
    pub fn after(time: Option<Duration>) -> Limit {
        Limit(time.and_then(|time| Instant::now().checked_add(time)))
    }

    pub fn left(self) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(Instant::now()))
    }
}

/// A time in units of so many nanoseconds, rounded away from zero; `None` for no limit, negative ones as the caller says.
pub fn time_of(h: &mut Held, value: &Value, unit: f64) -> R<Option<f64>> {
    if value.is_none() {
        return Ok(None);
    }
    if value.as_float().is_none() && value.as_int().is_none() && h.special(value, index_name()).is_none() {
        return Err(h.type_error("timeout must be a real number or None"));
    }
    let seconds = h.to_f64(value)?;
    if seconds.is_nan() {
        return Err(h.value_error("Invalid value NaN (not a number)"));
    }
    let nanoseconds = seconds * unit;
    if nanoseconds.abs() >= i64::MAX as f64 {
        return Err(h.overflow_error("timestamp too large to convert to C _PyTime_t"));
    }
    Ok(Some(if nanoseconds < 0.0 { nanoseconds.floor() } else { nanoseconds.ceil() }))
}

fn index_name() -> interpreter::objects::names::Name {
    interpreter::objects::names::n::__index__
}

/// Descriptors of a list, each with its object.
type Watched = Vec<(i32, Value)>;

fn wait(h: &mut Held, args: Args<'_>) -> R {
    let limit = match args.opt_some(3).map(|time| time_of(h, time, 1e9)).transpose() {
        Ok(limit) => limit.flatten(),
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error("timeout must be a float or None")),
        Err(raised) => return Err(raised),
    };
    if limit.is_some_and(|limit| limit < 0.0) {
        return Err(h.value_error("timeout must be non-negative"));
    }
    let limit = Limit::after(limit.map(|nanoseconds| Duration::from_nanos(nanoseconds as u64)));
    let mut sets = [FdSet::new(); 3];
    let mut watched: [Watched; 3] = Default::default();
    for (i, set) in sets.iter_mut().enumerate() {
        watched[i] = watch(h, &args[i], set)?;
    }
    let above = watched.iter().flatten().map(|(fd, _)| fd + 1).max().unwrap_or(0);
    let asked = sets;
    let mut ready = asked;
    let done = blocking_for(h, Reason::Poll, || {
        ready = asked;
        select(above, &mut ready, limit.left())
    })?;
    if let Err(error) = done {
        return Err(h.os_error(error, None));
    }
    let lists = watched.into_iter().zip(&ready).map(|(watched, set)| {
        let ready = watched.into_iter().filter(|(fd, _)| set.contains(*fd)).map(|(_, object)| object);
        h.new_list(ready.collect())
    });
    let lists = lists.collect();
    Ok(h.new_tuple(lists))
}

fn watch(h: &mut Held, list: &Value, set: &mut FdSet) -> R<Watched> {
    let all = match h.collect(list) {
        Ok(objects) => h.new_list(objects),
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error("arguments 1-3 must be sequences")),
        Err(raised) => return Err(raised),
    };
    // A list is looked at as it is when its items' `fileno` have run.
    let all = if list.downcast::<List>().is_some() { list } else { &all };
    let mut watched = Vec::new();
    while watched.len() < h.len(all)? {
        let place = h.new_int(watched.len() as i64);
        let object = h.get_item(all, &place)?;
        let fd = descriptor(h, &object)?;
        if fd >= FdSet::SIZE {
            return Err(h.value_error("filedescriptor out of range in select()"));
        }
        set.add(fd);
        watched.push((fd, object));
    }
    Ok(watched)
}
