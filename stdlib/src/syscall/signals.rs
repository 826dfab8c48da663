//! Calls about signals.
//!
//! In: numbers. Out: results, or the system's error. The one invariant: no handler is installed here: that is
//! `interpreter::runtime::signals`' work.

use super::check_int;
use std::ffi::CStr;
use std::io::Result;
use std::time::Duration;

/// What a signal does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Default,
    Ignore,
    /// Some handler.
    Other,
}

pub fn action(signal: i32) -> Result<Action> {
    // SAFETY: a zeroed action is a valid place for the system to fill.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        check_int(libc::sigaction(signal, std::ptr::null(), &mut action))?;
        Ok(match action.sa_sigaction {
            libc::SIG_DFL => Action::Default,
            libc::SIG_IGN => Action::Ignore,
            _ => Action::Other,
        })
    }
}

/// Back to the system's own way, or ignored.
pub fn set_plain(signal: i32, ignore: bool) -> Result<()> {
    let action = if ignore { libc::SIG_IGN } else { libc::SIG_DFL };
    // SAFETY: no handler of ours is installed.
    match unsafe { libc::signal(signal, action) } {
        libc::SIG_ERR => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

pub fn raise(signal: i32) -> Result<()> {
    // SAFETY: a number is given.
    check_int(unsafe { libc::raise(signal) }).map(drop)
}

pub fn alarm(seconds: u32) -> u32 {
    // SAFETY: a number is given.
    unsafe { libc::alarm(seconds) }
}

/// Waits for any signal.
pub fn pause() {
    // SAFETY: nothing is given.
    unsafe { libc::pause() };
}

/// Sets a timer, in seconds; gives what was left of the old one and its interval.
pub fn set_timer(which: i32, delay: f64, interval: f64) -> Result<(f64, f64)> {
    let time = |seconds: f64| libc::timeval {
        tv_sec: seconds as i64,
        tv_usec: ((seconds - seconds.floor()) * 1e6).round().min(999_999.0) as i64,
    };
    let new = libc::itimerval { it_value: time(delay), it_interval: time(interval) };
    // SAFETY: both places are valid for the call.
    unsafe {
        let mut old: libc::itimerval = std::mem::zeroed();
        check_int(libc::setitimer(which as _, &new, &mut old))?;
        Ok(seconds(&old))
    }
}

pub fn get_timer(which: i32) -> Result<(f64, f64)> {
    // SAFETY: the place is valid for the call.
    unsafe {
        let mut now: libc::itimerval = std::mem::zeroed();
        check_int(libc::getitimer(which as _, &mut now))?;
        Ok(seconds(&now))
    }
}

fn seconds(timer: &libc::itimerval) -> (f64, f64) {
    let seconds = |time: &libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    (seconds(&timer.it_value), seconds(&timer.it_interval))
}

/// Changes the calling thread's mask; gives the signals that were blocked.
pub fn mask(how: i32, signals: &[i32]) -> Result<Vec<i32>> {
    // SAFETY: the sets are valid for the calls.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        let mut old: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for &signal in signals {
            libc::sigaddset(&mut set, signal);
        }
        match libc::pthread_sigmask(how, &set, &mut old) {
            0 => Ok(members(&old)),
            errno => Err(std::io::Error::from_raw_os_error(errno)),
        }
    }
}

/// Signals that wait because they are blocked.
pub fn pending() -> Result<Vec<i32>> {
    // SAFETY: the set is valid for the call.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        check_int(libc::sigpending(&mut set))?;
        Ok(members(&set))
    }
}

fn members(set: &libc::sigset_t) -> Vec<i32> {
    // SAFETY: the set is valid.
    (1..65).filter(|&signal| unsafe { libc::sigismember(set, signal) } == 1).collect()
}

/// Waits for one of these signals, which are blocked.
pub fn wait(signals: &[i32]) -> Result<i32> {
    // SAFETY: the set and the place are valid for the call.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for &signal in signals {
            libc::sigaddset(&mut set, signal);
        }
        let mut signal = 0;
        match libc::sigwait(&set, &mut signal) {
            0 => Ok(signal),
            errno => Err(std::io::Error::from_raw_os_error(errno)),
        }
    }
}

/// Sends a signal to the process that a descriptor stands for.
pub fn pidfd_send(process: i32, signal: i32, flags: u32) -> Result<()> {
    let no_info: *const libc::siginfo_t = std::ptr::null();
    // SAFETY: numbers and no pointer are given.
    match unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process, signal, no_info, flags) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// What is known of a signal that was waited for.
pub struct Info {
    pub signal: i32,
    pub code: i32,
    pub errno: i32,
    pub pid: i32,
    pub uid: u32,
    pub status: i32,
    pub band: i64,
}

/// As `wait`, for a limited time if there is one; nothing if it is over.
pub fn wait_for_info(signals: &[i32], limit: Option<Duration>) -> Result<Option<Info>> {
    // SAFETY: the set and the places are valid for the call; the fields read are those of a signal that came.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        for &signal in signals {
            libc::sigaddset(&mut set, signal);
        }
        let mut info: libc::siginfo_t = std::mem::zeroed();
        let taken = match limit {
            None => libc::sigwaitinfo(&set, &mut info),
            Some(limit) => {
                let limit =
                    libc::timespec { tv_sec: limit.as_secs() as i64, tv_nsec: limit.subsec_nanos() as libc::c_long };
                libc::sigtimedwait(&set, &mut info, &limit)
            }
        };
        if taken < 0 {
            let error = std::io::Error::last_os_error();
            return if error.raw_os_error() == Some(libc::EAGAIN) { Ok(None) } else { Err(error) };
        }
        Ok(Some(Info {
            signal: info.si_signo,
            code: info.si_code,
            errno: info.si_errno,
            pid: info.si_pid(),
            uid: info.si_uid(),
            status: info.si_status(),
            band: 0,
        }))
    }
}

pub fn interrupting(signal: i32, interrupt: bool) -> Result<()> {
    // SAFETY: the action is read, and written back with one flag changed.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        check_int(libc::sigaction(signal, std::ptr::null(), &mut action))?;
        if interrupt {
            action.sa_flags &= !libc::SA_RESTART
        } else {
            action.sa_flags |= libc::SA_RESTART
        }
        check_int(libc::sigaction(signal, &action, std::ptr::null_mut())).map(drop)
    }
}

/// The signal's description.
pub fn describe(signal: i32) -> Option<String> {
    // SAFETY: the result is copied before another call.
    unsafe {
        let text = libc::strsignal(signal);
        if text.is_null() {
            return None;
        }
        let text = CStr::from_ptr(text).to_string_lossy().into_owned();
        if text.starts_with("Unknown signal") { None } else { Some(text) }
    }
}

pub fn kill_thread(thread: u64, signal: i32) -> Result<()> {
    // SAFETY: the caller names a thread that exists, as with CPython's `pthread_kill`.
    match unsafe { libc::pthread_kill(thread as libc::pthread_t, signal) } {
        0 => Ok(()),
        errno => Err(std::io::Error::from_raw_os_error(errno)),
    }
}
