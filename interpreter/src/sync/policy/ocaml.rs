//! `ocaml:50ms`: the master lock of OCaml 4 (`otherlibs/systhreads/st_stubs.c`).
//!
//! In: the time between two beats. Out: a request at each beat at which somebody waits. The one invariant: nothing is forced.
//!
//! A tick thread beats every 50 ms for the whole program, and the running thread then yields, if anybody waits: it releases the lock and
//! takes it again. Whoever came just before the beat waits shortly, whoever came just after it the whole time. The releaser
//! usually had it back before the waiter was awake, until 4.09 made yielding fair. Here each waiter knows when
//! the next beat is; no thread is needed for that.

use super::{Policy, Wait, parse_duration, show_duration};
use std::time::Duration;

const DEFAULT: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
pub struct OCaml {
    beat: Duration,
}

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let beat = match arguments {
        [] => DEFAULT,
        [time] => parse_duration(time)?,
        _ => return None,
    };
    Some(Box::new(OCaml { beat }))
}

impl Policy for OCaml {
    fn name(&self) -> String {
        format!("ocaml:{}", show_duration(self.beat))
    }

    fn patience(&self, wait: &Wait) -> Option<Duration> {
        let since = wait.now.as_nanos() % self.beat.as_nanos();
        Some(self.beat - Duration::from_nanos(since as u64))
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.beat)
    }

    fn with_interval(&self, beat: Duration) -> Option<Box<dyn Policy>> {
        Some(Box::new(OCaml { beat }))
    }
}
