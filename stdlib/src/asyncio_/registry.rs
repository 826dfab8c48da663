//! All tasks that are alive, and the one that each loop is in the middle of.
//!
//! In: tasks as they are made, entered and left. Out: a list, and the dict that `asyncio.tasks` shows. The one invariant:
//! the registry keeps no task alive; dead entries are swept out when there are as many as living ones.

use interpreter::objects::core;
use interpreter::objects::dict::Dict;
use interpreter::objects::global::Global;
use interpreter::objects::header::{Ref, Trace, Visitor};
use interpreter::objects::module::Module;
use interpreter::objects::value::Value;
use interpreter::objects::weakref::WeakRef;
use interpreter::runtime::error::R;
use interpreter::sync::Held;

/// Weak references, and the length at which they are swept.
struct Tasks {
    references: Vec<Ref<WeakRef>>,
    limit: usize,
}

impl Trace for Tasks {
    /// Weak references are published when they are made.
    fn trace(&self, _visit: &mut Visitor<'_>) {}
}

const LEAST_LIMIT: usize = 64;

static TASKS: Global<Tasks> = Global::new(Tasks { references: Vec::new(), limit: LEAST_LIMIT });

/// `_current_tasks`: by loop.
static CURRENT: Global<Option<Ref<Dict>>> = Global::new(None);

pub(super) fn add(h: &mut Held, m: &Module) {
    let current = h.new_dict();
    let name = h.intern("_current_tasks");
    m.dict.set_str(h, &name, current.value().clone());
    CURRENT.write(h, |place| *place = Some(current));
}

pub(super) fn register(h: &mut Held, task: &Value) {
    let Some(reference) = h.new_weakref(&core().weakref, task, None) else { return };
    let full = TASKS.write(h, |tasks| {
        tasks.references.push(reference);
        tasks.references.len() >= tasks.limit
    });
    if full {
        sweep(h);
    }
}

#[cold]
fn sweep(h: &mut Held) {
    let dead = TASKS.write(h, |tasks| {
        let (living, dead): (Vec<_>, Vec<_>) =
            std::mem::take(&mut tasks.references).into_iter().partition(|known| known.upgrade().is_some());
        tasks.limit = LEAST_LIMIT.max(living.len() * 2);
        tasks.references = living;
        dead
    });
    drop(dead);
}

/// The tasks that are alive.
pub(super) fn tasks(h: &mut Held) -> Vec<Value> {
    TASKS.read(h, |tasks| tasks.references.iter().filter_map(|known| known.upgrade()).collect())
}

/// A loop resumes a task.
pub(super) fn enter(h: &mut Held, event_loop: &Value, task: &Value) -> R<()> {
    let Some(current) = CURRENT.read(h, Clone::clone) else { return Ok(()) };
    match current.set(h, event_loop.clone(), task.clone())? {
        None => Ok(()),
        Some(other) => {
            let (task, running) = (h.repr_text(task)?, h.repr_text(&other)?);
            drop(current.set(h, event_loop.clone(), other)?);
            let message = format!("Cannot enter into task {task} while another task {running} is being executed.");
            Err(h.runtime_error(message))
        }
    }
}

/// A loop has resumed a task.
pub(super) fn leave(h: &mut Held, event_loop: &Value, task: &Value) -> R<()> {
    let Some(current) = CURRENT.read(h, Clone::clone) else { return Ok(()) };
    let found = current.remove(h, event_loop)?.map(|(_, found)| found);
    if found.as_ref().is_some_and(|found| found.is(task)) {
        return Ok(());
    }
    let found = found.unwrap_or(Value::NONE);
    let (task, running) = (h.repr_text(task)?, h.repr_text(&found)?);
    if !found.is_none() {
        drop(current.set(h, event_loop.clone(), found)?);
    }
    Err(h.runtime_error(format!("Leaving task {task} does not match the current task {running}.")))
}
