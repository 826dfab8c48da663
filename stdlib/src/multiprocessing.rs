//! `_multiprocessing`: the semaphore that processes share, and what a child does (`child.rs`).
//!
//! In: names and counts. Out: `SemLock`, which is a lock, a lock that its owner may take again, or a counter. The one invariant:
//! waiting gives up the GIL; `count` and `owner` say what this process's threads hold, and nobody else's.

mod child;

use crate::io::args;
use crate::syscall::semaphore::{self, Semaphore};
use interpreter::builtins::add_functions;
use interpreter::objects::class::Class;
use interpreter::objects::descriptor::{Attr, getter};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Ref};
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use interpreter::sync::{Tally, Word};
use std::io::{Error, ErrorKind};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const RECURSIVE_MUTEX: i32 = 0;
const SEMAPHORE: i32 = 1;

/// How long one wait lasts at most: a signal that came just before a wait began is seen after it.
const SLICE: Duration = Duration::from_secs(1);

/// The data of a `SemLock`.
struct SemLock {
    semaphore: Arc<Semaphore>,
    kind: i32,
    max: i32,
    /// Nothing if the name is gone already.
    name: Option<String>,
    /// How often this process's threads have taken it and not given it back.
    count: Tally,
    /// The thread that took it last.
    owner: Word<u64>,
}

interpreter::object!(SemLock, "SemLock");

static CLASS: Global<Option<Ref<Class>>> = Global::new(None);

static NEW: Def = def("__new__", "kind, value, maxvalue, name, unlink", new);

static METHODS: [Def; 9] = [
    def("acquire", "block=True, timeout=None", acquire),
    def("release", "", release),
    def("__enter__", "", |h, args| take(h, args.this(), true, None)),
    def("__exit__", "exc_type=None, exc_value=None, exc_tb=None, /", release),
    def("_count", "", |h, args| Ok(h.new_int(args.this::<SemLock>().count.get()))),
    def("_is_mine", "", |h, args| Ok(Value::bool(is_mine(h, args.this())))),
    def("_get_value", "", |h, args| value_of(h, args.this()).map(|value| h.new_int(value.into()))),
    def("_is_zero", "", |h, args| value_of(h, args.this()).map(|value| Value::bool(value == 0))),
    def("_after_fork", "", |_, args| {
        args.this::<SemLock>().count.set(0);
        Ok(Value::NONE)
    }),
];

static CLASS_METHODS: [Def; 1] = [def("_rebuild", "handle, kind, maxvalue, name, /", rebuild)];

static ATTRS: [Attr; 4] = [
    getter("handle", |h, lock| read(lock, |lock| h.new_int(lock.semaphore.handle() as i64))),
    getter("kind", |h, lock| read(lock, |lock| h.new_int(lock.kind.into()))),
    getter("maxvalue", |h, lock| read(lock, |lock| h.new_int(lock.max.into()))),
    getter("name", |h, lock| read(lock, |lock| lock.name.as_ref().map_or(Value::NONE, |name| h.new_str(name)))),
];

static FUNCTIONS: [Def; 1] = [def("sem_unlink", "name, /", |h, args| {
    let name = h.str_text(&args[0])?;
    match semaphore::sem_unlink(name.as_bytes()) {
        Ok(()) => Ok(Value::NONE),
        Err(error) => Err(h.os_error(error, None)),
    }
})];

/// The module `_multiprocessing`.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let module = h.new_module("_multiprocessing");
    let spec = ClassSpec::new::<SemLock>(h, "_multiprocessing", "SemLock").constructor(h, &NEW);
    let spec = spec.methods(h, &METHODS).class_methods(h, &CLASS_METHODS).attrs(h, &ATTRS);
    let max = h.new_int(i32::MAX.into());
    let class = spec.value(h, "SEM_VALUE_MAX", max).build(h);
    CLASS.write(h, |own| *own = Some(class.clone()));
    add_functions(h, &module, &FUNCTIONS);
    add_functions(h, &module, std::slice::from_ref(&child::FORK));
    let flags = h.new_dict();
    for name in ["HAVE_SEM_OPEN", "HAVE_SEM_TIMEDWAIT", "HAVE_FD_TRANSFER"] {
        let (name, one) = (h.intern(name), h.new_int(1));
        flags.set_str(h, &name, one);
    }
    for (name, value) in [("SemLock", class.into_value()), ("flags", flags.into_value())] {
        let name = h.intern(name);
        module.dict.set_str(h, &name, value);
    }
    Ok(module)
}

fn read(lock: &Value, look: impl FnOnce(&SemLock) -> Value) -> R {
    Ok(lock.downcast::<SemLock>().map_or(Value::NONE, |lock| look(lock)))
}

fn new(h: &mut Held, args: Args<'_>) -> R {
    let (kind, value) = (args::int(h, &args[1])?, args::int(h, &args[2])?);
    let (max, name) = (args::int(h, &args[3])?, h.str_text(&args[4])?);
    let unlink = h.truth(&args[5])?;
    if kind != RECURSIVE_MUTEX && kind != SEMAPHORE {
        return Err(h.value_error("unrecognized kind"));
    }
    let made = Semaphore::create(name.as_bytes(), value as u32).and_then(|made| {
        if unlink {
            semaphore::sem_unlink(name.as_bytes())?;
        }
        Ok(made)
    });
    match made {
        Ok(made) => make(h, &args[0], made, kind, max, (!unlink).then_some(name)),
        Err(error) => Err(h.os_error(error, None)),
    }
}

fn rebuild(h: &mut Held, args: Args<'_>) -> R {
    let (kind, max) = (args::int(h, &args[2])?, args::int(h, &args[3])?);
    if args[4].is_none() {
        return Err(h.value_error("a SemLock without a name can only be inherited"));
    }
    let name = h.str_text(&args[4])?;
    match Semaphore::open(name.as_bytes()) {
        Ok(opened) => make(h, &args[0], opened, kind, max, Some(name)),
        Err(error) => Err(h.os_error(error, None)),
    }
}

fn make(h: &mut Held, class: &Value, semaphore: Semaphore, kind: i32, max: i32, name: Option<String>) -> R {
    let own = CLASS.read(h, Clone::clone);
    let class = class.downcast::<Class>().map(|class| class.to_ref()).or(own);
    let Some(class) = class else { return Ok(Value::NONE) };
    let semaphore = Arc::new(semaphore);
    let data = SemLock { semaphore, kind, max, name, count: Tally::new(0), owner: Word::new(0) };
    Ok(h.new_object(&class, data).into_value())
}

fn is_mine(h: &Held, lock: &SemLock) -> bool {
    lock.count.get() > 0 && lock.owner.get() == h.thread().serial
}

fn value_of(h: &mut Held, lock: &SemLock) -> R<i32> {
    lock.semaphore.value().map_err(|error| h.os_error(error, None))
}

fn acquire(h: &mut Held, args: Args<'_>) -> R {
    let block = args.opt(1).map_or(Ok(true), |block| h.truth(block))?;
    let timeout = match args.opt(2).filter(|timeout| !timeout.is_none()) {
        Some(timeout) => Some(h.to_f64(timeout)?.max(0.0)),
        None => None,
    };
    take(h, args.this(), block, timeout)
}

fn take(h: &mut Held, lock: &Obj<SemLock>, block: bool, timeout: Option<f64>) -> R {
    if lock.kind == RECURSIVE_MUTEX && is_mine(h, lock) {
        lock.count.add(1);
        return Ok(Value::TRUE);
    }
    let taken = match lock.semaphore.try_wait() {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::WouldBlock => block && wait(h, &lock.semaphore, timeout)?,
        Err(error) => return Err(h.os_error(error, None)),
    };
    if taken {
        lock.count.add(1);
        lock.owner.set(h.thread().serial);
    }
    Ok(Value::bool(taken))
}

/// Waits without the GIL; false if the time was over first.
fn wait(h: &mut Held, semaphore: &Arc<Semaphore>, timeout: Option<f64>) -> R<bool> {
    // A time that is too long to be told from for ever is for ever.
    let deadline = timeout.and_then(|timeout| now().checked_add(Duration::try_from_secs_f64(timeout).ok()?));
    let semaphore = semaphore.clone();
    loop {
        let until = now() + SLICE;
        let until = deadline.map_or(until, |deadline| deadline.min(until));
        match h.detach_for(Reason::Lock, || semaphore.wait_until(until)) {
            Ok(()) => return Ok(true),
            Err(error) => may_go_on(h, error)?,
        }
        if deadline.is_some_and(|deadline| deadline <= now()) {
            return Ok(false);
        }
    }
}

/// After a wait without success.
fn may_go_on(h: &mut Held, error: Error) -> Result<(), Raised> {
    match error.kind() {
        ErrorKind::Interrupted | ErrorKind::TimedOut => h.check_signals(),
        _ => Err(h.os_error(error, None)),
    }
}

/// The calendar clock, which the system's semaphores know.
fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn release(h: &mut Held, args: Args<'_>) -> R {
    let lock = args.this::<SemLock>();
    if lock.kind == RECURSIVE_MUTEX {
        if !is_mine(h, lock) {
            let message = "attempt to release recursive lock not owned by thread";
            return Err(h.error(Exc::AssertionError, message));
        }
        if lock.count.get() > 1 {
            lock.count.add(-1);
            return Ok(Value::NONE);
        }
    } else if value_of(h, lock)? >= lock.max {
        return Err(h.value_error("semaphore or lock released too many times"));
    }
    lock.count.add(-1);
    match lock.semaphore.post() {
        Ok(()) => Ok(Value::NONE),
        Err(error) => {
            lock.count.add(1);
            Err(h.os_error(error, None))
        }
    }
}
