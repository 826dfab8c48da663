//! What the C library has and Rust's does not: some functions of reals, clocks and the calendar, as safe functions.
//!
//! In: numbers. Out: numbers, or the system's error. The one invariant: no pointer outlives its call.

use std::ffi::{CStr, CString};
use std::io::{Error, Result};

mod real {
    // SAFETY: functions of numbers alone, with these types in C.
    unsafe extern "C" {
        pub safe fn erf(x: f64) -> f64;
        pub safe fn erfc(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn remainder(x: f64, y: f64) -> f64;
    }
}

pub use real::{acosh, asinh, atanh, erf, erfc, remainder};

/// A clock's time in nanoseconds.
pub fn clock(id: libc::clockid_t) -> Result<i64> {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place is valid for the call.
    match unsafe { libc::clock_gettime(id, &mut now) } {
        0 => Ok(now.tv_sec * 1_000_000_000 + now.tv_nsec),
        _ => Err(Error::last_os_error()),
    }
}

/// The step of a clock in nanoseconds.
pub fn clock_resolution(id: libc::clockid_t) -> Result<i64> {
    let mut step = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place is valid for the call.
    match unsafe { libc::clock_getres(id, &mut step) } {
        0 => Ok(step.tv_sec * 1_000_000_000 + step.tv_nsec),
        _ => Err(Error::last_os_error()),
    }
}

/// Sets a clock, in nanoseconds.
pub fn set_clock(id: libc::clockid_t, nanoseconds: i64) -> Result<()> {
    let to = libc::timespec {
        tv_sec: nanoseconds.div_euclid(1_000_000_000),
        tv_nsec: nanoseconds.rem_euclid(1_000_000_000),
    };
    // SAFETY: the place is valid for the call.
    match unsafe { libc::clock_settime(id, &to) } {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

/// A broken-down time with its zone's name.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// Since 1900.
    pub year: i32,
    /// From 0.
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    /// From Sunday, 0.
    pub weekday: i32,
    /// From 0.
    pub day_of_year: i32,
    pub is_dst: i32,
    pub offset: i64,
    pub zone: String,
}

impl Calendar {
    fn of(tm: &libc::tm) -> Calendar {
        // SAFETY: the library's own text, which ends with a null and lives until the zone changes.
        let zone = if tm.tm_zone.is_null() {
            Default::default()
        } else {
            unsafe { CStr::from_ptr(tm.tm_zone) }.to_string_lossy()
        };
        Calendar {
            year: tm.tm_year,
            month: tm.tm_mon,
            day: tm.tm_mday,
            hour: tm.tm_hour,
            minute: tm.tm_min,
            second: tm.tm_sec,
            weekday: tm.tm_wday,
            day_of_year: tm.tm_yday,
            is_dst: tm.tm_isdst,
            offset: tm.tm_gmtoff,
            zone: zone.into_owned(),
        }
    }

    fn tm(&self, zone: Option<&CStr>) -> libc::tm {
        // SAFETY: zeros are a valid broken-down time.
        let mut tm: libc::tm = unsafe { std::mem::zeroed() };
        (tm.tm_year, tm.tm_mon, tm.tm_mday) = (self.year, self.month, self.day);
        (tm.tm_hour, tm.tm_min, tm.tm_sec) = (self.hour, self.minute, self.second);
        (tm.tm_wday, tm.tm_yday, tm.tm_isdst) = (self.weekday, self.day_of_year, self.is_dst);
        tm.tm_gmtoff = self.offset;
        if let Some(zone) = zone {
            tm.tm_zone = zone.as_ptr();
        }
        tm
    }
}

/// Broken-down time in the local zone.
pub fn local(seconds: i64) -> Result<Calendar> {
    broken_down(seconds, libc::localtime_r)
}

/// Broken-down time in UTC.
pub fn utc(seconds: i64) -> Result<Calendar> {
    broken_down(seconds, libc::gmtime_r)
}

type Breaker = unsafe extern "C" fn(*const libc::time_t, *mut libc::tm) -> *mut libc::tm;

fn broken_down(seconds: i64, by: Breaker) -> Result<Calendar> {
    // SAFETY: both places are valid for the call.
    unsafe {
        let mut tm: libc::tm = std::mem::zeroed();
        if by(&seconds, &mut tm).is_null() { Err(Error::last_os_error()) } else { Ok(Calendar::of(&tm)) }
    }
}

/// Seconds since 1970 of a local time; nothing if they do not fit.
pub fn make_time(calendar: &Calendar) -> Option<i64> {
    let mut tm = calendar.tm(None);
    tm.tm_wday = -1;
    // SAFETY: the place is valid for the call.
    let seconds = unsafe { libc::mktime(&mut tm) };
    // Minus one is also an error, which leaves the week day alone.
    (seconds != -1 || tm.tm_wday != -1).then_some(seconds)
}

/// Text of a time; bytes of the locale's encoding. Nothing if it is longer than `most`.
pub fn format_time(format: &CStr, calendar: &Calendar, most: usize) -> Option<Vec<u8>> {
    let zone = CString::new(calendar.zone.as_bytes()).ok()?;
    let tm = calendar.tm(Some(&zone));
    let mut text = vec![0u8; most];
    // SAFETY: the buffer is valid for its length, and the zone's name outlives the call.
    let len = unsafe { libc::strftime(text.as_mut_ptr().cast(), text.len(), format.as_ptr(), &tm) };
    text.truncate(len);
    if len == 0 { None } else { Some(text) }
}

/// Reads the zone again from the environment.
pub fn read_zone() {
    // SAFETY: a function of the environment, called with the GIL held.
    unsafe { tzset() }
}

unsafe extern "C" {
    fn tzset();
}
