//! What `threading` does in the child of a fork.
//!
//! In: its function for that, the collections of its threads, the main one. Out: the function is called in children whose parent
//! had more than one thread. The one invariant: in all others it would change nothing but the main thread's native id, which is
//! set here: a child's first use of code and objects copies the pages that they are on.

use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use std::sync::atomic::Ordering;

/// The four of `register`, or nothing.
static THREADS: Global<Vec<Value>> = Global::new(Vec::new());

/// `_thread._after_forks(function, dangling, limbo, main)`.
pub fn register(h: &mut Held, args: Args<'_>) -> R {
    let given = [0, 1, 2, 3].map(|i| args[i].clone()).into();
    let old = THREADS.write(h, |threads| std::mem::replace(threads, given));
    drop(old);
    Ok(Value::NONE)
}

/// In the child; `was_main`: the main thread forked.
pub fn in_child(h: &mut Held, was_main: bool) {
    let threads = THREADS.read(h, Clone::clone);
    let [function, dangling, limbo, main] = threads.as_slice() else { return };
    let done = match was_main && is_alone(h, dangling, limbo) {
        true => {
            let (name, id) = (h.intern("_native_id"), h.thread().native_id.load(Ordering::Relaxed));
            let id = h.new_uint(id);
            h.set_attr(main, &name, id).map(drop)
        }
        false => h.call(function, &[]).map(drop),
    };
    if let Err(raised) = done {
        h.unraisable(raised, "Exception ignored in", function);
    }
}

fn is_alone(h: &mut Held, dangling: &Value, limbo: &Value) -> bool {
    matches!(h.len(dangling), Ok(1)) && matches!(h.len(limbo), Ok(0))
}
