//! The calendar: days as year, month and day, and counted from January 1 of the year 1, which is day 1.
//!
//! In: numbers. Out: days that exist, or what is wrong with the numbers. The one invariant: the calendar is the Gregorian one at all times,
//! and a `Day` exists, unless a pickle made it up: its month is one of twelve even so.

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
/// December 31 of the year 9999.
pub const MAX_ORDINAL: i32 = 3_652_059;

const DAYS_IN_400_YEARS: i32 = 146_097;
const DAYS_IN_100_YEARS: i32 = 36_524;
const DAYS_IN_4_YEARS: i32 = 1461;

/// Days of an ordinary year before each month, the first of which is at 1.
const BEFORE: [i32; 14] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

impl Day {
    /// January 1 of the year 1.
    pub const FIRST: Day = Day { year: 1, month: 1, day: 1 };
    pub const LAST: Day = Day { year: 9999, month: 12, day: 31 };

    /// The day of these numbers, or what is wrong with them.
    #[inline]
    pub fn new(year: i32, month: i32, day: i32) -> Result<Day, String> {
        if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
            return Err(format!("year {year} is out of range"));
        }
        if !(1..=12).contains(&month) {
            return Err("month must be in 1..12".to_owned());
        }
        if day < 1 || day > 28 && day > days_in_month(year, month) {
            return Err("day is out of range for month".to_owned());
        }
        Ok(Day { year: year as u16, month: month as u8, day: day as u8 })
    }

    /// The day of a count; an error names the year that it would be of.
    #[inline]
    pub fn of_ordinal(ordinal: i32) -> Result<Day, String> {
        let [year, month, day] = Day::fields_of(ordinal);
        Day::new(year, month, day)
    }

    /// Year, month and day of a count, which is positive.
    pub fn fields_of(ordinal: i32) -> [i32; 3] {
        let n = ordinal - 1;
        let (n400, n) = (n / DAYS_IN_400_YEARS, n % DAYS_IN_400_YEARS);
        let n100 = (n / DAYS_IN_100_YEARS).min(3);
        let n = n - n100 * DAYS_IN_100_YEARS;
        let (n4, n) = (n / DAYS_IN_4_YEARS, n % DAYS_IN_4_YEARS);
        let n1 = (n / 365).min(3);
        let n = n - n1 * 365;
        let year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1;
        let leap = is_leap(year) as i32;
        let before = |month: i32| BEFORE[month as usize] + if month > 2 { leap } else { 0 };
        // A month has 32 days at most, so that this is the month or the one after it.
        let month = (n >> 5) + 1;
        let month = if month < 12 && n >= before(month + 1) { month + 1 } else { month };
        [year, month, n - before(month) + 1]
    }

    #[inline]
    pub fn ordinal(self) -> i32 {
        days_before_year(self.year.into()) + self.day_of_year()
    }

    /// From 1.
    #[inline]
    pub fn day_of_year(self) -> i32 {
        let leap = self.month > 2 && is_leap(self.year.into());
        BEFORE[self.month as usize] + leap as i32 + self.day as i32
    }

    /// From Monday, 0.
    pub fn weekday(self) -> i32 {
        (self.ordinal() + 6) % 7
    }

    /// Year, week and day (from Monday, 1) as ISO 8601 counts them.
    pub fn iso(self) -> (i32, i32, i32) {
        let (year, ordinal) = (self.year as i32, self.ordinal());
        let year = match ordinal {
            early if early < first_iso_monday(year) => year - 1,
            late if late >= first_iso_monday(year + 1) => year + 1,
            _ => year,
        };
        let past = ordinal - first_iso_monday(year);
        (year, past / 7 + 1, past % 7 + 1)
    }
}

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: i32) -> i32 {
    let leap = (month == 2 && is_leap(year)) as i32;
    BEFORE[month as usize + 1] - BEFORE[month as usize] + leap
}

pub fn days_before_year(year: i32) -> i32 {
    let past = year - 1;
    past * 365 + past / 4 - past / 100 + past / 400
}

/// The Monday with which a year begins for ISO 8601: the one nearest to January 1.
fn first_iso_monday(year: i32) -> i32 {
    let first = days_before_year(year) + 1;
    let weekday = (first + 6) % 7;
    first - weekday + if weekday > 3 { 7 } else { 0 }
}

/// The count of a day given by year, week and weekday, or what is wrong with them.
pub fn iso_to_ordinal(year: i32, week: i32, day: i32) -> Result<i32, String> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(format!("Year is out of range: {year}"));
    }
    if !((1..=52).contains(&week) || week == 53 && has_53_weeks(year)) {
        return Err(format!("Invalid week: {week}"));
    }
    if !(1..=7).contains(&day) {
        return Err(format!("Invalid day: {day} (range is [1, 7])"));
    }
    Ok(first_iso_monday(year) + (week - 1) * 7 + day - 1)
}

/// A year that begins with a Thursday, or a leap year that begins with a Wednesday.
fn has_53_weeks(year: i32) -> bool {
    let first = days_before_year(year) % 7;
    first == 3 || first == 2 && is_leap(year)
}
