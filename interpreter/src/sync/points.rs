//! The two knobs: which policy is in force, and where switch points are; and the eras of CPython, which set both.
//!
//! In: the command line's wish. Out: which eval loop runs, and what the lock asks. The one invariant: the placement is chosen before
//! the first thread starts and stays; the policy may change at any time.
//!
//! | placement | a thread may be switched |
//! |---|---|
//! | `opcode` | between almost any two instructions |
//! | `branch` | at back edges, taken conditional jumps, after every call |
//! | `call` | at back edges, function entry, generator resume, after calls of native functions |

use super::breaker;
use super::kind::world;
use super::lock::GIL;
use super::policy::{self, Policy};
use super::primitives::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// Where switch points are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Placement {
    Call,
    Branch,
    Opcode,
    #[cfg(feature = "never")]
    Never,
}

/// How CPython switched threads in its time.
#[derive(Debug, Clone, Copy)]
pub struct Era {
    pub name: &'static str,
    pub policy: &'static str,
    pub placement: Placement,
    /// Whether no switch comes between `lock.acquire()` and the `try:` after it.
    pub spares_try: bool,
}

/// The eras, as in GIL.md.
pub const ERAS: [Era; 6] = [
    Era { name: "1.5", policy: "ticks:10,thread", placement: Placement::Opcode, spares_try: false },
    Era { name: "2.7", policy: "ticks:100", placement: Placement::Opcode, spares_try: true },
    Era { name: "3.2", policy: "interval:5ms", placement: Placement::Opcode, spares_try: true },
    Era { name: "3.10", policy: "interval:5ms", placement: Placement::Branch, spares_try: true },
    Era { name: "3.11", policy: "interval:5ms", placement: Placement::Call, spares_try: true },
    Era { name: "3.14", policy: "interval:5ms", placement: Placement::Call, spares_try: true },
];

static PLACEMENT: AtomicU8 = AtomicU8::new(Placement::Call as u8);
static SPARES_TRY: AtomicBool = AtomicBool::new(true);
/// Whether there ever was a second thread.
static CROWDED: AtomicBool = AtomicBool::new(false);

impl Placement {
    pub const ALL: &[Placement] = &[
        Placement::Call,
        Placement::Branch,
        Placement::Opcode,
        #[cfg(feature = "never")]
        Placement::Never,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Placement::Call => "call",
            Placement::Branch => "branch",
            Placement::Opcode => "opcode",
            #[cfg(feature = "never")]
            Placement::Never => "never",
        }
    }

    pub fn parse(text: &str) -> Result<Placement, String> {
        let found = Placement::ALL.iter().copied().find(|placement| placement.name() == text);
        found.ok_or_else(|| format!("no place for switch points '{text}'; there are opcode, branch and call"))
    }
}

impl Era {
    pub fn parse(text: &str) -> Result<&'static Era, String> {
        let names = ERAS.map(|era| era.name).join(", ");
        ERAS.iter().find(|era| era.name == text).ok_or_else(|| format!("no era '{text}'; there are {names}"))
    }

    pub fn policy(&self) -> Result<Box<dyn Policy>, String> {
        policy::parse(self.policy)
    }
}

pub fn placement() -> Placement {
    Placement::ALL[PLACEMENT.load(Ordering::Relaxed) as usize]
}

/// To be called before any thread is started.
pub fn set_placement(placement: Placement, spares_try: bool) {
    PLACEMENT.store(placement as u8, Ordering::Relaxed);
    SPARES_TRY.store(spares_try, Ordering::Relaxed);
}

/// Whether the instruction that begins a `try` is no switch point.
pub(crate) fn spares_try() -> bool {
    SPARES_TRY.load(Ordering::Relaxed)
}

/// Policies that were in force once; there are few, and the lock refers to them for good.
static USED: Mutex<Vec<&'static dyn Policy>> = Mutex::new(Vec::new());

/// Makes the policy the lock's. The holder of the GIL does, or nobody holds it.
pub fn put_in_force(policy: Box<dyn Policy>) {
    let mut used = USED.lock();
    let known = used.iter().find(|known| known.name() == policy.name()).copied();
    let kept = known.unwrap_or_else(|| {
        let kept: &'static dyn Policy = Box::leak(policy);
        used.push(kept);
        kept
    });
    GIL.set_policy(kept);
    count_if_asked();
}

/// A second thread is about to start.
pub(crate) fn crowd() {
    CROWDED.store(true, Ordering::Relaxed);
    count_if_asked();
}

/// Has ticks counted if there is a second thread and the policy asks for them; without the GIL credits do (`free/credit.rs`). Whoever
/// only waits for a request is reached by the breaker, and computes as fast as alone.
fn count_if_asked() {
    let asked = world::is_free() || GIL.policy().ticks().is_some() || placement() != Placement::Call;
    if asked && CROWDED.load(Ordering::Relaxed) {
        breaker::set(breaker::TICKS);
    }
}
