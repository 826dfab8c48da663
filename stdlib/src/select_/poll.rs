//! `select.poll()`: a set of descriptors, waited for with `poll`.
//!
//! In: descriptors with the events that are asked for. Out: those that are ready, in the order in which they were registered. The one
//! invariant: one thread at a time waits with one object.

use super::{Limit, time_of};
use crate::io::args;
use crate::io::raise::blocking_for;
use crate::posix::descriptor;
use crate::syscall::poll::{Poll, poll};
use interpreter::builtins::add_functions;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Word;
use interpreter::sync::reason::Reason;
use interpreter::sync::{Held, ObjCell};
use std::io::Error;
use std::time::Duration;

/// The data of a polling object.
pub struct PollObject {
    registered: ObjCell<Vec<Poll>>,
    running: Word<bool>,
}

interpreter::object!(PollObject, "poll");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static FUNCTIONS: [Def; 1] = [def("poll", "", |h, _| {
    let Some(class) = CLASS.read(h, Clone::clone) else { return Err(h.runtime_error("select is not made")) };
    let data = PollObject { registered: ObjCell::new(Vec::new()), running: Word::new(false) };
    Ok(h.new_object(&class, data).into_value())
})];

static METHODS: [Def; 4] = [
    def("register", "fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /", register),
    def("modify", "fd, eventmask, /", modify),
    def("unregister", "fd, /", unregister),
    def("poll", "timeout=None, /", wait),
];

pub fn init(h: &mut Held, module: &Module) {
    let class = ClassSpec::new::<PollObject>(h, "select", "poll").flags(class_flag::NO_NEW);
    let class = class.methods(h, &METHODS).build(h);
    CLASS.write(h, |own| *own = Some(class));
    add_functions(h, module, &FUNCTIONS);
}

/// An event mask: a C unsigned short.
fn events_of(h: &mut Held, value: Option<&Value>) -> R<i16> {
    let Some(value) = value else { return Ok(libc::POLLIN | libc::POLLPRI | libc::POLLOUT) };
    let mask = args::offset(h, value)?;
    match u16::try_from(mask) {
        Ok(mask) => Ok(mask as i16),
        Err(_) if mask < 0 => Err(h.value_error("value must be positive")),
        Err(_) => Err(h.overflow_error("Python int too large for C unsigned short")),
    }
}

fn place(all: &[Poll], fd: i32) -> Option<usize> {
    all.iter().position(|one| one.fd() == fd)
}

fn register(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<PollObject> = args.this();
    let fd = descriptor(h, &args[1])?;
    let entry = Poll::new(fd, events_of(h, args.opt(2))?);
    this.registered.write(h, |all| match place(all, fd) {
        Some(i) => all[i] = entry,
        None => all.push(entry),
    });
    Ok(Value::NONE)
}

fn modify(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<PollObject> = args.this();
    let fd = descriptor(h, &args[1])?;
    let entry = Poll::new(fd, events_of(h, args.opt(2))?);
    match this.registered.write(h, |all| place(all, fd).map(|i| all[i] = entry)) {
        Some(()) => Ok(Value::NONE),
        None => Err(h.os_error(Error::from_raw_os_error(libc::ENOENT), None)),
    }
}

fn unregister(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<PollObject> = args.this();
    let fd = descriptor(h, &args[1])?;
    match this.registered.write(h, |all| place(all, fd).map(|i| all.remove(i))) {
        Some(_) => Ok(Value::NONE),
        None => {
            let fd = h.new_int(fd.into());
            Err(h.key_error(&fd))
        }
    }
}

fn wait(h: &mut Held, args: Args<'_>) -> R {
    let this: &Obj<PollObject> = args.this();
    let limit = match args.opt_some(1).map(|time| time_of(h, time, 1e6)).transpose() {
        Ok(limit) => limit.flatten(),
        Err(raised) if raised.is(Exc::TypeError) => return Err(h.type_error("timeout must be an integer or None")),
        Err(raised) => return Err(raised),
    };
    if limit.is_some_and(|limit| limit / 1e6 > f64::from(i32::MAX)) {
        return Err(h.overflow_error("timeout is too large"));
    }
    let limit = limit.filter(|&limit| limit >= 0.0).map(|nanoseconds| Duration::from_nanos(nanoseconds as u64));
    if this.running.replace(true) {
        return Err(h.runtime_error("concurrent poll() invocation"));
    }
    let (mut all, limit) = (this.registered.read(h, Clone::clone), Limit::after(limit));
    let done = blocking_for(h, Reason::Poll, || poll(&mut all, limit.left()));
    this.running.set(false);
    if let Err(error) = done? {
        return Err(h.os_error(error, None));
    }
    let ready = all.iter().filter(|one| one.ready() != 0).map(|one| {
        let pair = [h.new_int(one.fd().into()), h.new_int((one.ready() as u16).into())];
        h.tuple_of(&pair)
    });
    let ready = ready.collect();
    Ok(h.new_list(ready))
}
