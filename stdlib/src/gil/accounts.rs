//! The ledger of each thread, as dicts.
//!
//! In: the accounts that the lock kept. Out: `gil.stats()`. The one invariant: times are in seconds, and names are those of
//! `Account`'s fields.

use interpreter::objects::dict::Dict;
use interpreter::objects::header::Ref;
use interpreter::objects::value::Value;
use interpreter::runtime::error::R;
use interpreter::runtime::thread;
use interpreter::sync::held::Thread;
use interpreter::sync::ledger::Account;
use interpreter::sync::lock::GIL;
use interpreter::sync::reason::Reason;
use interpreter::sync::{Held, points};
use std::sync::Arc;

/// A thread and what it had of the GIL.
pub struct Entry {
    pub thread: Arc<Thread>,
    pub account: Account,
}

/// All that is known at one moment.
pub struct Ledger {
    pub policy: String,
    pub switch_points: &'static str,
    /// How often the lock went from one thread to another.
    pub switches: u64,
    /// Threads that ended and are not remembered.
    pub forgotten: usize,
    /// The main thread first, then in the order in which they were started.
    pub entries: Vec<Entry>,
}

/// Of every hundred nanoseconds in which threads could run, how many they waited for the GIL: `0.0` to `1.0`.
pub fn starvation(entries: &[Entry]) -> f64 {
    let sum = |part: fn(&Account) -> u64| entries.iter().map(|entry| part(&entry.account)).sum::<u64>() as f64;
    let (held, waited) = (sum(|account| account.held), sum(|account| account.waited));
    if held + waited == 0.0 { 0.0 } else { waited / (held + waited) }
}

impl Ledger {
    pub fn now() -> Ledger {
        let (ended, forgotten) = thread::ended_threads();
        let mut threads: Vec<Arc<Thread>> = ended.into_iter().chain(thread::live()).collect();
        threads.sort_by_key(|thread| thread.serial);
        threads.dedup_by_key(|thread| thread.serial);
        let entry = |thread: Arc<Thread>| Entry { account: thread.account(), thread };
        Ledger {
            policy: GIL.policy().name(),
            switch_points: points::placement().name(),
            switches: GIL.snapshot().switches,
            forgotten,
            entries: threads.into_iter().map(entry).collect(),
        }
    }

    /// The name of a thread, by its serial number.
    pub fn name_of(&self, serial: u64) -> Option<String> {
        self.entries.iter().find(|entry| entry.thread.serial == serial).map(|entry| entry.thread.name())
    }
}

/// Puts a value into a dict under a name.
pub fn put(h: &mut Held, dict: &Ref<Dict>, name: &str, value: Value) {
    let name = h.intern(name);
    dict.set_str(h, &name, value);
}

/// `gil.stats()`.
pub fn stats(h: &mut Held) -> R {
    let ledger = Ledger::now();
    let stats = h.new_dict();
    let mut threads = Vec::new();
    for entry in &ledger.entries {
        threads.push(account(h, &ledger, entry));
    }
    let values = [
        ("policy", h.new_str(&ledger.policy)),
        ("switch_points", h.new_str(ledger.switch_points)),
        ("switches", h.new_uint(ledger.switches)),
        ("starvation", h.new_float(starvation(&ledger.entries))),
        ("forgotten", h.new_uint(ledger.forgotten as u64)),
        ("threads", h.new_list(threads)),
    ];
    for (name, value) in values {
        put(h, &stats, name, value);
    }
    Ok(stats.into_value())
}

fn account(h: &mut Held, ledger: &Ledger, entry: &Entry) -> Value {
    let (thread, account) = (&entry.thread, &entry.account);
    let dict = h.new_dict();
    let released = h.new_dict();
    for reason in Reason::ALL {
        let count = h.new_uint(account.released[reason as usize]);
        put(h, &released, reason.name(), count);
    }
    let longest = ledger.name_of(account.longest_wait_for);
    let values = [
        ("name", h.new_str(&thread.name())),
        ("ident", h.new_uint(thread.ident)),
        ("state", h.new_str(account.state.name())),
        ("acquired", h.new_uint(account.acquired)),
        ("waits", h.new_uint(account.waits)),
        ("false_alarms", h.new_uint(account.false_alarms)),
        ("checks", h.new_uint(account.checks)),
        ("released", released.into_value()),
        ("held", seconds(h, account.held)),
        ("waited", seconds(h, account.waited)),
        ("blocked", seconds(h, account.blocked)),
        ("lifetime", seconds(h, account.lifetime)),
        ("longest_wait", seconds(h, account.longest_wait)),
        ("longest_wait_for", longest.map_or(Value::NONE, |name| h.new_str(&name))),
        ("badness", account.badness().map_or(Value::NONE, |badness| h.new_float(badness))),
        ("starvation", h.new_float(account.starvation())),
    ];
    for (name, value) in values {
        put(h, &dict, name, value);
    }
    dict.into_value()
}

fn seconds(h: &Held, nanoseconds: u64) -> Value {
    h.new_float(nanoseconds as f64 / 1e9)
}
