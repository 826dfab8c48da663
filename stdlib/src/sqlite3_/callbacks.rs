//! What SQLite asks of the program while a statement runs.
//!
//! In: numbers that stand for the program's objects. Out: their answers. The one invariant: a number means one object for ever; it means
//! nothing when its connection is gone.

use super::{Connection, Shared, cell_of};
use crate::syscall::sqlite::{Ask, Cell, answering};
use interpreter::objects::exception::Exc;
use interpreter::objects::function::Args;
use interpreter::objects::global::Global;
use interpreter::objects::value::Value;
use interpreter::runtime::error::{R, Raised};
use interpreter::sync::Held;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The program's objects by number.
static KNOWN: Global<Option<HashMap<u64, Value>>> = Global::new(None);
/// The instances of aggregates by number and group.
static GROUPS: Global<Option<HashMap<(u64, usize), Value>>> = Global::new(None);
static NEXT: AtomicU64 = AtomicU64::new(1);
/// Whether exceptions of callbacks are shown.
static TRACEBACKS: AtomicBool = AtomicBool::new(false);

pub(super) fn show_tracebacks(h: &mut Held, args: Args<'_>) -> R {
    let show = h.truth(&args[0])?;
    TRACEBACKS.store(show, Ordering::Relaxed);
    Ok(Value::NONE)
}

/// Gives an object a number, unless it is None.
pub(super) fn keep(h: &mut Held, args: Args<'_>, function: &Value) -> Option<u64> {
    if function.is_none() {
        return None;
    }
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let function = function.clone();
    KNOWN.write(h, |known| known.get_or_insert_default().insert(id, function));
    let this = args.this::<Connection>();
    this.ids.write(h, |ids| ids.push(id));
    if let Some(shared) = this.db.read(h, Clone::clone) {
        shared.calls_back.store(true, Ordering::Relaxed);
    }
    Some(id)
}

/// Forgets the objects of a connection.
pub(super) fn forget(h: &mut Held, connection: &Connection) {
    let ids = connection.ids.write(h, std::mem::take);
    for id in ids {
        let object = KNOWN.write(h, |known| known.as_mut().and_then(|known| known.remove(&id)));
        drop(object);
    }
}

/// Runs a call with the GIL held, while this thread answers what SQLite asks.
pub(super) fn with_program<T>(h: &mut Held, shared: &Shared, work: impl FnOnce() -> T) -> T {
    let db = shared.db.clone();
    let inside = h.detach(move || db.enter());
    let result = answering(h, answer, work);
    drop(inside);
    result
}

fn answer(h: &mut Held, id: u64, ask: Ask, args: Vec<Cell>) -> Result<Cell, String> {
    let Some(object) = KNOWN.read(h, |known| known.as_ref().and_then(|known| known.get(&id).cloned())) else {
        return Err("the function is gone".to_owned());
    };
    let mut values = Vec::with_capacity(args.len());
    for cell in args {
        values.push(value_of(h, cell));
    }
    match ask {
        Ask::Function => {
            let result = call(h, &object, &values);
            result_of(h, result, "user-defined function raised exception")
        }
        Ask::Step(group) | Ask::Inverse(group) => {
            let instance = instance(h, id, group, &object)?;
            let name = if matches!(ask, Ask::Step(_)) { "step" } else { "inverse" };
            call_named(h, &instance, name, &values).map(|_| Cell::Null)
        }
        Ask::Value(group) => {
            let instance = instance(h, id, group, &object)?;
            finish(h, &instance, "value")
        }
        Ask::Finish(group) => {
            let known = GROUPS.write(h, |groups| groups.as_mut().and_then(|groups| groups.remove(&(id, group))));
            // Without a row there is no instance, and the result is NULL.
            let Some(instance) = known else { return Ok(Cell::Null) };
            finish(h, &instance, "finalize")
        }
        Ask::Compare => {
            let order = call(h, &object, &values).and_then(|order| h.index(&order));
            let sign = order.ok().and_then(|order| order.as_int().map(|order| order.to_i64().unwrap_or(0)));
            Ok(Cell::Int(sign.unwrap_or(0)))
        }
        Ask::Progress => {
            let stop = call(h, &object, &[]).and_then(|result| h.truth(&result));
            Ok(Cell::Int(stop.unwrap_or_else(|raised| shown(h, raised)).into()))
        }
        Ask::Trace => {
            if let Err(raised) = call(h, &object, &values) {
                shown(h, raised);
            }
            Ok(Cell::Null)
        }
        Ask::Authorize => {
            let verdict = call(h, &object, &values);
            match verdict {
                Ok(verdict) => verdict.as_int().and_then(|verdict| verdict.to_i64()).map(Cell::Int).ok_or_default(),
                Err(raised) => {
                    shown(h, raised);
                    Err(String::new())
                }
            }
        }
    }
}

/// An answer that is missing is an error without words.
trait OrDefault {
    fn ok_or_default(self) -> Result<Cell, String>;
}

impl OrDefault for Option<Cell> {
    fn ok_or_default(self) -> Result<Cell, String> {
        self.ok_or_else(String::new)
    }
}

fn call(h: &mut Held, function: &Value, args: &[Value]) -> R {
    h.call(function, args)
}

fn value_of(h: &mut Held, cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::NONE,
        Cell::Int(number) => h.new_int(number),
        Cell::Float(number) => h.new_float(number),
        Cell::Text(text) => h.new_str(&String::from_utf8_lossy(&text)),
        Cell::Blob(blob) => h.new_bytes(&blob),
    }
}

/// Shows an exception if that was asked for; `true`, as answers that failed are.
fn shown(h: &mut Held, raised: Raised) -> bool {
    if TRACEBACKS.load(Ordering::Relaxed) {
        h.unraisable(raised, "Exception ignored in", &Value::NONE);
    }
    true
}

/// What a function gave, or the message for what it raised.
fn result_of(h: &mut Held, result: R, message: &str) -> Result<Cell, String> {
    let raised = match result {
        Ok(value) => match cell_of(h, &value) {
            Ok(Some(cell)) => return Ok(cell),
            Ok(None) => return Err(message.to_owned()),
            Err(raised) => raised,
        },
        Err(raised) => raised,
    };
    let special = if raised.is(Exc::OverflowError) {
        "string or blob too big"
    } else if raised.is(Exc::MemoryError) {
        "out of memory"
    } else {
        message
    };
    shown(h, raised);
    Err(special.to_owned())
}

/// The instance of an aggregate for a group, made for its first row.
fn instance(h: &mut Held, id: u64, group: usize, class: &Value) -> Result<Value, String> {
    let known = GROUPS.read(h, |groups| groups.as_ref().and_then(|groups| groups.get(&(id, group)).cloned()));
    if let Some(known) = known {
        return Ok(known);
    }
    let made = make(h, class)?;
    let copy = made.clone();
    GROUPS.write(h, |groups| groups.get_or_insert_default().insert((id, group), copy));
    Ok(made)
}

fn make(h: &mut Held, class: &Value) -> Result<Value, String> {
    call(h, class, &[]).map_err(|raised| {
        shown(h, raised);
        "user-defined aggregate's '__init__' method raised error".to_owned()
    })
}

fn call_named(h: &mut Held, instance: &Value, name: &str, args: &[Value]) -> Result<Value, String> {
    let attribute = h.intern(name);
    h.call_method_named(instance, &attribute, args).map_err(|raised| {
        let missing = raised.is(Exc::AttributeError);
        shown(h, raised);
        let what = if missing { "method not defined" } else { "method raised error" };
        format!("user-defined aggregate's '{name}' {what}")
    })
}

fn finish(h: &mut Held, instance: &Value, name: &str) -> Result<Cell, String> {
    let value = call_named(h, instance, name, &[])?;
    result_of(h, Ok(value), &format!("user-defined aggregate's '{name}' method raised error"))
}
