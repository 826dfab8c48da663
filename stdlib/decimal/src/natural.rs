//! Whole numbers of any size in decimal limbs.
//!
//! In: numbers, and counts of digits. Out: numbers. The one invariant: the top limb is not zero, so zero has no limbs.

use crate::limbs::{self, BASE, BY_POWERS, POWERS, WIDTH, divide_base};
use smallvec::SmallVec;
use std::cmp::Ordering;

/// A coefficient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Natural(pub(crate) SmallVec<[u64; 4]>);

/// How many digits a limb has that is not zero.
#[inline(always)]
pub(crate) fn digits_of(limb: u64) -> i64 {
    let bits = 64 - limb.leading_zeros();
    // 1233 / 4096 is a little more than log10(2).
    let guess = ((bits * 1233) >> 12) as usize;
    guess as i64 + (limb >= POWERS[guess]) as i64
}

/// What was cut off, compared with half of the last place that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rest {
    Nothing,
    Less,
    Half,
    More,
}

impl From<u64> for Natural {
    #[inline]
    fn from(n: u64) -> Natural {
        match n {
            0 => Natural::default(),
            1..BASE => Natural(SmallVec::from_buf_and_len([n, 0, 0, 0], 1)),
            _ => Natural(SmallVec::from_buf_and_len([n - BASE, 1, 0, 0], 2)),
        }
    }
}

impl From<u128> for Natural {
    #[inline]
    fn from(n: u128) -> Natural {
        if (n >> 64) as u64 >= BASE {
            return Natural::from_three(n);
        }
        let (high, low) = divide_base(n);
        Natural(SmallVec::from_buf_and_len([low, high, 0, 0], if high != 0 { 2 } else { (low != 0) as usize }))
    }
}

impl Natural {
    /// Of what does not fit two limbs, or only just.
    #[cold]
    fn from_three(n: u128) -> Natural {
        let (high, low) = (n / BASE as u128, (n % BASE as u128) as u64);
        let mut limbs = Natural::from((high % BASE as u128) as u64).0;
        if high >= BASE as u128 {
            limbs.resize(1, 0);
            limbs.push((high / BASE as u128) as u64);
        }
        limbs.insert(0, low);
        Natural::normal(limbs)
    }

    /// Of limbs whose top may be zero.
    #[inline]
    pub(crate) fn normal(mut limbs: SmallVec<[u64; 4]>) -> Natural {
        while limbs.last() == Some(&0) {
            limbs.pop();
        }
        Natural(limbs)
    }

    pub(crate) fn from_limbs(limbs: &[u64]) -> Natural {
        let used = limbs.iter().rposition(|&limb| limb != 0).map_or(0, |top| top + 1);
        Natural(SmallVec::from_slice(&limbs[..used]))
    }

    #[inline]
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The only limb, if there is just one.
    #[inline]
    pub(crate) fn one_limb(&self) -> Option<u64> {
        match *self.0.as_slice() {
            [limb] => Some(limb),
            _ => None,
        }
    }

    pub fn is_odd(&self) -> bool {
        self.0.first().is_some_and(|low| low & 1 == 1)
    }

    pub(crate) fn last_digit(&self) -> u64 {
        self.0.first().map_or(0, |low| low % 10)
    }

    /// The value if it fits.
    pub fn to_u64(&self) -> Option<u64> {
        match *self.0.as_slice() {
            [] => Some(0),
            [low] => Some(low),
            [low, 1] => low.checked_add(BASE),
            _ => None,
        }
    }

    /// The value if it has at most 38 digits.
    pub(crate) fn to_u128(&self) -> Option<u128> {
        match *self.0.as_slice() {
            [] => Some(0),
            [low] => Some(low as u128),
            [low, high] => Some(high as u128 * BASE as u128 + low as u128),
            _ => None,
        }
    }

    /// How many digits it is written with: one for zero.
    #[inline]
    pub fn digits(&self) -> i64 {
        match self.0.last() {
            Some(top) => ((self.0.len() - 1) * WIDTH) as i64 + digits_of(*top),
            None => 1,
        }
    }

    /// How many zeros it ends with; none if it is zero.
    pub fn trailing_zeros(&self) -> i64 {
        let Some(place) = self.0.iter().position(|&limb| limb != 0) else { return 0 };
        let (mut limb, mut zeros) = (self.0[place], 0);
        while limb % 10 == 0 {
            limb /= 10;
            zeros += 1;
        }
        (place * WIDTH) as i64 + zeros
    }

    /// Whether it is 10^(digits - 1).
    pub(crate) fn is_power_of_ten(&self) -> bool {
        self.0.last().is_some_and(|&top| POWERS[top.ilog10() as usize] == top)
            && self.trailing_zeros() == self.digits() - 1
    }

    pub(crate) fn is_all_nines(&self) -> bool {
        let Some((top, rest)) = self.0.split_last() else { return false };
        rest.iter().all(|&limb| limb == BASE - 1) && POWERS[top.ilog10() as usize + 1] - 1 == *top
    }

    /// The digit at a place, the last being at 0.
    pub(crate) fn digit(&self, place: usize) -> u8 {
        self.0.get(place / WIDTH).map_or(0, |limb| (limb / POWERS[place % WIDTH] % 10) as u8)
    }

    pub fn power_of_ten(n: usize) -> Natural {
        Natural::from(1u64).shifted_left(n)
    }

    pub(crate) fn nines(n: usize) -> Natural {
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::from_elem(BASE - 1, n / WIDTH);
        limbs.push(POWERS[n % WIDTH] - 1);
        Natural::normal(limbs)
    }

    pub(crate) fn increment(&mut self) {
        if self.bump() {
            self.0.push(1);
        }
    }

    /// Adds one; whether it carries out of the top.
    fn bump(&mut self) -> bool {
        for limb in self.0.iter_mut() {
            if *limb < BASE - 1 {
                *limb += 1;
                return false;
            }
            *limb = 0;
        }
        true
    }

    pub(crate) fn plus(&self, other: &Natural) -> Natural {
        let (long, short) = if self.0.len() < other.0.len() { (other, self) } else { (self, other) };
        let mut limbs = long.0.clone();
        if limbs::add_to(&mut limbs, &short.0) {
            limbs.push(1);
        }
        Natural(limbs)
    }

    /// The difference, `other` being not larger.
    pub(crate) fn minus(&self, other: &Natural) -> Natural {
        let mut limbs = self.0.clone();
        limbs::take_from(&mut limbs, &other.0);
        Natural::normal(limbs)
    }

    pub(crate) fn times(&self, other: &Natural) -> Natural {
        if let ([a], [b]) = (self.0.as_slice(), other.0.as_slice()) {
            let (high, low) = divide_base(*a as u128 * *b as u128);
            return Natural(SmallVec::from_buf_and_len([low, high, 0, 0], 1 + (high != 0) as usize));
        }
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::from_elem(0, self.0.len() + other.0.len());
        if !self.is_zero() && !other.is_zero() {
            limbs::multiply(&self.0, &other.0, &mut limbs);
        }
        Natural::normal(limbs)
    }

    /// Times 10^n.
    pub fn shifted_left(&self, n: usize) -> Natural {
        if self.is_zero() || n == 0 {
            return self.clone();
        }
        if let (&[limb], 0..WIDTH) = (self.0.as_slice(), n) {
            return Natural::from(limb as u128 * POWERS[n] as u128);
        }
        let (whole, part) = (n / WIDTH, n % WIDTH);
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::with_capacity(self.0.len() + whole + 1);
        limbs.resize(whole, 0);
        if part == 0 {
            limbs.extend_from_slice(&self.0);
            return Natural(limbs);
        }
        let mut carry = 0;
        for &limb in &self.0 {
            let (high, low) = divide_base(limb as u128 * POWERS[part] as u128 + carry as u128);
            limbs.push(low);
            carry = high;
        }
        limbs.push(carry);
        Natural::normal(limbs)
    }

    /// Without its last n digits.
    pub(crate) fn shifted_right(&self, n: usize) -> Natural {
        let (whole, part) = (n / WIDTH, n % WIDTH);
        let Some(kept) = self.0.get(whole..) else { return Natural::default() };
        if part == 0 {
            return Natural(SmallVec::from_slice(kept));
        }
        let (divisor, factor) = (&BY_POWERS[part], POWERS[WIDTH - part]);
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::with_capacity(kept.len());
        limbs.resize(kept.len(), 0);
        let mut above = 0;
        for (place, &limb) in limbs.iter_mut().zip(kept).rev() {
            let (quotient, rest) = divisor.divide(limb as u128);
            *place = quotient + above * factor;
            above = rest;
        }
        Natural::normal(limbs)
    }

    /// Without its last n digits, and what these were.
    #[inline]
    pub(crate) fn cut(&self, n: usize) -> (Natural, Rest) {
        if let (&[limb], 1..WIDTH) = (self.0.as_slice(), n) {
            let (kept, rest) = BY_POWERS[n].divide(limb as u128);
            let rest = match rest.cmp(&(POWERS[n] / 2)) {
                _ if rest == 0 => Rest::Nothing,
                Ordering::Less => Rest::Less,
                Ordering::Equal => Rest::Half,
                Ordering::Greater => Rest::More,
            };
            return (Natural::from(kept), rest);
        }
        (self.shifted_right(n), self.rest(n))
    }

    /// What the last n digits are, n being at least 1.
    fn rest(&self, n: usize) -> Rest {
        let (whole, part) = ((n - 1) / WIDTH, (n - 1) % WIDTH);
        let Some(&limb) = self.0.get(whole) else {
            return if self.is_zero() { Rest::Nothing } else { Rest::Less };
        };
        let (digit, low) = (limb / POWERS[part] % 10, limb % POWERS[part]);
        let nothing_below = low == 0 && self.0[..whole].iter().all(|&limb| limb == 0);
        match (digit, nothing_below) {
            (0, true) => Rest::Nothing,
            (5, true) => Rest::Half,
            (0..=4, _) => Rest::Less,
            _ => Rest::More,
        }
    }

    /// Its last n digits as a number.
    pub(crate) fn low_digits(&self, n: usize) -> Natural {
        let (whole, part) = (n / WIDTH, n % WIDTH);
        if whole >= self.0.len() {
            return self.clone();
        }
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::from_slice(&self.0[..whole]);
        limbs.push(self.0[whole] % POWERS[part]);
        Natural::normal(limbs)
    }

    /// The rest by a modulus below 2^63.
    pub(crate) fn modulo(&self, modulus: u64) -> u64 {
        let base = BASE % modulus;
        self.0
            .iter()
            .rev()
            .fold(0, |rest, &limb| ((rest as u128 * base as u128 + (limb % modulus) as u128) % modulus as u128) as u64)
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Natural) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Natural) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}
