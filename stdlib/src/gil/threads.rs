//! Who runs, who waits, and for whom.
//!
//! In: the threads that are alive, and those that ended. Out: `gil.threads()`. The one invariant: what a thread waits for is read under
//! the GIL, so the answer is one moment's.

use super::accounts::put;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::{plain_lock, thread};
use interpreter::sync::Held;
use interpreter::sync::held::Thread;
use interpreter::sync::ledger::State;
use interpreter::sync::lock::GIL;
use interpreter::sync::reason::Reason;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// `gil.threads()`: a dict for each thread; the ended ones that are remembered come first.
pub fn threads(h: &mut Held) -> R {
    let live = thread::live();
    let (ended, _) = thread::ended_threads();
    let mut all = Vec::new();
    for thread in ended.iter().chain(&live) {
        all.push(describe(h, thread, &live));
    }
    Ok(h.new_list(all))
}

fn describe(h: &mut Held, thread: &Arc<Thread>, live: &[Arc<Thread>]) -> Value {
    let dict = h.new_dict();
    let state = thread.ledger.state();
    let (kind, holder) = waits_for(h, thread, state);
    let holder = live.iter().find(|other| Some(other.serial) == holder);
    let blocked_on = match state {
        State::Blocked(reason) => h.new_str(reason.name()),
        _ => Value::NONE,
    };
    let values = [
        ("name", h.new_str(&thread.name())),
        ("ident", h.new_uint(thread.ident)),
        ("native_id", h.new_uint(thread.native_id.load(Ordering::Relaxed))),
        ("state", h.new_str(state.name())),
        ("blocked_on", blocked_on),
        ("waits_for", kind.map_or(Value::NONE, |kind| h.new_str(kind))),
        ("held_by", holder.map_or(Value::NONE, |holder| h.new_str(&holder.name()))),
    ];
    for (name, value) in values {
        put(h, &dict, name, value);
    }
    dict.into_value()
}

/// What a thread waits for, and who has it. A lock that a thread took itself, to be woken by its release, is nobody's.
fn waits_for(h: &Held, thread: &Thread, state: State) -> (Option<&'static str>, Option<u64>) {
    match state {
        State::Runnable => (Some("gil"), Some(GIL.snapshot().holder)),
        State::Blocked(Reason::Lock) => {
            let owner = plain_lock::awaited_owner(h, thread.serial);
            (Some("lock"), owner.filter(|owner| *owner != thread.serial))
        }
        _ => (None, None),
    }
}

/// The policy, and a line for each thread: whether it has the GIL, waits for it, or is blocked on what.
pub fn situation() -> String {
    let snapshot = GIL.snapshot();
    let mut text = format!("GIL: policy {}, {} waiting\n", GIL.policy().name(), snapshot.waiters.len());
    for thread in thread::live() {
        let state = match thread.ledger.state() {
            _ if thread.serial == snapshot.holder => "holds the GIL".to_owned(),
            State::Runnable => "waits for the GIL".to_owned(),
            State::Blocked(reason) => format!("blocked: {}", reason.name()),
            other => other.name().to_owned(),
        };
        text += &format!("  {} ({:#018x}): {state}\n", thread.name(), thread.ident);
    }
    text
}
