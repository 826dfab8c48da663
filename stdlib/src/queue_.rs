//! `_queue`: an unbounded queue that many threads put into and get from.
//!
//! In: items. Out: the same, once each, first in, first out. The one invariant: `taken` tells whether some getter has
//! taken `available`; then the queue was empty, and the next `put` releases it.

use crate::native::SUBSCRIPTED;
use crate::thread_::limit;
use interpreter::objects::class::{Class, class_flag};
use interpreter::objects::core;
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Obj, Object, Ref, Trace, Visitor};
use interpreter::objects::make_class::{ClassSpec, NewClass};
use interpreter::objects::module::Module;
use interpreter::objects::names::n;
use interpreter::objects::value::Value;
use interpreter::runtime::clear::register_clear;
use interpreter::runtime::error::{R, Raised};
use interpreter::runtime::plain_lock::{Limit, PlainLock};
use interpreter::runtime::signature::{Def, def};
use interpreter::sync::{Held, ObjCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// The data of a `SimpleQueue`.
#[derive(Default)]
struct SimpleQueue {
    state: ObjCell<State>,
    /// What getters wait for.
    available: Arc<PlainLock>,
}

#[derive(Default)]
struct State {
    items: VecDeque<Value>,
    taken: bool,
}

interpreter::object!(SimpleQueue, "_queue.SimpleQueue", traced[state]);

impl Trace for State {
    fn trace(&self, visit: &mut Visitor<'_>) {
        self.items.trace(visit);
    }
}

/// `_queue.Empty`.
static EMPTY: Global<Option<Ref<Class>>> = Global::new(None);

static NEW: Def = def("__new__", "", |h, args| match args[0].downcast::<Class>() {
    Some(class) => Ok(h.new_object(class, SimpleQueue::default()).into_value()),
    None => Ok(Value::NONE),
});

static METHODS: [Def; 6] = [
    def("put", "item, block=True, timeout=None", put),
    def("put_nowait", "item", put),
    def("get", "block=True, timeout=None", get),
    def("get_nowait", "", |h, args| take(h, args.this(), Limit::Now)),
    def("empty", "", |h, args| Ok(Value::bool(count(h, args) == 0))),
    def("qsize", "", |h, args| Ok(h.new_int(count(h, args) as i64))),
];

/// Makes the module.
pub fn init(h: &mut Held) -> R<Ref<Module>> {
    let m = h.new_module("_queue");
    let empty = make_empty(h)?;
    EMPTY.write(h, |place| *place = Some(empty.clone()));
    for (name, class) in [("Empty", empty), ("SimpleQueue", make_class(h))] {
        let name = h.intern(name);
        m.dict.set_str(h, &name, class.into_value());
    }
    Ok(m)
}

fn make_class(h: &mut Held) -> Ref<Class> {
    register_clear(<SimpleQueue as Object>::kind(), |h, value| {
        if let Some(queue) = value.downcast::<SimpleQueue>() {
            drop(queue.state.write(h, |state| std::mem::take(&mut state.items)));
        }
    });
    let spec = ClassSpec::new::<SimpleQueue>(h, "_queue", "SimpleQueue").flags(class_flag::WEAKREFS);
    spec.constructor(h, &NEW).methods(h, &METHODS).class_methods(h, &SUBSCRIPTED).build(h)
}

fn make_empty(h: &mut Held) -> R<Ref<Class>> {
    let namespace = h.new_dict();
    let module = h.intern("_queue");
    namespace.set_str(h, n::__module__.value(), module);
    let doc = h.new_str("Exception raised by Queue.get(block=0)/get_nowait().");
    namespace.set_str(h, n::__doc__.value(), doc);
    let bases = vec![Exc::Exception.class().clone()];
    let name = h.intern("Empty");
    h.make_class(NewClass { meta: core().type_.clone(), name, bases, namespace })
}

fn count(h: &Held, args: Args<'_>) -> usize {
    args.this::<SimpleQueue>().state.read(h, |state| state.items.len())
}

fn put(h: &mut Held, args: Args<'_>) -> R {
    let queue = args.this::<SimpleQueue>();
    let item = args[1].clone();
    queue.state.admit(&item);
    let taken = queue.state.arrange(h, |state| {
        state.items.push_back(item);
        std::mem::take(&mut state.taken)
    });
    if taken {
        queue.available.release();
    }
    Ok(Value::NONE)
}

fn get(h: &mut Held, args: Args<'_>) -> R {
    let block = args.opt(1).map_or(Ok(true), |block| h.truth(block))?;
    let limit = match (block, args.opt_some(2)) {
        (false, _) => Limit::Now,
        (true, None) => Limit::Never,
        (true, Some(timeout)) => match limit::of_seconds(h, timeout)? {
            Some(limit) => limit,
            None => return Err(h.value_error("'timeout' must be a non-negative number")),
        },
    };
    take(h, args.this(), limit)
}

/// Takes the first item. While there is none, the getter holds `available`, so that others queue for it.
fn take(h: &mut Held, queue: &Obj<SimpleQueue>, limit: Limit) -> R {
    let begin = Instant::now();
    loop {
        let (item, taken) = queue.state.arrange(h, |state| {
            let item = state.items.pop_front();
            let taken = item.is_some() && std::mem::take(&mut state.taken);
            (item, taken)
        });
        if taken {
            queue.available.release();
        }
        if let Some(item) = item {
            return Ok(item);
        }
        let left = match limit {
            Limit::After(time) => Limit::After(time.saturating_sub(begin.elapsed())),
            other => other,
        };
        if !h.acquire_lock(&queue.available, left)? {
            return Err(empty(h));
        }
        queue.state.write(h, |state| state.taken = true);
    }
}

#[cold]
fn empty(h: &mut Held) -> Raised {
    let nothing = h.new_tuple(Vec::new());
    match EMPTY.read(h, Clone::clone) {
        Some(class) => Raised::new(h.new_exception(&class, nothing).into_value()),
        None => h.error_with(Exc::Exception, nothing),
    }
}
