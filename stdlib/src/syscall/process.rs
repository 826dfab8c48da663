//! Calls about processes: making, replacing, waiting for, asking and ending them.
//!
//! In: numbers and words. Out: results, or the system's error. The one invariant: that of `syscall`.

use super::{check, check_int};
use std::ffi::CString;
use std::io::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};

/// Functions of numbers that give a number and cannot fail.
macro_rules! ids {
    ($($name:ident)*) => {
        $(pub fn $name() -> i64 {
            // SAFETY: asks for a number.
            unsafe { libc::$name() as i64 }
        })*
    };
}

ids! { getpid getppid getuid geteuid getgid getegid getpgrp }

/// Functions of numbers.
macro_rules! calls {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {
        $(pub fn $name($($arg: $ty),*) -> Result<i32> {
            // SAFETY: numbers are given.
            check_int(unsafe { libc::$name($($arg as _),*) } as i32)
        })*
    };
}

calls! {
    getpgid(pid: i32);
    getsid(pid: i32);
    setsid();
    setpgid(pid: i32, group: i32);
    setuid(id: u32);
    seteuid(id: u32);
    setgid(id: u32);
    setegid(id: u32);
    kill(pid: i32, signal: i32);
    killpg(group: i32, signal: i32);
    tcgetpgrp(fd: i32);
    tcsetpgrp(fd: i32, group: i32);
    sched_yield();
}

/// How many forks lie between this process and the first of the program.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// A new process: 0 in the child.
pub fn fork() -> Result<i32> {
    // SAFETY: the caller reset the machine's locks in the child; other threads do not exist there.
    let pid = check_int(unsafe { libc::fork() })?;
    if pid == 0 {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    Ok(pid)
}

/// A number that is another one in a child: what a thread noted in an earlier generation, only the thread that forked can undo.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Replaces the program; comes back only with an error.
pub fn exec(program: &CString, args: &[CString], environment: Option<&[CString]>) -> Error {
    let list = |words: &[CString]| -> Vec<*const libc::c_char> {
        words.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let args = list(args);
    // SAFETY: the words end with a null and the lists with a null pointer; they live until after the call.
    unsafe {
        match environment {
            Some(environment) => libc::execve(program.as_ptr(), args.as_ptr(), list(environment).as_ptr()),
            None => libc::execv(program.as_ptr(), args.as_ptr()),
        };
    }
    Error::last_os_error()
}

/// What a process used: seconds in user and system mode, then the rest of `rusage` in its order.
pub type Usage = ([f64; 2], [i64; 14]);

/// Waits for a child: its id, its status and what it used.
pub fn wait4(pid: i32, options: i32) -> Result<(i32, i32, Usage)> {
    let mut status = 0;
    // SAFETY: the places are valid for the call.
    unsafe {
        let mut used: libc::rusage = std::mem::zeroed();
        let pid = check_int(libc::wait4(pid, &mut status, options, &mut used))?;
        Ok((pid, status, usage(&used)))
    }
}

fn usage(used: &libc::rusage) -> Usage {
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    let rest = [
        used.ru_maxrss,
        used.ru_ixrss,
        used.ru_idrss,
        used.ru_isrss,
        used.ru_minflt,
        used.ru_majflt,
        used.ru_nswap,
        used.ru_inblock,
        used.ru_oublock,
        used.ru_msgsnd,
        used.ru_msgrcv,
        used.ru_nsignals,
        used.ru_nvcsw,
        used.ru_nivcsw,
    ];
    ([seconds(used.ru_utime), seconds(used.ru_stime)], rest)
}

/// User, system, children's user and system, and elapsed time, in ticks of `clock_ticks()` a second.
pub fn times() -> [i64; 5] {
    // SAFETY: the place is valid for the call.
    unsafe {
        let mut times: libc::tms = std::mem::zeroed();
        let elapsed = libc::times(&mut times);
        [times.tms_utime, times.tms_stime, times.tms_cutime, times.tms_cstime, elapsed]
    }
}

pub fn getgroups() -> Result<Vec<u32>> {
    let mut groups = vec![0; 65536];
    // SAFETY: the buffer is valid for its length.
    let n = check_int(unsafe { libc::getgroups(groups.len() as i32, groups.as_mut_ptr()) })?;
    groups.truncate(n as usize);
    Ok(groups)
}

pub fn umask(mask: u32) -> u32 {
    // SAFETY: numbers are given.
    unsafe { libc::umask(mask) }
}

pub fn nice(by: i32) -> Result<i32> {
    // SAFETY: numbers are given; -1 may be a result, so the error number tells.
    unsafe {
        *libc::__errno_location() = 0;
        let now = libc::nice(by);
        if now == -1 && *libc::__errno_location() != 0 { Err(Error::last_os_error()) } else { Ok(now) }
    }
}

pub fn getpriority(which: i32, who: u32) -> Result<i32> {
    // SAFETY: as in `nice`.
    unsafe {
        *libc::__errno_location() = 0;
        let now = libc::getpriority(which as _, who);
        if now == -1 && *libc::__errno_location() != 0 { Err(Error::last_os_error()) } else { Ok(now) }
    }
}

pub fn setpriority(which: i32, who: u32, priority: i32) -> Result<i32> {
    // SAFETY: numbers are given.
    check_int(unsafe { libc::setpriority(which as _, who, priority) })
}

/// The processors that a process may run on.
pub fn get_affinity(pid: i32) -> Result<Vec<usize>> {
    // SAFETY: the set is valid for the call.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        check_int(libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut set))?;
        Ok((0..libc::CPU_SETSIZE as usize).filter(|&cpu| libc::CPU_ISSET(cpu, &set)).collect())
    }
}

pub fn set_affinity(pid: i32, cpus: &[usize]) -> Result<()> {
    // SAFETY: the set is valid for the call; the numbers are below its size.
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        cpus.iter().filter(|&&cpu| cpu < libc::CPU_SETSIZE as usize).for_each(|&cpu| libc::CPU_SET(cpu, &mut set));
        check_int(libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &set)).map(drop)
    }
}

/// A command by the shell; its status.
pub fn system(command: &CString) -> Result<i32> {
    // SAFETY: the command ends with a null.
    check(unsafe { libc::system(command.as_ptr()) } as isize).map(|status| status as i32)
}

pub fn abort() -> ! {
    // SAFETY: nothing of this process is used after it.
    unsafe { libc::abort() }
}
