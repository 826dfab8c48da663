//! Numbers of the system that `os` shows.
//!
//! In: nothing. Out: names and numbers. The one invariant: each has the system's own value.

use interpreter::objects::module::Module;
use interpreter::sync::Held;

macro_rules! numbers {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64),)*] };
}

const SYSTEM: &[(&str, i64)] = numbers! {
    F_OK R_OK W_OK X_OK O_RDONLY O_WRONLY O_RDWR O_ACCMODE O_CREAT O_EXCL O_TRUNC O_APPEND O_NONBLOCK O_NDELAY O_SYNC O_DSYNC
    O_RSYNC O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NOCTTY O_DIRECT O_NOATIME O_PATH O_TMPFILE O_ASYNC O_LARGEFILE
    WNOHANG WUNTRACED WCONTINUED WEXITED WSTOPPED WNOWAIT P_PID P_PGID P_ALL P_PIDFD
    CLD_EXITED CLD_KILLED CLD_DUMPED CLD_TRAPPED CLD_STOPPED CLD_CONTINUED
    SCHED_OTHER SCHED_FIFO SCHED_RR SCHED_BATCH SCHED_IDLE PRIO_PROCESS PRIO_PGRP PRIO_USER
    F_LOCK F_TLOCK F_ULOCK F_TEST GRND_NONBLOCK GRND_RANDOM SEEK_DATA SEEK_HOLE
    ST_RDONLY ST_NOSUID ST_NODEV ST_NOEXEC ST_SYNCHRONOUS ST_MANDLOCK ST_WRITE ST_APPEND ST_NOATIME ST_NODIRATIME ST_RELATIME
    RTLD_LAZY RTLD_NOW RTLD_GLOBAL RTLD_LOCAL RTLD_NODELETE RTLD_NOLOAD
    MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB
    POSIX_FADV_NORMAL POSIX_FADV_RANDOM POSIX_FADV_SEQUENTIAL POSIX_FADV_WILLNEED POSIX_FADV_NOREUSE POSIX_FADV_DONTNEED
};

/// The statuses of `sysexits.h`, and what has no name in the system's library.
const OTHERS: &[(&str, i64)] = &[
    ("EX_OK", 0),
    ("EX_USAGE", 64),
    ("EX_DATAERR", 65),
    ("EX_NOINPUT", 66),
    ("EX_NOUSER", 67),
    ("EX_NOHOST", 68),
    ("EX_UNAVAILABLE", 69),
    ("EX_SOFTWARE", 70),
    ("EX_OSERR", 71),
    ("EX_OSFILE", 72),
    ("EX_CANTCREAT", 73),
    ("EX_IOERR", 74),
    ("EX_TEMPFAIL", 75),
    ("EX_PROTOCOL", 76),
    ("EX_NOPERM", 77),
    ("EX_CONFIG", 78),
    ("NGROUPS_MAX", 65536),
    ("TMP_MAX", 238_328),
];

pub fn init(h: &mut Held, module: &Module) {
    for (name, number) in SYSTEM.iter().chain(OTHERS) {
        let name = h.intern(name);
        let number = h.new_int(*number);
        module.dict.set_str(h, &name, number);
    }
}
