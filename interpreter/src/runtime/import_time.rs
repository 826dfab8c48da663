//! `-X importtime`: how long each import took.
//!
//! In: the begin and end of every import. Out: a line on stderr for each, as CPython writes it. The one invariant: an import's own
//! time leaves out that of the imports that its body makes.

use crate::runtime::config;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// How many imports are under way, and the microseconds of those that have ended at the present level.
static LEVEL: AtomicUsize = AtomicUsize::new(0);
static INNER: AtomicU64 = AtomicU64::new(0);

/// An import under way.
pub(super) struct Watch {
    start: Instant,
    /// What had ended at the level around it.
    outer: u64,
}

/// Starts the clock, if anybody wants to know.
pub(super) fn start() -> Option<Watch> {
    static WANTED: OnceLock<bool> = OnceLock::new();
    if !*WANTED.get_or_init(|| config::xoption("importtime")) {
        return None;
    }
    static TITLE: OnceLock<()> = OnceLock::new();
    TITLE.get_or_init(|| eprintln!("import time: self [us] | cumulative | imported package"));
    LEVEL.fetch_add(1, Ordering::Relaxed);
    Some(Watch { start: Instant::now(), outer: INNER.swap(0, Ordering::Relaxed) })
}

/// Writes the line.
pub(super) fn stop(watch: Option<Watch>, name: &str) {
    let Some(Watch { start, outer }) = watch else { return };
    let cumulative = start.elapsed().as_micros() as u64;
    let own = cumulative.saturating_sub(INNER.swap(outer + cumulative, Ordering::Relaxed));
    let indent = (LEVEL.fetch_sub(1, Ordering::Relaxed) - 1) * 2;
    eprintln!("import time: {own:9} | {cumulative:10} | {:indent$}{name}", "");
}
