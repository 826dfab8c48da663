//! `ticks:N`: CPython up to 3.1 (`Python/ceval.c`).
//!
//! In: the number of instructions. Out: a release after so many. The one invariant: nobody is asked and nothing is forced.
//!
//! The holder counts its instructions down. At zero it releases the lock, which wakes a waiter, and at once acquires it again. On
//! several cores it usually has the lock back before the waiter has woken: a false alarm. A switch happens when the waiter
//! comes in the moment between.
//!
//! Two things differ, since a hundred instructions take CPython some two microseconds and toy a tenth of that: while one waiter is on its
//! way no other is called, and the holder opens the lock for a moment (`Gil::pass`) instead of parting with it.
//!
//! - One countdown for the process (2.3 to 3.1); with `thread`, a countdown a thread (up to 2.2, where N was 10).
//! - With `fair`, the lock is handed to the longest waiter: what people expect of "switches every N ticks". It costs a switch between
//!   threads of the system, 10 to 18 microseconds, for every N instructions; CPython never did it.

use super::{Handover, Policy, Release};

/// CPython's default since 2.3.
const DEFAULT: i64 = 100;

#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    pub n: i64,
    pub per_thread: bool,
    pub fair: bool,
}

/// The policy that toy starts with.
pub const START: Ticks = Ticks { n: DEFAULT, per_thread: false, fair: false };

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let mut policy = START;
    for (i, argument) in arguments.iter().enumerate() {
        match *argument {
            "thread" => policy.per_thread = true,
            "fair" => policy.fair = true,
            count if i == 0 => policy.n = super::parse_count(count)?,
            _ => return None,
        }
    }
    Some(Box::new(policy))
}

impl Policy for Ticks {
    fn name(&self) -> String {
        let thread = if self.per_thread { ",thread" } else { "" };
        let fair = if self.fair { ",fair" } else { "" };
        format!("ticks:{}{thread}{fair}", self.n)
    }

    fn ticks(&self) -> Option<i64> {
        Some(self.n)
    }

    fn counts_per_thread(&self) -> bool {
        self.per_thread
    }

    fn handover(&self, _: &Release) -> Handover {
        if self.fair { Handover::Direct } else { Handover::Free }
    }

    fn with_ticks(&self, n: i64) -> Option<Box<dyn Policy>> {
        Some(Box::new(Ticks { n: n.max(0), ..*self }))
    }
}
