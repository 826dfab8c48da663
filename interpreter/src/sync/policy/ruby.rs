//! `ruby:100ms`: CRuby's GVL (`thread_pthread.c`).
//!
//! In: the quantum. Out: a request when the holder has used it up; then the lock goes to the longest waiter. The one invariant: threads
//! get the lock in the order in which they came for it.
//!
//! A timer thread looks after the running thread: when it has run for its quantum and others wait, it must yield. The time counts
//! from when the holder took the lock, not from when the waiter came. Waiters stand in a queue and the releaser hands the
//! lock to the first, whatever the reason for the release. Here each waiter looks at the holder's time itself; no timer thread is
//! needed for that.

use super::{Handover, Policy, Release, Wait, parse_duration, show_duration};
use std::time::Duration;

const DEFAULT: Duration = Duration::from_millis(100);

/// A waiter whose request was not answered looks again after this time.
const AGAIN: Duration = Duration::from_millis(10);

#[derive(Debug, Clone, Copy)]
pub struct Ruby {
    quantum: Duration,
}

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let quantum = match arguments {
        [] => DEFAULT,
        [time] => parse_duration(time)?,
        _ => return None,
    };
    Some(Box::new(Ruby { quantum }))
}

impl Policy for Ruby {
    fn name(&self) -> String {
        format!("ruby:{}", show_duration(self.quantum))
    }

    fn patience(&self, wait: &Wait) -> Option<Duration> {
        Some(if wait.asked { AGAIN } else { self.quantum.saturating_sub(wait.held_for) })
    }

    fn handover(&self, _: &Release) -> Handover {
        Handover::Direct
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.quantum)
    }

    fn with_interval(&self, quantum: Duration) -> Option<Box<dyn Policy>> {
        Some(Box::new(Ruby { quantum }))
    }
}
