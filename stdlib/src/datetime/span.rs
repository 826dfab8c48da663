//! Spans of time: what a `timedelta` holds.
//!
//! In: days, seconds, microseconds. Out: the same, in their only form. The one invariant: seconds are less than a day and microseconds
//! less than a second, none of them negative; days carry the sign and are at most 999999999.

use super::clock::{US_PER_DAY, US_PER_SECOND};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

pub const MAX_DAYS: i32 = 999_999_999;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    pub days: i32,
    pub seconds: i32,
    pub us: i32,
}

/// The message of an OverflowError.
pub type Overflow = String;

impl Span {
    pub const MIN: Span = Span { days: -MAX_DAYS, seconds: 0, us: 0 };
    pub const MAX: Span = Span { days: MAX_DAYS, seconds: 86_399, us: 999_999 };
    pub const SHORTEST: Span = Span { days: 0, seconds: 0, us: 1 };
    pub const ZERO: Span = Span { days: 0, seconds: 0, us: 0 };
    pub const DAY: Span = Span { days: 1, seconds: 0, us: 0 };

    /// A span of so many microseconds.
    #[inline]
    pub fn of_us(us: i128) -> Result<Span, Overflow> {
        let (days, us) = match i64::try_from(us) {
            Ok(us) => (us.div_euclid(US_PER_DAY) as i128, us.rem_euclid(US_PER_DAY)),
            Err(_) => (us.div_euclid(US_PER_DAY as i128), us.rem_euclid(US_PER_DAY as i128) as i64),
        };
        match i32::try_from(days) {
            Ok(days) if days.abs() <= MAX_DAYS => Ok(Span::within_limits(days, us)),
            Ok(days) => Err(format!("days={days}; must have magnitude <= {MAX_DAYS}")),
            Err(_) => Err(too_large()),
        }
    }

    /// As `of_us`, of an int of any size.
    pub fn of_big(us: &BigInt) -> Result<Span, Overflow> {
        us.to_i128().map_or_else(|| Err(too_large()), Span::of_us)
    }

    /// Days that cannot be too many, and microseconds of less than a few days.
    #[inline]
    pub fn within_limits(days: i32, us: i64) -> Span {
        let days = days + us.div_euclid(US_PER_DAY) as i32;
        let us = us.rem_euclid(US_PER_DAY);
        Span { days, seconds: (us / US_PER_SECOND) as i32, us: (us % US_PER_SECOND) as i32 }
    }

    /// What is more than the days, in microseconds.
    #[inline]
    pub fn us_of_day(self) -> i64 {
        self.seconds as i64 * US_PER_SECOND + self.us as i64
    }

    /// All of it in microseconds.
    #[inline]
    pub fn total(self) -> i128 {
        self.days as i128 * US_PER_DAY as i128 + self.us_of_day() as i128
    }

    pub fn is_zero(self) -> bool {
        self == Span::ZERO
    }

    pub fn is_negative(self) -> bool {
        self.days < 0
    }

    /// Whether it is less than a day to either side, as the offsets of time zones are.
    pub fn is_offset(self) -> bool {
        self.days == 0 || self.days == -1 && (self.seconds, self.us) > (0, 0)
    }

    #[inline]
    pub fn plus(self, other: Span) -> Result<Span, Overflow> {
        Span::checked(self.days + other.days, self.us_of_day() + other.us_of_day())
    }

    #[inline]
    pub fn minus(self, other: Span) -> Result<Span, Overflow> {
        Span::checked(self.days - other.days, self.us_of_day() - other.us_of_day())
    }

    pub fn negated(self) -> Result<Span, Overflow> {
        Span::ZERO.minus(self)
    }

    fn checked(days: i32, us: i64) -> Result<Span, Overflow> {
        let span = Span::within_limits(days, us);
        match span.days.abs() <= MAX_DAYS {
            true => Ok(span),
            false => Err(format!("days={}; must have magnitude <= {MAX_DAYS}", span.days)),
        }
    }

    /// The nearest span to `self * n / d`, halves going to the even microsecond; `d` is not zero.
    pub fn scaled(self, n: i128, d: i128) -> Result<Span, Overflow> {
        match self.total().checked_mul(n) {
            Some(product) if product.checked_mul(2).is_some() && d.checked_mul(2).is_some() => {
                Span::of_us(nearest(product, d))
            }
            _ => self.scaled_big(&n.into(), &d.into()),
        }
    }

    pub fn scaled_big(self, n: &BigInt, d: &BigInt) -> Result<Span, Overflow> {
        let (product, d) = if d.is_negative() { (-self.total() * n, -d) } else { (self.total() * n, d.clone()) };
        let (quotient, rest) = product.div_mod_floor(&d);
        let up = match (rest * 2u8).cmp(&d) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => quotient.is_odd(),
            std::cmp::Ordering::Greater => true,
        };
        Span::of_big(&(quotient + up as u8))
    }
}

fn too_large() -> Overflow {
    "Python int too large to convert to C int".to_owned()
}

/// The int nearest to `n / d`, halves going to the even one.
fn nearest(n: i128, d: i128) -> i128 {
    let (n, d) = if d < 0 { (-n, -d) } else { (n, d) };
    let (quotient, rest) = (n.div_euclid(d), n.rem_euclid(d));
    match (rest * 2).cmp(&d) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Equal => quotient + quotient.rem_euclid(2),
        std::cmp::Ordering::Greater => quotient + 1,
    }
}

/// A sum of microseconds of any size: what `timedelta(...)` adds up.
#[derive(Default)]
pub struct Sum {
    small: i128,
    big: BigInt,
    /// Parts of microseconds, which are rounded once, at the end.
    fraction: f64,
}

impl Sum {
    pub fn add(&mut self, number: i64, factor: i64) {
        self.small += number as i128 * factor as i128;
    }

    pub fn add_big(&mut self, number: &BigInt, factor: i64) {
        self.big += number * factor;
    }

    /// A finite float.
    pub fn add_float(&mut self, number: f64, factor: i64) {
        let whole = number.trunc();
        self.add_whole(whole, factor);
        let fraction = number - whole;
        if fraction != 0.0 {
            let part = fraction * factor as f64;
            self.add_whole(part.trunc(), 1);
            self.fraction += part - part.trunc();
        }
    }

    fn add_whole(&mut self, whole: f64, factor: i64) {
        use num_traits::FromPrimitive;
        match whole.abs() < 9e18 {
            true => self.add(whole as i64, factor),
            false => self.big += BigInt::from_f64(whole).unwrap_or_default() * factor,
        }
    }

    pub fn finish(mut self) -> Result<Span, Overflow> {
        if self.fraction != 0.0 {
            self.small += self.rounded_fraction() as i128;
        }
        match self.big.is_zero() {
            true => Span::of_us(self.small),
            false => Span::of_big(&(self.big + self.small)),
        }
    }

    /// Rounded so that a half makes the whole sum even.
    fn rounded_fraction(&self) -> f64 {
        let whole = self.fraction.round();
        if (whole - self.fraction).abs() != 0.5 {
            return whole;
        }
        let odd = (self.small & 1 != 0) != self.big.is_odd();
        let odd = odd as u8 as f64;
        2.0 * ((self.fraction + odd) * 0.5).round() - odd
    }
}
