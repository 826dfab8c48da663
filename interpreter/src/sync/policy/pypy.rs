//! `pypy:N`: PyPy (`rpython/translator/c/src/thread_gil.c`).
//!
//! In: the number of instructions. Out: a forced switch after so many. The one invariant: a thread that waits gets the lock when
//! the ticks of the holder run out.
//!
//! PyPy checks every 10,000 bytecodes, and then makes sure that another thread runs: the releaser waits until somebody has taken the
//! lock. Blocking calls release it without ceremony.

use super::{Handover, Policy, Reason, Release};

const DEFAULT: i64 = 10_000;

#[derive(Debug, Clone, Copy)]
pub struct PyPy {
    n: i64,
}

pub(super) fn parse(arguments: &[&str]) -> Option<Box<dyn Policy>> {
    let n = match arguments {
        [] => DEFAULT,
        [count] => super::parse_count(count)?,
        _ => return None,
    };
    Some(Box::new(PyPy { n }))
}

impl Policy for PyPy {
    fn name(&self) -> String {
        format!("pypy:{}", self.n)
    }

    fn ticks(&self) -> Option<i64> {
        Some(self.n)
    }

    fn handover(&self, release: &Release) -> Handover {
        if release.why == Reason::Tick { Handover::Forced } else { Handover::Free }
    }

    fn with_ticks(&self, n: i64) -> Option<Box<dyn Policy>> {
        Some(Box::new(PyPy { n: n.max(0) }))
    }
}
