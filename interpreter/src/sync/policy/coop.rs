//! `coop`: threads that are never made to yield.
//!
//! In: nothing. Out: nothing. The one invariant: the lock changes hands only at blocking calls, `time.sleep(0)` and
//! `gil.yield_now()`.
//!
//! Green threads work so, and asyncio. No `+=` is ever torn, and one endless loop starves everybody. The lock goes to the longest
//! waiter: a `sleep(0)` that came back at once would be of no use to anybody.

use super::{Handover, Policy, Release};

#[derive(Debug, Clone, Copy)]
pub struct Coop;

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    if arguments.is_empty() { Some(Box::new(Coop)) } else { None }
}

impl Policy for Coop {
    fn name(&self) -> String {
        "coop".to_owned()
    }

    fn handover(&self, _: &Release) -> Handover {
        Handover::Direct
    }
}
