//! When a thread must yield: the switch policies, one a file.
//!
//! In: what is known of a waiter, of a release. Out: when the holder stops by, when a waiter asks, who gets the lock. The one
//! invariant: a policy keeps no state of its own; the lock (`lock.rs`) is the same for all, and asks.
//!
//! A policy answers four questions, each with an answer to start from; whoever writes one overrides what is special in it and
//! adds it to `KNOWN`:
//! - `ticks`: after how many instructions does the holder stop by?
//! - `patience`: how long does a waiter wait before it asks the holder to stop by?
//! - `handover`: when the lock is given up, to whom does it go?
//! - `next`: which waiter is woken?

mod coop;
mod duration;
mod interval;
mod ocaml;
mod prio;
mod pypy;
mod ruby;
mod ticks;

pub use duration::{parse_duration, show_duration};
pub use interval::Interval;
pub use ticks::{START, Ticks};

use super::reason::Reason;
use std::fmt::Debug;
use std::time::Duration;

/// When threads are switched.
pub trait Policy: Debug + Send + Sync {
    /// As it is written on the command line; `parse` makes an equal one of it.
    fn name(&self) -> String;

    /// How many ticks are counted down before the holder gives the lock up. None: ticks do not matter.
    fn ticks(&self) -> Option<i64> {
        None
    }

    /// Whether each thread counts for itself, rather than one countdown for the process.
    fn counts_per_thread(&self) -> bool {
        false
    }

    /// How long to wait from now on before the holder is asked. None: it never is.
    fn patience(&self, _wait: &Wait) -> Option<Duration> {
        None
    }

    /// To whom the lock goes.
    fn handover(&self, _release: &Release) -> Handover {
        Handover::Free
    }

    /// Which waiter is woken, or gets the lock; the longest waiter comes first.
    fn next(&self, _waiters: &[Waiter]) -> usize {
        0
    }

    /// `sys.getswitchinterval()`: None if no time is measured.
    fn interval(&self) -> Option<Duration> {
        None
    }

    /// The same policy with another number of ticks: `sys.setcheckinterval`.
    fn with_ticks(&self, _ticks: i64) -> Option<Box<dyn Policy>> {
        None
    }

    /// The same policy with another interval: `sys.setswitchinterval`.
    fn with_interval(&self, _interval: Duration) -> Option<Box<dyn Policy>> {
        None
    }
}

/// What is known when a thread begins to wait, and each time its patience ended or it was woken in vain.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// How long the holder has had the lock.
    pub held_for: Duration,
    /// The time since the program's start.
    pub now: Duration,
    /// Whether the holder was asked already.
    pub asked: bool,
    pub waiter_is_io_bound: bool,
    pub holder_is_io_bound: bool,
}

/// What is known when a thread gives the lock up.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    pub why: Reason,
    /// Whether some waiter had asked for it.
    pub asked: bool,
}

/// A thread in the queue.
#[derive(Debug, Clone, Copy)]
pub struct Waiter {
    pub is_io_bound: bool,
}

/// To whom the lock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handover {
    /// It is free, one waiter is woken, and whoever comes first takes it: the releaser too.
    Free,
    /// As `Free`, but the releaser stays away until another thread has taken it.
    Forced,
    /// It belongs to the woken waiter at once; nobody can come between.
    Direct,
}

/// A policy's name without arguments, its usage, and how it is made from its arguments.
type Known = (&'static str, &'static str, fn(&[&str]) -> Option<Box<dyn Policy>>);

/// All policies.
const KNOWN: [Known; 7] = [
    ("ticks", "ticks:N[,thread][,fair]", ticks::parse),
    ("interval", "interval:TIME[,noforce]", interval::parse),
    ("pypy", "pypy:N", pypy::parse),
    ("ruby", "ruby:TIME", ruby::parse),
    ("ocaml", "ocaml:TIME", ocaml::parse),
    ("prio", "prio[:TIME]", prio::parse),
    ("coop", "coop", coop::parse),
];

/// The policy that a text like `ticks:100,fair` names. The error says which ones there are.
pub fn parse(text: &str) -> Result<Box<dyn Policy>, String> {
    let (name, arguments) = text.split_once(':').unwrap_or((text, ""));
    let arguments: Vec<&str> = arguments.split(',').filter(|argument| !argument.is_empty()).collect();
    let known = KNOWN.iter().find(|(known, ..)| *known == name);
    known.and_then(|(_, _, make)| make(&arguments)).ok_or_else(|| {
        let usages: Vec<&str> = KNOWN.iter().map(|(_, usage, _)| *usage).collect();
        format!("no GIL policy '{text}'; there are {} (a TIME is like 5ms, 100us or 1s)", usages.join(", "))
    })
}

/// A number of ticks: anything that is a number; what is too large is as good as endless.
fn parse_count(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let endless = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Some(text.parse().unwrap_or(endless).max(0))
}
