//! `--gil-stats`: the ledger on stderr when the program ends.
//!
//! In: the accounts of all threads. Out: a table of one screen, or JSON with the same numbers. The one invariant: the last line answers "is
//! the GIL my bottleneck?" with one number: of the time in which threads could run, the share in which they waited for it.

use super::accounts::{Entry, Ledger, starvation};
use interpreter::runtime::error::R;
use interpreter::sync::Held;
use interpreter::sync::reason::Reason;
use std::fmt::Write;
use std::sync::atomic::{AtomicU8, Ordering};

/// How the ledger is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    Table = 1,
    Json = 2,
}

static WANTED: AtomicU8 = AtomicU8::new(0);

/// Threads that a table shows one by one; the others are one line.
const ROWS: usize = 16;

/// Has the ledger shown when the program ends.
pub fn show_at_exit(form: Form) {
    WANTED.store(form as u8, Ordering::Relaxed);
}

pub fn report_at_exit(h: &mut Held) {
    let wanted = WANTED.load(Ordering::Relaxed);
    let text = match wanted {
        0 => return,
        1 => table(&Ledger::now()),
        _ => json(h).unwrap_or_default(),
    };
    eprint!("{text}");
}

/// The dict of `gil.stats()` in JSON.
fn json(h: &mut Held) -> R<String> {
    let stats = super::accounts::stats(h)?;
    let json = h.import_module("json")?;
    let dumps = h.intern("dumps");
    let dumps = h.get_attr(&json, &dumps)?;
    let text = h.call(&dumps, &[stats])?;
    Ok(h.str_text(&text)? + "\n")
}

fn table(ledger: &Ledger) -> String {
    let mut text = format!(
        "GIL: policy {}, switch points {}, {} switches between threads\n",
        ledger.policy, ledger.switch_points, ledger.switches
    );
    let heads = ["thread", "took", "waited", "in vain", "checks", "held", "waited", "blocked", "life", "longest wait"];
    let [thread, took, waits, vain, checks, held, waited, blocked, life, longest] = heads;
    let _ = writeln!(
        text,
        "{thread:<20} {took:>9} {waits:>8} {vain:>8} {checks:>9} {held:>9} {waited:>9} {blocked:>9} {life:>9}  {longest}"
    );
    for entry in ledger.entries.iter().take(ROWS) {
        row(&mut text, ledger, entry);
    }
    let left_out = ledger.entries.len().saturating_sub(ROWS) + ledger.forgotten;
    if left_out > 0 {
        let _ = writeln!(text, "and {left_out} threads more");
    }
    releases(&mut text, ledger);
    let checks: u64 = ledger.entries.iter().map(|entry| entry.account.checks).sum();
    let alarms: u64 = ledger.entries.iter().map(|entry| entry.account.false_alarms).sum();
    if checks > 0 {
        let _ = writeln!(text, "badness (false alarms / checks): {:.3}", alarms as f64 / checks as f64);
    }
    let share = starvation(&ledger.entries) * 100.0;
    let _ = writeln!(text, "starvation (waited / (held + waited)): {share:.1} %{}", verdict(share));
    text
}

fn row(text: &mut String, ledger: &Ledger, Entry { thread, account }: &Entry) {
    let longest = match ledger.name_of(account.longest_wait_for) {
        Some(name) => format!("{} for {name}", time(account.longest_wait)),
        None => String::new(),
    };
    let name: String = thread.name().chars().take(20).collect();
    let _ = writeln!(
        text,
        "{name:<20} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}  {longest}",
        account.acquired,
        account.waits,
        account.false_alarms,
        account.checks,
        time(account.held),
        time(account.waited),
        time(account.blocked),
        time(account.lifetime)
    );
}

/// Why the lock was given up, for all threads together.
fn releases(text: &mut String, ledger: &Ledger) {
    let sums = Reason::ALL.map(|reason| {
        let count: u64 = ledger.entries.iter().map(|entry| entry.account.released[reason as usize]).sum();
        (reason.name(), count)
    });
    let parts: Vec<String> =
        sums.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect();
    let _ = writeln!(text, "given up for: {}", if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") });
}

/// A time with its unit, in three digits or four.
fn time(nanoseconds: u64) -> String {
    let seconds = nanoseconds as f64 / 1e9;
    match nanoseconds {
        0..1_000 => format!("{nanoseconds} ns"),
        1_000..1_000_000 => format!("{:.1} us", seconds * 1e6),
        1_000_000..1_000_000_000 => format!("{:.1} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

fn verdict(share: f64) -> &'static str {
    match share {
        0.0..5.0 => ": the GIL is no bottleneck",
        5.0..25.0 => ": threads wait for the GIL now and then",
        _ => ": the GIL is the bottleneck",
    }
}
