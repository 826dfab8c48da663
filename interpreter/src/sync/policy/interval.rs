//! `interval:5ms`: CPython 3.2 and later (`Python/ceval_gil.c`).
//!
//! In: how long a waiter waits. Out: a request after that time, and a forced switch. The one invariant: a waiter asks only if
//! nobody else got the lock while it waited.
//!
//! The holder counts nothing. A waiter waits for the interval; if it timed out and the lock did not change hands
//! meanwhile, it asks the holder to drop it. The holder does at its next switch point and, because it was asked, stays away until
//! another thread has taken the lock; whichever thread that is. The request counts for every release that comes after it: also
//! one for a blocking call is then forced.
//!
//! With `noforce`, the releaser may take the lock back at once, as up to 3.1: on several cores it mostly wins, and the waiter
//! asks again an interval later.

use super::{Handover, Policy, Release, Wait, parse_duration, show_duration};
use std::time::Duration;

const DEFAULT: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy)]
pub struct Interval {
    pub interval: Duration,
    pub forced: bool,
}

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let mut policy = Interval { interval: DEFAULT, forced: true };
    for (i, argument) in arguments.iter().enumerate() {
        match *argument {
            "noforce" => policy.forced = false,
            time if i == 0 => policy.interval = parse_duration(time)?,
            _ => return None,
        }
    }
    Some(Box::new(policy))
}

impl Policy for Interval {
    fn name(&self) -> String {
        let forced = if self.forced { "" } else { ",noforce" };
        format!("interval:{}{forced}", show_duration(self.interval))
    }

    fn patience(&self, _: &Wait) -> Option<Duration> {
        Some(self.interval)
    }

    fn handover(&self, release: &Release) -> Handover {
        if self.forced && release.asked { Handover::Forced } else { Handover::Free }
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.interval)
    }

    fn with_interval(&self, interval: Duration) -> Option<Box<dyn Policy>> {
        Some(Box::new(Interval { interval, ..*self }))
    }
}
