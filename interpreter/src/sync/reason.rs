//! Why a thread gave the GIL up.
//!
//! In: nothing. Out: a reason, its name, and whether the thread blocks or wants the lock back at once. The one invariant: the
//! ledger has one counter for each, so that releases by reason sum to acquisitions.

/// Why a thread gave the GIL up, and, while it blocks, what it is blocked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Reason {
    /// Its ticks ran out.
    Tick,
    /// A waiter's patience ended, and it asked.
    Request,
    /// A signal came that only the main thread may handle.
    Signal,
    /// It said so itself: `time.sleep(0)`, `gil.yield_now()`.
    Yield,
    /// It waits for a lock of the program: locks, conditions, queues, joins.
    Lock,
    Sleep,
    Read,
    Write,
    /// Sockets and other ends of a network.
    Network,
    /// It waits until one of several descriptors is ready.
    Poll,
    /// It waits for a child process.
    Child,
    /// Long native work that touches no objects: hashing, compression, queries.
    Native,
    /// Another blocking call.
    Call,
    /// It has ended.
    Exit,
}

impl Reason {
    pub const ALL: [Reason; 14] = [
        Reason::Tick,
        Reason::Request,
        Reason::Signal,
        Reason::Yield,
        Reason::Lock,
        Reason::Sleep,
        Reason::Read,
        Reason::Write,
        Reason::Network,
        Reason::Poll,
        Reason::Child,
        Reason::Native,
        Reason::Call,
        Reason::Exit,
    ];

    /// Whether the thread does something else than wait for the lock.
    pub const fn blocks(self) -> bool {
        !matches!(self, Reason::Tick | Reason::Request | Reason::Signal | Reason::Yield)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Reason::Tick => "tick",
            Reason::Request => "request",
            Reason::Signal => "signal",
            Reason::Yield => "yield",
            Reason::Lock => "lock",
            Reason::Sleep => "sleep",
            Reason::Read => "read",
            Reason::Write => "write",
            Reason::Network => "network",
            Reason::Poll => "poll",
            Reason::Child => "child",
            Reason::Native => "native",
            Reason::Call => "call",
            Reason::Exit => "exit",
        }
    }
}
