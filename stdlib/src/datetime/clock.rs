//! Times of a day, and moments: a day and a time.
//!
//! In: numbers. Out: times that exist, or what is wrong with the numbers. The one invariant: a `Clock` is less than a day, unless a pickle made it up.

use super::calendar::{Day, MAX_ORDINAL};
use super::span::Span;

pub const US_PER_SECOND: i64 = 1_000_000;
pub const US_PER_DAY: i64 = 86_400 * US_PER_SECOND;

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Clock {
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub us: u32,
}

impl Clock {
    pub const LAST: Clock = Clock { hour: 23, minute: 59, second: 59, us: 999_999 };

    /// The time of these numbers, or what is wrong with them.
    #[inline]
    pub fn new(hour: i32, minute: i32, second: i32, us: i32) -> Result<Clock, &'static str> {
        if !(0..=23).contains(&hour) {
            return Err("hour must be in 0..23");
        }
        if !(0..=59).contains(&minute) {
            return Err("minute must be in 0..59");
        }
        if !(0..=59).contains(&second) {
            return Err("second must be in 0..59");
        }
        if !(0..=999_999).contains(&us) {
            return Err("microsecond must be in 0..999999");
        }
        Ok(Clock { hour: hour as u8, minute: minute as u8, second: second as u8, us: us as u32 })
    }

    /// The time so many microseconds after midnight, which are less than a day.
    #[inline]
    fn of_us(us: i64) -> Clock {
        let seconds = (us / US_PER_SECOND) as u32;
        let (minutes, second) = (seconds / 60, (seconds % 60) as u8);
        let us = (us % US_PER_SECOND) as u32;
        Clock { hour: (minutes / 60) as u8, minute: (minutes % 60) as u8, second, us }
    }

    pub fn seconds(self) -> i32 {
        (self.hour as i32 * 60 + self.minute as i32) * 60 + self.second as i32
    }

    /// Since midnight.
    #[inline]
    pub fn us_of_day(self) -> i64 {
        self.seconds() as i64 * US_PER_SECOND + self.us as i64
    }
}

/// A time of a certain day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub day: Day,
    pub clock: Clock,
}

impl Moment {
    /// When POSIX begins to count.
    pub const EPOCH: Moment =
        Moment { day: Day { year: 1970, month: 1, day: 1 }, clock: Clock { hour: 0, minute: 0, second: 0, us: 0 } };

    /// The moment of these numbers, or what is wrong with them.
    pub fn new(fields: [i32; 7]) -> Result<Moment, String> {
        let [year, month, day, hour, minute, second, us] = fields;
        let day = Day::new(year, month, day)?;
        Ok(Moment { day, clock: Clock::new(hour, minute, second, us)? })
    }

    pub fn fields(self) -> [i32; 7] {
        let Moment { day: Day { year, month, day }, clock: Clock { hour, minute, second, us } } = self;
        [year.into(), month.into(), day.into(), hour.into(), minute.into(), second.into(), us as i32]
    }

    /// Seconds since the beginning of the day before January 1 of the year 1.
    pub fn seconds(self) -> i64 {
        self.day.ordinal() as i64 * 86_400 + self.clock.seconds() as i64
    }

    /// The moment a span later; nothing if it is not within the calendar.
    #[inline]
    pub fn plus(self, span: Span) -> Option<Moment> {
        self.moved(span.days.into(), span.us_of_day())
    }

    /// The moment a span earlier.
    #[inline]
    pub fn minus(self, span: Span) -> Option<Moment> {
        self.moved(-i64::from(span.days), -span.us_of_day())
    }

    #[inline]
    fn moved(self, days: i64, us: i64) -> Option<Moment> {
        let us = self.clock.us_of_day() + us;
        let days = days + us.div_euclid(US_PER_DAY);
        Some(Moment { day: moved_day(self.day, days)?, clock: Clock::of_us(us.rem_euclid(US_PER_DAY)) })
    }

    /// The time from another moment to this one.
    pub fn since(self, other: Moment) -> Span {
        let days = self.day.ordinal() - other.day.ordinal();
        Span::within_limits(days, self.clock.us_of_day() - other.clock.us_of_day())
    }
}

/// The day so many days later; nothing if it is not within the calendar.
#[inline]
pub fn moved_day(day: Day, days: i64) -> Option<Day> {
    // Within the month, and no month is shorter than this.
    let of_month = day.day as i64 + days;
    if days == 0 || (1..=28).contains(&of_month) {
        return Some(Day { day: of_month as u8, ..day });
    }
    let ordinal = day.ordinal() as i64 + days;
    if !(1..=MAX_ORDINAL as i64).contains(&ordinal) {
        return None;
    }
    Day::of_ordinal(ordinal as i32).ok()
}
