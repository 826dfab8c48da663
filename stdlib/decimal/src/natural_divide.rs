//! Quotients and roots of whole numbers.
//!
//! In: numbers, the divisor not being zero. Out: whole quotients and rests. The one invariant: the rest is below the divisor.

use crate::limbs::{self, BASE, Divisor, divide_base};
use crate::natural::Natural;
use smallvec::SmallVec;

/// From so many limbs of quotient and divisor on, dividing by halves and multiplying pays.
const RECURSIVE: usize = 80;

impl Natural {
    /// The quotient and the rest.
    pub fn divided(&self, by: &Natural) -> (Natural, Natural) {
        if self < by {
            return (Natural::default(), self.clone());
        }
        match by.0.as_slice() {
            [] => (Natural::default(), Natural::default()),
            [one] => self.divided_small(*one),
            _ => match (self.to_u128(), by.to_u128()) {
                (Some(a), Some(b)) => (Natural::from(a / b), Natural::from(a % b)),
                _ if by.0.len() >= RECURSIVE && self.0.len() - by.0.len() >= RECURSIVE => recursive(self, by),
                _ => schoolbook(self, by),
            },
        }
    }

    fn divided_small(&self, by: u64) -> (Natural, Natural) {
        let (mut limbs, mut rest) = (self.0.clone(), 0);
        let divisor = Divisor::new(by);
        for limb in limbs.iter_mut().rev() {
            // The first limb may be larger than the divisor, and then the quotient is still one limb.
            let value = rest as u128 * BASE as u128 + *limb as u128;
            (*limb, rest) = divisor.divide(value);
        }
        (Natural::normal(limbs), Natural::from(rest))
    }

    /// The root of the largest square that is not larger.
    pub(crate) fn root(&self) -> Natural {
        if let Some(n) = self.to_u128() {
            return Natural::from(n.isqrt());
        }
        // Half of the digits come from the upper half, the others from one step of Newton's or two.
        let shift = (self.digits() / 4) as usize;
        let mut estimate = self.shifted_right(2 * shift).root();
        estimate.increment();
        let mut root = estimate.shifted_left(shift);
        loop {
            let next = self.divided(&root).0.plus(&root).divided_small(2).0;
            if next >= root {
                return root;
            }
            root = next;
        }
    }

    fn times_small(&self, by: u64) -> Natural {
        self.times(&Natural::from(by))
    }
}

/// Digit by digit, a digit being a limb (Knuth's algorithm D).
fn schoolbook(a: &Natural, b: &Natural) -> (Natural, Natural) {
    let Some(&top) = b.0.last() else { return (Natural::default(), a.clone()) };
    let scale = BASE / (top + 1);
    let (mut rest, divisor) = (a.times_small(scale).0, b.times_small(scale).0);
    let n = divisor.len();
    let top = Divisor::new(divisor[n - 1]);
    rest.resize(a.0.len() + 1, 0);
    let mut quotient: SmallVec<[u64; 4]> = SmallVec::from_elem(0, rest.len() - n);
    for at in (0..quotient.len()).rev() {
        quotient[at] = step(&mut rest[at..=at + n], &divisor, &top);
    }
    let rest = Natural::normal(rest);
    (Natural::normal(quotient), if scale == 1 { rest } else { rest.divided_by_scale(scale) })
}

impl Natural {
    /// Undoes a scaling.
    fn divided_by_scale(&self, scale: u64) -> Natural {
        self.divided_small(scale).0
    }
}

/// One limb of a quotient, taken off the rest, which has one limb more than the divisor.
fn step(rest: &mut [u64], divisor: &[u64], top: &Divisor) -> u64 {
    let n = divisor.len();
    let (v1, v2) = (divisor[n - 1], divisor[n - 2]);
    let high = rest[n] as u128 * BASE as u128 + rest[n - 1] as u128;
    let (mut digit, mut left) = if rest[n] >= v1 {
        let most = BASE as u128 - 1;
        (most, high - most * v1 as u128)
    } else {
        let (digit, left) = top.divide(high);
        (digit as u128, left as u128)
    };
    while left < BASE as u128 && digit * v2 as u128 > left * BASE as u128 + rest[n - 2] as u128 {
        digit -= 1;
        left += v1 as u128;
    }
    let digit = digit as u64;
    if digit != 0 && multiply_and_take(rest, divisor, digit) {
        limbs::add_to(rest, divisor);
        return digit - 1;
    }
    digit
}

/// Takes `digit * divisor` off; whether it was too much.
fn multiply_and_take(rest: &mut [u64], divisor: &[u64], digit: u64) -> bool {
    let mut carry = 0;
    for (limb, &part) in rest.iter_mut().zip(divisor) {
        let (high, low) = divide_base(digit as u128 * part as u128 + carry as u128);
        let (difference, under) = limb.overflowing_sub(low);
        *limb = if under { difference.wrapping_add(BASE) } else { difference };
        carry = high + under as u64;
    }
    let Some(top) = rest.get_mut(divisor.len()) else { return false };
    let (difference, under) = top.overflowing_sub(carry);
    *top = if under { difference.wrapping_add(BASE) } else { difference };
    under
}

/// By halves (Burnikel and Ziegler, 1998): the divisor is brought to a length that halves well, with a large top limb.
fn recursive(a: &Natural, b: &Natural) -> (Natural, Natural) {
    let mut unit = b.0.len();
    let mut halvings = 0;
    while unit >= RECURSIVE {
        unit = unit.div_ceil(2);
        halvings += 1;
    }
    let n = unit << halvings;
    let padding = n - b.0.len();
    let scale = b.0.last().map_or(1, |top| BASE / (top + 1));
    let shift = |x: &Natural| x.times_small(scale).limbs_up(padding);
    let (a, b) = (shift(a), shift(b));
    let mut quotient = vec![0; a.0.len().div_ceil(n) * n];
    let mut rest = Natural::default();
    for (i, block) in a.0.chunks(n).enumerate().rev() {
        let high = rest.limbs_up(n).plus(&Natural::from_limbs(block));
        let (digit, left) = two_by_one(&high, &b, n);
        quotient[i * n..i * n + digit.0.len()].copy_from_slice(&digit.0);
        rest = left;
    }
    (Natural::from_limbs(&quotient), rest.limbs_down(padding).divided_by_scale(scale))
}

impl Natural {
    fn limbs_up(&self, n: usize) -> Natural {
        if self.is_zero() {
            return self.clone();
        }
        let mut limbs: SmallVec<[u64; 4]> = SmallVec::from_elem(0, n);
        limbs.extend_from_slice(&self.0);
        Natural(limbs)
    }

    fn limbs_down(&self, n: usize) -> Natural {
        self.0.get(n..).map_or(Natural::default(), Natural::from_limbs)
    }

    fn low_limbs(&self, n: usize) -> Natural {
        Natural::from_limbs(&self.0[..n.min(self.0.len())])
    }
}

/// `a`, which is below `b * BASE^n`, by `b` of n limbs.
fn two_by_one(a: &Natural, b: &Natural, n: usize) -> (Natural, Natural) {
    if n % 2 == 1 || n < RECURSIVE {
        return if a < b { (Natural::default(), a.clone()) } else { schoolbook(a, b) };
    }
    let half = n / 2;
    let (high, rest) = three_by_two(&a.limbs_down(half), b, half);
    let (low, rest) = three_by_two(&rest.limbs_up(half).plus(&a.low_limbs(half)), b, half);
    (high.limbs_up(half).plus(&low), rest)
}

/// Three halves by two, the quotient being one half.
fn three_by_two(a: &Natural, b: &Natural, half: usize) -> (Natural, Natural) {
    let (b1, b2) = (b.limbs_down(half), b.low_limbs(half));
    let high = a.limbs_down(half);
    let (mut digit, rest) = if high.limbs_down(half) < b1 {
        two_by_one(&high, &b1, half)
    } else {
        let most = Natural::from_limbs(&vec![BASE - 1; half]);
        (most, high.plus(&b1).minus(&b1.limbs_up(half)))
    };
    let too_much = digit.times(&b2);
    let mut rest = rest.limbs_up(half).plus(&a.low_limbs(half));
    let one = Natural::from(1u64);
    while rest < too_much {
        rest = rest.plus(b);
        digit = digit.minus(&one);
    }
    (digit, rest.minus(&too_much))
}
