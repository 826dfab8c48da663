//! `prio`: Beazley's GIL with priorities (2010; proposed in bpo-7946, never merged).
//!
//! In: the interval between threads that compute. Out: a request at once when an I/O-bound thread waits for one that computes. The
//! one invariant: a thread counts as I/O-bound until it is forced to drop the lock, and again when it blocks.
//!
//! It ends the convoy effect of `interval`: a server thread whose `recv` completed need not wait 5 ms behind a thread that
//! computes. Between threads of one kind it is `interval`.

use super::{Handover, Policy, Release, Wait, Waiter, parse_duration, show_duration};
use std::time::Duration;

const DEFAULT: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy)]
pub struct Prio {
    interval: Duration,
}

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let interval = match arguments {
        [] => DEFAULT,
        [time] => parse_duration(time)?,
        _ => return None,
    };
    Some(Box::new(Prio { interval }))
}

impl Policy for Prio {
    fn name(&self) -> String {
        match self.interval {
            DEFAULT => "prio".to_owned(),
            interval => format!("prio:{}", show_duration(interval)),
        }
    }

    fn patience(&self, wait: &Wait) -> Option<Duration> {
        let preempts = wait.waiter_is_io_bound && !wait.holder_is_io_bound && !wait.asked;
        Some(if preempts { Duration::ZERO } else { self.interval })
    }

    fn handover(&self, release: &Release) -> Handover {
        if release.asked { Handover::Direct } else { Handover::Free }
    }

    fn next(&self, waiters: &[Waiter]) -> usize {
        waiters.iter().position(|waiter| waiter.is_io_bound).unwrap_or(0)
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.interval)
    }

    fn with_interval(&self, interval: Duration) -> Option<Box<dyn Policy>> {
        Some(Box::new(Prio { interval }))
    }
}
