//! Makes mutants of the lock: copies of its source with one notify or one check taken out.
//!
//! In: `interpreter/src/sync/lock.rs`. Out: `mutants.rs`, a module a mutant, and a list of them. The one invariant: a
//! change that the source has no place for fails the build, so the list cannot go stale.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// Checks that are taken out: the words in the source, what stands in for them, and what that breaks.
const CHECKS: [(&str, &str, &str); 17] = [
    ("while !state.is_mine_to_take(me) {", "for _ in 0..1 {", "a waiter that wakes looks whether the lock is free"),
    ("if holder != 0 {", "if false {", "a thread waits while another holds the lock"),
    ("if timed_out && state.switches == before {", "if false {", "a waiter whose patience ended asks"),
    (
        "while state.switches == before && !state.queue.is_empty() {",
        "while false {",
        "a releaser that was asked stays away",
    ),
    (
        "state.holder = next.serial;\n                self.leave_queue(&mut state, &next);",
        "",
        "a direct hand-over makes the waiter the holder",
    ),
    (
        "                    self.join_queue(&mut state, me);\n",
        "",
        "a releaser that wants the lock back stands in the queue at once",
    ),
    ("if state.last_holder != me.serial {", "if false {", "a switch is counted, and told to those who stay away"),
    (
        "state.handover(Reason::Tick) != Handover::Free || ",
        "",
        "only a lock that is given up freely is opened for a moment",
    ),
    (" || !state.somebody_comes() {", " {", "a tick with nobody on the way calls somebody"),
    ("if state.holder != 0 || ", "if ", "who opens the lock for a moment looks whether it is still free"),
    (
        "state.holder != 0 || state.last_holder != me.serial {",
        "state.holder != 0 {",
        "nor was it taken and given up meanwhile",
    ),
    ("        self.asked = true;\n", "", "a request is remembered until the lock is given up"),
    ("if self.called.swap(false, Ordering::Relaxed) {", "if true {", "only whoever was called was woken in vain"),
    ("        me.called.store(false, Ordering::Relaxed);\n", "", "no call outlives the wait"),
    ("            seat.called.store(false, Ordering::Relaxed);\n", "", "no call outlives its policy"),
    (
        "                    me.made_way_for.store(next.serial, Ordering::Relaxed);\n",
        "",
        "a thread that handed the lock over and wants it back waits",
    ),
    (
        "                me.made_way_for.store(if why.blocks() { 0 } else { taker }, Ordering::Relaxed);\n",
        "",
        "a thread that stayed away and wants the lock back waits",
    ),
];

fn main() {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says where")).join("../..");
    let path = root.join("interpreter/src/sync/lock.rs");
    println!("cargo:rerun-if-changed={}", path.display());
    let source = fs::read_to_string(&path).expect("the lock's source");
    let mutants: Vec<(String, String)> =
        without_a_notify(&source).into_iter().chain(without_a_check(&source)).collect();

    let mut out = String::new();
    for (i, (_, text)) in mutants.iter().enumerate() {
        let _ = writeln!(out, "pub mod mutant_{i} {{\n#![allow(unused, clippy::all)]\n{text}\n}}\nmodel!(mutant_{i});");
    }
    let _ = writeln!(out, "pub const MUTANTS: [(&str, fn() -> Outcome); {}] = [", mutants.len());
    for (i, (name, _)) in mutants.iter().enumerate() {
        let _ = writeln!(out, "    ({name:?}, outcome::<mutant_{i}::Gil>),");
    }
    out += "];\n";
    let target = Path::new(&env::var("OUT_DIR").expect("cargo says where")).join("mutants.rs");
    fs::write(target, out).expect("a place to write");
}

/// A mutant for each notify. That of `set_policy` is left alone: it only makes waiters read the new rules earlier.
fn without_a_notify(source: &str) -> Vec<(String, String)> {
    let end = source.find("pub fn set_policy").expect("the lock has a policy");
    let mut mutants = Vec::new();
    for (at, _) in source[..end].match_indices(".notify_") {
        let start = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let stop = at + source[at..].find(';').expect("a statement") + 1;
        let line = source[..at].matches('\n').count() + 1;
        let name = format!("line {line} without {}", source[start..stop].trim());
        mutants.push((name, format!("{}{}", &source[..start], &source[stop..])));
    }
    assert!(mutants.len() >= 4, "the lock notifies in four places");
    mutants
}

fn without_a_check(source: &str) -> Vec<(String, String)> {
    CHECKS
        .iter()
        .map(|(words, instead, why)| {
            assert_eq!(source.matches(words).count(), 1, "the lock's source has no place for: {why}");
            (format!("without: {why}"), source.replace(words, instead))
        })
        .collect()
}
