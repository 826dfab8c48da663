//! `_thread.RLock`: a lock that its owner may take again.
//!
//! In: threads that want it. Out: one that has it, and how often. The one invariant: `count` is above zero exactly while `plain`
//! is locked and `owner` is the thread that has it.

use super::limit::limit;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::function::Args;
use interpreter::objects::header::Obj;
use interpreter::objects::make_class::ClassSpec;
use interpreter::objects::tuple::Tuple;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::plain_lock::{Limit, PlainLock};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::sync::Arc;

/// The data of a reentrant lock.
#[derive(Default)]
struct RLock {
    state: ObjCell<State>,
}

#[derive(Default, Clone)]
struct State {
    plain: Arc<PlainLock>,
    owner: u64,
    count: u64,
}

interpreter::owns_no_values!(State);

interpreter::object!(RLock, "_thread.RLock");

static NEW: Def = def("__new__", "*args, **kwargs", |h, args| match args[0].downcast::<Class>() {
    Some(class) => Ok(h.new_object(class, RLock::default()).into_value()),
    None => Ok(Value::NONE),
});

static METHODS: [Def; 10] = [
    def("acquire", "blocking=True, timeout=-1", acquire),
    def("release", "", |h, args| release(h, args.this())),
    def("__enter__", "blocking=True, timeout=-1", acquire),
    def("__exit__", "*args", |h, args| release(h, args.this())),
    def("_is_owned", "", |h, args| Ok(Value::bool(own_count(h, args.this()) > 0))),
    def("_recursion_count", "", |h, args| Ok(h.new_uint(own_count(h, args.this())))),
    def("_release_save", "", release_save),
    def("_acquire_restore", "state, /", acquire_restore),
    def("__repr__", "", repr),
    def("_at_fork_reinit", "", |h, args| {
        drop(args.this::<RLock>().state.write(h, std::mem::take));
        Ok(Value::NONE)
    }),
];

/// Makes the class.
pub fn class(h: &mut Held) -> Value {
    let spec = ClassSpec::new::<RLock>(h, "_thread", "RLock").flags(class_flag::WEAKREFS);
    spec.constructor(h, &NEW).methods(h, &METHODS).build(h).into_value()
}

fn me(h: &Held) -> u64 {
    h.thread().ident
}

/// How often the calling thread has it.
fn own_count(h: &Held, lock: &Obj<RLock>) -> u64 {
    let me = me(h);
    lock.state.read(h, |state| if state.owner == me { state.count } else { 0 })
}

fn acquire(h: &mut Held, args: Args<'_>) -> R {
    let lock = args.this::<RLock>();
    let limit = limit(h, args.opt(1), args.opt(2))?;
    if own_count(h, lock) > 0 {
        let counted = lock.state.write(h, |state| state.count.checked_add(1).map(|count| state.count = count));
        return match counted {
            Some(()) => Ok(Value::TRUE),
            None => Err(h.overflow_error("Internal lock count overflowed")),
        };
    }
    take(h, lock, limit, 1).map(Value::bool)
}

fn take(h: &mut Held, lock: &Obj<RLock>, limit: Limit, count: u64) -> R<bool> {
    let plain = lock.state.read(h, |state| state.plain.clone());
    let acquired = h.acquire_lock(&plain, limit)?;
    if acquired {
        let owner = me(h);
        lock.state.write(h, |state| (state.owner, state.count) = (owner, count));
    }
    Ok(acquired)
}

fn release(h: &mut Held, lock: &Obj<RLock>) -> R {
    let me = me(h);
    let released = lock.state.write(h, |state| {
        let owned = state.owner == me && state.count > 0;
        match state.count {
            1 if owned => drop(give_up(state)),
            _ if owned => state.count -= 1,
            _ => (),
        }
        owned
    });
    if released { Ok(Value::NONE) } else { Err(not_owned(h)) }
}

#[cold]
fn not_owned(h: &Held) -> Raised {
    h.runtime_error("cannot release un-acquired lock")
}

/// Releases it altogether; how often it was held, and by whom.
fn give_up(state: &mut State) -> (u64, u64) {
    let held = (state.count, state.owner);
    (state.owner, state.count) = (0, 0);
    state.plain.release();
    held
}

/// For `Condition.wait`.
fn release_save(h: &mut Held, args: Args<'_>) -> R {
    let lock = args.this::<RLock>();
    let given_up = lock.state.write(h, |state| (state.count > 0).then(|| give_up(state)));
    let (count, owner) = given_up.ok_or_else(|| not_owned(h))?;
    let saved = vec![h.new_uint(count), h.new_uint(owner)];
    Ok(h.new_tuple(saved))
}

fn acquire_restore(h: &mut Held, args: Args<'_>) -> R {
    let (count, owner) = saved_state(h, &args[1])?;
    let lock = args.this::<RLock>();
    take(h, lock, Limit::Never, count)?;
    lock.state.write(h, |state| state.owner = owner);
    Ok(Value::NONE)
}

fn saved_state(h: &mut Held, saved: &Value) -> R<(u64, u64)> {
    let Some(pair) = saved.downcast::<Tuple>().filter(|pair| pair.items().len() == 2) else {
        let got = match saved.downcast::<Tuple>() {
            Some(tuple) => tuple.items().len().to_string(),
            None => saved.class_name(),
        };
        return Err(h.type_error(format!("_acquire_restore() argument 1 must be 2-item sequence, not {got}")));
    };
    let items = pair.items().to_vec();
    Ok((h.to_isize(&items[0])? as u64, unsigned(h, &items[1])?))
}

/// An ident, which may be above the range of signed numbers.
fn unsigned(h: &mut Held, ident: &Value) -> R<u64> {
    let ident = h.index(ident)?;
    let fits = ident.as_int().and_then(|ident| u64::try_from(&*ident.big()).ok());
    fits.ok_or_else(|| h.overflow_error("Python int too large to convert to C unsigned long"))
}

fn repr(h: &mut Held, args: Args<'_>) -> R {
    let (owner, count) = args.this::<RLock>().state.read(h, |state| (state.owner, state.count));
    let state = if count > 0 { "locked" } else { "unlocked" };
    let title = args[0].class_name();
    Ok(h.new_str(&format!("<{state} {title} object owner={owner} count={count} at {:#x}>", args[0].bits())))
}
